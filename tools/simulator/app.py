"""The ASGI application: the routes."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from tools.simulator.admin import admin_routes
from tools.simulator.gateway import Gateway
from tools.simulator.portal import Portal
from tools.simulator.scenario import apply_scenario
from tools.simulator.settings import Settings


def create_app(settings: Settings | None = None) -> Starlette:
    """A simulator with these settings; its state is `app.state.portal`."""
    portal = Portal(settings or Settings())
    apply_scenario(portal)
    gateway = Gateway(portal)
    every_method = ["GET", "POST", "PUT", "DELETE", "PATCH"]
    app = Starlette(
        routes=[
            Route("/api/oauth/token", gateway.token, methods=["POST"]),
            Route("/cpro/{family}/v1/{operation:path}", gateway.oauth_call, methods=every_method),
            Route("/cpro/{rest:path}", gateway.undeclared_call, methods=every_method),
            Route("/service/{family}/{operation:path}", gateway.certificate_call, methods=every_method),
            Route("/service-qualif/{family}/{operation:path}", gateway.certificate_call, methods=every_method),
            Mount("/_admin", routes=admin_routes(portal)),
        ]
    )
    app.state.portal = portal
    return app
