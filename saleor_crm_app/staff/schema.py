"""The staff schema, put together from the slices' root fields and printed."""

import strawberry
from graphql import GraphQLError
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from saleor_crm_app.kernel.graphql_door import vetting
from saleor_crm_app.kernel.graphql_limits import Limits
from saleor_crm_app.staff.accounting import AccountingMutation, AccountingQuery
from saleor_crm_app.staff.accounts import AccountsMutation
from saleor_crm_app.staff.acts import ActsMutation
from saleor_crm_app.staff.audit import AuditQuery
from saleor_crm_app.staff.campaign_changes import CampaignsMutation
from saleor_crm_app.staff.campaigns import CampaignsQuery
from saleor_crm_app.staff.coupon_batches import CouponBatchesMutation, CouponBatchesQuery
from saleor_crm_app.staff.coupon_changes import CouponsMutation
from saleor_crm_app.staff.coupons import CouponsQuery
from saleor_crm_app.staff.customer_facts import CustomerFactsMutation
from saleor_crm_app.staff.customer_insight import CustomerInsightQuery
from saleor_crm_app.staff.goods import GoodsQuery
from saleor_crm_app.staff.incidents import IncidentsMutation, IncidentsQuery
from saleor_crm_app.staff.insight import InsightQuery
from saleor_crm_app.staff.offer_changes import OffersMutation
from saleor_crm_app.staff.program_changes import ProgramMutation
from saleor_crm_app.staff.proof import ProofQuery
from saleor_crm_app.staff.requests import RequestsQuery
from saleor_crm_app.staff.review import ReviewMutation
from saleor_crm_app.staff.reward_report import RewardReportQuery
from saleor_crm_app.staff.rewards import RewardsMutation, RewardsQuery
from saleor_crm_app.staff.rule_changes import RulesMutation
from saleor_crm_app.staff.rules import RulesQuery
from saleor_crm_app.staff.scalars import SCALARS
from saleor_crm_app.staff.segment_changes import SegmentsMutation
from saleor_crm_app.staff.segments import SegmentsQuery
from saleor_crm_app.staff.shop import ShopMutation, ShopQuery
from saleor_crm_app.staff.simulations import SimulationsMutation, SimulationsQuery
from saleor_crm_app.staff.statement import StatementQuery
from saleor_crm_app.staff.tiers import TierMutation, TierQuery


@strawberry.type(description="What staff may read.")
class Query(
    ShopQuery,
    ProofQuery,
    AuditQuery,
    RequestsQuery,
    StatementQuery,
    AccountingQuery,
    RulesQuery,
    TierQuery,
    SimulationsQuery,
    RewardsQuery,
    RewardReportQuery,
    CouponsQuery,
    CouponBatchesQuery,
    IncidentsQuery,
    SegmentsQuery,
    CampaignsQuery,
    InsightQuery,
    CustomerInsightQuery,
    GoodsQuery,
):
    """One base per slice."""


@strawberry.type(description="What staff may do.")
class Mutation(
    ShopMutation,
    ActsMutation,
    ReviewMutation,
    ProgramMutation,
    AccountingMutation,
    RulesMutation,
    TierMutation,
    AccountsMutation,
    SimulationsMutation,
    RewardsMutation,
    CouponsMutation,
    CouponBatchesMutation,
    IncidentsMutation,
    SegmentsMutation,
    CampaignsMutation,
    OffersMutation,
    CustomerFactsMutation,
):
    """One base per slice."""


class StaffSchema(strawberry.Schema):
    """Leaves the log of errors to the door: Strawberry would write down values that callers sent."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing here."""


schema = StaffSchema(
    query=Query,
    mutation=Mutation,
    extensions=[vetting(Limits())],
    config=StrawberryConfig(scalar_map=SCALARS),
)


def sdl() -> str:
    """The schema as text."""
    return print_schema(schema) + "\n"
