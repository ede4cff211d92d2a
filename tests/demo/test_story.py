"""The purchase story: what it counts as right, and the sentence it says of what is not."""

import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.story import StepResult, StoryResult, purchase_story
from tests.demo.receiver import Receiver, listening
from tests.demo.test_tokens import claims_of

NOTHING = {"spent": 0, "expired": 0, "deficit": 0}
RIGHT: list[object] = [
    None,
    {"available": 0, "pending": 100, **NOTHING},
    {"available": 0, "pending": 100, **NOTHING},
    {"available": 100, "pending": 0, **NOTHING},
    {"available": 90, "pending": 0, **NOTHING},
]


@asynccontextmanager
async def storefront(answers: list[object]) -> AsyncIterator[tuple[str, list[dict[str, object]]]]:
    """Answers with these points one after the other, the last one again and again; keeps the tokens' claims."""
    left, claims = deque(answers), list[dict[str, object]]()

    async def graphql(request: Request) -> Response:
        claims.append(claims_of(request.headers["authorization"].removeprefix("Bearer ")))
        assert "loyaltyMe" in json.loads(await request.body())["query"]
        points = left.popleft() if len(left) > 1 else left[0]
        account = None if points is None else {"points": points}
        return JSONResponse({"data": {"loyaltyMe": account}})

    async with listening(Starlette(routes=[Route("/graphql/", graphql, methods=["POST"])])) as origin:
        yield origin, claims


class Told:
    """What the story reported, and how far it moved the app's clock."""

    def __init__(self) -> None:
        self.steps: list[StepResult] = []
        self.moved = timedelta()

    async def advance(self, by: timedelta) -> None:
        self.moved += by


async def tell(shop: SimulatedShop, receiver: Receiver, app_url: str, told: Told) -> StoryResult:
    return await purchase_story(
        shop,
        app_url=app_url,
        manifest_url=receiver.manifest_url,
        advance_clock=told.advance,
        report=told.steps.append,
        patience=0.3,
    )


async def test_right_points_at_every_step_are_a_success(shop: SimulatedShop, receiver: Receiver) -> None:
    told = Told()
    async with storefront(RIGHT) as (url, claims):
        result = await tell(shop, receiver, url, told)
    assert result == StoryResult(is_right=True, sentence="Every step showed the right points.", steps=tuple(told.steps))
    assert [step.sentence for step in told.steps] == [
        "An order of 110 is placed, not yet paid: no account yet, as expected.",
        "It is paid: pending 100, as expected.",
        "It is sent: pending 100, as expected.",
        "15 days pass: available 100, as expected.",
        "10 are paid back: available 90, as expected.",
    ]
    assert told.moved == timedelta(days=15)
    assert {(claim["type"], claim["email"]) for claim in claims} == {("access", "anna@example.com")}
    assert receiver.events().count("order_refunded") == 1


async def test_points_may_take_a_moment(shop: SimulatedShop, receiver: Receiver) -> None:
    late = [None, None, None, *RIGHT[1:]]
    async with storefront(late) as (url, _):
        assert (await tell(shop, receiver, url, Told())).is_right


async def test_wrong_points_end_the_story_with_what_differed(shop: SimulatedShop, receiver: Receiver) -> None:
    told = Told()
    async with storefront([None, {"available": 0, "pending": 110, **NOTHING}]) as (url, _):
        result = await tell(shop, receiver, url, told)
    assert result == StoryResult(
        is_right=False, sentence="It is paid: pending 110, expected pending 100.", steps=tuple(told.steps)
    )
    assert len(told.steps) == 2


async def test_an_app_that_does_not_answer_is_named(shop: SimulatedShop, receiver: Receiver) -> None:
    result = await tell(shop, receiver, "http://127.0.0.1:1", Told())
    assert not result.is_right
    assert "no answer (ConnectError" in result.sentence


async def test_an_app_that_is_installed_already_cannot_begin(
    shop: SimulatedShop, receiver: Receiver, installed: App
) -> None:
    result = await tell(shop, receiver, receiver.origin, Told())
    assert result == StoryResult(
        is_right=False,
        sentence=f"The app could not be installed: App with the same identifier is already installed: {installed.name}",
        steps=(),
    )
