"""Shared here: a shop in which Anna has 100 points, and visits to it."""

import pytest

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from tests.loyalty.ledger_acts import Books
from tests.loyalty.offers.visits import Visits


@pytest.fixture
async def books(database: Database, installation: InstallationId) -> Books:
    made = Books(database, installation)
    await made.bought(100)
    return made


@pytest.fixture
def visits(books: Books) -> Visits:
    return Visits(books.database, books.shop)
