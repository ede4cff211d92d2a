"""`verify` and `keys` as an operator runs them: certificates, what an earlier one says, and the public keys."""

import json
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from saleor_crm_app.installation.sealing import seal_shop
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.secrets import Vault
from tests.cli.test_commands import SECRET, crm
from tests.conftest import Addresses, MakeInstallation
from tests.loyalty.ledgers import tamper
from tests.loyalty.test_accrual import happen
from tests.loyalty.test_certificate import SCRIPT
from tests.shop import order

SET_TOKEN = sa.text("UPDATE installation SET token = :token")


def checked_alone(*files: Path) -> subprocess.CompletedProcess[str]:
    """What the script says that stands alone."""
    command = [sys.executable, "-I", str(SCRIPT), *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def files_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


async def test_a_certificate_is_written_and_stands_alone(
    addresses: Addresses, database: Database, installation: InstallationId, tmp_path: Path
) -> None:
    await happen(database, installation, order(charged=10000))
    certificate, entries = tmp_path / "certificate.json", tmp_path / "entries.jsonl"
    done = crm(addresses, "verify", "--certificate", str(certificate), "--entries", str(entries), "--json")
    assert done.returncode == 0, done.stderr
    assert [(shop["entries"], shop["findings"]) for shop in json.loads(done.stdout)] == [(1, "none")]
    checked = checked_alone(certificate, entries)
    assert (checked.returncode, checked.stdout[:15]) == (0, "OK: 1 entries o")
    shown = json.loads(crm(addresses, "keys", "show-public", "--json").stdout)
    assert {key["key"]: key["ed25519"] for key in shown} == json.loads(certificate.read_text())["keys"]


async def test_books_that_were_sealed_anew_contradict_an_earlier_certificate(
    addresses: Addresses, database: Database, installation: InstallationId, tmp_path: Path
) -> None:
    """Who has the secret key as well can make good books of any kind, but not these."""
    await happen(database, installation, order(charged=10000))
    earlier = tmp_path / "earlier.json"
    assert crm(addresses, "verify", "--certificate", str(earlier)).returncode == 0
    await happen(database, installation, order(charged=10000))
    assert crm(addresses, "verify", "--against", str(earlier)).returncode == 0
    tamper(
        addresses,
        "INSERT INTO unsealed SELECT installation_id, shard_key, subject_id, seq, kind FROM sealed",
        "DELETE FROM sealed",
        "DELETE FROM seal",
        "DELETE FROM seal_node",
    )
    await seal_shop(database, installation, Vault([SECRET]))
    assert crm(addresses, "verify").returncode == 0
    done = crm(addresses, "verify", "--against", str(earlier), "--json")
    assert done.returncode == 1
    assert "SEAL: seal 1 is not the one that the certificate of 2" in json.loads(done.stdout)[0]["findings"]


async def test_broken_books_get_no_certificate(
    addresses: Addresses, database: Database, installation: InstallationId, tmp_path: Path
) -> None:
    await happen(database, installation, order(charged=10000))
    tamper(addresses, "UPDATE account SET balance = 99")
    done = crm(addresses, "verify", "--certificate", str(tmp_path / "certificate.json"))
    assert (done.returncode, files_in(tmp_path)) == (1, [])


async def test_a_certificate_is_of_one_shop(
    addresses: Addresses, database: Database, make_installation: MakeInstallation, tmp_path: Path
) -> None:
    shops = [await make_installation(), await make_installation()]
    for shop in shops:
        await happen(database, shop, order(charged=10000))
    file = tmp_path / "certificate.json"
    done = crm(addresses, "verify", "--certificate", str(file))
    assert (done.returncode, "there are 2: name one with --shop" in done.stderr) == (1, True)
    assert crm(addresses, "verify", "--certificate", str(file), "--shop", str(shops[1])).returncode == 0
    assert json.loads(file.read_text())["installation"] == str(shops[1])


async def test_new_signing_keys_are_given_to_every_shop(
    addresses: Addresses, database: Database, installation: InstallationId
) -> None:
    await happen(database, installation, order(charged=10000))
    vault = Vault([SECRET])
    await seal_shop(database, installation, vault)
    async with database.shop(installation) as session:
        token = vault.seal("token", installation=installation, column="token")
        await session.execute(SET_TOKEN, {"token": token})
    assert crm(addresses, "keys", "rotate", "--signing").returncode == 0
    shown = json.loads(crm(addresses, "keys", "show-public", "--json").stdout)
    assert [key["retired"] == "signs now" for key in shown] == [False, True]
    assert crm(addresses, "verify").returncode == 0
