"""What GraphQL documents name of a schema: fields, arguments, enum values, conditions and variables' types."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLInputObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    ObjectFieldNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    Visitor,
    get_named_type,
    type_from_ast,
    visit,
)


def _sets() -> defaultdict[Any, set[str]]:
    return defaultdict(set)


@dataclass(slots=True)
class Usage:
    """What documents name, by the type that it is named on."""

    fields: defaultdict[str, set[str]] = field(default_factory=_sets)
    arguments: defaultdict[tuple[str, str], set[str]] = field(default_factory=_sets)
    input_fields: defaultdict[str, set[str]] = field(default_factory=_sets)
    values: defaultdict[str, set[str]] = field(default_factory=_sets)
    conditions: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)


def usage_of(schema: GraphQLSchema, documents: Iterable[DocumentNode]) -> Usage:
    """Walk documents that are valid for the schema."""
    used = Usage()
    for document in documents:
        info = TypeInfo(schema)
        visit(document, TypeInfoVisitor(info, _Collector(schema, info, used)))
    return used


class _Collector(Visitor):
    def __init__(self, schema: GraphQLSchema, info: TypeInfo, used: Usage) -> None:
        super().__init__()
        self._schema: Final = schema
        self._info: Final = info
        self._used: Final = used

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent, name = self._info.get_parent_type(), node.name.value
        if parent is not None and not name.startswith("__"):
            self._used.fields[parent.name].add(name)
            self._used.arguments[parent.name, name].update(one.name.value for one in node.arguments or ())

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: object) -> None:
        if node.type_condition is not None:
            self._used.conditions.add(node.type_condition.name.value)

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: object) -> None:
        self._used.conditions.add(node.type_condition.name.value)

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: object) -> None:
        found = type_from_ast(self._schema, node.type)
        if found is not None:
            self._used.variables.add(get_named_type(found).name)

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        holder = get_named_type(self._info.get_parent_input_type())
        if isinstance(holder, GraphQLInputObjectType):
            self._used.input_fields[holder.name].add(node.name.value)

    def enter_enum_value(self, node: EnumValueNode, *_: object) -> None:
        found = get_named_type(self._info.get_input_type())
        if found is not None:
            self._used.values[found.name].add(node.value)
