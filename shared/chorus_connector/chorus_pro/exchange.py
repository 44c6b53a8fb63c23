"""One HTTP exchange under a deadline: bytes out, status and bytes in, or `Interrupted`, which says whether the
request was sent.

The only file that knows httpx's exceptions. Only failures to connect prove that nothing left; all others
count as sent, because a reset while writing may come after the last byte reached the portal.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from chorus_connector.chorus_pro.deadline import SecondsLeft, seconds_from_now, within
from chorus_connector.chorus_pro.errors import Reason

_CONNECT_SECONDS = 10.0
_NOT_SENT: tuple[tuple[type[Exception], Reason], ...] = (
    (httpx.ConnectTimeout, Reason.TIMEOUT),
    (httpx.PoolTimeout, Reason.NO_FREE_CONNECTION),
    (httpx.ConnectError, Reason.UNREACHABLE),
    (httpx.ProxyError, Reason.UNREACHABLE),
    (httpx.UnsupportedProtocol, Reason.UNREACHABLE),
    (httpx.InvalidURL, Reason.UNREACHABLE),
)
_CERTIFICATE_ALERTS = (
    "ALERT_CERTIFICATE_REQUIRED",
    "ALERT_BAD_CERTIFICATE",
    "ALERT_UNSUPPORTED_CERTIFICATE",
    "ALERT_CERTIFICATE_REVOKED",
    "ALERT_CERTIFICATE_EXPIRED",
    "ALERT_CERTIFICATE_UNKNOWN",
    "ALERT_UNKNOWN_CA",
)


class Interrupted(Exception):
    """The exchange did not finish; `sent` is False only when the request was certainly not sent."""

    def __init__(self, reason: Reason, *, sent: bool) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.sent = sent


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An HTTP answer, not interpreted yet."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request; its repr shows only its address."""

    verb: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)


def exchange(http: httpx.Client, request: Request, seconds: float, seconds_left: SecondsLeft) -> HttpAnswer:
    """Sends and reads within `seconds` and within the caller's deadline, else raises Interrupted."""
    own = seconds_from_now(seconds)

    def left() -> float:
        return min(own(), seconds_left())

    if left() <= 0:
        raise Interrupted(Reason.OUT_OF_TIME, sent=False)
    try:
        with within(left):
            return _send(http, request, left)
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as failure:
        # from None: some of these quote the headers they could not send.
        raise _interrupted(failure) from None


def _send(http: httpx.Client, request: Request, left: SecondsLeft) -> HttpAnswer:
    timeouts = _timeouts(left())

    def before_each_phase(event: str, _: object) -> None:
        """Subtract the time that connecting and writing took from the next phase's timeout."""
        if event.endswith(".started"):
            if left() <= 0 and event.endswith("send_request_headers.started"):
                raise Interrupted(Reason.OUT_OF_TIME, sent=False)
            timeouts.update(_timeouts(left()))

    prepared = http.build_request(
        request.verb,
        request.url,
        headers=request.headers,
        content=request.body,
        extensions={"timeout": timeouts, "trace": before_each_phase},
    )
    answer = http.send(prepared, stream=True, follow_redirects=False)
    try:
        chunks = []
        for chunk in answer.iter_bytes():
            chunks.append(chunk)
            if left() <= 0:
                raise Interrupted(Reason.TIMEOUT, sent=True)
        return HttpAnswer(answer.status_code, dict(answer.headers), b"".join(chunks))
    finally:
        answer.close()


def _timeouts(left: float) -> dict[str, float | None]:
    bounded = None if left == float("inf") else max(left, 0.001)
    connect = _CONNECT_SECONDS if bounded is None else min(bounded, _CONNECT_SECONDS)
    return {"connect": connect, "pool": connect, "read": bounded, "write": bounded}


def _interrupted(failure: Exception) -> Interrupted:
    if _is_certificate_alert(failure):
        return Interrupted(Reason.CERTIFICATE_REFUSED, sent=False)
    for kind, reason in _NOT_SENT:
        if isinstance(failure, kind):
            return Interrupted(reason, sent=False)
    reason = Reason.TIMEOUT if isinstance(failure, httpx.TimeoutException) else Reason.CONNECTION_CUT
    return Interrupted(reason, sent=True)


def _is_certificate_alert(failure: BaseException | None) -> bool:
    """Whether the server ended the handshake because of the client certificate.

    With TLS 1.3 the alert arrives while reading, but a server that refuses the handshake has decrypted no request.
    """
    while failure is not None:
        if isinstance(failure, ssl.SSLError) and (failure.reason or "").endswith(_CERTIFICATE_ALERTS):
            return True
        failure = failure.__cause__ or failure.__context__
    return False
