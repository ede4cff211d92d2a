"""Plain orders in the shape of our order document, for the oracle's own tests."""

from decimal import Decimal
from typing import Any

Amount = str | int | Decimal

CREATED = "2026-03-02T09:00:00.000000+00:00"


def money(amount: Amount) -> dict[str, Any]:
    return {"amount": Decimal(amount)}


def a_line(
    line_id: str,
    gross: Amount,
    *,
    net: Amount | None = None,
    quantity: int = 1,
    fulfilled: int = 0,
    gift: bool = False,
    kind: str = "NORMAL",
) -> dict[str, Any]:
    product: dict[str, Any] = {"id": f"product-{line_id}", "category": None, "collections": []}
    return {
        "id": line_id,
        "quantity": quantity,
        "quantityFulfilled": fulfilled,
        "isGift": gift,
        "totalPrice": {"gross": money(gross), "net": money(gross if net is None else net)},
        "variant": {
            "id": f"variant-{line_id}",
            "product": product | {"productType": {"id": "t", "kind": kind}},
        },
    }


def units(**quantities: int) -> list[dict[str, Any]]:
    """Lines of a refund or fulfillment: how many units of which order line."""
    return [{"quantity": quantity, "orderLine": {"id": line}} for line, quantity in quantities.items()]


def a_grant(
    *lines: dict[str, Any], status: str = "SUCCESS", shipping: bool = False, grant_id: str = "grant"
) -> dict[str, Any]:
    return {"id": grant_id, "status": status, "shippingCostsIncluded": shipping, "lines": list(lines)}


def a_fulfillment(
    *lines: dict[str, Any], status: str = "FULFILLED", created: str = CREATED, shipping: str | None = None
) -> dict[str, Any]:
    return {
        "id": f"fulfillment-{created}",
        "status": status,
        "created": created,
        "shippingRefundedAmount": None if shipping is None else money(shipping),
        "lines": list(lines),
    }


def a_payment(charged: Amount, *, by: str | None = "CardPaymentMethodDetails") -> dict[str, Any]:
    method = None if by is None else {"__typename": by}
    return {"id": f"transaction-{by}", "chargedAmount": money(charged), "paymentMethodDetails": method}


def an_order(
    *,
    lines: list[dict[str, Any]] | None = None,
    currency: str = "EUR",
    shipping: Amount = 10,
    paid: Amount | None = None,
    pending: Amount = 0,
    **fields: object,
) -> dict[str, Any]:
    """Lines of 60 and 40 with shipping 10, paid in full; `fields` replace those of Saleor."""
    lines = [a_line("sixty", 60), a_line("forty", 40)] if lines is None else lines
    subtotal = sum((line["totalPrice"]["gross"]["amount"] for line in lines), Decimal(0))
    order = {
        "id": "order",
        "number": "1",
        "status": "UNFULFILLED",
        "created": CREATED,
        "updatedAt": CREATED,
        "displayGrossPrices": True,
        "userEmail": "eve@example.com",
        "user": {"id": "eve", "isStaff": False},
        "channel": {"slug": "main", "currencyCode": currency},
        "subtotal": {"currency": currency, "gross": money(subtotal)},
        "shippingPrice": {"gross": money(shipping)},
        "totalCharged": money(subtotal + Decimal(shipping) if paid is None else paid),
        "totalRefundPending": money(pending),
        "lines": lines,
        "fulfillments": [],
        "grantedRefunds": [],
        "transactions": [],
    }
    return order | fields
