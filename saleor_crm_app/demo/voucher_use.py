"""How orders use up the codes of vouchers, and how they are given back; no event tells of either."""

from saleor_crm_app.demo.discounts import NotApplicable
from saleor_crm_app.demo.order import Order
from saleor_crm_app.demo.promo_codes import PromoCodes
from saleor_crm_app.demo.voucher import Voucher, VoucherCode


class VoucherUse:
    """Usage is counted where the voucher has a limit; customers are marked where it is once for each."""

    def __init__(self, promo_codes: PromoCodes) -> None:
        self._codes = promo_codes

    def take(self, voucher: Voucher, code: VoucherCode, email: str) -> None:
        """Use a code up for an order; raises NotApplicable where this customer had one of this code already."""
        if voucher.apply_once_per_customer and email in code.customers:
            raise NotApplicable
        voucher.touched_codes.add(code)
        if voucher.usage_limit is not None:
            code.used += 1
        if voucher.apply_once_per_customer:
            code.customers.add(email)
        if voucher.single_use:
            code.is_active = False

    def give_back(self, voucher: Voucher, code: VoucherCode, email: str) -> None:
        """Undo `take`, as Saleor does for an order that could not be made after all."""
        _count_less(voucher, code)
        code.customers.discard(email)
        code.is_active = code.is_active or voucher.single_use

    def release_expired(self, order: Order) -> None:
        """An order expired: the count and the customer's mark go, but a single-use code stays inactive."""
        found = None if order.voucher_code is None else self._codes.voucher_of(order.voucher_code)
        if found is not None:
            voucher, code = found
            _count_less(voucher, code)
            code.customers.discard(order.user_email if order.user is None else order.user.email)


def _count_less(voucher: Voucher, code: VoucherCode) -> None:
    if voucher.usage_limit is not None:
        code.used = max(0, code.used - 1)
