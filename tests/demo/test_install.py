"""The install handshake: what the shop asks, what it refuses, and what is left after a failure."""

import pytest

from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.errors import InstallFailed, RefusedInProduction
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.versions import SaleorVersion
from tests.demo.conftest import MakeShop
from tests.demo.receiver import EVENTS, Receiver


async def test_hands_over_a_token_of_thirty_characters(shop: SimulatedShop, receiver: Receiver, installed: App) -> None:
    (fetch,), (registration,) = receiver.fetches, receiver.registrations
    assert fetch.header("saleor-schema-version") == "3.23"
    assert registration.body == f'{{"auth_token": "{installed.token}"}}'.encode()
    assert len(installed.token or "") == 30
    assert registration.header("saleor-api-url") == shop.api_url
    assert registration.header("saleor-domain") == shop.api_url.split("/")[2]
    assert "saleor-signature" not in dict(registration.headers)


async def test_makes_the_app_with_the_webhooks_it_asked_for(receiver: Receiver, installed: App) -> None:
    assert installed.permissions == {Permission.MANAGE_ORDERS, Permission.MANAGE_USERS}
    assert {webhook.name: webhook.events for webhook in installed.webhooks} == {
        name: {EventType[event] for event in events} for name, events in EVENTS.items()
    }
    assert {webhook.target_url for webhook in installed.webhooks} == {f"{receiver.origin}/webhook"}


async def test_staff_may_grant_less(shop: SimulatedShop, receiver: Receiver) -> None:
    app = await shop.apps.install(receiver.manifest_url, grant=[Permission.MANAGE_USERS], app_name="Points")
    assert (app.permissions, app.name) == (frozenset({Permission.MANAGE_USERS}), "Points")


async def test_events_are_taken_from_the_query_when_none_are_named(shop: SimulatedShop, receiver: Receiver) -> None:
    query = "subscription { event { ...E } } fragment E on Event { ... on OrderPaid { order { id } } }"
    webhook = {"name": "One", "targetUrl": f"{receiver.origin}/webhook", "query": query}
    receiver.changes = {"webhooks": [webhook]}
    app = await shop.apps.install(receiver.manifest_url)
    assert [one.events for one in app.webhooks] == [{EventType.ORDER_PAID}]


@pytest.mark.parametrize("version", list(SaleorVersion))
async def test_every_version_installs_from_its_own_documents(
    version: SaleorVersion, make_shop: MakeShop, receiver: Receiver
) -> None:
    shop = await make_shop(version)
    app = await shop.apps.install(receiver.manifest_url)
    assert receiver.fetches[0].header("saleor-schema-version") == version.value
    assert receiver.fetches[0].header("user-agent") == f"Saleor/{version.value}"
    assert list(shop.state.apps.values()) == [shop.state.payment_app, app]


def one_webhook(query: str, **more: object) -> dict[str, object]:
    return {"webhooks": [{"name": "One", "targetUrl": "http://127.0.0.1/w", "query": query, **more}]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (one_webhook("subscription { event { ... on OrderPaid { order { id colour } } } }"), "'colour'"),
        (one_webhook("subscription { event { "), "Syntax Error"),
        (one_webhook("query { shop { name } }"), "Subscription operation can't be found"),
        (one_webhook("subscription { event { version } }", asyncEvents=["ORDER_SHIPPED"]), "Invalid asynchronous"),
        (one_webhook("subscription { event { version } }", syncEvents=["ORDER_SHIPPED"]), "Invalid synchronous"),
        (one_webhook("subscription { event { version } }", customHeaders={"Cookie": "1"}), "Invalid custom headers"),
        ({"permissions": ["MANAGE_ORDERS", "MANAGE_WEATHER"]}, "Given permissions don't exist: MANAGE_WEATHER"),
        ({"requiredSaleorVersion": ">=3.24"}, "Saleor version 3.23.28 is not supported by the app"),
        ({"requiredSaleorVersion": "new ones"}, "Incorrect value for required Saleor version"),
        ({"name": "x" * 61}, "name: String should have at most 60 characters"),
        ({"version": 1}, "version: Input should be a valid string"),
        ({"id": None}, "id: Input should be a valid string"),
        ({"appUrl": None, "extensions": [{"label": "A", "url": "/a", "mount": "X"}]}, "Incorrect value for field: url"),
        (
            {"extensions": [{"label": "A", "url": "/a", "mount": "X", "permissions": ["MANAGE_APPS"]}]},
            "Extension permission must be listed",
        ),
        ({"tokenTargetUrl": "ftp://somewhere"}, "tokenTargetUrl: String should match"),
    ],
)
async def test_one_fault_in_the_manifest_fails_the_whole_installation(
    changes: dict[str, object], message: str, shop: SimulatedShop, receiver: Receiver
) -> None:
    receiver.changes = changes
    with pytest.raises(InstallFailed) as failure:
        await shop.apps.install(receiver.manifest_url)
    assert message in str(failure.value)
    assert (receiver.registrations, list(shop.state.apps.values())) == ([], [shop.state.payment_app])


@pytest.mark.parametrize("wanted", [">=3.21 <4", "^3.21", "~3.23", "3.23", "<3 || >3.22", "<=3.23.28", "=3.23.28"])
async def test_ranges_that_include_this_version(wanted: str, shop: SimulatedShop, receiver: Receiver) -> None:
    receiver.changes = {"requiredSaleorVersion": wanted}
    assert (await shop.apps.install(receiver.manifest_url)).is_alive


async def test_a_field_of_3_23_fails_the_installation_on_3_22(make_shop: MakeShop, receiver: Receiver) -> None:
    receiver.changes = one_webhook("subscription { event { ... on CustomerDeleted { user { id } } } }")
    with pytest.raises(InstallFailed, match="Unknown type 'CustomerDeleted'"):
        await (await make_shop(SaleorVersion.V3_22)).apps.install(receiver.manifest_url)
    await (await make_shop(SaleorVersion.V3_23)).apps.install(receiver.manifest_url)


async def test_without_a_token_url_only_newer_shops_install_and_give_no_token(
    make_shop: MakeShop, receiver: Receiver
) -> None:
    receiver.changes = {"tokenTargetUrl": None}
    with pytest.raises(InstallFailed, match="tokenTargetUrl"):
        await (await make_shop(SaleorVersion.V3_22)).apps.install(receiver.manifest_url)
    app = await (await make_shop(SaleorVersion.V3_23)).apps.install(receiver.manifest_url)
    assert (app.token, receiver.registrations) == (None, [])


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((403, {"error": {"message": "This shop may not install."}}), "This shop may not install."),
        ((500, {"detail": "no"}), "App internal error (500)"),
        ((401, {"error": {"message": "x" * 300}}), "x" * 255),
    ],
)
async def test_a_refusal_of_the_app_is_shown_and_removes_it(
    answer: tuple[int, object], message: str, shop: SimulatedShop, receiver: Receiver
) -> None:
    receiver.register_answer = answer
    with pytest.raises(InstallFailed) as failure:
        await shop.apps.install(receiver.manifest_url)
    assert str(failure.value) == message
    assert list(shop.state.apps.values()) == [shop.state.payment_app]
    assert shop.state.app_by_token(receiver.tokens[0]) is None
    receiver.register_answer = (200, {"success": True})
    assert (await shop.apps.install(receiver.manifest_url)).is_alive


async def test_an_unreachable_app(shop: SimulatedShop, receiver: Receiver) -> None:
    with pytest.raises(InstallFailed, match="Unable to connect to the manifest"):
        await shop.apps.install("http://127.0.0.1:1/manifest")
    with pytest.raises(InstallFailed, match="Unable to fetch the manifest"):
        await shop.apps.install(f"{receiver.origin}/nothing-here")
    receiver.changes = {"tokenTargetUrl": "http://127.0.0.1:1/register"}
    with pytest.raises(InstallFailed, match="Failed to connect to app"):
        await shop.apps.install(receiver.manifest_url)
    assert list(shop.state.apps.values()) == [shop.state.payment_app]


async def test_the_same_app_is_not_installed_twice(shop: SimulatedShop, receiver: Receiver, installed: App) -> None:
    with pytest.raises(InstallFailed, match="same identifier is already installed: Receiver"):
        await shop.apps.install(receiver.manifest_url)
    assert list(shop.state.apps.values()) == [shop.state.payment_app, installed]


async def test_a_reinstalled_app_has_another_id_and_another_token(
    shop: SimulatedShop, receiver: Receiver, installed: App
) -> None:
    again = await shop.apps.reinstall(installed)
    await shop.deliveries.settled()
    assert again.pk == installed.pk + 1
    assert receiver.tokens == [installed.token, again.token]
    assert (shop.state.app_by_token(receiver.tokens[0]), shop.state.app_by_token(receiver.tokens[1])) == (None, again)
    assert receiver.events() == ["app_deleted"]


async def test_an_uninstalled_app_hears_of_it_when_its_token_is_dead(
    shop: SimulatedShop, receiver: Receiver, installed: App
) -> None:
    shop.apps.uninstall(installed)
    assert shop.state.app_by_token(installed.token or "") is None
    await shop.deliveries.settled()
    (received,) = receiver.webhooks
    assert received.json["__typename"] == "AppDeleted"
    assert received.json["app"] == {"id": installed.id, "isActive": False}


@pytest.mark.parametrize("value", ["production", "Production"])
def test_refuses_to_start_in_production(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENV", value)
    with pytest.raises(RefusedInProduction, match="ENV is production"):
        SimulatedShop()
