"""What every answer of the API keeps to, whichever box gives it: keys, cursors, ETags, and the caller's language.

It stands around the resolver and sees plain events and answers, so that a route has nothing to do for it and none
can forget. The four promises: a POST repeated with its ``Idempotency-Key`` is one POST; a cursor is worth something
only where it came from; what the caller has already is a 304; errors speak the caller's language.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chorus_connector.api.cursors import opened_cursor, sealed_cursor
from chorus_connector.domain.errors import Conflict, ConnectorError, Invalid, NotFound

if TYPE_CHECKING:
    from chorus_connector.ports.idempotency import KeptAnswers

Event = dict[str, Any]
Answer = dict[str, Any]

PROBLEM = "application/problem+json"
ONCE_ONLY = "x-shown-once"
"""A route sets this header on an answer that holds a secret: it is sent, not kept for a repetition."""

SEES = "sees "
SEES_ALL = f"{SEES}everything"
"""Rights as well: whose label the documents have that the caller sees, or that all are seen."""

_LARGEST_KEPT = 380_000
"""Bytes, compressed: an item of the table holds 400 KB."""

PROBLEM_TITLES: dict[int, tuple[str, str]] = {
    403: ("Droit manquant", "Right missing"),
    404: ("Introuvable", "Not found"),
    409: ("Impossible en l'état", "Not possible as things are"),
    412: ("Modifié entre-temps", "Changed meanwhile"),
    413: ("Trop grand", "Too large"),
    415: ("Type de contenu non accepté", "Content type not taken"),
    422: ("Demande refusée", "Request refused"),
    428: ("Version nécessaire", "Version required"),
    429: ("Trop de demandes", "Too many requests"),
    500: ("Erreur interne", "Internal error"),
    503: ("Indisponible pour le moment", "Not available at the moment"),
}


@dataclass(frozen=True)
class Conventions:
    """``rights`` gives what a caller may do and see at a path; ``refusal`` shapes an error; ``key`` seals cursors.

    ``admit`` counts a POST with a key, which writes to the table before its route runs.
    """

    answers: Callable[[], KeptAnswers]
    rights: Callable[[Event], frozenset[str]]
    refusal: Callable[[ConnectorError], Answer]
    key: Callable[[], bytes]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    admit: Callable[[Event], None] = lambda _: None

    def keep(self, event: Event, respond: Callable[[Event], Answer]) -> Answer:
        """The answer to the request, as ``respond`` gives it, kept to the API's promises."""
        try:
            opened = self._opened(event)
            answer = self._once(opened, respond) if _is_keyed_post(event) else respond(opened)
        except ConnectorError as error:
            answer = self.refusal(error)
        return _conditional(event, _in_callers_language(event, self._sealed(event, answer)))

    # --- the same request twice ----------------------------------------------------------------------------

    def _once(self, event: Event, respond: Callable[[Event], Answer]) -> Answer:
        """One POST per key: a repetition is given the first one's answer, at once, without doing anything."""
        answers, key = self.answers(), _request_key(event)
        self.admit(event)
        claim = event["requestContext"].get("requestId") or _fingerprint(event)
        kept = answers.claim(key, fingerprint=_fingerprint(event), owner=claim, now=self.now())
        if kept is not None:
            return self._repeated(event, kept.fingerprint, kept.answer)
        try:
            answer = respond(event)
        except BaseException:
            answers.release(key, owner=claim)
            raise
        if _did_something(answer):
            answers.keep(key, owner=claim, answer=_packed(answer, sorted(self.rights(event))))
        else:
            answers.release(key, owner=claim)
        return answer

    def _repeated(self, event: Event, fingerprint: str, packed: bytes | None) -> Answer:
        if fingerprint != _fingerprint(event):
            raise _OtherRequest
        if packed is None:
            raise Conflict(
                "idempotency_in_progress",
                "La première demande faite avec cette clé est encore en cours : redemandez dans un instant.",
                "The first request with this key is still under way: ask again in a moment.",
            )
        kept = json.loads(gzip.decompress(packed))
        if not _still_held(set(kept["rights"]), self.rights(event)):
            raise NotFound  # a right or a label taken away meanwhile: what was answered under it is shown no more
        answer: Answer | None = kept["answer"]
        if answer is None:
            raise Conflict(
                "answered_once",
                "Cette demande a été faite ; sa réponse, secrète ou très longue, n'est donnée qu'une fois.",
                "This request was made; its answer, secret or very long, is given only once.",
            )
        answer["headers"]["Idempotent-Replayed"] = "true"
        return answer

    # --- cursors -------------------------------------------------------------------------------------------

    def _opened(self, event: Event) -> Event:
        """The event with the store's own cursor. Raises UnknownCursor when it is not this list's."""
        parameters = event.get("queryStringParameters") or {}
        if "cursor" not in parameters:
            return event
        cursor = opened_cursor(self.key(), event, parameters["cursor"])
        return {**event, "queryStringParameters": {**parameters, "cursor": cursor}}

    def _sealed(self, event: Event, answer: Answer) -> Answer:
        """The answer with its cursor sealed for this path and these filters."""
        if answer["statusCode"] != 200 or '"cursor": "' not in (answer.get("body") or ""):
            return answer
        body = json.loads(answer["body"])
        if not isinstance(body, dict) or not isinstance(body.get("cursor"), str):
            return answer
        body["cursor"] = sealed_cursor(self.key(), event, body["cursor"])
        return {**answer, "body": json.dumps(body, ensure_ascii=False)}


class _OtherRequest(Invalid):
    """The key was used for another request."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "Cette Idempotency-Key a servi à une autre demande : prenez-en une nouvelle.",
            "This Idempotency-Key served another request: take a new one.",
        )


def header(event: Event, name: str) -> str | None:
    """A request header, whatever its case."""
    return next((value for given, value in (event.get("headers") or {}).items() if given.lower() == name), None)


def language(accepted: str | None) -> str:
    """``fr`` or ``en``: whichever the Accept-Language header likes better; English when it likes neither."""
    best, liked = "en", 0.0
    for part in (accepted or "").split(","):
        tag, _, quality = part.partition(";")
        wanted = tag.strip().lower()[:2]
        weight = _weight(quality)
        if wanted in {"fr", "en"} and weight > liked:
            best, liked = wanted, weight
    return best


def _weight(quality: str) -> float:
    name, _, value = quality.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0


def _method(event: Event) -> str:
    return str(event["requestContext"]["http"]["method"]).upper()


def _path(event: Event) -> str:
    return str(event.get("rawPath", ""))


def _is_keyed_post(event: Event) -> bool:
    return _method(event) == "POST" and header(event, "idempotency-key") is not None


def _request_key(event: Event) -> str:
    """What a key is kept under: the caller, the route with its supplier, and the key itself. Raises Invalid."""
    key = header(event, "idempotency-key") or ""
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise Invalid(
            "Idempotency-Key : de 1 à 255 caractères imprimables.", "Idempotency-Key: 1 to 255 printable characters."
        )
    claims = event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims", {})
    return _digest([claims.get("sub"), _method(event), _path(event), key])


def _fingerprint(event: Event) -> str:
    return _digest([event.get("rawQueryString", ""), event.get("body") or ""])


def _digest(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _still_held(before: set[str], now: frozenset[str]) -> bool:
    """Whether nothing was taken away; who sees everything sees what any label shows."""
    gone = before - now
    return not {each for each in gone if not (each.startswith(SEES) and SEES_ALL in now)}


def _did_something(answer: Answer) -> bool:
    """Whether the route came to its end. A problem is the contrary: nothing was done, and asking again is free."""
    return answer["statusCode"] < 500 and _content_type(answer) != PROBLEM


def _packed(answer: Answer, rights: list[str]) -> bytes:
    shown_once = any(name.lower() == ONCE_ONLY for name in answer.get("headers") or {})
    packed = _compressed({"rights": rights, "answer": None if shown_once else answer})
    return packed if len(packed) <= _LARGEST_KEPT else _compressed({"rights": rights, "answer": None})


def _compressed(kept: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps(kept).encode(), mtime=0)


def _content_type(answer: Answer) -> str:
    headers: Mapping[str, str] = answer.get("headers") or {}
    return next((value for name, value in headers.items() if name.lower() == "content-type"), "")


def _in_callers_language(event: Event, answer: Answer) -> Answer:
    """An error's title and detail as the caller reads them; both languages stay beside."""
    if answer["statusCode"] < 400:
        return answer
    spoken = language(header(event, "accept-language"))
    body = json.loads(answer["body"])
    if not {"fr", "en"} <= set(body):
        return answer
    french, english = PROBLEM_TITLES.get(answer["statusCode"], ("Erreur", "Error"))
    body |= {"title": french if spoken == "fr" else english, "detail": body[spoken]}
    headers = {**answer["headers"], "Content-Language": spoken, "Vary": "Accept-Language"}
    return {**answer, "body": json.dumps(body, ensure_ascii=False), "headers": headers}


def _conditional(event: Event, answer: Answer) -> Answer:
    """An ETag of exactly this answer, and 304 without a body when the caller has just that.

    A thing with a version has it in front (``"7-<digest>"``): an answer may show what changes without a new version,
    such as the progress of a delivery.
    """
    headers = dict(answer.get("headers") or {})
    version = next((headers.pop(name) for name in [*headers] if name.lower() == "etag"), None)
    read = _method(event) == "GET" and answer["statusCode"] == 200
    if version is None and not read:
        return answer
    digest = _text(hashlib.sha256((answer.get("body") or "").encode()).digest()[:18])
    etag = headers["ETag"] = f'W/"{digest}"' if version is None else f'"{version.strip(chr(34))}-{digest}"'
    known = {each.strip().removeprefix("W/") for each in (header(event, "if-none-match") or "").split(",")}
    if read and (etag.removeprefix("W/") in known or "*" in known):
        kept = {name: value for name, value in headers.items() if name.lower() not in {"content-type"}}
        return {**answer, "statusCode": 304, "body": "", "headers": kept, "isBase64Encoded": False}
    return {**answer, "headers": headers}


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
