"""Joining a program and leaving it again, where customers do so by themselves."""

import msgspec
import strawberry

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.idempotency import once
from saleor_crm_app.kernel.ids import CustomerId
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.program import Program, program_of_channel
from saleor_crm_app.storefront.account import LoyaltyAccount, account_in
from saleor_crm_app.storefront.context import Info, Visit
from saleor_crm_app.storefront.errors import LoyaltyError

_LONGEST_VERSION = 64


class SignInToJoin(Refusal):
    """Guests join nothing."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE

    def __init__(self) -> None:
        super().__init__("Sign in to join or leave the program.")


class NoProgramHere(Refusal):
    """No program holds in the channel."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "channel"

    def __init__(self) -> None:
        super().__init__("There is no loyalty program in this channel.")


class BadTermsVersion(Refusal):
    """A version that cannot be one."""

    code = LoyaltyErrorCode.INVALID
    field = "termsVersion"

    def __init__(self) -> None:
        super().__init__(f"Name the version of the terms in 1 to {_LONGEST_VERSION} characters.")


@strawberry.input(description="The program to join.")
class LoyaltyJoinInput:
    channel: str = strawberry.field(description="The channel's slug.")
    terms_version: str | None = strawberry.field(
        default=None, description="Which version of the terms the customer agreed to."
    )
    idempotency_key: str = strawberry.field(
        description="A new text for each wish; sent again with the same input it gets the same answer."
    )


@strawberry.input(description="The program to leave.")
class LoyaltyLeaveInput:
    channel: str = strawberry.field(description="The channel's slug.")
    idempotency_key: str = strawberry.field(
        description="A new text for each wish; sent again with the same input it gets the same answer."
    )


@strawberry.type(description="A customer who has joined.")
class LoyaltyJoin:
    joined: bool = strawberry.field(description="Whether they were not in before.")
    account: LoyaltyAccount | None = strawberry.field(description="The customer in the program.")
    errors: list[LoyaltyError] = strawberry.field(description="What was refused; then nothing has changed.")


@strawberry.type(description="A customer who has left.")
class LoyaltyLeave:
    left: bool = strawberry.field(
        description="Whether they were in. Points that were earned can be spent after joining again, until they expire."
    )
    errors: list[LoyaltyError] = strawberry.field(description="What was refused; then nothing has changed.")


class _Done(msgspec.Struct, frozen=True):
    changed: bool


@strawberry.type(description="Joining and leaving.")
class JoinMutation:
    @strawberry.mutation(description="Let the signed-in customer join the program of a channel.")
    async def loyalty_join(self, info: Info, input: LoyaltyJoinInput) -> LoyaltyJoin:
        try:
            joined = await _join(info, input)
            return LoyaltyJoin(joined=joined, account=await account_in(info, input.channel), errors=[])
        except Refusal as refusal:
            return LoyaltyJoin(joined=False, account=None, errors=[LoyaltyError.of(refusal)])

    @strawberry.mutation(description="Let the signed-in customer leave the program of a channel.")
    async def loyalty_leave(self, info: Info, input: LoyaltyLeaveInput) -> LoyaltyLeave:
        try:
            return LoyaltyLeave(left=await _leave(info, input), errors=[])
        except Refusal as refusal:
            return LoyaltyLeave(left=False, errors=[LoyaltyError.of(refusal)])


async def _join(info: Info, given: LoyaltyJoinInput) -> bool:
    visit, customer = _visitor(info)
    terms = given.terms_version
    if terms is not None and (not 1 <= len(terms) <= _LONGEST_VERSION or "\x00" in terms):
        raise BadTermsVersion
    async with info.context.database.shop(visit.installation.id) as session:

        async def act() -> _Done:
            program = _found(await program_of_channel(session, given.channel))
            shop = visit.installation.id
            joined = await points.memberships.join(session, shop, customer, program, terms_version=terms, at=visit.at)
            return _Done(joined)

        done = await once(
            session,
            visit.installation.id,
            owner=f"customer:{customer}",
            key=given.idempotency_key,
            input=["loyaltyJoin", given.channel, terms],
            answer=_Done,
            act=act,
        )
    return done.changed


async def _leave(info: Info, given: LoyaltyLeaveInput) -> bool:
    visit, customer = _visitor(info)
    async with info.context.database.shop(visit.installation.id) as session:

        async def act() -> _Done:
            program = _found(await program_of_channel(session, given.channel))
            shop = visit.installation.id
            return _Done(await points.memberships.leave(session, shop, customer, program, at=visit.at))

        done = await once(
            session,
            visit.installation.id,
            owner=f"customer:{customer}",
            key=given.idempotency_key,
            input=["loyaltyLeave", given.channel],
            answer=_Done,
            act=act,
        )
    return done.changed


def _visitor(info: Info) -> tuple[Visit, CustomerId]:
    visit = info.context.require_visit()
    if visit.customer is None:
        raise SignInToJoin
    return visit, visit.customer


def _found(program: Program | None) -> Program:
    if program is None:
        raise NoProgramHere
    return program
