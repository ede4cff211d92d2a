"""The commands as an operator runs them: on a database of their own, in their own process."""

import json
import os
import subprocess
import sys

import psycopg
import pytest

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from tests.conftest import Addresses, MakeInstallation
from tests.loyalty.test_accrual import happen
from tests.shop import order

SECRET = "a secret key that only tests know"


def crm(addresses: Addresses, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `saleor-crm`; nothing of this process' own settings reaches it."""
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": addresses.app,
        "DATABASE_OWNER_URL": addresses.owner,
        "SECRET_KEY": SECRET,
    } | settings
    return subprocess.run(
        [sys.executable, "-m", "saleor_crm_app", *words],
        env={name: value for name, value in environment.items() if value},
        capture_output=True,
        text=True,
        check=False,
    )


async def test_verify_proves_every_shop(
    addresses: Addresses, database: Database, make_installation: MakeInstallation
) -> None:
    for charged in (10000, 5000):
        await happen(database, await make_installation(), order(charged=charged))
    done = crm(addresses, "verify", "--json")
    assert done.returncode == 0, done.stderr
    shops = json.loads(done.stdout)
    assert sorted((shop["entries"], shop["points"], shop["findings"]) for shop in shops) == [
        (1, 50, "none"),
        (1, 100, "none"),
    ]


@pytest.mark.parametrize(
    ("tampering", "law"),
    [
        ("UPDATE entry SET points = 1000; UPDATE allocation SET points = 1000", "I2"),
        ("UPDATE entry SET occurred_at = now()", "CHAIN"),
        ("UPDATE entry SET explanation = '{}'", "CHAIN"),
        ("UPDATE lot SET remaining = 99", "I5"),
        ("UPDATE account SET balance = 99", "I2"),
        ("UPDATE order_points SET posted = 99", "I6"),
        ("DELETE FROM allocation", "I1"),
        ("UPDATE account SET deficit = 5, balance = balance - 5", "I3"),
    ],
)
async def test_verify_names_what_was_tampered_with(
    addresses: Addresses, database: Database, installation: InstallationId, tampering: str, law: str
) -> None:
    await happen(database, installation, order(charged=10000))
    with psycopg.connect(addresses.owner) as owner:
        # somebody with every right, who switches the guards off
        owner.execute("SET session_replication_role = replica")
        owner.execute(tampering.encode())
    done = crm(addresses, "verify", "--json")
    assert done.returncode == 1
    assert f"{law}: " in json.loads(done.stdout)[0]["findings"]


def test_a_database_that_was_not_migrated_is_named_with_its_cure(addresses: Addresses) -> None:
    assert crm(addresses, "migrate", "base").returncode == 0
    done = crm(addresses, "verify")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "run `saleor-crm migrate`" in done.stderr


def test_migrate_says_the_revision_it_reached(addresses: Addresses) -> None:
    assert json.loads(crm(addresses, "migrate", "0001", "--json").stdout) == {"revision": "0001"}
    assert json.loads(crm(addresses, "migrate", "--json").stdout)["revision"] > "0001"


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL must begin with postgresql://"),
        ({"APP_LOG_LEVEL": "LOUD"}, "APP_LOG_LEVEL"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"DATABASE_URL": "postgresql://nobody:x@127.0.0.1:1/none"}, "cannot be reached"),
    ],
)
def test_a_wrong_setting_is_named_in_one_sentence(addresses: Addresses, settings: dict[str, str], named: str) -> None:
    done = crm(addresses, "verify", **settings)
    assert (done.returncode, done.stdout) == (1, "")
    assert named in done.stderr
    assert "Traceback" not in done.stderr


def test_work_wants_a_secret_key(addresses: Addresses) -> None:
    done = crm(addresses, "work", SECRET_KEY="")
    assert (done.returncode, "SECRET_KEY is missing" in done.stderr) == (1, True)


async def test_origins_are_added_and_removed(addresses: Addresses, installation: InstallationId) -> None:
    crm(addresses, "installations", "origins", "add", str(installation), "https://shop.example")
    done = crm(addresses, "installations", "origins", "add", str(installation), "https://m.shop.example", "--json")
    assert json.loads(done.stdout)["origins"] == ["https://m.shop.example", "https://shop.example"]
    crm(addresses, "installations", "origins", "remove", str(installation), "https://shop.example")
    shown = json.loads(crm(addresses, "installations", "show", str(installation), "--json").stdout)
    assert shown[0]["storefront origins"] == "https://m.shop.example"


async def test_an_unknown_shop_is_refused(addresses: Addresses) -> None:
    done = crm(addresses, "installations", "show", "nowhere")
    assert (done.returncode, "0 installations answer to 'nowhere'" in done.stderr) == (1, True)


async def test_an_api_key_is_shown_once(addresses: Addresses, installation: InstallationId) -> None:
    made = json.loads(
        crm(addresses, "keys", "create", str(installation), "--name", "till", "--scope", "staff:*", "--json").stdout
    )
    listed = crm(addresses, "keys", "list", str(installation), "--json").stdout
    assert made["key"].startswith("crm_")
    assert made["key"].split("_")[2] not in listed
    assert json.loads(listed)[0]["scopes"] == "staff:*"
