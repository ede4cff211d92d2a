"""Accounts that staff look at: they are held meanwhile, and released."""

import strawberry

from saleor_crm_app.kernel.audit import LONGEST_REASON, Subject, audit
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.ids import AccountId
from saleor_crm_app.loyalty import points as ledger
from saleor_crm_app.staff.act_types import MemberHold, MemberHoldInput, MemberRelease, MemberReleaseInput
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.health import StaffError
from saleor_crm_app.staff.inputs import uuid_of, words_of
from saleor_crm_app.staff.permissions import ManagesUsers
from saleor_crm_app.staff.points import Member


@strawberry.type(description="What staff may do with members' accounts.")
class ReviewMutation:
    @strawberry.mutation(
        permission_classes=[ManagesUsers],
        description="Hold an account while you look at it: it earns, and spends nothing meanwhile.",
    )
    async def member_hold(self, info: Info, input: MemberHoldInput) -> MemberHold:
        try:
            member = await _set_held(info, input.member_id, input.text, held=True)
        except Refusal as refusal:
            return MemberHold(member=None, errors=[StaffError.of(refusal)])
        return MemberHold(member=member, errors=[])

    @strawberry.mutation(permission_classes=[ManagesUsers], description="Let a held account spend its points again.")
    async def member_release(self, info: Info, input: MemberReleaseInput) -> MemberRelease:
        try:
            member = await _set_held(info, input.member_id, input.text, held=False)
        except Refusal as refusal:
            return MemberRelease(member=None, errors=[StaffError.of(refusal)])
        return MemberRelease(member=member, errors=[])


async def _set_held(info: Info, member_id: str, text: str, *, held: bool) -> Member | None:
    context = info.context
    account = AccountId(uuid_of(member_id, "Member", field="memberId"))
    reason = words_of(text, field="text", most=LONGEST_REASON)
    status = {True: "HELD", False: "ACTIVE"}
    async with context.database.shop(context.shop) as session:
        await ledger.staff_acts.set_held(session, context.shop, account, held=held)
        line = context.act(
            "memberHold" if held else "memberRelease",
            subject=Subject("Member", str(account)),
            before={"status": status[not held]},
            after={"status": status[held]},
            reason=reason,
        )
        await audit(session, context.shop, line)
        found = await ledger.member_by_account(session, context.shop, account)
    return None if found is None else Member.of(found)
