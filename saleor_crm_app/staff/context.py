"""What every staff field may ask of its operation: who asks, for which shop, at what time, and the loaders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import strawberry

from saleor_crm_app.issuing import BatchDesk
from saleor_crm_app.kernel.audit import Act, Actor, Subject
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.reading import Reading
from saleor_crm_app.saleor.tokens import StaffIdentity
from saleor_crm_app.staff.loaders import Loaders


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One operation by one member of staff. Queries read through `reading`, mutations open their own transaction.

    `at` is the shop's business time, `request_id` names the request in the log and in the audit trail.
    """

    staff: StaffIdentity
    database: Database
    reading: Reading
    loaders: Loaders
    batches: BatchDesk
    at: datetime
    request_id: str

    @property
    def shop(self) -> InstallationId:
        return self.staff.installation.id

    @property
    def actor(self) -> Actor:
        """Who acts, by the verified token or key."""
        return Actor(id=self.staff.user_id, name=self.staff.email)

    @property
    def owner(self) -> str:
        """Whose idempotency keys theirs are."""
        return f"staff:{self.staff.user_id}"

    def act(
        self,
        name: str,
        *,
        subject: Subject | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        reason: str | None = None,
    ) -> Act:
        """What they do, for the audit trail: every mutation gives one to `audit` in the transaction that does it."""
        return Act(
            name=name,
            actor=self.actor,
            subject=subject,
            before=before,
            after=after,
            reason=reason,
            request_id=self.request_id,
            at=self.at,
        )


Info = strawberry.Info[Context, None]
