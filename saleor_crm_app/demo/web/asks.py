"""What the page may ask for: the shapes of its requests, checked as they are read."""

from typing import Annotated, Literal, TypeVar

from msgspec import Meta, Struct

ShopKey = Literal["first", "second"]
Once = Annotated[str, Meta(min_length=8, max_length=64)]
"""Made by the page for one press of one button: the same one is done once."""

Name = Annotated[str, Meta(max_length=100)]

Goods = Annotated[dict[Name, int], Meta(max_length=50)]
"""Quantities by ids of variants."""

Asked = TypeVar("Asked", bound=Struct)


class Token(Struct, forbid_unknown_fields=True):
    shop: ShopKey
    person: Name


class Cart(Struct, forbid_unknown_fields=True):
    shop: ShopKey
    person: Name | None
    cart: Goods
    code: Name | None = None


class Buy(Struct, forbid_unknown_fields=True, rename="camel"):
    """`at_checkout` also where there is no code, but points pay."""

    shop: ShopKey
    once: Once
    person: Name | None
    cart: Goods
    code: Name | None = None
    at_checkout: bool = False


class Do(Struct, forbid_unknown_fields=True):
    shop: ShopKey
    once: Once
    person: Name | None
    order: Name
    deed: Literal["pay", "deposit", "fulfill", "refund_some", "refund_all", "return_line", "cancel"]
    line: Name | None = None


class Wait(Struct, forbid_unknown_fields=True):
    shop: ShopKey
    once: Once
    days: Annotated[int, Meta(ge=1, le=800)]


class Trouble(Struct, forbid_unknown_fields=True, rename="camel"):
    shop: ShopKey
    duplicate: bool
    reorder: bool
    drop: bool
    bad_signature: bool
    is_down: bool


class SecondShop(Struct, forbid_unknown_fields=True):
    shop: ShopKey


class Reconcile(Struct, forbid_unknown_fields=True):
    shop: ShopKey
    once: Once
