"""Where a running cluster answers, and as whom the product enters it."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """How to reach the running cluster, as the role that owns the product's database (not a superuser)."""

    socket_dir: Path
    port: int
    database: str
    owner: str
    owner_password: str = field(repr=False)

    def url(self) -> str:
        """The address for SQLAlchemy: ``postgresql+psycopg://owner:password@/database?host=…&port=…``."""
        who = f"{_escaped(self.owner)}:{_escaped(self.owner_password)}"
        where = f"host={_escaped(str(self.socket_dir))}&port={self.port}"
        return f"postgresql+psycopg://{who}@/{_escaped(self.database)}?{where}"


def _escaped(text: str) -> str:
    return quote(text, safe="")
