"""Making an order of a checkout: what Saleor checks before, and what it uses up while it does."""

from decimal import Decimal

from saleor_crm_app.demo.announce import Announcer
from saleor_crm_app.demo.checkout import Checkout, CheckoutLine
from saleor_crm_app.demo.discounts import NotApplicable
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.gift_card import GiftCard
from saleor_crm_app.demo.gift_cards import GiftCards
from saleor_crm_app.demo.order import Discount, Order, OrderLine, OrderOrigin, OrderStatus
from saleor_crm_app.demo.prices import NOTHING, Money
from saleor_crm_app.demo.state import ShopState
from saleor_crm_app.demo.voucher import Voucher, VoucherCode
from saleor_crm_app.demo.voucher_use import VoucherUse


class Completion:
    """Two steps with a gap between them, which is where simultaneous shoppers meet: `check`, then `make`."""

    def __init__(self, state: ShopState, announcer: Announcer, voucher_use: VoucherUse, gift_cards: GiftCards) -> None:
        self._state = state
        self._announcer = announcer
        self._voucher_use = voucher_use
        self._gift_cards = gift_cards
        self._seen: dict[Checkout, tuple[Voucher | None, dict[GiftCard, Decimal]]] = {}

    def check(self, checkout: Checkout) -> None:
        """Raises ShopRefusal; what was seen of voucher and cards is what `make` goes by."""
        if not checkout.lines:
            raise ShopRefusal("Cannot complete checkout without lines.", code="NO_LINES", field="lines")
        if not checkout.email:
            raise ShopRefusal("Checkout email must be set.", code="EMAIL_NOT_SET", field="email")
        self._check_paid(checkout)
        voucher = self._open_voucher(checkout)
        if checkout.voucher_code is not None and voucher is None:
            raise ShopRefusal("Voucher not applicable", code="VOUCHER_NOT_APPLICABLE", field="voucherCode")
        self._check_cards(checkout)
        balances = {card: card.balance for card in checkout.gift_cards}
        self._seen[checkout] = (None if voucher is None else voucher[0], balances)

    def make(self, checkout: Checkout) -> Order:
        """The order of a checkout that was checked; the checkout is gone afterwards.

        Raises ShopRefusal when another order was faster in a way that Saleor notices.
        """
        voucher, balances = self._seen.pop(checkout)
        code = self._take_code(checkout)
        if any(card.balance < balance for card, balance in balances.items()):
            self._give_code_back(checkout, code)
            message = "Gift card cannot be used. Order placement cancelled."
            raise ShopRefusal(message, code="GIFT_CARD_NOT_APPLICABLE")
        order = self._order(checkout)
        if code is not None:  # an order that lost it to another has the discount and its name, no voucher
            order.voucher, order.voucher_code = voucher, code.code
        self._note_discounts(checkout, order, voucher)
        self._draw_cards(checkout, order)
        order.update_charge(self._state.clock.now())
        self._state.orders[order.pk] = order
        del self._state.checkouts[checkout.pk]
        self._announcer.created(order, by=order.user)
        return order

    def _open_voucher(self, checkout: Checkout) -> tuple[Voucher, VoucherCode] | None:
        found = self._state.voucher_codes.get(checkout.voucher_code or "")
        is_open = found and found[1].is_active and found[0].is_open(checkout.channel, self._state.clock.now())
        return found if is_open else None

    def _check_paid(self, checkout: Checkout) -> None:
        charged = sum((one.charged for one in checkout.transactions), NOTHING)
        due = checkout.total_after_cards(self._state.clock.now()).gross.amount
        if charged < due and not checkout.channel.allow_unpaid_orders:
            message = "The authorized amount doesn't cover the checkout's total amount."
            raise ShopRefusal(message, code="CHECKOUT_NOT_FULLY_PAID", field="id")

    def _check_cards(self, checkout: Checkout) -> None:
        """A dead card blocks the whole checkout until somebody takes it off."""
        now = self._state.clock.now()
        if not all(card.is_open(now) for card in checkout.gift_cards):
            message = "Gift card has expired. Order placement cancelled."
            raise ShopRefusal(message, code="GIFT_CARD_NOT_APPLICABLE")
        if not all(card.may_be_used_by(checkout.user) for card in checkout.gift_cards):
            message = "Gift card cannot be used. Order placement cancelled."
            raise ShopRefusal(message, code="GIFT_CARD_NOT_APPLICABLE")

    def _take_code(self, checkout: Checkout) -> VoucherCode | None:
        """Use the code up. One that somebody else used up since the check is passed over: the discount stays."""
        found = self._open_voucher(checkout)
        if found is None:
            return None
        try:
            self._voucher_use.take(*found, checkout.email or "")
        except NotApplicable as error:
            message = "Voucher not applicable"
            raise ShopRefusal(message, code="VOUCHER_NOT_APPLICABLE", field="voucherCode") from error
        return found[1]

    def _give_code_back(self, checkout: Checkout, code: VoucherCode | None) -> None:
        found = None if code is None else self._state.voucher_codes.get(code.code)
        if found is not None:
            self._voucher_use.give_back(*found, checkout.email or "")

    def _order(self, checkout: Checkout) -> Order:
        now = self._state.clock.now()
        is_confirmed = checkout.channel.auto_confirm and bool(checkout.transactions)
        return Order(
            pk=self._state.new_uuid(),
            number=str(self._state.next_number("Order")),
            status=OrderStatus.UNFULFILLED if is_confirmed else OrderStatus.UNCONFIRMED,
            origin=OrderOrigin.CHECKOUT,
            created=now,
            updated_at=now,
            channel=checkout.channel,
            user=checkout.user,
            user_email=checkout.email or "",
            display_gross_prices=checkout.display_gross_prices,
            shipping_price=checkout.shipping_price,
            lines=[self._line(line) for line in checkout.lines],
            transactions=list(checkout.transactions),
            checkout_id=checkout.id,
        )

    def _line(self, line: CheckoutLine) -> OrderLine:
        return OrderLine(
            pk=self._state.new_uuid(),
            variant=line.variant,
            quantity=line.quantity,
            unit_price=line.unit_price,
            full_price=line.full_price,
            currency=line.currency,
            tax_rate=line.tax_rate,
            discount=line.discount,
            is_gift=line.is_gift,
        )

    def _note_discounts(self, checkout: Checkout, order: Order, voucher: Voucher | None) -> None:
        """A voucher on lines is noted on the lines, with the code even where the order lost it to another.

        An order's discount is called what the voucher was called when its code was put on; a line's, what it is now.
        """
        if voucher is None:
            return
        if not voucher.is_on_lines:
            if checkout.discount_amount:
                order.discounts.append(_discount(checkout.discount_name, checkout.discount))
            return
        for line in order.lines:
            if line.discount:
                line.voucher_code = checkout.voucher_code
                line.discounts.append(_discount(voucher.name, Money(line.discount, line.currency)))

    def _draw_cards(self, checkout: Checkout, order: Order) -> None:
        """Cards one after the other while anything is left to pay; an empty one is noted on the order all the same."""
        left = checkout.before_cards
        for card in checkout.gift_cards:
            if left > NOTHING:
                order.gift_cards.append(card)
                left -= self._gift_cards.draw(card, left, order=order.id)
        order.gift_card_amount = checkout.before_cards - left


def _discount(name: str | None, total: Money) -> Discount:
    return Discount(type="VOUCHER", name=name or "", total=total)
