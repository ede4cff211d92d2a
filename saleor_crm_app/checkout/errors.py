"""Why points cannot be put on a checkout, one class for each reason."""

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal


class CheckoutNotFound(Refusal):
    """Unknown, completed, or somebody else's: one answer for all."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "checkoutId"

    def __init__(self) -> None:
        super().__init__("There is no such checkout of yours.")


class NoProgramHere(Refusal):
    """The checkout's channel has no program."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE
    field = "checkoutId"

    def __init__(self) -> None:
        super().__init__("Points cannot be spent in this channel.")


class AnotherCode(Refusal):
    """The shop takes one voucher a checkout, and the shopper's own is not replaced."""

    code = LoyaltyErrorCode.INVALID
    field = "checkoutId"

    def __init__(self) -> None:
        super().__init__("Another code is on this checkout; remove it to pay with points.")


class NoTender(Refusal):
    """The chosen way of paying is closed in this shop or channel."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE
    field = "checkoutId"

    def __init__(self, why: str) -> None:
        super().__init__(f"Points cannot pay for this checkout: {why}.")


class WorthNothing(Refusal):
    """So few points that they are worth less than the smallest coin."""

    code = LoyaltyErrorCode.BELOW_MINIMUM
    field = "points"

    def __init__(self) -> None:
        super().__init__("So few points are worth nothing.")


class TakenOffAgain(Refusal):
    """The same request was done before, and its points are off the checkout since."""

    code = LoyaltyErrorCode.EXPIRED
    field = "idempotencyKey"

    def __init__(self) -> None:
        super().__init__("These points were taken off the checkout again; ask anew with a new key.")


class SpentAlready(Refusal):
    """An order was placed with them."""

    code = LoyaltyErrorCode.INVALID
    field = "checkoutId"

    def __init__(self) -> None:
        super().__init__("An order was placed with these points already.")


class ShopAway(Refusal):
    """The shop does not answer; what was begun is finished or undone by itself."""

    code = LoyaltyErrorCode.SHOP_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("The shop does not answer now; try again in a moment.")
