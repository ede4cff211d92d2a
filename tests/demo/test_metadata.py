"""Private metadata of users: for staff and apps, told like any change, and never a member of staff's."""

from collections.abc import Mapping
from typing import Any

from graphql import parse

from saleor_crm_app.demo import SimulatedShop
from saleor_crm_app.demo.access import Access, access_of
from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.execution import run
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.saleor.documents import document

WRITTEN = [EventType.CUSTOMER_UPDATED, EventType.CUSTOMER_METADATA_UPDATED]


def write(access: Access, user: str, key: str = "a", value: str = "b") -> Mapping[str, Any]:
    """What the shop answers, errors of the request included."""
    variables = {"id": user, "input": [{"key": key, "value": value}]}
    answer = run(parse(document("UpdatePrivateMetadata", "3.23")), access, variables=variables)
    return {"data": answer.data, "errors": [str(error.original_error or error) for error in answer.errors or ()]}


def refusals(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in answer["data"]["updatePrivateMetadata"]["errors"]]


async def test_an_app_writes_what_the_customer_cannot_read(shop: SimulatedShop, installed: App) -> None:
    anna = shop.customers.register("anna@example.com")
    shop.events.forget()
    assert refusals(write(access_of(installed, shop.state), anna.id)) == []
    assert (anna.private_metadata, anna.metadata) == ({"a": "b"}, {})
    assert shop.events.types(about=anna) == WRITTEN
    await shop.deliveries.settled()


async def test_refuses_staff_strangers_and_empty_keys(shop: SimulatedShop, installed: App) -> None:
    anna = shop.customers.register("anna@example.com")
    own = access_of(installed, shop.state)
    shop.events.forget()
    [denied] = write(own, staff(shop).id)["errors"]
    assert "MANAGE_STAFF" in denied
    [denied] = write(Access(state=shop.state, user=anna, permissions=frozenset()), anna.id)["errors"]
    assert "MANAGE_USERS" in denied
    assert refusals(write(own, "VXNlcjo5OTk=")) == [("id", "NOT_FOUND")]
    assert refusals(write(own, anna.id, key=" ")) == [("input", "REQUIRED")]
    assert (anna.private_metadata, shop.events.types(about=anna)) == ({}, [])
    await shop.deliveries.settled()


def staff(shop: SimulatedShop) -> User:
    assert Permission.MANAGE_STAFF in shop.state.staff.permissions
    return shop.state.staff
