"""Accounts that staff merge and part again, and birthdays that staff are told."""

from collections.abc import Mapping
from typing import Final

import msgspec
import strawberry

from saleor_crm_app.crm.customers import Birthday, is_day, standings_of, tell_birthdays
from saleor_crm_app.crm.facts import roll_up
from saleor_crm_app.kernel.audit import LONGEST_REASON, Act, Subject, audit
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.idempotency import once
from saleor_crm_app.kernel.ids import AccountId, CustomerId, global_id
from saleor_crm_app.loyalty import points
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.health import StaffError
from saleor_crm_app.staff.inputs import BadInputField, customer_of, uuid_of, words_of
from saleor_crm_app.staff.permissions import ManagesUsers
from saleor_crm_app.staff.points import Member, member_of

_KEY: Final = "Yours, a new one for each act; the same again gives the same answer and does nothing more."
_TEXT: Final = f"Why, in your words, 1 to {LONGEST_REASON} characters. Staff read it, customers never do."


class CustomerNotFound(Refusal):
    """The shop has no such customer, or has not told of them yet."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "customerId"

    def __init__(self) -> None:
        super().__init__("There is no such customer.")


@strawberry.input(description="Two accounts of one person in one program.")
class AccountMergeInput:
    member_id: strawberry.ID = strawberry.field(description="The member whose points move; the account closes.")
    into_member_id: strawberry.ID = strawberry.field(description="The member who gets them.")
    text: str = strawberry.field(description=_TEXT)
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.input(description="An account that was merged by mistake.")
class AccountUnmergeInput:
    member_id: strawberry.ID = strawberry.field(description="The member whose points had moved.")
    text: str = strawberry.field(description=_TEXT)
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.input(description="A customer's birthday.")
class MemberBirthdaySetInput:
    customer_id: strawberry.ID = strawberry.field(description="The customer's global id in Saleor.")
    month: int = strawberry.field(description="The month, 1 to 12.")
    day: int = strawberry.field(description="The day of the month. Who was born on 29 February may have the 28th.")


@strawberry.type(description="Two accounts that are one.")
class AccountMerge:
    member: Member | None = strawberry.field(description="The member who has the points now.")
    points: int = strawberry.field(description="How many points moved, pending ones among them.")
    settled: int = strawberry.field(description="How many of them made up for what that member owed.")
    owed: int = strawberry.field(description="How many points the closed account owed, which move as well.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="Two accounts that are apart again.")
class AccountUnmerge:
    member: Member | None = strawberry.field(description="The member who has got an account again.")
    points: int = strawberry.field(description="How many points came back.")
    owed: int = strawberry.field(description="How many points are owed there again, since they still were.")
    stay: int = strawberry.field(description="How many of the points that had moved stay, since they are gone by now.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="A birthday that is known now.")
class MemberBirthdaySet:
    customer_id: strawberry.ID | None = strawberry.field(description="The customer's global id in Saleor.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller was told, so that the same key gets the same answer."""

    account: AccountId
    points: int
    settled: int = 0
    owed: int = 0
    stay: int = 0


@strawberry.type(description="What staff may do with whole accounts.")
class AccountsMutation:
    @strawberry.mutation(
        permission_classes=[ManagesUsers],
        description="Make two accounts of one person one. What the closed one earns or loses later follows.",
    )
    async def account_merge(self, info: Info, input: AccountMergeInput) -> AccountMerge:
        try:
            told = await _merge(info, input)
        except Refusal as refusal:
            return AccountMerge(member=None, points=0, settled=0, owed=0, errors=[StaffError.of(refusal)])
        return AccountMerge(
            member=await _member(info, told.account),
            points=told.points,
            settled=told.settled,
            owed=told.owed,
            errors=[],
        )

    @strawberry.mutation(
        permission_classes=[ManagesUsers],
        description="Part merged accounts: what is left of the points that moved goes back.",
    )
    async def account_unmerge(self, info: Info, input: AccountUnmergeInput) -> AccountUnmerge:
        try:
            told = await _unmerge(info, input)
        except Refusal as refusal:
            return AccountUnmerge(member=None, points=0, owed=0, stay=0, errors=[StaffError.of(refusal)])
        return AccountUnmerge(
            member=await _member(info, told.account), points=told.points, owed=told.owed, stay=told.stay, errors=[]
        )

    @strawberry.mutation(
        permission_classes=[ManagesUsers],
        description="Note a customer's birthday, without its year. It counts from 30 days after it was noted.",
    )
    async def member_birthday_set(self, info: Info, input: MemberBirthdaySetInput) -> MemberBirthdaySet:
        try:
            customer = await _set_birthday(info, input)
        except Refusal as refusal:
            return MemberBirthdaySet(customer_id=None, errors=[StaffError.of(refusal)])
        return MemberBirthdaySet(customer_id=strawberry.ID(global_id("User", customer)), errors=[])


async def _merge(info: Info, given: AccountMergeInput) -> _Told:
    context, name = info.context, "accountMerge"
    source = AccountId(uuid_of(given.member_id, "Member", field="memberId"))
    into = AccountId(uuid_of(given.into_member_id, "Member", field="intoMemberId"))
    reason = words_of(given.text, field="text", most=LONGEST_REASON)
    async with context.database.shop(context.shop) as session:

        async def act() -> _Told:
            merged = await points.memberships.merge(session, context.shop, source, into=into, at=context.at)
            after = {
                "status": "MERGED",
                "into": str(into),
                "points": merged.points,
                "settled": merged.settled,
                "owed": merged.owed,
            }
            await audit(session, context.shop, _line(info, name, source, {"status": "ACTIVE"}, after, reason))
            return _Told(account=into, points=merged.points, settled=merged.settled, owed=merged.owed)

        return await once(
            session,
            context.shop,
            owner=context.owner,
            key=given.idempotency_key,
            input=[name, source, into, reason],
            answer=_Told,
            act=act,
        )


async def _unmerge(info: Info, given: AccountUnmergeInput) -> _Told:
    context, name = info.context, "accountUnmerge"
    source = AccountId(uuid_of(given.member_id, "Member", field="memberId"))
    reason = words_of(given.text, field="text", most=LONGEST_REASON)
    async with context.database.shop(context.shop) as session:

        async def act() -> _Told:
            into = await points.memberships.merged_into(session, context.shop, source)
            parted = await points.memberships.unmerge(session, context.shop, source, at=context.at)
            after = {"status": "ACTIVE", "points": parted.points, "owed": parted.owed, "stay": parted.stay}
            before = {"status": "MERGED", "into": str(into)}
            await audit(session, context.shop, _line(info, name, source, before, after, reason))
            return _Told(account=source, points=parted.points, owed=parted.owed, stay=parted.stay)

        return await once(
            session,
            context.shop,
            owner=context.owner,
            key=given.idempotency_key,
            input=[name, source, reason],
            answer=_Told,
            act=act,
        )


async def _set_birthday(info: Info, given: MemberBirthdaySetInput) -> CustomerId:
    """The day itself is the customer's, and stays out of the trail."""
    context = info.context
    customer = customer_of(given.customer_id, field="customerId")
    if not is_day(given.month, given.day):
        raise BadInputField("day", "Give a month from 1 to 12 and a day that it has.")
    async with context.database.shop(context.shop) as session:
        if customer not in await standings_of(session, context.shop, [customer]):
            raise CustomerNotFound
        born = Birthday(customer=customer, month=given.month, day=given.day, known_since=context.at)
        await tell_birthdays(session, context.shop, [born])
        await roll_up(session, context.shop, [customer], at=context.at)
        await audit(session, context.shop, context.act("memberBirthdaySet", subject=Subject("User", customer)))
    return customer


def _line(
    info: Info, name: str, account: AccountId, before: Mapping[str, object], after: Mapping[str, object], reason: str
) -> Act:
    subject = Subject("Member", str(account))
    return info.context.act(name, subject=subject, before=before, after=after, reason=reason)


async def _member(info: Info, account: AccountId) -> Member | None:
    found = await member_of(info, account)
    return None if found is None else Member.of(found)
