"""The page for every reader: in Russian, on a phone, by keyboard alone, with assistive tools, and without the app."""

import pytest
from playwright.async_api import Route, expect

from saleor_crm_app.cli.demo_app import APP_OFFSET, Place
from tests.browser.conftest import PHONE, OpenPage

NO_APP = ("Failed to load resource: net::ERR_CONNECTION_REFUSED",)


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_nothing_is_wider_than_a_phone(open_page: OpenPage, language: str) -> None:
    shop = await open_page(language=language, viewport=PHONE)
    await shop.sign_in("boris")
    order = await shop.buy_first()
    await shop.do("pay", order)
    for part in await shop.page.locator(".delivery summary").all():
        await part.click()
    assert await shop.overflow() == 0


async def test_it_speaks_russian(open_page: OpenPage) -> None:
    shop = await open_page(language="ru")
    await expect(shop.page.locator("#ribbon")).to_contain_text("Учебный магазин")
    await expect(shop.page.locator("html")).to_have_attribute("lang", "ru")
    found = await shop.page.evaluate(
        "import('/static/words.js').then(({Words}) => [1, 2, 5, 21, 112].map(n => new Words('ru').count('points', n)))"
    )
    assert found == ["1 балл", "2 балла", "5 баллов", "21 балл", "112 баллов"]
    await shop.page.click('[data-key="language en"]')
    await expect(shop.page.locator("#ribbon")).to_contain_text("Simulated shop")


async def test_no_word_is_missing_in_either_language(open_page: OpenPage) -> None:
    shop = await open_page()
    names: list[list[str]] = await shop.page.evaluate(
        """import('/static/words.js').then(({ALL}) => {
          const isGroup = (value, path) => typeof value === 'object' && path[0] !== 'plurals';
          const names = (part, path) => Object.entries(part).flatMap(([key, value]) =>
            isGroup(value, path) ? names(value, [...path, key]) : [[...path, key].join('.')]);
          return ['en', 'ru'].map(language => names(ALL[language], []).sort());
        })"""
    )
    assert (names[0] == names[1], len(names[0]) > 80) == (True, True)


async def test_one_can_buy_by_keyboard_alone(open_page: OpenPage) -> None:
    shop = await open_page()
    await shop.tab_to("person boris")
    await shop.page.keyboard.press("Enter")
    await shop.idle()
    before = await shop.points()
    await shop.tab_to("add ")
    await shop.page.keyboard.press("Enter")
    await shop.tab_to("buy")
    await shop.page.keyboard.press("Enter")
    await shop.idle()
    await shop.tab_to("pay ")
    await shop.page.keyboard.press("Space")
    await shop.idle()
    await shop.expect_points(before, pending=60)


async def test_guests_and_newcomers_are_told_how_to_begin(open_page: OpenPage) -> None:
    shop = await open_page()
    await shop.sign_in("clara")
    await expect(shop.page.locator("#points")).to_contain_text("No points yet")
    await shop.sign_in("")
    await expect(shop.page.locator("#points")).to_contain_text("Guests collect no points")
    order = await shop.buy("Mug")
    await shop.do("pay", order)
    assert not await shop.shows_points()


@pytest.mark.parametrize("dark", [False, True])
async def test_assistive_tools_find_their_way(open_page: OpenPage, *, dark: bool) -> None:
    shop = await open_page(dark=dark)
    await shop.sign_in("boris")
    order = await shop.buy("Mug")
    await shop.do("pay", order)
    assert await shop.barriers() == []


async def test_the_shop_sells_on_while_the_app_is_away(open_page: OpenPage, place: Place) -> None:
    shop = await open_page(forgives=NO_APP)
    await shop.sign_in("boris")
    before = await shop.points()

    async def away(route: Route) -> None:
        await route.abort("connectionrefused")

    app = f"http://localhost:{place.port(APP_OFFSET)}/**"
    await shop.page.route(app, away)
    order = await shop.buy("Notebook")
    await shop.do("pay", order)
    await expect(shop.page.locator("#points")).to_contain_text("Points are not available right now")
    assert await shop.points() == before
    await shop.page.unroute(app)
    await shop.expect_points(before, pending=12)


async def test_the_page_stays_readable_when_the_demo_has_ended(open_page: OpenPage) -> None:
    shop = await open_page(forgives=NO_APP)
    await shop.sign_in("boris")
    before = await shop.points()

    async def away(route: Route) -> None:
        await route.abort("connectionrefused")

    await shop.page.route("**/api/**", away)
    await expect(shop.page.locator("#notices")).to_contain_text("The demo has ended", timeout=20_000)
    assert await shop.points() == before
    assert await shop.page.locator("#goods button:not(:disabled), #lab button:not(:disabled)").count() == 0
    await shop.page.unroute("**/api/**")
    await expect(shop.page.locator("#notices")).to_be_empty(timeout=20_000)
