"""Gateway for the codes of vouchers: added, read and deleted in bulk.

Saleor has no way to ask for one code: codes are paged through, the newest first.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.client import ShopUnavailable
from saleor_crm_app.saleor.shop_refusals import CodesTaken, ShopError, ShopRefused, VoucherGone, first_error
from saleor_crm_app.saleor.voucher_edits import edit_voucher

CODES_AT_ONCE: Final = 100
"""As many as one answer can show; adding them takes Saleor about a second and a half."""
CODES_IN_BULK: Final = 500
"""As many as are added at once where none is read back; that takes Saleor about three seconds."""


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
    variables = {"id": voucher, "input": {"addCodes": list(codes)}}
    try:
        payload = await edit_voucher(caller, "VoucherUpdate", variables, mutation="voucherUpdate")
    except CodesTaken as refusal:
        present = await read_codes(caller, voucher, codes)
        missing = [code for code in codes if code not in present]
        if not present or set(refusal.codes) & set(missing):
            raise
        if missing:
            present |= {one.code: one for one in await add_codes(caller, voucher, missing)}
        return tuple(present[code] for code in codes)
    return await _added(caller, voucher, codes, page=_page(payload))


async def put_codes(caller: Caller, voucher: str, codes: Sequence[str]) -> None:
    """Add at most 500 codes without reading them back; those that are on this very voucher count as added likewise.

    Raises CodesTaken, naming those that are somebody else's, when none was added, VoucherGone, ShopRefused, and what
    `Caller.execute` raises.
    """
    texts = [code.strip() for code in codes]  # as Saleor keeps and names them
    while texts:
        try:
            variables = {"id": voucher, "input": {"addCodes": texts}}
            await edit_voucher(caller, "VoucherChange", variables, mutation="voucherUpdate")
        except CodesTaken as refusal:
            taken = set(refusal.codes) & set(texts)
            if not taken:
                raise
            if foreign := await _foreign(caller, voucher, taken):
                found = ShopError(code=refusal.shop_code, message=refusal.said, voucher_codes=sorted(foreign))
                raise CodesTaken(found) from refusal
            texts = [text for text in texts if text not in taken]
        else:
            return


async def each_code(caller: Caller, voucher: str) -> AsyncIterator[VoucherCode]:
    """All codes of a voucher, the newest first, asked for page by page; those that are added meanwhile are not seen.

    Raises VoucherGone, and what `Caller.execute` raises.
    """
    async with aclosing(_pages(caller, voucher)) as pages:
        async for page in pages:
            for code in codes_of(page):
                yield code


async def read_codes(
    caller: Caller, voucher: str, codes: Collection[str], *, most_pages: int | None = None
) -> dict[str, VoucherCode]:
    """Those of some codes that a voucher still has, by their text; what is missing is gone, all when it is gone.

    Reads on until all are found or there are no more; with `most_pages` only among that many of the newest hundreds.
    Raises what `Caller.execute` raises.
    """
    wanted, found = set(codes), dict[str, VoucherCode]()
    if not wanted or most_pages == 0:
        return found
    read = 0
    try:
        async with aclosing(_pages(caller, voucher)) as pages:
            async for page in pages:
                found |= {one.code: one for one in codes_of(page) if one.code in wanted}
                read += 1
                if not wanted - found.keys() or read == most_pages:
                    break
    except VoucherGone:
        return {}
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


async def _foreign(caller: Caller, voucher: str, taken: Collection[str]) -> set[str]:
    """Those of some taken codes that are not on this voucher.

    Codes whose adding was not answered are the newest; others are looked for by their text, which may be part of
    another code, and only then among all.
    """
    near = await read_codes(caller, voucher, taken, most_pages=len(taken) // CODES_AT_ONCE + 1)
    left = set(taken) - near.keys()
    foreign = {code for code in left if not await _may_have(caller, voucher, code)}
    left -= foreign
    return foreign | left - (await read_codes(caller, voucher, left)).keys()


async def _may_have(caller: Caller, voucher: str, text: str) -> bool:
    data = await caller.execute("VouchersLike", {"text": text})
    try:
        found = msgspec.convert(data, _Vouchers).vouchers
    except msgspec.ValidationError as error:
        raise ShopUnavailable(f"The shop answered with something that is no list of vouchers: {error}") from error
    return found.page_info.has_next_page or any(edge.node.id == voucher for edge in found.edges)


async def _pages(caller: Caller, voucher: str) -> AsyncGenerator[CodePage, None]:
    after: str | None = None
    while True:
        data = await caller.execute("VoucherCodes", {"id": voucher, "first": CODES_AT_ONCE, "after": after})
        page = _page(data)
        if page is None:
            raise VoucherGone
        yield page
        after = page.page_info.end_cursor
        if not page.page_info.has_next_page or after is None:
            return


class _Holder(msgspec.Struct):
    codes: CodePage


class _OneVoucher(msgspec.Struct):
    voucher: _Holder | None


class _Identified(msgspec.Struct):
    id: str


class _Edge(msgspec.Struct):
    node: _Identified


class _More(msgspec.Struct, rename="camel"):
    has_next_page: bool


class _Found(msgspec.Struct, rename="camel"):
    edges: list[_Edge]
    page_info: _More


class _Vouchers(msgspec.Struct):
    vouchers: _Found


def _page(data: Mapping[str, Any]) -> CodePage | None:
    try:
        voucher = msgspec.convert(data, _OneVoucher).voucher
    except msgspec.ValidationError as error:
        raise ShopUnavailable(f"The shop answered with something that is no page of codes: {error}") from error
    return None if voucher is None else voucher.codes
