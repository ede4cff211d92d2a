"""Why a rule is refused; one class each."""

from collections.abc import Sequence
from datetime import datetime

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal


class RuleInvalid(Refusal):
    """A document that is no rule; `path` says where, as in JSON paths."""

    code = LoyaltyErrorCode.INVALID
    field = "rule"

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"At {path}: {reason}")


class SourceUnknown(Refusal):
    """A rule that waits for what this app cannot know yet; it may stay a draft."""

    code = LoyaltyErrorCode.INVALID
    field = "rule"

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        super().__init__(f"The rule cannot be published: at {path}: {reason}")


class RuleNotFound(Refusal):
    """No such rule in this shop."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "id"

    def __init__(self) -> None:
        super().__init__("There is no such earning rule.")


class ProgramNotFound(Refusal):
    """No such program in this shop."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "programId"

    def __init__(self) -> None:
        super().__init__("There is no such program.")


class StaleVersion(Refusal):
    """Somebody else was faster."""

    code = LoyaltyErrorCode.STALE_VERSION

    def __init__(self, field: str, *, expected: int, found: int) -> None:
        self.field = field
        self.expected = expected
        self.found = found
        super().__init__(f"This was changed meanwhile: it is at version {found}, not {expected}; read it again.")


class LiveInThePast(Refusal):
    """What was granted by then would have to be granted anew."""

    code = LoyaltyErrorCode.INVALID
    field = "liveFrom"

    def __init__(self, live_from: datetime, *, now: datetime) -> None:
        self.live_from = live_from
        super().__init__(f"Rules cannot change in the past: name a moment after {now.isoformat(timespec='seconds')}.")


class NothingToRetire(Refusal):
    """The rule holds neither now nor later."""

    code = LoyaltyErrorCode.INVALID
    field = "id"

    def __init__(self, name: str) -> None:
        super().__init__(f"The rule “{name}” holds neither at that moment nor later, so there is nothing to retire.")


class TooManyRules(Refusal):
    """Each order is held against every rule."""

    code = LoyaltyErrorCode.LIMIT_REACHED
    field = "id"

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"A program holds {most} rules at most: retire one first.")


class ExamplesChanged(Refusal):
    """Example carts that would earn something else, and nobody said that they should.

    `changed` holds the name, the points kept and the points now of each.
    """

    code = LoyaltyErrorCode.INVALID
    field = "accept"

    def __init__(self, changed: Sequence[tuple[str, int, int]]) -> None:
        self.changed = tuple(changed)
        name, kept, now = self.changed[0]
        others = len(self.changed) - 1
        more = f", and {others} more change" if others else ""
        super().__init__(
            f"The example “{name}” earned {kept} points and would earn {now}{more}: accept the new numbers or change"
            " the rule."
        )


class ExampleWrong(Refusal):
    """An example must be true of the rules that hold when it is kept."""

    code = LoyaltyErrorCode.INVALID
    field = "points"

    def __init__(self, name: str, *, expected: int, found: int) -> None:
        self.expected = expected
        self.found = found
        super().__init__(f"By the rules of now the example “{name}” earns {found} points, not {expected}.")


class CartInvalid(Refusal):
    """A document that is no example cart."""

    code = LoyaltyErrorCode.INVALID
    field = "cart"

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        super().__init__(f"At {path}: {reason}")


class TooManyExamples(Refusal):
    """Each publication tries all of them."""

    code = LoyaltyErrorCode.LIMIT_REACHED
    field = "name"

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"A program keeps {most} examples at most: remove one first.")


class ExampleNotFound(Refusal):
    """No example cart of this name."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "name"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no example “{name}”.")
