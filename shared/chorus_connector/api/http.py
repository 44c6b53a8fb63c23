"""HTTP in and out: the resolver, answers, and errors as problem+json.

One table turns an error's type into a status; nothing else decides it.
"""

from __future__ import annotations

import json
import math
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType, RequestValidationError

from chorus_connector.api.authorisation import caller_of_event, rights_at
from chorus_connector.api.conventions import PROBLEM, Conventions
from chorus_connector.api.multipart import without_form
from chorus_connector.api.quotas import count_for_caller
from chorus_connector.api.request_errors import shown_problems
from chorus_connector.api.requests import StrictEvent, UnsupportedMediaType, only_declared_parameters
from chorus_connector.api.uploads import TooLarge
from chorus_connector.domain.errors import (
    AlreadyExists,
    Conflict,
    ConnectorError,
    Forbidden,
    Invalid,
    NotFound,
    StaleWrite,
    Transient,
    WrongState,
)
from chorus_connector.domain.quotas import QuotaExceeded
from chorus_connector.runtime.correlation import of_request
from chorus_connector.runtime.failures import failure_facts, is_email_trouble, is_overload
from chorus_connector.wiring.installation import cursor_key, kept_answers

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

logger = Logger()

_STATUS: tuple[tuple[type[ConnectorError], HTTPStatus], ...] = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (Forbidden, HTTPStatus.FORBIDDEN),
    (StaleWrite, HTTPStatus.PRECONDITION_FAILED),
    (WrongState, HTTPStatus.CONFLICT),
    (AlreadyExists, HTTPStatus.CONFLICT),
    (Conflict, HTTPStatus.CONFLICT),
    (Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (UnsupportedMediaType, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    (TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (QuotaExceeded, HTTPStatus.TOO_MANY_REQUESTS),
    (Transient, HTTPStatus.SERVICE_UNAVAILABLE),
)


_RETRY_AFTER = "10"
"""Seconds: an overload is over by then as a rule, and an outage is not asked about too often."""


_MOST_PROBLEMS = 100
"""Problems shown of a malformed body: one per unknown property could be more than the 6 MB of a function's answer."""

_ETAG = re.compile(r'(W/)?"?(?P<version>[0-9]{1,18})(-[A-Za-z0-9_-]{1,43})?"?')
"""An ETag of a thing with a version, as ``conventions`` writes it. Eighteen digits: more than a record ever changes."""


class PreconditionRequired(ConnectorError):
    """A change needs ``If-Match`` with the version it starts from."""

    code = "if_match_required"

    def __init__(self) -> None:
        super().__init__(
            "L'en-tête If-Match (l'ETag lu) est nécessaire.", "The header If-Match (the ETag you read) is required."
        )


class Resolver(APIGatewayHttpResolver):
    """An HTTP API resolver whose every answer keeps to the API's conventions."""

    def resolve(self, event: Any, context: Any) -> dict[str, Any]:
        conventions = Conventions(
            answers=kept_answers,
            rights=rights_at,
            refusal=self._refusal,
            key=cursor_key,
            admit=lambda each: count_for_caller(caller_of_event(each)),
        )
        with of_request(logger, event):
            answered = conventions.keep(event, lambda each: self._routed(each, context))
            asked = event["requestContext"].get("http", {})
            logger.info("answered", extra={"method": asked.get("method"), "status": answered["statusCode"]})
        return answered

    def _routed(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        return super().resolve(without_form(event), context)

    def _to_proxy_event(self, event: dict[str, Any]) -> StrictEvent:
        return StrictEvent(event)

    def _refusal(self, error: ConnectorError) -> dict[str, Any]:
        refused = problem_response(error)
        headers = {"Content-Type": refused.content_type, **refused.headers}
        return {"statusCode": refused.status_code, "headers": headers, "body": refused.body, "isBase64Encoded": False}


def resolver() -> APIGatewayHttpResolver:
    """A resolver that answers every error as problem+json and keeps to the API's conventions."""
    app = Resolver(enable_validation=True)
    app.use([only_declared_parameters])
    app.exception_handler(ConnectorError)(problem_response)
    app.exception_handler(RequestValidationError)(_request_invalid)
    app.exception_handler(RequestUnsupportedContentType)(lambda _: problem_response(UnsupportedMediaType.not_json()))
    app.exception_handler(NotFoundError)(lambda _: problem_response(NotFound()))
    app.exception_handler(Exception)(_unforeseen)
    return app


def if_match(request: APIGatewayHttpRouter) -> int:
    """The version a change starts from: the first part of the ETag that was read, or the version alone.

    What else an answer showed (the second part) prevents no change. Raises PreconditionRequired, also for ``*``, which
    names no version; StaleWrite on an ETag that is none of ours.
    """
    header = request.current_event.headers.get("if-match")
    if not header or header.strip() == "*":
        raise PreconditionRequired
    named = _ETAG.fullmatch(header.strip())
    if named is None:
        raise StaleWrite
    return int(named["version"])


def answer(body: object, *, status: HTTPStatus = HTTPStatus.OK, version: int | None = None) -> Response[str]:
    """A JSON answer. ``version`` is the one that a change starts from; ``conventions`` makes the ETag with it."""
    # a client may keep it, and asks each time whether it is still so (ETag)
    headers: dict[str, str | list[str]] = {"Cache-Control": "private, no-cache"}
    if version is not None:
        headers["ETag"] = f'"{version}"'
    return Response(
        status_code=status, content_type="application/json", body=json.dumps(body, ensure_ascii=False), headers=headers
    )


def problem_response(error: ConnectorError) -> Response[str]:
    """The error as problem+json: a stable code, French and English texts, and the fields it is about."""
    if isinstance(error, PreconditionRequired):
        status = HTTPStatus.PRECONDITION_REQUIRED
    else:
        status = next((s for kind, s in _STATUS if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)
    answered = _problem(
        status,
        code=error.code,
        fr=error.fr,
        en=error.en,
        problems=[problem.model_dump() for problem in error.problems],
    )
    if isinstance(error, QuotaExceeded):
        answered.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Transient) and error.retry_in is not None:
        answered.headers["Retry-After"] = str(max(1, math.ceil(error.retry_in.total_seconds())))
    return answered


def error_body(error: Exception) -> dict[str, Any]:
    """What problem+json would say of the error, for an answer that has several; a bug is logged as such."""
    refused = problem_response(error) if isinstance(error, ConnectorError) else _unforeseen(error)
    body: dict[str, Any] = json.loads(refused.body or "{}")
    return {name: body[name] for name in ("status", "code", "fr", "en", "problems")}


def _unforeseen(error: Exception) -> Response[str]:
    """A bug, or AWS's trouble: logged by its kind and place only, for its text may quote a document."""
    logger.error("unforeseen", extra=failure_facts(error))
    if is_overload(error):
        return problem_response(Transient("Service momentanément surchargé : réessayez.", "Overloaded now: try again."))
    if is_email_trouble(error):
        return problem_response(
            Transient(
                "L'installation ne peut pas envoyer d'e-mail pour le moment : réessayez plus tard.",
                "The installation cannot send e-mail at the moment: try again later.",
            )
        )
    return _problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal_error",
        fr="Erreur interne : réessayez, puis signalez-la.",
        en="Internal error: try again, then report it.",
        problems=[],
    )


def _request_invalid(error: RequestValidationError) -> Response[str]:
    problems = shown_problems(error.errors(), most=_MOST_PROBLEMS)
    return _problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code="invalid_request",
        fr="La requête n'a pas la forme attendue.",
        en="The request has not the expected form.",
        problems=problems,
    )


def problem_body(
    status: HTTPStatus, *, code: str, fr: str, en: str, problems: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """What every error says; the conventions put ``title`` and ``detail`` in the caller's language."""
    return {
        "type": f"urn:chorus-connector:problem:{code}",
        "title": en,
        "detail": en,
        "status": int(status),
        "code": code,
        "fr": fr,
        "en": en,
        "problems": problems or [],
    }


def _problem(status: HTTPStatus, *, code: str, fr: str, en: str, problems: list[dict[str, Any]]) -> Response[str]:
    headers: dict[str, str | list[str]] = {}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = _RETRY_AFTER
    body = json.dumps(problem_body(status, code=code, fr=fr, en=en, problems=problems), ensure_ascii=False)
    return Response(status_code=status, content_type=PROBLEM, body=body, headers=headers)
