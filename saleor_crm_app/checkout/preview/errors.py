"""Why a cart cannot be told of, one class for each reason."""

from typing import Final

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal

MOST_LINES: Final = 100
MOST_UNITS: Final = 10_000


class CartNotNamed(Refusal):
    """Neither a checkout nor lines, or both."""

    code = LoyaltyErrorCode.REQUIRED
    field = "checkoutId"

    def __init__(self) -> None:
        super().__init__("Name either a checkout or lines.")


class TooManyLines(Refusal):
    """No line at all, or more than a cart has."""

    code = LoyaltyErrorCode.INVALID
    field = "lines"

    def __init__(self) -> None:
        super().__init__(f"Give 1 to {MOST_LINES} lines.")


class BadQuantity(Refusal):
    """A number of units that nobody buys."""

    code = LoyaltyErrorCode.INVALID

    def __init__(self, place: int) -> None:
        self.field = f"lines.{place}.quantity"
        super().__init__(f"Give 1 to {MOST_UNITS} units.")


class VariantNotFound(Refusal):
    """Unknown, or not for sale in the channel: one answer for both."""

    code = LoyaltyErrorCode.NOT_FOUND

    def __init__(self, place: int) -> None:
        self.field = f"lines.{place}.variantId"
        super().__init__("This variant cannot be bought in this channel.")


class NoProgramThere(Refusal):
    """No program holds in the channel."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "channel"

    def __init__(self) -> None:
        super().__init__("There is no loyalty program in this channel.")


class GuestsHaveNone(Refusal):
    """Points belong to customers who are signed in."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE
    field = "points"

    def __init__(self) -> None:
        super().__init__("Sign in to pay with points.")
