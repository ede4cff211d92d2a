"""Nobody who cannot prove to be this app in that shop changes the shop's row, whatever they send."""

import asyncio

import pytest

from saleor_crm_app.saleor.http import CallPolicy
from tests.installation.conftest import TOKEN, App, Shop
from tests.saleor.loopback import Answer, Handler, Request, loopback

STOLEN = "St0le" * 6


@pytest.fixture
async def installed(app: App, shop: Shop) -> list[dict[str, object]]:
    """The shop's row, as the owner left it."""
    assert await app.register(shop.api_url) == (200, "")
    return await app.rows()


async def refused(app: App, shop: Shop, installed: object, token: object = STOLEN) -> int:
    """Try to take the row, and see that nothing changed."""
    status, sentence = await app.register(shop.api_url, token)
    assert sentence
    assert await app.rows() == installed
    return status


async def test_tokens_that_are_made_up_change_nothing(app: App, shop: Shop, installed: list[dict[str, object]]) -> None:
    made_up = [
        STOLEN,
        TOKEN[:-1],
        TOKEN + "x",
        TOKEN.lower(),
        TOKEN.swapcase(),
        "x",
        "null",
        "undefined",
        "Bearer",
        "eyJhbGciOiJub25lIn0.eyJhcHAiOiJRWEJ3T2pFPSJ9.",
        "' OR 1=1 --",
        "%00",
        "../../token",
        "{{token}}",
        "x" * 500,
    ]
    statuses = [await refused(app, shop, installed, token.replace(" ", "_")) for token in made_up]
    assert statuses == [401] * 15


async def test_another_apps_token_of_the_same_shop_changes_nothing(
    app: App, shop: Shop, installed: list[dict[str, object]]
) -> None:
    for identity in (
        ("QXBwOjk=", "evil.app"),
        ("QXBwOjk=", None),
        ("QXBwOjk=", ""),
        ("QXBwOjk=", "saleor.crm2"),
        ("QXBwOjk=", "Saleor.CRM"),
        ("VXNlcjo5", "saleor.crm"),
        ("", "saleor.crm"),
    ):
        shop.apps[STOLEN] = identity
        assert await refused(app, shop, installed) == 401


async def test_a_host_of_their_own_makes_a_row_of_their_own(
    app: App, shop: Shop, installed: list[dict[str, object]]
) -> None:
    # given: their server confirms everything
    theirs = Shop(shop.server, shop.keys, {STOLEN: ("QXBwOjE=", "saleor.crm")})
    async with loopback(theirs.answer) as elsewhere:
        assert await app.register(elsewhere.api_url, STOLEN) == (200, "")
    # then
    rows = await app.rows()
    assert [row for row in rows if row["api_url"] == shop.api_url] == installed
    assert len(rows) == 2


def proof_then(keys: Answer | bytes, shop: Shop) -> Handler:
    """Confirm the token, then answer for the keys in another way."""
    return lambda request: keys if request.path.startswith("/.well-known") else shop.answer(request)


MOVED = Answer(b"", 302, (("Location", "http://127.0.0.1:1/"),))


async def test_a_shop_that_answers_oddly_changes_nothing(
    app: App, shop: Shop, installed: list[dict[str, object]]
) -> None:
    shop.apps[STOLEN] = ("QXBwOjk=", "saleor.crm")
    answers: list[tuple[Handler, int]] = [
        (lambda _: MOVED, 400),
        (lambda _: Answer(b"<html>", 200), 503),
        (lambda _: Answer(b"", 500), 503),
        (lambda _: Answer(b"", 429), 503),
        (lambda _: Answer(b"", 401), 401),
        (lambda _: Answer(b"x" * 1_000_001), 503),
        (lambda _: Answer.of({"data": {"app": None, "shop": {"name": "", "version": "3.23"}}}), 401),
        (lambda _: Answer.of({"errors": [{"message": "Syntax"}]}), 503),
        (lambda _: b"", 503),
        (proof_then(MOVED, shop), 400),
        (proof_then(Answer(b"<html>"), shop), 503),
        (proof_then(Answer(b"", 404), shop), 503),
        (proof_then(Answer.of({"keys": []}), shop), 503),
        (proof_then(Answer(b"x" * 64_001), shop), 503),
        (proof_then(b"", shop), 503),
    ]
    for number, (answer, status) in enumerate(answers):
        shop.server.answer = answer
        assert (number, await refused(app, shop, installed)) == (number, status)


async def test_a_shop_that_is_slow_to_answer_changes_nothing(
    app: App, shop: Shop, installed: list[dict[str, object]]
) -> None:
    async def never(_: Request) -> Answer:
        await asyncio.Event().wait()
        return Answer()

    shop.server.answer = never
    hurried = App(app.database, policy=CallPolicy(allow_private=True, total_seconds=0.2))
    assert await refused(hurried, shop, installed) == 503


async def test_after_all_that_the_owner_can_still_install_anew(
    app: App, shop: Shop, installed: list[dict[str, object]]
) -> None:
    await refused(app, shop, installed)
    assert await app.register(shop.api_url) == (200, "")
    [row] = await app.rows()
    assert row["id"] == installed[0]["id"]
