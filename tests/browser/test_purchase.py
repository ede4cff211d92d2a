"""The demo's story in a real browser: buy, pay, receive, wait, get money back; and its pictures for the README."""

import json
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import IMAGES, OpenPage

LARGEST_PICTURE = 150_000


async def test_points_come_and_go_before_ones_eyes(open_page: OpenPage, images: Path) -> None:
    shop = await open_page()
    await shop.sign_in("anna")
    before = await shop.points()

    order = await shop.buy("Desk lamp", "Vase")
    await shop.expect_points(before)
    await shop.do("pay", order)
    await shop.expect_points(before, pending=100)
    await expect(shop.fresh_lines()).to_have_text(["+100"])
    assert [event for event, _ in await shop.deliveries()] == ["ORDER_PAID", "ORDER_FULLY_PAID", "ORDER_UPDATED"]
    assert {answers for _, answers in await shop.deliveries()} == {("200",)}
    await shop.page.locator(".delivery").first.get_by_text("Signature and headers").click()
    await shop.picture(images / "demo-light.png")

    await shop.do("fulfill", order)
    await shop.expect_points(before, pending=100)
    await shop.press('[data-key="plus14"]')
    await shop.expect_points(before, available=100)
    await shop.do("refund_some", order)
    await shop.expect_points(before, available=90)
    await expect(shop.fresh_lines()).to_have_text(["-10"])
    await shop.do("refund_all", order)
    await shop.expect_points(before)
    await expect(shop.fresh_lines()).to_have_text(["-90"])


async def test_the_drawer_shows_signature_and_body(open_page: OpenPage) -> None:
    shop = await open_page()
    await shop.sign_in("boris")
    order = await shop.buy("Mug")
    await shop.do("pay", order)
    delivery = shop.page.locator('.delivery[data-event="ORDER_PAID"]')
    await delivery.get_by_text("Signature and headers").click()
    await delivery.get_by_text("Body").click()
    head, empty, tail = (
        (await delivery.locator(".signature").inner_text()).rpartition("Saleor-Signature: ")[2].split(".")
    )
    assert (head[:2], empty, len(tail) > 300) == ("ey", "", True)
    body = json.loads(await delivery.locator(".body").inner_text())
    assert (body["__typename"], body["order"]["number"]) == ("OrderPaid", order)


async def test_a_deposit_earns_its_part(open_page: OpenPage) -> None:
    shop = await open_page()
    await shop.sign_in("boris")
    before = await shop.points()
    order = await shop.buy("Desk lamp", "Vase")
    await shop.do("deposit", order)
    await shop.expect_points(before, pending=50)
    await shop.do("pay", order)
    await shop.expect_points(before, pending=100)
    await shop.do("cancel", order)
    await shop.expect_points(before)


async def test_a_returned_piece_takes_its_points_along(open_page: OpenPage) -> None:
    shop = await open_page()
    await shop.sign_in("boris")
    before = await shop.points()
    order = await shop.buy("Desk lamp", "Vase")
    await shop.do("pay", order)
    await shop.do("fulfill", order)
    await shop.press(f'[data-order="{order}"] [data-deed=return_line]:has-text("Vase")')
    await shop.expect_points(before, pending=60)


@pytest.mark.parametrize("deed", ["pay", "refund_some"])
async def test_a_double_click_is_one_effect(open_page: OpenPage, deed: str) -> None:
    shop = await open_page()
    await shop.sign_in("boris")
    before = await shop.points()
    order = await shop.buy("Desk lamp")
    if deed != "pay":
        await shop.do("pay", order)
    await shop.double_click(f'[data-order="{order}"] [data-deed={deed}]')
    assert len(await shop.page.locator(f'[data-order="{order}"] [data-deed=fulfill]').all()) == 1
    # lamp 60, shipping 10; a plain refund of 10 is spread over both: floor(60 × 60 / 70)
    await shop.expect_points(before, pending=60 if deed == "pay" else 51)


async def test_dark_looks_right_too(open_page: OpenPage, images: Path) -> None:
    shop = await open_page(dark=True)
    await shop.sign_in("anna")
    order = await shop.buy("Teapot")
    await shop.do("pay", order)
    await shop.picture(images / "demo-dark.png")
    assert await shop.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(32, 34, 45)"


def test_the_readmes_pictures_are_there_and_small() -> None:
    pictures = {path.name: path.read_bytes() for path in IMAGES.glob("demo-*.png")}
    assert set(pictures) == {"demo-dark.png", "demo-light.png"}
    assert {int.from_bytes(content[16:20], "big") for content in pictures.values()} == {1280}
    assert max(len(content) for content in pictures.values()) <= LARGEST_PICTURE
