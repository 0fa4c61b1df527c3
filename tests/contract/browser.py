"""A browser at the server: it keeps cookies, says where it comes from, and sends the token along."""

from collections.abc import Mapping
from typing import Any

import httpx2

from house import Registry, Tenant

PASSWORD = "correct horse battery"


class Browser:
    """One person's browser. ``judge`` sees every answer."""

    def __init__(self, http: httpx2.Client) -> None:
        self.http = httpx2.Client(base_url=http.base_url, timeout=60, event_hooks=http.event_hooks)
        self.origin = str(http.base_url).rstrip("/")
        self.session: Mapping[str, Any] = {}

    def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """One request as this server's own page would send it; a header given as None is left out."""
        usual = {"Origin": None if method == "GET" else self.origin, "X-CSRF-Token": self.session.get("csrf_token")}
        headers = {**usual, **options.pop("headers", {})}
        sent = {name: value for name, value in headers.items() if value is not None}
        return self.http.request(method, path, headers=sent, **options)

    def get(self, path: str, **options: Any) -> httpx2.Response:
        return self.ask("GET", path, **options)

    def post(self, path: str, body: object = None, **options: Any) -> httpx2.Response:
        return self.ask("POST", path, json=body, **options)

    def enters(self, path: str, body: object, *, method: str = "POST") -> Mapping[str, Any]:
        """Come in at a door, and go on with the session that it gives."""
        answer = self.ask(method, path, json=body)
        assert answer.status_code in (200, 201), answer.text
        self.session = answer.json()["data"]
        return self.session

    @property
    def user_id(self) -> str:
        return str(self.session["person"]["id"])

    @property
    def token(self) -> str:
        """The cookie's value, which pages cannot see."""
        (found,) = [one.value for one in self.http.cookies.jar if one.name == "futurone_session"]
        return str(found)


class Reception:
    """Lets people into the workspaces of a registry."""

    def __init__(self, http: httpx2.Client, registry: Registry) -> None:
        self._http = http
        self._registry = registry
        self._browsers: list[Browser] = []
        self._number = 0

    def browser(self) -> Browser:
        """One in which nobody is signed in."""
        self._browsers.append(Browser(self._http))
        return self._browsers[-1]

    def email(self) -> str:
        """An address that nobody has yet."""
        self._number += 1
        return f"person-{self._number}-{id(self)}@example.com"

    def link(self, tenant: Tenant) -> str:
        """The token of a fresh set-up link."""
        arrivals = self._registry._server.desk.people.arrivals
        return self._registry._runner.run(arrivals.new_link(tenant.workspace_id))

    def owner(self, tenant: Tenant, email: str | None = None) -> Browser:
        """An owner of a workspace, signed in."""
        found = self.browser()
        body = {"token": self.link(tenant), "email": email or self.email(), "name": "Olga"}
        found.enters("/v1/session/setup", {**body, "password": PASSWORD})
        return found

    def member(self, by: Browser, role: str, email: str | None = None) -> Browser:
        """A member, invited by somebody, signed in."""
        found = self.browser()
        made = by.post("/v1/invitations", {"email": email or self.email(), "role": role})
        assert made.status_code == 201, made.text
        body = {"token": made.json()["data"]["token"], "name": role.title(), "password": PASSWORD}
        found.enters("/v1/invitations/accept", body)
        return found

    def close(self) -> None:
        for one in self._browsers:
            one.http.close()


def people_of(reception: Reception, owner: Browser) -> dict[str, str]:
    """A viewer of the owner's workspace and an invitation that waits, by the names that paths have for them."""
    viewer = reception.member(owner, "viewer")
    made = owner.post("/v1/invitations", {"email": reception.email(), "role": "viewer"}).json()["data"]
    return {"user_id": viewer.user_id, "invitation_id": made["id"]}
