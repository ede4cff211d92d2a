"""Nobody pays with what is not theirs, and no code can be read from the database or the log."""

import base64
import json
from collections.abc import AsyncIterator
from uuid import UUID

import psycopg
import pytest

from saleor_crm_app.demo import SimulatedShop
from saleor_crm_app.demo.troubles import Trouble
from saleor_crm_app.kernel.ids import global_id, key_of
from tests.conftest import Addresses
from tests.journeys.conftest import RunningApp
from tests.journeys.shopper import APPLY, REMOVE, Shopper, signed_in

VOUCHERS = '{"redemption": {"tender": "VOUCHER"}}'


@pytest.fixture
async def anna(app: RunningApp, shop: SimulatedShop) -> AsyncIterator[Shopper]:
    """With 1,000 points to spend."""
    async with signed_in(app, shop) as anna:
        await anna.earned(1000)
        yield anna


async def test_guests_have_no_points_to_pay_with(anna: Shopper) -> None:
    checkout = anna.shop.checkouts.create([anna.item(100)], "guest@example.com")
    headers = {"Saleor-Api-Url": anna.shop.api_url}
    for query, field in ((APPLY, "pointsApplyToCheckout"), (REMOVE, "pointsRemoveFromCheckout")):
        variables = {"checkout": checkout.id, "key": "k"} | ({"points": 500} if query is APPLY else {})
        answer = await anna.client.post("/graphql/", json={"query": query, "variables": variables}, headers=headers)
        said = answer.json()["data"][field]["errors"]
        assert [(one["code"], one["message"]) for one in said] == [("NOT_ELIGIBLE", "Sign in to pay with points.")]


@pytest.mark.parametrize("wanted", [-1, 0, 1_000_000_001, 2_147_483_647])
async def test_no_points_but_whole_positive_ones(anna: Shopper, wanted: int) -> None:
    refused = await anna.apply(anna.fill(100), wanted)
    assert [(one["code"], one["field"]) for one in refused["errors"]] == [("INVALID", "points")]


@pytest.mark.parametrize("wanted", [True, 500.5, "500", 10**12, "NaN", None])
async def test_what_is_no_integer_is_no_number_of_points(anna: Shopper, wanted: object) -> None:
    variables = {"checkout": anna.fill(100).id, "points": wanted, "key": "k"}
    headers = {"Authorization": f"Bearer {anna.shop.tokens.access(anna.user)}"}
    answer = await anna.client.post("/graphql/", json={"query": APPLY, "variables": variables}, headers=headers)
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert await anna.balance() == {"available": 1000}


async def test_ids_of_other_things_are_no_checkouts(anna: Shopper) -> None:
    order = global_id("Order", UUID(int=7))
    for wrong in ("", "7", "\x00", "Q2hlY2tvdXQ6", order, global_id("Checkout", 7), global_id("Checkout", UUID(int=7))):
        answer = await anna.ask(APPLY, {"checkout": wrong, "points": 500, "key": "k"})
        assert [one["code"] for one in answer["pointsApplyToCheckout"]["errors"]] == ["NOT_FOUND"]
    for wrong in ("", "\x00", order):
        answer = await anna.ask(REMOVE, {"checkout": wrong, "key": "k"})
        assert [one["code"] for one in answer["pointsRemoveFromCheckout"]["errors"]] == ["NOT_FOUND"]


async def test_another_spelling_of_a_checkouts_id_is_the_same_checkout(anna: Shopper) -> None:
    checkout = anna.fill(100)
    first = await anna.apply(checkout, 500)
    plain = key_of(checkout.id, kind="Checkout")
    for spelling in (plain.upper(), plain.replace("-", "")):
        text = base64.b64encode(f"Checkout:{spelling}".encode()).decode()
        again = await anna.ask(APPLY, {"checkout": text, "points": 500, "key": spelling})
        assert again["pointsApplyToCheckout"]["code"] == first["code"]
    assert (anna.live_cards(), await anna.balance()) == (1, {"available": 500, "held": 500})


@pytest.mark.parametrize("settings", ["{}", VOUCHERS])
async def test_codes_are_nowhere_in_the_database_or_the_log(
    anna: Shopper, addresses: Addresses, capsys: pytest.CaptureFixture[str], settings: str
) -> None:
    await anna.choose(settings)
    checkout = anna.fill(100)
    anna.shop.troubles.coming.extend([None, None, Trouble.UNAVAILABLE])
    await anna.apply(checkout, 500)
    code = (await anna.apply(checkout, 500))["code"]
    await anna.settle()
    await anna.remove(checkout)
    await anna.run_out()
    codes = [code, *anna.shop.state.voucher_codes, *(card.code for card in anna.shop.state.gift_cards.values())]
    dump, log = _dump(addresses), capsys.readouterr().out
    assert "RELEASED" in dump
    assert [one for one in codes if one in dump or one in log] == []


def _dump(addresses: Addresses) -> str:
    """Every row of every table, as text, with bytes also as what they would read as."""
    with psycopg.connect(addresses.owner) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        connection.execute("SET bytea_output = 'escape'")
        shops = connection.execute("SELECT installation_id FROM certificate UNION SELECT id FROM installation")
        text = [json.dumps([str(shop) for (shop,) in shops])]
        for (name,) in names:
            rows = connection.execute(f'SELECT row::text FROM "{name}" AS row'.encode()).fetchall()
            text += [str(row) for (row,) in rows]
    return "\n".join(text)
