"""The life of a checkout: filled, given promo codes, paid, completed."""

from collections.abc import Sequence
from decimal import Decimal

from saleor_crm_app.demo.catalog import Channel, Product, Variant
from saleor_crm_app.demo.checkout import Checkout, CheckoutLine
from saleor_crm_app.demo.checkout_codes import CheckoutCodes
from saleor_crm_app.demo.completion import Completion
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.order import Order
from saleor_crm_app.demo.orders import DEFAULT_CHANNEL, Buyer, Item
from saleor_crm_app.demo.payments import Payments
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.state import ShopState
from saleor_crm_app.demo.transactions import PaymentEventType, PaymentMethod, Transaction


class Checkouts:
    """The acts of Saleor's checkout API."""

    def __init__(self, state: ShopState, codes: CheckoutCodes, payments: Payments, completion: Completion) -> None:
        self._state = state
        self._codes = codes
        self._payments = payments
        self._completion = completion

    def create(
        self, items: Sequence[Item], buyer: Buyer, *, channel: str = DEFAULT_CHANNEL, shipping: Decimal | None = None
    ) -> Checkout:
        """Start one (`checkoutCreate`); `shipping` is the price of a delivery method that is chosen already.

        Raises ShopRefusal for what is not sold there.
        """
        checkout = Checkout(
            pk=self._state.new_uuid(),
            created=self._state.clock.now(),
            channel=self._state.channels[channel],
            user=buyer if isinstance(buyer, User) else None,
            guest_email=None if isinstance(buyer, User) else buyer,
            lines=[],
            shipping=shipping,
        )
        checkout.lines = [self._line(checkout, item) for item in items]
        self._state.checkouts[checkout.pk] = checkout
        self._state.events.tell(EventType.CHECKOUT_CREATED, about=checkout, by=checkout.user)
        return checkout

    def add_item(self, checkout: Checkout, item: Item) -> CheckoutLine:
        """Put more into it; a voucher whose conditions are not met any more goes without a word."""
        line = self._line(checkout, item)
        checkout.lines.append(line)
        self._codes.refresh(checkout)
        return line

    def change_quantity(self, checkout: Checkout, line: CheckoutLine, quantity: int) -> None:
        """Take more or less of a line, with 0 none; likewise."""
        if quantity:
            _check_is_in_stock(line.variant, quantity)
            line.quantity = quantity
        else:
            checkout.lines.remove(line)
        self._codes.refresh(checkout)

    def choose_delivery(self, checkout: Checkout, price: Decimal) -> None:
        """Choose a delivery method of this price."""
        checkout.shipping = price
        self._codes.refresh(checkout)

    def add_promo_code(self, checkout: Checkout, code: str) -> None:
        """The shopper enters a code (`checkoutAddPromoCode`). Raises ShopRefusal."""
        self._codes.add(checkout, code)

    def remove_promo_code(self, checkout: Checkout, code: str) -> None:
        """The shopper takes it off again (`checkoutRemovePromoCode`). Raises ShopRefusal."""
        self._codes.remove(checkout, code)

    def charge(
        self, checkout: Checkout, amount: Decimal | None = None, *, method: PaymentMethod = PaymentMethod.CARD
    ) -> Transaction:
        """Take money before the order is made: all that is left to pay, or any amount."""
        paid = Transaction(pk=self._state.new_uuid(), name="Card payments", currency=checkout.currency, method=method)
        left = checkout.total_after_cards(self._state.clock.now()).gross.amount
        self._payments.report(paid, PaymentEventType.CHARGE_SUCCESS, left if amount is None else amount)
        checkout.transactions.append(paid)
        return paid

    def complete(self, checkout: Checkout) -> Order:
        """Make the order (`checkoutComplete`); asked again, the same one. Raises ShopRefusal."""
        made = next((one for one in self._state.orders.values() if one.checkout_id == checkout.id), None)
        if made is not None:
            return made
        self._completion.check(checkout)
        return self._completion.make(checkout)

    def complete_at_once(self, checkouts: Sequence[Checkout]) -> list[Order | ShopRefusal]:
        """Several shoppers press the button in one moment: all are checked before the first order is made.

        So all may have the discount of one single-use code, which is Saleor's own race; only the first order
        bears the code and the voucher, the others its name. A gift card serves the first alone.
        """
        refusals = [self._refusal(checkout) for checkout in checkouts]
        return [refusal or self._made(checkout) for refusal, checkout in zip(refusals, checkouts, strict=True)]

    def _refusal(self, checkout: Checkout) -> ShopRefusal | None:
        try:
            self._completion.check(checkout)
        except ShopRefusal as refusal:
            return refusal
        return None

    def _made(self, checkout: Checkout) -> Order | ShopRefusal:
        try:
            return self._completion.make(checkout)
        except ShopRefusal as refusal:
            return refusal

    def _line(self, checkout: Checkout, item: Item) -> CheckoutLine:
        _check_is_sold(item.variant.product, checkout.channel)
        _check_is_in_stock(item.variant, item.quantity)
        return CheckoutLine(
            pk=self._state.new_uuid(),
            variant=item.variant,
            quantity=item.quantity,
            unit_price=item.price_in(checkout.channel),
            full_price=item.full_price_in(checkout.channel),
            currency=checkout.currency,
            tax_rate=checkout.channel.tax_rate,
            is_gift=item.is_gift,
        )


def _check_is_sold(product: Product, channel: Channel) -> None:
    if not product.is_for_sale_in(channel):
        message = "Cannot add lines for unavailable for purchase variants."
        raise ShopRefusal(message, code="PRODUCT_UNAVAILABLE_FOR_PURCHASE", field="lines")
    if not product.is_published_in(channel):
        message = "Cannot add lines for unpublished variants."
        raise ShopRefusal(message, code="PRODUCT_NOT_PUBLISHED", field="lines")


def _check_is_in_stock(variant: Variant, quantity: int) -> None:
    if variant.stock is not None and quantity > variant.stock:
        message = f"Could not add items {variant.name}. Only {variant.stock} remaining in stock."
        raise ShopRefusal(message, code="INSUFFICIENT_STOCK", field="quantity")
