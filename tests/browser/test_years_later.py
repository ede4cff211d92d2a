"""Years later, by the slider: points have lapsed where they are shown; last, since nothing is as it was afterwards."""

import re

from playwright.async_api import expect

from saleor_crm_app.cli.demo_app import Place, RunningApp
from saleor_crm_app.cli.demo_operator import operating
from saleor_crm_app.cli.demo_town import Town
from saleor_crm_app.demo.orders import DEFAULT_CHANNEL
from tests.browser.conftest import OpenPage


async def test_400_days_later_points_have_lapsed_and_tiers_are_lost_and_the_page_says_so(
    open_page: OpenPage, demo: Town, place: Place, demo_app: RunningApp
) -> None:
    async with operating(place, demo_app) as operator:
        await operator.open_tiers(demo.street.counter("first").shop.api_url, channel=DEFAULT_CHANNEL)
    shop = await open_page()
    await shop.sign_in("anna")
    order = await shop.buy("Desk lamp", "Vase")
    await shop.do("pay", order)
    await shop.do("fulfill", order)
    before = await shop.points()
    await expect(shop.page.locator("[data-tier]")).to_have_text(re.compile("^Tier: (Silver|Gold), kept until .*20"))

    await shop.page.locator("#days").fill("400")
    await expect(shop.page.locator("#days-out")).to_have_text("400 days")
    await shop.press('[data-key="go"]')

    await expect(shop.page.locator("[data-tier]")).to_have_text("Tier: none yet")
    after = await shop.points()
    assert (after["available"], after["spent"], after["deficit"]) == (0, before["spent"], 0)
    lapsed = before["available"] + before["pending"] - after["pending"]
    assert after["expired"] == before["expired"] + lapsed
    expired = shop.fresh_lines()
    assert sum(-int(text.replace("\u2212", "-").replace(",", "")) for text in await expired.all_inner_texts()) == lapsed
    await expect(shop.page.locator("#fresh-lines .entry strong").first).to_have_text("Expired")
