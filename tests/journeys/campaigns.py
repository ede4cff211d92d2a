"""A campaign's codes in a town: asked for, made, handed to people, ended; and how all of it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saleor_crm_app.issuing import BatchDesk, BatchEnder, BatchMaker, Imported
from saleor_crm_app.kernel.ids import BatchId, RewardId
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.loyalty.coupons import Batch, BatchState
from saleor_crm_app.loyalty.rewards import EndBatch, MakeBatch, RewardVoucher
from saleor_crm_app.loyalty.rewards.batches import BatchWish
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.codes import CodeBook
from tests.journeys.claims import FIVE_OFF
from tests.journeys.members import the_program
from tests.journeys.running import SECRET
from tests.journeys.town import Town

BOOK = CodeBook([SECRET])
DESK = BatchDesk(BOOK)


@dataclass
class Campaign:
    """One batch of codes."""

    town: Town
    reward: RewardId
    batch: BatchId

    def maker(self) -> BatchMaker:
        """The app's own, in a task of the test's that can be killed like a process."""
        return BatchMaker(self.town.app.database, self.town.app.worker.clients.of, BOOK)

    async def make(self) -> None:
        """One job after the other, until there is nothing more to do."""
        job = MakeBatch(installation=await self.town.app.installation(), batch=self.batch)
        maker = self.maker()
        await maker.make(job)
        while (await self.now()).state is BatchState.RUNNING:
            await maker.make(job)

    async def make_once(self) -> None:
        """One job, which may leave the rest to another."""
        await self.maker().make(MakeBatch(installation=await self.town.app.installation(), batch=self.batch))

    async def now(self) -> Batch:
        async with self.town.app.database.shop(await self.town.app.installation(), read_only=True) as session:
            found = await coupons.batches.batch_by_id(session, self.batch)
        assert found is not None
        return found

    async def voucher(self) -> RewardVoucher:
        async with self.town.app.database.shop(await self.town.app.installation(), read_only=True) as session:
            found = await rewards.vouchers.voucher_of_batch(session, self.batch)
        assert found is not None
        return found

    async def codes(self) -> list[str]:
        """All of them in plain, in the order of their making."""
        shop = await self.town.app.installation()
        async with self.town.app.database.shop(shop, read_only=True) as session:
            return [
                DESK.plain(shop, one)
                async for page in coupons.batch_codes.each_code(session, self.batch)
                for one in page
            ]

    async def states(self) -> dict[str, int]:
        """How many codes stand how."""
        shop = await self.town.app.installation()
        async with self.town.app.database.shop(shop, read_only=True) as session:
            counted = sa.text("SELECT state, count(*) AS number FROM coupon WHERE batch_id = :batch GROUP BY state")
            return {row.state: row.number for row in await session.execute(counted, {"batch": self.batch})}

    async def outcomes(self) -> list[str]:
        """What the orders came to, by age."""
        shop = await self.town.app.installation()
        async with self.town.app.database.shop(shop, read_only=True) as session:
            found = sa.text("SELECT outcome FROM coupon_use WHERE batch_id = :batch ORDER BY ordered_at, order_id")
            return list(await session.scalars(found, {"batch": self.batch}))

    async def do(self, act: str) -> Batch:
        """What staff do: stop, resume or end it."""
        acts = {
            "stop": rewards.batches.stop_batch,
            "resume": rewards.batches.resume_batch,
        }
        shop = await self.town.app.installation()
        async with self.town.app.database.shop(shop) as session:
            if act == "end":
                at = await business_time(session, shop)
                return await rewards.batches.end_batch(session, shop, self.batch, at=at)
            return await acts[act](session, shop, self.batch)

    async def end(self) -> None:
        """Staff end it, and the shop hears of it."""
        await self.do("end")
        await self.end_in_shop()

    async def end_in_shop(self) -> None:
        ender = BatchEnder(self.town.app.database, self.town.app.worker.clients.of)
        await ender.end(EndBatch(installation=await self.town.app.installation(), batch=self.batch))

    async def take_in(self, codes: Sequence[str]) -> Imported:
        """Import codes that were made elsewhere."""
        shop = await self.town.app.installation()
        async with self.town.app.database.shop(shop) as session:
            at = await business_time(session, shop)
            return await DESK.take_in(session, shop, self.batch, codes, at=at)

    async def pass_turns(self) -> None:
        """Whoever was at work on vouchers was so long ago."""
        async with self.town.app.database.shop(await self.town.app.installation()) as session:
            await session.execute(sa.text("UPDATE reward_voucher SET busy_until = NULL"))


async def reward_of(town: Town, **changes: object) -> RewardId:
    """A reward of the catalog; it costs points, which codes of a campaign do not."""
    shop = await town.app.installation()
    async with town.app.database.shop(shop) as session:
        program = await the_program(session, shop, town)
        at = await business_time(session, shop)
        terms = rewards.read_terms({**FIVE_OFF, **changes})
        return (await rewards.create_reward(session, shop, program, terms, at=at)).id


async def campaign(town: Town, *, reward: RewardId | None = None, code: str | None = None, **wish: Any) -> Campaign:  # noqa: ANN401 # any part of it
    """A batch that was asked for; no code is made yet."""
    shop = await town.app.installation()
    given = reward or await reward_of(town)
    wanted = BatchWish(**{"reward": given, "name": "Spring flyer", "asked_by": "21", **wish})
    async with town.app.database.shop(shop) as session:
        at = await business_time(session, shop)
        made = await DESK.create(session, shop, wanted, code=code, at=at)
    return Campaign(town, given, made.id)
