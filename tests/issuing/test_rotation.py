"""The secret key is changed: codes that customers hold are read, used and recognized by the new one alone."""

from decimal import Decimal

from saleor_crm_app.installation.rotation import rotate
from saleor_crm_app.loyalty import coupons
from saleor_crm_app.saleor.codes import CodeBook
from tests.journeys.claims import coupon_of, offer
from tests.journeys.members import Member
from tests.journeys.running import SECRET
from tests.journeys.simulated_town import SimulatedTown
from tests.journeys.town import buy

NEW = "the secret key of the next year"


async def test_codes_are_sealed_and_digested_anew(town: SimulatedTown, anna: Member) -> None:
    code = (await coupon_of(anna, await offer(town)))["code"]
    shop = await town.app.installation()
    first, total = await rotate(town.app.database, [NEW, SECRET])
    assert (first, total) == (total, total)
    assert await rotate(town.app.database, [NEW]) == (0, total)
    fresh = CodeBook([NEW])
    async with town.app.database.shop(shop, read_only=True) as session:
        [coupon] = await coupons.coupons_by_code(session, [fresh.mac(code, installation=shop)])
        free = await coupons.codes.known_codes(session, [coupon.mac or b""])
    assert coupon.sealed is not None
    assert fresh.open(coupon.sealed, installation=shop) == code
    assert free == {coupon.mac}
    assert (await buy(town, anna.person, code)).saved == Decimal(5)
