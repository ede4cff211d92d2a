"""Which orders may earn at all in programs that customers join by themselves."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.points.earning.joining import counts_while_joined, followed_already, joined_of
from saleor_crm_app.loyalty.points.earning.targets import Wanted
from saleor_crm_app.loyalty.program import Enrollment


async def admitted(session: AsyncSession, installation: InstallationId, wanted: Sequence[Wanted]) -> list[Wanted]:
    """Those of these orders that may earn; at most two statements, none where nobody has to join.

    An order made before joining does not even open an account; one that has earned already, since nobody had to then,
    is followed on.
    """
    opt_in = {one.owner for one in wanted if one.program.settings.enrollment is Enrollment.OPT_IN}
    stays = await joined_of(session, installation, opt_in)
    outside = {
        one.fact.id
        for one in wanted
        if not counts_while_joined(one.program, stays.get(one.owner, ()), one.fact.snapshot.created_at)
    }
    outside -= await followed_already(session, installation, outside)
    return [one for one in wanted if one.fact.id not in outside]
