"""`saleor-crm doctor` as an operator runs it: all well, settings wrong, secrets never shown."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from saleor_crm_app.demo import SimulatedShop, serving
from saleor_crm_app.demo.signing import SigningKey
from tests.conftest import Addresses
from tests.journeys.conftest import SECRET
from tests.operations.serving import served

SECRETS = {
    "SECRET_KEY": SECRET,
    "SECRET_KEY_FALLBACKS": "an-older-secret-key, the-oldest-secret-key",
    "METRICS_TOKEN": "a-metrics-token-of-ours",
    "SMTP_URL": "smtp://the-mail-user:the-mail-password@127.0.0.1:9",
    "SETUP_CODE": "the-setup-code",
}
HINTS = ("SECRET", "older", "oldest", "metrics-token", "mail-user", "mail-password", "setup-code", "only tests know")


async def run_doctor(folder: Path, *arguments: str, **settings: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "saleor_crm_app", "doctor", *arguments),
        env=os.environ | settings,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, complaint = await asyncio.wait_for(process.communicate(), 60)
    assert complaint == b""
    assert process.returncode is not None
    return process.returncode, told.decode()


def results(told: dict[str, Any]) -> dict[str, str]:
    return {check["check"]: check["result"] for check in told["checks"]}


async def test_all_is_well_where_all_is_well(addresses: Addresses, shop_key: SigningKey, tmp_path: Path) -> None:
    settings = {
        "DATABASE_URL": addresses.app,
        "SECRET_KEY": SECRET,
        "SETUP_CODE": "off",
        "ALLOW_PRIVATE_HOSTS": "true",
        "ALLOWED_DOMAIN_PATTERN": r"127\.0\.0\.1",
    }
    async with served("--with-worker", **settings) as app, serving(SimulatedShop(seed=1, key=shop_key)) as shop:
        # given
        await shop.apps.install(f"{app.url}/api/manifest")
        settings |= {"APP_API_BASE_URL": app.url, "DASHBOARD_ORIGINS": shop.origin}
        # when
        code, told = await run_doctor(tmp_path, "--json", **settings)
        people_code, shown = await run_doctor(tmp_path, "--only", "jobs", "--only", "shop", **settings)
    # then
    assert [code, people_code] == [0, 0]
    assert results(json.loads(told)) == {
        "settings.complete": "ok",
        "address.https": "warning",
        "address.public": "warning",
        "address.reachable": "ok",
        "address.manifest": "ok",
        "database.reachable": "ok",
        "database.clock": "ok",
        "database.schema": "ok",
        "database.roles": "ok",
        "jobs.alive": "ok",
        "jobs.inbox": "ok",
        "jobs.outbox": "ok",
        "jobs.dead-letters": "ok",
        "shop.reachable": "ok",
        "shop.token": "ok",
        "shop.permissions": "ok",
        "shop.webhooks": "ok",
        "shop.keys": "ok",
        "shop.clock": "skipped",  # the simulated shop tells no time
        "dashboard.origin": "ok",
    }
    assert {check["about"] for check in json.loads(told)["checks"]} == {"", shop.api_url}
    assert "9 ok, 1 skipped" in shown


async def test_shows_every_setting_in_effect_and_no_secret(addresses: Addresses, tmp_path: Path) -> None:
    # when
    url = addresses.app.replace("postgresql://", "postgres://") + "?application_name=a-password-of-sorts"
    code, told = await run_doctor(tmp_path, "--json", "--only", "settings", DATABASE_URL=url, **SECRETS)
    _, shown = await run_doctor(tmp_path, "--only", "settings", "--only", "mail", DATABASE_URL=url, **SECRETS)
    # then
    rows = {row["setting"]: (row["value"], row["from"]) for row in json.loads(told)["settings"]}
    assert code == 1  # APP_API_BASE_URL is missing
    assert rows["SECRET_KEY"] == rows["METRICS_TOKEN"] == rows["SETUP_CODE"] == ("***", "environment")
    assert rows["SECRET_KEY_FALLBACKS"] == ("*** ***", "environment")
    assert rows["SMTP_URL"] == ("smtp://***:***@127.0.0.1:9", "environment")
    assert rows["DATABASE_URL"][0].startswith("postgres://crm_login:***@127.0.0.1:")
    assert rows["APP_API_BASE_URL"] == ("not set", "default")
    assert rows["OTEL_ENABLED"] == ("false", "default")
    password = addresses.app.split(":")[2].partition("@")[0]
    assert shown.count("Fix:") == 2
    assert [hint for hint in (*HINTS[1:], SECRET, password, "of-sorts") if hint in told + shown] == []


async def test_settings_that_cannot_be_read_are_a_finding_too(tmp_path: Path) -> None:
    code, told = await run_doctor(tmp_path, "--json", DATABASE_URL="mysql://root@localhost/crm")
    [check] = json.loads(told)["checks"]
    assert (code, check["check"], check["result"]) == (1, "settings.valid", "failed")
    assert "DATABASE_URL must begin with postgresql://" in check["says"]


async def test_a_machine_where_nothing_runs_gets_a_fix_for_each_fault(tmp_path: Path) -> None:
    nothing = {
        "DATABASE_URL": "postgresql://crm_login:a-password@127.0.0.1:9/crm",
        "SECRET_KEY": SECRET,
        "APP_API_BASE_URL": "https://127.0.0.1:9",
        "DASHBOARD_ORIGINS": "https://127.0.0.1:9",
        "SMTP_URL": "smtp://127.0.0.1:9",
    }
    code, told = await run_doctor(tmp_path, "--json", **nothing)
    failures = [check for check in json.loads(told)["checks"] if check["result"] == "failed"]
    assert code == 1
    assert [check["check"] for check in failures] == [
        "address.public",
        "address.reachable",
        "database.reachable",
        "mail.smtp",
        "dashboard.origin",
    ]
    for check in failures:
        assert check["fix"].endswith(".")
        assert "\n" not in check["fix"]
