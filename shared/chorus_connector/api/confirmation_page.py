"""The page behind a link in an e-mail: it shows a button, and only the button agrees.

It is public: the link's secret is the proof. It contains nothing of the request, loads nothing and is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from chorus_connector.api.conventions import header, language
from chorus_connector.usecases.notifications.addresses import ConfirmationToken

_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Strict-Transport-Security": "max-age=31536000",
}
_TEXTS = {
    "ask": (
        "Recevoir les notifications à cette adresse ?",
        "Get notifications at this address?",
    ),
    "button": ("Oui, je confirme cette adresse", "Yes, I confirm this address"),
    "done": ("C'est fait : cette adresse est confirmée.", "Done: this address is confirmed."),
    "invalid": (
        "Ce lien n'est plus valable : il a servi, il a été remplacé ou il a expiré.",
        "This link is no longer valid: it was used, was replaced, or expired.",
    ),
}
_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Chorus Pro</title><style>body{{font:1.1rem sans-serif;margin:3rem auto;max-width:40rem;padding:0 1rem}}
button{{font:inherit;padding:.6rem 1rem}}</style></head><body><main><h1>{text}</h1>{form}</main></body></html>
"""


def confirmation_page(event: dict[str, Any], *, confirm: Callable[[ConfirmationToken], bool]) -> dict[str, Any]:
    """The answer to a request of the page. ``confirm`` is called for the button only."""
    french = language(header(event, "accept-language")) == "fr"
    token = ConfirmationToken.parse((event.get("pathParameters") or {}).get("token", ""))
    if token is None:
        return _answer("invalid", HTTPStatus.NOT_FOUND, french)
    if event["requestContext"]["http"]["method"] != "POST":
        return _answer("ask", HTTPStatus.OK, french)
    if not confirm(token):
        return _answer("invalid", HTTPStatus.NOT_FOUND, french)
    return _answer("done", HTTPStatus.OK, french)


def _answer(what: str, status: HTTPStatus, french: bool) -> dict[str, Any]:
    index = 0 if french else 1
    form = f'<form method="post"><button>{_TEXTS["button"][index]}</button></form>' if what == "ask" else ""
    body = _PAGE.format(language="fr" if french else "en", text=_TEXTS[what][index], form=form)
    return {"statusCode": int(status), "headers": dict(_HEADERS), "body": body}
