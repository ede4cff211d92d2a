"""One example of each staff mutation: what must be so before, and the input with which it does something."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import uuid4

import sqlalchemy as sa

from saleor_crm_app.crm import customers
from saleor_crm_app.crm.customers import CustomerSeen
from saleor_crm_app.jobs.inbox import NewItem, append
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, global_id
from tests.door import Shop
from tests.shop import ANNA, NOON, order
from tests.staff import batch_deeds, campaign_deeds, fact_deeds, reward_deeds, segment_deeds
from tests.staff.scene import Input, Scene

EMMA: Final = CustomerId("8")
KIM: Final = global_id("User", 22)
"""Another member of staff than the one who usually asks, number 21."""

SETTINGS: Final[Mapping[str, Any]] = {
    "amounts": "AS_SHOWN",
    "enrollment": "AUTOMATIC",
    "deficit": "ALLOW_DEFICIT",
    "expiry": {"kind": "PERIOD", "days": 365},
    "expireWarnDays": [30, 7],
    "returnGraceDays": 30,
    "redemption": {
        "minPoints": 500,
        "maxSharePercent": 50,
        "stepPoints": 1,
        "holdMinutes": 60,
        "tender": "AUTO",
    },
    "staff": {"fourEyesAbove": 10000, "dailyLimit": 5000, "goodwillCostCenter": "service"},
    "dryRun": False,
}
"""A program's settings as they are at first."""


async def _adjustment(scene: Scene) -> Input:
    return {
        "memberId": scene.member,
        "points": 50,
        "reason": "CORRECTION",
        "text": "Forgotten in the shop",
        "idempotencyKey": str(uuid4()),
    }


async def _goodwill(scene: Scene) -> Input:
    return {"memberId": scene.member, "points": 20, "text": "A late parcel", "idempotencyKey": str(uuid4())}


async def _reversal(scene: Scene) -> Input:
    await scene.does("goodwillGrant", await _goodwill(scene))
    [(entry,)] = await scene.rows("SELECT id FROM entry WHERE source = 'GOODWILL'")
    return {
        "memberId": scene.member,
        "entryId": global_id("PointsEntry", entry),
        "reason": "CORRECTION",
        "text": "The parcel was in time",
        "idempotencyKey": str(uuid4()),
    }


async def waiting_request(scene: Scene) -> str:
    """The global id of what Kim asked for and nobody decided yet."""
    await scene.does("goodwillGrant", await _goodwill(scene) | {"points": 20000}, by=KIM)
    [(request,)] = await scene.rows("SELECT id FROM staff_request")
    return global_id("StaffRequest", request)


async def _approval(scene: Scene) -> Input:
    return {"requestId": await waiting_request(scene), "idempotencyKey": str(uuid4())}


async def _rejection(scene: Scene) -> Input:
    return {"requestId": await waiting_request(scene), "text": "Too much"}


async def _look(scene: Scene) -> Input:
    return {"memberId": scene.member, "text": "Forty sign-ups from one address"}


async def _release(scene: Scene) -> Input:
    await scene.does("memberHold", await _look(scene))
    return {"memberId": scene.member, "text": "A school class"}


async def _update(scene: Scene) -> Input:
    return {
        "programId": scene.program,
        "expectedVersion": 1,
        "settings": {**SETTINGS, "returnGraceDays": 60},
        "text": "As agreed",
    }


async def _pause(scene: Scene) -> Input:
    return {"programId": scene.program}


async def _resume(scene: Scene) -> Input:
    await scene.does("programPause", await _pause(scene))
    return {"programId": scene.program}


async def _ladder(scene: Scene) -> Input:
    tiers = [{"code": "base", "name": "Base", "threshold": "0"}, {"code": "gold", "name": "Gold", "threshold": "50000"}]
    return {"programId": scene.program, "expectedVersion": 0, "ladder": {"tiers": tiers}, "text": "As agreed"}


async def _placing(scene: Scene) -> Input:
    await scene.does("tierUpdate", await _ladder(scene))
    return {"memberId": scene.member, "tier": "gold", "text": "A friend of the house"}


async def _protection(scene: Scene) -> Input:
    await scene.does("tierUpdate", await _ladder(scene))
    return {"memberId": scene.member, "until": "2027-01-01T00:00:00+00:00", "text": "On parental leave"}


async def _month(scene: Scene) -> Input:
    return {"programId": scene.program, "month": "2026-02"}


async def _replay(scene: Scene) -> Input:
    await append(scene.shop.database, [NewItem.of(scene.shop.id, kind="OrderPaid", source="webhook", body=b"{}")])
    return {"ids": [global_id("DeadLetter", await _bury(scene.shop.database, scene.shop))]}


async def _bury(database: Database, shop: Shop) -> object:
    async with database.shop(shop.id) as session:
        bury = "UPDATE inbox SET state = 'BURIED', reason = 'nonsense' RETURNING id"
        return (await session.execute(sa.text(bury))).scalar_one()


async def _comparison(_scene: Scene) -> Input:
    return {"full": True}


RULE: Final[Mapping[str, Any]] = {
    "name": "Bonus",
    "when": {"type": "ORDER"},
    "then": {"type": "PER_ORDER", "points": 50},
}
CART: Final[Mapping[str, Any]] = {
    "createdAt": "2026-03-01T12:00:00Z",
    "channel": "default-channel",
    "lines": [{"gross": 10000}],
}


async def _rule(scene: Scene) -> Input:
    return {"programId": scene.program, "rule": RULE}


async def written_rule(scene: Scene) -> str:
    """The global id of a rule that is a draft."""
    await scene.does("earningRuleCreate", await _rule(scene))
    [(rule,)] = await scene.rows("SELECT id FROM earning_rule")
    return global_id("EarningRule", rule)


async def _rule_anew(scene: Scene) -> Input:
    return {"id": await written_rule(scene), "expectedVersion": 1, "rule": {**RULE, "name": "More"}}


async def _publication(scene: Scene) -> Input:
    return {"id": await written_rule(scene), "expectedVersion": 1, "expectedRuleSetVersion": 1, "note": "For spring"}


async def _retirement(scene: Scene) -> Input:
    published = await _publication(scene)
    await scene.does("earningRulePublish", published)
    return {"id": published["id"], "expectedRuleSetVersion": 2}


async def _exclusion(scene: Scene) -> Input:
    return {"programId": scene.program, "exclude": {"saleItems": True}, "expectedRuleSetVersion": 1}


async def _example(scene: Scene) -> Input:
    return {"programId": scene.program, "name": "Usual", "cart": CART, "points": "100"}


async def _forgetting(scene: Scene) -> Input:
    await scene.does("goldenCartSet", await _example(scene))
    return {"programId": scene.program, "name": "Usual"}


async def _trial(scene: Scene) -> Input:
    return {"programId": scene.program, "ruleIds": [await written_rule(scene)], "days": 90}


async def begun_simulation(scene: Scene, wanted: Input) -> str:
    """The global id of a what-if run that waits to count."""
    await scene.does("simulationStart", wanted)
    [(run,)] = await scene.rows("SELECT id FROM simulation")
    return global_id("Simulation", run)


async def _stop(scene: Scene) -> Input:
    return {"id": await begun_simulation(scene, await _trial(scene))}


async def _recalculation(scene: Scene) -> Input:
    wanted = await _trial(scene)
    run = await begun_simulation(scene, wanted)
    async with scene.shop.database.shop(scene.shop.id) as session:
        await session.execute(sa.text("UPDATE simulation SET state = 'DONE'"))
    published = {"id": wanted["ruleIds"][0], "expectedVersion": 1, "expectedRuleSetVersion": 1, "note": "As tried"}
    await scene.does("earningRulePublish", published)
    return {"simulationId": run, "version": 2, "reason": "The bonus was promised from January on"}


async def _merge(scene: Scene) -> Input:
    """Emma has bought something, too; she turns out to be Anna."""
    other = order(charged=1000, customer=EMMA)
    await scene.shop.says(other)
    [(emma,)] = await scene.rows("SELECT id FROM account WHERE customer_id = :customer", customer=EMMA)
    return {
        "memberId": scene.member,
        "intoMemberId": global_id("Member", emma),
        "text": "One person",
        "idempotencyKey": str(uuid4()),
    }


async def _parting(scene: Scene) -> Input:
    await scene.does("accountMerge", await _merge(scene))
    return {"memberId": scene.member, "text": "Two after all", "idempotencyKey": str(uuid4())}


async def _birthday(scene: Scene) -> Input:
    async with scene.shop.database.shop(scene.shop.id) as session:
        await customers.record(session, scene.shop.id, [known_customer(ANNA)])
    return {"customerId": global_id("User", ANNA), "month": 5, "day": 6}


def known_customer(customer: CustomerId) -> CustomerSeen:
    """As the shop showed them."""
    return CustomerSeen(
        id=customer,
        is_active=True,
        is_confirmed=True,
        is_staff=False,
        language="EN",
        joined_at=NOON,
        updated_at=NOON,
    )


DEEDS: Final[Mapping[str, Callable[[Scene], Awaitable[Input]]]] = {
    "accountMerge": _merge,
    "accountUnmerge": _parting,
    "accountingMonthClose": _month,
    "campaignCreate": campaign_deeds.campaign,
    "campaignEnd": campaign_deeds.campaign_end,
    "campaignPublish": campaign_deeds.publication,
    "campaignUpdate": campaign_deeds.campaign_anew,
    "couponBatchCreate": batch_deeds.batch,
    "couponBatchEnd": batch_deeds.end,
    "couponBatchImport": batch_deeds.importing,
    "couponBatchResume": batch_deeds.resumption,
    "couponBatchStop": batch_deeds.stop,
    "couponFulfill": reward_deeds.fulfillment,
    "couponIssue": reward_deeds.coupon,
    "couponRevoke": reward_deeds.revocation,
    "customerFactSet": fact_deeds.fact,
    "customerFactUnset": fact_deeds.fact_end,
    "deadLetterReplay": _replay,
    "earningExclusionsPublish": _exclusion,
    "earningRuleCreate": _rule,
    "earningRulePublish": _publication,
    "earningRuleRetire": _retirement,
    "earningRuleUpdate": _rule_anew,
    "entryReverse": _reversal,
    "goldenCartRemove": _forgetting,
    "goldenCartSet": _example,
    "goodwillGrant": _goodwill,
    "incidentClose": reward_deeds.closing,
    "memberBirthdaySet": _birthday,
    "memberHold": _look,
    "memberRelease": _release,
    "memberTierProtect": _protection,
    "memberTierSet": _placing,
    "offerCreate": campaign_deeds.offer,
    "offerRetire": campaign_deeds.offer_end,
    "offerUpdate": campaign_deeds.offer_anew,
    "pointsAdjust": _adjustment,
    "programPause": _pause,
    "programResume": _resume,
    "programUpdate": _update,
    "recalculationStart": _recalculation,
    "reconcileStart": _comparison,
    "rewardCreate": reward_deeds.reward,
    "rewardRetire": reward_deeds.reward_end,
    "rewardUpdate": reward_deeds.reward_anew,
    "segmentCreate": segment_deeds.segment,
    "segmentReadySetCreate": segment_deeds.ready_set,
    "segmentRetire": segment_deeds.segment_end,
    "segmentUpdate": segment_deeds.segment_anew,
    "simulationStart": _trial,
    "simulationStop": _stop,
    "staffRequestApprove": _approval,
    "staffRequestReject": _rejection,
    "tierUpdate": _ladder,
}
