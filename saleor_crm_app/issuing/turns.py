"""One at a time at work in the shop on a voucher or a gift card: nothing is locked, the turn is a date in the row."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final
from uuid import UUID

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Refusal, Unavailable
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.loyalty.coupons import Coupon, CouponKey
from saleor_crm_app.saleor.client import PermissionDenied, ShopGraphQLError, ShopUnavailable

TURN: Final = timedelta(minutes=2)
"""Longer than any operation here, with time for the shop to end what we stopped waiting for."""

_ANSWERED: Final = (Refusal, PermissionDenied, ShopGraphQLError, ShopUnavailable)
"""An answer came, so what was asked for is over; without one the shop may still be at it."""


class SomebodyAtWork(Unavailable):
    """Another process is at it, or a call to the shop about it has an unknown end; tried again later."""

    def __init__(self) -> None:
        super().__init__("Somebody is at work on this in the shop")


@asynccontextmanager
async def alone_with_voucher(database: Database, shop: InstallationId, key: UUID) -> AsyncIterator[None]:
    """Be the only one at work on a voucher; where an answer failed to come, the turn runs out by itself.

    Raises SomebodyAtWork.
    """
    async with database.shop(shop) as session:
        until = await rewards.vouchers.take_voucher(session, key, lasting=TURN)
    if until is None:
        raise SomebodyAtWork
    try:
        yield
    except _ANSWERED:
        async with database.shop(shop) as session:
            await rewards.vouchers.let_voucher_go(session, key, until)
        raise
    async with database.shop(shop) as session:
        await rewards.vouchers.let_voucher_go(session, key, until)


@asynccontextmanager
async def alone_with_coupon(database: Database, shop: InstallationId, key: CouponKey) -> AsyncIterator[Coupon]:
    """Be the only one at work on a gift card's coupon; gives it as it reads then.

    Raises SomebodyAtWork.
    """
    async with database.shop(shop) as session:
        coupon = await coupons.take_coupon(session, key, lasting=TURN)
    if coupon is None:
        raise SomebodyAtWork
    try:
        yield coupon
    except _ANSWERED:
        async with database.shop(shop) as session:
            await coupons.let_coupon_go(session, coupon)
        raise
    async with database.shop(shop) as session:
        await coupons.let_coupon_go(session, coupon)
