"""Running documents on the shop's schema: queries by HTTP, and subscriptions into webhook bodies."""

import json
from collections.abc import Mapping

from graphql import DocumentNode, ExecutionResult, GraphQLError, execute_sync

from saleor_crm_app.demo.access import Access, access_of
from saleor_crm_app.demo.apps import App, Webhook
from saleor_crm_app.demo.events import ShopEvent
from saleor_crm_app.demo.resolvers import resolve_field, resolve_type
from saleor_crm_app.demo.schema import schema_of
from saleor_crm_app.demo.state import ShopState


def run(
    document: DocumentNode,
    access: Access,
    *,
    root: object = None,
    variables: Mapping[str, object] | None = None,
    operation: str | None = None,
) -> ExecutionResult:
    """Execute a document that was found valid; errors are inside the result."""
    return execute_sync(
        schema_of(access.state.version),
        document,
        root_value=root,
        context_value=access,
        variable_values=dict(variables or {}),
        operation_name=operation,
        field_resolver=resolve_field,
        type_resolver=resolve_type,
    )


def body_of(event: ShopEvent, webhook: Webhook, app: App, state: ShopState) -> bytes | None:
    """The bytes to send: the inside of `event`, by the app's own right; None when nothing was selected."""
    result = run(webhook.document, access_of(app, state), root=event)
    body: dict[str, object] = dict((result.data or {}).get("event") or {})
    if result.errors:
        body["errors"] = [formatted(error) for error in result.errors]
    return json.dumps(body).encode() if body else None


def formatted(error: GraphQLError) -> dict[str, object]:
    """An error as Saleor writes it: the class of what went wrong is the code."""
    answer: dict[str, object] = {"message": error.message}
    if error.locations:
        answer["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        answer["path"] = list(error.path)
    answer["extensions"] = {"exception": {"code": type(error.original_error or error).__name__}}
    return answer
