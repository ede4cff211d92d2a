"""Codes that are typed: one's own is worth something, all others look alike and cost the same, and ten are enough."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from saleor_crm_app.checkout.preview.rates import WRONG_CODES
from saleor_crm_app.kernel.ids import CustomerId
from tests.door import Shop, counted
from tests.storefront.market import BEN, Answer, Market, market_of

MINE, HIS, OLD, USED, OVER = (f"R-0000-0000-000{number}" for number in range(5))
UNKNOWN = "R-ZZZZ-ZZZZ-ZZZZ"
ANYBODYS = "SUMMER"


@dataclass
class Counter:
    """A market with codes of every kind."""

    market: Market

    async def enter(self, code: str, customer: CustomerId | None) -> Answer:
        return await self.market.asked(customer, promoCode=code)

    async def verdict(self, code: str, customer: CustomerId | None) -> Answer:
        told: Answer = (await self.enter(code, customer))["promoCode"]
        return told

    async def statements(self, code: str, customer: CustomerId | None) -> Sequence[str]:
        with counted(self.market.database) as sent:
            await self.enter(code, customer)
        return [one for one in sent if "FROM installation" not in one]

    async def forget(self) -> None:
        await self.market.change("DELETE FROM act_rate")


@pytest.fixture
async def codes(market: Market) -> Counter:
    anna = market.anna
    await market.give(anna, MINE)
    await market.give(BEN, HIS)
    old = await market.give(anna, OLD)
    used = await market.give(anna, USED)
    over = await market.give(anna, OVER)
    shared = await market.give(anna, ANYBODYS, effect={"kind": "PERCENTAGE", "percent": 10})
    await market.change("UPDATE coupon SET expires_at = issued_at WHERE id = :id", id=old.id)
    await market.change("UPDATE coupon SET state = 'USED' WHERE id = :id", id=used.id)
    await market.change("UPDATE reward_voucher SET ended_at = now() WHERE id = :id", id=over.voucher_key)
    await market.change("UPDATE coupon SET customer_id = NULL, batch_id = :batch WHERE id = :id", **batch(shared.id))
    return Counter(market)


def batch(coupon: UUID) -> dict[str, Any]:
    return {"id": coupon, "batch": UUID(int=1)}


WRONG = {"unknown": UNKNOWN, "somebody else's": HIS, "expired": OLD, "used": USED, "withdrawn": OVER}


async def test_ones_own_code_tells_what_it_takes_off(codes: Counter) -> None:
    for written in (MINE, f"  {MINE.lower()} "):
        assert await codes.verdict(written, codes.market.anna) == {
            "valid": True,
            "amount": {"amount": 5.0, "currency": "USD"},
            "reason": {"code": "CODE_TAKES_OFF", "text": "This code takes 5.00 USD off."},
            "missing": [],
        }


async def test_a_campaigns_code_is_anybodys(codes: Counter) -> None:
    for customer in (codes.market.anna, BEN, None):
        told = await codes.verdict(ANYBODYS, customer)
        assert (told["valid"], told["amount"]["amount"]) == (True, 6.0)


async def test_a_code_counts_before_a_better_coupon(codes: Counter) -> None:
    told = await codes.enter(MINE, codes.market.anna)
    assert told["total"]["total"]["amount"] == 55.0
    dear = await codes.market.asked(codes.market.anna, promoCode=ANYBODYS, lines=[codes.market.lamp(2)])
    assert (dear["total"]["total"]["amount"], dear["coupon"]["best"]["amount"]["amount"]) == (108.0, 5.0)


async def test_a_code_that_does_not_fit_yet_says_what_is_missing(codes: Counter) -> None:
    market = codes.market
    await market.give(market.anna, "R-9999-9999-9999", min_spent=6740)
    assert await codes.verdict("R-9999-9999-9999", market.anna) == {
        "valid": True,
        "amount": None,
        "reason": {"code": "CODE_LACKS", "text": "This code is good, but takes nothing off this cart yet."},
        "missing": [{"code": "SPEND", "text": "7.40 USD more"}],
    }


async def test_whatever_is_wrong_the_answer_is_the_same(codes: Counter) -> None:
    answers = []
    for code in WRONG.values():
        answers.append(await codes.enter(code, codes.market.anna))
        await codes.forget()
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["promoCode"]["valid"] is False
    guests = [await codes.enter(code, None) for code in (UNKNOWN, MINE, OLD, USED)]
    assert all(answer == guests[0] for answer in guests)


async def test_whatever_is_wrong_it_takes_the_same_statements(codes: Counter) -> None:
    for customer in (codes.market.anna, None):
        await codes.enter(UNKNOWN, customer)
        sent = []
        for code in WRONG.values():
            sent.append(await codes.statements(code, customer))
            await codes.forget()
        assert [len(one) for one in sent] == [15 if customer else 6] * len(WRONG)
        # in words too, but for how long a list of keys is
        assert all([text.split()[:4] for text in one] == [text.split()[:4] for text in sent[0]] for one in sent)


@pytest.mark.parametrize("signed_in", [True, False])
async def test_after_ten_wrong_ones_no_more_are_looked_at(codes: Counter, signed_in: bool) -> None:
    who = codes.market.anna if signed_in else None
    for number in range(WRONG_CODES):
        assert (await codes.verdict(ANYBODYS, who))["valid"]  # right ones are not counted
        assert (await codes.enter(f"wrong {number}", who))["errors"] == []
    for code in (UNKNOWN, MINE, ANYBODYS):
        told = await codes.enter(code, who)
        assert told["promoCode"] is None
        assert [(error["code"], error["field"]) for error in told["errors"]] == [("RATE_LIMITED", "promoCode")]
        # all else is told
        assert told["total"] is not None
    assert (await codes.verdict(ANYBODYS, BEN))["valid"]


async def test_many_at_once_are_no_more_than_ten(codes: Counter) -> None:
    tried = await asyncio.gather(*(codes.enter(f"wrong {number}", codes.market.anna) for number in range(30)))
    assert sum(one["promoCode"] is not None for one in tried) == WRONG_CODES


async def test_guests_are_counted_by_their_addresses(codes: Counter) -> None:
    market = codes.market
    for _ in range(WRONG_CODES):
        await codes.enter(UNKNOWN, None)
    async with market_of(market.shop, market.till, address="203.0.113.8") as other:
        assert (await other.asked(promoCode=ANYBODYS))["promoCode"]["valid"]
    async with market_of(market.shop, market.till, address="::ffff:203.0.113.7") as same:
        assert (await same.asked(promoCode=ANYBODYS))["promoCode"] is None


async def test_one_ipv6_network_is_one_address(codes: Counter) -> None:
    market = codes.market
    for number in range(WRONG_CODES):
        async with market_of(market.shop, market.till, address=f"2001:db8::{number}") as near:
            await near.asked(promoCode=UNKNOWN)
    async with market_of(market.shop, market.till, address="2001:db8::ffff:1") as near:
        assert (await near.asked(promoCode=ANYBODYS))["promoCode"] is None
    async with market_of(market.shop, market.till, address="2001:db8:0:1::1") as far:
        assert (await far.asked(promoCode=ANYBODYS))["promoCode"]["valid"]


async def test_a_blank_is_no_code(codes: Counter) -> None:
    told = await codes.enter("  ", codes.market.anna)
    assert (told["promoCode"], told["errors"]) == (None, [])


async def test_codes_of_another_shop_are_unknown(codes: Counter, other_shop: Shop) -> None:
    async with market_of(other_shop, codes.market.till) as other:
        await other.earn(codes.market.anna, 10)
        told = await other.asked(codes.market.anna, promoCode=MINE)
        assert (told["promoCode"]["valid"], told["coupon"]["best"]) == (False, None)
    async with other_shop.database.shop(other_shop.id, read_only=True) as session:
        counts = await session.scalars(sa.text("SELECT acts FROM act_rate WHERE act = 'promoCode'"))
        assert list(counts) == [1]
