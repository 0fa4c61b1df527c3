"""The routes of people's sessions: signing in and out, and the ways in for who is new."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import APIRouter, Request, Response

from futurone_server.api.access import needs
from futurone_server.api.desk import Desk
from futurone_server.api.guard import GuardedRoute
from futurone_server.api.lists import whole
from futurone_server.api.services import Services
from futurone_server.api.session.requests import AcceptInvitation, ChangePassword, SetUp, SignIn, SwitchSession
from futurone_server.api.session.views import present_own, present_session
from futurone_server.features.people import Entrance
from futurone_server.features.people.rules import LONGEST, email_key
from futurone_server.kit.errors import Gone
from futurone_server.kit.json import JsonObject
from futurone_server.web.context import Caller, RequestId
from futurone_server.web.sessions import check_source, cookie, session_token

router = APIRouter(prefix="/v1", route_class=GuardedRoute, tags=["Session"])
T = TypeVar("T")


async def _entered(request: Request, response: Response, desk: Desk, entrance: Entrance) -> JsonObject:
    """The session that has begun, with the cookie that is its credential."""
    given = cookie(request.scope, desk.public_url, entrance.token, max_age_s=int(LONGEST.total_seconds()))
    response.headers["Set-Cookie"] = given
    response.headers["Cache-Control"] = "no-store"
    presence = await desk.people.sessions.show(entrance.session.id)
    return {"data": present_session(presence, desk.people.sessions.csrf_token(entrance.token))}


async def _by_token(request: Request, desk: Desk, token: str, arrive: Callable[[], Awaitable[T]]) -> T:
    """An attempt with a token, which nobody can guess; who tries all the same has to wait."""
    desk.guesses.check(request.scope, token)
    try:
        return await arrive()
    except Gone:
        desk.guesses.failed(request.scope)
        raise


@router.post("/session", status_code=201, summary="Sign in")
@needs(None)
async def sign_in(
    request: Request, response: Response, body: SignIn, desk: Services, request_id: RequestId
) -> JsonObject:
    """Begin a session with an e-mail address and a password. The answer sets a cookie, which is the credential.

    From then on every operation can be called with the cookie in place of a key, with the rights of the person's role.
    Everything but GET then needs the header `X-CSRF-Token`, and an `Origin` that is this server. A wrong address and a
    wrong password are answered alike; after ten wrong ones in ten minutes each further one takes a minute.
    """
    scope = request.scope
    check_source(scope, desk.public_url)
    replaces = session_token(scope, desk.public_url)
    with desk.logins.attempt(scope, email_key(body.email)):
        entrance = await desk.people.entrances.sign_in(
            body.email,
            body.password,
            workspace_id=body.workspace,
            replaces=replaces,
            request_id=request_id,
        )
    return await _entered(request, response, desk, entrance)


@router.get("/session", summary="Get the session")
@needs(None)
async def get_session(request: Request, response: Response, caller: Caller, desk: Services) -> JsonObject:
    """Who is signed in, where, and what the role allows there. 403 `SESSION_REQUIRED` for a key."""
    presence = await desk.people.sessions.show(caller.signed_in())
    response.headers["Cache-Control"] = "no-store"
    return {"data": present_session(presence, desk.people.sessions.csrf_token(request.scope["session_token"]))}


@router.patch("/session", summary="Go to another workspace")
@needs(None)
async def switch_session(
    request: Request, response: Response, body: SwitchSession, caller: Caller, desk: Services
) -> JsonObject:
    """Go on in another workspace of the person's. The session there has a cookie and a CSRF token of its own."""
    entrance = await desk.people.sessions.switch(caller.signed_in(), body.workspace, actor=caller.actor)
    return await _entered(request, response, desk, entrance)


@router.delete("/session", status_code=204, summary="Sign out")
@needs(None)
async def sign_out(request: Request, caller: Caller, desk: Services) -> Response:
    """End the session: refused everywhere within a second, its open streams cut within five."""
    await desk.people.sessions.sign_out(caller.signed_in(), actor=caller.actor)
    gone = cookie(request.scope, desk.public_url, "", max_age_s=0)
    return Response(status_code=204, headers={"Set-Cookie": gone})


@router.post("/session/password", summary="Change the password")
@needs(None)
async def change_password(
    request: Request, response: Response, body: ChangePassword, caller: Caller, desk: Services
) -> JsonObject:
    """Change one's own password. All sessions of the person end; this one goes on under another cookie."""
    session_id = caller.signed_in()
    with desk.logins.attempt(request.scope, caller.key_id):
        entrance = await desk.people.entrances.change_password(
            session_id, body.current_password, body.new_password, actor=caller.actor
        )
    return await _entered(request, response, desk, entrance)


@router.post("/session/setup", status_code=201, summary="Become the owner")
@needs(None)
async def set_up(
    request: Request, response: Response, body: SetUp, desk: Services, request_id: RequestId
) -> JsonObject:
    """Use a set-up link: `futurone up` prints one on loopback as long as nobody owns the workspace in person.

    `futurone people setup-link` makes another one, on the server's machine. It is valid once, for ten minutes, and
    signs the owner in. Somebody of this address who is known already gets the new password: the way back for an owner
    who forgot theirs.
    """
    check_source(request.scope, desk.public_url)
    replaces = session_token(request.scope, desk.public_url)
    entrance = await _by_token(
        request,
        desk,
        body.token,
        lambda: desk.people.arrivals.set_up(
            body.token,
            email=body.email,
            name=body.name,
            password=body.password,
            request_id=request_id,
            replaces=replaces,
        ),
    )
    return await _entered(request, response, desk, entrance)


@router.post("/invitations/accept", status_code=201, summary="Accept an invitation")
@needs(None)
async def accept_invitation(
    request: Request, response: Response, body: AcceptInvitation, desk: Services, request_id: RequestId
) -> JsonObject:
    """Come in by an invitation, which is valid once, for seven days, and sign in."""
    check_source(request.scope, desk.public_url)
    replaces = session_token(request.scope, desk.public_url)
    arrivals = desk.people.arrivals
    account = await _by_token(request, desk, body.token, lambda: arrivals.account(body.token))
    with desk.logins.attempt(request.scope, account):
        entrance = await arrivals.accept(
            body.token, name=body.name, password=body.password, request_id=request_id, replaces=replaces
        )
    return await _entered(request, response, desk, entrance)


@router.get("/sessions", summary="List one's sessions")
@needs(None)
async def list_sessions(caller: Caller, desk: Services) -> JsonObject:
    """The sessions of the person who asks, in all workspaces, newest first."""
    session_id = caller.signed_in()
    return whole([present_own(one, session_id) for one in await desk.people.sessions.list(session_id)])


@router.delete("/sessions/{session_id}", status_code=204, summary="End one of one's sessions")
@needs(None)
async def end_session(session_id: str, caller: Caller, desk: Services) -> Response:
    """End another session of the person who asks, for example on a machine that was lost."""
    await desk.people.sessions.end(caller.signed_in(), session_id, actor=caller.actor)
    return Response(status_code=204)
