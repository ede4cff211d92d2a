"""Shops side by side in one app: what each sells, who knocks in its name, and what of it nobody else may see."""

import json
import time
from dataclasses import dataclass
from typing import Any

import httpx
import sqlalchemy as sa

from saleor_crm_app.jobs.progress import Progress, save_progress
from saleor_crm_app.jobs.turns import take_turn
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.ids import InstallationId, global_id
from saleor_crm_app.saleor.api_keys import ApiKeys
from tests.journeys.conftest import SECRET, RunningApp
from tests.reliability.busy_shop import install
from tests.reliability.senders import PATH
from tests.reliability.signer import Signer
from tests.saleor import samples
from tests.saleor.tokens import customer_claims, header, signed, staff_claims
from tests.security.accounting_rows import write_months
from tests.security.checkout_rows import write_tenders
from tests.security.fact_rows import write_facts
from tests.security.goods_rows import write_goods
from tests.security.member_rows import write_members
from tests.security.merge_rows import write_merges
from tests.security.offer_rows import write_offers
from tests.security.redemption_rows import write_redemptions
from tests.security.reward_rows import write_rewards
from tests.security.rule_rows import write_rules
from tests.security.seal_rows import write_seals
from tests.security.staff_rows import write_acts
from tests.security.tier_rows import write_tiers

ORDERS = [global_id("Order", f"7e423a16-4d37-4d6e-99ab-9e993fe3ede{digit}") for digit in range(3)]
CUSTOMER = samples.CUSTOMER_ID
CHANNEL = "default-channel"
PERMISSIONS = ["MANAGE_USERS", "MANAGE_DISCOUNTS", "MANAGE_APPS"]

# one text per thing that only its own shop may see, as an API would write it
_SECRETS = sa.text(
    """
    SELECT 'LoyaltyProgram' AS kind, id FROM program
    UNION ALL SELECT 'Member', id FROM account
    UNION ALL SELECT 'PointsEntry', id FROM entry
    UNION ALL SELECT 'DeadLetter', id FROM inbox WHERE state = 'BURIED'
    UNION ALL SELECT 'LoyaltyReward', id FROM reward
    UNION ALL SELECT 'LoyaltyCoupon', id FROM coupon
    UNION ALL SELECT 'CouponBatch', id FROM coupon_batch
    UNION ALL SELECT 'Campaign', id FROM campaign
    UNION ALL SELECT 'PersonalOffer', id FROM offer
    UNION ALL SELECT 'Incident', id FROM incident
    """
)


@dataclass(frozen=True)
class Tenant:
    """One shop."""

    id: InstallationId
    app: RunningApp
    api_url: str
    signer: Signer
    price: int
    api_key: str

    def customer_token(self, **changes: object) -> str:
        return self._token(customer_claims(self.api_url), changes)

    def staff_token(self, **changes: object) -> str:
        return self._token(staff_claims(self.api_url, permissions=PERMISSIONS, user_permissions=PERMISSIONS), changes)

    def _token(self, claims: dict[str, Any], changes: dict[str, object]) -> str:
        moment = int(time.time())
        return signed(self.signer, header(self.signer), claims | {"iat": moment, "exp": moment + 300} | changes)

    async def deliver(self, body: bytes, *, signer: Signer | None = None, api_url: str | None = None) -> int:
        """Send a webhook in this shop's name; gives the answer's status."""
        headers = (signer or self.signer).headers("order_updated", body, api_url=api_url or self.api_url)
        async with httpx.AsyncClient(base_url=self.app.url, trust_env=False) as client:
            return (await client.post(PATH, content=body, headers=headers)).status_code

    async def secrets(self) -> list[str]:
        """Texts that no other shop's people may ever be shown."""
        async with self.app.database.shop(self.id, read_only=True) as session:
            rows = (await session.execute(_SECRETS)).all()
        return [self.api_url, f":{self.price}", *(global_id(row.kind, row.id) for row in rows)]


def paid(order: str, price: int, **changes: object) -> bytes:
    """Saleor tells that an order of one line is paid and sent."""
    amount = {"amount": price}
    line = samples.line(quantity=1, totalPrice={"gross": amount, "net": amount})
    sent: dict[str, Any] = {
        "status": "FULFILLED",
        "created": "2026-11-21T23:10:00+00:00",
        "shippingRefundedAmount": None,
        "lines": [],
    }
    content = samples.order(
        id=order,
        status="FULFILLED",
        lines=[line],
        fulfillments=[sent],
        subtotal={"currency": "USD", "gross": amount},
        totalCharged=amount,
    )
    return samples.delivery("OrderPaid", order=content | changes)


async def open_tenant(app: RunningApp, name: str, signer: Signer, *, price: int) -> Tenant:
    """A shop that has sold something, told something useless, was read, and gave out a key."""
    api_url = f"http://127.0.0.1:9/{name}/graphql/"
    shop = await install(app.database, api_url=api_url, signer=signer)
    key = await ApiKeys(app.database, [SECRET]).create(shop, name=name, scopes=["staff:*"])
    tenant = Tenant(shop, app, api_url, signer, price, key)
    bodies = [paid(order, price) for order in ORDERS]
    bodies.append(paid(ORDERS[0], price, updatedAt="2026-11-22T00:00:00+00:00", totalCharged={"amount": -1}))
    bodies.append(samples.delivery("CustomerCreated", user=samples.customer()))
    assert [await tenant.deliver(body) for body in bodies] == [200] * 5
    await app.settle()
    async with app.database.shop(shop) as session:
        await save_progress(session, shop, Progress(subject="orders.changed", since=None, started_at=now()))
        assert await take_turn(session, shop) is not None
        await write_months(session, shop)
        await write_members(session, shop)
        await write_redemptions(session, shop)
        await write_rules(session, shop)
        await write_acts(session, shop)
        await write_tiers(session, shop)
        await write_merges(session, shop)
        await write_seals(session, shop)
        await write_tenders(session, shop)
        await write_facts(session, shop)
        await write_goods(session, shop)
        await write_rewards(session, shop)
        await write_offers(session, shop)
        certificate = {"id": shop, "shop": shop, "url": api_url, "at": now(), "content": json.dumps({"shop": name})}
        await session.execute(
            sa.text("INSERT INTO certificate VALUES (:id, :shop, :url, :at, CAST(:content AS jsonb))"), certificate
        )
    return tenant
