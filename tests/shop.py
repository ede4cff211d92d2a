"""Orders for tests, as facts: sensible defaults, so that a test names only what it is about."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec

from saleor_crm_app.crm.orders import FulfillmentFact, LineFact, NamedUnits, Observed, OrderSnapshot, RefundFact
from saleor_crm_app.kernel.ids import CustomerId, OrderId

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=30)
"""What was fulfilled at NOON is available."""
ANNA = CustomerId("7")
EMMA = CustomerId("8")

__all__ = [
    "ANNA",
    "EMMA",
    "LATER",
    "NOON",
    "FulfillmentFact",
    "NamedUnits",
    "RefundFact",
    "later",
    "line",
    "observed",
    "order",
]


def line(name: str, gross: int, *, quantity: int = 1, **other: object) -> LineFact:
    """One line of `gross` minor units in all, untaxed unless `net` is given."""
    return msgspec.convert(
        {"id": name, "quantity": quantity, "fulfilled": 0, "gross": gross, "net": gross, "kind": "NORMAL"} | other,
        LineFact,
    )


def order(
    *lines: LineFact,
    charged: int = 0,
    shipping: int = 0,
    customer: CustomerId | None = ANNA,
    **other: object,
) -> OrderSnapshot:
    """An unfulfilled EUR order of 60 + 40 by Anna, as it read at noon."""
    lines = lines or (line("60", 6000), line("40", 4000))
    columns = {
        "id": OrderId(uuid4()),
        "number": "1",
        "status": "UNFULFILLED",
        "created_at": NOON,
        "updated_at": NOON,
        "display_gross": True,
        "customer": customer,
        "is_staff": False,
        "channel": "default-channel",
        "currency": "EUR",
        "subtotal": sum(one.gross for one in lines),
        "shipping": shipping,
        "charged": charged,
        "refund_pending": 0,
        "gift_card_charged": 0,
        "lines": lines,
        "fulfillments": (),
        "refunds": (),
    } | other
    return OrderSnapshot(**columns)  # type: ignore[arg-type] # the mapping mixes every column's type


def later(order: OrderSnapshot, *, minutes: int, **changes: object) -> OrderSnapshot:
    """The same order with changes, `minutes` after noon."""
    return msgspec.structs.replace(order, updated_at=NOON + timedelta(minutes=minutes), **changes)


def observed(*snapshots: OrderSnapshot, polled: bool = False) -> Sequence[Observed]:
    """These snapshots, each delivered when it was made."""
    return [Observed(snapshot=one, issued_at=one.updated_at, polled=polled) for one in snapshots]
