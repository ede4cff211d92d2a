"""How vouchers and their codes are read and edited by an app."""

from collections.abc import Iterable
from typing import NamedTuple, TypeVar
from uuid import UUID

from saleor_crm_app.demo.access import Access, Resolver
from saleor_crm_app.demo.catalog import Category, Collection, Product
from saleor_crm_app.demo.edits import EditError, Input, attempt, decimal_of, doer, instant_of, named
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.global_ids import key_or_error
from saleor_crm_app.demo.lists import Connection, moment, page_of
from saleor_crm_app.demo.nodes import Node
from saleor_crm_app.demo.promo_codes import PromoCodes
from saleor_crm_app.demo.state import ShopState
from saleor_crm_app.demo.voucher import DiscountValueType, Voucher, VoucherCode, VoucherType
from saleor_crm_app.demo.vouchers import Vouchers, VoucherTerms
from saleor_crm_app.kernel.ids import key_of

Found = TypeVar("Found", bound=Node)


class VoucherPayload(NamedTuple):
    voucher: Voucher | None
    errors: list[EditError]


class CodesPayload(NamedTuple):
    deleted: int | None
    errors: list[EditError]


def _voucher(
    _source: object,
    access: Access,
    *,
    id: str,
    **_others: object,
) -> Voucher | None:
    return access.state.vouchers.get(int(key_or_error(id, "Voucher")))


def _vouchers(
    _source: object,
    access: Access,
    *,
    first: int | None = None,
    after: str | None = None,
    filter: Input | None = None,
    **_others: object,
) -> Connection[Voucher]:
    """The search looks into names and codes, for any part of them in any case."""
    text = ((filter or {}).get("search") or "").lower()
    found = [
        voucher
        for voucher in access.state.vouchers.values()
        if text in voucher.name.lower() or any(text in code.code.lower() for code in voucher.voucher_codes)
    ]
    return page_of(
        found,
        lambda voucher: (voucher.name, f"{voucher.pk:020}"),
        name="vouchers",
        first=first,
        after=after,
        descending=False,
    )


def _codes(
    voucher: Voucher, _access: Access, *, first: int | None = None, after: str | None = None, **_others: object
) -> Connection[VoucherCode]:
    """The newest first."""
    return page_of(
        voucher.voucher_codes,
        lambda code: (moment(code.created_at), code.code),
        name="codes",
        first=first,
        after=after,
        descending=True,
    )


def _create(_source: object, access: Access, *, input: Input) -> VoucherPayload:
    def act() -> Voucher:
        if not input.get("addCodes"):
            raise ShopRefusal("Either `code` or `addCodes` is required.", code="GRAPHQL_ERROR", field="addCodes")
        return _acts(access).create(_terms(access.state, input), input["addCodes"], by=doer(access))

    return VoucherPayload(*attempt(act))


def _update(
    _source: object,
    access: Access,
    *,
    id: str,
    input: Input,
) -> VoucherPayload:
    """Of an existing voucher this shop changes codes, single use and usage limit."""

    def act() -> Voucher:
        if others := set(input) - {"addCodes", "singleUse", "usageLimit"}:
            raise ShopRefusal(f"This shop is simulated and does not change {sorted(others)}.")
        voucher, acts = named(access.state.vouchers, id, kind="Voucher"), _acts(access)
        if "singleUse" in input:
            acts.set_single_use(voucher, single_use=input["singleUse"], by=doer(access))
        if "usageLimit" in input:
            acts.set_usage_limit(voucher, input["usageLimit"], by=doer(access))
        if input.get("addCodes"):
            acts.add_codes(voucher, input["addCodes"], by=doer(access))
        return voucher

    return VoucherPayload(*attempt(act))


def _list(
    _source: object,
    access: Access,
    *,
    id: str,
    input: Input,
) -> VoucherPayload:
    def act() -> Voucher:
        voucher, acts = named(access.state.vouchers, id, kind="Voucher"), _acts(access)
        for one in input.get("addChannels") or ():
            if one.get("discountValue") is None:
                raise ShopRefusal("Value is required for voucher.", code="REQUIRED", field="discountValue")
            channel = named(access.state.channels, one["channelId"], kind="Channel", field="addChannels")
            least = one.get("minAmountSpent")
            min_spent = None if least is None else decimal_of(least)
            acts.list_in(voucher, channel, decimal_of(one["discountValue"]), min_spent=min_spent, by=doer(access))
        for text in input.get("removeChannels") or ():
            channel = named(access.state.channels, text, kind="Channel", field="removeChannels")
            acts.unlist(voucher, channel, by=doer(access))
        return voucher

    return VoucherPayload(*attempt(act))


def _delete_codes(_source: object, access: Access, *, ids: list[str]) -> CodesPayload:
    def act() -> int:
        try:
            keys = [UUID(key_of(one, kind="VoucherCode")) for one in ids]
        except ValueError as error:
            raise ShopRefusal("Invalid VoucherCode ID.", field="ids") from error
        return _acts(access).delete_codes(keys, by=doer(access))

    return CodesPayload(*attempt(act))


def _deleted(payload: CodesPayload, _access: Access) -> int:
    return payload.deleted or 0


def _terms(state: ShopState, given: Input) -> VoucherTerms:
    products = {variant.product.pk: variant.product for variant in state.variants}
    categories = {one.pk: one for one in _categories(products.values())}
    collections = {one.pk: one for product in products.values() for one in product.collections}
    variants = {variant.pk: variant for variant in state.variants}
    return VoucherTerms(
        name=given.get("name") or "",
        type=VoucherType(given.get("type") or VoucherType.ENTIRE_ORDER),
        value_type=DiscountValueType(given.get("discountValueType") or DiscountValueType.FIXED),
        single_use=bool(given.get("singleUse")),
        usage_limit=given.get("usageLimit"),
        once_per_order=bool(given.get("applyOncePerOrder")),
        once_per_customer=bool(given.get("applyOncePerCustomer")),
        min_items=given.get("minCheckoutItemsQuantity"),
        start_date=instant_of(given.get("startDate")),
        end_date=instant_of(given.get("endDate")),
        products=_all_named(products, given, "products", kind=Product.kind),
        variants=_all_named(variants, given, "variants", kind="ProductVariant"),
        collections=_all_named(collections, given, "collections", kind=Collection.kind),
        categories=_all_named(categories, given, "categories", kind=Category.kind),
    )


def _categories(products: Iterable[Product]) -> Iterable[Category]:
    return (product.category for product in products if product.category is not None)


def _all_named(nodes: dict[int | UUID, Found], given: Input, field: str, *, kind: str) -> tuple[Found, ...]:
    return tuple(named(nodes, text, kind=kind, field=field) for text in given.get(field) or ())


def _acts(access: Access) -> Vouchers:
    return Vouchers(access.state, PromoCodes(access.state))


VOUCHER_RESOLVERS: dict[tuple[str, str], Resolver] = {
    ("Mutation", "voucherChannelListingUpdate"): _list,
    ("Mutation", "voucherCodeBulkDelete"): _delete_codes,
    ("Mutation", "voucherCreate"): _create,
    ("Mutation", "voucherUpdate"): _update,
    ("Query", "voucher"): _voucher,
    ("Query", "vouchers"): _vouchers,
    ("Voucher", "codes"): _codes,
    ("VoucherCodeBulkDelete", "count"): _deleted,
}
