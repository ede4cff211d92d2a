"""The shop's schema claims nothing that the real one of its version does not have."""

from collections.abc import Iterator

import pytest
from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    InputValueDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    parse,
    print_ast,
    validate,
    visit,
)

from saleor_crm_app.demo.schema import schema_of
from saleor_crm_app.demo.versions import NEWEST, SaleorVersion
from saleor_crm_app.saleor.documents import document, document_names
from tests.demo.reference import full_schema, needs_reference

Fielded = GraphQLObjectType | GraphQLInterfaceType
VERSIONS = list(SaleorVersion)


def differences(claimed: GraphQLSchema, real: GraphQLSchema) -> list[str]:
    """What `claimed` has, types, fields, nullability, arguments, members or values, that `real` has not."""
    found = []
    for name, kind in claimed.type_map.items():
        if name.startswith("__"):
            continue
        if name not in real.type_map:
            found.append(f"type {name} does not exist")
        else:
            found.extend(_of_type(kind, real.type_map[name]))
    return found


def _of_type(claimed: GraphQLNamedType, real: GraphQLNamedType) -> Iterator[str]:
    if type(claimed) is not type(real):
        yield f"{claimed.name} is a {type(real).__name__}"
    elif isinstance(claimed, Fielded) and isinstance(real, Fielded):
        yield from _of_fields(claimed, real)
    elif isinstance(claimed, GraphQLUnionType) and isinstance(real, GraphQLUnionType):
        members = {member.name for member in real.types}
        yield from (f"{claimed.name} has no {one.name}" for one in claimed.types if one.name not in members)
    elif isinstance(claimed, GraphQLEnumType) and isinstance(real, GraphQLEnumType):
        yield from (f"{claimed.name} has no {value}" for value in claimed.values if value not in real.values)
    elif isinstance(claimed, GraphQLInputObjectType) and isinstance(real, GraphQLInputObjectType):
        yield from _of_input(claimed, real)
    elif not isinstance(claimed, GraphQLScalarType):
        yield f"{claimed.name} is of a kind that is not compared"


def _of_fields(claimed: Fielded, real: Fielded) -> Iterator[str]:
    interfaces = {interface.name for interface in real.interfaces}
    yield from (f"{claimed.name} is no {one.name}" for one in claimed.interfaces if one.name not in interfaces)
    for name, field in claimed.fields.items():
        if name not in real.fields:
            yield f"{claimed.name}.{name} does not exist"
            continue
        true = real.fields[name]
        if str(field.type) != str(true.type):
            yield f"{claimed.name}.{name} is {true.type}"
        if field.deprecation_reason != true.deprecation_reason:
            yield f"{claimed.name}.{name} is deprecated otherwise: {true.deprecation_reason}"
        if _arguments(field) != _arguments(true):
            yield f"{claimed.name}.{name} takes {_arguments(true)}"


def _of_input(claimed: GraphQLInputObjectType, real: GraphQLInputObjectType) -> Iterator[str]:
    for name, field in claimed.fields.items():
        if name not in real.fields or str(field.type) != str(real.fields[name].type):
            yield f"{claimed.name}.{name} is {real.fields[name].type if name in real.fields else 'unknown'}"
    for name, field in real.fields.items():
        if isinstance(field.type, GraphQLNonNull) and name not in claimed.fields:
            yield f"{claimed.name} demands {name}"


def _arguments(field: GraphQLField) -> list[str]:
    """As text, without what is said of them: that one is deprecated changes nothing for its callers."""
    nodes = [argument.ast_node for argument in field.args.values() if argument.ast_node is not None]
    bare = [
        InputValueDefinitionNode(name=node.name, type=node.type, default_value=node.default_value) for node in nodes
    ]
    return sorted(print_ast(node) for node in bare)


@needs_reference
@pytest.mark.parametrize("version", VERSIONS)
def test_is_a_strict_subset_of_the_real_schema(version: SaleorVersion) -> None:
    assert differences(schema_of(version), full_schema(version.value)) == []
    assert len(schema_of(version).type_map) < len(full_schema(version.value).type_map)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", document_names())
def test_every_document_of_the_app_is_valid_in_the_shop(name: str, version: SaleorVersion) -> None:
    assert validate(schema_of(version), parse(document(name, version.value))) == []


class Used(Visitor):
    """Collects which fields a document reads, of which type."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.fields: set[tuple[str, str]] = set()
        self._types = types

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self._types.get_parent_type()
        self.fields.add((parent.name if parent else "", node.name.value))


def test_says_nothing_that_no_document_asks_for() -> None:
    schema, types = schema_of(NEWEST), TypeInfo(schema_of(NEWEST))
    used = Used(types)
    for name in document_names():
        visit(parse(document(name, NEWEST.value)), TypeInfoVisitor(types, used))
    claimed = {
        (kind.name, field)
        for kind in schema.type_map.values()
        if isinstance(kind, Fielded) and not kind.name.startswith("__") and not is_event(kind)
        for field in kind.fields
    }
    assert claimed - used.fields == {
        ("Query", "_entities"),
        ("Query", "_service"),
        ("Query", "me"),  # storefronts and gateways ask for it
        ("_Service", "sdl"),
        *((kind, "channel") for kind in ("Collection", "Product", "ProductVariant")),  # of their federation keys
        *((kind, "name") for kind in schema.type_map if kind.endswith("PaymentMethodDetails")),  # none is no type
    }


def is_event(kind: Fielded) -> bool:
    """Events repeat the fields of their interface, which is where documents read them."""
    return "Event" in {interface.name for interface in kind.interfaces}


def test_customer_deleted_and_gift_card_payments_come_with_3_23() -> None:
    named = {"CustomerDeleted", "PaymentMethodDetails", "GiftCardPaymentMethodDetails"}
    assert {version.value: named & set(schema_of(version).type_map) for version in VERSIONS} == {
        "3.21": set(),
        "3.22": set(),
        "3.23": named,
    }


@pytest.mark.parametrize(
    ("claim", "difference"),
    [
        ("type Query { a(x: Int): Int, b: String }", "Query.b does not exist"),
        ("type Query { a(x: Int): Int! }", "Query.a is Int"),
        ("type Query { a: Int }", "Query.a takes ['x: Int']"),
        ("type Query { a(x: Int = 1): Int }", "Query.a takes ['x: Int']"),
        ('type Query { a(x: Int): Int @deprecated(reason: "old") }', "Query.a is deprecated otherwise: None"),
        ("type Query { a(x: Int): Int } enum E { ONE THREE }", "E has no THREE"),
        ("type Query { a(x: Int): Int } scalar E", "E is a GraphQLEnumType"),
        ("type Query { a(x: Int): Int } type Other { b: Int }", "type Other does not exist"),
        ("type Query implements I { a(x: Int): Int } interface I { a(x: Int): Int }", "Query is no I"),
        ("type Query { a(x: Int): Int } type T { c: Int } union U = T | Query", "U has no Query"),
        ("type Query { a(x: Int): Int } input In { d: Int!, e: Int! }", "In.e is Int"),
        ("type Query { a(x: Int): Int } input In { d: Int!, f: Int }", "In.f is unknown"),
        ("type Query { a(x: Int): Int } input In { e: Int }", "In demands d"),
    ],
)
def test_the_comparison_sees_every_kind_of_difference(claim: str, difference: str) -> None:
    real = build_schema(
        "type Query { a(x: Int): Int } enum E { ONE TWO } type T { c: Int } union U = T "
        "interface I { a(x: Int): Int } input In { d: Int!, e: Int }"
    )
    assert differences(build_schema(claim), real) == [difference]
