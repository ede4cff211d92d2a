"""What the points slice refuses, one class for each reason."""

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal


class NotEnoughPoints(Refusal):
    """More was asked for than is available; `short_by` points lack."""

    code = LoyaltyErrorCode.NOT_ENOUGH_POINTS
    field = "points"

    def __init__(self, *, available: int, short_by: int) -> None:
        self.available = available
        self.short_by = short_by
        super().__init__(f"{available} points are available; {short_by} more are needed.")


class PointsOwed(Refusal):
    """Points that were spent had to be taken back; nothing is redeemed until they are earned again."""

    code = LoyaltyErrorCode.NOT_ENOUGH_POINTS
    field = "points"

    def __init__(self, *, deficit: int) -> None:
        self.deficit = deficit
        super().__init__(f"{deficit} points have to be earned again before any can be spent.")


class AccountHeld(Refusal):
    """The account is looked at by the shop's staff; it earns meanwhile, but nothing is spent."""

    code = LoyaltyErrorCode.HELD_FOR_REVIEW

    def __init__(self) -> None:
        super().__init__("This account is being reviewed; its points can be spent again afterwards.")


class AccountClosed(Refusal):
    """The account was merged into another one or erased."""

    code = LoyaltyErrorCode.NOT_FOUND

    def __init__(self) -> None:
        super().__init__("This account is closed.")


class ProgramPaused(Refusal):
    """The program stands still: nothing lapses and nothing is spent."""

    code = LoyaltyErrorCode.PROGRAM_PAUSED

    def __init__(self) -> None:
        super().__init__("The program is paused; points can be spent again when it goes on.")


class HoldExists(Refusal):
    """Points are set aside for this already."""

    code = LoyaltyErrorCode.UNIQUE

    def __init__(self) -> None:
        super().__init__("Points are set aside for this already; give them back first.")


class BelowMinimum(Refusal):
    """Fewer points than may be spent at once."""

    code = LoyaltyErrorCode.BELOW_MINIMUM
    field = "points"

    def __init__(self, *, least: int) -> None:
        self.least = least
        super().__init__(f"At least {least} points have to be spent at once.")


class NotInSteps(Refusal):
    """Points are spent in steps, and this is none of them."""

    code = LoyaltyErrorCode.INVALID
    field = "points"

    def __init__(self, *, step: int) -> None:
        self.step = step
        super().__init__(f"Points are spent in steps of {step}.")


class OverOrderCap(Refusal):
    """More points than may pay for one order."""

    code = LoyaltyErrorCode.OVER_ORDER_CAP
    field = "points"

    def __init__(self, *, most: int) -> None:
        self.most = most
        super().__init__(f"At most {most} points can be spent on this order.")
