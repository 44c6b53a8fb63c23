"""One HTTP exchange: what proves that nothing left, and how the time left is divided among its phases."""

import ssl
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from chorus_connector.chorus_pro.deadline import no_deadline, seconds_from_now
from chorus_connector.chorus_pro.errors import Reason
from chorus_connector.chorus_pro.exchange import HttpAnswer, Interrupted, Request, exchange

REQUEST = Request("POST", "https://portal.invalid/x", {"x-name": "1"}, b"body")
CONNECT, SEND = "connection.connect_tcp", "http11.send_request_headers"


class Transport(httpx.BaseTransport):
    """Answers with ``answer`` or what it makes of the request; keeps requests and whether the answer was closed."""

    def __init__(self, answer: httpx.Response | Callable[[httpx.Request], httpx.Response]) -> None:
        self._answer = answer
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer(request) if callable(self._answer) else self._answer


def exchanged(
    answer: httpx.Response | Callable[[httpx.Request], httpx.Response],
    *,
    seconds: float = 60,
    left: Callable[[], float] = no_deadline,
) -> HttpAnswer:
    with httpx.Client(transport=Transport(answer)) as http:
        return exchange(http, REQUEST, seconds, left)


def failing(failure: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def fail(_: httpx.Request) -> httpx.Response:
        raise failure

    return fail


class Left:
    """The seconds left, which a test may change."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


# --- what came back ------------------------------------------------------------------------------------------


def test_an_answer_is_its_status_headers_and_body_and_a_redirect_is_not_followed() -> None:
    transport = Transport(httpx.Response(302, headers={"location": "/y"}, content=b"moved"))
    with httpx.Client(transport=transport) as http:
        answer = exchange(http, REQUEST, 60, no_deadline)
    assert (answer.status, answer.headers["location"], answer.body) == (302, "/y", b"moved")
    (request,) = transport.requests
    assert (request.method, str(request.url), request.headers["x-name"]) == ("POST", REQUEST.url, "1")
    assert request.read() == b"body"


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (httpx.ConnectTimeout("x"), Reason.TIMEOUT),
        (httpx.PoolTimeout("x"), Reason.NO_FREE_CONNECTION),
        (httpx.ConnectError("x"), Reason.UNREACHABLE),
        (httpx.ProxyError("x"), Reason.UNREACHABLE),
        (httpx.UnsupportedProtocol("x"), Reason.UNREACHABLE),
        (httpx.InvalidURL("x"), Reason.UNREACHABLE),
    ],
)
def test_only_a_failure_to_connect_proves_that_nothing_left(failure: Exception, reason: Reason) -> None:
    with pytest.raises(Interrupted) as stopped:
        exchanged(failing(failure))
    assert (stopped.value.reason, stopped.value.sent) == (reason, False)


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (httpx.ReadTimeout("x"), Reason.TIMEOUT),
        (httpx.WriteTimeout("x"), Reason.TIMEOUT),
        (httpx.ReadError("x"), Reason.CONNECTION_CUT),
        (httpx.WriteError("x"), Reason.CONNECTION_CUT),
        (httpx.RemoteProtocolError("x"), Reason.CONNECTION_CUT),
        (httpx.StreamClosed(), Reason.CONNECTION_CUT),
        (ConnectionResetError(), Reason.CONNECTION_CUT),
    ],
)
def test_every_other_failure_counts_as_sent_and_its_text_is_not_kept(failure: Exception, reason: Reason) -> None:
    with pytest.raises(Interrupted) as stopped:
        exchanged(failing(failure))
    assert (stopped.value.reason, stopped.value.sent) == (reason, True)
    assert (stopped.value.__cause__, str(stopped.value)) == (None, reason.value)


def tls_failure(reason: str | None, *, as_cause: bool) -> Exception:
    """What httpx raises when the handshake ends with that alert; the alert is its cause or its context."""
    alert = ssl.SSLError(1, "x")
    alert.reason = reason  # type: ignore[assignment]
    failure = httpx.ReadError("x")
    middle = OSError("x")
    middle.__context__ = alert
    failure.__cause__ = middle if as_cause else None
    failure.__context__ = None if as_cause else middle
    return failure


@pytest.mark.parametrize("as_cause", [True, False])
@pytest.mark.parametrize(
    "alert",
    [
        "CERTIFICATE_REQUIRED",
        "BAD_CERTIFICATE",
        "UNSUPPORTED_CERTIFICATE",
        "CERTIFICATE_REVOKED",
        "CERTIFICATE_EXPIRED",
        "CERTIFICATE_UNKNOWN",
        "UNKNOWN_CA",
    ],
)
def test_a_handshake_that_ends_over_our_certificate_sent_nothing(alert: str, as_cause: bool) -> None:
    with pytest.raises(Interrupted) as stopped:
        exchanged(failing(tls_failure(f"TLSV13_ALERT_{alert}", as_cause=as_cause)))
    assert (stopped.value.reason, stopped.value.sent) == (Reason.CERTIFICATE_REFUSED, False)


@pytest.mark.parametrize("reason", ["SSLV3_ALERT_HANDSHAKE_FAILURE", None])
def test_another_failure_of_the_handshake_proves_nothing(reason: str | None) -> None:
    with pytest.raises(Interrupted) as stopped:
        exchanged(failing(tls_failure(reason, as_cause=True)))
    assert (stopped.value.reason, stopped.value.sent) == (Reason.CONNECTION_CUT, True)


# --- the time left -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", [0, -1])
def test_without_time_left_nothing_is_sent(left: float) -> None:
    transport = Transport(httpx.Response(200))
    with httpx.Client(transport=transport) as http, pytest.raises(Interrupted) as stopped:
        exchange(http, REQUEST, 60, Left(left))
    assert (stopped.value.reason, stopped.value.sent, transport.requests) == (Reason.OUT_OF_TIME, False, [])


def phases(left: Left, *steps: tuple[str, float]) -> list[dict[str, Any]]:
    """The timeouts at the start and after each phase, at whose start that many seconds are left."""
    seen: list[dict[str, Any]] = []

    def go_through(request: httpx.Request) -> httpx.Response:
        seen.append(dict(request.extensions["timeout"]))
        for event, seconds in steps:
            left.seconds = seconds
            request.extensions["trace"](event, {})
            seen.append(dict(request.extensions["timeout"]))
        return httpx.Response(200)

    exchanged(go_through, seconds=float("inf"), left=left)
    return seen


def timeouts(connect: float, rest: float | None) -> dict[str, Any]:
    return {"connect": connect, "pool": connect, "read": rest, "write": rest}


def test_connecting_takes_ten_seconds_at_most_and_the_rest_all_that_is_left() -> None:
    assert phases(Left(60)) == [timeouts(10, 60)]
    assert phases(Left(4)) == [timeouts(4, 4)]
    assert phases(Left(float("inf"))) == [timeouts(10, None)]


def test_each_phase_has_the_time_that_the_earlier_ones_left() -> None:
    assert phases(Left(60), (f"{CONNECT}.started", 50), (f"{CONNECT}.complete", 45), (f"{SEND}.started", 44)) == [
        timeouts(10, 60),
        timeouts(10, 50),
        timeouts(10, 50),  # the end of a phase changes nothing
        timeouts(10, 44),
    ]


def test_a_phase_that_begins_without_time_is_stopped_within_a_millisecond() -> None:
    assert phases(Left(60), (f"{CONNECT}.started", 0))[-1] == timeouts(0.001, 0.001)


@pytest.mark.parametrize("left", [0, -1])
def test_a_request_whose_time_ran_out_while_connecting_is_not_sent(left: float) -> None:
    with pytest.raises(Interrupted) as stopped:
        phases(Left(60), (f"{SEND}.started", left))
    assert (stopped.value.reason, stopped.value.sent) == (Reason.OUT_OF_TIME, False)


@pytest.mark.parametrize("last", [0, -1])
def test_an_answer_that_is_not_read_in_time_was_sent_and_is_closed(last: float) -> None:
    left = Left(60)
    stream = Chunks(left, last)
    with pytest.raises(Interrupted) as stopped:
        exchanged(httpx.Response(200, stream=stream), left=left)
    assert (stopped.value.reason, stopped.value.sent, stream.closed) == (Reason.TIMEOUT, True, True)
    assert not stream.read_on


class Chunks(httpx.SyncByteStream):
    """A body in two parts; when the second comes so much time is left."""

    closed = False
    read_on = False

    def __init__(self, left: Left, last: float) -> None:
        self._left = left
        self._last = last

    def __iter__(self) -> Iterator[bytes]:
        yield b"first"
        self._left.seconds = self._last
        yield b"second"
        self.read_on = True

    def close(self) -> None:
        self.closed = True


def test_an_answer_in_parts_is_read_whole() -> None:
    assert exchanged(httpx.Response(200, stream=Chunks(Left(1), 1))).body == b"firstsecond"


def test_the_last_half_second_is_enough_to_begin_to_send_and_to_read_on() -> None:
    left = Left(0.5)
    assert phases(left, (f"{SEND}.started", 0.5))[-1] == timeouts(0.5, 0.5)
    answer = exchanged(httpx.Response(200, stream=Chunks(left, 0.5)), left=left)
    assert answer.body == b"firstsecond"


def test_a_deadline_counts_down_with_its_clock() -> None:
    now = Left(100.0)
    left = seconds_from_now(5, clock=now)
    now.seconds = 103.0
    assert left() == 2


def test_an_exchange_has_its_own_limit_beside_the_callers() -> None:
    seen: list[float] = []

    def keep(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"]["read"])
        return httpx.Response(200)

    exchanged(keep, seconds=30, left=Left(500))
    exchanged(keep, seconds=500, left=Left(30))
    assert 29 < seen[0] <= 30
    assert seen[1] == 30
