"""Shapes of our subgraph that gateways must refuse, so that the tests of composition can fail."""

import re
from collections.abc import Callable, Mapping

VERSIONS = ("3.21", "3.22", "3.23")


def product_by_id_alone(sdl: str) -> str:
    """Saleor's Product is found by id and channel, so from ours no way leads there."""
    alone = sdl.replace('type Product @key(fields: "id") @key(fields: "id channel")', 'type Product @key(fields: "id")')
    without = re.sub(r'^  """[^"]*"""\n  channel: String\n', "", alone, flags=re.MULTILINE)
    return without + "\nextend type Query { loyaltyProducts: [Product!]! }\n"


def money_like_saleors(sdl: str) -> str:
    return (
        sdl
        + """
type Money { amount: Float! currency: String! }
extend type LoyaltyMoney { plain: Money }
"""
    )


def page_info_not_shareable(sdl: str) -> str:
    return sdl.replace("type PageInfo @shareable", "type PageInfo")


def order_without_its_key(sdl: str) -> str:
    return sdl.replace('type Order @key(fields: "id")', "type Order")


def taken_root_field(sdl: str) -> str:
    return sdl + "\nextend type Query { me: User }\n"


WRONG_SHAPES: Mapping[str, Callable[[str], str]] = {
    shape.__name__: shape
    for shape in (
        product_by_id_alone,
        money_like_saleors,
        page_info_not_shareable,
        order_without_its_key,
        taken_root_field,
    )
}
