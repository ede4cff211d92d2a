"""What a shopper asks of a preview, and rewards for it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from saleor_crm_app.demo.checkout import Checkout
from saleor_crm_app.demo.order import Order
from saleor_crm_app.kernel.ids import RewardId, global_id, order_id
from saleor_crm_app.loyalty import points, rewards, rules
from saleor_crm_app.loyalty.program import program_of_channel
from saleor_crm_app.loyalty.rules import Publication
from saleor_crm_app.saleor.business_time import business_time
from tests.journeys.shopper import Shopper

PREVIEW = """
query ($input: LoyaltyPreviewInput!) {
  loyaltyPreview(input: $input) {
    earns { points shippingPoints multiplierPercent reason { code text } rules { name points text }
      lines { lineId variantId quantity points } }
    spend { min most step worth { amount } reason { code text } applied appliedWorth { amount }
      error { field code message } }
    coupon { best { ...offered } others { ...offered } }
    promoCode { valid amount { amount currency } reason { code text } missing { code text } }
    total { subtotal { amount } discount { amount } shipping { amount } points { amount } giftCards { amount }
      total { amount currency } }
    suggestions { reward { id name pointsCost } amount { amount currency } text }
    errors { field code message }
  }
}
fragment offered on LoyaltyPreviewCoupon {
  coupon { code state reward { name } } amount { amount currency } reason { code text } missing { code text }
}
"""
CLAIM = """
mutation ($reward: ID!, $key: String!) {
  rewardClaim(input: {channel: "default-channel", rewardId: $reward, idempotencyKey: $key}) {
    coupon { code state } errors { field code message }
  }
}
"""
Answer = dict[str, Any]


async def preview(who: Shopper, cart: Checkout | None = None, **asked: object) -> Answer:
    """What is told of a checkout, or of `lines`."""
    found = (await who.ask(PREVIEW, {"input": _input(cart, asked)}))["loyaltyPreview"]
    assert isinstance(found, dict)
    return found


async def preview_of_guest(who: Shopper, cart: Checkout | None = None, **asked: object) -> Answer:
    """The same for somebody who has not signed in."""
    sent = {"query": PREVIEW, "variables": {"input": _input(cart, asked)}}
    response = await who.client.post("/graphql/", json=sent, headers={"Saleor-Api-Url": who.shop.api_url}, timeout=30)
    body = response.json()
    assert "errors" not in body, body
    found: Answer = body["data"]["loyaltyPreview"]
    return found


def _input(cart: Checkout | None, asked: dict[str, object]) -> dict[str, object]:
    named: dict[str, object] = {} if cart is None else {"checkoutId": cart.id}
    return {"channel": "default-channel", **named, **asked}


async def offer(who: Shopper, kind: str, *, points: int = 100, name: str | None = None, **parts: Any) -> RewardId:  # noqa: ANN401 # of terms
    """Put a reward into the catalog; `amount`, `percent` and `scope` are its effect's."""
    effect = {"kind": kind} | {part: parts.pop(part) for part in ("amount", "percent", "scope") if part in parts}
    shop = await who.app.installation()
    async with who.app.database.shop(shop) as session:
        program = await program_of_channel(session, "default-channel")
        assert program is not None
        at = await business_time(session, shop)
        terms = rewards.read_terms({"effect": effect, "words": {"name": name or kind}, "points": points, **parts})
        made = await rewards.create_reward(session, shop, program, terms, at=at)
    await who.settle()
    return made.id


async def claimed(who: Shopper, kind: str, **parts: Any) -> str:  # noqa: ANN401 # of terms
    """The code of a reward that was put into the catalog just now and claimed."""
    reward = await offer(who, kind, **parts)
    key = f"claim {next(who.keys)}"
    answer = (await who.ask(CLAIM, {"reward": global_id("LoyaltyReward", reward), "key": key}))["rewardClaim"]
    assert answer["errors"] == []
    await who.settle()
    code = (await preview(who, lines=[line(who)]))["coupon"]
    found = [one["coupon"]["code"] for one in (code["best"], *code["others"]) if one and _is(one, kind, parts)]
    return str(found[0])


def _is(offered: Answer, kind: str, parts: dict[str, Any]) -> bool:
    return bool(offered["coupon"]["reward"]["name"] == parts.get("name", kind))


def line(who: Shopper, price: int = 1000) -> Answer:
    return {"variantId": who.item(price).variant.id, "quantity": 1}


async def bought(who: Shopper, checkout: Checkout) -> tuple[Order, int]:
    """Pay and order; gives the points it earned."""
    who.shop.checkouts.charge(checkout)
    order = who.shop.checkouts.complete(checkout)
    await who.settle()
    shop = await who.app.installation()
    async with who.app.database.shop(shop, read_only=True) as session:
        at = await business_time(session, shop)
        found = await points.orders_points(session, shop, [order_id(order.id)], at=at)
    return order, found[order_id(order.id)].target if found else 0


def money(amount: Answer | None) -> Decimal | None:
    return None if amount is None else Decimal(str(amount["amount"]))


async def publish(who: Shopper, rule: Mapping[str, object]) -> None:
    """Let one more earning rule hold from now on."""
    shop = await who.app.installation()
    async with who.app.database.shop(shop) as session:
        program = await program_of_channel(session, "default-channel")
        assert program is not None
        at = await business_time(session, shop)
        draft = await rules.create_rule(session, shop, program, rules.read_rule(rule), author="1", at=at)
        sets = (await rules.rule_sets_of(session, shop, [program]))[program.id]
        said = Publication(expected=rules.newest_version(sets), author="1", at=at)
        await rules.publish_rule(session, shop, program, draft=draft, version=draft.version, publication=said)
