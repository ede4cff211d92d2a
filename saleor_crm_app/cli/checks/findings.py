"""What a check finds, and how checks are run: all at once, each within its time, none able to stop the others."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SECONDS: Final = 10.0


class Result(StrEnum):
    """How a check ended; only FAILED makes the command fail."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check's end: `check` is its name for programs, `about` the shop it was about, if one."""

    check: str
    result: Result
    says: str
    fix: str = ""
    about: str = ""

    @property
    def group(self) -> str:
        return self.check.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something to look at; what it looks at is named by `name` and `about` where it does not end by itself."""

    name: str
    look: Callable[[], Awaitable[Sequence[Finding]]]
    fix_if_slow: str
    about: str = ""


def ok(check: str, says: str, *, about: str = "") -> Finding:
    return Finding(check=check, result=Result.OK, says=says, about=about)


def skipped(check: str, says: str, *, about: str = "") -> Finding:
    return Finding(check=check, result=Result.SKIPPED, says=says, about=about)


def warning(check: str, says: str, *, fix: str, about: str = "") -> Finding:
    return Finding(check=check, result=Result.WARNING, says=says, fix=fix, about=about)


def failed(check: str, says: str, *, fix: str, about: str = "") -> Finding:
    return Finding(check=check, result=Result.FAILED, says=says, fix=fix, about=about)


async def look_at(checks: Iterable[Check], *, seconds: float = SECONDS) -> list[Finding]:
    """Run checks at once; the findings come in the order of the checks."""
    found = await asyncio.gather(*(_look(check, seconds) for check in checks))
    return [finding for findings in found for finding in findings]


async def _look(check: Check, seconds: float) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(seconds):
            return await check.look()
    except TimeoutError:
        says = f"No answer within {seconds:g} seconds"
        return [failed(check.name, says, fix=check.fix_if_slow, about=check.about)]
    except Exception as error:  # noqa: BLE001 # one check that breaks must not hide what the others found
        says = f"The check itself broke: {type(error).__name__}"
        fix = "Please report this with the version of the app and of Saleor."
        return [failed(check.name, says, fix=fix, about=check.about)]
