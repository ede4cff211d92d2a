"""How private metadata of users are written: by staff and apps only, and told like a change of the user."""

from collections.abc import Sequence
from typing import NamedTuple

from saleor_crm_app.demo.access import Access, Resolver
from saleor_crm_app.demo.app_resolvers import PayloadError
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.global_ids import key_or_error
from saleor_crm_app.demo.permissions import Permission


class MetadataPayload(NamedTuple):
    """What the mutation answers."""

    errors: list[PayloadError]


def _update_private_metadata(
    _source: object,
    access: Access,
    *,
    id: str,
    input: Sequence[dict[str, str]],
) -> MetadataPayload:
    """Staff users' need MANAGE_STAFF, which apps do not get; both events fire, as measured on 3.23."""
    user = access.state.users.get(int(key_or_error(id, "User")))
    access.require(Permission.MANAGE_STAFF if user is not None and user.is_staff else Permission.MANAGE_USERS)
    if user is None:
        return MetadataPayload([PayloadError("id", f"Couldn't resolve to a node: {id}", "NOT_FOUND")])
    if any(not item["key"].strip() for item in input):
        return MetadataPayload([PayloadError("input", "Metadata key cannot be empty.", "REQUIRED")])
    user.private_metadata.update({item["key"]: item["value"] for item in input})
    user.updated_at = access.state.clock.now()
    access.state.events.tell(
        EventType.CUSTOMER_UPDATED, EventType.CUSTOMER_METADATA_UPDATED, about=user, by=access.app or access.user
    )
    return MetadataPayload([])


METADATA_RESOLVERS: dict[tuple[str, str], Resolver] = {
    ("Mutation", "updatePrivateMetadata"): _update_private_metadata,
}
