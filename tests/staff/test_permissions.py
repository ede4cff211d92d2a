"""Who is let in, and that every operation has its guard."""

import pytest
from graphql import GraphQLObjectType
from strawberry.permission import PermissionExtension
from strawberry.types.base import get_object_definition

from saleor_crm_app.staff.permissions import StaffPermission
from saleor_crm_app.staff.schema import Mutation, Query, schema
from tests.door import Door, Shop, refused_code
from tests.saleor.tokens import NOW, customer_claims, staff_claims

OPERATIONS = {
    '{ campaigns(programId: "x") { id } }': "MANAGE_DISCOUNTS",
    '{ offerTrace(customerId: "x", channel: "x") { decisionId } }': "MANAGE_USERS",
    'mutation { campaignCreate(input: {programId: "x", campaign: {name: "x", goal: "x"}})'
    " { errors { code } } }": "MANAGE_DISCOUNTS",
    'mutation { campaignUpdate(input: {id: "x", expectedVersion: 1, campaign: {name: "x", goal: "x"}})'
    " { errors { code } } }": "MANAGE_DISCOUNTS",
    'mutation { campaignPublish(input: {id: "x"}) { errors { code } } }': "MANAGE_DISCOUNTS",
    'mutation { campaignEnd(input: {id: "x"}) { errors { code } } }': "MANAGE_DISCOUNTS",
    'mutation { offerCreate(input: {campaignId: "x", offer: {kind: WIN_BACK}})'
    " { errors { code } } }": "MANAGE_DISCOUNTS",
    'mutation { offerUpdate(input: {id: "x", expectedVersion: 1, offer: {kind: WIN_BACK}})'
    " { errors { code } } }": "MANAGE_DISCOUNTS",
    'mutation { offerRetire(input: {id: "x"}) { errors { code } } }': "MANAGE_DISCOUNTS",
    "{ members { totalCount } }": "MANAGE_USERS",
    '{ member(id: "x") { id } }': "MANAGE_USERS",
    '{ entries(memberId: "x") { totalCount } }': "MANAGE_USERS",
    '{ statementCsv(memberId: "x") }': "MANAGE_USERS",
    "{ programs { id } }": "MANAGE_DISCOUNTS",
    '{ accountingMonths(programId: "x") { month } }': "MANAGE_DISCOUNTS",
    '{ liability(programId: "x") { outstanding } }': "MANAGE_DISCOUNTS",
    '{ tiers(programId: "x") { version } }': "MANAGE_DISCOUNTS",
    '{ tierPreview(input: {programId: "x", ladder: {tiers: []}}) { members } }': "MANAGE_DISCOUNTS",
    'mutation { tierUpdate(input: {programId: "x", expectedVersion: 0, ladder: {tiers: []}}) { errors { code } } }': (
        "MANAGE_DISCOUNTS"
    ),
    'mutation { memberTierSet(input: {memberId: "x", tier: null, text: "x"}) { errors { code } } }': "MANAGE_USERS",
    'mutation { memberTierProtect(input: {memberId: "x", until: null, text: "x"})'
    " { errors { code } } }": "MANAGE_USERS",
    '{ productInsight(productId: "x") { learnedAt } }': "MANAGE_DISCOUNTS",
    "{ deadLetters { totalCount } }": "MANAGE_APPS",
    "{ installation { apiUrl } }": "MANAGE_APPS",
    "{ readings { subject } }": "MANAGE_APPS",
    "{ seals { totalCount } }": "MANAGE_APPS",
    "{ lastVerification { proved } }": "MANAGE_APPS",
    "mutation { deadLetterReplay(input: {ids: []}) { replayed } }": "MANAGE_APPS",
    "mutation { reconcileStart(input: {}) { started } }": "MANAGE_APPS",
    'mutation { accountingMonthClose(input: {programId: "x", month: "x"}) { errors { code } } }': "MANAGE_DISCOUNTS",
    "{ auditTrail { edges { cursor } } }": "MANAGE_USERS",
    "{ staffRequests { edges { cursor } } }": "MANAGE_USERS",
    'mutation { pointsAdjust(input: {memberId: "x", points: 1, reason: OTHER, text: "x", idempotencyKey: "x"})'
    " { errors { code } } }": "MANAGE_USERS",
    'mutation { goodwillGrant(input: {memberId: "x", points: 1, text: "x", idempotencyKey: "x"})'
    " { errors { code } } }": "MANAGE_USERS",
    'mutation { entryReverse(input: {memberId: "x", entryId: "x", reason: OTHER, text: "x", idempotencyKey: "x"})'
    " { errors { code } } }": "MANAGE_USERS",
    'mutation { staffRequestApprove(input: {requestId: "x", idempotencyKey: "x"})'
    " { errors { code } } }": "MANAGE_USERS",
    'mutation { staffRequestReject(input: {requestId: "x"}) { errors { code } } }': "MANAGE_USERS",
    'mutation { memberHold(input: {memberId: "x", text: "x"}) { errors { code } } }': "MANAGE_USERS",
    'mutation { memberRelease(input: {memberId: "x", text: "x"}) { errors { code } } }': "MANAGE_USERS",
    'mutation { programPause(input: {programId: "x"}) { errors { code } } }': "MANAGE_DISCOUNTS",
    'mutation { programResume(input: {programId: "x"}) { errors { code } } }': "MANAGE_DISCOUNTS",
    'mutation { programUpdate(input: {programId: "x", expectedVersion: 1, settings: {amounts: NET, enrollment: OPT_IN,'
    " deficit: ALLOW_DEFICIT, expiry: {kind: NEVER}, expireWarnDays: [], returnGraceDays: 1, dryRun: true,"
    " redemption: {minPoints: 1, maxSharePercent: 1, stepPoints: 1, holdMinutes: 1, tender: AUTO}, staff: {"
    'fourEyesAbove: 1, dailyLimit: 1, goodwillCostCenter: "x"}}}) { errors { code } } }': "MANAGE_DISCOUNTS",
    'mutation { accountMerge(input: {memberId: "x", intoMemberId: "x", text: "x", idempotencyKey: "x"})'
    " { errors { code } } }": "MANAGE_USERS",
    'mutation { accountUnmerge(input: {memberId: "x", text: "x", idempotencyKey: "x"})'
    " { errors { code } } }": "MANAGE_USERS",
    'mutation { memberBirthdaySet(input: {customerId: "x", month: 1, day: 1}) { errors { code } } }': "MANAGE_USERS",
    '{ simulation(id: "x") { id } }': "MANAGE_DISCOUNTS",
    '{ simulations(programId: "x") { id } }': "MANAGE_DISCOUNTS",
    'mutation { simulationStart(input: {programId: "x"}) { errors { code } } }': "MANAGE_DISCOUNTS",
    'mutation { simulationStop(input: {id: "x"}) { errors { code } } }': "MANAGE_DISCOUNTS",
    'mutation { recalculationStart(input: {simulationId: "x", version: 1, reason: "x"})'
    " { errors { code } } }": "MANAGE_DISCOUNTS",
    '{ earningRules(programId: "x") { id } }': "MANAGE_DISCOUNTS",
    '{ earningRule(id: "x") { id } }': "MANAGE_DISCOUNTS",
    '{ ruleSets(programId: "x") { version } }': "MANAGE_DISCOUNTS",
    "{ earningRuleSchema }": "MANAGE_DISCOUNTS",
    'mutation { earningRuleCreate(input: {programId: "x", rule: {}}) { errors { code } } }': "MANAGE_DISCOUNTS",
    'mutation { earningRuleUpdate(input: {id: "x", expectedVersion: 1, rule: {}})'
    " { errors { code } } }": "MANAGE_DISCOUNTS",
    'mutation { earningRulePublish(input: {id: "x", expectedVersion: 1, expectedRuleSetVersion: 1})'
    " { errors { code } } }": "MANAGE_DISCOUNTS",
    'mutation { earningRuleRetire(input: {id: "x", expectedRuleSetVersion: 1})'
    " { errors { code } } }": "MANAGE_DISCOUNTS",
    'mutation { earningExclusionsPublish(input: {programId: "x", expectedRuleSetVersion: 1, exclude: {}})'
    " { errors { code } } }": "MANAGE_DISCOUNTS",
    'mutation { goldenCartSet(input: {programId: "x", name: "x", cart: {}, points: "1"})'
    " { errors { code } } }": "MANAGE_DISCOUNTS",
    '{ rewards(programId: "x") { id } }': "MANAGE_DISCOUNTS",
    "{ segments { name } }": "MANAGE_DISCOUNTS",
    '{ segmentMembers(segmentId: "x") { pageInfo { hasNextPage } } }': "MANAGE_USERS",
    "{ segmentPreview(condition: {}) { count } }": "MANAGE_DISCOUNTS",
    "{ segmentConditionSchema }": "MANAGE_DISCOUNTS",
    "{ phaseMix { customers } }": "MANAGE_DISCOUNTS",
    "{ phaseMoves { since } }": "MANAGE_DISCOUNTS",
    '{ customerInsight(customerId: "x") { phase } }': "MANAGE_USERS",
    'mutation { customerFactSet(input: {customerId: "x", name: "x", value: 1}) { errors { code } } }': "MANAGE_USERS",
    'mutation { customerFactUnset(input: {customerId: "x", name: "x"}) { errors { code } } }': "MANAGE_USERS",
    "{ rfmGrid { cells { cell } } }": "MANAGE_DISCOUNTS",
    'mutation { segmentCreate(input: {name: "x", condition: {}}) { errors { code } } }': "MANAGE_DISCOUNTS",
    'mutation { segmentUpdate(input: {id: "x", expectedVersion: 1, name: "x", condition: {}})'
    " { errors { code } } }": "MANAGE_DISCOUNTS",
    'mutation { segmentRetire(input: {id: "x"}) { errors { code } } }': "MANAGE_DISCOUNTS",
    "mutation { segmentReadySetCreate(input: {}) { errors { code } } }": "MANAGE_DISCOUNTS",
    '{ rewardReport(programId: "x") { issued } }': "MANAGE_DISCOUNTS",
    '{ rewardAdvice(programId: "x") { code } }': "MANAGE_DISCOUNTS",
    '{ rewardVouchers(rewardId: "x") { name } }': "MANAGE_DISCOUNTS",
    'mutation { rewardCreate(input: {programId: "x", reward: {kind: CUSTOM, words: []}})'
    " { errors { code } } }": "MANAGE_DISCOUNTS",
    'mutation { rewardUpdate(input: {id: "x", expectedVersion: 1, reward: {kind: CUSTOM, words: []}})'
    " { errors { code } } }": "MANAGE_DISCOUNTS",
    'mutation { rewardRetire(input: {id: "x"}) { errors { code } } }': "MANAGE_DISCOUNTS",
    "{ coupons { totalCount } }": "MANAGE_USERS",
    'mutation { couponIssue(input: {memberId: "x", rewardId: "x", text: "x", idempotencyKey: "x"})'
    " { errors { code } } }": "MANAGE_USERS",
    'mutation { couponRevoke(input: {couponId: "x", text: "x"}) { errors { code } } }': "MANAGE_USERS",
    '{ couponBatches(programId: "x") { edges { cursor } } }': "MANAGE_DISCOUNTS",
    '{ couponBatch(id: "x") { id } }': "MANAGE_DISCOUNTS",
    '{ couponBatchCodes(batchId: "x") { edges { cursor } } }': "MANAGE_DISCOUNTS",
    'mutation { couponBatchCreate(input: {rewardId: "x", name: "x", quantity: 1, idempotencyKey: "x"})'
    " { errors { code } } }": "MANAGE_DISCOUNTS",
    'mutation { couponBatchStop(input: {batchId: "x"}) { errors { code } } }': "MANAGE_DISCOUNTS",
    'mutation { couponBatchResume(input: {batchId: "x"}) { errors { code } } }': "MANAGE_DISCOUNTS",
    'mutation { couponBatchEnd(input: {batchId: "x"}) { errors { code } } }': "MANAGE_DISCOUNTS",
    'mutation { couponBatchImport(input: {batchId: "x", codes: ["x"], idempotencyKey: "x"})'
    " { errors { code } } }": "MANAGE_DISCOUNTS",
    'mutation { couponFulfill(input: {couponId: "x"}) { errors { code } } }': "MANAGE_USERS",
    "{ incidents { edges { cursor } } }": "MANAGE_USERS",
    'mutation { incidentClose(input: {incidentId: "x", text: "x"}) { errors { code } } }': "MANAGE_USERS",
    'mutation { goldenCartRemove(input: {programId: "x", name: "x"}) { errors { code } } }': "MANAGE_DISCOUNTS",
}
EVERYTHING = ("MANAGE_USERS", "MANAGE_DISCOUNTS", "MANAGE_APPS")


@pytest.mark.parametrize("root", [Query, Mutation])
def test_every_root_field_is_guarded(root: type) -> None:
    definition = get_object_definition(root, strict=True)
    unguarded = [
        field.name
        for field in definition.fields
        if not any(
            isinstance(extension, PermissionExtension)
            and extension.permissions
            and all(isinstance(permission, StaffPermission) for permission in extension.permissions)
            for extension in field.extensions
        )
    ]
    assert unguarded == []


def test_every_root_field_is_tried_here() -> None:
    fields = set()
    for name in ("Query", "Mutation"):
        root = schema._schema.type_map[name]
        assert isinstance(root, GraphQLObjectType)
        fields |= set(root.fields)
    assert {field for field in fields if not any(f" {field}" in operation for operation in OPERATIONS)} == set()
    assert len(fields) == len(OPERATIONS)


@pytest.mark.parametrize(("query", "permission"), OPERATIONS.items())
async def test_an_operation_needs_its_permission_and_no_other(
    door: Door, shop: Shop, query: str, permission: str
) -> None:
    others = shop.dashboard_token(*(one for one in EVERYTHING if one != permission))
    response = await door.ask(query, token=others)
    assert (response.status_code, refused_code(response)) == (200, "PERMISSION_DENIED")
    assert response.json()["errors"][0]["message"] == f"This needs the permission {permission}."
    allowed = await door.ask(query, token=shop.dashboard_token(permission))
    assert "PERMISSION_DENIED" not in allowed.text


async def test_the_users_own_permissions_count_not_those_shared_with_the_app(door: Door, shop: Shop) -> None:
    query = "{ members { totalCount } }"
    token = shop.dashboard_token(permissions=[], user_permissions=["MANAGE_USERS"])
    assert await door.data(query, token=token) == {"members": {"totalCount": 0}}
    token = shop.dashboard_token(permissions=["MANAGE_USERS"], user_permissions=[])
    assert refused_code(await door.ask(query, token=token)) == "PERMISSION_DENIED"


async def test_only_the_dashboards_token_for_this_app_is_let_in(door: Door, shop: Shop, other_shop: Shop) -> None:
    url = shop.api_url
    wrong = {
        "none": None,
        "customer": shop.token(),
        "staff's own": shop.signed(customer_claims(url, is_staff=True)),
        "another app's": shop.dashboard_token(*EVERYTHING, app="QXBwOjI="),
        "without an app": shop.signed({k: v for k, v in staff_claims(url).items() if k != "app"}),
        "expired": shop.dashboard_token(*EVERYTHING, iat=NOW - 400, exp=NOW - 100),
        "refresh": shop.dashboard_token(*EVERYTHING, type="refresh"),
        "no token": "abc",
    }
    for kind, token in wrong.items():
        for query in ("{ installation { apiUrl } }", "{ __typename }"):
            response = await door.ask(query, token=token)
            assert (kind, response.status_code, refused_code(response)) == (kind, 401, "UNAUTHENTICATED")
            assert "data" not in response.json()


async def test_the_schema_is_told_to_anybody(door: Door) -> None:
    text = (await door.client.get("/graphql/staff/schema.graphql")).text
    assert "deadLetterReplay(" in text


async def test_the_door_has_the_same_limits_as_the_storefronts(door: Door, shop: Shop) -> None:
    token = shop.dashboard_token(*EVERYTHING)
    replay = "deadLetterReplay(input: {ids: []}) { replayed }"
    response = await door.ask(f"mutation {{ a: {replay} b: {replay} }}", token=token)
    assert (response.status_code, refused_code(response)) == (400, "TOO_MANY_MUTATIONS")
    spread = f"fragment one on Mutation {{ a: {replay} }} fragment two on Mutation {{ b: {replay} ...one }}"
    response = await door.ask(f"mutation {{ ...two }} {spread}", token=token)
    assert (response.status_code, refused_code(response)) == (400, "TOO_MANY_MUTATIONS")
