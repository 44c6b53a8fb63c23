"""The webhook endpoints of a supplier, their deliveries, and their secret, which is shown once when it is made."""

from datetime import datetime
from typing import Any

from console.api_client import ApiProblem, Json
from console.formats import PARIS
from console.forms import checked, correctable, show_form, to_page_above, version_header
from console.requests import Answer, Incoming
from console.screens import Screen, Screens

screens = Screens()

_PAGE = "/suppliers/<supplier_id>/configuration/webhooks"

TYPES = (
    *("document.waiting", "document.held", "document.submitted", "invoice.status_changed", "message.received"),
    "portal.access_changed",
)
"""The types of events (`NotificationType`), in the order of the page."""

_USUAL = ("document.waiting", "document.submitted", "invoice.status_changed")


screens.page(f"{_PAGE}/<webhook_id>/secret")(to_page_above)
screens.page(f"{_PAGE}/<webhook_id>/replay")(to_page_above)


@screens.page(_PAGE)
def webhooks_page(screen: Screen, supplier_id: str) -> Answer:
    """The endpoints, and the form for another one."""
    return _webhooks(screen, supplier_id)


@screens.action(_PAGE)
def create_webhook(screen: Screen, supplier_id: str) -> Answer:
    """Make an endpoint and show its secret, this time only."""
    incoming = screen.incoming
    try:
        made = screen.api.post(_path(supplier_id), _given(incoming), key=incoming.one("key")).body
    except ApiProblem as error:
        return _webhooks(screen, supplier_id, correctable(error))
    return _with_secret(screen, supplier_id, made)


@screens.page(f"{_PAGE}/<webhook_id>")
def webhook_page(screen: Screen, supplier_id: str, webhook_id: str) -> Answer:
    """One endpoint with its deliveries."""
    return _webhook(screen, supplier_id, webhook_id)


@screens.action(f"{_PAGE}/<webhook_id>")
def change_webhook(screen: Screen, supplier_id: str, webhook_id: str) -> Answer:
    """Change its address, its types, its description, or whether events are sent to it."""
    incoming = screen.incoming
    body = {**_given(incoming), "enabled": checked(incoming, "enabled")}
    try:
        screen.api.patch(f"{_path(supplier_id)}/{webhook_id}", body, version=incoming.one("version"))
    except ApiProblem as error:
        return _webhook(screen, supplier_id, webhook_id, correctable(error), given=body)
    return screen.go(incoming.path, done="saved")


@screens.action(f"{_PAGE}/<webhook_id>/secret")
def rotate_secret(screen: Screen, supplier_id: str, webhook_id: str) -> Answer:
    """Make a new secret and show it, this time only."""
    made = screen.api.post(f"{_path(supplier_id)}/{webhook_id}/secret", key=screen.incoming.one("key")).body
    return _with_secret(screen, supplier_id, made)


@screens.action(f"{_PAGE}/<webhook_id>/delete")
def delete_webhook(screen: Screen, supplier_id: str, webhook_id: str) -> Answer:
    """Delete the endpoint."""
    screen.api.delete(f"{_path(supplier_id)}/{webhook_id}", version=screen.incoming.one("version"))
    return screen.go(f"/console{_path(supplier_id)}", done="webhook_deleted")


@screens.action(f"{_PAGE}/<webhook_id>/replay")
def replay_webhook(screen: Screen, supplier_id: str, webhook_id: str) -> Answer:
    """Send an event again, or those of a period."""
    incoming = screen.incoming
    body: dict[str, Json] = {"ids": incoming.many("event")} if incoming.many("event") else _period(incoming)
    try:
        result = screen.api.post(f"{_path(supplier_id)}/{webhook_id}/replay", body, key=incoming.one("key")).body
    except ApiProblem as error:
        return _webhook(screen, supplier_id, webhook_id, correctable(error))
    return _webhook(screen, supplier_id, webhook_id, replayed=result)


def in_utc(typed: str) -> str:
    """A typed time of Paris (`2026-11-30T09:15`) with its offset; another text stays, for the API to refuse."""
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=PARIS).isoformat()
    except ValueError:
        return typed


def _period(incoming: Incoming) -> dict[str, Json]:
    times = {name: in_utc(value) for name in ("since", "until") if (value := incoming.one(name))}
    return {**times, "next": incoming.one("next")} if incoming.one("next") else times


def _given(incoming: Incoming) -> dict[str, Json]:
    chosen = [each for each in TYPES if each in incoming.many("type")]
    return {"url": incoming.one("url"), "description": incoming.one("description"), "types": chosen}


def _webhooks(screen: Screen, supplier_id: str, refused: ApiProblem | None = None) -> Answer:
    supplier, found = screen.of_supplier(supplier_id, _path(supplier_id))
    given = _given(screen.incoming) if refused else {"url": "", "description": "", "types": _USUAL}
    template = "configuration/webhooks.html"
    webhooks = found["webhooks"]
    return show_form(screen, template, refused, supplier=supplier, webhooks=webhooks, given=given, types=TYPES)


def _webhook(
    screen: Screen, supplier_id: str, webhook_id: str, refused: ApiProblem | None = None, **context: Any
) -> Answer:
    one = f"{_path(supplier_id)}/{webhook_id}"
    asked = {"limit": 50, "cursor": screen.incoming.query.get("cursor", [""])[-1]}
    supplier, webhook, page = screen.of_supplier(supplier_id, one, (f"{one}/deliveries", asked))
    return show_form(
        screen,
        "configuration/webhook.html",
        refused,
        supplier=supplier,
        webhook=webhook,
        deliveries=page["deliveries"],
        cursor=page["cursor"],
        types=TYPES,
        version=version_header(webhook),
        **{"given": webhook, "replayed": None, **context},
    )


def _with_secret(screen: Screen, supplier_id: str, made: Json) -> Answer:
    supplier = screen.of_supplier(supplier_id)[0]
    return screen.show("configuration/webhook_secret.html", supplier=supplier, webhook=made)


def _path(supplier_id: str) -> str:
    return f"/suppliers/{supplier_id}/configuration/webhooks"
