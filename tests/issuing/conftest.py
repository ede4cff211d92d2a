"""Shared here: a simulated town with a member who has points, and what looks after coupons there."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from saleor_crm_app.demo.signing import SigningKey
from saleor_crm_app.demo.voucher import Voucher
from saleor_crm_app.issuing import CardIssuer, Inspector, Stocker, Withdrawer
from saleor_crm_app.kernel.ids import RewardId
from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.rewards import CheckVoucher, RewardVoucher
from saleor_crm_app.saleor.codes import CodeBook
from tests.conftest import Addresses
from tests.journeys.members import Member, member_of
from tests.journeys.running import SECRET, RunningApp, running
from tests.journeys.simulated_town import SimulatedTown, simulated_town


@pytest.fixture(scope="session")
def shop_key() -> SigningKey:
    """Making one takes a while, and one serves all shops."""
    return SigningKey()


@pytest.fixture
async def app(addresses: Addresses) -> AsyncIterator[RunningApp]:
    async with running(addresses) as app:
        yield app


@pytest.fixture
async def town(app: RunningApp, shop_key: SigningKey) -> AsyncIterator[SimulatedTown]:
    async with simulated_town(app, shop_key) as town:
        yield town


@pytest.fixture
async def anna(town: SimulatedTown) -> AsyncIterator[Member]:
    async with member_of(town, "anna", with_points=1000) as anna:
        yield anna


@dataclass
class Keepers:
    """What the job process does about coupons, done when told to."""

    town: SimulatedTown

    def __post_init__(self) -> None:
        app = self.town.app
        parts = (app.database, app.worker.clients.of, CodeBook([SECRET]))
        self.stocker = Stocker(*parts)
        self.cards = CardIssuer(*parts)
        self.withdrawer = Withdrawer(*parts)
        self.inspector = Inspector(*parts, self.stocker)

    async def voucher(self, reward: RewardId) -> RewardVoucher:
        """The one whose codes new coupons of a reward get."""
        async with self.town.app.database.shop(await self.town.app.installation(), read_only=True) as session:
            found = await rewards.vouchers.current_voucher(session, reward)
        assert found is not None
        return found

    async def in_shop(self, reward: RewardId) -> Voucher:
        """The same as the shop has it."""
        found = await self.voucher(reward)
        return next(one for one in self.town.shop.state.vouchers.values() if one.id == found.saleor_id)

    async def check(self, reward: RewardId) -> list[str]:
        """Compare with the shop, and say what differed."""
        shop, voucher = await self.town.app.installation(), await self.voucher(reward)
        await self.inspector.check(CheckVoucher(installation=shop, voucher=voucher.key))
        return list((await self.voucher(reward)).drift)

    async def try_again(self) -> None:
        """The time of every job's next try has come."""
        async with self.town.app.database.queue() as session:
            await session.execute(sa.text("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"))
        async with self.town.app.database.shop(await self.town.app.installation()) as session:
            await session.execute(sa.text("UPDATE coupon SET busy_until = NULL"))
            await session.execute(sa.text("UPDATE reward_voucher SET busy_until = NULL"))
        await self.town.app.worker.runner.run_until_idle()

    async def empty_pool(self) -> None:
        """All codes made ahead are given away."""
        async with self.town.app.database.shop(await self.town.app.installation()) as session:
            await session.execute(sa.text("UPDATE voucher_code SET taken_by = id WHERE taken_by IS NULL"))


@pytest.fixture
def keepers(town: SimulatedTown) -> Keepers:
    return Keepers(town)
