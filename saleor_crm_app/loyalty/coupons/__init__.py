"""Coupons: what customers were granted, the codes that publish it, and the orders that used it."""

from saleor_crm_app.loyalty.coupons import batch_codes, batch_outcomes, batch_uses, batches, codes, usable, uses
from saleor_crm_app.loyalty.coupons.batches import Batch
from saleor_crm_app.loyalty.coupons.codes import StoredCode
from saleor_crm_app.loyalty.coupons.coupons import (
    Coupon, CouponKey, change_coupon, coupon_by_id, coupon_of, coupons_by_card, coupons_by_code, insert_coupons,
    let_coupon_go, place_of, take_coupon,
)  # fmt: skip
from saleor_crm_app.loyalty.coupons.models import SEALED, BatchEnd, BatchState, CouponMedium, CouponOrigin, CouponState
from saleor_crm_app.loyalty.coupons.outcomes import CHARGED, TROUBLES, Outcome, Terms, Use, Verdict, first_live, judge
from saleor_crm_app.loyalty.coupons.reading import (
    NO_COUPONS, CouponPage, count_held, coupons_of_customer, coupons_of_shop, coupons_of_voucher, due_of_voucher,
    ending, had_before, held_coupons, known_coupons, open_coupons_of, open_of_voucher,
)  # fmt: skip

__all__ = [
    "CHARGED", "NO_COUPONS", "SEALED", "TROUBLES", "Batch", "BatchEnd", "BatchState", "Coupon", "CouponKey",
    "CouponMedium", "CouponOrigin", "CouponPage", "CouponState", "Outcome", "StoredCode", "Terms", "Use", "Verdict",
    "batch_codes", "batch_outcomes", "batch_uses", "batches", "change_coupon", "codes", "count_held", "coupon_by_id",
    "coupon_of", "coupons_by_card", "coupons_by_code", "coupons_of_customer", "coupons_of_shop", "coupons_of_voucher",
    "due_of_voucher", "ending", "first_live", "had_before", "held_coupons", "insert_coupons", "judge",
    "known_coupons", "let_coupon_go", "open_coupons_of", "open_of_voucher", "place_of", "take_coupon", "usable",
    "uses",
]  # fmt: skip
