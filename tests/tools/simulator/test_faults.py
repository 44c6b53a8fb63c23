"""Trouble on purpose, over real sockets: what fails before processing, and what is processed and then lost."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.tools.simulator.portal_caller import NOON, Caller
from tools.simulator.server import SimulatorServer, Tls
from tools.simulator.settings import Settings

SUBMIT = "factures/soumettre"
RATES = "transverses/recuperer/tauxtva"


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(Settings(start=NOON, clock_runs=False)) as running:
        yield running


@pytest.fixture
def caller(server: SimulatorServer) -> Iterator[Caller]:
    server.portal.reset()
    with httpx.Client(timeout=5) as http:
        yield Caller(http, server.portal, server.base_url)


def fault(caller: Caller, **spec: Any) -> int:
    fault_id: int = caller.admin("POST", "/faults", spec)["ids"][0]
    return fault_id


def held(caller: Caller) -> int:
    total: int = caller.admin("GET", "/invoices")["total"]
    return total


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("effect", ["status", "html", "empty"])
def test_a_failure_before_processing_leaves_nothing_behind(caller: Caller, effect: str, status: int) -> None:
    body = caller.invoice("FA-1")
    fault(caller, operation=SUBMIT, effect=effect, status=status)
    answer = caller.call(SUBMIT, body)
    assert answer.status_code == status
    assert ("html" in answer.headers.get("content-type", "")) == (effect == "html")
    assert (answer.content == b"") == (effect == "empty")
    assert held(caller) == 0
    assert caller.ok(SUBMIT, body)


def test_a_reset_before_processing_leaves_nothing_behind(caller: Caller) -> None:
    body = caller.invoice("FA-1")
    fault(caller, operation=SUBMIT, effect="reset")
    with pytest.raises(httpx.ReadError):
        caller.call(SUBMIT, body)
    assert held(caller) == 0


def test_the_reset_is_a_real_one(caller: Caller, server: SimulatorServer) -> None:
    fault(caller, effect="reset")
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        raw.sendall(b"POST /cpro/factures/v1/soumettre HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            raw.recv(1)


@pytest.mark.parametrize(
    "spec", [{"effect": "html", "status": 502}, {"effect": "status", "status": 500}, {"effect": "empty", "status": 503}]
)
def test_an_answer_can_be_replaced_after_the_work_is_done(caller: Caller, spec: dict[str, Any]) -> None:
    body = caller.invoice("FA-1")
    fault(caller, operation=SUBMIT, phase="after", **spec)
    assert caller.call(SUBMIT, body).status_code == spec["status"]
    assert held(caller) == 1
    assert "déjà" in caller.refused(SUBMIT, body)["libelle"]


@pytest.mark.row("B03")
def test_the_connection_can_be_reset_after_the_work_is_done(caller: Caller) -> None:
    body = caller.invoice("FA-1")
    fault(caller, operation=SUBMIT, phase="after", effect="reset")
    with pytest.raises(httpx.ReadError):
        caller.call(SUBMIT, body)
    assert held(caller) == 1


def test_a_truncated_answer_promises_more_than_it_sends_and_the_work_is_done(caller: Caller) -> None:
    body = caller.invoice("FA-1")
    fault(caller, operation=SUBMIT, effect="truncate")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        caller.call(SUBMIT, body)
    assert held(caller) == 1


@pytest.mark.parametrize(("phase", "expected"), [("before", 0), ("after", 1)])
def test_an_answer_can_come_too_late_with_or_without_the_work_done(caller: Caller, phase: str, expected: int) -> None:
    body = caller.invoice("FA-1")
    fault(caller, operation=SUBMIT, phase=phase, effect="stall", seconds=30)
    caller.http.timeout = httpx.Timeout(5, read=0.05)
    with pytest.raises(httpx.ReadTimeout):
        caller.call(SUBMIT, body)
    caller.http.timeout = httpx.Timeout(5)
    assert held(caller) == expected


def test_a_stall_that_is_waited_out_ends_in_a_reset(caller: Caller) -> None:
    fault(caller, operation=RATES, effect="stall", seconds=0.01)
    with pytest.raises(httpx.ReadError):
        caller.call(RATES)


def test_latency_delays_and_changes_nothing(caller: Caller) -> None:
    fault(caller, effect="delay", seconds=0.02, times=None)
    assert caller.ok(RATES)["listeTauxTva"]
    assert caller.admin("GET", "/calls")["calls"][-1]["milliseconds"] >= 20


def test_latency_and_a_failure_can_be_had_together(caller: Caller) -> None:
    fault(caller, effect="delay", seconds=0.001, times=None)
    fault(caller, operation=RATES, status=503)
    assert caller.call(RATES).status_code == 503
    assert caller.call(RATES).status_code == 200


@pytest.mark.row("B03")
def test_an_outage_lasts_until_it_is_taken_away(caller: Caller) -> None:
    caller.headers()
    fault_id = fault(caller, effect="html", status=503, times=None)
    assert {caller.call(RATES).status_code for _ in range(5)} == {503}
    caller.admin("DELETE", f"/faults/{fault_id}")
    assert caller.call(RATES).status_code == 200


def test_a_fault_hits_so_many_calls_after_so_many_others(caller: Caller) -> None:
    fault(caller, operation=RATES, status=500, skip=1, times=2)
    assert [caller.call(RATES).status_code for _ in range(4)] == [200, 500, 500, 200]
    assert caller.admin("GET", "/faults") == {"faults": []}


def test_a_fault_keeps_to_its_operation_or_family(caller: Caller) -> None:
    fault(caller, operation="factures/*", status=503, times=None)
    assert caller.call(RATES).status_code == 200
    assert caller.call("factures/rechercher/fournisseur").status_code == 503


def test_a_fault_can_be_one_accounts_only(caller: Caller) -> None:
    seed = {"siret": "90123456700021", "login": "T2", "password": "p", "client_id": "a2", "client_secret": "s"}
    caller.admin("POST", "/suppliers", seed)
    other = Caller(caller.http, caller.portal, caller.base_url, type(caller.supplier).model_validate(seed))
    fault(caller, login="T2", status=500, times=None)
    assert (caller.call(RATES).status_code, other.call(RATES).status_code) == (200, 500)


def test_the_token_endpoint_fails_only_when_it_is_named(caller: Caller) -> None:
    fault(caller, status=500, times=None)
    assert caller.token_answer().status_code == 200
    fault(caller, operation="token", effect="html", status=503)
    assert caller.token_answer().status_code == 503


def test_the_gateway_refuses_once_as_asked(caller: Caller) -> None:
    for effect in ("unauthorized", "throttled", "forbidden"):
        fault(caller, operation=RATES, effect=effect, retry_after="7")
    answers = [caller.call(RATES) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 429, 403, 200]
    assert "invalid_token" in answers[0].headers["www-authenticate"]
    assert answers[1].headers["retry-after"] == "7"
    assert answers[2].content == b""


def test_the_log_tells_what_was_processed_and_what_was_lost(caller: Caller) -> None:
    body = caller.invoice("FA-1")
    fault(caller, operation=SUBMIT, effect="status", status=500)
    fault(caller, operation=SUBMIT, effect="truncate")
    caller.call(SUBMIT, body)
    with pytest.raises(httpx.RemoteProtocolError):
        caller.call(SUBMIT, body)
    caller.call(SUBMIT, body)
    calls = caller.admin("GET", f"/calls?operation={SUBMIT}")["calls"]
    seen = [(call["status"], call["code"], call["fault"], call["processed"]) for call in calls]
    assert seen == [(500, 500, "status", False), (0, 0, "truncate", True), (200, 20113, None, True)]


def test_a_stopped_server_refuses_connections_and_remembers_everything_when_it_is_back(
    server: SimulatorServer, caller: Caller
) -> None:
    caller.submit("FA-1")
    url = server.base_url
    server.stop()
    with pytest.raises(httpx.ConnectError):
        caller.call(RATES)
    server.start()
    assert server.base_url == url
    assert [row["numeroFacture"] for row in caller.found()] == ["FA-1"]


def test_of_many_submissions_of_one_number_at_once_one_is_accepted(caller: Caller) -> None:
    bodies = [caller.invoice("FA-1") for _ in range(8)]
    with ThreadPoolExecutor(8) as workers:
        codes = [answer.json()["codeRetour"] for answer in workers.map(lambda body: caller.call(SUBMIT, body), bodies)]
    assert sorted(codes) == [0] + [20113] * 7
    assert held(caller) == 1


def test_two_simulators_do_not_know_of_each_other(server: SimulatorServer, caller: Caller) -> None:
    caller.submit("FA-1")
    with SimulatorServer(Settings(start=NOON, clock_runs=False)) as second, httpx.Client() as http:
        assert second.port != server.port
        assert Caller(http, second.portal, second.base_url).found() == []


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's and a client's self-signed certificates, made by openssl."""
    folder = tmp_path_factory.mktemp("tls")
    for name in ("server", "client"):
        command = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem"),
        ]  # fmt: skip
        try:
            subprocess.run(command, check=True, capture_output=True)
        except FileNotFoundError:
            pytest.skip("openssl is not installed")
    return folder


def test_over_tls_a_client_certificate_is_required(certificates: Path) -> None:
    tls = Tls(certificates / "server.pem", certificates / "server.key", certificates / "client.pem")
    context = ssl.create_default_context(cafile=str(certificates / "server.pem"))
    with SimulatorServer(Settings(start=NOON, clock_runs=False), tls=tls) as server:
        path = f"{server.base_url}/service/transverses/recuperer/tauxtva"
        headers = {"content-type": "application/json"}
        with httpx.Client(verify=context) as stranger, pytest.raises(httpx.HTTPError):
            stranger.post(path, content="{}", headers=headers)
        context.load_cert_chain(certificates / "client.pem", certificates / "client.key")
        with httpx.Client(verify=context) as known:
            basic = f"Basic {Caller(known, server.portal).account_header()}"
            answer = known.post(path, content="{}", headers={**headers, "authorization": basic})
        assert answer.json()["codeRetour"] == 0
