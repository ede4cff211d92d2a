"""What a proof of the books says: findings, the verdict over all of them, and how far it is."""

from collections.abc import Callable
from dataclasses import dataclass, replace

Report = Callable[[str, int], None]
"""Told what is being proved and how many of it are done, now and then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A broken law: its number, the row that breaks it, and a sentence."""

    law: str
    row: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was checked and what was found; books without findings are proved.

    `heads` is the SHA-256, in hex, over the heads of all chains in the order of their accounts; `seals` how many
    seals there are. `notes` say what was not proved and why.
    """

    accounts: int
    entries: int
    points: int
    heads: str
    seals: int
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()


def with_finding(verdict: Verdict, finding: Finding) -> Verdict:
    """The verdict with one more thing that was found."""
    return replace(verdict, findings=(*verdict.findings, finding))


def silent(_what: str, _done: int) -> None:
    """For whom nobody waits."""
