"""The page on deploying says of commands, settings, metrics, routes and limits what the code says."""

import re
from pathlib import Path

import click
import pytest
from ruamel.yaml import YAML

from saleor_crm_app.cli.checks.examination import GROUPS
from saleor_crm_app.cli.main import saleor_crm
from saleor_crm_app.config import Settings
from saleor_crm_app.jobs.inbox import Intake
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.webhooks.load import MOST_BYTES, MOST_DELIVERIES
from saleor_crm_app.webhooks.routes import ANSWER_SECONDS
from tests.conftest import Addresses
from tests.operations.scraping import asked, read

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "deploy.md").read_text()
OF_OTHERS = re.compile(
    r"OTEL_EXPORTER|OTEL_SERVICE|HTTP_IP_FILTER|POSTGRES|CRM_|WEB_PORT|SIGTERM|BYPASSRLS|NOLOGIN|REVISION|GROUP"
)


def test_every_setting_is_one() -> None:
    named = {word for word in re.findall(r"`([A-Z][A-Z_]{5,})(?:=[^`]*)?`", PAGE) if not OF_OTHERS.match(word)}
    assert named - {name.upper() for name in Settings.model_fields} == set()
    assert len(named) > 8


def test_every_command_is_one() -> None:
    context = click.Context(saleor_crm)
    named = set(re.findall(r"saleor-crm ([a-z]+)", PAGE)) - {"unless"}
    assert named - set(saleor_crm.list_commands(context)) == set()
    assert {"doctor", "migrate", "serve", "verify", "work"} <= named
    assert [group for group in GROUPS if f"`{group}`" not in PAGE] == []


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_every_example_of_monitoring_reads(block: str) -> None:
    assert YAML(typ="safe").load(block)


async def test_every_metric_is_told_and_every_metric_told_is_there(addresses: Addresses) -> None:
    named = set(re.findall(r"^\| `(saleor_crm_\w+)`", PAGE, re.MULTILINE))
    used = {re.sub("_(bucket|sum|count)$", "", name) for name in re.findall(r"saleor_crm_[a-z_]+", PAGE)}
    async with asked(addresses) as client:
        await client.get("http://localhost/health/live")
        text = (await client.get("http://localhost/metrics")).text
    kinds = dict(re.findall(r"^# TYPE (saleor_crm_\w+) (\w+)$", text, re.MULTILINE))
    told = {name for name in kinds if not name.endswith("_created")}
    assert named == told
    assert used - named - {"saleor_crm_app"} == set()
    for name in named:
        row = re.search(rf"^\| `{name}` .*\| (\w+) \|$", PAGE, re.MULTILINE)
        assert row is not None
        assert row[1] == kinds[name]
    assert read(text)["saleor_crm_database_up", ()] == 1


def test_the_limits_are_those_of_the_code(addresses: Addresses) -> None:
    waiting = Intake(Database(addresses.app))._waiting.maxsize
    for figure in (f"{MOST_DELIVERIES:,}", f"{MOST_BYTES // 1_000_000} MB", f"{waiting:,}", f"{ANSWER_SECONDS:.0f}"):
        assert figure in PAGE


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", PAGE)
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
