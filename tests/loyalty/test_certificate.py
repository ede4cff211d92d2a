"""A certificate holds what the books hold, and the script that stands alone believes nothing else."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from saleor_crm_app.installation.public_keys import as_jwk
from saleor_crm_app.installation.sealing import renew_key, signer_of
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import points
from tests.loyalty.ledgers import VAULT, seal, trade
from tests.loyalty.test_accrual import happen, spend_the_lot_of
from tests.shop import later, order

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_certificate.py"


class Papers:
    """A certificate, its entries and the published keys, as files."""

    def __init__(
        self, folder: Path, certificate: dict[str, Any], lines: list[bytes], keys: list[dict[str, Any]]
    ) -> None:
        self.certificate, self.lines, self.keys = certificate, lines, keys
        self._files = [folder / name for name in ("certificate.json", "entries.jsonl", "keys.json")]

    def check(self) -> subprocess.CompletedProcess[str]:
        """Run the script on them, in a process of its own that knows nothing of this project."""
        for file, content in zip(self._files, (self.certificate, None, {"keys": self.keys}), strict=True):
            file.write_bytes(b"".join(self.lines) if content is None else json.dumps(content).encode())
        command = [sys.executable, "-I", str(SCRIPT), *map(str, self._files)]
        return subprocess.run(command, capture_output=True, text=True, check=False)


async def certified(database: Database, shop: InstallationId, folder: Path) -> Papers:
    await seal(database, shop)
    lines: list[bytes] = []
    async with database.shop(shop) as session:
        signer = await signer_of(session, shop, VAULT)
        held = await points.books.seal_keys_of(session, shop)
        certificate = await points.books.certificate_of(
            session, shop, signer=signer, keys=points.books.public_keys(held), at=datetime.now(UTC), keep=lines.append
        )
    return Papers(folder, json.loads(json.dumps(certificate)), lines, [as_jwk(key) for key in held])


@pytest.fixture
async def papers(database: Database, installation: InstallationId, tmp_path: Path) -> Papers:
    await trade(database, installation, entries=40, customers=7)
    spent = order(charged=10000)
    await happen(database, installation, spent)
    await spend_the_lot_of(database, installation, spent.id)
    await happen(database, installation, later(spent, charged=0, minutes=5))
    return await certified(database, installation, tmp_path)


async def test_the_script_agrees_with_good_books(papers: Papers) -> None:
    done = papers.check()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("OK: 43 entries of 7 accounts, as sealed at 2")


async def test_a_certificate_says_what_was_issued_and_what_became_of_it(papers: Papers) -> None:
    sums = papers.certificate["sums"]
    assert {name: sums[name] for name in ("accounts", "entries", "issued", "redeemed", "expired", "clawed_back")} == {
        "accounts": 7,
        "entries": 43,
        "issued": 20 * 100 + 100,
        "redeemed": 100,
        "expired": 0,
        "clawed_back": 20 * 50 + 100,
    }
    taken = sums["redeemed"] + sums["expired"] + sums["clawed_back"]
    assert sums["issued"] + sums["owed"] == sums["outstanding"] + taken
    [liability] = papers.certificate["liability"]
    rate = liability["rate"]
    assert liability["points"] == sums["outstanding"]
    assert liability["minor_units"] == sums["outstanding"] * rate["minor_units"] // rate["points"]


async def test_nothing_in_a_certificate_or_its_entries_names_a_person(
    database: Database, installation: InstallationId, tmp_path: Path
) -> None:
    await happen(database, installation, order(charged=10000, customer=CustomerId("anna-anderson")))
    papers = await certified(database, installation, tmp_path)
    written = json.dumps(papers.certificate) + b"".join(papers.lines).decode()
    assert "anna" not in written
    assert "customer" not in written


def change_sum(papers: Papers) -> None:
    papers.certificate["sums"]["issued"] += 1


def change_seal(papers: Papers) -> None:
    papers.certificate["seal"]["root"] = "00" * 32


def change_points(papers: Papers) -> None:
    papers.lines[0] = papers.lines[0].replace(b'"points":100', b'"points":101')


def change_points_and_lots(papers: Papers) -> None:
    line = json.loads(papers.lines[0])
    line["content"]["points"] = 999
    line["allocations"] = [[line["allocations"][0][0], 999]]
    papers.lines[0] = json.dumps(line).encode() + b"\n"


def drop_last(papers: Papers) -> None:
    papers.lines.pop()


def drop_first(papers: Papers) -> None:
    papers.lines.pop(0)


def swap(papers: Papers) -> None:
    papers.lines[0], papers.lines[1] = papers.lines[1], papers.lines[0]


def move_to_another_program(papers: Papers) -> None:
    line = json.loads(papers.lines[0])
    line["program"] = "another"
    papers.lines[0] = json.dumps(line).encode() + b"\n"


def publish_other_keys(papers: Papers) -> None:
    papers.keys[0]["kid"] = "another"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (change_sum, "the certificate was changed after it was signed"),
        (change_seal, "the certificate was changed after it was signed"),
        (change_points, "was changed after it was written"),
        (change_points_and_lots, "was changed after it was written"),
        (drop_last, "the seal is over other entries"),
        (drop_first, "does not follow the one before it"),
        (swap, "does not follow the one before it"),
        (move_to_another_program, "liability"),
        (publish_other_keys, "is not among the published ones"),
    ],
)
async def test_the_script_names_what_was_tampered_with(
    papers: Papers, change: Callable[[Papers], None], sentence: str
) -> None:
    change(papers)
    done = papers.check()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("BROKEN: ")
    assert sentence in done.stderr


async def test_a_certificate_may_be_signed_by_a_newer_key_than_its_seal(
    database: Database, installation: InstallationId, tmp_path: Path
) -> None:
    await happen(database, installation, order(charged=10000))
    await seal(database, installation)
    async with database.shop(installation) as session:
        await renew_key(session, installation, VAULT)
    papers = await certified(database, installation, tmp_path)
    assert len(papers.certificate["keys"]) == 2
    assert papers.check().returncode == 0


async def test_entries_after_the_seal_belong_to_the_next_certificate(
    database: Database, installation: InstallationId, tmp_path: Path
) -> None:
    await happen(database, installation, order(charged=10000))
    await seal(database, installation)
    await happen(database, installation, order(charged=10000))
    async with database.shop(installation) as session:
        newest = await points.books.newest_seal(session, installation)
        assert newest is not None
        covered = [line async for line in points.books.entries_covered(session, newest)]
    assert len(covered) == 1
    papers = await certified(database, installation, tmp_path)
    assert (len(papers.lines), papers.check().returncode) == (2, 0)


async def test_a_shop_without_entries_has_nothing_to_certify(
    database: Database, installation: InstallationId, tmp_path: Path
) -> None:
    with pytest.raises(points.books.NothingSealed):
        await certified(database, installation, tmp_path)


def test_the_script_is_short_and_stands_alone() -> None:
    text = SCRIPT.read_text()
    assert len(text.splitlines()) <= 100
    assert "saleor_crm_app" not in text
