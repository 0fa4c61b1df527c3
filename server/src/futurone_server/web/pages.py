"""The headers of the server's own pages: what stands in the page itself may be shown and carried out, nothing else."""

import base64
import functools
import hashlib


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@functools.cache
def page_headers(style: str, script: str = "") -> dict[str, str]:
    """For a page with this one style and, if any, this one script, which may ask this server and nobody else."""
    runs = f" script-src {_source(script)}; connect-src 'self';" if script else ""
    return {
        "Content-Security-Policy": f"default-src 'none'; style-src {_source(style)};{runs}"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }
