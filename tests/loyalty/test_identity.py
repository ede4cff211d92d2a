"""Who a customer is: the key that the shop gives, whatever their e-mail address, and orders from before it."""

from datetime import timedelta

import msgspec
import pytest

from saleor_crm_app.crm import orders
from saleor_crm_app.crm.orders import Observed
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty import points
from saleor_crm_app.reactions import react
from saleor_crm_app.saleor.events import CustomerChanged, CustomerState
from tests.loyalty.ledger_acts import DAY, Books
from tests.shop import ANNA, NOON, line, order


@pytest.fixture
def books(database: Database, installation: InstallationId) -> Books:
    return Books(database, installation)


async def test_another_e_mail_address_changes_nothing(books: Books) -> None:
    await books.bought(100)
    before = await books.balance()
    state = CustomerState(
        id=ANNA,
        email="anna.new@example.com",
        is_active=True,
        is_confirmed=True,
        is_staff=False,
        language_code="EN",
        joined=NOON,
        updated_at=NOON + DAY,
    )
    for event in ("CustomerUpdated", "AccountEmailChanged"):
        changed = CustomerChanged(
            event=event, source="webhook", issued_at=NOON + DAY, issuing_app_id=None, customer=state
        )
        async with books.database.shop(books.shop) as session:
            await react(session, books.shop, [changed], at=NOON + DAY)
    assert await books.balance() == before
    assert await books.entries() == [("EARN", 100)]
    await books.bought(20, ago=timedelta(0))
    assert await books.entries() == [("EARN", 100), ("EARN", 20)]
    assert await books.proved() == ()


@pytest.mark.parametrize(("age", "credited"), [(365 * DAY, True), (365 * DAY + timedelta(seconds=1), False)])
async def test_an_order_of_a_guest_is_credited_when_the_shop_attaches_it_in_silence(
    books: Books, age: timedelta, *, credited: bool
) -> None:
    await books.bought(1)  # the account is there
    placed = NOON - age
    bought = order(line("line", 4000), charged=4000, customer=None, created_at=placed, updated_at=placed)
    await books.happen(bought)
    assert await books.entries() == [("EARN", 1)]
    # the shop tells nobody and leaves `updatedAt` as it was: only a look into it shows whose order it is now
    attached = msgspec.structs.replace(bought, customer=ANNA)
    async with books.database.shop(books.shop) as session:
        seen = [Observed(snapshot=attached, issued_at=NOON, polled=True)]
        learnt = await orders.record(session, books.shop, seen, at=NOON)
        await points.accrue(session, books.shop, learnt.changed, at=NOON)
    assert await books.entries() == [("EARN", 1), ("EARN", 40)][: 1 + credited]
    assert await books.proved() == ()
