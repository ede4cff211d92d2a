"""Root fields on members, programs, deliveries and readings; each names the permission it needs."""

from typing import Annotated

import strawberry

from saleor_crm_app.kernel.ids import AccountId
from saleor_crm_app.kernel.paging import page_of
from saleor_crm_app.loyalty.points import EntryWindow
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.health import (
    DeadLetterConnection,
    DeadLetterReplay,
    DeadLetterReplayInput,
    Installation,
    dead_letters_of,
    replay,
)
from saleor_crm_app.staff.inputs import (
    AfterArgument,
    BeforeArgument,
    FirstArgument,
    LastArgument,
    customer_of,
    given,
    instant,
    uuid_of,
)
from saleor_crm_app.staff.permissions import ManagesApps, ManagesDiscounts, ManagesUsers
from saleor_crm_app.staff.points import (
    KnownAtArgument,
    Member,
    MemberConnection,
    PointsEntryConnection,
    entries_of,
    member_of,
    members_of,
)
from saleor_crm_app.staff.program import LoyaltyProgram, programs_of_shop
from saleor_crm_app.staff.readings import ReconcileStart, ReconcileStartInput, ShopReading, readings_of_shop, start

CustomerArgument = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only this customer's accounts; the global id in Saleor.")
]
MemberArgument = Annotated[strawberry.ID, strawberry.argument(description="The member's global id.")]


@strawberry.type(description="What staff may read of members and of the app's own working.")
class ShopQuery:
    @strawberry.field(permission_classes=[ManagesUsers], description="Members, those who joined last first.")
    async def members(
        self,
        info: Info,
        first: FirstArgument = strawberry.UNSET,
        after: AfterArgument = strawberry.UNSET,
        customer_id: CustomerArgument = strawberry.UNSET,
    ) -> MemberConnection:
        customer = given(customer_id)
        return await members_of(
            info,
            first=given(first),
            after=given(after),
            customer=None if customer is None else customer_of(customer, field="customerId"),
        )

    @strawberry.field(permission_classes=[ManagesUsers], description="One member; null if there is no such one.")
    async def member(self, info: Info, id: MemberArgument) -> Member | None:
        found = await member_of(info, AccountId(uuid_of(id, "Member", field="id")))
        return None if found is None else Member.of(found)

    @strawberry.field(
        permission_classes=[ManagesUsers],
        description="A member's entries, newest first; null if there is no such member.",
    )
    async def entries(
        self,
        info: Info,
        member_id: MemberArgument,
        first: FirstArgument = strawberry.UNSET,
        after: AfterArgument = strawberry.UNSET,
        last: LastArgument = strawberry.UNSET,
        before: BeforeArgument = strawberry.UNSET,
        known_at: KnownAtArgument = strawberry.UNSET,
    ) -> PointsEntryConnection | None:
        page = page_of(given(first), given(after), last=given(last), before=given(before))
        window = EntryWindow.of(page, known_at=instant(known_at))
        found = await member_of(info, AccountId(uuid_of(member_id, "Member", field="memberId")))
        return None if found is None else await entries_of(info, found, window)

    @strawberry.field(permission_classes=[ManagesDiscounts], description="The shop's programs, oldest first.")
    async def programs(self, info: Info) -> list[LoyaltyProgram]:
        return await programs_of_shop(info)

    @strawberry.field(
        permission_classes=[ManagesApps], description="Deliveries of the shop that could not be used, oldest first."
    )
    async def dead_letters(
        self,
        info: Info,
        first: FirstArgument = strawberry.UNSET,
        after: AfterArgument = strawberry.UNSET,
    ) -> DeadLetterConnection:
        return await dead_letters_of(info, first=given(first), after=given(after))

    @strawberry.field(permission_classes=[ManagesApps], description="The shop as it installed the app.")
    async def installation(self, info: Info) -> Installation:
        return Installation.of(info)

    @strawberry.field(
        permission_classes=[ManagesApps], description="How the shop was read, by what was read; the latest begun first."
    )
    async def readings(self, info: Info) -> list[ShopReading]:
        return await readings_of_shop(info)


@strawberry.type(description="What staff may do about the app's own working.")
class ShopMutation:
    @strawberry.mutation(
        permission_classes=[ManagesApps], description="Try dead letters again, after their cause was removed."
    )
    async def dead_letter_replay(self, info: Info, input: DeadLetterReplayInput) -> DeadLetterReplay:
        return await replay(info, input)

    @strawberry.mutation(
        permission_classes=[ManagesApps],
        description="Compare the shop with what is known of it now, and repair; `readings` tells how far it is.",
    )
    async def reconcile_start(self, info: Info, input: ReconcileStartInput) -> ReconcileStart:
        return await start(info, input)
