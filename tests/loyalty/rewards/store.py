"""A shop with rewards for the tests of claims: codes in the pool, and claims as a storefront makes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saleor_crm_app.kernel.db import Database, retrying
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import coupons, points, rewards
from saleor_crm_app.loyalty.coupons import Coupon, StoredCode
from saleor_crm_app.loyalty.rewards import Reward
from tests.loyalty.ledger_acts import Books
from tests.shop import ANNA

FIVE_OFF = {"effect": {"kind": "FIXED_AMOUNT", "amount": 500}, "words": {"name": "5 off"}, "points": 100}
VOUCHER = "Vm91Y2hlcjox"


@dataclass
class Store:
    """The books of a shop, and what can be had there."""

    books: Books

    @property
    def database(self) -> Database:
        return self.books.database

    @property
    def shop(self) -> InstallationId:
        return self.books.shop

    async def offer(self, *, codes: int = 0, **changes: Any) -> Reward:  # noqa: ANN401 # any term's
        """Put a reward into the catalog, with so many codes that the shop has."""
        program = await self.books.program()
        async with self.database.shop(self.shop) as session:
            terms = rewards.read_terms({**FIVE_OFF, **changes})
            made = await rewards.create_reward(session, self.shop, program, terms, at=self.books.clock)
            voucher = next(iter(await rewards.vouchers.vouchers_of(session, [made.id])), None)
            if voucher is not None:
                await rewards.vouchers.note_voucher(session, voucher.key, VOUCHER)
            await coupons.codes.keep_codes(session, self.shop, [stored(number) for number in range(codes)])
        return made

    async def claim(self, reward: Reward, customer: CustomerId = ANNA, *, database: Database | None = None) -> Coupon:
        """One claim in a transaction of its own, tried again as the app does."""
        program = await self.books.program()

        async def act() -> Coupon:
            async with (database or self.database).shop(self.shop) as session:
                return await rewards.claim(
                    session,
                    self.shop,
                    customer,
                    program=program,
                    reward=reward.id,
                    channel="default-channel",
                    at=self.books.clock,
                )

        return await retrying(act)

    async def reward(self, reward: Reward) -> Reward:
        """As it stands now."""
        async with self.database.shop(self.shop, read_only=True) as session:
            return (await rewards.rewards_by_id(session, [reward.id]))[reward.id]

    async def counted(self, query: str) -> int:
        async with self.database.shop(self.shop, read_only=True) as session:
            return int((await session.execute(sa.text(query))).scalar_one())

    async def balances(self, *customers: CustomerId) -> Sequence[int]:
        """Points that each of these can spend."""
        program = await self.books.program()
        async with self.database.shop(self.shop, read_only=True) as session:
            found = []
            for customer in customers:
                member = await points.account_of(session, self.shop, customer, program.id)
                assert member is not None
                found.append((await points.balance_of(session, self.shop, member, at=self.books.clock)).available)
            return found


def stored(number: int) -> StoredCode:
    """A code as it lies in the pool."""
    return StoredCode(voucher=VOUCHER, saleor_id=f"code {number}", mac=f"mac {number}".encode(), sealed=b"sealed")
