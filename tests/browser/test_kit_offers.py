"""<loyalty-offers> in a real browser, under the strictest policy: shown, seen, taken, hidden, and quiet in trouble.

Behind it is an API that tells at will what an app seldom does (`offers_api.py`); `test_kit.py` asks the real one.
"""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.offers_api import offer
from tests.browser.stage import TOKEN, Stage, stage_in

HOME = "loyalty-offers|placement=home"
FULL = {
    "title": "Ten off lamps",
    "description": "For your next lamp.",
    "validUntil": "2026-12-01T00:00:00+00:00",
    "terms": "Once for each customer.",
    "reasons": [{"code": "BOUGHT", "text": "You bought a lamp in May"}],
    "missing": [{"code": "MIN_SPENT", "text": "7.40 EUR more"}],
    "canAccept": True,
}


@pytest.fixture
async def stage(browser: Browser) -> AsyncIterator[Stage]:
    async with stage_in(browser, viewport=DESK) as stage:
        yield stage


async def texts(stage: Stage, selector: str = "h3, p:not(:empty):not([role])") -> list[str]:
    return await stage.page.locator("loyalty-offers").locator(selector).all_inner_texts()


async def test_an_offer_is_shown_with_all_that_is_told_of_it(stage: Stage) -> None:
    stage.api.offers = [offer(1, **FULL)]
    await stage.shows(HOME)
    await expect(stage.page.get_by_role("region", name="Offers for you")).to_be_visible()
    assert await texts(stage) == [
        "Ten off lamps",
        "For your next lamp.",
        "You bought a lamp in May",
        "7.40 EUR more",
        "Until Dec 1, 2026",
        "Once for each customer.",
    ]
    assert stage.api.asked == [
        {"channel": "default-channel", "placement": "home", "cart": None, "first": 5, "languageCode": "EN"}
    ]


async def test_it_speaks_russian(stage: Stage) -> None:
    stage.api.offers = [offer(1, title="Скидка", canAccept=True, code="R-1")]
    await stage.shows(f"{HOME}|language=ru")
    section = stage.page.get_by_role("region", name="Предложения для вас")
    await expect(section).to_have_attribute("lang", "ru")
    assert await texts(stage, "button") == ["Получить", "Скрыть", "Не для меня"]
    assert await texts(stage, "[part=code-line]") == ["Ваш код: R-1"]
    assert stage.api.asked[0]["languageCode"] == "RU"


async def test_the_token_travels_in_its_header_alone(stage: Stage) -> None:
    stage.api.offers = [offer(1)]
    await stage.shows(HOME)
    await expect(stage.page.get_by_role("heading")).to_be_visible()
    [headers] = stage.api.headers[:1]
    assert (headers["authorization"], headers["saleor-api-url"]) == (f"Bearer {TOKEN}", "https://shop.example/graphql/")
    assert TOKEN not in headers["url"]
    assert "cookie" not in headers
    kept = "[document.cookie, {...localStorage}, {...sessionStorage}, location.href, document.body.innerHTML]"
    assert TOKEN not in await stage.page.evaluate(f"JSON.stringify({kept})")


async def test_guests_are_asked_for_without_a_token(stage: Stage) -> None:
    stage.api.offers = [offer(1)]
    await stage.shows(HOME, token=None)
    await expect(stage.page.get_by_role("heading")).to_be_visible()
    assert "authorization" not in stage.api.headers[0]


async def test_an_element_has_its_own_token_and_cart_also_from_before_the_kit_was_there(stage: Stage) -> None:
    stage.api.offers = [offer(1)]
    await stage.page.evaluate(
        """() => {
          const early = document.createElement("loyalty-offers");
          Object.assign(early, { token: async () => "her own", cart: { productIds: ["UHJvZHVjdDox"] } });
          document.body.append(early);
        }"""
    )
    await stage.shows()
    await expect(stage.page.get_by_role("heading")).to_be_visible()
    assert stage.api.headers[-1]["authorization"] == "Bearer her own"
    assert stage.api.asked[-1]["cart"] == {"productIds": ["UHJvZHVjdDox"], "amount": None}


async def test_accepting_brings_the_code_once(stage: Stage) -> None:
    # given
    stage.api.offers = [offer(1, **FULL)]
    await stage.shows(HOME)
    # when
    await stage.page.get_by_role("button", name="Get it: Ten off lamps").dblclick()
    # then
    await expect(stage.page.locator("code")).to_have_text("R-1234")
    await expect(stage.page.get_by_role("status")).to_have_text("It is yours: Ten off lamps")
    await expect(stage.page.get_by_role("button", name="Get it")).to_have_count(0)
    [told] = stage.api.told("accept")
    assert len(told.pop("idempotencyKey")) == 32
    assert told == {"channel": "default-channel", "offerId": "offer 1", "decisionId": "decision 1"}
    assert ["accepted", "offer 1"] in await stage.heard()


async def test_a_refusal_is_said_in_its_words_and_trying_again_is_the_same_request(stage: Stage) -> None:
    stage.api.offers = [offer(1, **FULL)]
    stage.api.refusal = "This offer has ended."
    await stage.shows(HOME)
    button = stage.page.get_by_role("button", name="Get it")
    for _ in range(2):
        await button.click()
        await expect(stage.page.get_by_role("status")).to_have_text("This offer has ended.")
        await expect(button).not_to_have_attribute("aria-disabled", "true")
    assert await texts(stage, "[part=trouble]") == ["This offer has ended."]
    assert len({one["idempotencyKey"] for one in stage.api.told("accept")}) == 1
    assert len(stage.api.told("accept")) == 2


async def test_hiding_by_keyboard_goes_on_to_the_next(stage: Stage) -> None:
    stage.api.offers = [offer(1), offer(2)]
    await stage.shows(HOME)
    for first, focused in (("Offer 1", "H3"), ("Offer 2", "UL")):
        await stage.page.get_by_role("button", name=f"Hide: {first}").focus()
        await stage.page.keyboard.press("Enter")
        await expect(stage.page.get_by_role("status")).to_have_text(f"Hidden: {first}")
        assert await stage.page.evaluate("document.activeElement.shadowRoot.activeElement.tagName") == focused
    assert [one["offerId"] for one in stage.api.told("dismiss")] == ["offer 1", "offer 2"]
    assert await texts(stage) == []
    assert [one for one in await stage.heard() if one[0] == "dismissed"] == [
        ["dismissed", "offer 1"],
        ["dismissed", "offer 2"],
    ]


async def test_what_is_not_for_one_is_told_and_goes(stage: Stage) -> None:
    stage.api.offers = [offer(1), offer(2)]
    await stage.shows(HOME)
    await stage.page.get_by_role("button", name="Not for me: Offer 1").click()
    await expect(stage.page.get_by_role("heading")).to_have_text(["Offer 2"])
    assert [one["offerId"] for one in feedback(stage, "NOT_FOR_ME")] == ["offer 1"]
    assert ["not-for-me", "offer 1"] in await stage.heard()


async def test_each_offer_is_seen_once_when_half_of_it_is_in_sight(stage: Stage) -> None:
    # given: all but the first lie below the fold
    stage.api.offers = [offer(number) for number in range(1, 4)]
    await stage.page.evaluate(
        """() => { const tall = new CSSStyleSheet(); tall.replaceSync(
          'loyalty-offers { --loyalty-gap: 500px }'); document.adoptedStyleSheets = [tall]; }"""
    )
    await stage.shows(HOME)
    await expect(stage.page.get_by_role("heading").first).to_be_visible()
    # when
    for number in (1, 2, 3, 1, 2, 3):
        await stage.page.get_by_role("heading", name=f"Offer {number}").scroll_into_view_if_needed()
        await stage.page.wait_for_timeout(150)
    await stage.page.evaluate("document.querySelector('loyalty-offers').refresh()")
    await stage.page.wait_for_timeout(300)
    # then
    assert sorted(one["offerId"] for one in feedback(stage, "SEEN")) == ["offer 1", "offer 2", "offer 3"]


async def test_what_is_below_the_fold_is_not_seen(stage: Stage) -> None:
    stage.api.offers = [offer(1)]
    await stage.page.evaluate(
        """() => { const tall = new CSSStyleSheet(); tall.replaceSync('main { height: 3000px }');
          document.adoptedStyleSheets = [tall]; }"""
    )
    await stage.shows(HOME)
    await expect(stage.page.get_by_role("heading")).to_be_attached()
    await stage.page.wait_for_timeout(300)
    assert feedback(stage, "SEEN") == []


async def test_a_click_on_its_link_is_told(stage: Stage) -> None:
    stage.api.offers = [offer(1, link="/#lamps")]
    await stage.shows(HOME)
    await stage.page.get_by_role("link", name="Look: Offer 1").click()
    await expect(stage.page).to_have_url(re.compile(r"/#lamps$"))
    assert [one["offerId"] for one in feedback(stage, "CLICKED")] == ["offer 1"]


async def test_foreign_text_stays_text_and_foreign_addresses_are_of_the_web(stage: Stage) -> None:
    evil = "<img src=x onerror=alert(1)>"
    hidden = {"link": "javascript:alert(1)", "picture": "javascript:alert(1)"}
    stage.api.offers = [offer(1, title=evil, description=evil, code=evil, **hidden), offer(2, link="data:text/html,x")]
    await stage.shows(HOME)
    await expect(stage.page.get_by_role("heading").first).to_have_text(evil)
    assert await stage.page.locator("loyalty-offers").locator("img, a").count() == 0


@pytest.mark.parametrize("offers", [[], [offer(1, id=None)]], ids=["none", "an error inside"])
async def test_nothing_is_shown_where_nothing_is_told(stage: Stage, offers: list[dict[str, Any]]) -> None:
    stage.api.offers = offers
    async with stage.page.expect_response("**/graphql/"):
        await stage.shows(HOME)
    await stage.page.wait_for_timeout(100)
    assert await stage.page.locator("loyalty-offers").evaluate("one => one.getBoundingClientRect().height") == 0


async def test_an_app_that_is_away_leaves_the_page_as_it_is(browser: Browser) -> None:
    async with stage_in(browser, viewport=DESK, forgives=("Failed to load resource",)) as stage:
        stage.api.offers = [offer(1)]
        await stage.shows(HOME)
        await expect(stage.page.get_by_role("heading")).to_be_visible()
        await stage.page.route("**/graphql/", lambda route: route.abort())
        await stage.page.evaluate("document.querySelector('loyalty-offers').refresh()")
        await expect(stage.page.get_by_role("heading")).to_have_count(0)
        assert await stage.page.locator("loyalty-offers").is_hidden()


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_no_barriers_and_nothing_wider_than_a_phone(browser: Browser, language: str) -> None:
    async with stage_in(browser, viewport=PHONE) as stage:
        stage.api.offers = [offer(1, link="/", code="R" * 40, **FULL), offer(2, **FULL)]
        await stage.shows(f"{HOME}|language={language}")
        await expect(stage.page.get_by_role("heading").first).to_be_visible()
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await stage.page.evaluate(wide) == 0
        found: dict[str, Any] = (await Axe().run(stage.page)).response
        assert [one["id"] for one in found["violations"] if one["impact"] in {"serious", "critical"}] == []


def feedback(stage: Stage, kind: str) -> list[dict[str, Any]]:
    return [one for one in stage.api.told("feedback") if one["feedback"] == kind]
