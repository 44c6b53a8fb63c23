"""What every screen shares: who is signed in, the API as that person, the language, and how a page is answered.

A module of `console.routes` makes a `Screens` router. Its views get a `Screen` and the names in the path:

    screens = Screens()

    @screens.page("/suppliers/<supplier_id>/documents")
    def documents(screen: Screen, supplier_id: str) -> Answer: ...

`page` answers a GET and `action` a POST. An action's form carries the mark of the session (`csrf`), which is checked
before the view runs. What a view does not catch becomes a page that explains it: a 404 for an unknown or another
tenant's thing, the API's own words for its other problems.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from console.api_client import Api, ApiProblem, ApiUnavailable, shared_http, waited
from console.browser import SESSION_COOKIE, expired, language_of, sign_in_cookie, to_browser
from console.catalogue import has_text
from console.rendering import render
from console.requests import Answer, Incoming, redirect
from console.settings import settings
from console.sign_in import SignInFailed, SignInUnavailable, is_over
from console.wiring import sealer, sessions, sign_in

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response

    from console.sessions import Session

logger = Logger()

_CSRF = "form"
OWN = ("/me", {"brief": True})
"""The call that says who the person is, without the suppliers and structures, which may be hundreds."""

_NO_SUCCESS = frozenset(
    {
        "answer_in_doubt",
        "documents_none_chosen",
        "message_sent_to_none",
        "messages_read_partly",
        "row_doubtful",
        "row_unverified",
    }
)
"""Texts of done.toml that tell of a thing which is not, or not wholly, as the person wished."""

View = Callable[..., Answer]


@dataclass(frozen=True)
class Screen:
    """One request of a signed-in person."""

    incoming: Incoming
    session: Session
    api: Api
    language: str
    now: datetime

    @property
    def csrf(self) -> str:
        """The mark that a form of this session must carry."""
        return sealer().mark(self.session.cookie, about=_CSRF)

    def show(self, template: str, *, status: int = 200, **context: Any) -> Answer:
        """The page. Its context has what is given, and `screen`; `supplier` fills the supplier's navigation."""
        given = {"supplier": None, "problem": None, **context}
        page = render(template, language=self.language, now=self.now, screen=self, form_key=str(uuid.uuid4()), **given)
        return Answer(status, page)

    def go(self, to: str, *, done: str = "") -> Answer:
        """Send the browser to that page after an action; `done` names a text of `done.toml` to show there."""
        if not done:
            return redirect(to)
        path, _, fragment = to.partition("#")
        joined = f"{path}{'&' if '?' in path else '?'}done={done}"
        return redirect(f"{joined}#{fragment}" if fragment else joined)

    def go_back(self, page: str, *, done: str = "") -> Answer:
        """Send the browser back to the part of a list where the form was (`parts.place`); `page` is the list's path."""
        return self.go(self.place_in(page), done=done)

    def place_in(self, page: str) -> str:
        """The list's address with the filters and the cursor that the form was shown with; without them, its path."""
        path, _, query = self.incoming.one("back").partition("?")
        kept = [each for each in query.split("&") if each and not each.startswith("done=")]
        return f"{page}?{'&'.join(kept)}" if path == page and kept else page

    @property
    def done(self) -> str:
        """The text of what was just done, by its name, or an empty text."""
        name = f"done.{self.incoming.one('done')}"
        return name if has_text(name) else ""

    @property
    def done_well(self) -> bool:
        """Whether what was done is a success: what a person should check is not shown like one."""
        return self.incoming.one("done") not in _NO_SUCCESS

    def of_supplier(self, supplier_id: str, *asked: Any) -> list[Any]:
        """The supplier's line (name, roles, what is unread…) and the bodies of other GETs, asked at the same time."""
        return self.api.get_all(own_line(supplier_id), *asked)


def own_line(supplier_id: str) -> tuple[str, dict[str, Any]]:
    """The call that every page of a supplier makes."""
    return f"/me/suppliers/{supplier_id}", {"unread": True}


class Screens(APIGatewayHttpRouter):
    """The routes of some screens, below /console."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def page(self, path: str) -> Callable[[View], View]:
        """Answer a GET of that path with the view."""
        return self._registered("GET", path)

    def action(self, path: str) -> Callable[[View], View]:
        """Answer a POST of that path with the view, after the session's mark was checked."""
        return self._registered("POST", path)

    def _registered(self, method: str, path: str) -> Callable[[View], View]:
        def register(view: View) -> View:
            @self.route(f"/console{path}", method=method)
            def answered(**names: str) -> Response[Any]:
                return to_browser(signed_in(Incoming(self.current_event.raw_event), view, names))

            return view

        return register


def signed_in(incoming: Incoming, view: View, names: dict[str, str]) -> Answer:
    """The view's answer for the person of this session; without a session, the way to sign in."""
    now = datetime.now(UTC)
    language = language_of(incoming)
    try:
        session = _session(incoming, now)
    except SignInUnavailable:
        return _explained(incoming, language, now, status=503, reason="sign_in_unavailable")
    if session is None:
        return _to_sign_in(incoming, language, now)
    api = Api(settings().api_url, session.tokens.access, language, shared_http())
    screen = Screen(incoming, session, api, language, now)
    if incoming.method == "POST" and not _is_own_form(screen):
        return screen.show("problem.html", status=403, reason="not_our_form")
    return _with_timing(_answered(screen, view, names), screen)


def _supplier_of(screen: Screen, names: dict[str, str]) -> Any:
    """The supplier of the page that could not be shown, for its tabs; None for another page, or for a stranger."""
    if "supplier_id" not in names:
        return None
    try:
        (supplier,) = screen.of_supplier(names["supplier_id"])
    except (ApiProblem, ApiUnavailable):
        return None
    return supplier


def _answered(screen: Screen, view: View, names: dict[str, str]) -> Answer:
    try:
        return view(screen, **names)
    except ApiProblem as error:
        logger.info("the api refused", extra={"status": error.status, "code": error.code})
        if error.status == 401:
            sessions().end(screen.session.cookie)
            return _to_sign_in(screen.incoming, screen.language, screen.now)
        reason = {403: "forbidden", 404: "not_found", 412: "changed", 428: "changed", 429: "too_many"}
        return screen.show(
            "problem.html",
            supplier=_supplier_of(screen, names),
            status=error.status,
            reason=reason.get(error.status, "unavailable" if error.status >= 500 else "refused"),
            problem=error.problem,
        )
    except ApiUnavailable:
        return screen.show("problem.html", status=503, reason="unavailable")


def _session(incoming: Incoming, now: datetime) -> Session | None:
    cookie = incoming.cookies.get(SESSION_COOKIE, "")
    session = sessions().get(cookie, now=now) if cookie else None
    if session is None or not is_over(session.tokens, now=now):
        return session
    try:
        return sessions().renew(session, sign_in().renewed(session.tokens, now=now))
    except SignInFailed:
        sessions().end(cookie)
        return None


def _is_own_form(screen: Screen) -> bool:
    given = screen.incoming.headers.get("x-csrf-token") or screen.incoming.one("csrf")
    return sealer().is_mark(given, screen.session.cookie, about=_CSRF)


def _to_sign_in(incoming: Incoming, language: str, now: datetime) -> Answer:
    """A page that was asked for is shown after the sign-in. A form's content is not kept, and the page says so."""
    if incoming.method != "GET":
        return _explained(incoming, language, now, status=401, reason="session_over")
    begun = sign_in().begin(incoming.address, now=now, language=language)
    return redirect(begun.url, cookies=(sign_in_cookie(begun.cookie), expired(SESSION_COOKIE)))


def _explained(incoming: Incoming, language: str, now: datetime, *, status: int, reason: str) -> Answer:
    page = render("signed_out.html", language=language, now=now, address=incoming.address, reason=reason)
    return Answer(status, page)


def _with_timing(answer: Answer, screen: Screen) -> Answer:
    """Say how long the page waited for the API, to measure pages by: all calls, the time with one open, and all."""
    calls = screen.api.calls
    spent = sum(each.seconds for each in calls) * 1000
    total = (datetime.now(UTC) - screen.now).total_seconds() * 1000
    timing = f'api;dur={spent:.1f};desc="{len(calls)}", waited;dur={waited(calls) * 1000:.1f}, total;dur={total:.1f}'
    return Answer(
        answer.status, answer.body, answer.content_type, {**answer.headers, "Server-Timing": timing}, answer.cookies
    )
