"""`export coupons`: the codes of a campaign as CSV, in plain, for whoever prints or mails them."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

import click
from rich.console import Console
from rich.status import Status
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.cli.batches import Found, find_batch, in_shop, of_batch
from saleor_crm_app.cli.export import CsvFile
from saleor_crm_app.cli.installations import run_on_database
from saleor_crm_app.cli.output import as_json, say
from saleor_crm_app.config import settings
from saleor_crm_app.crm import orders
from saleor_crm_app.issuing import BatchDesk
from saleor_crm_app.kernel.clock import business_now
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId, OrderId
from saleor_crm_app.loyalty import coupons
from saleor_crm_app.loyalty.coupons import Coupon
from saleor_crm_app.saleor.codes import CodeBook

_COLUMNS = ("code", "state", "issued_at", "expires_at", "order")
_AT_ONCE = 1000


@click.command("coupons")
@of_batch
@in_shop
@click.option("--csv", "path", default="-", show_default=True, help="The file to write; - is standard output.")
@click.option("--bom", is_flag=True, help="Begin with a byte order mark, for spreadsheets that want one.")
@as_json
def export_coupons(batch: str, shop: str | None, path: str, *, bom: bool, in_json: bool) -> None:
    """Write the codes of a campaign's batch: each with its state, dates, and the number of the order that used it.

    A code that several orders used has a line for each of them. Whoever has the file can use the codes.
    """
    target = CsvFile(path, bom=bom)
    desk = BatchDesk(CodeBook(settings().secret_keys))

    async def act(database: Database) -> None:
        found = await find_batch(database, shop, batch)
        with target.opened() as file, Status("Reading the codes", console=Console(stderr=True)) as status:
            target.write(file, [_COLUMNS])
            async with database.shop(found.shop.id, read_only=True) as session:
                async for some in _rows(session, found, desk):
                    target.write(file, some)
                    status.update(f"{target.rows} lines")

    run_on_database(act)
    if path != "-":
        say(f"{target.rows} lines of codes are in {path}.", in_json=in_json, codes=target.rows, file=path)


async def _rows(session: AsyncSession, found: Found, desk: BatchDesk) -> AsyncIterator[list[Sequence[object]]]:
    shop, at = found.shop.id, business_now(found.shop.clock_offset)
    async for page in coupons.batch_codes.each_code(session, found.batch.id):
        used = await coupons.batch_uses.orders_of_codes(session, page)
        numbers = await _numbers(session, shop, [order for some in used.values() for order in some])
        yield [
            (desk.plain(shop, code), *_standing(code, at), number)
            for code in page
            for number in [numbers.get(order, "") for order in used[code.id]] or [""]
        ]


def _standing(code: Coupon, at: datetime) -> tuple[str, datetime, datetime | None]:
    return code.state_at(at).value, code.issued_at, code.expires_at


async def _numbers(session: AsyncSession, shop: InstallationId, ids: Sequence[OrderId]) -> Mapping[OrderId, str]:
    """How people call these orders; a code for all may have any number of them."""
    found: dict[OrderId, str] = {}
    for some in _parts(ids):
        found |= await orders.order_numbers(session, shop, some)
    return found


def _parts(ids: Sequence[OrderId]) -> Iterator[list[OrderId]]:
    left = iter(ids)
    while some := list(islice(left, _AT_ONCE)):
        yield some
