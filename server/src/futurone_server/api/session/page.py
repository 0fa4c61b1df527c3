"""The page that set-up links and invitations lead to: one form, and where it was sent, what came of it.

The token stands behind the ``#`` of the link, which browsers send to no server: the page's own script reads it, takes
it out of the address, and sends it with the form.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import request_response

from futurone_server.api.guard import OPEN, PlainRoute
from futurone_server.web.pages import page_headers

STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 30%, transparent) }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 26rem; padding: 3rem 1.25rem }
label { display: block; margin: 1rem 0 .2rem; font-weight: 600 }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem }
input { border: 1px solid var(--line); border-radius: .3rem }
button { font: inherit; margin-top: 1.5rem; padding: .5rem 1.25rem }
small { display: block; opacity: .8 }
[role=status] { margin-top: 1.5rem }
"""
SCRIPT = """
const form = document.querySelector("form"), told = document.querySelector("[role=status]");
const token = new URLSearchParams(location.hash.slice(1)).get("token");
history.replaceState(null, "", location.pathname);
if (!token) { form.hidden = true; told.textContent = "This address lacks its token: open the whole link."; }
form.addEventListener("submit", async event => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  told.textContent = "";
  const body = { token };
  for (const [name, value] of new FormData(form)) if (value) body[name] = value;
  try {
    const answer = await fetch(form.dataset.to, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const said = await answer.json();
    if (answer.ok) {
      form.hidden = true;
      const { person, workspace } = said.data;
      told.textContent = `You are signed in as ${person.name} (${person.email}), ${workspace.role} of ` +
        `“${workspace.name}”. The dashboard is still to come; until then the API and the command line do the work.`;
    } else told.textContent = said.error.message;
  } catch { told.textContent = "The server did not answer. Try again."; }
  button.disabled = false;
});
"""
_NAME = """<label for="name">Your name</label>
<input id="name" name="name" autocomplete="name" maxlength="255"{needed}>"""
_EMAIL = """<label for="email">E-mail address</label>
<input id="email" name="email" type="email" autocomplete="username" maxlength="254" required>"""
_ENTRY = """<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="{kind}" required><small>{says}</small>"""
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title} · FuturOne</title>
<style>{style}</style></head><body><main><h1>{title}</h1><p>{says}</p>
<form data-to="{to}">{fields}<button>{act}</button></form><p role="status"></p>
<noscript><p>This page needs its script. Without it, send the part of the link behind <code>token=</code> to
<code>{to}</code>, as the <a href="/docs">reference</a> says.</p></noscript></main>
<script>{script}</script></body></html>
"""
_LENGTH = "At least 12 characters."
_SET_UP = {
    "title": "Become the owner",
    "says": "This link lets in once, within ten minutes. Whoever uses it owns the workspace.",
    "to": "/v1/session/setup",
    "act": "Become the owner",
    "fields": _EMAIL + _NAME.format(needed=" required") + _ENTRY.format(kind="new-password", says=_LENGTH),
}
_INVITE = {
    "title": "Join the workspace",
    "says": "This invitation lets in once, within seven days.",
    "to": "/v1/invitations/accept",
    "act": "Join",
    "fields": _NAME.format(needed="")
    + _ENTRY.format(
        kind="current-password", says=f"{_LENGTH} If you have an account here, its password; the name is not needed."
    ),
}


def _answer(words: dict[str, str]) -> Response:
    page = _PAGE.format(style=STYLE, script=SCRIPT, **words)
    return Response(page, media_type="text/html", headers=page_headers(STYLE, SCRIPT))


async def read_setup(request: Request) -> Response:
    """``GET /setup``."""
    del request
    return _answer(_SET_UP)


async def read_invite(request: Request) -> Response:
    """``GET /invite``."""
    del request
    return _answer(_INVITE)


ROUTES = (
    PlainRoute("/setup", request_response(read_setup), OPEN),
    PlainRoute("/invite", request_response(read_invite), OPEN),
)
"""Open to everybody: what they show is in the source, and what they ask for is checked where it is sent."""
