"""What a submission that went wrong is called: certainly not sent, or in doubt. Exactly-once depends on it."""

import contextlib
import socket
import threading
import time

import httpx
import pytest

from chorus_connector.chorus_pro.auth import TokenCache
from chorus_connector.chorus_pro.client import ChorusProClient
from chorus_connector.chorus_pro.deadline import bounded, no_deadline, seconds_from_now
from chorus_connector.chorus_pro.errors import ChorusProError, NoReadableAnswer, NotSent, PortalUnavailable, Reason
from chorus_connector.chorus_pro.exchange import Interrupted, Request, exchange
from chorus_connector.chorus_pro.hosts import portal_at
from chorus_connector.chorus_pro.models import RechercheFactures
from tests.chorus_pro.doubles import (
    SECRETS,
    Behaviour,
    Naps,
    ScriptedPortal,
    abort,
    client_of,
    ok,
    socket_portal,
)
from tests.chorus_pro.invoices import invoice

SUBMIT = "factures/soumettre"
ACCEPTED = b'{"codeRetour":0,"libelle":"GCU_MSG_01_000","identifiantFactureCPP":8000001}'


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (httpx.ConnectError("refused"), Reason.UNREACHABLE),
        (httpx.ConnectTimeout("slow"), Reason.TIMEOUT),
        (httpx.PoolTimeout("busy"), Reason.NO_FREE_CONNECTION),
        (httpx.ProxyError("no"), Reason.UNREACHABLE),
    ],
)
def test_a_submission_that_found_no_connection_was_not_sent(failure: Exception, reason: Reason) -> None:
    portal = ScriptedPortal()
    portal.will(SUBMIT, failure)
    with pytest.raises(NotSent) as raised:
        client_of(portal).submit(invoice())
    assert raised.value.reason is reason
    assert not raised.value.may_have_been_processed


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ReadTimeout("x"),
        httpx.WriteTimeout("x"),
        httpx.ReadError("x"),
        httpx.WriteError("x"),
        httpx.CloseError("x"),
        httpx.RemoteProtocolError("x"),
        httpx.LocalProtocolError("x"),
        httpx.DecodingError("x"),
        ConnectionResetError(104, "x"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_any_other_failure_leaves_a_submission_in_doubt_and_is_never_repeated(failure: Exception) -> None:
    portal = ScriptedPortal()
    portal.will(SUBMIT, failure)
    with pytest.raises(NoReadableAnswer):
        client_of(portal).submit(invoice())
    assert len(portal.calls(SUBMIT)) == 1


def test_an_acceptance_without_its_id_is_in_doubt() -> None:
    portal = ScriptedPortal()
    portal.will(SUBMIT, ok(numeroFacture="FA-2026-17"))
    with pytest.raises(NoReadableAnswer) as raised:
        client_of(portal).submit(invoice())
    assert raised.value.reason is Reason.MISSING_FIELDS


def test_a_submission_without_a_token_was_not_sent() -> None:
    portal = ScriptedPortal()
    portal.will("/api/oauth/token", *[httpx.ConnectError("refused")] * 9)
    with pytest.raises(NotSent) as raised:
        client_of(portal).submit(invoice())
    assert raised.value.reason is Reason.TOKEN_SERVICE
    assert portal.calls(SUBMIT) == []


def test_a_submission_with_no_time_left_was_not_sent_and_is_no_fault() -> None:
    portal = ScriptedPortal()
    with pytest.raises(NotSent) as raised:
        client_of(portal, seconds_left=lambda: 0.0).submit(invoice())
    assert raised.value.blame == "caller"
    assert portal.requests == []


# --- on real sockets --------------------------------------------------------------------------------------------------


def submit_to(behaviour: Behaviour, seconds: float | None = None) -> tuple[ChorusProError | None, int]:
    """What a submission to a misbehaving portal raises, and how often the portal got it."""
    with socket_portal(behaviour) as (url, received), httpx.Client() as http:
        client = ChorusProClient(portal_at(url), SECRETS, http=http, tokens=TokenCache(), sleep=Naps())
        if seconds is not None:  # from here on: making a client takes longer than some of these deadlines
            client = client.within(seconds_from_now(seconds))
        try:
            client.submit(invoice())
        except ChorusProError as error:
            return error, len(received)
        return None, len(received)


def answering(head: bytes, body: bytes = b"") -> Behaviour:
    return lambda connection: connection.sendall(head + b"\r\n\r\n" + body)


def test_a_reset_after_the_portal_took_the_invoice_is_a_doubt() -> None:
    error, times = submit_to(abort)
    assert isinstance(error, NoReadableAnswer)
    assert times == 1


def test_a_hang_up_without_an_answer_is_a_doubt() -> None:
    error, times = submit_to(socket.socket.close)
    assert isinstance(error, NoReadableAnswer)
    assert times == 1


def test_a_body_cut_short_is_a_doubt_even_when_what_came_is_whole_json() -> None:
    error, _ = submit_to(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 500", ACCEPTED))
    assert isinstance(error, NoReadableAnswer)
    assert error.reason is Reason.CONNECTION_CUT


def test_a_chunked_body_that_never_ends_properly_is_a_doubt() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
    error, _ = submit_to(answering(head, b"%x\r\n%b\r\n" % (len(ACCEPTED), ACCEPTED)))
    assert isinstance(error, NoReadableAnswer)


def test_something_that_is_not_http_is_a_doubt() -> None:
    error, _ = submit_to(lambda connection: connection.sendall(b"SSH-2.0-OpenSSH\r\n"))
    assert isinstance(error, NoReadableAnswer)


def test_a_body_that_lies_about_its_compression_is_a_doubt() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d" % len(ACCEPTED)
    error, _ = submit_to(answering(head, ACCEPTED))
    assert isinstance(error, NoReadableAnswer)


def test_an_answer_later_than_the_deadline_is_a_doubt() -> None:
    def late(connection: socket.socket) -> None:
        connection.settimeout(5)
        connection.recv(1)  # ends when the client gives up and closes

    error, times = submit_to(late, 0.5)
    assert isinstance(error, NoReadableAnswer)
    assert error.reason is Reason.TIMEOUT
    assert times == 1


def test_an_answer_that_drips_does_not_outlive_the_deadline() -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(200):  # two seconds: a client that ignores its deadline sees a hang-up instead
                connection.sendall(b" ")
                time.sleep(0.01)

    error, _ = submit_to(drip, 0.5)
    assert isinstance(error, NoReadableAnswer)
    assert error.reason is Reason.TIMEOUT


@pytest.mark.parametrize("drop", [b"HTTP/1.1 100 Continue\r\n\r\n", b"h"], ids=["100 continue", "a header byte"])
def test_headers_that_drip_do_not_outlive_the_deadline(drop: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        if drop == b"h":
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
        with contextlib.suppress(OSError):
            for _ in range(200):
                connection.sendall(drop)
                time.sleep(0.01)

    began = time.monotonic()
    error, _ = submit_to(drip, 0.5)
    assert isinstance(error, NoReadableAnswer)
    assert error.reason is Reason.TIMEOUT
    assert time.monotonic() - began < 1.8


def test_a_gateway_that_reads_too_slowly_does_not_outlive_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, bounded(httpx.Client(trust_env=False)) as http:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        threading.Thread(target=_read_slowly, args=(listener,), daemon=True).start()
        request = Request("POST", f"http://127.0.0.1:{listener.getsockname()[1]}/x", {}, b"x" * 20_000_000)
        began = time.monotonic()
        with pytest.raises(Interrupted) as raised:
            exchange(http, request, 0.15, no_deadline)
    assert (raised.value.reason, raised.value.sent) == (Reason.TIMEOUT, True)
    assert time.monotonic() - began < 1


def _read_slowly(listener: socket.socket) -> None:
    """Take 20 kB each 5 ms, for two seconds."""
    connection, _ = listener.accept()
    with connection, contextlib.suppress(OSError):
        for _ in range(400):
            connection.recv(20_000)
            time.sleep(0.005)


def test_the_time_spent_connecting_is_taken_from_the_time_left_to_read() -> None:
    readings = iter([60.0, 60.0])  # plenty before the connection is made, next to nothing once it is

    def hang_up_after_a_while(connection: socket.socket) -> None:
        connection.settimeout(1)
        with contextlib.suppress(TimeoutError):
            connection.recv(1)

    with socket_portal(hang_up_after_a_while) as (url, _), httpx.Client() as http:
        request = Request("POST", f"{url}/x", {}, b"{}")
        with pytest.raises(Interrupted) as raised:
            exchange(http, request, 60, lambda: next(readings, 0.05))
    assert raised.value.reason is Reason.TIMEOUT
    assert raised.value.sent


def test_a_closed_port_means_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with httpx.Client() as http:
        tokens = TokenCache()
        client = ChorusProClient(portal_at(url), SECRETS, http=http, tokens=tokens, sleep=Naps())
        with pytest.raises(NotSent):
            client.submit(invoice())


def test_a_name_that_does_not_resolve_means_not_sent() -> None:
    with httpx.Client(trust_env=False) as http:
        client = ChorusProClient(
            portal_at("http://portal.invalid"), SECRETS, http=http, tokens=TokenCache(), sleep=Naps()
        )
        with pytest.raises(NotSent):
            client.submit(invoice())


def test_a_read_that_is_cut_is_unavailability_and_is_repeated() -> None:
    with socket_portal(abort) as (url, received), httpx.Client() as http:
        client = ChorusProClient(portal_at(url), SECRETS, http=http, tokens=TokenCache(), sleep=Naps())
        with pytest.raises(PortalUnavailable):
            client.search_invoices(RechercheFactures())
        assert len(received) == 4
