"""What we hand out: the wheel works away from the repository, the lock is whole, the documents have captions."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
DOCUMENTS = sorted((ROOT / "graphql" / "saleor").glob("*/*.graphql"))


def run(folder: Path, *command: str | Path) -> str:
    """Run a program in that folder and give back what it printed; its complaint where it fails."""
    done = subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(ROOT, sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment that holds the wheel and what it says it depends on, nothing else."""
    environment = tmp_path_factory.mktemp("empty") / "venv"
    uv = [sys.executable, "-m", "uv", "--quiet"]
    run(ROOT, *uv, "venv", "--python", sys.executable, environment)
    install = [*uv, "pip", "install", "--python", str(environment), "--constraint", "requirements.lock", str(wheel)]
    if subprocess.run([*install, "--offline"], cwd=ROOT, capture_output=True, check=False).returncode:
        run(ROOT, *install)  # only where the cache that `./run` fills is gone
    return environment / "bin"


def test_the_wheel_carries_every_file_of_the_package(wheel: Path) -> None:
    package = ROOT / "saleor_crm_app"
    files = {
        path.relative_to(ROOT).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files - set(zipfile.ZipFile(wheel).namelist()) == set()
    assert "saleor_crm_app/py.typed" in files
    assert any(file.startswith("saleor_crm_app/demo/sdl/") and file.endswith(".graphql") for file in files)


def test_the_wheel_carries_the_documents_and_the_manifest(wheel: Path) -> None:
    documents = {path.relative_to(ROOT).as_posix() for path in (ROOT / "graphql").rglob("*.graphql")}
    carried = {name.removeprefix("saleor_crm_app/_data/") for name in zipfile.ZipFile(wheel).namelist()}
    assert {*documents, "manifest.json"} - carried == set()


def test_the_installed_command_helps_from_any_folder(installed: Path, tmp_path: Path) -> None:
    assert "Usage: saleor-crm" in run(tmp_path, installed / "saleor-crm", "--help")


def test_the_installed_package_reads_its_own_data(installed: Path, tmp_path: Path) -> None:
    code = "from saleor_crm_app.kernel.resources import data_path\n"
    code += "for name in ('graphql', 'manifest.json'): print(data_path(name))"
    found = run(tmp_path, installed / "python", "-c", code).splitlines()
    (data,) = installed.parent.glob("lib/*/site-packages/saleor_crm_app/_data")
    assert [Path(line) for line in found] == [data / "graphql", data / "manifest.json"]


def test_the_installed_package_builds_its_manifest(installed: Path, tmp_path: Path) -> None:
    code = "import json; from saleor_crm_app.installation.manifest import build_manifest\n"
    code += "print(json.dumps(build_manifest('https://crm.example', '3.23', app_id='saleor.crm', setup='code')))"
    manifest = json.loads(run(tmp_path, installed / "python", "-c", code))
    assert manifest["tokenTargetUrl"] == "https://crm.example/api/register?setup=code"
    assert [webhook["name"] for webhook in manifest["webhooks"]] == ["Orders", "Customers", "This app"]
    assert all("fragment EventHead on Event" in webhook["query"] for webhook in manifest["webhooks"])


def test_the_installed_package_depends_on_nothing_of_development(installed: Path) -> None:
    listed = run(ROOT, sys.executable, "-m", "uv", "pip", "freeze", "--python", installed / "python")
    names = {line.partition("==")[0].partition(" @")[0] for line in listed.splitlines()}
    assert "saleor-crm" in names
    assert names & {"pytest", "mypy", "ruff", "hypothesis", "hatchling", "uv"} == set()


def test_the_lock_names_no_address() -> None:
    assert re.findall(r"https?://|index-url|find-links|file:| @ ", LOCK) == []


def test_the_lock_has_a_version_and_hashes_for_each_package() -> None:
    entries = re.split(r"\n(?=\S)", LOCK.strip())
    pinned = re.compile(r"[a-z0-9-]+==\S+( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+")
    assert [entry for entry in entries if not pinned.fullmatch(entry)] == []


def test_the_graphql_folder_holds_no_python() -> None:
    assert list((ROOT / "graphql").rglob("*.py")) == []  # it would shadow graphql-core


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_document_has_a_caption(document: Path) -> None:
    lines = document.read_text().splitlines()
    caption = lines[1] if re.fullmatch(r"# since \d\.\d+", lines[0]) else lines[0]
    assert re.fullmatch(r"# \S+( \S+){3,}", caption)


def test_the_license_is_the_bsd_one() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert text.startswith("BSD 3-Clause License\n\nCopyright (c) 2026, Saleor CRM contributors\n")
    assert "3. Neither the name of the copyright holder" in text
