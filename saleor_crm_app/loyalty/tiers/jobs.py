"""What tiers owe: a look at every member of a program, and telling the shop of one member."""

from saleor_crm_app.jobs.outbox import Job
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ProgramId


class RequalifyProgram(Job, frozen=True, kw_only=True):
    """Measure all members of a program, since its ladder has changed."""

    program: ProgramId


class MirrorTier(Job, frozen=True, kw_only=True):
    """Write a customer's tiers to the shop, as they are when it is done."""

    customer: CustomerId


def mirrors(installation: InstallationId, customers: set[CustomerId]) -> list[MirrorTier]:
    """One job per customer, in their order."""
    return [MirrorTier(installation=installation, customer=customer) for customer in sorted(customers)]
