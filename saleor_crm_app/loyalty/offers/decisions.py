"""What names a decision: a hash of whom, where, on which day and by which published policy; it is not stored."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from hashlib import sha256
from random import Random
from typing import Final, Self
from uuid import UUID

from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ProgramId
from saleor_crm_app.loyalty.offers.errors import BadPlacement, DecisionUnknown

EXPLORING_PERCENT: Final = 5
"""So many of a hundred decisions rank by a draw from what is believed of each offer, to learn about all of them."""

ANYWHERE: Final = "-"
"""The placement of who names none."""

_PLACEMENT: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")

_KNOWN_FOR: Final = timedelta(days=1)
"""Yesterday's decisions may still be answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionKey:
    """Whom it is about, where, and for which day of the program's zone; `digest` is what it comes to.

    The same question on one day under one revision has one key, and whatever chance decides is seeded by it.
    """

    program: ProgramId
    placement: str
    day: date
    revision: int
    digest: str

    @classmethod
    def of(
        cls,
        installation: InstallationId,
        program: ProgramId,
        customer: CustomerId | None,
        *,
        placement: str | None,
        day: date,
        revision: int,
    ) -> Self:
        """The key of a question; all guests have the same."""
        where = placement or ANYWHERE
        told = f"{installation}|{program}|{customer or ''}|{where}|{day.isoformat()}|{revision}"
        digest = sha256(told.encode()).hexdigest()[:32]
        return cls(program=program, placement=where, day=day, revision=revision, digest=digest)

    def text(self, stake: str) -> str:
        """As it is handed out with an offer, and back with an answer; `stake` names what the offer brings."""
        return f"{self.day:%Y%m%d}.{self.revision}.{self.digest}.{self.placement}.{stake}"

    @property
    def is_exploring(self) -> bool:
        return int(self.digest[:8], 16) % 100 < EXPLORING_PERCENT

    def chance(self, subject: UUID) -> Random:
        """Chance about one subject, the same each time."""
        return Random(f"{self.digest}{subject}")  # noqa: S311 # nothing secret


def read_key(
    text: str, installation: InstallationId, program: ProgramId, customer: CustomerId, *, today: date
) -> tuple[DecisionKey, str]:
    """Read the key of a decision that was made about this customer, today or yesterday, and the offer's stake.

    Raises DecisionUnknown.
    """
    try:
        told, number, _, placement, stake = text.split(".")
        day, revision = date.fromisoformat(told), int(number)
    except ValueError as error:
        raise DecisionUnknown from error
    key = DecisionKey.of(installation, program, customer, placement=placement, day=day, revision=revision)
    if key.text(stake) != text or not today - _KNOWN_FOR <= day <= today:
        raise DecisionUnknown
    return key, stake


def demand_placement(placement: str | None) -> None:
    """Raises BadPlacement."""
    if placement is not None and not _PLACEMENT.fullmatch(placement):
        raise BadPlacement


@lru_cache(maxsize=4096)  # asked for each offer of a campaign
def is_held_out(campaign: UUID, customer: CustomerId, percent: int) -> bool:
    """Whether a member belongs to those who see nothing of a campaign: always the same ones, for the same campaign."""
    digest = sha256(f"holdout|{campaign}|{customer}".encode()).digest()
    return int.from_bytes(digest[:8]) % 10_000 < percent * 100
