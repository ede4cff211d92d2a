"""A campaign's codes as files: written for the printer, read from a printer."""

import asyncio
import csv
import json
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from saleor_crm_app.cli.import_coupons import CannotRead, read_codes
from saleor_crm_app.demo.signing import SigningKey
from saleor_crm_app.demo.troubles import Trouble
from saleor_crm_app.demo.voucher_terms import VoucherTerms
from saleor_crm_app.kernel.ids import global_id, new_id
from saleor_crm_app.loyalty.coupons import BatchState
from tests.cli.test_commands import crm
from tests.conftest import Addresses
from tests.journeys.campaigns import Campaign, campaign
from tests.journeys.running import running
from tests.journeys.simulated_town import SimulatedTown, simulated_town
from tests.journeys.town import buy


@pytest.fixture(scope="session")
def shop_key() -> SigningKey:
    return SigningKey()


@pytest.fixture
async def town(addresses: Addresses, shop_key: SigningKey) -> AsyncIterator[SimulatedTown]:
    async with running(addresses) as app, simulated_town(app, shop_key) as town:
        yield town


async def run(addresses: Addresses, *words: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, while the shop answers in this one."""
    return await asyncio.to_thread(crm, addresses, *words, ALLOW_PRIVATE_HOSTS="true")


def file_of(folder: Path, *lines: str) -> str:
    path = folder / "codes.csv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(path)


async def imported(addresses: Addresses, one: Campaign, path: str, *flags: str) -> tuple[int, dict[str, Any]]:
    """Exit code, and what was told to a program."""
    done = await run(addresses, "import", "coupons", path, "--batch", str(one.batch), "--json", *flags)
    assert "Traceback" not in done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, told


async def test_codes_are_written_with_their_states_and_orders(
    addresses: Addresses, town: SimulatedTown, tmp_path: Path
) -> None:
    one = await campaign(town, quantity=1200, prefix="FLYER")
    await one.make()
    codes = await one.codes()
    order = await buy(town, town.guest("bob"), codes[7])
    await town.hear()
    path = tmp_path / "flyer.csv"
    done = await run(addresses, "export", "coupons", "--batch", str(one.batch), "--csv", str(path), "--json")
    assert json.loads(done.stdout) == {"codes": 1200, "file": str(path)}, done.stderr
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["code"] for row in rows] == codes
    number = next(each.number for each in town.shop.state.orders.values() if each.id == order.id)
    assert [(row["state"], row["order"]) for row in rows[6:9]] == [("ISSUED", ""), ("USED", number), ("ISSUED", "")]
    assert {row["expires_at"] for row in rows} == {""}


async def test_a_code_for_all_has_a_line_for_each_order(addresses: Addresses, town: SimulatedTown) -> None:
    one = await campaign(town, code="SPRING10", is_shared=True)
    await one.make()
    for name in ("bob", "eve"):
        await buy(town, town.guest(name), "SPRING10")
    await town.hear()
    words = ("export", "coupons", "--batch", global_id("CouponBatch", one.batch), "--installation", "127.0.0.1")
    rows = list(csv.DictReader((await run(addresses, *words)).stdout.splitlines()))
    numbers = [each.number for each in town.shop.state.orders.values()]
    assert [(row["code"], row["state"], row["order"]) for row in rows] == [
        ("SPRING10", "ISSUED", number) for number in numbers
    ]


async def test_a_file_is_checked_first_and_its_good_codes_go_into_the_shop(
    addresses: Addresses, town: SimulatedTown, tmp_path: Path
) -> None:
    town.shop.vouchers.create(VoucherTerms(name="By hand"), ["FOREIGN-1"])
    one = await campaign(town, quantity=0)
    good = [f"PRINTED-{number:04}" for number in range(700)]
    path = file_of(tmp_path, "number,code", "1,x", "2,FOREIGN-1", "3,a b c d e", "", *(f"9,{code}" for code in good))
    expected = [(2, "x", "TOO_SHORT"), (4, "a b c d e", "BAD_CHARACTERS")]

    code, told = await imported(addresses, one, path, "--dry-run")
    assert (code, told["good"], told["imported"]) == (1, 701, 0)
    assert [(row["line"], row["code"], row["fault"]) for row in told["bad"]] == expected
    assert await one.codes() == []

    code, told = await imported(addresses, one, path, "--yes")
    assert (code, told["imported"], told["trouble"]) == (1, 700, None)
    found = [(row["line"], row["code"], row["fault"]) for row in told["bad"]]
    assert found == [expected[0], (3, "FOREIGN-1", "TAKEN_IN_SHOP"), expected[1]]
    now = await one.now()
    assert (now.state, now.made, now.left_out) == (BatchState.READY, 700, 1)
    assert set(good) < town.shop.state.voucher_codes.keys()


async def test_a_file_may_be_imported_again(addresses: Addresses, town: SimulatedTown, tmp_path: Path) -> None:
    one = await campaign(town, quantity=0)
    path = file_of(tmp_path, "PRINTED-1", "PRINTED-2")
    assert await imported(addresses, one, path, "--yes") == (
        0,
        {"imported": 2, "good": 2, "bad": [], "trouble": None},
    )
    code, told = await imported(addresses, one, path, "--yes")
    assert (code, told["imported"], {row["fault"] for row in told["bad"]}) == (0, 0, {"IN_BATCH"})


async def test_while_the_shop_is_away_the_codes_wait_for_the_worker(
    addresses: Addresses, town: SimulatedTown, tmp_path: Path
) -> None:
    one = await campaign(town, quantity=0)
    town.shop.troubles.lasting = Trouble.UNAVAILABLE
    done = await run(addresses, "import", "coupons", file_of(tmp_path, "PRINTED-1"), "--batch", str(one.batch), "--yes")
    assert (done.returncode, done.stdout) == (1, "1 codes were imported, 0 cannot be.\n")
    assert "The shop answered 503; `saleor-crm work` puts the codes into the shop" in done.stderr
    town.shop.troubles.lasting = None
    await town.app.worker.runner.run_until_idle()
    assert ((await one.now()).state, await one.states()) == (BatchState.READY, {"ISSUED": 1})


async def test_nothing_is_imported_before_somebody_agrees(
    addresses: Addresses, town: SimulatedTown, tmp_path: Path
) -> None:
    one = await campaign(town, quantity=0)
    done = await run(addresses, "import", "coupons", file_of(tmp_path, "PRINTED-1"), "--batch", str(one.batch))
    assert (done.returncode, "Import 1 codes into 'Spring flyer'?" in done.stderr) == (1, True)
    assert await one.codes() == []


async def test_what_cannot_be_is_said_in_one_sentence(
    addresses: Addresses, town: SimulatedTown, tmp_path: Path
) -> None:
    shared = str((await campaign(town, code="SPRING10", is_shared=True)).batch)
    path = file_of(tmp_path, "PRINTED-1")
    for words, said in (
        (("import", "coupons", path, "--batch", shared), "This batch has one code for all customers"),
        (("import", "coupons", path, "--batch", str(new_id())), "No shop has a batch of codes"),
        (("export", "coupons", "--batch", "x"), "'x' is not the id of a batch of codes"),
    ):
        done = await run(addresses, *words)
        assert (done.returncode, done.stdout, said in done.stderr) == (1, "", True), done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"caf\xe9-12345\n", "is no CSV file in UTF-8"),
        (b"number,code\n\n", "There is no code in"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_of(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "codes.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CannotRead, match=said):
        read_codes(str(path))


def test_codes_are_found_by_their_column_or_in_the_first_one(tmp_path: Path) -> None:
    for lines, expected in (
        (["\ufeffA-1", "B-2,x"], ([1, 2], ["A-1", "B-2"])),
        (["name, Code ", "x,A-1", ",", "y", 'z,"B-2"'], ([2, 4, 5], ["A-1", "", "B-2"])),
    ):
        given = read_codes(file_of(tmp_path, *lines))
        assert ([*given.lines], [*given.texts]) == expected
