"""One fault at a time, made for real: what `doctor` says of it, and that its fix names what to do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from saleor_crm_app.cli.checks.findings import Check, Finding, Result, look_at
from saleor_crm_app.jobs.inbox import NewItem, append
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from tests.conftest import Addresses
from tests.journeys.conftest import running
from tests.operations.faults import answering, faults

# ---- our address


@pytest.mark.parametrize(
    ("answer", "says", "fix"),
    [
        (lambda _: RedirectResponse("https://crm.example/"), "redirects", "Saleor follows no redirects"),
        (lambda _: Response("nginx", status_code=502), "answers 502", "start the app"),
        (lambda _: JSONResponse({"status": "well"}), "answers 200, and not as this app would", "pass every path"),
    ],
)
async def test_what_answers_in_place_of_the_app_is_named(
    addresses: Addresses, answer: Callable[[Request], Response], says: str, fix: str
) -> None:
    async with answering(answer) as url:
        found = await faults(addresses.app, "address", app_api_base_url=url)
    assert says in found["address.reachable"].says
    assert fix in found["address.reachable"].fix


async def test_another_version_behind_our_address_is_named(addresses: Addresses) -> None:
    async with running(addresses) as app:
        same = await faults(addresses.app, "address", app_api_base_url=app.url)
        other = await faults(addresses.app, "address", app_api_base_url=app.url, manifest_app_id="other.app")
        closed = await faults(addresses.app, "address", app_api_base_url=app.url, allow_private_hosts=False)
    assert set(same) == {"address.https", "address.public"}
    assert other["address.manifest"].says == f"The manifest at {app.url}/api/manifest differs: id"
    assert [(name, finding.result) for name, finding in closed.items()] == [
        ("address.https", Result.FAILED),
        ("address.public", Result.FAILED),
    ]
    assert "HTTP_IP_FILTER_ENABLED=false" in closed["address.public"].fix


async def test_a_certificate_that_saleor_would_refuse_is_named(addresses: Addresses, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    async with answering(lambda _: Response(), ssl_certfile=certificate) as url:
        found = await faults(addresses.app, "address", app_api_base_url=url.replace("http://", "https://"))
    assert "self-signed certificate" in found["address.reachable"].says
    assert "public authority" in found["address.reachable"].fix


def self_signed(folder: Path) -> Path:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    moment = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "own.pem"
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    return path


# ---- the database


async def test_a_login_with_rights_of_its_own_is_named(addresses: Addresses) -> None:
    found = await faults(addresses.owner, "database")
    assert list(found) == ["database.login"]
    assert found["database.login"].says == "postgres is more than a plain login"
    with psycopg.connect(addresses.owner) as connection:
        connection.execute("GRANT SELECT ON entry TO PUBLIC")
    found = await faults(addresses.app, "database")
    assert found["database.login"].says == "crm_login has rights of its own on entry"


async def test_a_table_without_isolation_is_named(addresses: Addresses) -> None:
    assert await faults(addresses.app, "database") == {}
    with psycopg.connect(addresses.owner) as connection:
        connection.execute("ALTER TABLE lot NO FORCE ROW LEVEL SECURITY")
    found = await faults(addresses.app, "database")
    assert found["database.isolation"].says == "Row-level security does not hold on lot"


async def test_a_database_that_was_never_migrated_is_named(addresses: Addresses) -> None:
    with psycopg.connect(addresses.owner) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    found = await faults(addresses.app, "database")
    assert "`saleor-crm migrate`" in found["database.schema"].fix


@pytest.mark.parametrize(
    ("change", "fix"),
    [
        ({"password": "wrong"}, "Correct user and password"),
        ({"database": "nowhere"}, "Make the database"),
        ({"port": 9}, "Start the server"),
    ],
)
async def test_why_the_database_is_not_reached_is_told_apart(
    addresses: Addresses, change: dict[str, str | int], fix: str
) -> None:
    url = sa.make_url(addresses.app).set(**change).render_as_string(hide_password=False)  # type: ignore[arg-type] # mixed
    found = await faults(url, "database")
    assert list(found) == ["database.reachable"]
    assert fix in found["database.reachable"].fix


# ---- the work


async def test_work_that_nobody_does_is_named(
    addresses: Addresses, database: Database, installation: InstallationId
) -> None:
    # given
    items = [NewItem.of(installation, kind="OrderUpdated", source="webhook", body=bytes([n])) for n in range(3)]
    await append(database, items)
    with psycopg.connect(addresses.owner) as connection:
        connection.execute("UPDATE inbox SET received_at = now() - interval '5 minutes'")
        connection.execute("UPDATE inbox SET state = 'BURIED' WHERE digest = %s", [items[0].digest])
    # when
    found = await faults(addresses.app, "jobs")
    # then
    assert {name: finding.result for name, finding in found.items()} == {
        "jobs.alive": Result.FAILED,
        "jobs.inbox": Result.FAILED,
        "jobs.dead-letters": Result.WARNING,
    }
    assert found["jobs.inbox"].says == "2 deliveries wait, the oldest for 300 seconds"


# ---- neighbors


@asynccontextmanager
async def mail_server(*, lets_in: bool) -> AsyncIterator[int]:
    """Just enough of SMTP to greet, to hear a password, and to part."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example\r\n")
        while line := (await reader.readline()).strip().upper():
            said = {b"EHLO": b"250-mail.example\r\n250 AUTH PLAIN\r\n", b"AUTH": b"235 in\r\n", b"QUIT": b"221 bye\r\n"}
            refused = line.startswith(b"AUTH") and not lets_in
            writer.write(b"535 no\r\n" if refused else said.get(line[:4], b"250 ok\r\n"))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("lets_in", "result", "says"),
    [(True, Result.WARNING, "takes mail, but in the clear"), (False, Result.FAILED, "refuses user or password")],
)
async def test_a_mail_server_is_asked(addresses: Addresses, lets_in: bool, result: Result, says: str) -> None:
    async with mail_server(lets_in=lets_in) as port:
        found = await faults(addresses.app, "mail", smtp_url=f"smtp://anna%40example.com:pass@127.0.0.1:{port}")
    assert (found["mail.smtp"].result, found["mail.smtp"].says) == (result, f"127.0.0.1 {says}")


@pytest.mark.parametrize("origin", ["https://dashboard.example/", "dashboard.example", "https://", "ftp://x"])
async def test_what_is_no_origin_is_named(addresses: Addresses, origin: str) -> None:
    found = await faults(addresses.app, "dashboard", dashboard_origins=(origin,))
    assert found["dashboard.origin"].says == f"{origin!r} is no origin"


# ---- all of them


async def test_a_check_that_does_not_end_or_breaks_stops_no_other() -> None:
    async def broken() -> list[Finding]:
        raise RuntimeError("anna@example.com")

    endless = Check(name="endless", look=lambda: asyncio.Event().wait(), fix_if_slow="Wait.")  # type: ignore[arg-type,return-value] # it finds nothing
    found = await look_at([endless, Check(name="broken", look=broken, fix_if_slow="")], seconds=0.05)
    assert [(one.check, one.result, one.says) for one in found] == [
        ("endless", Result.FAILED, "No answer within 0.05 seconds"),
        ("broken", Result.FAILED, "The check itself broke: RuntimeError"),
    ]
