"""`import coupons`: codes that were made elsewhere, from a file into a batch and into the shop."""

import asyncio
import csv
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.status import Status

from saleor_crm_app.cli.batches import Found, find_batch, in_shop, of_batch
from saleor_crm_app.cli.installations import run_on_database
from saleor_crm_app.cli.output import as_json, say, show
from saleor_crm_app.config import settings
from saleor_crm_app.issuing import BatchDesk, BatchMaker, SomebodyAtWork
from saleor_crm_app.kernel.clock import business_now
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import CrmError
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.loyalty.coupons import BatchState
from saleor_crm_app.saleor.clients import ShopClients
from saleor_crm_app.saleor.codes import CodeBook
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.saleor.secrets import Vault

PATIENCE_SECONDS: Final = 130.0
"""Who puts codes into the shop at the same time, or died at it, has the turn for two minutes."""
_AT_ONCE: Final = rewards.importing.CODES_AT_ONCE
_IN_BATCH: Final = rewards.importing.Fault.IN_BATCH

Bad = dict[int, rewards.importing.Fault]
"""What is wrong with codes, by their places."""


class CannotRead(CrmError):
    """The file cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The codes of a file with the lines where they stand."""

    lines: Sequence[int]
    texts: Sequence[str]

    def rows(self, bad: Bad) -> list[dict[str, object]]:
        """What is told of bad ones."""
        return [
            {
                "line": self.lines[row - 1],
                "code": self.texts[row - 1],
                "fault": fault.value,
                "why": rewards.importing.SENTENCES[fault],
            }
            for row, fault in sorted(bad.items())
        ]


@click.group("import")
def import_() -> None:
    """Take in what was made elsewhere, from a file: it is checked first, each row by itself."""


@import_.command("coupons")
@click.argument("path", metavar="FILE.csv")
@of_batch
@in_shop
@click.option("--dry-run", is_flag=True, help="Only check; what the shop has for something else is not seen then.")
@click.option("--yes", is_flag=True, help="Do not ask before the good codes are imported.")
@as_json
def import_coupons(path: str, batch: str, shop: str | None, *, dry_run: bool, yes: bool, in_json: bool) -> None:
    """Import the codes of FILE.csv into a batch, and put them into the shop.

    Codes stand in the column named `code`, else in the first. Bad rows are told, and only the others are imported; a
    file that was imported in part may be imported again.
    """
    given = read_codes(path)
    desk = BatchDesk(CodeBook(settings().secret_keys))

    async def act(database: Database) -> Outcome:
        found = await find_batch(database, shop, batch)
        good, bad = await _checked(database, found, desk, given)
        if bad and not in_json:
            show(given.rows(bad), in_json=False, empty="")
        if dry_run or not good:
            return Outcome(good=len(good), bad=bad)
        if not yes:
            click.confirm(f"Import {len(good)} codes into {found.batch.name!r}?", abort=True, err=True)
        taken, late = await _imported(database, found, desk, good)
        trouble = await _into_shop(database, found)
        late |= await _left_out(database, found, desk, {row: good[row] for row in taken})
        if late and not in_json:
            show(given.rows(late), in_json=False, empty="")
        return Outcome(good=len(good) - len(late), bad=bad | late, trouble=trouble)

    _tell(run_on_database(act), given, dry_run=dry_run, in_json=in_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How many codes are good, what is wrong with the others, and why some are not in the shop yet."""

    good: int
    bad: Bad
    trouble: str | None = None


def _tell(done: Outcome, given: Given, *, dry_run: bool, in_json: bool) -> None:
    what = "codes can be imported" if dry_run else "codes were imported"
    say(
        f"{done.good} {what}, {len(done.bad)} cannot be.",
        in_json=in_json,
        imported=0 if dry_run else done.good,
        good=done.good,
        bad=given.rows(done.bad),
        trouble=done.trouble,
    )
    if done.trouble is not None:
        click.echo(f"saleor-crm: {done.trouble}; `saleor-crm work` puts the codes into the shop once it can", err=True)
    if done.trouble is not None or any(fault is not _IN_BATCH for fault in done.bad.values()):
        sys.exit(1)


def read_codes(path: str) -> Given:
    """Read the codes of a file.

    Raises CannotRead.
    """
    lines, texts, column = list[int](), list[str](), 0
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            for row in reader:
                names = [cell.strip().lower() for cell in row]
                if not texts and "code" in names:
                    column = names.index("code")
                elif any(names):
                    lines.append(reader.line_num)
                    texts.append(row[column].strip() if column < len(row) else "")
    except OSError as error:
        raise CannotRead(f"{path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise CannotRead(f"{path} is no CSV file in UTF-8: {error}") from error
    if not texts:
        raise CannotRead(f"There is no code in {path}: write one a line")
    return Given(lines=lines, texts=texts)


async def _checked(database: Database, found: Found, desk: BatchDesk, given: Given) -> tuple[dict[int, str], Bad]:
    """The codes that may be imported as far as it is known here, and the others.

    Raises BatchOver, OneForAll and TooManyCodes.
    """
    rewards.importing.demand_room(found.batch, 0)
    good, faulty = rewards.importing.sift(given.texts)
    bad = {one.row: one.fault for one in faulty}
    async with database.shop(found.shop.id, read_only=True) as session:
        for some in _parts(good):
            bad |= {one.row: one.fault for one in await desk.known_here(session, found.shop.id, found.batch.id, some)}
    good = {row: text for row, text in good.items() if row not in bad}
    rewards.importing.demand_room(found.batch, len(good))
    return good, bad


async def _imported(
    database: Database, found: Found, desk: BatchDesk, good: Mapping[int, str]
) -> tuple[list[int], Bad]:
    """Note them here, some in each transaction; says which were taken and which somebody else has given out since."""
    taken, bad = list[int](), Bad()
    for some in _parts(good):
        rows = list(some)
        async with database.shop(found.shop.id) as session:
            at = business_now(found.shop.clock_offset)
            done = await desk.take_in(session, found.shop.id, found.batch.id, list(some.values()), at=at)
        taken += [rows[place - 1] for place in done.taken]
        bad |= {rows[one.row - 1]: one.fault for one in done.bad}
    return taken, bad


async def _into_shop(database: Database, found: Found) -> str | None:
    """Put them into the shop, or see a worker do it; says why that has to wait."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    async with _maker(database) as maker:
        with Status("Putting the codes into the shop", console=Console(stderr=True)) as status:
            while True:
                try:
                    more = await maker.make_some(found.shop.id, found.batch.id)
                except SomebodyAtWork as busy:
                    if time.monotonic() > deadline:
                        return str(busy)
                    more = True
                    await asyncio.sleep(0.5)
                except CrmError as trouble:
                    return str(trouble)
                async with database.shop(found.shop.id, read_only=True) as session:
                    now = await coupons.batches.batch_by_id(session, found.batch.id)
                if now is None or not more:
                    return (
                        None if now is None or now.state is not BatchState.STOPPED else now.trouble or "It is stopped"
                    )
                status.update(f"{now.made} of {now.wanted} codes are in the shop")


@asynccontextmanager
async def _maker(database: Database) -> AsyncIterator[BatchMaker]:
    chosen = settings()
    policy = CallPolicy(allow_private=chosen.allow_private_hosts)
    clients = ShopClients(InstallationDirectory(database), Vault(chosen.secret_keys), policy)
    try:
        yield BatchMaker(database, clients.of, CodeBook(chosen.secret_keys))
    finally:
        await clients.close()


async def _left_out(database: Database, found: Found, desk: BatchDesk, taken: Mapping[int, str]) -> Bad:
    """Those that the shop was seen to have for something else."""
    bad = Bad()
    async with database.shop(found.shop.id, read_only=True) as session:
        for some in _parts(taken):
            failed = await desk.failed(session, found.shop.id, found.batch.id, some)
            bad |= dict.fromkeys(failed, rewards.importing.Fault.TAKEN_IN_SHOP)
    return bad


def _parts(codes: Mapping[int, str]) -> Iterator[dict[int, str]]:
    left = iter(codes.items())
    while some := dict(islice(left, _AT_ONCE)):
        yield some
