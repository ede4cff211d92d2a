"""Two shops with the same customers and ids, side by side: what happens in one is not seen in the other."""

from playwright.async_api import expect

from saleor_crm_app.cli.demo_town import Town
from tests.browser.conftest import OpenPage


async def test_nothing_leaks_between_shops_of_equal_ids(open_page: OpenPage, demo: Town) -> None:
    shop = await open_page()
    await shop.sign_in("anna")
    here = await shop.points()
    await shop.press('[data-key="second"]')
    first, second = (demo.street.counter(key) for key in ("first", "second"))
    assert first.showroom.people["anna"].id == second.showroom.people["anna"].id
    await expect(shop.page.locator('[data-shop="second"]')).to_contain_text("Available 0, Pending 60")
    await shop.expect_points(here)

    await shop.enter("second")
    there = await shop.points()
    assert there == {"available": 0, "pending": 60, "spent": 0, "expired": 0, "deficit": 0}
    order = await shop.buy("Vase")
    await shop.do("pay", order)
    await shop.do("fulfill", order)
    await shop.expect_points(there, pending=40)
    await shop.press('[data-key="plus14"]')
    await shop.expect_points(there, available=40)
    await shop.press('[data-key="plusYear"]')
    await shop.expect_points(there, expired=40)
    await shop.enter("first")
    await shop.expect_points(here)
