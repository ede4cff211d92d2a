"""The ledger and the months as files, as an operator writes them."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, global_id
from tests.cli.test_commands import crm
from tests.conftest import Addresses, MakeInstallation
from tests.loyalty.test_accrual import happen
from tests.shop import NOON, later, line, order


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


async def test_the_ledger_is_written_whole_or_of_one_member(
    addresses: Addresses, database: Database, installation: InstallationId, tmp_path: Path
) -> None:
    paid = order(charged=10000, number="+1")
    await happen(database, installation, paid, order(line("tea", 700), charged=700, customer=CustomerId("8")))
    await happen(database, installation, later(paid, minutes=1, charged=5000))
    whole, one = tmp_path / "whole.csv", tmp_path / "one.csv"
    done = crm(addresses, "export", "ledger", "--installation", str(installation), "--csv", str(whole), "--json")
    assert json.loads(done.stdout) == {"entries": 3, "file": str(whole)}, done.stderr
    assert sorted((row["customer_id"], row["points"], row["balance"]) for row in table(whole)) == sorted([
        (global_id("User", 7), "100", "100"),
        (global_id("User", 7), "-50", "50"),
        (global_id("User", 8), "7", "7"),
    ])  # fmt: skip
    words = ("export", "ledger", "--installation", str(installation), "--member", global_id("User", 7))
    assert crm(addresses, *words, "--language", "RU", "--csv", str(one), "--bom").returncode == 0
    assert [(row["number"], row["order"]) for row in table(one)] == [("1", "'+1"), ("2", "'+1")]
    assert table(one)[0]["explanation"].startswith("100 баллов: товары")
    assert one.read_bytes().startswith(b"\xef\xbb\xbfnumber,")


async def test_a_ledger_longer_than_what_is_in_memory_at_a_time_is_streamed_to_standard_output(
    addresses: Addresses, database: Database, installation: InstallationId
) -> None:
    await happen(database, installation, *(order(charged=10000) for _ in range(1201)))
    done = crm(addresses, "export", "ledger", "--installation", str(installation), "--until", "2026-03-02")
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert (done.returncode, len(rows), rows[-1]["balance"]) == (0, 1201, "120100")


async def test_months_are_written_for_the_bookkeeper(
    addresses: Addresses, database: Database, make_installation: MakeInstallation, tmp_path: Path
) -> None:
    moment = datetime(2026, 4, 2, tzinfo=UTC)
    shop = await make_installation(sandbox=True, clock_offset=moment - datetime.now(UTC))
    day = NOON - timedelta(days=20)
    paid = order(charged=10000, created_at=day, updated_at=day)
    await happen(database, shop, paid, at=day)
    await happen(database, shop, later(paid, minutes=1, charged=5000))
    file = tmp_path / "months.csv"
    words = ("export", "accounting", "--installation", str(shop))
    assert crm(addresses, *words, "--csv", str(file)).returncode == 0
    assert [(row["month"], row["opening"], row["clawed_back"], row["closing"]) for row in table(file)] == [
        ("2026-02", "0", "0", "100"),
        ("2026-03", "100", "-50", "50"),
        ("2026-04", "50", "0", "50"),
    ]
    [march] = json.loads(crm(addresses, *words, "--month", "2026-03", "--json").stdout)
    assert (march["opening_worth"], march["closing_worth"], march["closed_at"]) == ("1.00", "0.50", None)


async def test_what_cannot_be_exported_is_said_in_one_sentence(
    addresses: Addresses, database: Database, installation: InstallationId, tmp_path: Path
) -> None:
    await happen(database, installation, order(charged=10000))
    shop = ("--installation", str(installation))
    missing = str(tmp_path / "no such folder" / "x.csv")
    for words, said in (
        (("ledger", *shop, "--member", "99"), "No account belongs to the customer '99'"),
        (("ledger", *shop, "--csv", missing), "cannot be written"),
        (("accounting", *shop, "--month", "March"), "write a month as 2026-03"),
    ):
        done = crm(addresses, "export", *words)
        assert (done.returncode != 0, done.stdout, said in done.stderr) == (True, "", True), done.stderr
        assert "Traceback" not in done.stderr
