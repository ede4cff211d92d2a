"""What a shop refuses when we act in it, each as a refusal of its own.

Refusal
└── ShopRefused             said no for a reason that has no class of its own
    ├── CheckoutGone        there is no such checkout, or it became an order
    ├── PromoCodeInvalid    the code does not work there; Saleor does not tell why
    ├── VoucherNotApplicable    the voucher works, but this checkout does not meet its conditions
    ├── GiftCardsNotAllowed     the channel takes no gift card as a promo code
    ├── CodesTaken          these texts are codes already
    ├── NodesGone           a product, a channel or the like that was named is not there
    ├── VoucherGone, GiftCardGone, CustomerUnknown
    └── CardsNotBindable    this Saleor cannot bind a gift card to a customer
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.saleor.client import ShopUnavailable


class ShopError(msgspec.Struct, rename="camel", frozen=True):
    """One entry of a payload's `errors`; `code` is Saleor's."""

    code: str
    message: str | None = None
    field: str | None = None
    voucher_codes: list[str] | None = None


class ShopRefused(Refusal):
    """The shop said no; `said` are its own words, `shop_code` and `shop_field` what it names."""

    code = LoyaltyErrorCode.INVALID
    sentence = "The shop refuses this: {said}"

    def __init__(self, error: ShopError | None = None) -> None:
        self.said = (error.message or "") if error else ""
        self.shop_code = error.code if error else ""
        self.shop_field = error.field if error else None
        super().__init__(self.sentence.format(said=self.said[:300]))


class CheckoutGone(ShopRefused):
    """There is no such checkout: its id is none, it was completed or deleted."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "checkoutId"
    sentence = "This checkout does not exist any more. Start a new one."


class PromoCodeInvalid(ShopRefused):
    """Unknown, expired, used up, dead, of another currency or somebody else's: Saleor says one thing for all."""

    field = "promoCode"
    sentence = "The shop does not accept this code here."


class VoucherNotApplicable(ShopRefused):
    """A minimum is missed, the customer had it once already, or no delivery method is chosen yet."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE
    field = "promoCode"
    sentence = "The cart does not meet the conditions of this code."


class GiftCardsNotAllowed(ShopRefused):
    """The channel has `allowLegacyGiftCardUse` off."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE
    field = "promoCode"
    sentence = "This channel does not take gift cards as a code. Allow it in the channel's settings, or use vouchers."


class CodesTaken(ShopRefused):
    """Some voucher or gift card has these codes already; none of the others was made either."""

    code = LoyaltyErrorCode.UNIQUE
    sentence = "The shop has some of these codes already. Choose others."

    def __init__(self, error: ShopError | None = None) -> None:
        self.codes = tuple((error.voucher_codes or ()) if error else ())
        super().__init__(error)


class NodesGone(ShopRefused):
    """Somebody deleted something that is named by its id; Saleor does not say all of what."""

    code = LoyaltyErrorCode.NOT_FOUND
    sentence = "Some product, collection, category or channel that this names does not exist in the shop any more."


class VoucherGone(ShopRefused):
    """Somebody deleted the voucher in the shop."""

    code = LoyaltyErrorCode.NOT_FOUND
    sentence = "The voucher does not exist in the shop any more."


class GiftCardGone(ShopRefused):
    """Somebody deleted the gift card in the shop."""

    code = LoyaltyErrorCode.NOT_FOUND
    sentence = "The gift card does not exist in the shop any more."


class CustomerUnknown(ShopRefused):
    """The customer was deleted in the shop."""

    code = LoyaltyErrorCode.NOT_FOUND
    sentence = "The shop does not know this customer any more."


class CardsNotBindable(ShopRefused):
    """`assignedTo` came with Saleor 3.23.19."""

    sentence = "This Saleor cannot bind a gift card to a customer. Update it to 3.23.19 or later, or use vouchers."


class _Payload(msgspec.Struct):
    errors: list[ShopError] = []


def first_error(data: Mapping[str, Any], mutation: str) -> ShopError | None:
    """What a mutation's payload says went wrong, None when nothing did.

    Raises ShopUnavailable for an answer that is no such payload.
    """
    try:
        errors = msgspec.convert(data[mutation], _Payload).errors
    except (KeyError, msgspec.ValidationError) as error:
        raise ShopUnavailable(f"The shop answered {mutation} with something else: {error}") from error
    return errors[0] if errors else None
