"""The edges: TLS, proxies, names and sites. A key never travels in the clear, and no page gets in by a trick."""

import json
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conftest import Databases
from futurone_server.api.app import make_app
from futurone_server.commands.edges import check_edges, edges
from futurone_server.commands.house import WrongSettingError
from futurone_server.config import Config, SettingError, load
from futurone_server.features.keys import Mode
from futurone_server.features.keys.rules import spell
from futurone_server.main import Server
from house import Process, Tenant, refusal

SITE = "https://app.example.com"
WRONG = spell("key_" + "0" * 26, Mode.LIVE, "A" * 43)
"""A key that could be one of this server's, and is not."""


def pem_files(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that has signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption()))
    return paths


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return pem_files(tmp_path_factory.mktemp("pem"))


@pytest.fixture(scope="module")
def far(databases: Databases, tmp_path_factory: pytest.TempPathFactory, pair: tuple[Path, Path]) -> Iterator[Process]:
    """A server that speaks TLS on every address, behind a trusted proxy on this machine."""
    url = databases.fresh()
    flags = ["--host", "0.0.0.0", "--tls-cert", str(pair[0]), "--tls-key", str(pair[1]), "--behind-proxy"]
    process = Process(tmp_path_factory.mktemp("far") / "data", url, *flags).start()
    yield process
    process.end()
    databases.drop(url)


def test_the_command_on_this_machine_is_told_an_address_that_can_be_dialled(far: Process) -> None:
    told = json.loads((far.data_dir / "client.json").read_text())["url"]
    assert told == far.url
    assert told.startswith("https://127.0.0.1:")


@pytest.fixture
def near(far: Process, pair: tuple[Path, Path]) -> Iterator[httpx2.Client]:
    """A client that trusts the certificate."""
    port = far.url.rpartition(":")[2]
    trusted = ssl.create_default_context(cafile=str(pair[0]))
    with httpx2.Client(base_url=f"https://127.0.0.1:{port}", verify=trusted) as client:
        yield client


def test_with_a_certificate_the_server_speaks_tls(far: Process, near: httpx2.Client) -> None:
    assert far.url.startswith("https://")
    assert near.get("/v1/whoami", headers={"Authorization": f"Bearer {far.ready['key']}"}).status_code == 200


def test_nothing_older_than_tls_1_3_is_spoken(far: Process, pair: tuple[Path, Path]) -> None:
    old = ssl.create_default_context(cafile=str(pair[0]))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    port = far.url.rpartition(":")[2]
    with httpx2.Client(verify=old) as client, pytest.raises(httpx2.ConnectError):
        client.get(f"https://127.0.0.1:{port}/health/live")


def test_behind_a_proxy_wrong_keys_are_counted_for_the_client_it_names(near: httpx2.Client) -> None:
    def tried(address: str) -> int:
        headers = {"Authorization": f"Bearer {WRONG}", "X-Forwarded-For": f"198.51.100.1, {address}"}
        return near.get("/v1/whoami", headers=headers).status_code

    assert [tried("203.0.113.7") for _ in range(21)] == [401] * 20 + [429]
    assert tried("203.0.113.8") == 401


def test_without_a_proxy_nobody_believes_whom_a_client_says_it_is(http: httpx2.Client) -> None:
    headers = {"Authorization": f"Bearer {WRONG}", "X-Forwarded-For": "203.0.113.9"}
    assert {http.get("/v1/whoami", headers=headers).status_code for _ in range(25)} == {401}


def started(tmp_path: Path, *flags: str) -> tuple[int, str]:
    """Exit code and last words of a server that does not start."""
    command = ["up", "--no-demo", "--port", "0", "--data-dir", str(tmp_path / "data"), *flags]
    program = "from futurone.cli import main; raise SystemExit(main())"
    done = subprocess.run([sys.executable, "-c", program, *command], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


def test_a_server_that_others_can_reach_does_not_start_in_the_clear(tmp_path: Path) -> None:
    code, said = started(tmp_path, "--host", "0.0.0.0")
    assert code == 2
    assert "--tls-cert" in said
    assert "--behind-proxy" in said
    assert not (tmp_path / "data").exists(), "nothing was touched"


@pytest.mark.parametrize("host", ["::", "192.0.2.1", "fo.example.com", "127.0.0.1.example.com"])
def test_every_address_but_loopback_needs_tls_or_a_proxy(host: str, pair: tuple[Path, Path]) -> None:
    with pytest.raises(WrongSettingError, match="--behind-proxy"):
        check_edges(Config(host=host))
    check_edges(Config(host=host, behind_proxy=True))
    check_edges(Config(host=host, tls_cert=pair[0], tls_key=pair[1]))


def test_a_certificate_that_is_none_is_said_before_anything_starts(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    other = pem_files(tmp_path)
    (tmp_path / "junk.pem").write_text("junk")
    for certificate, key in [(pair[0], other[1]), (tmp_path / "none.pem", pair[1]), (tmp_path / "junk.pem", pair[1])]:
        with pytest.raises(WrongSettingError, match=certificate.name):
            check_edges(Config(tls_cert=certificate, tls_key=key))
    with pytest.raises(SettingError, match="give both"):
        load({"tls_cert": pair[0]}, {})


@pytest.fixture
async def browser(house: Server) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a server on loopback that one site may call."""
    settings = Config(public_url="https://fo.example.com/base", cors_origins=frozenset({SITE}))
    transport = httpx2.ASGITransport(app=make_app(house.desk, edges(settings)))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:3000") as found:
        yield found


@pytest.mark.anyio
async def test_on_loopback_only_its_own_names_are_answered(browser: httpx2.AsyncClient, tenant: Tenant) -> None:
    headers = {"Authorization": f"Bearer {tenant.live}"}
    for name in (
        "localhost",
        "localhost:3000",
        "LOCALHOST",
        "127.0.0.1:1",
        "[::1]:3000",
        "localhost.",
        "fo.example.com",
    ):
        assert (await browser.get("/v1/whoami", headers={**headers, "Host": name})).status_code == 200, name
    for name in ("evil.example", "127.0.0.1.evil.example:3000", "localhost.evil.example", "", "[::2]", "0.0.0.0"):
        answer = await browser.get("/v1/whoami", headers={**headers, "Host": name})
        assert refusal(answer) == (400, "HOST_NOT_ALLOWED"), name


def test_behind_a_proxy_and_on_other_addresses_any_name_is_answered() -> None:
    assert edges(Config(behind_proxy=True)).hosts is None
    assert edges(Config(host="0.0.0.0", tls_cert=Path("c"), tls_key=Path("k"))).hosts is None


@pytest.mark.anyio
async def test_a_page_of_a_listed_site_may_read_answers_and_no_other(
    browser: httpx2.AsyncClient, tenant: Tenant
) -> None:
    headers = {"Authorization": f"Bearer {tenant.live}"}
    mine = await browser.get("/v1/whoami", headers={**headers, "Origin": SITE})
    assert mine.headers["access-control-allow-origin"] == SITE
    assert "X-RateLimit-Remaining" in mine.headers["access-control-expose-headers"]
    assert mine.headers["x-ratelimit-limit"]
    for origin in ("https://app.example.com.evil.example", "http://app.example.com", "null", "https://evil.example"):
        other = await browser.get("/v1/whoami", headers={**headers, "Origin": origin})
        assert "access-control-allow-origin" not in other.headers, origin
        assert other.headers["vary"] == "Origin"
    refused = await browser.get("/v1/whoami", headers={"Origin": SITE})
    assert refused.headers["access-control-allow-origin"] == SITE, "pages read errors too"


@pytest.mark.anyio
async def test_a_browser_that_asks_first_is_told_what_it_may_send(browser: httpx2.AsyncClient) -> None:
    question = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    yes = await browser.options("/v1/runs", headers={**question, "Origin": SITE})
    assert yes.status_code == 204
    assert "POST" in yes.headers["access-control-allow-methods"]
    allowed = yes.headers["access-control-allow-headers"].lower()
    assert {"authorization", "content-type", "idempotency-key", "last-event-id"} <= set(allowed.split(", "))
    no = await browser.options("/v1/runs", headers={**question, "Origin": "https://evil.example"})
    assert no.status_code == 405
    assert "access-control-allow-origin" not in no.headers


def test_by_default_no_site_may_read_answers(http: httpx2.Client) -> None:
    answer = http.get("/v1/version", headers={"Origin": SITE})
    assert not any(name.startswith("access-control") or name == "vary" for name in answer.headers)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FUTURONE_CORS_ORIGINS", "*"),
        ("FUTURONE_CORS_ORIGINS", "app.example.com"),
        ("FUTURONE_CORS_ORIGINS", "https://app.example.com/path"),
        ("FUTURONE_CORS_ORIGINS", "https://a.example, ftp://b.example"),
        ("FUTURONE_TRUSTED_PROXIES", "proxy.example.com"),
        ("FUTURONE_TRUSTED_PROXIES", "10.0.0.0/40"),
        ("FUTURONE_RATE_LIMIT_STANDARD", "0"),
        ("FUTURONE_RATE_LIMIT_EXECUTION", "many"),
        ("FUTURONE_STREAMS_PER_KEY", "-1"),
        ("FUTURONE_BEHIND_PROXY", "maybe"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(variable: str, value: str) -> None:
    with pytest.raises(SettingError, match=variable):
        load({}, {variable: value})


def test_settings_of_the_edges_are_read_as_they_are_written() -> None:
    config = load({}, {"FUTURONE_CORS_ORIGINS": f" {SITE}/ ,http://localhost:5173", "FUTURONE_BEHIND_PROXY": "1"})
    assert config.cors_origins == {SITE, "http://localhost:5173"}
    assert config.behind_proxy
    assert load({}, {"FUTURONE_BEHIND_PROXY": "On"}).behind_proxy
    assert not load({}, {"FUTURONE_BEHIND_PROXY": "false"}).behind_proxy
    assert load({}, {"FUTURONE_TRUSTED_PROXIES": "10.0.0.7/8, ::1"}).trusted_proxies == "10.0.0.0/8,::1/128"
