"""A document is the operation, exactly its fragments, in the newest form that the shop understands."""

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse

from saleor_crm_app.saleor.documents import (
    UnknownDocument,
    document,
    document_names,
    parsed_document,
    understood,
    versions_known,
)
from saleor_crm_app.saleor.versions import UnsupportedVersion

VERSIONS = ["3.21", "3.22", "3.23", "3.24", "4.0"]


def definitions(name: str, version: str) -> list[tuple[type, str]]:
    return [
        (type(one), one.name.value if one.name else "")
        for one in parse(document(name, version)).definitions
        if isinstance(one, OperationDefinitionNode | FragmentDefinitionNode)
    ]


def test_carries_the_documents_the_app_speaks_with() -> None:
    spoken = {"AppEvents", "AppIdentity", "Customer", "CustomerEvents", "Order", "OrderEvents"}
    assert spoken <= set(document_names())
    assert not {"EventHead", "OrderSnapshot", "CustomerSnapshot"} & set(document_names())


def test_gives_the_operation_and_exactly_the_fragments_it_uses() -> None:
    assert definitions("AppIdentity", "3.23") == [(OperationDefinitionNode, "AppIdentity")]
    assert definitions("OrderEvents", "3.23") == [
        (OperationDefinitionNode, "OrderEvents"),
        (FragmentDefinitionNode, "EventHead"),
        (FragmentDefinitionNode, "OrderSnapshot"),
    ]


@pytest.mark.parametrize(("version", "asks"), [("3.21", False), ("3.22", False), ("3.23", True), ("3.99", True)])
def test_a_fragment_is_taken_in_the_form_the_shop_understands(version: str, asks: bool) -> None:
    assert ("paymentMethodDetails" in document("OrderEvents", version)) is asks
    assert ("paymentMethodDetails" in document("Order", version)) is asks


@pytest.mark.parametrize(("version", "asks"), [("3.21", False), ("3.22", False), ("3.23", True), ("4.1", True)])
def test_an_operation_is_taken_in_the_form_the_shop_understands(version: str, asks: bool) -> None:
    assert ("CustomerDeleted" in document("CustomerEvents", version)) is asks


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", document_names())
def test_carries_no_comments_and_one_operation(name: str, version: str) -> None:
    text = document(name, version)
    assert "#" not in text
    assert [kind for kind, _ in definitions(name, version)].count(OperationDefinitionNode) == 1
    assert parsed_document(name, version) is parsed_document(name, version)


def test_newer_shops_get_the_newest_we_know() -> None:
    assert [str(one) for one in versions_known()] == ["3.21", "3.23"]
    assert str(understood("3.22.67")) == "3.21"
    assert str(understood("9.0")) == "3.23"


@pytest.mark.parametrize("version", ["3.2", "3.20", "3.20.99", "2.11"])
def test_an_older_shop_is_refused_by_name(version: str) -> None:
    with pytest.raises(UnsupportedVersion, match=r"needs 3\.21 or later"):
        document("Order", version)


def test_an_unknown_document_is_refused() -> None:
    with pytest.raises(UnknownDocument):
        document("Nothing", "3.23")


@pytest.mark.parametrize("version", VERSIONS)
def test_nobody_asks_for_the_origin_of_an_order_which_some_lack_in_spite_of_the_schema(version: str) -> None:
    fields = {token for name in document_names() for token in document(name, version).split()}
    assert "updatedAt" in fields
    assert "origin" not in fields
