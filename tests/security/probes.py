"""Operations made from a schema: every field a caller can reach, and every argument filled with what is another's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
)

DEEPEST = 7
INTROSPECTION = {"_service"}


@dataclass(frozen=True, slots=True)
class Probe:
    """One operation; `aim` says which argument of which field it tries, for the message when it leaks."""

    aim: str
    query: str


@dataclass(frozen=True, slots=True)
class Loot:
    """What a stranger may have learnt: ids of the other shop, cursors, its channels; `entities` by type name."""

    ids: Sequence[str]
    cursors: Sequence[str]
    channels: Sequence[str]
    entities: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Aim:
    """One argument of one field, wherever it is met, and the text to put there."""

    parent: str
    field: str
    argument: str
    value: str


def probes(schema: GraphQLSchema, loot: Loot) -> Iterator[Probe]:
    """For each root field: once plainly, and once for every text for every argument on the way."""
    for root in filter(None, (schema.query_type, schema.mutation_type)):
        for name, field in root.fields.items():
            if name in INTROSPECTION:
                continue
            walk = _Walk(schema, loot)
            for aim in [None, *walk.aims(root, name, field)]:
                operation = "mutation" if root is schema.mutation_type else "query"
                where = name if aim is None else f"{aim.parent}.{aim.field}({aim.argument}: {aim.value})"
                yield Probe(f"{root.name}.{name}: {where}", f"{operation} {{ {walk.written(root, name, field, aim)} }}")


class _Walk:
    def __init__(self, schema: GraphQLSchema, loot: Loot) -> None:
        self._schema = schema
        self._loot = loot

    def aims(self, root: GraphQLObjectType, name: str, field: GraphQLField) -> Iterator[_Aim]:
        """Every argument of this field and of those beneath it, with every text that fits."""
        for parent, field_name, below in self._reached(root, name, field, path=()):
            for argument_name, argument in below.args.items():
                for value in self._texts(argument_name, argument):
                    yield _Aim(parent.name, field_name, argument_name, value)

    def written(
        self, parent: GraphQLNamedType, name: str, field: GraphQLField, aim: _Aim | None, depth: int = 1
    ) -> str:
        """The field with its arguments and all that can be selected of it."""
        given = {}
        for argument_name, argument in field.args.items():
            if aim is not None and (parent.name, name, argument_name) == (aim.parent, aim.field, aim.argument):
                given[argument_name] = aim.value
            elif is_required_argument(argument):
                given[argument_name] = next(self._texts(argument_name, argument))
        arguments = ", ".join(f"{key}: {value}" for key, value in given.items())
        return name + (f"({arguments})" if given else "") + self._selection(field, aim, depth)

    def _selection(self, field: GraphQLField, aim: _Aim | None, depth: int) -> str:
        named = get_named_type(field.type)
        if isinstance(named, GraphQLScalarType | GraphQLEnumType):
            return ""
        parts = ["__typename"]
        for kind in self._kinds(named):
            fields = [
                self.written(kind, name, below, aim, depth + 1)
                for name, below in kind.fields.items()
                if depth < DEEPEST or not _has_fields(below)
            ]
            parts.append(" ".join(fields) if kind is named else f"... on {kind.name} {{ {' '.join(fields)} }}")
        return f" {{ {' '.join(parts)} }}"

    def _kinds(self, named: GraphQLNamedType) -> Sequence[GraphQLObjectType]:
        if isinstance(named, GraphQLObjectType):
            return [named]
        assert isinstance(named, GraphQLUnionType | GraphQLInterfaceType)
        return self._schema.get_possible_types(named)

    def _reached(
        self, parent: GraphQLObjectType, name: str, field: GraphQLField, *, path: tuple[str, ...]
    ) -> Iterator[tuple[GraphQLObjectType, str, GraphQLField]]:
        yield parent, name, field
        named = get_named_type(field.type)
        if _has_fields(field) and named.name not in path and len(path) < DEEPEST:
            for kind in self._kinds(named):
                for below_name, below in kind.fields.items():
                    yield from self._reached(kind, below_name, below, path=(*path, named.name))

    def _texts(self, name: str, argument: GraphQLArgument) -> Iterator[str]:
        """GraphQL texts for an argument, all of them the other shop's where it can have one."""
        named = get_named_type(argument.type)
        texts = self._named_texts(name, named)
        if _is_list(argument):
            every = list(texts)
            texts = chain((f"[{text}]" for text in every), [f"[{', '.join(every[:50])}]"])
        return iter(texts)

    def _named_texts(self, name: str, named: GraphQLNamedType) -> Iterator[str]:
        if isinstance(named, GraphQLInputObjectType):
            yield from self._inputs(named)
        elif isinstance(named, GraphQLEnumType):
            yield from named.values
        elif named.name == "_Any":
            for kind, ids in self._loot.entities.items():
                yield from (f'{{__typename: "{kind}", id: "{one}"}}' for one in ids)
        else:
            yield from _SCALARS.get(named.name, _strings)(self._loot, name)

    def _inputs(self, named: GraphQLInputObjectType) -> Iterator[str]:
        """One object for every text of every field of it, the others filled with their first."""
        choices = {name: list(self._field_texts(name, field.type)) for name, field in named.fields.items()}
        for chosen, texts in choices.items():
            for text in texts:
                filled = {name: others[0] for name, others in choices.items()} | {chosen: text}
                yield "{" + ", ".join(f"{name}: {value}" for name, value in filled.items()) + "}"

    def _field_texts(self, name: str, kind: Any) -> Iterator[str]:  # noqa: ANN401 # any input type
        return self._texts(name, GraphQLArgument(kind))


def _ids(loot: Loot, _name: str) -> Iterator[str]:
    return (f'"{one}"' for one in loot.ids)


def _strings(loot: Loot, name: str) -> Iterator[str]:
    texts = {"channel": loot.channels, "after": loot.cursors, "before": loot.cursors}.get(name, loot.ids)
    return (f'"{one}"' for one in texts)


def _integers(_loot: Loot, _name: str) -> Iterator[str]:
    return iter(("5", "100"))


def _booleans(_loot: Loot, _name: str) -> Iterator[str]:
    return iter(("false", "true"))


_SCALARS = {"ID": _ids, "Int": _integers, "Float": _integers, "Boolean": _booleans}


def _has_fields(field: GraphQLField) -> bool:
    return not isinstance(get_named_type(field.type), GraphQLScalarType | GraphQLEnumType)


def _is_list(argument: GraphQLArgument) -> bool:
    kind = argument.type
    return is_list_type(kind.of_type if is_non_null_type(kind) else kind)
