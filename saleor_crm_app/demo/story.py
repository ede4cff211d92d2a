"""One purchase from end to end, and the points one should see at each step through the storefront API."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from time import monotonic

import httpx

from saleor_crm_app.demo.errors import InstallFailed
from saleor_crm_app.demo.http import new_client
from saleor_crm_app.demo.orders import DEFAULT_CHANNEL, Item
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.shop import SimulatedShop

Points = dict[str, int]

QUERY = f"""
query Points {{
  loyaltyMe(channel: "{DEFAULT_CHANNEL}") {{ points {{ available pending spent expired deficit }} }}
}}
"""
WAITING = timedelta(days=15)
_BETWEEN_LOOKS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """One step: what was done, what should be seen, what was seen, and whether they are the same."""

    title: str
    expected: Points | None
    seen: object

    @property
    def is_right(self) -> bool:
        return self.seen == self.expected

    @property
    def sentence(self) -> str:
        verdict = "as expected" if self.is_right else f"expected {_words(self.expected)}"
        return f"{self.title}: {_words(self.seen)}, {verdict}."


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryResult:
    """Whether everything was right; `sentence` says what differed."""

    is_right: bool
    sentence: str
    steps: tuple[StepResult, ...]


async def purchase_story(
    shop: SimulatedShop,
    *,
    app_url: str,
    manifest_url: str,
    advance_clock: Callable[[timedelta], Awaitable[None]],
    report: Callable[[StepResult], None],
    patience: float = 10.0,
) -> StoryResult:
    """Install the app on a shop that is served, sell something, and compare the points after each step.

    `app_url` is the app's origin, `manifest_url` may carry a setup code, `advance_clock` moves the app's business
    time, and `patience` is how many seconds the points may take to appear.
    """
    try:
        await shop.apps.install(manifest_url)
    except InstallFailed as failure:
        return StoryResult(is_right=False, sentence=f"The app could not be installed: {failure}", steps=())
    customer = shop.customers.register("anna@example.com", first_name="Anna")
    shop.customers.confirm(customer)
    steps: list[StepResult] = []
    async with new_client(app_url) as client:
        telling = _Telling(shop=shop, client=client, customer=customer, patience=patience)
        async for step in telling.steps(advance_clock):
            steps.append(step)
            report(step)
            if not step.is_right:
                return StoryResult(is_right=False, sentence=step.sentence, steps=tuple(steps))
    return StoryResult(is_right=True, sentence="Every step showed the right points.", steps=tuple(steps))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Telling:
    shop: SimulatedShop
    client: httpx.AsyncClient
    customer: User
    patience: float

    async def steps(self, advance_clock: Callable[[timedelta], Awaitable[None]]) -> AsyncIterator[StepResult]:
        """Lines of 60 and 40, shipping 10, one point per unit of currency."""
        shop = self.shop
        lamp, vase = shop.shelves.sell("Lamp", 60), shop.shelves.sell("Vase", 40)
        order = shop.orders.place([Item(variant=lamp), Item(variant=vase)], self.customer, shipping=Decimal(10))
        yield await self._look("An order of 110 is placed, not yet paid", None)
        shop.payments.charge(order)
        yield await self._look("It is paid", _points(pending=100))
        shop.parcels.fulfill(order)
        yield await self._look("It is sent", _points(pending=100))
        shop.clock.advance(WAITING)
        await advance_clock(WAITING)
        yield await self._look(f"{WAITING.days} days pass", _points(available=100))
        shop.refunds.refund(order, Decimal(10))
        yield await self._look("10 are paid back", _points(available=90))

    async def _look(self, title: str, expected: Points | None) -> StepResult:
        """Ask until the expected points are there, or patience ends.

        What has not changed is asked for only once everything was delivered, else it would prove nothing.
        """
        await self.shop.deliveries.settled(within=self.patience)
        deadline = monotonic() + self.patience
        seen = await self._ask()
        while seen != expected and monotonic() < deadline:
            await asyncio.sleep(_BETWEEN_LOOKS)
            seen = await self._ask()
        return StepResult(title=title, expected=expected, seen=seen)

    async def _ask(self) -> object:
        """The points as the customer sees them, None before the first earning, or what went wrong as text."""
        headers = {"Authorization": f"Bearer {self.shop.tokens.access(self.customer)}"}
        try:
            answer = await self.client.post("/graphql/", json={"query": QUERY}, headers=headers)
            content = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            return f"no answer ({type(error).__name__}: {error})"
        if not isinstance(content, dict) or content.get("errors") or "data" not in content:
            return f"an error (HTTP {answer.status_code}: {answer.text[:200]})"
        account = content["data"]["loyaltyMe"]
        return account and account["points"]


def _points(*, available: int = 0, pending: int = 0) -> Points:
    return {"available": available, "pending": pending, "spent": 0, "expired": 0, "deficit": 0}


def _words(seen: object) -> str:
    if seen is None:
        return "no account yet"
    if not isinstance(seen, dict):
        return str(seen)
    return ", ".join(f"{name} {amount}" for name, amount in seen.items() if amount) or "no points"
