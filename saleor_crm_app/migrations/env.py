"""Runs revisions as the owner, on the connection that `kernel.schema` hands over."""

from alembic import context

from saleor_crm_app.checkout import models as checkout
from saleor_crm_app.crm.customers import models as customers
from saleor_crm_app.crm.facts import models as facts
from saleor_crm_app.crm.goods import models as goods
from saleor_crm_app.crm.incidents import models as incidents
from saleor_crm_app.crm.orders import models as orders
from saleor_crm_app.crm.segments import models as segments
from saleor_crm_app.jobs import models as jobs
from saleor_crm_app.kernel import audit, idempotency, limits
from saleor_crm_app.kernel.db import Base
from saleor_crm_app.loyalty.coupons import models as coupons
from saleor_crm_app.loyalty.points import models as points
from saleor_crm_app.loyalty.points.earning import membership_models as membership
from saleor_crm_app.loyalty.points.months import accounting_models as accounting
from saleor_crm_app.loyalty.points.proof import seal_models as seals
from saleor_crm_app.loyalty.program import models as program
from saleor_crm_app.loyalty.reports import models as reports
from saleor_crm_app.loyalty.rewards import models as rewards
from saleor_crm_app.loyalty.rules import models as rules
from saleor_crm_app.loyalty.tiers import models as tiers
from saleor_crm_app.saleor import installations

TABLES = (
    accounting,
    audit,
    checkout,
    coupons,
    idempotency,
    incidents,
    customers,
    facts,
    goods,
    orders,
    jobs,
    limits,
    membership,
    points,
    seals,
    segments,
    program,
    reports,
    rewards,
    rules,
    installations,
    tiers,
)
"""Named so that every table is known to the metadata below."""

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
