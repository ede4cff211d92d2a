"""Gateway for the codes of vouchers: added, read and deleted in bulk.

Saleor has no way to ask for one code: codes are paged through, the newest first.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.client import ShopUnavailable
from saleor_crm_app.saleor.shop_refusals import CodesTaken, ShopError, ShopRefused, VoucherGone, first_error

CODES_AT_ONCE: Final = 100
"""As many as one answer can show; adding them takes Saleor about a second and a half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherCode:
    """One code; `used` counts only where the voucher has a usage limit, a single-use code turns inactive."""

    id: str
    code: str
    used: int
    is_active: bool

    @property
    def was_used(self) -> bool:
        return self.used > 0 or not self.is_active


class _Code(msgspec.Struct, rename="camel"):
    id: str
    code: str | None
    used: int | None
    is_active: bool | None


class _CodeEdge(msgspec.Struct):
    node: _Code


class _PageInfo(msgspec.Struct, rename="camel"):
    has_next_page: bool
    end_cursor: str | None


class CodePage(msgspec.Struct, rename="camel"):
    """A page of codes as the shop answers it."""

    edges: list[_CodeEdge]
    page_info: _PageInfo


async def add_codes(caller: Caller, voucher: str, codes: Sequence[str]) -> tuple[VoucherCode, ...]:
    """Add at most 100 codes; those that are on this very voucher already count as added, so it may be repeated.

    Raises CodesTaken, when none was added, VoucherGone, ShopRefused, and what `Caller.execute` raises.
    """
    data = await caller.execute("VoucherUpdate", {"id": voucher, "input": {"addCodes": list(codes)}})
    error = first_error(data, "voucherUpdate")
    if error is None:
        return await _added(caller, voucher, codes, page=_page(data["voucherUpdate"]))
    refusal = voucher_refusal(error)
    if not isinstance(refusal, CodesTaken):
        raise refusal
    present = await read_codes(caller, voucher, codes)
    missing = [code for code in codes if code not in present]
    if not present or set(refusal.codes) & set(missing):
        raise refusal
    if missing:
        present |= {one.code: one for one in await add_codes(caller, voucher, missing)}
    return tuple(present[code] for code in codes)


async def read_codes(caller: Caller, voucher: str, codes: Collection[str]) -> dict[str, VoucherCode]:
    """Those of some codes that a voucher still has, by their text; what is missing is gone, all when it is gone.

    Reads on until all are found or there are no more. Raises what `Caller.execute` raises.
    """
    wanted, found = set(codes), dict[str, VoucherCode]()
    after: str | None = None
    while wanted - found.keys():
        data = await caller.execute("VoucherCodes", {"id": voucher, "first": CODES_AT_ONCE, "after": after})
        page = _page(data)
        if page is None:
            break
        found |= {one.code: one for one in codes_of(page) if one.code in wanted}
        after = page.page_info.end_cursor
        if not page.page_info.has_next_page or after is None:
            break
    return found


async def delete_codes(caller: Caller, ids: Collection[str]) -> int:
    """Delete codes by their global ids and give how many there were; used ones go too, so read them before.

    A checkout with a deleted code on it cannot be completed until the code is taken off. Raises ShopRefused, and
    what `Caller.execute` raises.
    """
    data = await caller.execute("VoucherCodeBulkDelete", {"ids": list(ids)})
    if error := first_error(data, "voucherCodeBulkDelete"):
        raise ShopRefused(error)
    count: int = data["voucherCodeBulkDelete"]["count"]
    return count


def codes_of(page: CodePage) -> tuple[VoucherCode, ...]:
    """The codes of a page, in its order."""
    return tuple(
        VoucherCode(
            id=edge.node.id, code=edge.node.code or "", used=edge.node.used or 0, is_active=bool(edge.node.is_active)
        )
        for edge in page.edges
    )


def voucher_refusal(error: ShopError) -> ShopRefused:
    """What the shop means that says this of a voucher."""
    is_other_node = error.code == "NOT_FOUND" and error.field != "id"
    return (ShopRefused if is_other_node else _REFUSALS.get(error.code, ShopRefused))(error)


async def _added(
    caller: Caller, voucher: str, codes: Sequence[str], *, page: CodePage | None
) -> tuple[VoucherCode, ...]:
    """The codes just added, from the answer where it shows them all, else read."""
    known = {} if page is None else {one.code: one for one in codes_of(page)}
    if not known.keys() >= set(codes):
        known = await read_codes(caller, voucher, codes)
    try:
        return tuple(known[code] for code in codes)
    except KeyError as error:
        raise ShopUnavailable("The shop does not show the codes that were just added") from error


_REFUSALS: Final[Mapping[str, type[ShopRefused]]] = {"ALREADY_EXISTS": CodesTaken, "NOT_FOUND": VoucherGone}


class _Holder(msgspec.Struct):
    codes: CodePage


class _OneVoucher(msgspec.Struct):
    voucher: _Holder | None


def _page(data: Mapping[str, Any]) -> CodePage | None:
    try:
        voucher = msgspec.convert(data, _OneVoucher).voucher
    except msgspec.ValidationError as error:
        raise ShopUnavailable(f"The shop answered with something that is no page of codes: {error}") from error
    return None if voucher is None else voucher.codes
