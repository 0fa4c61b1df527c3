"""The one application: every route, the error body, the door in front."""

from fastapi import FastAPI
from fastapi.routing import APIRoute

from futurone_server import VERSION
from futurone_server.api import errors
from futurone_server.api.access import is_declared
from futurone_server.api.audit.routes import router as audit
from futurone_server.api.budgets.routes import router as budgets
from futurone_server.api.connections.routes import router as connections
from futurone_server.api.desk import Desk
from futurone_server.api.events.routes import ROUTES as EVENTS
from futurone_server.api.guard import GuardedRoute
from futurone_server.api.health.routes import router as health
from futurone_server.api.keys.routes import router as keys
from futurone_server.api.members.routes import router as members
from futurone_server.api.models.routes import router as models
from futurone_server.api.receipts.routes import router as receipts
from futurone_server.api.reference import ROUTES as REFERENCE
from futurone_server.api.reviews.routes import router as reviews
from futurone_server.api.runs.routes import router as runs
from futurone_server.api.schedules.routes import router as schedules
from futurone_server.api.session.page import ROUTES as DOORS
from futurone_server.api.session.routes import router as session
from futurone_server.api.usage.routes import router as usage
from futurone_server.api.vault.routes import is_upload
from futurone_server.api.vault.routes import router as vault
from futurone_server.api.webhooks.routes import router as webhooks
from futurone_server.api.workspaces.routes import router as workspaces
from futurone_server.web.door import App, Door
from futurone_server.web.edges import OPEN, Edges

_PLAIN = (*EVENTS, *REFERENCE, *DOORS)
_ACCOUNT = (keys, workspaces, members, session, usage, budgets, audit)
_ROUTERS = (runs, reviews, schedules, webhooks, connections, receipts, vault, models, *_ACCOUNT, health)


class UndeclaredRouteError(Exception):
    """A route does not say which capability it needs or how it is counted, or has no guard to ask for it."""


def make_api(desk: Desk) -> FastAPI:
    """The application without its door. Raises UndeclaredRouteError."""
    api = FastAPI(
        title="FuturOne",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    api.state.desk = desk
    api.router.routes.extend(_PLAIN)
    api.state.routes = [route for router in _ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    for route in api.state.routes:
        if not is_declared(route.endpoint) or not isinstance(route, GuardedRoute):
            raise UndeclaredRouteError(f"{route.path} does not say which capability it needs")
        if route.guard.takes_key and route.guard.counting is None:
            raise UndeclaredRouteError(f"{route.path} does not say how its requests are counted")
    api.state.table = (*_PLAIN, *api.state.routes)
    for router in _ROUTERS:
        api.include_router(router)
    errors.install(api)
    return api


def _metered(api: FastAPI, desk: Desk, readers: str) -> App:
    from futurone_server.api.metrics import Metered  # noqa: PLC0415 - only where somebody reads them

    return Metered(api, desk, readers=readers, routes={route.endpoint: route.path for route in api.state.table})


def make_app(desk: Desk, edges: Edges = OPEN, *, metrics: str = "") -> Door:
    """The application as the server runs it; ``metrics`` says who may read them, and "" that nobody counts."""
    api = make_api(desk)
    return Door(
        _metered(api, desk, metrics) if metrics else api, desk.clock, errors.answer, is_upload=is_upload, edges=edges
    )
