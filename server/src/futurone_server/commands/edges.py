"""The edges of a server process: who can reach it, under which names, and how the way there is protected."""

import ssl
from urllib.parse import urlsplit

from futurone_server.commands.house import WrongSettingError
from futurone_server.config import Config
from futurone_server.web.edges import Edges, loopback_names


def check_edges(config: Config) -> None:
    """Refuse to be reached by other machines in the clear, and a certificate that is none. Raises WrongSettingError."""
    if not config.is_loopback and config.tls_cert is None and not config.behind_proxy:
        raise WrongSettingError(
            f"{config.host} is reachable from other machines, and keys must not travel in the clear."
            " Give --tls-cert and --tls-key, or put a proxy that speaks TLS in front and say so with --behind-proxy,"
            " or listen on 127.0.0.1."
        )
    tls_context(config)


def tls_context(config: Config) -> ssl.SSLContext | None:
    """TLS 1.3 with the configured certificate; None where none is configured. Raises WrongSettingError."""
    if config.tls_cert is None or config.tls_key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_cert_chain(config.tls_cert, config.tls_key, password=_no_password)
    except (OSError, ValueError) as error:  # SSLError is an OSError
        raise WrongSettingError(
            f"The certificate {config.tls_cert} with the key {config.tls_key} cannot be used"
            f" ({getattr(error, 'strerror', None) or 'they do not fit'})."
            " Both are PEM files, the key without a password."
        ) from error
    return context


def _no_password() -> str:
    return ""  # a server must not stop to ask for one


def edges(config: Config) -> Edges:
    """Which names the server answers to and which sites may read its answers.

    On loopback it answers to its own names: no page in a browser of this machine can reach it under another.
    """
    if not config.is_loopback or config.behind_proxy:
        return Edges(origins=config.cors_origins)
    public = urlsplit(config.public_url).hostname if config.public_url else None
    return Edges(hosts=loopback_names(config.host, public), origins=config.cors_origins)
