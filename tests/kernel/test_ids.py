"""Keys: ordered by time, placed the same everywhere, and Saleor's ids read strictly."""

from uuid import UUID

import pytest

from saleor_crm_app.kernel.ids import (
    CustomerId,
    InstallationId,
    customer_id,
    decode_global_id,
    global_id,
    new_id,
    order_id,
    shard_key,
)

SHOP = InstallationId(UUID("0199d2a4-0000-7000-8000-000000000001"))


def test_new_keys_are_version_7_and_distinct() -> None:
    keys = [new_id() for _ in range(10_000)]
    assert {(key.version, key.variant) for key in keys} == {(7, "specified in RFC 4122")}
    assert len(set(keys)) == 10_000
    milliseconds = [key.int >> 80 for key in keys]
    assert milliseconds == sorted(milliseconds)


def test_a_customer_is_placed_the_same_on_every_machine() -> None:
    # a literal: were it to change, every stored row would be lost
    assert shard_key(SHOP, CustomerId("6")) == -5_728_234_739_709_875_706


def test_reads_saleors_ids() -> None:
    order = UUID("7e423a16-4d37-4d6e-99ab-9e993fe3edee")
    assert customer_id("VXNlcjo2") == "6"
    assert order_id("T3JkZXI6N2U0MjNhMTYtNGQzNy00ZDZlLTk5YWItOWU5OTNmZTNlZGVl") == order
    assert decode_global_id(global_id("Order", order)) == ("Order", str(order))


@pytest.mark.parametrize(
    "text", ["", "6", "User:6", "VXNlcjo2=", "QXBwOjE=", "VXNlcjo=", "VXNlcjo2\n", "é", "A" * 5000]
)
def test_refuses_what_is_no_customer(text: str) -> None:
    with pytest.raises(ValueError, match="id"):
        customer_id(text)
