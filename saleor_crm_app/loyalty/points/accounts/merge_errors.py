"""Why accounts are not merged, or not parted again; one class for each reason."""

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal


class SameAccount(Refusal):
    """An account cannot be merged into itself."""

    code = LoyaltyErrorCode.INVALID
    field = "intoMemberId"

    def __init__(self) -> None:
        super().__init__("Name two different members.")


class OtherProgram(Refusal):
    """Points never cross programs, since their worth differs."""

    code = LoyaltyErrorCode.INVALID
    field = "intoMemberId"

    def __init__(self) -> None:
        super().__init__("The two accounts are in different programs; points stay in the program they were earned in.")


class UnderReview(Refusal):
    """An account that staff hold; `field` says which of the two."""

    code = LoyaltyErrorCode.HELD_FOR_REVIEW

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__("This account is held for review; release it first.")


class PointsSetAside(Refusal):
    """Open checkouts pay with points that would have to move."""

    code = LoyaltyErrorCode.INVALID
    field = "memberId"

    def __init__(self, *, points: int) -> None:
        self.points = points
        super().__init__(
            f"{points} points are set aside for an open checkout; try again when it is paid, or let it be given up."
        )


class NotMerged(Refusal):
    """Only a merged account can be parted again."""

    code = LoyaltyErrorCode.INVALID
    field = "memberId"

    def __init__(self) -> None:
        super().__init__("This account was not merged into another one.")


class MergedOn(Refusal):
    """The account it was merged into was itself merged since, so its points have gone on."""

    code = LoyaltyErrorCode.INVALID
    field = "memberId"

    def __init__(self) -> None:
        super().__init__("The account that holds these points was merged into another one since; part that one first.")
