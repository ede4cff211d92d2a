"""The GraphQL documents under `graphql/saleor/`: no query text lives in Python."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from saleor_crm_app.kernel.errors import BadInput
from saleor_crm_app.kernel.resources import data_path
from saleor_crm_app.saleor.versions import OLDEST, SaleorVersion, UnsupportedVersion

_SINCE = re.compile(r"# since (\d+\.\d+)\n")


class UnknownDocument(BadInput):
    """No document of that name is carried by this version of the app."""


class _Variant(NamedTuple):
    """One file: a definition, and the first Saleor whose schema it fits."""

    since: SaleorVersion
    definition: ExecutableDefinitionNode


def document(name: str, saleor_version: str) -> str:
    """The text of an operation and exactly the fragments it uses, each in the newest form the shop understands.

    A shop newer than what we know gets the newest we know. Raises UnsupportedVersion for a shop older than
    3.21 and UnknownDocument.
    """
    return _printed(name, understood(saleor_version))


def parsed_document(name: str, saleor_version: str) -> DocumentNode:
    """The same as a syntax tree. Raises likewise."""
    return _assembled(name, understood(saleor_version))


def document_names() -> tuple[str, ...]:
    """Every operation, by name."""
    return tuple(sorted(name for name, variants in _library().items() if not _is_fragment(variants[0].definition)))


def versions_known() -> tuple[SaleorVersion, ...]:
    """The oldest version we serve and every one since which some document asks for more."""
    return tuple(sorted({OLDEST} | {one.since for variants in _library().values() for one in variants}))


def understood(saleor_version: str) -> SaleorVersion:
    """The newest version we know that the shop is not older than.

    Raises UnsupportedVersion for a shop that is older than all.
    """
    version = SaleorVersion.parse(saleor_version)
    fitting = [known for known in versions_known() if known <= version]
    if not fitting:
        raise UnsupportedVersion(f"Saleor {version} is too old; this app needs {OLDEST} or later")
    return fitting[-1]


@lru_cache(maxsize=256)
def _printed(name: str, version: SaleorVersion) -> str:
    return print_ast(_assembled(name, version))


@lru_cache(maxsize=256)
def _assembled(name: str, version: SaleorVersion) -> DocumentNode:
    operation = _definition(name, version)
    fragments: dict[str, ExecutableDefinitionNode] = {}
    wanted = list(_spreads(operation))
    while wanted:
        fragment = wanted.pop()
        if fragment not in fragments:
            fragments[fragment] = _definition(fragment, version)
            wanted += _spreads(fragments[fragment])
    return DocumentNode(definitions=(operation, *(fragments[key] for key in sorted(fragments))))


def _definition(name: str, version: SaleorVersion) -> ExecutableDefinitionNode:
    fitting = [one for one in _library().get(name, ()) if one.since <= version]
    if not fitting:
        raise UnknownDocument(f"There is no document {name[:60]!r} for Saleor {version}")
    return fitting[-1].definition


def _spreads(definition: ExecutableDefinitionNode) -> Iterator[str]:
    class Collector(Visitor):
        def __init__(self) -> None:
            super().__init__()
            self.names: list[str] = []

        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
            self.names.append(node.name.value)

    collector = Collector()
    visit(definition, collector)
    yield from collector.names


def _is_fragment(definition: ExecutableDefinitionNode) -> bool:
    return isinstance(definition, FragmentDefinitionNode)


@cache
def _library() -> dict[str, tuple[_Variant, ...]]:
    """Every definition by name, its variants from the oldest to the newest."""
    library: dict[str, list[_Variant]] = {}
    for path in sorted((data_path("graphql") / "saleor").glob("*/*.graphql")):
        variant = _read(path)
        name = variant.definition.name
        library.setdefault("" if name is None else name.value, []).append(variant)
    return {name: tuple(sorted(variants, key=lambda one: one.since)) for name, variants in library.items()}


def _read(path: Path) -> _Variant:
    text = path.read_text(encoding="utf-8")
    since = _SINCE.match(text)
    [definition] = parse(text, no_location=True).definitions
    if not isinstance(definition, ExecutableDefinitionNode):
        raise TypeError(f"{path.name} holds no operation and no fragment")
    return _Variant(SaleorVersion.parse(since[1]) if since else OLDEST, definition)
