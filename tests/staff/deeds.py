"""One example of each staff mutation: what must be so before, and the input with which it does something."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import sqlalchemy as sa
from graphql import GraphQLNonNull, GraphQLObjectType

from saleor_crm_app.crm import customers
from saleor_crm_app.crm.customers import CustomerSeen
from saleor_crm_app.jobs.inbox import NewItem, append
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, global_id
from saleor_crm_app.staff.schema import schema
from tests.door import Door, Shop
from tests.shop import ANNA, NOON, order

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


@dataclass(frozen=True)
class Scene:
    """A shop whose customer has 100 points, and those who work there."""

    door: Door
    shop: Shop
    member: str
    program: str

    async def does(self, name: str, wanted: Mapping[str, Any], *, by: str | None = None, **claims: object) -> Any:  # noqa: ANN401 # JSON
        """Have a mutation done by somebody who may do anything; gives its payload."""
        everything = ("MANAGE_USERS", "MANAGE_DISCOUNTS", "MANAGE_APPS")
        token = self.shop.dashboard_token(*everything, **({} if by is None else {"user_id": by}), **claims)
        return (await self.door.data(mutation(name), {"input": wanted}, token=token))[name]

    async def rows(self, query: str, **values: object) -> list[Any]:
        async with self.shop.database.shop(self.shop.id, read_only=True) as session:
            return [tuple(row) for row in await session.execute(sa.text(query), values)]


def fields() -> dict[str, str]:
    """Every staff mutation with the name of its input type."""
    root = schema._schema.type_map["Mutation"]
    assert isinstance(root, GraphQLObjectType)
    found = {}
    for name, field in root.fields.items():
        wanted = field.args["input"].type
        assert isinstance(wanted, GraphQLNonNull)
        found[name] = str(wanted)
    return found


def mutation(name: str, selection: str = "errors { field code message }") -> str:
    return f"mutation Do($input: {fields()[name]}) {{ {name}(input: $input) {{ {selection} }} }}"


async def open_scene(door: Door, shop: Shop) -> Scene:
    """Anna bought something in February, so that there is a month to close."""
    winter = NOON - timedelta(days=10)
    await shop.says(order(charged=10000, created_at=winter, updated_at=winter), at=winter)
    async with shop.database.shop(shop.id, read_only=True) as session:
        [(account, program)] = (await session.execute(sa.text("SELECT id, program_id FROM account"))).all()
    return Scene(door, shop, global_id("Member", account), global_id("LoyaltyProgram", program))


Input = dict[str, Any]


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
    "memberBirthdaySet": _birthday,
    "memberHold": _look,
    "memberRelease": _release,
    "memberTierProtect": _protection,
    "memberTierSet": _placing,
    "pointsAdjust": _adjustment,
    "programPause": _pause,
    "programResume": _resume,
    "programUpdate": _update,
    "recalculationStart": _recalculation,
    "reconcileStart": _comparison,
    "simulationStart": _trial,
    "simulationStop": _stop,
    "staffRequestApprove": _approval,
    "staffRequestReject": _rejection,
    "tierUpdate": _ladder,
}
