"""Every field, route and webhook called as one shop's with another shop's ids: nothing leaks, nothing there changes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import pytest
from graphql import GraphQLSchema

from saleor_crm_app.kernel.ids import decode_global_id, global_id
from saleor_crm_app.kernel.paging import cursor_of
from saleor_crm_app.staff.schema import schema as staff_schema
from saleor_crm_app.storefront.schema import schema as storefront_schema
from tests.conftest import Addresses
from tests.reliability.signer import Signer
from tests.saleor import samples
from tests.saleor.tokens import encoded
from tests.security.probes import Loot, Probe, probes
from tests.security.tenants import CHANNEL, CUSTOMER, ORDERS, Tenant, paid
from tests.security.test_row_security import snapshot

STOREFRONT, STAFF = "/graphql/", "/graphql/staff/"
SCHEMAS: Mapping[str, GraphQLSchema] = {STOREFRONT: storefront_schema._schema, STAFF: staff_schema._schema}


@dataclass
class Answers:
    """What was answered to whom, by what was tried."""

    texts: dict[str, str]

    def holding(self, secret: str) -> list[str]:
        return [aim for aim, text in self.texts.items() if secret in text]


async def loot_of(theirs: Tenant) -> Loot:
    """Everything that their own people can see of keys and cursors."""
    secrets = [one for one in await theirs.secrets() if not one.startswith(("http", ":"))]
    keys = [one.partition(":")[2] for one in secrets]
    cursors = [cursor_of(kind, key) for kind in ("entry", "member", "deadLetter") for key in [*keys, 1, 2, 10**6]]
    return Loot(
        ids=[*secrets, CUSTOMER, *ORDERS, global_id("User", 7), str(theirs.id), theirs.api_url],
        cursors=cursors,
        channels=[CHANNEL, "theirs-only", theirs.api_url],
        entities={"User": [CUSTOMER, global_id("User", 7)], "Order": ORDERS},
    )


async def ask(tenant: Tenant, path: str, tried: list[Probe], headers: Mapping[str, str]) -> Answers:
    answers = Answers({})
    async with httpx.AsyncClient(base_url=tenant.app.url, trust_env=False, headers=headers) as client:
        for probe in tried:
            answer = await client.post(path, json={"query": probe.query})
            assert (probe, answer.status_code) == (probe, 200), answer.text
            answers.texts[probe.aim] = answer.text
    return answers


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_no_field_shows_or_changes_what_is_another_shops(
    addresses: Addresses, ours: Tenant, theirs: Tenant
) -> None:
    # given
    before = snapshot(addresses, theirs)
    loot, secrets = await loot_of(theirs), await theirs.secrets()
    tried = {path: list(probes(schema, loot)) for path, schema in SCHEMAS.items()}
    callers = {
        STOREFRONT: [bearer(ours.customer_token()), {"Saleor-Api-Url": ours.api_url}],
        STAFF: [bearer(ours.staff_token()), bearer(ours.api_key)],
    }
    # when our people ask, also with their address in the header that only guests are asked for
    leaks = {}
    for path, credentials in callers.items():
        for headers in credentials:
            misnamed = headers if "Saleor-Api-Url" in headers else headers | {"Saleor-Api-Url": theirs.api_url}
            answers = await ask(ours, path, tried[path], misnamed)
            leaks |= {(path, secret): found for secret in secrets if (found := answers.holding(secret))}
    # then
    assert sum(map(len, tried.values())) > 300
    assert leaks == {}
    assert snapshot(addresses, theirs) == before
    # and their own people see each of it, so that the probes would have
    seen = [await ask(theirs, STOREFRONT, tried[STOREFRONT], bearer(theirs.customer_token()))]
    seen.append(await ask(theirs, STAFF, tried[STAFF], bearer(theirs.staff_token())))
    assert [secret for secret in secrets if not any(answers.holding(secret) for answers in seen)] == []


async def test_every_field_can_be_reached_by_a_probe() -> None:
    loot = Loot(ids=["x"], cursors=["x"], channels=["x"], entities={"User": ["x"], "Order": ["x"]})
    for schema in SCHEMAS.values():
        text = " ".join(probe.query for probe in probes(schema, loot))
        for root in filter(None, (schema.query_type, schema.mutation_type)):
            assert {name for name in root.fields if name != "_service" and f"{{ {name}" not in text} == set()


async def test_a_guest_sees_of_a_shop_its_program_and_nothing_of_anybody(ours: Tenant, theirs: Tenant) -> None:
    asked = list(probes(SCHEMAS[STOREFRONT], await loot_of(theirs)))
    answers = await ask(ours, STOREFRONT, asked, {"Saleor-Api-Url": theirs.api_url})
    seen = [secret for secret in await theirs.secrets() if answers.holding(secret)]
    assert [decode_global_id(secret)[0] for secret in seen] == ["LoyaltyProgram"]


async def test_a_token_counts_only_where_its_key_and_its_issuer_are_one_shops(ours: Tenant, theirs: Tenant) -> None:
    def by(signer: Signer, tenant: Tenant) -> str:
        forged = Tenant(tenant.id, tenant.app, tenant.api_url, signer, tenant.price, tenant.api_key)
        return forged.customer_token()

    mine = f'{{ loyaltyMe(channel: "{CHANNEL}") {{ points {{ pending available expired }} }} }}'
    async with httpx.AsyncClient(base_url=ours.app.url, trust_env=False) as client:
        statuses = [
            (await client.post(STOREFRONT, json={"query": mine}, headers=bearer(token))).status_code
            for token in (
                by(ours.signer, theirs),
                by(theirs.signer, ours),
                ours.customer_token(iss=theirs.api_url),
                theirs.customer_token(iss=ours.api_url),
                f"{theirs.customer_token().rpartition('.')[0]}.{ours.customer_token().rpartition('.')[2]}",
                f"{encoded({'alg': 'none'})}.{theirs.customer_token().split('.')[1]}.",
            )
        ]
    assert set(statuses) <= {401, 503}


@pytest.mark.parametrize("path", [STOREFRONT, STAFF])
async def test_a_key_or_token_of_one_door_opens_no_other(ours: Tenant, path: str) -> None:
    wrong = {STOREFRONT: [ours.staff_token(), ours.api_key], STAFF: [ours.customer_token()]}[path]
    async with httpx.AsyncClient(base_url=ours.app.url, trust_env=False) as client:
        for token in wrong:
            answer = await client.post(path, json={"query": "{ __typename }"}, headers=bearer(token))
            assert answer.status_code == 401


async def test_a_webhook_counts_only_for_the_shop_that_signed_it(
    addresses: Addresses, ours: Tenant, theirs: Tenant
) -> None:
    before = snapshot(addresses, ours), snapshot(addresses, theirs)
    fresh = paid(ORDERS[1], 55, updatedAt="2027-01-01T00:00:00+00:00")
    known = paid(ORDERS[1], ours.price)
    answers = [
        await ours.deliver(fresh, signer=theirs.signer),
        await theirs.deliver(fresh, signer=ours.signer),
        await ours.deliver(fresh, api_url=theirs.api_url),
        await theirs.deliver(fresh, api_url=ours.api_url),
        # what we told once, with our own signature, to their address
        await ours.deliver(known, api_url=theirs.api_url),
        await ours.deliver(fresh, api_url="http://127.0.0.1:9/nobody/graphql/"),
        await ours.deliver(fresh, api_url=ours.api_url.upper()),
        await ours.deliver(fresh, api_url=f"{ours.api_url}, {theirs.api_url}"),
    ]
    await ours.app.settle()
    assert set(answers) <= {401, 503}
    assert [strip(one) for one in (snapshot(addresses, ours), snapshot(addresses, theirs))] == [
        strip(one) for one in before
    ]


def strip(rows: dict[str, list[str]]) -> dict[str, list[str]]:
    """All but the installation's own row, which notes when the shop was asked for its keys."""
    return {table: held for table, held in rows.items() if table != "installation"}


async def test_a_body_for_another_app_of_the_shop_is_refused(ours: Tenant) -> None:
    content = json.loads(paid(ORDERS[1], 55)) | {"recipient": {"id": global_id("App", 2)}}
    assert await ours.deliver(json.dumps(content).encode()) == 401
    assert await ours.deliver(samples.delivery("OrderPaid", recipient=None)) == 401
