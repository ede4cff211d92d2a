"""Global ids in arguments, and the error for those that are of another kind or none at all."""

from graphql import GraphQLError

from saleor_crm_app.kernel.ids import decode_global_id


def key_or_error(text: str, kind: str) -> str:
    """Read the key of a global id.

    Raises GraphQLError for what is not the id of such a thing.
    """
    try:
        found, key = decode_global_id(text)
    except ValueError as error:
        raise GraphQLError(f"Invalid ID: {text}. Expected: {kind}.") from error
    if found != kind:
        raise GraphQLError(f"Invalid ID: {text}. Expected: {kind}, received: {found}.")
    return key
