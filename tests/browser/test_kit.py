"""The kit's elements on the demo's page, fed by the real app: balance, and what each product earns."""

import re
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, Request, Route, expect

from saleor_crm_app.cli.demo_app import APP_OFFSET, Place
from saleor_crm_app.cli.demo_town import Town
from tests.browser.conftest import PHONE, OpenPage
from tests.browser.shop_page import SLOW, ShopPage

HOW_TO: Final = Path(__file__).parents[2] / "docs" / "how-to" / "storefront-kit.md"
NO_APP = ("Failed to load resource: net::ERR_CONNECTION_REFUSED",)
GOODS = {"Desk lamp": 60, "Vase": 40, "Mug": 15}


async def expect_earned(shop: ShopPage, name: str, text: str) -> None:
    good = shop.page.locator(".good", has=shop.page.get_by_text(name, exact=True))
    await expect(good.locator("loyalty-earn")).to_have_text(text, timeout=SLOW)


async def expect_balance(shop: ShopPage, text: str) -> None:
    await expect(shop.page.locator("loyalty-balance [part=points]")).to_have_text(text, timeout=SLOW)


async def test_the_balance_is_the_apps_and_follows_what_happens(open_page: OpenPage) -> None:
    # given
    shop = await open_page()
    await shop.sign_in("anna")
    before = await shop.points()
    await expect_balance(shop, f"{before['available']:,} points")
    # when
    order = await shop.buy("Desk lamp", "Vase")
    await shop.do("pay", order)
    await shop.expect_points(before, pending=100)
    # then
    on_its_way = f"{before['pending'] + 100:,} more are on their way"
    await expect(shop.page.locator("loyalty-balance [part=pending]")).to_have_text(on_its_way, timeout=SLOW)
    await expect(shop.page.get_by_role("group", name="Loyalty points")).to_be_visible()


@pytest.mark.parametrize("person", ["boris", ""])
async def test_each_product_says_what_it_earns_to_members_and_guests(open_page: OpenPage, person: str) -> None:
    shop = await open_page()
    await shop.sign_in(person)
    for name, points in GOODS.items():
        await expect_earned(shop, name, f"Earn {points} points")


async def test_guests_have_no_balance_and_newcomers_none_to_show(open_page: OpenPage) -> None:
    shop = await open_page()
    await shop.sign_in("")
    await expect(shop.page.locator("loyalty-balance")).to_have_count(0)
    await shop.sign_in("clara")
    await expect_earned(shop, "Mug", "Earn 15 points")


async def test_it_speaks_russian_on_a_phone(open_page: OpenPage) -> None:
    shop = await open_page(language="ru", viewport=PHONE)
    await shop.sign_in("anna")
    await expect(shop.page.locator("loyalty-balance [part=points]")).to_have_text(re.compile("балл"), timeout=SLOW)
    await expect(shop.page.locator("loyalty-earn").first).to_have_text(re.compile(r"^Начислим \d+ балл"), timeout=SLOW)
    assert (await shop.overflow(), await shop.barriers()) == (0, [])


async def test_all_products_of_a_page_are_asked_for_at_once(open_page: OpenPage) -> None:
    shop = await open_page()
    await expect(shop.page.locator("loyalty-earn[shown]")).to_have_count(6, timeout=SLOW)
    asked: list[int] = []

    def note(request: Request) -> None:
        body = request.post_data_json if request.method == "POST" and request.url.endswith("/graphql/") else None
        if body and "products" in body["variables"]:
            asked.append(len(body["variables"]["products"]))

    shop.page.on("request", note)
    await shop.page.evaluate("for (const one of document.querySelectorAll('loyalty-earn')) one.refresh()")
    await shop.page.wait_for_timeout(300)
    assert asked == [6]


async def test_without_the_app_its_elements_are_not_there_and_the_shop_sells_on(
    open_page: OpenPage, place: Place
) -> None:
    shop = await open_page(forgives=NO_APP)
    await shop.sign_in("boris")
    await expect_earned(shop, "Mug", "Earn 15 points")

    async def away(route: Route) -> None:
        await route.abort("connectionrefused")

    app = f"http://localhost:{place.port(APP_OFFSET)}/**"
    await shop.page.route(app, away)
    order = await shop.buy("Backpack")
    await shop.do("pay", order)
    await expect(shop.page.locator("loyalty-earn[shown], loyalty-balance[shown]")).to_have_count(0, timeout=SLOW)
    await shop.page.unroute(app)
    await shop.sign_in("anna")
    await expect_earned(shop, "Mug", "Earn 15 points")


async def test_the_how_tos_page_works_as_it_stands(browser: Browser, demo: Town, place: Place) -> None:
    # given
    counter = demo.street.counter("first")
    lamp = next(good for good in counter.showroom.goods if good.variant.product.name == "Desk lamp")
    [written] = re.findall(r"```html\n(<script type=\"module\">.*?)```", HOW_TO.read_text(), re.DOTALL)
    for example, real in (
        ("https://crm.example", place.app_url),
        ("https://shop.example/graphql/", counter.shop.api_url),
        ("accessToken()", repr(counter.shop.tokens.access(counter.person("anna")))),
        ("UHJvZHVjdDox", lamp.variant.product.id),
    ):
        written = written.replace(example, real)
    # when: on a page of an allowed origin, whose policy lets scripts stand in it
    async with await browser.new_context(bypass_csp=True) as context:
        page = await context.new_page()
        await page.goto(demo.page_url)
        await page.set_content(written)
        # then
        await expect(page.locator("loyalty-earn")).to_have_text("Earn 60 points", timeout=SLOW)
        await expect(page.locator("loyalty-balance")).to_contain_text("points", timeout=SLOW)


async def test_offers_have_their_place_once_the_app_serves_them(open_page: OpenPage) -> None:
    shop = await open_page()
    await expect(shop.page.locator("loyalty-earn[shown]").first).to_be_visible(timeout=SLOW)
    app = await shop.page.evaluate("fetch('/api/shop?shop=first').then((one) => one.json()).then((one) => one.appUrl)")
    url = f"{app}/widget/v1/loyalty.json"
    served = await shop.page.evaluate("(url) => fetch(url).then((one) => one.json()).then((one) => one.elements)", url)
    place = shop.page.locator("loyalty-offers[placement=home]")
    await expect(place).to_have_count(int("loyalty-offers" in served))


async def test_offers_are_the_apps_and_taking_one_brings_its_code(open_page: OpenPage) -> None:
    # given
    shop = await open_page()
    await shop.sign_in("boris")
    offers = shop.page.locator("loyalty-offers")
    discount = offers.get_by_role("listitem").filter(has_text="10 % off your next order")
    await expect(discount).to_contain_text("Good for orders from 20.00 USD on.", timeout=SLOW)
    # when
    await discount.get_by_role("button", name="Get it").click()
    # then
    await expect(discount.locator("[part=code]")).to_have_text(re.compile(r"^R-\w{4}-\w{4}-\w{4}$"), timeout=SLOW)
    await shop.sign_in("")
    await shop.sign_in("boris")
    await expect(offers.get_by_role("listitem").first).to_be_visible(timeout=SLOW)
    await expect(discount).to_have_count(0)


async def test_what_a_customer_hides_is_gone_for_them_alone(open_page: OpenPage) -> None:
    shop = await open_page(language="ru")
    await shop.sign_in("clara")
    discount = shop.page.locator("loyalty-offers").get_by_role("listitem").filter(has_text="Скидка 10 %")
    await discount.get_by_role("button", name="Скрыть").click(timeout=SLOW)
    await expect(discount).to_have_count(0, timeout=SLOW)
    await shop.sign_in("anna")
    await expect(discount).to_be_visible(timeout=SLOW)
    await shop.sign_in("clara")
    await expect(discount).to_have_count(0, timeout=SLOW)


async def test_guests_are_shown_what_is_for_everybody_and_asked_nothing(open_page: OpenPage) -> None:
    shop = await open_page()
    await shop.sign_in("")
    offers = shop.page.locator("loyalty-offers")
    await expect(offers.get_by_role("listitem")).to_have_count(1, timeout=SLOW)
    await expect(offers).to_contain_text("Sign in first")
    await expect(offers.get_by_role("button")).to_have_count(0)
