"""Schemas and documents agree: ours with the exported files, our documents with every Saleor they are sent to."""

import ast
import os
import re
from functools import cache
from pathlib import Path

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, Visitor, build_schema, parse, validate, visit
from graphql.language import FieldDefinitionNode, ObjectTypeDefinitionNode

from saleor_crm_app import staff, storefront
from saleor_crm_app.saleor.documents import document_names, parsed_document
from saleor_crm_app.saleor.schema_slice import our_documents, slice_schema

ROOT = Path(__file__).parents[2]
GRAPHQL = ROOT / "graphql"
OURS = {"storefront.graphql": storefront.sdl(), "staff.graphql": staff.sdl()}
VERSIONS = ("3.21", "3.22", "3.23")
SHARED_WITH_SALEOR = {
    "DateTime",
    "Mutation",
    "Order",
    "PageInfo",
    "Product",
    "Query",
    "User",
    "_Any",
    "_Entity",
    "_Service",
}


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder with the full schemas of every Saleor we serve."""
    folder = os.environ.get("SALEOR_REFERENCE")
    if not folder:
        pytest.skip("set SALEOR_REFERENCE to the folder with Saleor's full schemas")
    return Path(folder)


@cache
def full_schema(path: Path) -> GraphQLSchema:
    return build_schema(path.read_text(), assume_valid=True, no_location=True)


def saleor(reference: Path, version: str) -> GraphQLSchema:
    return full_schema(reference / f"schema-{version}.graphql")


@pytest.mark.parametrize("name", OURS)
def test_the_exported_schema_is_what_the_code_says(name: str) -> None:
    assert (GRAPHQL / "own" / name).read_text() == OURS[name], "run `saleor-crm schema export`"


class Undescribed(Visitor):
    """Collects types and fields without a description; Federation's own are described elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self._type = ""

    def enter_object_type_definition(self, node: ObjectTypeDefinitionNode, *_: object) -> None:
        self._type = node.name.value
        if node.description is None and not self._type.startswith("_"):
            self.names.append(self._type)

    def enter_field_definition(self, node: FieldDefinitionNode, *_: object) -> None:
        name = node.name.value
        if node.description is None and not name.startswith("_") and not self._type.startswith("_"):
            self.names.append(f"{self._type}.{name}")


@pytest.mark.parametrize("name", OURS)
def test_every_type_and_field_is_described(name: str) -> None:
    found = Undescribed()
    visit(parse(OURS[name]), found)
    assert found.names == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", document_names())
def test_every_document_fits_the_saleor_it_is_sent_to(reference: Path, name: str, version: str) -> None:
    assert validate(saleor(reference, version), parsed_document(name, version)) == []


def test_the_slice_of_saleors_schema_is_what_the_documents_use(reference: Path) -> None:
    full = (reference / f"schema-{VERSIONS[-1]}.graphql").read_text()
    assert (GRAPHQL / "saleor" / "schema.graphql").read_text() == slice_schema(full, our_documents())


def test_every_document_fits_the_slice() -> None:
    sliced = build_schema((GRAPHQL / "saleor" / "schema.graphql").read_text())
    assert [error.message for document in our_documents() for error in validate(sliced, document)] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_no_name_of_ours_is_taken_by_saleor(reference: Path, version: str) -> None:
    theirs = saleor(reference, version)
    ours = build_schema(OURS["storefront.graphql"], assume_valid=True)
    own_types = {name for name in ours.type_map if not name.startswith("__")} - {
        "Boolean",
        "Float",
        "ID",
        "Int",
        "String",
    }
    assert own_types & set(theirs.type_map) == SHARED_WITH_SALEOR
    for name in ("Query", "Mutation", "User", "Order"):
        assert fields_of(ours, name) & fields_of(theirs, name) <= {"id", "_entities", "_service"}
    assert fields_of(ours, "Product") & fields_of(theirs, "Product") == {"id", "channel"}  # its key there


def fields_of(schema: GraphQLSchema, name: str) -> set[str]:
    found = schema.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return set(found.fields)


OPERATION = re.compile(r"\s*(#.*\n\s*)*((query|mutation|subscription|fragment)\b[^{}]*\{|\{\s*\w+\s*[({\s])")


def graphql_texts(path: Path) -> list[int]:
    """The lines at which a text begins as an operation or a fragment does."""
    constants = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))
    return [one.lineno for one in constants if isinstance(one.value, str) and OPERATION.match(one.value)]


def test_no_query_text_stands_in_python() -> None:
    package = ROOT / "saleor_crm_app"
    # the simulated shop plays other people's programs, storefronts among them
    files = [path for path in sorted(package.rglob("*.py")) if package / "demo" not in path.parents]
    found = {path.name: graphql_texts(path) for path in files}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "text",
    [
        "query { a }",
        "\n  mutation Pay($id: ID!) {\n a }",
        "{ app { id } }",
        "# why\nsubscription {\n event { id } }",
        "fragment A on B { c }",
        "{app{id}}",
    ],
)
def test_query_text_would_be_seen(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.py").write_text(f"def a() -> str:\n    return {text!r}\n")
    assert graphql_texts(tmp_path / "a.py") == [2]
