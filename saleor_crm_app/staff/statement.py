"""Root fields on statements: a member's entries as CSV."""

from datetime import datetime
from typing import Annotated

import strawberry

from saleor_crm_app.kernel.ids import AccountId
from saleor_crm_app.kernel.spreadsheets import csv_lines
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.program import programs
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.entry_origins import LanguageArgument
from saleor_crm_app.staff.inputs import given, instant, uuid_of
from saleor_crm_app.staff.permissions import ManagesUsers

MemberArgument = Annotated[strawberry.ID, strawberry.argument(description="The member's global id.")]
FromArgument = Annotated[
    datetime | None,
    strawberry.argument(name="from", description="Only entries that happened from this instant on."),
]
ToArgument = Annotated[
    datetime | None, strawberry.argument(name="to", description="Only entries that happened before this instant.")
]


@strawberry.type(description="What staff may read of a member's statement.")
class StatementQuery:
    @strawberry.field(
        permission_classes=[ManagesUsers],
        description="A member's statement as the text of a CSV file: every entry with the balance after it, its order, "
        "the lots it moved, the version of the rules and the reason in words, oldest first; at most 2000 entries. "
        "Null if there is no such member.",
    )
    async def statement_csv(
        self,
        info: Info,
        member_id: MemberArgument,
        since: FromArgument = strawberry.UNSET,
        until: ToArgument = strawberry.UNSET,
        language_code: LanguageArgument = strawberry.UNSET,
    ) -> str | None:
        account = AccountId(uuid_of(member_id, "Member", field="memberId"))
        period = points.statements.Period(since=instant(since), until=instant(until))
        async with info.context.reading.session() as session:
            member = await points.member_by_account(session, info.context.shop, account)
            if member is None:
                return None
            rows = await points.statements.statement_rows(
                session,
                info.context.shop,
                member,
                period,
                currencies={held.program.id: held.program.currency for held in await programs(session)},
                language=given(language_code),
            )
        return csv_lines(rows)
