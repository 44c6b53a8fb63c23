"""Sign-in, sign-out, the language, and the console's own files: what works without a session."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response

from console.browser import (
    SESSION_COOKIE,
    SIGN_IN_COOKIE,
    expired,
    language_cookie,
    language_of,
    session_cookie,
    sign_in_cookie,
    to_browser,
)
from console.catalogue import LANGUAGES
from console.rendering import render, static_file
from console.requests import Answer, Incoming, redirect
from console.screens import Screen, Screens
from console.sessions import SESSION_LENGTH
from console.sign_in import SignInFailed, SignInUnavailable
from console.wiring import sessions, sign_in

logger = Logger()
screens = Screens()

HOME = "/console/suppliers"


@screens.get("/console")
def welcome() -> Response[Any]:
    """The first page: the way to sign in, or to the suppliers of who is signed in."""
    incoming = Incoming(screens.current_event.raw_event)
    if SESSION_COOKIE in incoming.cookies:
        return to_browser(redirect(HOME))
    return to_browser(_signed_out(incoming, reason="welcome"))


@screens.get("/console/sign-in")
def begin() -> Response[Any]:
    """Send the browser to the sign-in page; `to` is the page to come back to."""
    incoming = Incoming(screens.current_event.raw_event)
    begun = sign_in().begin(own_page(incoming.one("to")), now=datetime.now(UTC), language=language_of(incoming))
    return to_browser(redirect(begun.url, cookies=(sign_in_cookie(begun.cookie),)))


@screens.get("/console/callback")
def finish() -> Response[Any]:
    """The return from the sign-in page: redeem the code, begin a session, show the page that was asked for."""
    incoming, now = Incoming(screens.current_event.raw_event), datetime.now(UTC)
    kept = incoming.cookies.get(SIGN_IN_COOKIE, "")
    try:
        done = sign_in().finish(kept, state=incoming.one("state"), code=incoming.one("code"), now=now)
    except SignInFailed as error:
        logger.info("a sign-in failed", extra={"reason": str(error)})
        return to_browser(_signed_out(incoming, reason="sign_in_failed", status=400))
    except SignInUnavailable:
        return to_browser(_signed_out(incoming, reason="sign_in_unavailable", status=503))
    session = sessions().begin(done.tokens, user_name=done.user_name, now=now)
    cookies = (session_cookie(session.cookie, seconds=int(SESSION_LENGTH.total_seconds())), expired(SIGN_IN_COOKIE))
    return to_browser(redirect(own_page(done.return_to), cookies=cookies))


@screens.action("/sign-out")
def leave(screen: Screen) -> Answer:
    """End the session here and at the pool. If the pool gives no answer, its tokens end by themselves."""
    sessions().end(screen.session.cookie)
    if not sign_in().revoke(screen.session.tokens):
        logger.warning("a refresh token could not be revoked")
    return redirect(sign_in().sign_out_url(), cookies=(expired(SESSION_COOKIE),))


@screens.get("/console/language/<language>")
def choose(language: str) -> Response[Any]:
    """Remember the language and show the page again that `to` names."""
    incoming = Incoming(screens.current_event.raw_event)
    if language not in LANGUAGES:
        return to_browser(_signed_out(incoming, reason="not_found", status=404))
    return to_browser(redirect(own_page(incoming.one("to")), cookies=(language_cookie(language),)))


@screens.get("/console/static/<name>")
def file(name: str) -> Response[Any]:
    """One of the console's own files. Its address changes with it, so browsers keep it for a year."""
    found = static_file(name)
    if found is None:
        return to_browser(_signed_out(Incoming(screens.current_event.raw_event), reason="not_found", status=404))
    content, kind = found
    keep = {"Cache-Control": "public, max-age=31536000, immutable"}
    return to_browser(Answer(200, content.decode(), kind, keep))


def own_page(path: str) -> str:
    """The path if it is one of the console's pages, else the first page: a link must not lead elsewhere."""
    parts = urlsplit(path)
    is_own = not parts.scheme and not parts.netloc and parts.path.startswith("/console") and "\\" not in path
    is_page = not parts.path.startswith(("/console/callback", "/console/sign-in", "/console/language"))
    return path if is_own and is_page and path.isprintable() else HOME


def _signed_out(incoming: Incoming, *, reason: str, status: int = 200) -> Answer:
    language = language_of(incoming)
    page = render("signed_out.html", language=language, now=datetime.now(UTC), address=HOME, reason=reason)
    return Answer(status, page, cookies=(expired(SESSION_COOKIE),) if status == 400 else ())
