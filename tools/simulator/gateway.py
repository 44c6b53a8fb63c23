"""Handles one call: faults, credentials, media type, size, JSON, validation, operation, log.

The order is that of the real portal as far as it is known: the token first, then whether the path is one that PISTE
declares, then the other credentials, and the body last.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from tools.simulator import wire
from tools.simulator.calls import Call
from tools.simulator.clock import instant
from tools.simulator.delivery import (
    Answer,
    BrokenConnection,
    CutAnswer,
    fault_answer,
    gateway_refusal,
    json_answer,
    oauth_refusal,
)
from tools.simulator.dialect import spoken
from tools.simulator.oauth import OAuthError, has_token, require_consent, require_link, technical_account
from tools.simulator.operations import Caller, Operation, factures, structures, transverses, utilisateurs
from tools.simulator.refusals import HttpError, Refusal
from tools.simulator.suppliers import Account
from tools.simulator.validation import parse_json, read_request

if TYPE_CHECKING:
    from tools.simulator.faults import Fault
    from tools.simulator.portal import Portal

MAX_BODY = 64 * 1024 * 1024
"""Bytes: what the gateway lets through; the portal's own limits are lower."""
Serve = Callable[[HttpRequest, str, bytes], Answer]
AccountOf = Callable[[HttpRequest, str], Account | None]
"""Returns the caller's account, by either authentication; None for the health check."""
HEALTH = "transverses/health-check"
OPERATIONS: dict[str, Operation] = {
    **factures.OPERATIONS,
    **transverses.OPERATIONS,
    **structures.OPERATIONS,
    **utilisateurs.OPERATIONS,
}
"""All operations, by family and path."""


class Gateway:
    """Serves the operations of one portal over HTTP."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    async def oauth_call(self, http: HttpRequest) -> Response:
        """`/cpro/<family>/v1/<operation>`: bearer token and `cpro-account`."""
        operation = f"{http.path_params['family']}/{http.path_params['operation']}"
        return await self._call(http, operation, self._with_token)

    async def undeclared_call(self, http: HttpRequest) -> Response:
        """Any other path below `/cpro`: the gateway declares none of them."""
        return await self._call(http, "unknown", self._with_token)

    async def certificate_call(self, http: HttpRequest) -> Response:
        """`/service/<family>/<operation>`: Basic authentication behind a client certificate."""
        operation = f"{http.path_params['family']}/{http.path_params['operation']}"
        return await self._call(http, operation, self._with_certificate)

    async def token(self, http: HttpRequest) -> Response:
        """`/api/oauth/token`."""
        return await self._call(http, "token", self._token)

    async def _call(self, http: HttpRequest, operation: str, serve: Serve) -> Response:
        started = time.perf_counter()
        try:
            body = await http.body()
        except ClientDisconnect:
            return Response(status_code=400)  # the caller has disconnected and does not read it
        with self._portal.lock:
            faults = self._portal.faults.take(operation, _login(http))
        delay = sum(fault.spec.seconds for fault in faults if fault.spec.effect == "delay")
        if delay:
            await asyncio.sleep(delay)
        fault = next((fault for fault in faults if fault.spec.effect != "delay"), None)
        processed = fault is None or fault.phase == "after"
        with self._portal.lock:
            answer = serve(http, operation, body) if processed else None
        shown, response = _delivered(answer, fault)
        self._log(operation, shown, processed, started, fault)
        return response

    def _log(self, operation: str, answer: Answer, processed: bool, started: float, fault: Fault | None) -> None:
        lost = fault is not None and fault.spec.effect in ("reset", "stall", "truncate")
        self._portal.calls.add(
            Call(
                at=instant(self._portal.clock.now()),
                operation=operation if operation in OPERATIONS or operation in (HEALTH, "token") else "unknown",
                status=0 if lost else answer.status,
                code=answer.code,
                milliseconds=round((time.perf_counter() - started) * 1000, 2),
                fault=fault.spec.effect if fault else None,
                processed=processed,
            )
        )

    def _token(self, http: HttpRequest, operation: str, body: bytes) -> Answer:  # noqa: ARG002 - one signature for all
        form = {}
        if http.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        try:
            return json_answer(200, self._portal.tokens.issue(form, self._portal.catch_up()))
        except OAuthError as problem:
            return oauth_refusal(problem)

    def _with_token(self, http: HttpRequest, operation: str, body: bytes) -> Answer:
        return self._guarded(http, operation, body, self._piste_account)

    def _with_certificate(self, http: HttpRequest, operation: str, body: bytes) -> Answer:
        return self._guarded(http, operation, body, self._basic_account)

    def _guarded(self, http: HttpRequest, operation: str, body: bytes, account_of: AccountOf) -> Answer:
        try:
            return self._served(http, operation, body, account_of)
        except HttpError as problem:
            return gateway_refusal(problem)
        except Refusal as problem:
            status = problem.status or self._portal.settings.refusal_status
            return json_answer(status, self._said(problem))

    def _said(self, problem: Refusal) -> dict[str, object]:
        if problem.name != "empty_search":
            return {"codeRetour": problem.code, "libelle": problem.label}
        dialect, text = self._portal.dialect, problem.label.partition(" - ")[2]
        return {"codeRetour": dialect.empty_search_code, "libelle": f"{dialect.empty_search_message} - {text}"}

    def _served(self, http: HttpRequest, operation: str, body: bytes, account_of: AccountOf) -> Answer:
        account = account_of(http, operation)
        if operation == HEALTH:
            return json_answer(200, {"body": "UP", "statusCodeValue": 200, "statusCode": "OK"})
        if account is None:
            raise HttpError("no_account")
        _require_json(http, body)
        received = parse_json(operation, body)
        served = OPERATIONS[operation]
        request = read_request(operation, served.model, received)
        caller = Caller(self._portal, account, self._portal.catch_up(), operation, received)
        payload = served.run(caller, request)
        return json_answer(200, spoken(wire.success(operation, payload), self._portal.dialect))

    def _piste_account(self, http: HttpRequest, operation: str) -> Account | None:
        portal, now = self._portal, self._portal.catch_up()
        authorization, declared = http.headers.get("authorization", ""), _is_declared(http, operation)
        if not has_token(authorization):
            no_token = HttpError("no_token", portal.settings.no_token_status)
            raise no_token if declared else HttpError("undeclared_route_no_token")
        application = portal.tokens.application(authorization, now)
        if not declared:
            raise HttpError("undeclared_route")
        require_consent(application, operation.partition("/")[0])
        if operation == HEALTH:
            return None
        account = technical_account(http.headers.get("cpro-account"), portal.suppliers, portal.settings, now)
        require_link(application, account)
        return account

    def _basic_account(self, http: HttpRequest, operation: str) -> Account | None:
        portal = self._portal
        if not _is_declared(http, operation):
            raise HttpError("unknown_service")
        wanted = portal.settings.client_certificate_header
        if wanted and not http.headers.get(wanted):
            raise HttpError("no_certificate")
        kind, _, encoded = http.headers.get("authorization", "").partition(" ")
        given = encoded if kind.lower() == "basic" else None
        return technical_account(given, portal.suppliers, portal.settings, portal.catch_up())


def _delivered(answer: Answer | None, fault: Fault | None) -> tuple[Answer, Response]:
    """The log's entry and the caller's answer."""
    if fault is None:
        answer = answer or Answer(500)
        return answer, answer.response()
    instead = fault_answer(fault)
    if fault.spec.effect in ("reset", "stall"):
        shown = answer or Answer(0)
        return shown, BrokenConnection(fault.spec.seconds if fault.spec.effect == "stall" else 0)
    if fault.spec.effect == "truncate" and answer is not None:
        return answer, CutAnswer(answer)
    return instead, instead.response()


def _is_declared(http: HttpRequest, operation: str) -> bool:
    method = "GET" if operation == HEALTH else "POST"
    return (operation in OPERATIONS or operation == HEALTH) and http.method == method


def _require_json(http: HttpRequest, body: bytes) -> None:
    media_type, _, parameter = http.headers.get("content-type", "").partition(";")
    if media_type.strip().lower() != "application/json":
        raise HttpError("media_type")
    charset = parameter.partition("=")[2].strip().lower()
    if charset not in ("", "utf-8", "utf8"):
        raise HttpError("media_type")
    if len(body) > MAX_BODY:
        raise HttpError("too_large")


def _login(http: HttpRequest) -> str | None:
    """The caller's login, for faults of one account; it is not verified."""
    encoded = http.headers.get("cpro-account") or http.headers.get("authorization", "").partition(" ")[2]
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[0]
    except ValueError:
        return None
