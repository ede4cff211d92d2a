"""The job process: works the inbox off and runs what is owed outside, until told to stop."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.checkout import FillPool, FindTender, SettleTender
from saleor_crm_app.config import Settings
from saleor_crm_app.crm.customers import ReadCustomer
from saleor_crm_app.crm.facts import RollUp
from saleor_crm_app.crm.goods import LearnGoods, ReadShelf
from saleor_crm_app.crm.orders import ReadOrder
from saleor_crm_app.crm.segments import Resegment
from saleor_crm_app.installation.forgotten import ForgottenTokens
from saleor_crm_app.installation.lifecycle import follow
from saleor_crm_app.installation.proving import prove_all
from saleor_crm_app.installation.removal import purge_overdue
from saleor_crm_app.installation.sealing import seal_all
from saleor_crm_app.installation.sync import WebhookSync
from saleor_crm_app.jobs.consumer import Consumer
from saleor_crm_app.jobs.inbox import ClaimedItem
from saleor_crm_app.jobs.progress import ReconcileShop
from saleor_crm_app.jobs.retention import forget_deliveries
from saleor_crm_app.jobs.runner import Runner, Schedule
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import BadInput
from saleor_crm_app.kernel.idempotency import forget_answers
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.limits import forget_rates
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.kernel.tracing import span
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.reports import Recalculate, Simulate
from saleor_crm_app.loyalty.rewards import (
    CheckVoucher,
    DeliverCard,
    EndBatch,
    EndCard,
    EndCoupons,
    MakeBatch,
    SettleUses,
    StockCodes,
    WithdrawVoucher,
)
from saleor_crm_app.loyalty.tiers import MirrorTier, RequalifyProgram
from saleor_crm_app.outbound.coupons import Coupons
from saleor_crm_app.outbound.patience import Patience
from saleor_crm_app.outbound.reads import Reader
from saleor_crm_app.outbound.reconcile import Reconciler
from saleor_crm_app.outbound.reconcile_routes import Words
from saleor_crm_app.outbound.shelves import Shelves
from saleor_crm_app.outbound.tenders import Tenders
from saleor_crm_app.outbound.tier_mirror import TierMirror
from saleor_crm_app.reactions import content_of, react, seen_from
from saleor_crm_app.reactions.actions import Celebrator
from saleor_crm_app.reactions.again import Again
from saleor_crm_app.reactions.facts import FactKeeper
from saleor_crm_app.reactions.goods import GoodsKeeper
from saleor_crm_app.reactions.merges import Sweeper
from saleor_crm_app.reactions.offers import OfferKeeper
from saleor_crm_app.reactions.reports import Reporter
from saleor_crm_app.reactions.segments import Segmenter
from saleor_crm_app.reactions.tiers import TierFollower
from saleor_crm_app.reactions.time import Timekeeper
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.clients import ShopClients
from saleor_crm_app.saleor.codes import CodeBook
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.parsing import parse_event
from saleor_crm_app.saleor.secrets import Vault

log = logger(__name__)


async def apply(
    session: AsyncSession, installation: InstallationId, items: Sequence[ClaimedItem]
) -> Mapping[UUID, str]:
    """React to one shop's deliveries in the given transaction; says which can never be used, and why."""
    unusable: dict[UUID, str] = {}
    events = []
    for item in items:
        try:
            events.append(parse_event(item.body, kind=item.kind))
        except BadInput as error:
            unusable[item.id] = str(error)
    at = await business_time(session, installation)
    with (
        structlog.contextvars.bound_contextvars(installation=str(installation)),
        span("batch", installation=str(installation), items=len(items), unusable=len(unusable)),
    ):
        await react(session, installation, events, at=at)
        await follow(session, installation, events)
    log.debug("applied", installation=str(installation), items=len(items), unusable=len(unusable))
    return unusable


def make_worker(chosen: Settings, url: str) -> "Worker":
    """A worker as the settings want it, on the database at `url`."""
    return Worker(chosen, url)


class Worker:
    """Everything the job process is made of."""

    def __init__(self, chosen: Settings, url: str) -> None:
        policy = CallPolicy(allow_private=chosen.allow_private_hosts)
        self.database = Database(url, pool_size=5)
        self.consumer = Consumer(self.database, apply)
        self.vault = vault = Vault(chosen.secret_keys)
        self.clients = ShopClients(InstallationDirectory(self.database), vault, policy)
        forgotten = ForgottenTokens(self.database, vault)
        patience = Patience(self.database, self.clients.of, forgotten.pause)
        self.reconciler = Reconciler(self.database, patience.of, Words(content_of=content_of, seen_from=seen_from))
        self.sync = WebhookSync(database=self.database, clients=self.clients.of, base_url=chosen.app_api_base_url)
        self._keep = timedelta(days=chosen.keep_uninstalled_days)
        reader = Reader(self.database, patience.of)
        codes = CodeBook(chosen.secret_keys)
        tenders = Tenders(self.database, patience.of, codes)
        coupons = Coupons(self.database, patience.of, codes)
        reporter = Reporter(self.database)
        self.time = Timekeeper(self.database)
        self.tiers = TierFollower(self.database)
        self.birthdays = Celebrator(self.database)
        self.merges = Sweeper(self.database)
        self.again = Again(self.database)
        self.facts = FactKeeper(self.database)
        self.segments = Segmenter(self.database)
        self.offers = OfferKeeper(self.database)
        self.goods = GoodsKeeper(self.database)
        self.runner = Runner(
            url,
            {
                ReadOrder: reader.read_order,
                ReadCustomer: reader.read_customer,
                ReconcileShop: self.reconciler.reconcile_shop,
                points.memberships.AccrueAgain: self.again.accrue_again,
                points.memberships.SweepMerged: self.merges.sweep,
                RequalifyProgram: self.tiers.requalify_program,
                RollUp: self.facts.roll_up,
                Resegment: self.segments.resegment,
                LearnGoods: self.goods.learn,
                ReadShelf: Shelves(self.database, patience.of).read_shelf,
                Simulate: reporter.simulate,
                Recalculate: reporter.recalculate,
                SettleTender: tenders.settle,
                FindTender: tenders.find,
                FillPool: tenders.fill,
                StockCodes: coupons.stock,
                DeliverCard: coupons.deliver_card,
                EndCoupons: coupons.end,
                EndCard: coupons.end_card,
                WithdrawVoucher: coupons.withdraw,
                SettleUses: coupons.settle,
                CheckVoucher: coupons.check,
                MakeBatch: coupons.make_batch,
                EndBatch: coupons.end_batch,
                MirrorTier: TierMirror(self.database, patience.of).mirror_tier,
            },
            schedules=[
                Schedule(name="reconcile", cron="*/10 * * * *", act=self.reconciler.often),
                Schedule(name="compare_all", cron="17 3 * * *", act=self.reconciler.nightly),
                Schedule(name="end_holds", cron="* * * * *", act=self.time.end_holds),
                Schedule(name="end_coupons", cron="* * * * *", act=self.time.end_coupons),
                Schedule(name="check_vouchers", cron="27 3 * * *", act=self.time.check_vouchers),
                Schedule(name="expire_points", cron="11 * * * *", act=self.time.expire_points),
                Schedule(name="follow_tiers", cron="5 * * * *", act=self.tiers.follow_time),
                Schedule(name="celebrate_birthdays", cron="2 * * * *", act=self.birthdays.celebrate),
                Schedule(name="sweep_merged", cron="37 * * * *", act=self.merges.sweep_all),
                Schedule(name="follow_facts", cron="19 2 * * *", act=self.facts.follow_time),
                Schedule(name="resegment", cron="49 2 * * *", act=self.segments.owe_all),
                Schedule(name="settle_offers", cron="3 3 * * *", act=self.offers.settle),
                Schedule(name="learn_goods", cron="29 2 * * *", act=self.goods.owe_all),
                Schedule(name="read_shelves", cron="*/30 * * * *", act=self.goods.look_again),
                Schedule(name="sync_webhooks", cron="23 * * * *", act=self.sync.sync_all),
                Schedule(name="purge_overdue", cron="41 2 * * *", act=self._purge_overdue),
                Schedule(name="forget_deliveries", cron="53 2 * * *", act=self.forget_deliveries),
                Schedule(name="seal_books", cron="* * * * *", act=self.seal_books),
                Schedule(name="prove_books", cron="7 4 * * *", act=self.prove_books),
            ],
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what was begun is finished or left for another worker."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.close)
            async with asyncio.TaskGroup() as group:
                group.create_task(self.consumer.run(stop))
                group.create_task(self.runner.run(stop))
                # an upgrade of the app may want other webhooks than the version before it
                group.create_task(self._sync_at_start())
                log.info("working")
        log.info("stopped")

    async def _sync_at_start(self) -> None:
        try:
            await self.sync.sync_all()
        except (SQLAlchemyError, OSError) as error:
            log.warning("webhooks_not_synced", error=type(error).__name__)

    async def forget_deliveries(self) -> None:
        """Delete every shop's old deliveries, answers nobody may ask for again, and old counts of acts."""
        for shop in await all_installations(self.database):
            more = True
            while more:
                async with self.database.shop(shop.id) as session:
                    more = await forget_deliveries(session, shop.id)
            async with self.database.shop(shop.id) as session:
                await forget_answers(session, shop.id)
                await forget_rates(session, shop.id)

    async def seal_books(self) -> None:
        """Seal what was posted since the last time, shop by shop."""
        await seal_all(self.database, self.vault)

    async def prove_books(self) -> None:
        """Prove the books of every shop and keep what was found."""
        await prove_all(self.database, self.vault)

    async def _purge_overdue(self) -> None:
        await purge_overdue(self.database, keep=self._keep)

    async def close(self) -> None:
        await self.clients.close()
        await self.database.close()
