"""How vouchers and their codes are read and edited by an app."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar
from uuid import UUID

from saleor_crm_app.demo.access import Access, Resolver
from saleor_crm_app.demo.catalog import Category, Collection, Product, Variant
from saleor_crm_app.demo.edits import EditError, Input, all_named, attempt, doer, named
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.global_ids import key_or_error
from saleor_crm_app.demo.lists import Connection, moment, page_backwards, page_of
from saleor_crm_app.demo.people import Country
from saleor_crm_app.demo.promo_codes import PromoCodes
from saleor_crm_app.demo.voucher import Voucher, VoucherCode
from saleor_crm_app.demo.voucher_inputs import changes_of, listings_of
from saleor_crm_app.demo.voucher_terms import VoucherTerms
from saleor_crm_app.demo.vouchers import Vouchers
from saleor_crm_app.kernel.ids import key_of

Grouped = TypeVar("Grouped", Product, Variant, Collection, Category)


class VoucherPayload(NamedTuple):
    voucher: Voucher | None
    errors: list[EditError]


class CountPayload(NamedTuple):
    number: int | None
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
    return page_backwards(
        voucher.voucher_codes,
        lambda code: (moment(code.created_at), code.code),
        name="codes",
        first=first,
        after=after,
    )


def _catalogue(field: str, group: Callable[[Voucher], Sequence[Grouped]]) -> Resolver:
    """A list of what a voucher is for; permissions to see such things are not asked for."""

    def resolve(
        voucher: Voucher, _access: Access, *, first: int | None = None, after: str | None = None, **_others: object
    ) -> Connection[Grouped]:
        return page_of(
            group(voucher),
            lambda one: (one.name, f"{one.pk:020}"),
            name=field,
            first=first,
            after=after,
            descending=False,
        )

    return resolve


def _countries(voucher: Voucher, _access: Access) -> list[Country]:
    return [Country(code) for code in voucher.countries]


def _create(_source: object, access: Access, *, input: Input) -> VoucherPayload:
    def act() -> Voucher:
        if not input.get("addCodes"):
            raise ShopRefusal("At least one of arguments is required: 'code', 'addCodes'.", code="GRAPHQL_ERROR")
        terms = VoucherTerms(**changes_of(access.state, input))
        return _acts(access).create(terms, input["addCodes"], by=doer(access))

    return VoucherPayload(*attempt(act))


def _update(
    _source: object,
    access: Access,
    *,
    id: str,
    input: Input,
) -> VoucherPayload:
    def act() -> Voucher:
        voucher = named(access.state.vouchers, id, kind="Voucher")
        changes = changes_of(access.state, input)
        _acts(access).change(voucher, codes=input.get("addCodes") or (), by=doer(access), **changes)
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
        voucher = named(access.state.vouchers, id, kind="Voucher")
        listings = listings_of(access.state, voucher, input)
        _acts(access).set_listings(voucher, listings.added, removed=listings.removed, by=doer(access))
        return voucher

    return VoucherPayload(*attempt(act))


def _delete(_source: object, access: Access, *, ids: list[str]) -> CountPayload:
    """With some of them missing none is deleted."""

    def act() -> int:
        found = dict.fromkeys(all_named(access.state.vouchers, ids, kind="Voucher", field="id"))
        for voucher in found:
            _acts(access).delete(voucher, by=doer(access))
        return len(found)

    return CountPayload(*attempt(act))


def _delete_codes(_source: object, access: Access, *, ids: list[str]) -> CountPayload:
    def act() -> int:
        try:
            keys = [UUID(key_of(one, kind="VoucherCode")) for one in ids]
        except ValueError as error:
            raise ShopRefusal("Invalid VoucherCode ID.", field="ids") from error
        return _acts(access).delete_codes(keys, by=doer(access))

    return CountPayload(*attempt(act))


def _count(payload: CountPayload, _access: Access) -> int:
    return payload.number or 0


def _acts(access: Access) -> Vouchers:
    return Vouchers(access.state, PromoCodes(access.state))


VOUCHER_RESOLVERS: dict[tuple[str, str], Resolver] = {
    ("Mutation", "voucherBulkDelete"): _delete,
    ("Mutation", "voucherChannelListingUpdate"): _list,
    ("Mutation", "voucherCodeBulkDelete"): _delete_codes,
    ("Mutation", "voucherCreate"): _create,
    ("Mutation", "voucherUpdate"): _update,
    ("Query", "voucher"): _voucher,
    ("Query", "vouchers"): _vouchers,
    ("Voucher", "categories"): _catalogue("categories", lambda voucher: voucher.categories),
    ("Voucher", "codes"): _codes,
    ("Voucher", "collections"): _catalogue("collections", lambda voucher: voucher.collections),
    ("Voucher", "countries"): _countries,
    ("Voucher", "products"): _catalogue("products", lambda voucher: voucher.products),
    ("Voucher", "variants"): _catalogue("variants", lambda voucher: voucher.variants),
    ("VoucherBulkDelete", "count"): _count,
    ("VoucherCodeBulkDelete", "count"): _count,
}
