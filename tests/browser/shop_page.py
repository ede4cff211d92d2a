"""The demo's page as a test uses it: what one can press and read, and a watch over what it must not do."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import ConsoleMessage, Locator, Page, Route, expect

BUCKETS: Final = ("available", "pending", "spent", "expired", "deficit")
SLOW: Final = 20_000.0
"""Milliseconds that a busy machine may need for what usually takes one second."""

REPORT_VIOLATIONS: Final = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`));
"""

Points = dict[str, int]


@dataclass(kw_only=True)
class Watch:
    """Collects what must not happen; `forgives` are beginnings of console lines that a test provokes itself."""

    forgives: tuple[str, ...] = ()
    outside: list[str] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)

    async def over(self, page: Page, origins: set[str]) -> None:
        """Let a page reach `origins` only, and listen to it."""

        async def judge(route: Route) -> None:
            parts = urlsplit(route.request.url)
            if parts.scheme == "data" or f"{parts.scheme}://{parts.netloc}" in origins:
                await route.fallback()
            else:
                self.outside.append(route.request.url)
                await route.abort()

        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.spoken.append(f"uncaught: {error}"))
        await page.context.route("**/*", judge)
        await page.add_init_script(REPORT_VIOLATIONS)

    def demand_silence(self) -> None:
        assert (self.outside, self.spoken) == ([], [])

    def _hear(self, message: ConsoleMessage) -> None:
        if not message.text.startswith(self.forgives or ("\0",)):
            self.spoken.append(f"{message.type}: {message.text}")


@dataclass(frozen=True)
class ShopPage:
    """The page, by what is on it."""

    page: Page

    async def idle(self) -> None:
        """Wait until the page says that it has caught up with the app."""
        await expect(self.page.locator("main")).to_have_attribute("aria-busy", "false", timeout=SLOW)

    async def sign_in(self, key: str) -> None:
        """As one of the people, or as a guest with an empty key."""
        await self.page.click(f'[data-choice="person {key}"]')
        await self.idle()

    async def enter(self, key: str) -> None:
        """Look at another shop."""
        await self.page.click(f'[data-choice="shop {key}"]')
        await self.idle()

    async def shows_points(self) -> bool:
        """Whether there is a badge: guests and newcomers have none."""
        return await self.page.locator("[data-points]").count() > 0

    async def points(self) -> Points:
        """The badge's numbers; it fails where there is none."""
        texts = {name: await self.page.inner_text(f"[data-points={name}]") for name in BUCKETS}
        return {name: int(text.replace(",", "").replace("\u00a0", "")) for name, text in texts.items()}

    async def expect_points(self, before: Points, **changes: int) -> None:
        """Wait for `before` with changes, e.g. `pending=+100`."""
        for name in BUCKETS:
            wanted = before[name] + changes.get(name, 0)
            await expect(self.page.locator(f"[data-points={name}]")).to_have_text(f"{wanted:,}", timeout=SLOW)

    async def buy(self, *goods: str) -> str:
        """Put goods into the cart and buy them; returns the order's number."""
        await self.put(*goods)
        return await self._bought()

    async def buy_first(self) -> str:
        """Buy the first thing on the shelf, in any language."""
        await self.page.locator(".good button").first.click()
        return await self._bought()

    async def tab_to(self, key: str) -> None:
        """Press Tab until what has this key, or one that begins so, has the focus."""
        for _ in range(60):
            focused: str = await self.page.evaluate("document.activeElement.dataset.key ?? ''")
            if focused == key or (key.endswith(" ") and focused.startswith(key)):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {key!r}")

    async def _bought(self) -> str:
        await self.press('[data-key="buy"]')
        number = await self.page.locator("[data-order]").first.get_attribute("data-order")
        assert number
        return number

    async def do(self, deed: str, order: str) -> None:
        """Press one of an order's buttons."""
        await self.press(f'[data-order="{order}"] [data-deed={deed}]')

    async def press(self, selector: str) -> None:
        """Press a button and wait for what comes of it."""
        await self.page.locator(selector).first.click()
        await self.idle()

    async def double_click(self, selector: str) -> None:
        """Click twice on one spot as slowly as people do, whatever has come under the pointer meanwhile."""
        spot = await self.page.locator(selector).bounding_box()
        assert spot is not None
        x, y = spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2
        await self.page.mouse.click(x, y, click_count=2, delay=120)
        await self.idle()

    async def switch(self, trouble: str, *, on: bool) -> None:
        """Switch trouble on or off."""
        await self.page.set_checked(f'[name="{trouble}"]', on)
        await self.idle()

    async def deliveries(self) -> list[tuple[str, tuple[str, ...]]]:
        """What the drawer shows of each webhook: event, and the answers to it."""
        found: list[dict[str, Any]] = await self.page.locator(".delivery").evaluate_all(
            "all => all.map(one => ({event: one.dataset.event, place: one.querySelector('small').textContent,"
            " chips: [...one.querySelectorAll('.chip')].map(chip => chip.textContent)}))"
        )
        return [(one["event"], tuple(one["chips"])) for one in found]

    async def put(self, *goods: str) -> None:
        """Put goods into the cart."""
        for name in goods:
            await self.page.get_by_role("button", name=f"Add to cart: {name}").click()

    async def claim(self, reward: str) -> None:
        """Get the first reward of a kind, by keyboard."""
        button = self.page.locator(f"[data-reward={reward}] button").first
        await button.focus()
        await self.page.keyboard.press("Enter")
        await self.idle()

    async def code(self) -> str:
        """The newest code that can be used."""
        return await self.page.locator("[data-coupon=ISSUED] code").first.inner_text(timeout=SLOW)

    async def use_code(self) -> None:
        """Put the newest code on the cart."""
        await self.page.locator("[data-coupon=ISSUED] button").first.click()

    async def check_out(self) -> str:
        """Buy and pay at once; returns the order's number."""
        return await self._bought()

    async def expect_total(self, text: str) -> None:
        """Wait until the cart asks for this much."""
        await expect(self.page.locator("#total")).to_have_text(text, timeout=SLOW)

    async def expect_coupons(self, *states: str) -> None:
        """Wait until the codes stand so, those that can be used first, then by age."""
        slips = self.page.locator("[data-coupon]")
        await expect(slips).to_have_count(len(states), timeout=SLOW)
        for place, state in enumerate(states):
            await expect(slips.nth(place)).to_have_attribute("data-coupon", state, timeout=SLOW)

    def fresh_lines(self) -> Locator:
        """The ledger lines that the last act caused."""
        return self.page.locator("#fresh-lines .entry .amount")

    async def picture(self, path: Path) -> None:
        """Keep what is in sight, for the README."""
        await self.page.mouse.move(0, 0)
        await self.page.evaluate("scrollTo(0, 0)")
        await self.page.screenshot(path=path, clip={"x": 0, "y": 0, "width": 1280, "height": 720})

    async def barriers(self) -> list[tuple[str, list[str]]]:
        """What keeps people with assistive tools out, as axe finds it: each rule with the elements at fault."""
        found: dict[str, Any] = (await Axe().run(self.page)).response
        serious = [one for one in found["violations"] if one["impact"] in {"serious", "critical"}]
        return [(one["id"], [node["html"] for node in one["nodes"]]) for one in serious]

    async def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        wide: int = await self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return wide
