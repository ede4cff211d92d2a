"""The part of Saleor's schema that our documents use, names and types only, cut out of a full one."""

import asyncio
import textwrap
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_client_schema,
    build_schema,
    get_introspection_query,
    get_named_type,
    is_leaf_type,
    is_specified_scalar_type,
    validate,
)

from saleor_crm_app.kernel.errors import BadInput
from saleor_crm_app.saleor.documents import UnknownDocument, document_names, parsed_document, versions_known
from saleor_crm_app.saleor.http import CallPolicy, shop_client
from saleor_crm_app.saleor.schema_usage import Usage, usage_of

_HEAD: Final = "# What the documents beside use of Saleor's schema. Made by `saleor-crm schema pull`.\n"
_OPERATOR: Final = CallPolicy(allow_private=True, total_seconds=60.0, most_bytes=50_000_000)
"""The operator names the address on the command line, and a whole schema is long."""


class UnusableSchema(BadInput):
    """No schema, or not one of a Saleor that our documents fit."""


async def pull(source: str) -> str:
    """Cut the slice out of the schema of a shop, given its API URL, or of a file that holds one.

    Raises UnusableSchema, CallFailed, and OSError for a file that cannot be read.
    """
    if source.startswith(("http://", "https://")):
        full = await _introspected(source)
    else:
        full = _built(await asyncio.to_thread(Path(source).read_text, encoding="utf-8"))
    return _sliced(full, our_documents())


def slice_schema(full_sdl: str, documents: Collection[DocumentNode]) -> str:
    """Cut out of a full schema what these documents use.

    Raises UnusableSchema when it is none, or when the documents do not fit it.
    """
    return _sliced(_built(full_sdl), documents)


def our_documents() -> list[DocumentNode]:
    """Every operation in every form that some version of Saleor gets."""
    return list(dict.fromkeys(_forms()))


def _forms() -> Iterator[DocumentNode]:
    for name in document_names():
        for version in versions_known():
            try:
                yield parsed_document(name, str(version))
            except UnknownDocument:  # it came with a later version
                continue


def _built(sdl: str) -> GraphQLSchema:
    try:
        return build_schema(sdl, assume_valid=True, no_location=True)
    except (GraphQLError, TypeError) as error:
        raise UnusableSchema(f"That is no GraphQL schema: {str(error)[:200]}") from error


async def _introspected(api_url: str) -> GraphQLSchema:
    body = {"query": get_introspection_query(descriptions=False)}
    async with shop_client(api_url, _OPERATOR) as client:
        response = await client.post(api_url, json=body)
    try:
        answer: dict[str, Any] = msgspec.json.decode(response.content)
        return build_client_schema(answer["data"], assume_valid=True)
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise UnusableSchema(f"{api_url} answered {response.status_code} without a schema") from error


def _sliced(full: GraphQLSchema, documents: Collection[DocumentNode]) -> str:
    for document in documents:
        for error in validate(full, document):
            raise UnusableSchema(f"Our documents do not fit that schema, is it older than them? {error.message}")
    return _HEAD + "".join(f"\n{text}\n" for text in _Slice(full, usage_of(full, documents)).written())


Composite = GraphQLObjectType | GraphQLInterfaceType


class _Slice:
    """Keeps the types that documents name and those that these lead to, each with its used part."""

    def __init__(self, full: GraphQLSchema, used: Usage) -> None:
        self._full = full
        self._used = used
        roots = (full.query_type, full.mutation_type, full.subscription_type)
        self._kept = {root.name for root in roots if root is not None and root.name in used.fields}
        self._kept |= used.conditions | used.variables
        self._whole = set(used.variables)
        """Types that values come back in, or that variables go in with: any value of an enum may occur there."""
        self._close()

    def written(self) -> Iterator[str]:
        """Every kept type, by name."""
        for name in sorted(self._kept):
            if not is_specified_scalar_type(self._full.type_map[name]):
                yield self._type(self._full.type_map[name])

    def _close(self) -> None:
        """Add what kept types lead to until nothing new comes; which fields a type has may change meanwhile."""
        before = 0
        while before != (before := len(self._kept) + len(self._whole)):
            for name in sorted(self._kept):
                self._follow(self._full.type_map[name])

    def _follow(self, kind: GraphQLNamedType) -> None:
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for name in self._fields(kind):
                found = get_named_type(kind.fields[name].type).name
                self._kept.add(found)
                self._whole.add(found)
                arguments = self._used.arguments[kind.name, name]
                self._kept |= {get_named_type(kind.fields[name].args[one].type).name for one in arguments}
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            self._kept |= {member.name for member in self._members(kind)}
        if isinstance(kind, GraphQLInputObjectType):
            inner = {get_named_type(kind.fields[name].type).name for name in self._inputs(kind)}
            self._kept |= inner
            if kind.name in self._whole:
                self._whole |= inner

    def _members(self, kind: GraphQLInterfaceType | GraphQLUnionType) -> list[GraphQLObjectType]:
        """Those that documents name; where none is named, any may be asked for its name."""
        possible = sorted(self._full.get_possible_types(kind), key=lambda one: one.name)
        return [one for one in possible if one.name in self._used.conditions] or possible

    def _promised(self, kind: Composite) -> list[GraphQLInterfaceType]:
        return sorted((one for one in kind.interfaces if one.name in self._kept), key=lambda one: one.name)

    def _fields(self, kind: Composite) -> list[str]:
        """What is asked of a type or promised by it; else one plain field, since no type may be empty."""
        names = set(self._used.fields.get(kind.name, ()))
        for interface in self._promised(kind):
            names.update(self._fields(interface))
        plain = (name for name, one in sorted(kind.fields.items()) if is_leaf_type(get_named_type(one.type)))
        return sorted(names) or (["id"] if "id" in kind.fields else [next(plain)])

    def _inputs(self, kind: GraphQLInputObjectType) -> list[str]:
        return sorted(kind.fields if kind.name in self._whole else self._used.input_fields[kind.name])

    def _type(self, kind: GraphQLNamedType) -> str:
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            word = "type" if isinstance(kind, GraphQLObjectType) else "interface"
            promised = " & ".join(one.name for one in self._promised(kind))
            head = f"{word} {kind.name}" + (f" implements {promised}" if promised else "")
            return _block(head, [self._field(kind, name) for name in self._fields(kind)])
        if isinstance(kind, GraphQLUnionType):
            return f"union {kind.name} = " + " | ".join(member.name for member in self._members(kind))
        if isinstance(kind, GraphQLInputObjectType):
            return _block(f"input {kind.name}", [f"{name}: {kind.fields[name].type}" for name in self._inputs(kind)])
        if isinstance(kind, GraphQLEnumType):
            values = sorted(kind.values if kind.name in self._whole else self._used.values[kind.name])
            return _block(f"enum {kind.name}", textwrap.wrap(" ".join(values), width=110))
        return f"scalar {kind.name}"

    def _field(self, kind: Composite, name: str) -> str:
        found = kind.fields[name]
        used = sorted(self._used.arguments[kind.name, name])
        arguments = ", ".join(f"{argument}: {found.args[argument].type}" for argument in used)
        return f"{name}({arguments}): {found.type}" if used else f"{name}: {found.type}"


def _block(head: str, lines: Iterable[str]) -> str:
    return "\n".join([head + " {", *(f"  {line}" for line in lines), "}"])
