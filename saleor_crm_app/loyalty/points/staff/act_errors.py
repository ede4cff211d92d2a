"""What is refused of staff's acts on points, one class for each reason."""

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal


class MemberNotFound(Refusal):
    """No account of this shop has that id."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "memberId"

    def __init__(self) -> None:
        super().__init__("There is no such member.")


class DeficitNotAllowed(Refusal):
    """More would be taken than is there, in a program where nobody may owe points; `short_by` lack."""

    code = LoyaltyErrorCode.NOT_ENOUGH_POINTS
    field = "allowDeficit"

    def __init__(self, *, short_by: int) -> None:
        self.short_by = short_by
        super().__init__(f"{short_by} points lack, and in this program nobody may owe points.")


class EntryNotFound(Refusal):
    """The member's account has no such entry."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "entryId"

    def __init__(self) -> None:
        super().__init__("This member has no such entry.")


class EntryReversedAlready(Refusal):
    """Each entry is undone once at most."""

    code = LoyaltyErrorCode.INVALID
    field = "entryId"

    def __init__(self) -> None:
        super().__init__("This entry was reversed already.")


class NotReversible(Refusal):
    """An entry that follows something else, which has to be changed instead; `kind` is the entry's."""

    code = LoyaltyErrorCode.INVALID
    field = "entryId"

    def __init__(self, *, kind: str, remedy: str) -> None:
        self.kind = kind
        super().__init__(remedy)


class RequestNotFound(Refusal):
    """No request of this shop has that id."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "requestId"

    def __init__(self) -> None:
        super().__init__("There is no such request.")


class RequestDecided(Refusal):
    """Somebody was faster, or the request has waited too long; `state` is how it stands."""

    code = LoyaltyErrorCode.INVALID
    field = "requestId"

    def __init__(self, *, state: str) -> None:
        self.state = state
        super().__init__(f"This request does not wait any more: it is {state.lower()}.")


class SecondPersonNeeded(Refusal):
    """Nobody approves what they asked for themselves, and no program approves anything."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE
    field = "requestId"

    def __init__(self) -> None:
        super().__init__("Somebody else has to approve this, signed in as themselves.")


class StandingUnchanged(Refusal):
    """The account is held, or is not held, as was asked for."""

    code = LoyaltyErrorCode.INVALID
    field = "memberId"

    def __init__(self, *, held: bool) -> None:
        self.held = held
        super().__init__("This account is held already." if held else "This account is not held.")
