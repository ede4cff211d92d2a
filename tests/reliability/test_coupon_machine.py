"""Shops with coupons live at random; once all is settled, the laws of coupons hold in the books and in the shop.

Longer: COUPON_LIVES=300 COUPON_STEPS=80 pytest tests/reliability/test_coupon_machine.py; COUPON_SEED says which first.
"""

import os

import pytest

from saleor_crm_app.demo.signing import SigningKey
from saleor_crm_app.issuing import stocking
from saleor_crm_app.loyalty.rewards import claiming
from tests.conftest import Addresses
from tests.journeys.running import running
from tests.journeys.simulated_town import simulated_town
from tests.reliability.coupon_laws import broken_laws
from tests.reliability.coupon_machine import CouponLife

LIVES = int(os.environ.get("COUPON_LIVES", "2"))
STEPS = int(os.environ.get("COUPON_STEPS", "35"))
SEED = int(os.environ.get("COUPON_SEED", "1"))


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return SigningKey()


@pytest.mark.parametrize("seed", range(SEED, SEED + LIVES))
async def test_once_all_is_settled_the_laws_of_coupons_hold(
    addresses: Addresses, key: SigningKey, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(stocking, "READY", 3)  # so that the pool runs empty
    monkeypatch.setattr(claiming, "FEW", 1)
    async with running(addresses) as app, simulated_town(app, key) as town:
        life = CouponLife(town, seed)
        try:
            await life.live(STEPS)
            await life.settle()
            assert await broken_laws(town, life.stock) == [], life.story()
            assert life.queue.troubles == {}, life.story()
        finally:
            await life.queue.database.close()
