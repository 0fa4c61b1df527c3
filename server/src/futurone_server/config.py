"""Every setting: its variable, its default, what it means. Read once, at the door."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from importlib.metadata import PackageNotFoundError, distribution
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from futurone_server.kit import limits

if TYPE_CHECKING:
    from futurone_server.models.listed import Chains


class SettingError(Exception):
    """A setting does not make sense; the message names it and says what would be right."""


_HOME = Path("~/.futurone").expanduser()


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings of one server process."""

    host: str = "127.0.0.1"
    port: int = 3000
    data_dir: Path = _HOME
    database_url: str | None = None
    public_url: str | None = None
    log: str = "info"
    search: str = field(default="", repr=False)
    egress_allow: str = ""
    otlp_endpoint: str = ""
    metrics: str = field(default="", repr=False)
    rate_limit_standard: int = 100
    rate_limit_execution: int = 20
    streams_per_key: int | None = None
    cors_origins: frozenset[str] = frozenset()
    behind_proxy: bool = False
    trusted_proxies: str = "127.0.0.1,::1"
    tls_cert: Path | None = None
    tls_key: Path | None = None
    models: "Chains" = field(default_factory=dict)
    model_keys: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in ("127.0.0.1", "::1", "localhost")

    @property
    def scheme(self) -> str:
        """What the server itself speaks."""
        return "http" if self.tls_cert is None else "https"

    @property
    def keys_missing(self) -> Mapping[str, str]:
        """The variable that is not set, by the name of the model that cannot answer without its key."""
        if not self.models:
            return {}
        from futurone_server.models.listed import keys_missing  # noqa: PLC0415 - where it is used

        return keys_missing(self.models, self.model_keys)


VARIABLES: Mapping[str, tuple[str, str]] = {
    "port": ("FUTURONE_PORT", "The port to listen on; 0 picks a free one. Default 3000."),
    "data_dir": (
        "FUTURONE_DATA_DIR",
        "Where the root key, the embedded database and the logs live. Default ~/.futurone.",
    ),
    "database_url": (
        "FUTURONE_DATABASE_URL",
        "A PostgreSQL server to use instead of the embedded one: postgresql://user:password@host/database.",
    ),
    "public_url": ("FUTURONE_PUBLIC_URL", "What links are made of, when the server is reached by another name."),
    "models": (
        "FUTURONE_MODELS",
        "The language models, as `provider:model`: `openai:`, `anthropic:`, `google:`, or `compatible:model@http://…/v1`"
        " and `ollama:`, `vllm:` for servers of your own. Several, divided by commas, replace one another on failure."
        " Keys are read from OPENAI_API_KEY, ANTHROPIC_API_KEY, GOOGLE_API_KEY or the variable that `?key=NAME` names."
        " Classes of work and more options: docs/guides/models.md. Default: none, and nothing is sent anywhere.",
    ),
    "search": (
        "FUTURONE_SEARCH",
        "The search service of research: `searxng:http://host:port`, `brave:KEY`, `tavily:KEY` or `exa:KEY`."
        " Default: none, and the web is not searched.",
    ),
    "egress_allow": (
        "FUTURONE_EGRESS_ALLOW",
        "Hosts that may be private and plain http all the same, as `host:port`, divided by commas: a SearXNG of one's"
        " own, a receiver while developing. Default: none; private addresses are never dialled.",
    ),
    "otlp_endpoint": (
        "FUTURONE_OTLP_ENDPOINT",
        "An OpenTelemetry collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`: runs, steps and"
        " calls of models are told to it as traces, without content. Needs the extra `otel`. Default: none, no traces.",
    ),
    "metrics": (
        "FUTURONE_METRICS",
        "Who may read `GET /metrics` (Prometheus): `loopback` for this machine alone, else a bearer token of 16"
        " characters or more. Default: nobody, and nothing is counted.",
    ),
    "rate_limit_standard": (
        "FUTURONE_RATE_LIMIT_STANDARD",
        "How many requests a minute a key may make that has no limits of its own, beside those that start or feed runs."
        " Default 100.",
    ),
    "rate_limit_execution": (
        "FUTURONE_RATE_LIMIT_EXECUTION",
        "How many requests a minute a key may make that create runs, in whatever way, or submit input. Default 20.",
    ),
    "streams_per_key": (
        "FUTURONE_STREAMS_PER_KEY",
        "How many event streams and waiting requests one key may have open at a server process. Default 2000.",
    ),
    "cors_origins": (
        "FUTURONE_CORS_ORIGINS",
        "The sites whose pages may call the API from a browser, such as `https://app.example.com`, divided by commas."
        " Default: none.",
    ),
    "behind_proxy": (
        "FUTURONE_BEHIND_PROXY",
        "1 when a proxy of yours speaks TLS in front of this server, as with `--behind-proxy`. Default 0.",
    ),
    "trusted_proxies": (
        "FUTURONE_TRUSTED_PROXIES",
        "Addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, divided by commas;"
        " only behind a proxy. Default 127.0.0.1,::1.",
    ),
    "tls_cert": ("FUTURONE_TLS_CERT", "The certificate (chain) in PEM, to speak TLS 1.3 without a proxy."),
    "tls_key": ("FUTURONE_TLS_KEY", "The key of the certificate in PEM."),
    "log": ("FUTURONE_LOG", "How much is logged: debug, info, warning or error. Default info."),
}
_OTLP_PACKAGE = "opentelemetry-exporter-otlp-proto-http"
_TOKEN_MIN = 16
_LEVELS = ("debug", "info", "warning", "error")
_YES, _NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def load(flags: Mapping[str, object], environ: Mapping[str, str] | None = None) -> Config:
    """The settings from the environment, with those of the command line before them. Raises SettingError."""
    environ = os.environ if environ is None else environ  # noqa: TID251 - the one home of the environment
    values: dict[str, object] = {}
    for name, (variable, _) in VARIABLES.items():
        if environ.get(variable):
            values[name] = environ[variable]
    values.update({name: value for name, value in flags.items() if value is not None})
    config = _checked(values)
    named = {model.key_variable for chain in config.models.values() for model in chain}
    return replace(config, model_keys={name: environ[name] for name in named if name and environ.get(name)})


def _checked(values: Mapping[str, object]) -> Config:
    """Each value checked and turned into what it stands for; what was not given keeps its default."""
    assert {one.name for one in fields(Config)}.issuperset(values)
    usual = Config()
    log = str(values.get("log", usual.log)).lower()
    if log not in _LEVELS:
        raise SettingError(f"FUTURONE_LOG must be one of {', '.join(_LEVELS)}.")
    database_url, public_url = values.get("database_url"), values.get("public_url")
    return Config(
        host=str(values.get("host", usual.host)),
        port=_port(values.get("port", usual.port)),
        data_dir=Path(str(values.get("data_dir", usual.data_dir))).expanduser(),
        database_url=None if database_url is None else _database_url(str(database_url)),
        public_url=None if public_url is None else _public_url(str(public_url)),
        log=log,
        models=_models(str(values.get("models", ""))),
        search=_sound("FUTURONE_SEARCH", _read_search, str(values.get("search", ""))),
        egress_allow=_sound("FUTURONE_EGRESS_ALLOW", _read_allow, str(values.get("egress_allow", ""))),
        otlp_endpoint=_collector(str(values.get("otlp_endpoint", ""))),
        metrics=_readers(str(values.get("metrics", ""))),
        rate_limit_standard=_count("rate_limit_standard", values, usual.rate_limit_standard),
        rate_limit_execution=_count("rate_limit_execution", values, usual.rate_limit_execution),
        streams_per_key=_count("streams_per_key", values, limits.STREAMS_PER_KEY_MAX),
        cors_origins=_origins(str(values.get("cors_origins", ""))),
        behind_proxy=_yes("behind_proxy", values),
        trusted_proxies=_networks(str(values.get("trusted_proxies", usual.trusted_proxies))),
        tls_cert=_pem(values, "tls_cert", "tls_key"),
        tls_key=_pem(values, "tls_key", "tls_cert"),
    )


def _read_search(text: str) -> object:
    from futurone_server.tools.web import read_search  # noqa: PLC0415 - most servers have no such setting

    return read_search(text)


def _read_allow(text: str) -> object:
    from futurone_server.egress import read_allow  # noqa: PLC0415 - most servers have no such setting

    return read_allow(text)


def _sound(variable: str, read: Callable[[str], object], text: str) -> str:
    """A setting that somebody else reads, once it is known that he can."""
    try:
        if text:
            read(text)
    except ValueError as error:
        raise SettingError(f"{variable}: {error}".replace(f"{variable}: {variable}", variable)) from error
    return text


def _models(text: str) -> "Chains":
    if not text.strip():
        return {}
    from futurone_server.models.listed import ModelsSettingError, read_models  # noqa: PLC0415 - where it is used

    try:
        return read_models(text)
    except ModelsSettingError as error:
        raise SettingError(f"FUTURONE_MODELS: {error}") from error


def _count(name: str, values: Mapping[str, object], usual: int) -> int:
    value = str(values.get(name, usual))
    if not value.isdecimal() or not 1 <= int(value) <= limits.RATE_MAX:
        raise SettingError(f"{VARIABLES[name][0]} must be a number from 1 to {limits.RATE_MAX}, not {value!r}.")
    return int(value)


def _yes(name: str, values: Mapping[str, object]) -> bool:
    value = str(values.get(name, False)).lower()
    if value not in _YES | _NO:
        raise SettingError(f"{VARIABLES[name][0]} must be 1 or 0, not {value!r}.")
    return value in _YES


def _origins(text: str) -> frozenset[str]:
    found = frozenset(one.strip().rstrip("/").lower() for one in text.split(",") if one.strip())
    for one in found:
        parts = urlsplit(one)
        if parts.scheme not in ("http", "https") or not parts.hostname or one != f"{parts.scheme}://{parts.netloc}":
            raise SettingError(
                f"FUTURONE_CORS_ORIGINS: {one!r} is no origin; name each site as https://host or https://host:port."
            )
    return found


def _networks(text: str) -> str:
    try:
        return ",".join(str(ip_network(one.strip(), strict=False)) for one in text.split(",") if one.strip())
    except ValueError as error:
        raise SettingError(f"FUTURONE_TRUSTED_PROXIES: {error}; give addresses or networks.") from error


def _pem(values: Mapping[str, object], name: str, other: str) -> Path | None:
    if bool(values.get(name)) != bool(values.get(other)):
        raise SettingError("FUTURONE_TLS_CERT and FUTURONE_TLS_KEY (--tls-cert, --tls-key) go together: give both.")
    return Path(str(values[name])).expanduser() if values.get(name) else None


def _port(value: object) -> int:
    if not str(value).isdecimal() or not 0 <= int(str(value)) <= 65535:
        raise SettingError(f"FUTURONE_PORT (or --port) must be a number from 0 to 65535, not {value!r}.")
    return int(str(value))


def _database_url(url: str) -> str:
    for scheme in ("postgresql+psycopg://", "postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    raise SettingError("FUTURONE_DATABASE_URL must begin with postgresql://.")


def _collector(url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise SettingError("FUTURONE_OTLP_ENDPOINT must be the http:// or https:// URL of an OTLP/HTTP collector.")
    try:
        if url:
            distribution(_OTLP_PACKAGE)
    except PackageNotFoundError:
        raise SettingError(
            "FUTURONE_OTLP_ENDPOINT is set, but the extra it needs is missing: pip install 'futurone-server[otel]'."
        ) from None
    return url


def _readers(text: str) -> str:
    is_token = len(text) >= _TOKEN_MIN and text.isascii() and text.isprintable() and " " not in text
    if text not in ("", "loopback") and not is_token:
        raise SettingError(
            f"FUTURONE_METRICS must be loopback, or a token of {_TOKEN_MIN} or more printable characters, no spaces."
        )
    return text


def _public_url(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise SettingError("FUTURONE_PUBLIC_URL must begin with https:// (or http://).")
    return url.rstrip("/").removesuffix("/v1").removesuffix("/api")
