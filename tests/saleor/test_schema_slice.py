"""A slice holds what the documents use and nothing else, whatever order they come in."""

from pathlib import Path

import pytest
from graphql import DocumentNode, build_schema, introspection_from_schema, parse, validate

from saleor_crm_app.saleor.schema_slice import UnusableSchema, pull, slice_schema
from tests.saleor.loopback import Answer, loopback

KEPT = Path(__file__).parents[2] / "graphql" / "saleor" / "schema.graphql"

FULL = '''
"""A text of somebody else's."""
directive @doc(category: String!) on OBJECT

type Query {
  "An order."
  order(id: ID!, token: String): Order @doc(category: "Orders")
  orders(first: Int, filter: OrderFilter): [Order!]!
  shop: Shop!
}
type Mutation { pay(id: ID!, input: PayInput!): Payment  refund(id: ID!): Payment }
type Subscription { event: Event }
interface Event { at: DateTime  principal: Principal }
interface Node { id: ID! }
type OrderPaid implements Event { at: DateTime  principal: Principal  order: Order  note: String }
type OrderSent implements Event { at: DateTime  principal: Principal  order: Order }
union Principal = App | User
type App implements Node { id: ID!  name: String }
type User implements Node { id: ID!  email: String! }
type Order implements Node { id: ID!  status: Status!  lines: [Line!]!  details: Details }
type Line { id: ID!  order: Order!  quantity: Int! }
interface Details { brand: String!  size: Size }
type Card implements Details { brand: String!  size: Size  number: Int }
type Cash implements Details { brand: String!  size: Size }
enum Size { SMALL LARGE }
enum Status { OPEN PAID SENT }
enum Sort { ASC DESC }
input OrderFilter { status: Status  sort: Sort  inner: OrderFilter  marks: [Mark!] }
input Mark { key: String!  value: String  hint: String }
input PayInput { amount: Money!  how: How = CARD  child: PayInput }
enum How { CARD CASH }
scalar Money
scalar DateTime
type Payment { ok: Boolean! }
type Shop { name: String! }
'''


def cut(*documents: str) -> str:
    """The slice without its head line, its blocks on one line each."""
    text = slice_schema(FULL, [parse(document) for document in documents])
    assert text.startswith("# ")
    return "\n".join(" ".join(block.split()) for block in text.split("\n\n")[1:])


def test_keeps_the_fields_and_arguments_that_are_used() -> None:
    assert cut('{ order(id: "1") { lines { quantity } } }').splitlines() == [
        "type Line { quantity: Int! }",
        "type Order { lines: [Line!]! }",
        "type Query { order(id: ID!): Order }",
    ]


def test_keeps_every_value_that_may_be_read_and_only_those_that_are_written() -> None:
    assert "enum Status { OPEN PAID SENT }" in cut('{ order(id: "1") { status } }')
    written = cut("{ orders(filter: {status: PAID, inner: {sort: ASC}}) { id } }")
    assert "enum Status { PAID }" in written
    assert "enum Sort { ASC }" in written
    assert "input OrderFilter { inner: OrderFilter sort: Sort status: Status }" in written


def test_keeps_what_is_written_into_things_in_a_list() -> None:
    written = cut('{ orders(filter: {marks: [{key: "a", value: "b"}]}) { id } }')
    assert "input Mark { key: String! value: String }" in written
    assert "input OrderFilter { marks: [Mark!] }" in written


def test_keeps_the_whole_of_what_a_variable_holds() -> None:
    sliced = cut('mutation ($input: PayInput!) { pay(id: "1", input: $input) { ok } }')
    assert "input PayInput { amount: Money! child: PayInput how: How }" in sliced
    assert "enum How { CARD CASH }" in sliced
    assert "scalar Money" in sliced
    assert "type Mutation { pay(id: ID!, input: PayInput!): Payment }" in sliced
    assert "refund" not in sliced


def test_keeps_of_an_interface_and_a_union_the_members_that_are_named() -> None:
    sliced = cut("subscription { event { at principal { ... on App { name } } ... on OrderPaid { order { id } } } }")
    assert sliced.splitlines() == [
        "type App { name: String }",
        "scalar DateTime",
        "interface Event { at: DateTime principal: Principal }",
        "type Order { id: ID! }",
        "type OrderPaid implements Event { at: DateTime order: Order principal: Principal }",
        "union Principal = App",
        "type Subscription { event: Event }",
    ]


def test_keeps_all_members_where_only_the_name_is_asked() -> None:
    sliced = cut('{ order(id: "1") { details { __typename } } }')
    assert "interface Details { brand: String! }" in sliced
    assert "type Card implements Details { brand: String! }" in sliced
    assert "type Cash implements Details { brand: String! }" in sliced


DOCUMENTS = (
    "subscription { event { ...Head ... on OrderSent { order { status } } } } fragment Head on Event { at }",
    'query ($token: String) { order(id: "1", token: $token) { id } shop { name } }',
    'mutation ($input: PayInput!) { pay(id: "1", input: $input) { ok } }',
)


def test_does_not_depend_on_the_order_of_documents_and_holds_no_text_of_theirs() -> None:
    assert cut(*DOCUMENTS) == cut(*reversed(DOCUMENTS))
    assert '"' not in cut(*DOCUMENTS)
    assert "@doc" not in cut(*DOCUMENTS)


def test_documents_fit_their_slice() -> None:
    documents: list[DocumentNode] = [parse(document) for document in DOCUMENTS]
    sliced = build_schema(slice_schema(FULL, documents))
    assert [validate(sliced, document) for document in documents] == [[], [], []]


@pytest.mark.parametrize("sdl", ["", "type", "type A { b: C }", FULL.replace("shop: Shop!", "")])
def test_a_schema_that_the_documents_do_not_fit_is_refused(sdl: str) -> None:
    with pytest.raises(UnusableSchema):
        slice_schema(sdl, [parse("{ shop { name } }")])


async def test_a_slice_cut_again_from_its_own_file_is_the_same() -> None:
    assert await pull(str(KEPT)) == KEPT.read_text()


async def test_a_shop_is_asked_for_its_schema() -> None:
    told = {"data": introspection_from_schema(build_schema(KEPT.read_text()))}
    async with loopback(lambda _: Answer.of(told)) as shop:
        assert await pull(shop.api_url) == KEPT.read_text()
    assert "__schema" in shop.requests[0].json()["query"]


@pytest.mark.parametrize("answer", [{"errors": [{"message": "no"}]}, {"data": {}}, []])
async def test_a_shop_that_tells_no_schema_is_refused(answer: object) -> None:
    async with loopback(lambda _: Answer.of(answer)) as shop:
        with pytest.raises(UnusableSchema):
            await pull(shop.api_url)
