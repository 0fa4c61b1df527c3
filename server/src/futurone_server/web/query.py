"""The names in a query: those that a route knows pass, any other is refused by name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from futurone_server.kit.errors import Invalid, invalid_field
from futurone_server.web.door import Scope


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What a route can be asked. ``names``: whether each may be repeated; ``pattern``: names that follow a form."""

    names: Mapping[str, bool] = field(default_factory=dict)
    pattern: re.Pattern[str] | None = None

    def check(self, scope: Scope) -> None:
        """Refuse a query with a name that is unknown or given twice, or with a NUL. Raises Invalid.

        A NUL can be stored nowhere in the database, and no id or filter holds one.
        """
        seen: set[str] = set()
        for name, value in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True):
            if "\0" in name + value:
                raise invalid_field(name, "must not contain a NUL character")
            if name not in self.names and not (self.pattern and self.pattern.fullmatch(name)):
                raise Invalid(f"{name}: there is no such parameter here", "UNKNOWN_FIELD", details={"field": name})
            if name in seen and not self.names.get(name):
                raise invalid_field(name, "is given twice; send it once")
            seen.add(name)
