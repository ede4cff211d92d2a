"""Shared by the tests of operations: the key of a simulated shop."""

import pytest

from saleor_crm_app.demo.signing import SigningKey


@pytest.fixture(scope="session")
def shop_key() -> SigningKey:
    """Making one takes a while, and one serves all shops."""
    return SigningKey()
