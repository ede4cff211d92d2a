"""Rewards in a real browser: what can be had, a code claimed, used and replaced, and points that pay."""

import re

from playwright.async_api import expect

from tests.browser.conftest import PHONE, OpenPage
from tests.browser.shop_page import SLOW
from tests.demo_town import Opened

FREE = "[data-reward=FREE_SHIPPING]"


async def test_a_claimed_code_is_used_and_replaced_when_its_order_is_canceled(open_page: OpenPage) -> None:
    shop = await open_page()
    page = shop.page
    await shop.sign_in("anna")
    before = await shop.points()
    assert 140 <= before["available"] < 300  # the first reward at once, for the others she sees what lacks
    await expect(page.locator("[data-reward] .lacks").first).to_have_text(f"{300 - before['available']} points more")
    await expect(page.locator("[data-reward]")).to_have_count(6)

    await shop.claim("FREE_SHIPPING")
    await shop.expect_points(before, available=-140, spent=140)
    await expect(shop.fresh_lines()).to_have_text(["-140"])
    await shop.expect_coupons("ISSUED")
    code = await shop.code()
    await expect(page.locator("#notices")).to_have_text(f"Free shipping is yours: {code}")
    await expect(page.locator(f"{FREE} button")).to_have_count(0)

    await shop.put("Desk lamp")
    await shop.expect_total("$70.00")
    await shop.use_code()
    await shop.expect_total("$60.00")
    await expect(page.locator("#notices")).to_have_text("Free shipping: the shop now asks for $60.00.")
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert await shop.barriers() == []
    order = await shop.check_out()
    await expect(page.locator(f'[data-order="{order}"]')).to_contain_text("$60.00 of $60.00 paid")
    await expect(page.locator(f'[data-order="{order}"] code')).to_have_text(code)
    await shop.expect_coupons("USED")

    await shop.do("cancel", order)
    await shop.expect_coupons("ISSUED", "REVOKED")
    assert await shop.code() != code
    await shop.put("Vase")
    await shop.use_code()
    await shop.expect_total("$40.00")
    await shop.check_out()
    await shop.expect_coupons("USED", "REVOKED")
    await shop.expect_points(before, available=-140, spent=140, pending=40)


async def test_points_pay_their_part_in_russian_on_a_phone(open_page: OpenPage) -> None:
    shop = await open_page(language="ru", viewport=PHONE)
    page = shop.page
    await shop.sign_in("boris")
    await expect(page.locator("#rewards h2")).to_have_text("Награды")
    await expect(page.locator(f"{FREE} .name")).to_have_text("Бесплатная доставка")
    await expect(page.locator("[data-reward=CUSTOM] .lacks")).to_have_text(re.compile(r"^Ещё \d+ балл"))
    await page.locator(".good button").first.click()
    await shop.press('[data-key="pay points"]')
    await expect(page.locator("#notices")).to_have_text(re.compile("^Часть оплатят баллы: осталось 6[78],"))
    await expect(page.locator("#held")).to_have_text(re.compile(r"^отложено для заказа: \d+ балл"))
    assert await shop.overflow() == 0
    await shop.press('[data-key="keep points"]')
    await expect(page.locator("#total")).to_have_text(re.compile("^70,00"))
    await expect(page.locator("#held")).to_have_count(0)
    await shop.press('[data-key="pay points"]')
    order = await shop.check_out()
    await expect(page.locator(f'[data-order="{order}"]')).to_contain_text("баллами или картой")
    await expect(page.locator("#held")).to_have_count(0, timeout=3 * SLOW)  # once the app has asked the shop
    await expect(page.locator("[data-points=spent]")).not_to_have_text("0")


async def test_guests_and_newcomers_see_no_codes(open_page: OpenPage) -> None:
    shop = await open_page()
    await shop.sign_in("clara")
    await expect(shop.page.locator("[data-reward] .lacks").first).to_have_text("140 points more")
    await expect(shop.page.locator("[data-reward] button, [data-coupon]")).to_have_count(0)
    await shop.sign_in("")
    await expect(shop.page.locator("#rewards")).to_be_empty()


def test_the_app_has_no_objection_to_the_demos_ladder(opened: Opened) -> None:
    assert opened.advice == []
