"""Links: tokens that open one file of one workspace until a moment, for whoever has them."""

import base64
import binascii
from datetime import UTC, datetime

from futurone_server.kit import crypto, json
from futurone_server.kit.errors import Gone, NotFound

_TAG_BYTES = 32
_METHOD = "GET"


class Links:
    """Writes and reads tokens. They are signed over method, workspace, file and expiry; nothing of them is stored."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def _tag(self, body: bytes) -> bytes:
        return crypto.authenticate(self._key, f"{_METHOD}\n".encode() + body)

    def write(self, workspace_id: str, file_id: str, expires_at: datetime) -> str:
        """A token for a file, good until ``expires_at`` (to the second)."""
        body = json.dump([workspace_id, file_id, int(expires_at.timestamp())])
        return base64.urlsafe_b64encode(self._tag(body) + body).decode().rstrip("=")

    def read(self, token: str, now: datetime) -> tuple[str, str]:
        """Workspace and file of a token. Raises NotFound for a forged one, Gone (LINK_EXPIRED) for an old one."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise _unknown() from None
        tag, body = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
        if not crypto.same(tag, self._tag(body)):
            raise _unknown()
        workspace_id, file_id, expires = _parts(body)
        if datetime.fromtimestamp(expires, UTC) <= now:
            raise Gone(
                "This link has expired. Ask for another one with GET /v1/vault/files/{id}/download.", "LINK_EXPIRED"
            )
        return workspace_id, file_id


def _parts(body: bytes) -> tuple[str, str, int]:
    found = json.load(body)
    assert isinstance(found, list)
    return str(found[0]), str(found[1]), int(found[2])


def _unknown() -> NotFound:
    return NotFound("There is nothing behind this link.")
