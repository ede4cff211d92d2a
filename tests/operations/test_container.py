"""The container's recipe and its composition: linted, and every step done that needs no container engine."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from saleor_crm_app.kernel.embedded import EmbeddedPostgres
from saleor_crm_app.kernel.postgres_programs import packaged
from tests.journeys.conftest import SECRET

ROOT = Path(__file__).parents[2]
RECIPE = (ROOT / "Dockerfile").read_text()
COMPOSITION: dict[str, Any] = YAML(typ="safe").load(ROOT / "compose.yaml")
TOOLS = Path(sys.executable).parent
PASSWORDS = {"CRM_OWNER_PASSWORD": "owners", "CRM_LOGIN_PASSWORD": "logins", "POSTGRES_PASSWORD": "admins"}


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Each instruction of a recipe and what follows it, continued lines joined."""
    plain = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in plain.replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word, rest


def stages() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What builds, and what is handed out."""
    build, final = re.split(r"\n(?=FROM )", RECIPE)[1:]
    return list(instructions(build)), list(instructions(final))


def run(command: list[str | Path], *, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# ---- the recipe


def test_the_recipe_has_no_fault_that_a_linter_knows() -> None:
    assert run([TOOLS / "hadolint", "Dockerfile"], cwd=ROOT) == ""


def test_what_is_handed_out_builds_nothing_and_is_not_root() -> None:
    _, final = stages()
    words = dict(final)
    assert words["USER"] == "10001:10001"
    assert words["ENTRYPOINT"] == '["saleor-crm"]'
    assert "/health/live" in words["HEALTHCHECK"]
    assert [rest for word, rest in final if word in {"COPY", "ADD"}] == ["--from=build /opt/saleor-crm /opt/saleor-crm"]
    assert not re.search(r"apt|pip install|uv |hatchling", " ".join(rest for word, rest in final if word == "RUN"))
    assert re.fullmatch(r"\d\.\d+-slim-\w+", dict(instructions(RECIPE))["ARG"].removeprefix("PYTHON="))


def test_nothing_but_the_wheels_files_goes_into_the_build() -> None:
    let_in = (ROOT / ".dockerignore").read_text().splitlines()
    copied = {name for word, rest in stages()[0] if word == "COPY" for name in rest.split()[:-1]}
    assert let_in[1] == "*"
    assert {line.removeprefix("!") for line in let_in if line.startswith("!")} == copied


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the recipe hands out, made by its own commands on this machine."""
    folder = tmp_path_factory.mktemp("image")
    source, target = folder / "build", folder / "opt"
    source.mkdir()
    for word, rest in stages()[0]:
        names = rest.split()
        if word == "COPY" and len(names) == 2 and (ROOT / names[0]).is_dir():
            shutil.copytree(ROOT / names[0], source / names[1], ignore=shutil.ignore_patterns("__pycache__"))
        elif word == "COPY":
            for name in names[:-1]:
                shutil.copy(ROOT / name, source / name)
        elif word == "RUN":
            command = rest.replace("/opt/saleor-crm", str(target))
            run(["bash", "-o", "pipefail", "-c", command], cwd=source, PATH=f"{TOOLS}:{os.environ['PATH']}")
    return target


def test_the_recipes_commands_make_an_app_that_runs(built: Path, tmp_path: Path) -> None:
    assert "Usage: saleor-crm" in run([built / "bin" / "saleor-crm", "--help"], cwd=tmp_path)
    code = "import opentelemetry.sdk, prometheus_client, saleor_crm_app.app"
    run([built / "bin" / "python", "-c", code], cwd=tmp_path)


def test_what_the_recipe_makes_is_in_the_lock_and_nothing_of_development(built: Path) -> None:
    listed = run([TOOLS / "uv", "pip", "freeze", "--python", built / "bin" / "python"], cwd=ROOT)
    pinned = {line for line in listed.splitlines() if "==" in line}
    locked = {line.split()[0] for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line}
    assert len(pinned) > 40
    assert pinned - locked == set()
    assert {line.partition("==")[0] for line in pinned} & {"pip", "setuptools", "uv", "hatchling", "pytest"} == set()


def test_a_package_with_another_hash_is_refused(built: Path, tmp_path: Path) -> None:
    # given
    lock = (ROOT / "requirements.lock").read_text()
    entry = re.search(r"^click==(?:.*\\\n)*.*$", lock, re.MULTILINE)
    assert entry is not None
    forged = re.sub(r"sha256:[0-9a-f]{64}", "sha256:" + "0" * 64, entry[0])
    (tmp_path / "forged.lock").write_text(lock.replace(entry[0], forged))
    # when
    run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], cwd=tmp_path)
    install: list[str | Path] = [TOOLS / "uv", "pip", "install", "--python", tmp_path / "venv", "--require-hashes"]
    install += ["--constraint", tmp_path / "forged.lock", "--requirement", "wheel.lock"]
    done = subprocess.run(install, cwd=built.parent / "build", capture_output=True, text=True, check=False)
    # then
    assert done.returncode != 0
    assert "click" in done.stderr
    assert not (tmp_path / "venv" / "bin" / "saleor-crm").exists()


# ---- the composition


def test_the_composition_fits_its_schema() -> None:
    run([TOOLS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml"], cwd=ROOT)


def test_every_service_is_watched_started_again_and_without_more_than_it_needs() -> None:
    services = COMPOSITION["services"]
    assert set(services) == {"postgres", "migrate", "web", "work"}
    assert {name: service["restart"] for name, service in services.items()} == {
        "postgres": "unless-stopped",
        "migrate": "on-failure",
        "web": "unless-stopped",
        "work": "unless-stopped",
    }
    for service in (services["migrate"], services["web"], services["work"]):
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert "pg_isready" in services["postgres"]["healthcheck"]["test"]
    assert services["work"]["healthcheck"]["test"] == ["CMD", "saleor-crm", "doctor", "--only", "jobs"]
    assert services["web"]["ports"] == ["127.0.0.1:${WEB_PORT:-8000}:8000"]


def test_no_secret_stands_in_the_composition_and_only_the_migration_knows_the_owner() -> None:
    services = COMPOSITION["services"]
    assert [name for name, service in services.items() if "OWNER" in str(service["environment"])] == [
        "postgres",
        "migrate",
    ]
    secret = re.compile(r"(?:PASSWORD|SECRET_KEY): (?!\$\{\w+:\?)")
    assert secret.findall((ROOT / "compose.yaml").read_text()) == []


def test_the_roles_it_makes_are_enough_to_migrate_and_no_more_than_the_app_needs(tmp_path: Path) -> None:
    # given: the embedded server has a login of that name already
    sql = COMPOSITION["configs"]["roles"]["content"].replace("crm_login", "compose_login")
    (tmp_path / "roles.sql").write_text(sql.replace("saleor_crm", "compose_crm"))
    psql: list[str | Path] = [
        packaged() / "pginstall" / "bin" / "psql",
        "--no-psqlrc",
        "--set=ON_ERROR_STOP=1",
        "--file=roles.sql",
    ]
    postgres = EmbeddedPostgres(tmp_path / "home", fast=True)
    try:
        owner_url = postgres.start().owner_url
        run([*psql, owner_url], cwd=tmp_path, **PASSWORDS)
        place = owner_url.rpartition("@")[2].partition("/")[0]
        settings = {
            "DATABASE_URL": f"postgresql://compose_login:logins@{place}/compose_crm",
            "DATABASE_OWNER_URL": f"postgresql://crm_owner:owners@{place}/compose_crm",
            "SECRET_KEY": SECRET,
        }
        # when
        app = [sys.executable, "-m", "saleor_crm_app"]
        run([*app, "migrate"], cwd=tmp_path, **settings)
        told = run([*app, "doctor", "--only", "database"], cwd=tmp_path, **settings)
    finally:
        postgres.remove()
    # then
    assert "4 ok" in told
