"""What the webhook door answers: every row of the published table."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from saleor_crm_app.jobs.inbox import NewItem
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.webhooks import WEBHOOKS
from tests.conftest import MakeInstallation
from tests.demo.reference import folder, needs_reference
from tests.reliability.signer import Signer
from tests.saleor import samples
from tests.saleor.loopback import Answer, Request
from tests.webhooks.conftest import Inbox, Process, Sender

PAID = samples.delivery("OrderPaid", order=samples.order())


async def test_good_is_kept_before_it_is_acknowledged(process: Process, sender: Sender, inbox: Inbox) -> None:
    assert await process.send(PAID, sender.headers(PAID)) == 200
    assert await inbox.kept() == [("OrderPaid", PAID)]


async def test_seen_before_is_acknowledged_and_kept_once_whatever_the_event_header(
    process: Process, sender: Sender, inbox: Inbox
) -> None:
    events = ["order_paid", "order_paid", "order_refunded", "customer_deleted", ""]
    assert [await process.send(PAID, sender.headers(PAID, event)) for event in events] == [200] * 5
    at_once = await asyncio.gather(*(process.send(PAID, sender.headers(PAID)) for _ in range(20)))
    assert at_once == [200] * 20
    assert await inbox.kept() == [("OrderPaid", PAID)]


async def test_every_subscribed_type_is_kept(process: Process, sender: Sender, inbox: Inbox) -> None:
    bodies = {name: samples.delivery(name) for webhook in WEBHOOKS for name in webhook.typenames}
    for body in bodies.values():
        assert await process.send(body, sender.headers(body)) == 200
    assert (len(bodies), dict(await inbox.kept())) == (16, bodies)


async def test_unsigned_is_refused_for_good(process: Process, sender: Sender, inbox: Inbox) -> None:
    headers = sender.headers(PAID)
    unsigned = {name: value for name, value in headers.items() if name != "Saleor-Signature"}
    assert await process.send(PAID, unsigned) == 401
    for signature in ("", "x", "a.b.c", headers["Saleor-Signature"][:-1], "A" * 5000):
        assert await process.send(PAID, headers | {"Saleor-Signature": signature}) == 401
    assert await inbox.kept() == []


async def test_a_signature_that_fails_under_a_key_we_hold_is_refused_for_good(
    process: Process, sender: Sender, inbox: Inbox
) -> None:
    for altered in (PAID + b" ", PAID.replace(b"3.98", b"9.98"), b"", PAID[:-1]):
        assert await process.send(altered, sender.headers(PAID)) == 401
    assert (await inbox.kept(), sender.server.connections) == ([], 0)


async def test_another_shops_key_is_refused_for_good(
    process: Process, sender: Sender, inbox: Inbox, other_signer: Signer, make_installation: MakeInstallation
) -> None:
    # given: the other shop is installed as well
    await make_installation(api_url="https://other.example/graphql/", jwks=json.dumps(other_signer.jwks))
    theirs = sender.headers(PAID) | {"Saleor-Signature": other_signer.sign(PAID)}
    # then: under its own key name, which the shop is asked about, and under this shop's
    assert await process.send(PAID, theirs) == 401
    assert sender.server.connections == 1
    own_head = sender.signer.sign(PAID).partition(".")[0]
    forged = own_head + other_signer.sign(PAID)[len(own_head) :]
    assert await process.send(PAID, theirs | {"Saleor-Signature": forged}) == 401
    assert await inbox.kept() == []


async def test_what_is_meant_for_another_app_is_refused_for_good(
    process: Process, sender: Sender, inbox: Inbox
) -> None:
    for recipient in ({"id": "QXBwOjI="}, {"id": ""}, {"id": "App:1"}, None):
        body = samples.delivery("OrderPaid", order=samples.order(), recipient=recipient)
        assert (recipient, await process.send(body, sender.headers(body))) == (recipient, 401)
    assert await inbox.kept() == []


async def test_an_unknown_shop_is_refused_for_good(process: Process, sender: Sender, inbox: Inbox) -> None:
    own = sender.server.api_url
    for api_url in ("", "https://nobody.example/graphql/", "x", own + "\x00", own[:-1], own.upper(), f" {own}"):
        headers = sender.headers(PAID) | {"Saleor-Api-Url": api_url}
        assert (api_url, await process.send(PAID, headers)) == (api_url, 401)
    without = {name: value for name, value in sender.headers(PAID).items() if name != "Saleor-Api-Url"}
    assert await process.send(PAID, without) == 401
    assert await inbox.kept() == []


class TestUnknownKey:
    """A real event must not be lost while a shop changes its key."""

    async def test_is_refused_for_good_only_if_keys_fetched_just_now_lack_it(
        self, process: Process, sender: Sender, other_signer: Signer
    ) -> None:
        unknown = sender.headers(PAID) | {"Saleor-Signature": other_signer.sign(PAID)}
        assert await process.send(PAID, unknown) == 401
        assert sender.server.connections == 1

    async def test_is_to_come_again_while_the_shop_may_not_be_asked(
        self, process: Process, sender: Sender, other_signer: Signer, inbox: Inbox
    ) -> None:
        # given: somebody spent this minute's question
        stranger = sender.headers(PAID) | {"Saleor-Signature": Signer.with_new_key().sign(PAID)}
        assert await process.send(PAID, stranger) == 401
        # when the shop changes its key
        sender.server.answer = lambda _: Answer.of(other_signer.jwks)
        changed = Sender(sender.server, other_signer)
        assert await process.send(PAID, changed.headers(PAID)) == 503
        assert sender.server.connections == 1
        # then it succeeds a minute later
        await let_a_minute_pass(inbox.database, sender)
        assert await process.send(PAID, changed.headers(PAID)) == 200
        assert await inbox.kept() == [("OrderPaid", PAID)]

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(b"<html>maintenance</html>", 200),
            Answer(b"", 500),
            Answer(b"", 404),
            Answer.of({"keys": []}),
            Answer(b"", 302, (("Location", "https://elsewhere.example/"),)),
            b"",
        ],
    )
    async def test_is_to_come_again_when_the_shop_cannot_answer(
        self, process: Process, sender: Sender, other_signer: Signer, answer: Answer | bytes
    ) -> None:
        sender.server.answer = lambda _: answer
        unknown = sender.headers(PAID) | {"Saleor-Signature": other_signer.sign(PAID)}
        assert await process.send(PAID, unknown) == 503
        # and what is signed with the key we hold still comes in
        assert await process.send(PAID, sender.headers(PAID)) == 200

    async def test_is_to_come_again_when_the_shop_is_slow(
        self, database: Database, process: Process, sender: Sender, other_signer: Signer
    ) -> None:
        async def never(_: Request) -> Answer:
            await asyncio.Event().wait()
            return Answer()

        sender.server.answer = never
        hurried = CallPolicy(allow_private=True, total_seconds=0.2)
        unknown = sender.headers(PAID) | {"Saleor-Signature": other_signer.sign(PAID)}
        assert await Process.over(database, nothing_proved, hurried).send(PAID, unknown) == 503


async def nothing_proved(_item: NewItem) -> None:
    pytest.fail("nothing was proved")


async def let_a_minute_pass(database: Database, sender: Sender) -> None:
    async with database.intake() as session:
        row = (
            await session.execute(
                sa.text("SELECT id FROM installation WHERE api_url = :url"), {"url": sender.server.api_url}
            )
        ).one()
    async with database.shop(row.id) as session:
        await session.execute(sa.text("UPDATE installation SET jwks_tried_at = now() - interval '61 seconds'"))


BROKEN = [
    b"",
    b"{",
    PAID[:-1],
    PAID[: len(PAID) // 2],
    b"[]",
    b"[" + PAID + b"]",
    b"null",
    b"7",
    b'"OrderPaid"',
    b"{}",
    b'{"__typename": null, "recipient": {"id": "QXBwOjE="}}',
    b'{"__typename": ["OrderPaid"], "recipient": {"id": "QXBwOjE="}}',
    b'{"recipient": {"id": "QXBwOjE="}, "order": {"__typename": "OrderPaid"}}',
    PAID + b"x",
    b"\xef\xbb\xbf" + PAID,
    PAID.decode().encode("utf-16"),
    b"[" * 200_000,
    b'{"__typename": ' + b'{"a":' * 100_000,
]


async def test_what_is_no_event_is_refused_though_it_is_signed(process: Process, sender: Sender, inbox: Inbox) -> None:
    for body in BROKEN:
        assert (body[:60], await process.send(body, sender.headers(body))) == (body[:60], 400)
    assert await inbox.kept() == []


async def test_a_megabyte_comes_in_and_no_byte_more(process: Process, sender: Sender, inbox: Inbox) -> None:
    largest = PAID[:-1] + b" " * (1_000_000 - len(PAID)) + b"}"
    assert await process.send(largest, sender.headers(largest)) == 200
    assert await process.send(largest + b" ", sender.headers(largest + b" ")) == 413
    assert await inbox.kept() == [("OrderPaid", largest)]


async def test_an_endless_body_is_not_read_to_its_end(process: Process, sender: Sender, inbox: Inbox) -> None:
    # given: no length is declared
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 100_000

    # then
    assert await process.send(endless(), sender.headers(PAID)) == 413
    assert sent == 11
    assert await inbox.kept() == []


@pytest.mark.parametrize("declared", ["1000001", "9" * 50])
async def test_a_declared_length_that_is_too_much_is_not_read_at_all(
    process: Process, sender: Sender, declared: str
) -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read += 1
        yield PAID

    assert await process.send(body(), sender.headers(PAID) | {"Content-Length": declared}) == 413
    assert read == 0


async def test_what_cannot_be_kept_now_is_to_come_again(database: Database, sender: Sender) -> None:
    async def full(_item: NewItem) -> None:
        raise Unavailable("too many wait")

    assert await Process.over(database, full).send(PAID, sender.headers(PAID)) == 503


async def test_without_a_database_everything_is_to_come_again(sender: Sender) -> None:
    gone = Database("postgresql://nobody:x@127.0.0.1:1/nothing")
    assert await Process.over(gone, nothing_proved).send(PAID, sender.headers(PAID)) == 503


async def test_an_unknown_type_is_acknowledged_and_dropped(process: Process, sender: Sender, inbox: Inbox) -> None:
    # among them our own types, which only we may put into the inbox
    for typename in ("OrderCreated", "OrderSnapshot", "CustomerSnapshot", "CustomerGone", "orderpaid", "", "X" * 999):
        body = samples.delivery(typename, order=samples.order())
        assert (typename, await process.send(body, sender.headers(body))) == (typename, 200)
    assert await inbox.kept() == []


async def test_odd_but_true_events_are_kept(process: Process, sender: Sender, inbox: Inbox) -> None:
    bodies = [
        samples.delivery("OrderPaid", order=samples.order(lines=[])),
        samples.delivery("CustomerUpdated", user=samples.customer(email="")),
        samples.delivery("OrderPaid", order=None, errors=[{"message": "no"}]),
        samples.delivery("OrderPaid", order={"id": samples.ORDER_ID}),
        samples.delivery("OrderPaid", order=samples.order(totalCharged={"amount": -1})),
    ]
    assert [await process.send(body, sender.headers(body)) for body in bodies] == [200] * 5
    assert [body for _, body in await inbox.kept()] == bodies


async def test_a_shop_installed_anew_by_another_process_loses_nothing(
    database: Database, process: Process, sender: Sender, inbox: Inbox
) -> None:
    # given: this process remembers the app by its former id
    assert await process.send(PAID, sender.headers(PAID)) == 200
    known = await process.directory.by_api_url(sender.server.api_url)
    assert known is not None
    async with database.shop(known.id) as session:
        await session.execute(sa.text("UPDATE installation SET app_id = 'QXBwOjI='"))
    # when
    body = samples.delivery("OrderPaid", order=samples.order(), recipient={"id": "QXBwOjI="})
    # then
    assert await process.send(body, sender.headers(body)) == 200
    assert len(await inbox.kept()) == 2


@needs_reference
async def test_recorded_deliveries_pass_with_the_recorded_keys(
    database: Database, process: Process, inbox: Inbox, make_installation: MakeInstallation
) -> None:
    # given: a shop at the recorded address, known by its recorded keys; two app ids were recorded
    recordings = folder() / "recordings"
    keys = (recordings / "jwks.json").read_text()
    await make_installation(api_url="http://127.0.0.1:8000/graphql/", app_id="QXBwOjE=", jwks=keys)
    # when
    answers: dict[str, int] = {}
    for path in sorted(recordings.glob("*.json")):
        recording = json.loads(path.read_bytes())
        headers = dict(recording.get("headers", ())) if isinstance(recording, dict) else {}
        if "saleor-signature" in headers:
            answers[path.stem] = await process.send(path.with_suffix(".body").read_bytes(), headers)
    # then
    kept = {kind for kind, _ in await inbox.kept()}
    assert set(answers.values()) == {200, 401}
    assert {name for name, status in answers.items() if status == 401} == meant_for_another_app(recordings)
    assert kept == {
        "CustomerCreated",
        "CustomerDeleted",
        "CustomerUpdated",
        "OrderCancelled",
        "OrderFulfilled",
        "OrderFullyPaid",
        "OrderFullyRefunded",
        "OrderPaid",
        "OrderRefunded",
        "OrderUpdated",
    }


def meant_for_another_app(recordings: Path) -> set[str]:
    bodies = {path.stem: json.loads(path.read_bytes()) for path in recordings.glob("*.body") if path.stat().st_size}
    return {
        name
        for name, body in bodies.items()
        if "__typename" in body and body.get("recipient", {}).get("id") != "QXBwOjE="
    }
