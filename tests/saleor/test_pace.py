"""However calls come, no minute holds more of them than a shop allows."""

import asyncio
from bisect import bisect_left

import pytest

from saleor_crm_app.saleor.pace import TokenBucket


class Clock:
    """Time that passes by waiting."""

    def __init__(self) -> None:
        self.moment = 1000.0

    def now(self) -> float:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.moment += seconds


async def calls(bucket: TokenBucket, clock: Clock, number: int) -> list[float]:
    moments = []
    for _ in range(number):
        await bucket.take()
        moments.append(clock.moment)
    return moments


def most_in_a_minute(moments: list[float]) -> int:
    return max(bisect_left(moments, start + 60) - place for place, start in enumerate(moments))


@pytest.mark.parametrize("per_minute", [1, 6, 60, 120, 2000])
async def test_no_minute_holds_more_than_allowed(per_minute: int) -> None:
    clock = Clock()
    bucket = TokenBucket(per_minute, clock=clock.now, sleep=clock.sleep)
    moments = await calls(bucket, clock, per_minute * 3)
    clock.moment += 600
    moments += await calls(bucket, clock, per_minute * 3)
    assert most_in_a_minute(moments) <= per_minute


async def test_a_few_calls_go_at_once_and_many_nearly_as_fast_as_allowed() -> None:
    clock = Clock()
    bucket = TokenBucket(120, clock=clock.now, sleep=clock.sleep)
    moments = await calls(bucket, clock, 1220)
    assert moments[19] == 1000.0
    assert moments[20] > 1000.0
    assert moments[-1] - 1000.0 == pytest.approx(720.0)


async def test_those_who_wait_together_go_one_after_the_other() -> None:
    clock = Clock()
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    bucket = TokenBucket(60, clock=clock.now, sleep=sleep)
    await asyncio.gather(*(bucket.take() for _ in range(13)))
    assert waits == pytest.approx([1.2, 2.4, 3.6])
