"""What the page on deploying says of backups: dumped while it runs, restored elsewhere, and proved."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import sqlalchemy as sa

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.postgres_programs import packaged
from tests.conftest import Addresses
from tests.door import Shop
from tests.journeys.conftest import SECRET
from tests.reliability.signer import API_URL
from tests.reliability.signer import shop as signing_shop
from tests.shop import later, order

PROGRAMS = packaged() / "pginstall" / "bin"


def run(folder: Path, *command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def facts(owner: str) -> list[tuple[object, ...]]:
    with psycopg.connect(owner) as connection:
        return connection.execute("SELECT id, seq, kind, points, hash FROM entry ORDER BY id").fetchall()


async def test_a_dump_restored_elsewhere_is_proved(
    addresses: Addresses, database: Database, installation: InstallationId, tmp_path: Path
) -> None:
    # given
    shop = Shop(installation, API_URL, signing_shop(), database)
    bought = order(charged=10_000)
    await shop.says(bought)
    await shop.says(later(bought, minutes=5, charged=6_000))
    before = facts(addresses.owner)
    target = sa.make_url(addresses.owner).set(database="restored")
    owner = target.render_as_string(hide_password=False)
    app = sa.make_url(addresses.app).set(database="restored").render_as_string(hide_password=False)
    settings = {"DATABASE_URL": app, "DATABASE_OWNER_URL": owner, "SECRET_KEY": SECRET}
    # when
    run(tmp_path, PROGRAMS / "pg_dump", "--format=custom", "--file=crm.dump", addresses.owner)
    with psycopg.connect(addresses.owner, autocommit=True) as connection:
        connection.execute("CREATE DATABASE restored")
    try:
        run(tmp_path, PROGRAMS / "pg_restore", "--exit-on-error", f"--dbname={owner}", "crm.dump")
        run(tmp_path, sys.executable, "-m", "saleor_crm_app", "migrate", **settings)
        proved = run(tmp_path, sys.executable, "-m", "saleor_crm_app", "verify", "--json", **settings)
        after = facts(owner)
    finally:
        with psycopg.connect(addresses.owner, autocommit=True) as connection:
            connection.execute("DROP DATABASE restored WITH (FORCE)")
    # then
    assert len(before) == 2
    assert after == before
    assert '"findings": "none"' in proved
