"""Calls to a shop reach public addresses only, the ones that were checked, and end in time."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from saleor_crm_app.saleor.http import (
    CallFailed,
    CallPolicy,
    ForbiddenAddress,
    GuardedTransport,
    Redirected,
    Resolver,
    TooLarge,
    Unreachable,
    shop_client,
)
from tests.saleor.loopback import Answer, Request, loopback

PUBLIC = "93.184.216.34"
OPEN = CallPolicy(allow_private=True, total_seconds=20)


class Names:
    """A resolver whose names answer one list after the other, the last one for good."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.asked = 0
        self._answers = answers

    async def __call__(self, _host: str, _port: int) -> Sequence[str]:
        self.asked += 1
        return self._answers[min(self.asked, len(self._answers)) - 1]


class Network(httpx.AsyncBaseTransport):
    """Stands where the wire begins and notes whither it was asked to connect."""

    def __init__(self, *dead: str) -> None:
        self.aimed: list[httpx.Request] = []
        self._dead = dead

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.aimed.append(request)
        if request.url.host in self._dead:
            raise httpx.ConnectError("dead")
        return httpx.Response(200, content=b"{}")


def client_over(network: Network, resolver: Resolver, url: str = "https://shop.example/") -> httpx.AsyncClient:
    policy = CallPolicy(resolver=resolver)
    return httpx.AsyncClient(transport=GuardedTransport(httpx.URL(url), policy, network=network))


INNER_HOSTS = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104 # called, not bound
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::1]",
    "[100::1]",
    "[2001::1]",
    "[2001:db8::1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
]
WRITTEN_ODDLY = [
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "017700000001",
    "0",
    "localhost",
    "LOCALHOST",
    "localhost.",
]
INNER_ANSWERS = ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:192.168.1.1", "fe80::1%eth0", "nonsense"]
NO_ADDRESSES = [
    "http://shop.example/graphql/",
    "ftp://shop.example/",
    "file:///etc/passwd",
    "gopher://shop.example/",
    "//shop.example/",
    "shop.example",
    "",
    "https://",
    "https:///graphql/",
    "https://user@shop.example/",
    "https://user:password@shop.example/",
    "https://shop.example\\@127.0.0.1/",
    "https://shop.example:port/",
    "https://shop.example:99999999/",
    "https://shop\texample/",
    "https://shop.example\r\nHost: x/",
    "https://[::1/",
    "https://0177.0.0.1/",
]


@pytest.mark.parametrize("host", INNER_HOSTS)
async def test_no_inner_address_is_connected_to(host: str) -> None:
    async with loopback(lambda _: Answer()) as inner:
        url = f"https://{host}:{inner.port}/graphql/"
        async with shop_client(url, CallPolicy(total_seconds=20)) as client:
            with pytest.raises(ForbiddenAddress):
                await client.get(url)
        assert inner.connections == 0


@pytest.mark.parametrize("host", WRITTEN_ODDLY)
async def test_no_inner_address_is_connected_to_however_it_is_written(host: str) -> None:
    async with loopback(lambda _: Answer()) as inner:
        url = f"https://{host}:{inner.port}/graphql/"
        async with shop_client(url, CallPolicy(total_seconds=20)) as client:
            with pytest.raises(CallFailed) as refusal:
                await client.get(url)
        # some systems do not know the odd ways to write a number: then it is no name either
        assert isinstance(refusal.value, ForbiddenAddress | Unreachable)
        assert inner.connections == 0


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_what_is_no_https_address_is_refused_before_anything_else(url: str) -> None:
    with pytest.raises(ForbiddenAddress):
        shop_client(url, CallPolicy())


@pytest.mark.parametrize("answer", INNER_ANSWERS)
async def test_one_inner_address_among_public_ones_forbids_the_host(answer: str) -> None:
    network = Network()
    client = client_over(network, Names([PUBLIC, answer]))
    with pytest.raises(ForbiddenAddress):
        await client.get("https://shop.example/")
    assert network.aimed == []


async def test_a_name_that_turns_inner_after_the_check_gains_nothing() -> None:
    # given: public when first asked, inner when asked again
    names, network = Names([PUBLIC], ["127.0.0.1"]), Network()
    client = client_over(network, names)
    # when
    await client.get("https://shop.example/graphql/")
    # then: it was asked once, and the connection goes to that very address
    [request] = network.aimed
    assert (names.asked, request.url.host) == (1, PUBLIC)
    # and the next call, resolved anew, is refused
    with pytest.raises(ForbiddenAddress):
        await client.get("https://shop.example/graphql/")
    assert len(network.aimed) == 1


async def test_the_name_stays_in_the_host_header_and_in_the_certificate_check() -> None:
    network = Network()
    await client_over(network, Names([PUBLIC]), "https://shop.example:8443/").get("https://shop.example:8443/x?y=1")
    [request] = network.aimed
    assert str(request.url) == f"https://{PUBLIC}:8443/x?y=1"
    assert request.headers["host"] == "shop.example:8443"
    assert request.extensions["sni_hostname"] == "shop.example"


async def test_the_next_address_is_tried_when_one_cannot_be_connected_to() -> None:
    network = Network("2606:2800:220:1::1")
    response = await client_over(network, Names(["2606:2800:220:1::1", PUBLIC])).get("https://shop.example/")
    assert (response.status_code, [one.url.host for one in network.aimed]) == (200, ["2606:2800:220:1::1", PUBLIC])


async def test_a_translated_public_address_is_fine() -> None:
    network = Network()
    await client_over(network, Names(["64:ff9b::5db8:d822"])).get("https://shop.example/")
    assert [one.url.host for one in network.aimed] == ["64:ff9b::5db8:d822"]


async def test_a_client_serves_one_origin_only() -> None:
    network = Network()
    client = client_over(network, Names([PUBLIC]))
    for url in ("https://other.example/", "http://shop.example/", "https://shop.example:444/"):
        with pytest.raises(ForbiddenAddress):
            await client.get(url)
    assert network.aimed == []


async def test_a_name_without_address_is_unreachable() -> None:
    async def nobody(_host: str, _port: int) -> list[str]:
        raise OSError

    for resolver in (nobody, Names([])):
        with pytest.raises(Unreachable):
            await client_over(Network(), resolver).get("https://shop.example/")


async def test_an_answer_arrives_whole() -> None:
    async with loopback(lambda _: Answer(b"x" * 200_000, 201)) as shop, shop_client(shop.api_url, OPEN) as client:
        response = await client.post(shop.api_url, content=b"hello")
        assert (response.status_code, response.content) == (201, b"x" * 200_000)
        assert (shop.requests[0].body, shop.requests[0].headers["accept-encoding"]) == (b"hello", "identity")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    async with loopback(lambda _: Answer()) as elsewhere:
        moved = Answer(b"", status, (("Location", elsewhere.origin),))
        async with loopback(lambda _: moved) as shop, shop_client(shop.api_url, OPEN) as client:
            with pytest.raises(Redirected):
                await client.get(shop.api_url)
        assert elsewhere.connections == 0


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False), (5_000_000, False)])
async def test_an_answer_that_is_too_long_is_not_read(size: int, fits: bool) -> None:
    policy = CallPolicy(allow_private=True, total_seconds=20, most_bytes=1000)
    long = Answer(b"x" * size)
    async with loopback(lambda _: long) as shop, shop_client(shop.api_url, policy) as client:
        if fits:
            assert (await client.get(shop.api_url)).content == long.body
        else:
            with pytest.raises(TooLarge):
                await client.get(shop.api_url)


async def test_a_compressed_answer_is_not_unfolded() -> None:
    packed = Answer(b"\x1f\x8b", 200, (("Content-Encoding", "gzip"),))
    async with loopback(lambda _: packed) as shop, shop_client(shop.api_url, OPEN) as client:
        with pytest.raises(Unreachable):
            await client.get(shop.api_url)


async def test_the_whole_call_is_bounded_however_slowly_the_shop_drips() -> None:
    # given: a byte now and then would keep any timeout between bytes from ending it
    async def drip(_: Request) -> bytes:
        await asyncio.sleep(60)
        return b""

    policy = CallPolicy(allow_private=True, total_seconds=0.2)
    async with loopback(drip) as shop, shop_client(shop.api_url, policy) as client:
        with pytest.raises(Unreachable, match=r"No answer within 0\.2 seconds"):
            await client.get(shop.api_url)


@pytest.mark.parametrize("raw", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
async def test_what_is_no_http_is_unreachable(raw: bytes) -> None:
    async with loopback(lambda _: raw) as shop, shop_client(shop.api_url, OPEN) as client:
        with pytest.raises(Unreachable):
            await client.get(shop.api_url)


async def test_a_closed_port_is_unreachable() -> None:
    async with loopback(lambda _: Answer()) as shop:
        url = shop.api_url
    async with shop_client(url, OPEN) as client:
        with pytest.raises(Unreachable):
            await client.get(url)


def self_signed(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's side and the client's side of a certificate for one name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    (folder / "both.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + pem
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "both.pem")
    return server, ssl.create_default_context(cadata=pem.decode())


async def test_a_certificate_is_checked_against_the_name_though_the_connection_goes_to_a_number(
    tmp_path: Path,
) -> None:
    server, trusting = self_signed("shop.example", tmp_path)
    policy = CallPolicy(allow_private=True, tls=trusting, resolver=Names(["127.0.0.1"]))
    async with loopback(lambda _: Answer(b"{}"), tls=server) as shop:
        async with shop_client(f"https://shop.example:{shop.port}/", policy) as client:
            assert (await client.get(f"https://shop.example:{shop.port}/")).content == b"{}"
        async with shop_client(f"https://other.example:{shop.port}/", policy) as client:
            with pytest.raises(CallFailed):
                await client.get(f"https://other.example:{shop.port}/")
        assert len(shop.requests) == 1
