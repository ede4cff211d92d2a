"""What segments refuse."""

from collections.abc import Sequence
from typing import Final

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal

_MOST_NAMED: Final = 5


class SegmentInvalid(Refusal):
    """A condition that cannot be; `path` is the JSON path of its first fault."""

    code = LoyaltyErrorCode.INVALID
    field = "condition"

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        super().__init__(f"At {path}: {reason}")


class SegmentNotFound(Refusal):
    """No live segment of this shop."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "id"

    def __init__(self) -> None:
        super().__init__("There is no such segment.")


class SegmentStale(Refusal):
    """Somebody changed it meanwhile."""

    code = LoyaltyErrorCode.STALE_VERSION
    field = "expectedVersion"

    def __init__(self) -> None:
        super().__init__("The segment was changed meanwhile; read it again.")


class SegmentInUse(Refusal):
    """Rules or campaigns ask for it; a retired one has no members, and whoever is not in it is let in by a NOT."""

    code = LoyaltyErrorCode.INVALID
    field = "id"

    def __init__(self, *, rules: Sequence[str], campaigns: Sequence[str]) -> None:
        named = [*(f"the rule “{name}”" for name in rules), *(f"the campaign “{name}”" for name in campaigns)]
        more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
        said = ", ".join(named[:_MOST_NAMED]) + more
        super().__init__(f"The segment is still asked for; change or end this first: {said}.")


class TooManySegments(Refusal):
    """Each segment is asked of each customer."""

    code = LoyaltyErrorCode.LIMIT_REACHED

    def __init__(self, most: int) -> None:
        super().__init__(f"A shop has {most} segments at most; retire one.")
