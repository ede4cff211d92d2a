"""What-if runs as staff ask for them and read them, and the recalculation that one of them has shown."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Final

import msgspec
import strawberry
from strawberry.scalars import JSON

from saleor_crm_app.kernel.audit import Subject, audit
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.ids import ProgramId, global_id
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty import reports, rules
from saleor_crm_app.loyalty.program import Program, programs_by_id
from saleor_crm_app.loyalty.reports import Simulation as Run
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.health import StaffError
from saleor_crm_app.staff.inputs import BadInputField, given, uuid_of
from saleor_crm_app.staff.permissions import ManagesDiscounts
from saleor_crm_app.staff.program import LoyaltyMoney
from saleor_crm_app.staff.scalars import BigInt

_USUAL_DAYS: Final = 90
_MOST_RUNS: Final = 100
_MOST_DAYS: Final = 3650


@strawberry.enum(description="Where a what-if run stands.")
class SimulationState(Enum):
    RUNNING = strawberry.enum_value("RUNNING", description="It counts, or waits to.")
    DONE = strawberry.enum_value("DONE", description="All customers are counted.")
    STOPPED = strawberry.enum_value("STOPPED", description="It was stopped before its end.")


@strawberry.type(description="A customer whose points other rules would change.")
class SimulationExample:
    customer_id: strawberry.ID = strawberry.field(description="The customer's global id in Saleor.")
    now: int = strawberry.field(description="Points by the rules of the orders' days.")
    then: int = strawberry.field(description="Points by the rules that were tried.")

    @classmethod
    def of(cls, one: reports.Example) -> "SimulationExample":
        return cls(customer_id=strawberry.ID(global_id("User", one.customer)), now=one.now, then=one.then)


@strawberry.type(description="Points of the orders made in one month.")
class SimulationMonth:
    month: str = strawberry.field(description="The month in the program's zone, such as 2026-03.")
    now: BigInt = strawberry.field(description="Points by the rules of the orders' days.")
    then: BigInt = strawberry.field(description="Points by the rules that were tried.")


@strawberry.type(description="Points that one of the tried rules gives.")
class SimulationRulePoints:
    rule_id: str = strawberry.field(description="The rule's key in the rule set.")
    points: BigInt = strawberry.field(description="Its points.")


@strawberry.type(description="A draft of the rules over the shop's own orders. It changes nothing.")
class Simulation:
    id: strawberry.ID = strawberry.field(description="The run's global id.")
    state: SimulationState = strawberry.field(description="Where it stands.")
    rules: JSON = strawberry.field(description="The whole rule set that was tried.")
    since: datetime | None = strawberry.field(description="Orders made from then on count; all where it is null.")
    until: datetime = strawberry.field(description="Orders made before then count.")
    asked_at: datetime = strawberry.field(description="When it was asked for.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")
    expected_customers: int = strawberry.field(description="Customers with orders, when it began.")
    customers: int = strawberry.field(description="Customers counted so far.")
    orders: int = strawberry.field(description="Orders counted so far.")
    points_now: BigInt = strawberry.field(description="Points by the rules of the orders' days.")
    points_then: BigInt = strawberry.field(description="Points by the rules that were tried.")
    cost_now: LoyaltyMoney = strawberry.field(description="What those points are worth when all are redeemed.")
    cost_then: LoyaltyMoney = strawberry.field(
        description="What these points are worth when all are redeemed: so much more or less the shop would owe."
    )
    winners: int = strawberry.field(description="Customers who would have more points.")
    losers: int = strawberry.field(description="Customers who would have fewer points.")
    won_most: list[SimulationExample] = strawberry.field(description="Those who would win most, at most ten.")
    lost_most: list[SimulationExample] = strawberry.field(description="Those who would lose most, at most ten.")
    by_rule: list[SimulationRulePoints] = strawberry.field(description="Points of the tried rules, each alone.")
    by_month: list[SimulationMonth] = strawberry.field(description="Points by the month of the order, oldest first.")

    @classmethod
    def of(cls, run: Run, program: Program) -> "Simulation":
        tally = run.tally
        return cls(
            id=strawberry.ID(global_id("Simulation", run.id)),
            state=SimulationState[run.state.value],
            rules=msgspec.to_builtins(run.rules),
            since=run.since,
            until=run.until,
            asked_at=run.asked_at,
            ended_at=run.ended_at,
            expected_customers=run.expected,
            customers=tally.customers,
            orders=tally.orders,
            points_now=BigInt(tally.now),
            points_then=BigInt(tally.then),
            cost_now=LoyaltyMoney.of(program.worth(Points(tally.now))),
            cost_then=LoyaltyMoney.of(program.worth(Points(tally.then))),
            winners=tally.winners,
            losers=tally.losers,
            won_most=[SimulationExample.of(one) for one in tally.won_most],
            lost_most=[SimulationExample.of(one) for one in tally.lost_most],
            by_rule=[
                SimulationRulePoints(rule_id=rule, points=BigInt(points))
                for rule, points in sorted(tally.by_rule.items())
            ],
            by_month=[
                SimulationMonth(month=month, now=BigInt(one.now), then=BigInt(one.then))
                for month, one in sorted(tally.by_month.items())
            ],
        )


@strawberry.input(description="Which rules to try over which orders.")
class SimulationStartInput:
    program_id: strawberry.ID = strawberry.field(description="The program's global id.")
    rule_ids: list[strawberry.ID] = strawberry.field(
        description="Rules to try as they are written, by their global ids, in place of what holds of them.",
        default_factory=list,
    )
    without_rule_ids: list[strawberry.ID] = strawberry.field(
        description="Rules to try without, by their global ids.", default_factory=list
    )
    days: int | None = strawberry.field(
        description="Orders of so many last days; all orders where it is null. Usually 90.", default=_USUAL_DAYS
    )


@strawberry.input(description="Which run to stop.")
class SimulationStopInput:
    id: strawberry.ID = strawberry.field(description="The run's global id.")


@strawberry.input(description="Which recalculation to do.")
class RecalculationStartInput:
    simulation_id: strawberry.ID = strawberry.field(description="The run, seen to its end, that showed what comes.")
    version: int = strawberry.field(description="The version of the program's rules; it must be what the run tried.")
    reason: str = strawberry.field(description="Why; it is kept in the audit trail.")


@strawberry.type(description="A what-if run that was begun.")
class SimulationStart:
    simulation: Simulation | None = strawberry.field(description="The run.")
    errors: list[StaffError] = strawberry.field(description="What was refused.")


@strawberry.type(description="A what-if run that was stopped.")
class SimulationStop:
    simulation: Simulation | None = strawberry.field(description="The run as it stands.")
    errors: list[StaffError] = strawberry.field(description="What was refused.")


@strawberry.type(description="A recalculation that was begun.")
class RecalculationStart:
    version: int | None = strawberry.field(description="The version by which the orders count from now on.")
    errors: list[StaffError] = strawberry.field(description="What was refused.")


class ProgramNotFound(Refusal):
    """No program of this shop."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "programId"

    def __init__(self) -> None:
        super().__init__("There is no such program.")


RunArgument = Annotated[strawberry.ID, strawberry.argument(description="The run's global id.")]
ProgramArgument = Annotated[strawberry.ID, strawberry.argument(description="The program's global id.")]
RunsArgument = Annotated[int | None, strawberry.argument(description="So many of the newest: 1 to 100, usually 20.")]


@strawberry.type(description="What-if runs.")
class SimulationsQuery:
    @strawberry.field(permission_classes=[ManagesDiscounts], description="One run; null if there is no such one.")
    async def simulation(self, info: Info, id: RunArgument) -> Simulation | None:
        key = uuid_of(id, "Simulation", field="id")
        async with info.context.reading.session() as session:
            try:
                run = await reports.simulation_of(session, key)
            except reports.SimulationNotFound:
                return None
            return Simulation.of(run, (await programs_by_id(session))[run.program])

    @strawberry.field(permission_classes=[ManagesDiscounts], description="A program's runs, the newest first.")
    async def simulations(
        self, info: Info, program_id: ProgramArgument, first: RunsArgument = strawberry.UNSET
    ) -> list[Simulation]:
        most = given(first) or 20
        if not 1 <= most <= _MOST_RUNS:
            raise BadInputField("first", f"Ask for 1 to {_MOST_RUNS} runs.")
        program = ProgramId(uuid_of(program_id, "LoyaltyProgram", field="programId"))
        async with info.context.reading.session() as session:
            runs = await reports.simulations_of(session, program, most=most)
            found = await programs_by_id(session)
        return [Simulation.of(run, found[run.program]) for run in runs]


@strawberry.type(description="Trying rules before they hold.")
class SimulationsMutation:
    @strawberry.mutation(
        permission_classes=[ManagesDiscounts],
        description="Try rules over the shop's own orders; `simulation` tells how far it is. Nothing is granted by it.",
    )
    async def simulation_start(self, info: Info, input: SimulationStartInput) -> SimulationStart:
        try:
            return SimulationStart(simulation=await _start(info, input), errors=[])
        except Refusal as refusal:
            return SimulationStart(simulation=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(permission_classes=[ManagesDiscounts], description="Stop a run where it is.")
    async def simulation_stop(self, info: Info, input: SimulationStopInput) -> SimulationStop:
        try:
            return SimulationStop(simulation=await _stop(info, input), errors=[])
        except Refusal as refusal:
            return SimulationStop(simulation=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(
        permission_classes=[ManagesDiscounts],
        description="Let the orders of a run count by a published version from now on, and post the difference.",
    )
    async def recalculation_start(self, info: Info, input: RecalculationStartInput) -> RecalculationStart:
        try:
            return RecalculationStart(version=await _recalculate(info, input), errors=[])
        except Refusal as refusal:
            return RecalculationStart(version=None, errors=[StaffError.of(refusal)])


async def _start(info: Info, wanted: SimulationStartInput) -> Simulation:
    if wanted.days is not None and not 1 <= wanted.days <= _MOST_DAYS:
        raise BadInputField("days", f"Ask for the orders of 1 to {_MOST_DAYS} days, or leave it out for all.")
    key = ProgramId(uuid_of(wanted.program_id, "LoyaltyProgram", field="programId"))
    tried = [uuid_of(one, "EarningRule", field="ruleIds") for one in wanted.rule_ids]
    without = [uuid_of(one, "EarningRule", field="withoutRuleIds") for one in wanted.without_rule_ids]
    shop, at = info.context.shop, info.context.at
    async with info.context.database.shop(shop) as session:
        program = (await programs_by_id(session)).get(key)
        if program is None:
            raise ProgramNotFound
        sets = (await rules.rule_sets_of(session, shop, [program]))[program.id]
        document = rules.rule_set_at(sets, at).document
        for each in tried:
            draft, _ = await rules.find_rule(session, shop, each, [program])
            document = document.with_rule(draft.published)
        for each in without:
            document = document.without_rule(str(each))
        since = None if wanted.days is None else at - timedelta(days=wanted.days)
        run = await reports.begin_simulation(
            session, shop, program, document=document, since=since, asked_by=info.context.actor.id, at=at
        )
        act = info.context.act(
            "simulationStart", subject=Subject("Simulation", str(run.id)), after={"program": str(key)}
        )
        await audit(session, shop, act)
    return Simulation.of(run, program)


async def _stop(info: Info, wanted: SimulationStopInput) -> Simulation:
    key = uuid_of(wanted.id, "Simulation", field="id")
    async with info.context.database.shop(info.context.shop) as session:
        run = await reports.stop_simulation(session, key, at=info.context.at)
        act = info.context.act(
            "simulationStop", subject=Subject("Simulation", str(key)), after={"customers": run.tally.customers}
        )
        await audit(session, info.context.shop, act)
        return Simulation.of(run, (await programs_by_id(session))[run.program])


async def _recalculate(info: Info, wanted: RecalculationStartInput) -> int:
    key = uuid_of(wanted.simulation_id, "Simulation", field="simulationId")
    if not wanted.reason.strip():
        raise BadInputField("reason", "Say why the orders are to count anew.")
    async with info.context.database.shop(info.context.shop) as session:
        run = await reports.simulation_of(session, key)
        program = (await programs_by_id(session))[run.program]
        job = await reports.begin_recalculation(
            session, info.context.shop, program, simulation=key, version=wanted.version
        )
        act = info.context.act(
            "recalculationStart",
            subject=Subject("LoyaltyProgram", str(program.id)),
            before={"points": run.tally.now},
            after={"version": job.version, "points": run.tally.then, "simulation": str(key)},
            reason=wanted.reason,
        )
        await audit(session, info.context.shop, act)
    return job.version
