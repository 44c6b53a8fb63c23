"""The console's entry: which module answers which page, and what it answers to a page that does not exist."""

from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from console.browser import language_of, to_browser
from console.rendering import render
from console.requests import Answer, Incoming, Unreadable

logger = Logger()
app = APIGatewayHttpResolver()

SCREENS = (
    "signing",
    "configuration_attachments",
    "configuration_criteria",
    "configuration_identity",
    "configuration_learnt",
    "configuration_people",
    "configuration_settings",
    "configuration_tables",
    "configuration_webhooks",
    "connection",
    "documents",
    "find",
    "installation",
    "invoice",
    "invoice_attachments",
    "invoice_searches",
    "messages",
    "messages_lists",
    "messages_outbox",
    "messages_recipients",
    "messages_writing",
    "notifications",
    "structures",
    "suppliers",
    "tracking",
    "upload",
    "tracked_invoice",
)
"""The modules of `console.routes`, in the order in which their paths are tried: `…/tracking/file` of `tracking` comes
before `…/tracking/<document_id>` of `tracked_invoice`."""

for name in SCREENS:
    app.include_router(import_module(f"console.routes.{name}").screens)


def respond(event: dict[str, Any], context: Any = None) -> dict[str, Any]:
    """The answer to API Gateway's event (payload 2.0)."""
    return app.resolve(event, context)


@app.not_found
def unknown_page(_error: NotFoundError) -> Response[Any]:
    """A page for an address that no screen has. It says nothing about who is signed in."""
    return _plain(status=404, reason="not_found")


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def failed(error: Exception) -> Response[Any]:
    """A page for a fault of the console, which is logged."""
    logger.exception("the console failed", exc_info=error)
    return _plain(status=500, reason="failed")


@app.exception_handler(Unreadable)  # type: ignore[untyped-decorator]
def unreadable(_error: Unreadable) -> Response[Any]:
    """A page for a request that cannot be read. The log has none of its content."""
    logger.info("a request could not be read")
    return _plain(status=400, reason="unreadable")


def _plain(*, status: int, reason: str) -> Response[Any]:
    incoming = Incoming(app.current_event.raw_event)
    page = render(
        "signed_out.html",
        language=language_of(incoming),
        now=datetime.now(UTC),
        address=incoming.address,
        reason=reason,
    )
    return to_browser(Answer(status, page))
