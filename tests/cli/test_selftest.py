"""`selftest`: a seed is a year, the same everywhere; what does not hold is found, and its seed named."""

import json
import subprocess
import sys
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from saleor_crm_app.cli.selftest_books import DAYS_OF_MONTH, live_year, open_books
from saleor_crm_app.cli.selftest_shop import FIRST_DAY, Shop
from saleor_crm_app.kernel.db import Database


async def year(database: Database, *, seed: int) -> dict[str, Any]:
    """Two months of eight customers, in a shop of their own, then 400 days at once."""
    proved: list[int] = []
    lived = await live_year(await open_books(database), seed=seed, customers=8, months=2, ahead=400, told=proved.append)
    assert proved == [1, 2]
    return {name: getattr(lived, name) for name in lived.__slots__}


def selftest(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "saleor_crm_app", "selftest", "--minutes", "0", "--customers", "5", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


async def test_the_same_seed_gives_the_same_digest_and_another_seed_another(database: Database) -> None:
    first, again, other = [await year(database, seed=seed) for seed in (7, 7, 8)]
    assert first == again
    assert first["digest"] != other["digest"]
    assert first["digest_ahead"] not in {first["digest"], other["digest_ahead"]}
    assert min(first[what] for what in ("orders", "redemptions", "clawbacks", "lapses", "tier_steps", "refused")) > 0


async def test_400_days_ahead_all_that_was_available_has_lapsed_and_every_tier_was_lost(database: Database) -> None:
    books = await open_books(database)
    lived = await live_year(books, seed=7, customers=8, months=2, ahead=400, told=lambda _: None)
    at = FIRST_DAY + timedelta(days=2 * DAYS_OF_MONTH + 400)
    balances = (await books.balances(at)).values()
    assert {(one.available, one.held) for one in balances} == {(0, 0)}
    assert (await books.counts())["lapses"] > lived.lapses
    async with database.shop(books.shop, read_only=True) as session:
        standing = await session.execute(sa.text("SELECT tier, count(*) FROM tier_standing GROUP BY tier"))
        ever = await session.execute(sa.text("SELECT count(*) FROM tier_membership WHERE reason = 'DEMOTED'"))
    assert [tier for tier, _ in standing] == [None]
    assert ever.scalar_one() > 0


def test_days_begin_the_same_however_many_follow() -> None:
    assert list(Shop(seed=3, customers=4).days(5)) == list(Shop(seed=3, customers=4).days(30))[:5]


def test_a_year_is_told_as_data_on_a_database_of_its_own() -> None:
    done = selftest("--months", "1", "--seed", "11", "--json")
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)
    assert (told["seed"], told["months"], told["customers"], len(told["digest"])) == (11, 1, 5, 32)


def test_a_row_that_was_tampered_with_ends_it_with_the_seed_and_exit_code_1() -> None:
    done = selftest("--months", "2", "--seed", "11", "--tamper", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("saleor-crm: With seed 11, in month 2: I2 does not hold: ")
    assert done.stderr.count("\n") == 1
