"""What every staff field may ask of its operation: who asks, for which shop, at what time, and the loaders."""

from dataclasses import dataclass

import strawberry

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.reading import Reading
from saleor_crm_app.saleor.tokens import StaffIdentity
from saleor_crm_app.staff.loaders import Loaders


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One operation by one member of staff. Queries read through `reading`, mutations open their own transaction."""

    staff: StaffIdentity
    database: Database
    reading: Reading
    loaders: Loaders

    @property
    def shop(self) -> InstallationId:
        return self.staff.installation.id


Info = strawberry.Info[Context, None]
