"""Proof as staff see it: the seals over the books, and what was found when they were proved last."""

from datetime import datetime
from typing import Final

import strawberry

from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.kernel.paging import BadPage, Page, cursor_of, key_at, page_of
from saleor_crm_app.loyalty import points as ledger
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.inputs import AfterArgument, FirstArgument, given
from saleor_crm_app.staff.pages import PageInfo
from saleor_crm_app.staff.permissions import ManagesApps
from saleor_crm_app.staff.scalars import BigInt

_CURSOR: Final = "seal"
_NONE_YET: Final = 2**62


@strawberry.type(description="A signed statement about the last entries of all accounts at one moment.")
class LedgerSeal:
    number: int = strawberry.field(description="Its number; the first one is 1, and none is left out.")
    at: datetime = strawberry.field(description="When it was set.")
    accounts: int = strawberry.field(description="How many accounts it covers.")
    root: str = strawberry.field(description="The root of the tree over all accounts, in hexadecimal digits.")
    previous: str = strawberry.field(description="The hash of the seal before it; empty for the first.")
    hash: str = strawberry.field(description="Its own hash, which the next seal names.")
    key_id: str = strawberry.field(description="The key that signed it, by its name among the published ones.")
    signature: str = strawberry.field(description="The Ed25519 signature, in hexadecimal digits.")

    @classmethod
    def of(cls, seal: ledger.books.Seal) -> "LedgerSeal":
        return cls(
            number=seal.n,
            at=seal.at,
            accounts=seal.accounts,
            root=seal.root.hex(),
            previous=seal.previous.hex(),
            hash=seal.hash().hex(),
            key_id=seal.key_id,
            signature=seal.signature.hex(),
        )


@strawberry.type(description="A seal and its place in the list.")
class LedgerSealEdge:
    node: LedgerSeal = strawberry.field(description="The seal.")
    cursor: str = strawberry.field(description="Its place, for `after`.")


@strawberry.type(description="A page of seals, newest first.")
class LedgerSealConnection:
    edges: list[LedgerSealEdge] = strawberry.field(description="The seals of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")

    @strawberry.field(description="How many seals there are in all.")
    async def total_count(self, info: Info) -> int:
        async with info.context.reading.session() as session:
            return await ledger.books.count_seals(session, info.context.shop)


@strawberry.type(description="A law of the ledger that was found broken.")
class BooksFinding:
    law: str = strawberry.field(description="The law by its number, such as `I2`, `CHAIN` or `SEAL`.")
    row: str = strawberry.field(description="The first row that breaks it.")
    text: str = strawberry.field(description="What is wrong with that row.")


@strawberry.type(description="One proof of the books: every law over every row, every hash and every seal.")
class BooksVerification:
    id: strawberry.ID = strawberry.field(description="Its global id.")
    started_at: datetime = strawberry.field(description="When it began.")
    finished_at: datetime = strawberry.field(description="When it ended.")
    accounts: int = strawberry.field(description="Over how many accounts.")
    entries: BigInt = strawberry.field(description="Over how many entries.")
    points: BigInt = strawberry.field(description="The sum of all entries.")
    seals: int = strawberry.field(description="How many seals there were.")
    proved: bool = strawberry.field(description="Whether nothing was found.")
    findings: list[BooksFinding] = strawberry.field(description="What was found.")

    @classmethod
    def of(cls, found: ledger.books.Verification) -> "BooksVerification":
        return cls(
            id=strawberry.ID(global_id("BooksVerification", found.id)),
            started_at=found.started_at,
            finished_at=found.finished_at,
            accounts=found.accounts,
            entries=BigInt(found.entries),
            points=BigInt(found.points),
            seals=found.seals,
            proved=not found.findings,
            findings=[BooksFinding(law=one.law, row=one.row, text=one.text) for one in found.findings],
        )


@strawberry.type(description="What staff may read of the proof of the books.")
class ProofQuery:
    @strawberry.field(permission_classes=[ManagesApps], description="The seals over the books, newest first.")
    async def seals(
        self,
        info: Info,
        first: FirstArgument = strawberry.UNSET,
        after: AfterArgument = strawberry.UNSET,
    ) -> LedgerSealConnection:
        return await _seals(info, page_of(given(first), given(after)))

    @strawberry.field(
        permission_classes=[ManagesApps],
        description="What was found when the books were proved last, which is done every night; null before the first.",
    )
    async def last_verification(self, info: Info) -> BooksVerification | None:
        async with info.context.reading.session() as session:
            found = await ledger.books.last_verification(session, info.context.shop)
        return None if found is None else BooksVerification.of(found)


async def _seals(info: Info, page: Page) -> LedgerSealConnection:
    async with info.context.reading.session() as session:
        found = await ledger.books.seals_below(session, info.context.shop, below=_below(page), most=page.size + 1)
    edges = [LedgerSealEdge(node=LedgerSeal.of(seal), cursor=cursor_of(_CURSOR, seal.n)) for seal in found[: page.size]]
    page_info = PageInfo.of(
        [edge.cursor for edge in edges], has_next=len(found) > page.size, has_previous=page.cursor is not None
    )
    return LedgerSealConnection(edges=edges, page_info=page_info)


def _below(page: Page) -> int:
    """The number that a page's cursor names.

    Raises BadPage for a cursor of another list.
    """
    key = key_at(page, kind=_CURSOR)
    if key is None:
        return _NONE_YET
    if not key.isascii() or not key.isdigit() or len(key) > 18:
        raise BadPage("after", "That is no cursor of this list.")
    return int(key)
