"""Bodies, headers and tokens beside those a real Saleor 3.23 sent: the same names, shapes and formats."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.order import Order
from saleor_crm_app.demo.orders import Item
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.server import serving
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.signing import SigningKey
from saleor_crm_app.kernel.ids import decode_global_id
from tests.demo.receiver import Received, Receiver, receiving
from tests.demo.reference import needs_reference, recorded_bytes, recording
from tests.demo.test_tokens import claims_of, header_of

_INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$")
_UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
ORDER_EVENTS = ["order_paid", "order_fully_paid", "order_updated", "order_refunded", "order_fully_refunded"]
OTHER_ORDER_EVENTS = ["order_fulfilled", "order_cancelled"]
CUSTOMER_EVENTS = ["customer_created", "customer_updated", "account_confirmed", "customer_deleted"]


@pytest.fixture(scope="module")
async def everything(key: SigningKey) -> dict[str, Received]:
    """One delivery of each event, by name."""
    async with receiving() as receiver, serving(SimulatedShop(key=key)) as shop:
        await shop.apps.install(receiver.manifest_url)
        return await one_of_each(shop, receiver)


async def one_of_each(shop: SimulatedShop, receiver: Receiver) -> dict[str, Received]:
    juice = shop.shelves.sell("Apple juice", Decimal("1.99"), category=shop.shelves.add_category("Juices"))

    def bought() -> Order:
        return shop.orders.place([Item(variant=juice, quantity=2)], customer, paid=Decimal("3.98"))

    customer = shop.customers.register("ashley.cook@example.com")
    shop.customers.confirm(customer)
    shop.customers.update(customer, first_name="Ashley")
    shop.parcels.fulfill(bought())
    refunded = bought()
    shop.refunds.refund(refunded, Decimal(1))
    shop.refunds.refund(refunded)
    shop.orders.cancel(bought())
    await shop.deliveries.settled()
    shop.customers.delete_by_staff(customer)
    await shop.deliveries.settled()
    assert [delivery.status for delivery in shop.deliveries.failed] == []
    return {received.header("saleor-event"): received for received in receiver.webhooks}


def common_places(ours: object, theirs: object, place: str = "") -> Iterator[tuple[str, object, object]]:
    """Every value that both bodies have at the same place; of lists the first entries."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in ours.keys() & theirs.keys():
            yield from common_places(ours[name], theirs[name], f"{place}.{name}")
    elif isinstance(ours, list) and isinstance(theirs, list) and ours and theirs:
        yield from common_places(ours[0], theirs[0], f"{place}[]")
    else:
        yield place, ours, theirs


def shape(value: object) -> str:
    """What kind of value this is: of an id also which kind of thing and of key."""
    if isinstance(value, str) and _INSTANT.match(value):
        return "instant"
    if not isinstance(value, str):
        return type(value).__name__
    try:
        kind, key = decode_global_id(value)
    except ValueError:
        return "text"
    return f"{kind}:{'uuid' if _UUID.match(key) else 'number'}"


@needs_reference
@pytest.mark.parametrize("name", ORDER_EVENTS + OTHER_ORDER_EVENTS + CUSTOMER_EVENTS)
async def test_every_field_has_the_real_ones_shape(name: str, everything: dict[str, Received]) -> None:
    ours, theirs = everything[name].json, recording(name)["body"]
    places = {place: (shape(mine), shape(real)) for place, mine, real in common_places(ours, theirs)}
    by_others = (".issuingPrincipal", ".issuingPrincipal.id")  # who did it differs, what it looks like does not
    assert {place: pair for place, pair in places.items() if pair[0] != pair[1] and place not in by_others} == {}
    assert {".__typename", ".issuedAt", ".version", ".recipient.id"} <= places.keys()
    assert ours["__typename"] == theirs["__typename"]
    assert ours["version"] == theirs["version"]


@needs_reference
@pytest.mark.parametrize("name", ORDER_EVENTS + OTHER_ORDER_EVENTS + CUSTOMER_EVENTS)
async def test_the_request_carries_the_real_headers_in_their_order(name: str, everything: dict[str, Received]) -> None:
    ours, theirs = everything[name], recording(name)
    assert [header for header, _ in ours.headers] == [header for header, _ in theirs["headers"]]
    alike = ("user-agent", "accept", "accept-encoding", "connection", "content-type", "saleor-event")
    assert {header: ours.header(header) for header in alike} == {
        header: dict(theirs["headers"])[header] for header in alike
    }


@needs_reference
async def test_bodies_are_written_as_json_dumps_does(everything: dict[str, Received]) -> None:
    theirs = recorded_bytes("order_paid")
    assert json.dumps(json.loads(theirs)).encode() == theirs
    assert [body for body in everything.values() if json.dumps(body.json).encode() != body.body] == []


@needs_reference
async def test_amounts_are_json_numbers(everything: dict[str, Received]) -> None:
    assert b'"totalCharged": {"amount": 3.98}' in everything["order_fulfilled"].body
    assert b'"totalCharged": {"amount": 3.98}' in recorded_bytes("order_fulfilled")
    assert b'"shippingPrice": {"gross": {"amount": 0.0}' in everything["order_fulfilled"].body
    assert b'"shippingPrice": {"gross": {"amount": 0.0}' in recorded_bytes("order_fulfilled")


@needs_reference
@pytest.mark.parametrize("name", ["install_manifest_get", "install_register"])
async def test_the_install_requests_carry_the_real_headers(name: str, receiver: Receiver, installed: App) -> None:
    ours = {"install_manifest_get": receiver.fetches, "install_register": receiver.registrations}[name][0]
    theirs = recording(name)
    assert sorted(header for header, _ in ours.headers) == sorted(header for header, _ in theirs["headers"])
    assert ours.header("saleor-schema-version") == dict(theirs["headers"])["saleor-schema-version"]
    assert len(ours.body) == int(dict(theirs["headers"]).get("content-length", 0))
    assert installed.token == (ours.json["auth_token"] if ours.body else receiver.tokens[0])


@needs_reference
def test_tokens_carry_the_real_claims_in_their_order(unserved: SimulatedShop) -> None:
    tokens, staff = unserved.tokens, unserved.state.staff
    customer = unserved.customers.register("ashley.cook@example.com")
    app = App(pk=15, name="Probe", identifier="probe", permissions=frozenset({Permission.MANAGE_ORDERS}))
    made = {
        "staff_access": tokens.access(staff),
        "staff_refresh": tokens.refresh(staff),
        "customer_access": tokens.access(customer),
        "customer_access_with_audience": tokens.access(customer, audience="loyalty"),
        "app_user_token(App.accessToken)": tokens.for_app(staff, app),
        "extension_token(AppExtension.accessToken)": tokens.for_app(staff, app, extension=4),
    }
    real: dict[str, Any] = recording("tokens_decoded")
    assert {name: _kinds(claims_of(token)) for name, token in made.items()} == {
        name: _kinds(real[name]["claims"]) for name in made
    }
    assert {name: list(header_of(token)) for name, token in made.items()} == {
        name: list(real[name]["header"]) for name in made
    }
    same = ("owner", "type", "is_staff", "app", "app_extension", "aud")
    assert {name: [claims_of(token).get(claim) for claim in same] for name, token in made.items()} == {
        name: [real[name]["claims"].get(claim) for claim in same] for name in made
    }


def _kinds(claims: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((name, type(value).__name__) for name, value in claims.items())


@needs_reference
def test_the_keys_are_published_as_the_real_ones(unserved: SimulatedShop) -> None:
    (ours,) = unserved.keys.jwks()["keys"]
    (theirs,) = recording("jwks")["keys"]
    assert list(ours) == list(theirs)
    same = ("kty", "key_ops", "e", "use", "alg")
    assert {name: ours[name] for name in same} == {name: theirs[name] for name in same}
    assert [len(str(ours[name])) for name in ("n", "kid")] == [len(theirs[name]) for name in ("n", "kid")]
