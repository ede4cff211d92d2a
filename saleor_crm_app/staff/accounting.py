"""Months of a program for the shop's bookkeeping, the closing of one, and what the program owes now."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final

import strawberry

from saleor_crm_app.kernel.audit import Subject, audit
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.ids import ProgramId
from saleor_crm_app.loyalty import points as ledger
from saleor_crm_app.loyalty.program import Program, ProgramInChannels, programs
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.health import StaffError
from saleor_crm_app.staff.inputs import BadInputField, given, uuid_of
from saleor_crm_app.staff.permissions import ManagesDiscounts
from saleor_crm_app.staff.program import LoyaltyMoney, LoyaltyRate
from saleor_crm_app.staff.scalars import BigInt

_MOST_MONTHS: Final = 120
_USUAL_MONTHS: Final = 24

ProgramArgument = Annotated[strawberry.ID, strawberry.argument(description="The program's global id.")]
MonthsArgument = Annotated[int | None, strawberry.argument(description="So many of the newest: 1 to 120, usually 24.")]
UntilArgument = Annotated[str | None, strawberry.argument(description="None after this month, such as `2026-03`.")]


@strawberry.type(
    description="A month of a program in points: opening and all movements are the closing. Movements are signed: what "
    "members lost is below zero."
)
class AccountingMonth:
    month: str = strawberry.field(description="The month in the program's time zone, such as `2026-03`.")
    opening: BigInt = strawberry.field(
        description="Points outstanding before it, pending ones among them, less what members owe."
    )
    opening_worth: LoyaltyMoney = strawberry.field(description="What those were worth.")
    issued: BigInt = strawberry.field(description="Points earned.")
    redeemed: BigInt = strawberry.field(description="Points spent.")
    returned: BigInt = strawberry.field(description="Spent points that came back.")
    clawed_back: BigInt = strawberry.field(description="Points taken back after refunds, returns and cancellations.")
    expired: BigInt = strawberry.field(description="Points that lapsed unused.")
    adjusted: BigInt = strawberry.field(description="Points given or taken by staff, undone entries among them.")
    transferred: BigInt = strawberry.field(description="Points moved between accounts.")
    closing: BigInt = strawberry.field(description="Points outstanding after it.")
    worth: LoyaltyMoney = strawberry.field(description="What those were worth at `rate`.")
    rate: LoyaltyRate = strawberry.field(
        description="What points were worth: in a closed month at its closing, in an open one as now."
    )
    entries: BigInt = strawberry.field(description="How many entries it holds; corrections of closed months included.")
    closed_at: datetime | None = strawberry.field(
        description="When it was closed; its numbers have not changed since. Null while it is open."
    )

    @classmethod
    def of(cls, month: ledger.accounting.AccountingMonth) -> "AccountingMonth":
        moved = month.movements
        return cls(
            month=month.name,
            opening=BigInt(month.opening),
            opening_worth=LoyaltyMoney.of(month.opening_worth),
            issued=BigInt(moved.issued),
            redeemed=BigInt(moved.redeemed),
            returned=BigInt(moved.returned),
            clawed_back=BigInt(moved.clawed_back),
            expired=BigInt(moved.expired),
            adjusted=BigInt(moved.adjusted),
            transferred=BigInt(moved.transferred),
            closing=BigInt(month.closing),
            worth=LoyaltyMoney.of(month.worth),
            rate=LoyaltyRate.of(month.rate, month.program.currency),
            entries=BigInt(moved.entries),
            closed_at=month.closed_at,
        )


@strawberry.type(description="What a program owes its members at this moment.")
class LoyaltyLiability:
    available: BigInt = strawberry.field(description="Points that can be spent now.")
    pending: BigInt = strawberry.field(description="Points that become available later.")
    held: BigInt = strawberry.field(description="Points set aside by open checkouts.")
    outstanding: BigInt = strawberry.field(description="All of these: points that may still be redeemed.")
    lapsed: BigInt = strawberry.field(description="Points past their end that were not written off yet.")
    deficit: BigInt = strawberry.field(description="Points that members owe.")
    worth: LoyaltyMoney = strawberry.field(description="What the outstanding points are worth.")

    @classmethod
    def of(cls, owed: ledger.liability.Liability) -> "LoyaltyLiability":
        return cls(
            available=BigInt(owed.available),
            pending=BigInt(owed.pending),
            held=BigInt(owed.held),
            outstanding=BigInt(owed.outstanding),
            lapsed=BigInt(owed.lapsed),
            deficit=BigInt(owed.deficit),
            worth=LoyaltyMoney.of(owed.worth),
        )


@strawberry.input(description="Which month to close.")
class AccountingMonthCloseInput:
    program_id: strawberry.ID = strawberry.field(description="The program's global id.")
    month: str = strawberry.field(description="The first month that is open, such as `2026-03`; it must be over.")


@strawberry.type(description="A month that was closed.")
class AccountingMonthClose:
    month: AccountingMonth | None = strawberry.field(description="The closed month.")
    errors: list[StaffError] = strawberry.field(description="What was refused.")

    @classmethod
    def refused(cls, refusal: Refusal) -> "AccountingMonthClose":
        return cls(month=None, errors=[StaffError(field=refusal.field, code=refusal.code, message=str(refusal))])


class ProgramNotThere(Refusal):
    """No such program in this shop."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "programId"

    def __init__(self) -> None:
        super().__init__("There is no such program.")


@strawberry.type(description="What staff may read of a program's books.")
class AccountingQuery:
    @strawberry.field(
        permission_classes=[ManagesDiscounts],
        description="A program's months, the present one first; null if there is no such program.",
    )
    async def accounting_months(
        self,
        info: Info,
        program_id: ProgramArgument,
        first: MonthsArgument = strawberry.UNSET,
        until: UntilArgument = strawberry.UNSET,
    ) -> list[AccountingMonth] | None:
        key, most = _key(program_id), _most(given(first))
        last = given(until)
        newest = date.max if last is None else _month(last, field="until")
        async with info.context.reading.session() as session:
            program = _named(await programs(session), key)
            if program is None:
                return None
            months = await ledger.accounting.accounting_months(session, info.context.shop, program, at=info.context.at)
        wanted = [month for month in reversed(months) if month.first_day <= newest]
        return [AccountingMonth.of(month) for month in wanted[:most]]

    @strawberry.field(
        permission_classes=[ManagesDiscounts],
        description="What a program owes its members now; null if there is no such program.",
    )
    async def liability(self, info: Info, program_id: ProgramArgument) -> LoyaltyLiability | None:
        key = _key(program_id)
        async with info.context.reading.session() as session:
            program = _named(await programs(session), key)
            if program is None:
                return None
            owed = await ledger.liability.liability_of(session, info.context.shop, program, at=info.context.at)
        return LoyaltyLiability.of(owed)


@strawberry.type(description="What staff may do about a program's books.")
class AccountingMutation:
    @strawberry.mutation(
        permission_classes=[ManagesDiscounts],
        description="Close a month for good: its numbers never change again, and what the shop tells of it later "
        "counts in the first open month. Months are closed in their order.",
    )
    async def accounting_month_close(
        self,
        info: Info,
        input: AccountingMonthCloseInput,
    ) -> AccountingMonthClose:
        try:
            closed = await _close(info, _key(input.program_id), _month(input.month, field="month"))
        except Refusal as refusal:
            return AccountingMonthClose.refused(refusal)
        return AccountingMonthClose(month=AccountingMonth.of(closed), errors=[])


async def _close(info: Info, key: ProgramId, month: date) -> ledger.accounting.AccountingMonth:
    shop, at, actor = info.context.shop, info.context.at, info.context.actor.id
    async with info.context.database.shop(shop) as session:
        program = _named(await programs(session), key)
        if program is None:
            raise ProgramNotThere
        closed = await ledger.accounting.close_month(session, shop, program, month=month, actor=actor, at=at)
        after = {"month": closed.name, "closing": closed.closing, "worth": closed.worth.minor}
        subject = Subject("LoyaltyProgram", str(key))
        await audit(session, shop, info.context.act("accountingMonthClose", subject=subject, after=after))
    return closed


def _key(program_id: str) -> ProgramId:
    return ProgramId(uuid_of(program_id, "LoyaltyProgram", field="programId"))


def _named(held: Sequence[ProgramInChannels], key: ProgramId) -> Program | None:
    return next((one.program for one in held if one.program.id == key), None)


def _month(text: str, *, field: str) -> date:
    try:
        return ledger.accounting.month_of(text)
    except ValueError as error:
        raise BadInputField(field, "Write a month as 2026-03.") from error


def _most(first: int | None) -> int:
    if first is not None and not 1 <= first <= _MOST_MONTHS:
        raise BadInputField("first", f"A list of months holds 1 to {_MOST_MONTHS}.")
    return first or _USUAL_MONTHS
