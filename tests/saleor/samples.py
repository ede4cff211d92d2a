"""Made-up deliveries, complete as our own documents would bring them, for tests to bend."""

import json
from typing import Any

APP_ID = "QXBwOjE="
ORDER_ID = "T3JkZXI6N2U0MjNhMTYtNGQzNy00ZDZlLTk5YWItOWU5OTNmZTNlZGVl"
CUSTOMER_ID = "VXNlcjo2"


def line(number: int = 1, **changes: object) -> dict[str, Any]:
    return {
        "id": f"line-{number}",
        "quantity": 2,
        "quantityFulfilled": 0,
        "isGift": False,
        "totalPrice": {"gross": {"amount": 3.98}, "net": {"amount": 3.35}},
        "variant": {
            "id": "UHJvZHVjdFZhcmlhbnQ6Mzg0",
            "product": {
                "id": "UHJvZHVjdDoxNTI=",
                "category": {"id": "Q2F0ZWdvcnk6NDM="},
                "collections": [{"id": "Q29sbGVjdGlvbjox"}],
                "productType": {"id": "UHJvZHVjdFR5cGU6MjM=", "kind": "NORMAL"},
            },
        },
    } | changes


def order(**changes: object) -> dict[str, Any]:
    return {
        "id": ORDER_ID,
        "number": "23",
        "status": "UNFULFILLED",
        "created": "2026-11-21T23:04:02.851149+00:00",
        "updatedAt": "2026-11-21T23:04:02.911161+00:00",
        "displayGrossPrices": True,
        "userEmail": "ashley.cook@example.com",
        "user": {"id": CUSTOMER_ID, "isStaff": False},
        "channel": {"slug": "default-channel", "currencyCode": "USD"},
        "subtotal": {"currency": "USD", "gross": {"amount": 3.98}},
        "shippingPrice": {"gross": {"amount": 0.0}},
        "totalCharged": {"amount": 3.98},
        "totalRefundPending": {"amount": 0.0},
        "lines": [line()],
        "fulfillments": [],
        "grantedRefunds": [],
        "transactions": [],
    } | changes


def customer(**changes: object) -> dict[str, Any]:
    return {
        "id": CUSTOMER_ID,
        "email": "ashley.cook@example.com",
        "isActive": True,
        "isConfirmed": True,
        "isStaff": False,
        "languageCode": "EN",
        "defaultShippingAddress": {"country": {"code": "PL"}},
        "defaultBillingAddress": {"country": {"code": "DE"}},
        "dateJoined": "2026-11-20T08:00:00+00:00",
        "updatedAt": "2026-11-21T23:05:21.971101+00:00",
    } | changes


def event(typename: str, **changes: object) -> dict[str, Any]:
    return {
        "__typename": typename,
        "issuedAt": "2026-11-21T23:04:03.050349+00:00",
        "version": "3.23.28",
        "recipient": {"id": APP_ID},
        "issuingPrincipal": None,
    } | changes


def delivery(typename: str, **changes: object) -> bytes:
    """Bytes as Saleor writes them."""
    return json.dumps(event(typename, **changes)).encode()
