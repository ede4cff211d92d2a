"""Trouble switched on in a real browser: what one sees, and that the points end right to the unit."""

from playwright.async_api import expect

from saleor_crm_app.cli.demo_town import Town
from tests.browser.conftest import OpenPage


async def test_every_webhook_twice_earns_once(open_page: OpenPage) -> None:
    shop = await open_page()
    await shop.sign_in("boris")
    before = await shop.points()
    order = await shop.buy("Desk lamp")
    await shop.switch("duplicate", on=True)
    await shop.do("pay", order)
    await shop.expect_points(before, pending=60)
    await expect(shop.fresh_lines()).to_have_text(["+60"])
    assert {answers for _, answers in await shop.deliveries()} == {("200", "200")}


async def test_webhooks_in_any_order_earn_the_same(open_page: OpenPage) -> None:
    shop = await open_page()
    await shop.sign_in("boris")
    before = await shop.points()
    await shop.switch("reorder", on=True)
    order = await shop.buy("Desk lamp", "Mug")
    await shop.do("pay", order)
    await shop.do("fulfill", order)
    await shop.do("refund_all", order)
    await shop.expect_points(before)


async def test_lost_webhooks_are_missed_until_both_are_compared(open_page: OpenPage) -> None:
    shop = await open_page()
    await shop.sign_in("boris")
    before = await shop.points()
    order = await shop.buy("Backpack")
    await shop.switch("isDown", on=True)  # so that the app cannot find out by itself
    await shop.switch("drop", on=True)
    await shop.do("pay", order)
    await shop.expect_points(before)
    assert {answers for _, answers in await shop.deliveries()} == {("lost on the way",)}
    await expect(shop.page.locator("#no-lines")).to_be_visible()
    await shop.switch("drop", on=False)
    await shop.switch("isDown", on=False)
    await shop.press('[data-key="reconcile"]')
    await shop.expect_points(before, pending=85)


async def test_a_wrong_signature_is_refused_in_sight(open_page: OpenPage) -> None:
    shop = await open_page()
    await shop.sign_in("boris")
    before = await shop.points()
    order = await shop.buy("Desk lamp")
    await shop.switch("isDown", on=True)
    await shop.switch("badSignature", on=True)
    await shop.do("pay", order)
    await shop.expect_points(before)
    assert {answers for _, answers in await shop.deliveries()} == {("wrong signature", "401")}
    await shop.switch("badSignature", on=False)
    await shop.switch("isDown", on=False)
    await shop.press('[data-key="reconcile"]')
    await shop.expect_points(before, pending=60)


async def test_points_move_while_saleors_api_is_down(open_page: OpenPage) -> None:
    shop = await open_page(forgives=("Failed to load resource: the server responded with a status of 503",))
    await shop.sign_in("boris")
    before = await shop.points()
    order = await shop.buy("Mug")
    await shop.switch("isDown", on=True)
    await shop.do("pay", order)
    await shop.expect_points(before, pending=15)
    await shop.press('[data-key="reconcile"]')
    await expect(shop.page.locator("#notices")).to_contain_text("That did not work")


async def test_hostile_names_are_only_text(open_page: OpenPage, demo: Town) -> None:
    counter = demo.street.counter("first")
    lamp, anna = counter.showroom.goods[0].variant.product, counter.showroom.people["anna"]
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    known = lamp.name, anna.first_name
    lamp.name = anna.first_name = hostile
    try:
        shop = await open_page()
        await expect(shop.page.locator(".good .name").first).to_have_text(hostile)
        await expect(shop.page.locator('[data-choice="person anna"]')).to_have_text(hostile)
        assert await shop.page.locator(".columns img, .columns script").count() == 0
    finally:
        lamp.name, anna.first_name = known
