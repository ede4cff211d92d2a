"""Reading the query of a webhook: is it a subscription of this version, and which events does it speak of."""

from graphql import DocumentNode, GraphQLSyntaxError, OperationDefinitionNode, OperationType, parse, validate
from graphql.language import FieldNode, InlineFragmentNode, Visitor, visit

from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.schema import schema_of
from saleor_crm_app.demo.versions import SaleorVersion


def read_subscription(query: str, version: SaleorVersion) -> tuple[DocumentNode, frozenset[EventType]]:
    """Parse and check a query; gives it with the events it selects.

    Raises ShopRefusal, with Saleor's code, also for a single field that this version does not have.
    """
    try:
        document = parse(query)
    except GraphQLSyntaxError as error:
        raise ShopRefusal(error.message, code="SYNTAX", field="query") from error
    if errors := validate(schema_of(version), document):
        text = ";".join(sorted({error.message for error in errors}))
        raise ShopRefusal(text, code="GRAPHQL_ERROR", field="query")
    operations = [part for part in document.definitions if isinstance(part, OperationDefinitionNode)]
    subscriptions = [part for part in operations if part.operation is OperationType.SUBSCRIPTION]
    if not subscriptions:
        raise ShopRefusal("Subscription operation can't be found.", code="MISSING_SUBSCRIPTION", field="query")
    top = [part for part in subscriptions[0].selection_set.selections if isinstance(part, FieldNode)]
    if len(top) > 1 and {part.name.value for part in top} != {"event"}:
        raise ShopRefusal("Subscription must select only one top field.", code="INVALID", field="query")
    types = _EventTypes()
    visit(document, types)
    return document, frozenset(types.found)


class _EventTypes(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[EventType] = set()

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: object) -> None:
        by_type = {kind.type_name: kind for kind in EventType}
        if node.type_condition is not None and node.type_condition.name.value in by_type:
            self.found.add(by_type[node.type_condition.name.value])
