"""What a GraphQL document may ask at most; every fragment is weighed once, however often it is spread."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
)

_GROWTH: Final = 1.5
"""Each level below costs so much more than the one above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Cost counts 1 for a value, and for an object 2 and 1.5 times what is asked of it.

    `width` counts the fields side by side; validation compares each of them with all others.
    """

    tokens: int = 1000
    depth: int = 8
    width: int = 100
    aliases: int = 15
    directives: int = 50
    cost: int = 1000
    mutations: int = 1
    introspection: bool = False


@dataclass(slots=True)
class _Weight:
    depth: int = 0
    aliases: int = 0
    directives: int = 0
    cost: float = 0.0
    fields: int = 0
    widest: int = 0
    introspects: bool = False

    def add(self, other: "_Weight") -> None:
        """Put another selection beside this one."""
        self.depth = max(self.depth, other.depth)
        self.aliases += other.aliases
        self.directives += other.directives
        self.cost += other.cost
        self.fields += other.fields
        self.widest = max(self.widest, other.widest, self.fields)
        self.introspects = self.introspects or other.introspects


_NOTHING: Final = _Weight()


@dataclass(slots=True)
class _Scale:
    fragments: Mapping[str, FragmentDefinitionNode]
    weighed: dict[str, _Weight] = field(default_factory=dict)

    def weigh(self, selected: SelectionSetNode | None) -> _Weight:
        """Weigh what stands between two braces."""
        total = _Weight()
        for selection in selected.selections if selected else ():
            total.directives += len(selection.directives or ())
            total.add(self._one(selection))
        return total

    def _one(self, selection: SelectionNode) -> _Weight:
        if isinstance(selection, FieldNode):
            return self._field(selection)
        if isinstance(selection, FragmentSpreadNode):
            return self._fragment(selection.name.value)
        return self.weigh(selection.selection_set) if isinstance(selection, InlineFragmentNode) else _NOTHING

    def _field(self, node: FieldNode) -> _Weight:
        own = _Weight(aliases=int(node.alias is not None), fields=1)
        if node.name.value in {"__schema", "__type"}:
            own.introspects = True
            return own
        below = self.weigh(node.selection_set)
        own.cost = 2 + _GROWTH * below.cost if node.selection_set else 1
        own.depth = 1 + below.depth
        own.widest = below.widest
        own.aliases += below.aliases
        own.directives = below.directives
        return own

    def _fragment(self, name: str) -> _Weight:
        """Weigh a fragment; one that spreads itself is left to the rule that forbids it."""
        if name not in self.weighed:
            self.weighed[name] = _NOTHING
            fragment = self.fragments.get(name)
            self.weighed[name] = self.weigh(fragment.selection_set) if fragment else _NOTHING
        return self.weighed[name]


def over_limits(document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    """Say what a parsed document asks too much of; each error has a code of its own."""
    scale = _Scale({one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)})
    total, most_mutations = _Weight(), 0
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            weight = scale.weigh(definition.selection_set)
            total.add(weight)
            total.directives += len(definition.directives or ())
            if definition.operation is OperationType.MUTATION:
                most_mutations = max(most_mutations, weight.fields)
    return list(_complaints(total, most_mutations, limits))


def refused(code: str, message: str) -> GraphQLError:
    """An error that callers may read as it is."""
    return GraphQLError(message, extensions={"code": code})


def _complaints(total: _Weight, mutations: int, limits: Limits) -> Iterable[GraphQLError]:
    if total.depth > limits.depth:
        yield refused("TOO_DEEP", f"The operation is {total.depth} levels deep; {limits.depth} are allowed.")
    if total.widest > limits.width:
        yield refused("TOO_MANY_FIELDS", f"At most {limits.width} fields are allowed side by side.")
    if total.aliases > limits.aliases:
        yield refused("TOO_MANY_ALIASES", f"At most {limits.aliases} aliases are allowed.")
    if total.directives > limits.directives:
        yield refused("TOO_MANY_DIRECTIVES", f"At most {limits.directives} directives are allowed.")
    if total.cost > limits.cost:
        yield refused("TOO_COSTLY", f"The operation asks for too much at once; ask in parts of cost {limits.cost}.")
    if mutations > limits.mutations:
        yield refused("TOO_MANY_MUTATIONS", "An operation may hold one mutation.")
    if total.introspects and not limits.introspection:
        yield refused("INTROSPECTION_OFF", "Introspection is off; the schema is published as schema.graphql.")
