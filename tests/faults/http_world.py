"""One supplier with one invoice, the real client, and the simulator over HTTP: a place to break things in.

Time is the test's own: ``pass_time`` moves the connector's clock and the simulator's together.
"""

import queue
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx

from chorus_connector.domain.errors import StaleWrite, WrongState
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.ports.values import Work
from chorus_connector.usecases.invoices.form import CompleteForm
from chorus_connector.usecases.invoices.resolution import Resolution
from chorus_connector.usecases.invoices.submission import SubmitInvoice
from chorus_connector.usecases.portal.circuit_breaker import GuardedPortal
from chorus_connector.usecases.portal.directory import Directory
from tests.builders import NOW, a_reading, add_read
from tests.facturx_sample import PLAIN_PDF, facturx_pdf, facturx_xml, file_of
from tests.fakes import (
    Crash,
    FakeBreakers,
    FakeDocuments,
    FakeInstallation,
    FakeInvoices,
    FakePdfs,
    FakeQueue,
    FakeRecipients,
    FakeTable,
)
from tests.real_portal import TOWN, deposits_taken, gateway, the_supplier
from tools.invoice_generator.broken import plain_pdf
from tools.simulator.server import SimulatorServer
from tools.simulator.settings import Settings

SIMULATED = Settings(start=NOW, clock_runs=False, flow_visible_after=300, flow_done_after=1800)
NUMBER = "FA-2026-17"
SECONDS_LEFT = 0.25
"""Seconds left for every call: enough for the call itself, hardly enough for a retry."""
LONG = 60.0
"""Seconds an exchange really has, so that no load of the machine makes a time-out."""
CALLS = ("structures/rechercher", "transverses/ajouter/fichier", "factures/soumettre")
"""What a first submission asks of the portal, one call of each stage."""
WRITES = ("sending", "submitted")


class StallsOnly(httpx.BaseTransport):
    """Times out when the portal stalls, and for no other reason, however slow the machine is.

    The simulator says of every call, once it has worked on it, which fault it met. While a stall is planned, each
    request waits for that word: a call that is stalled times out at once, any other has ``LONG`` to be answered.
    """

    def __init__(self, server: SimulatorServer) -> None:
        # not a base class: the client would give its connections the deadline of ``SECONDS_LEFT``
        self._connections = httpx.HTTPTransport()
        self._server = server
        self._answered: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        server.portal.calls.on_call = lambda call: self._answered.put(call.fault)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        patience = dict.fromkeys(("connect", "pool", "read", "write"), LONG)
        traced = request.extensions["trace"]
        stalls = any(fault["effect"] == "stall" for fault in self._server.portal.faults.listed())
        with suppress(queue.Empty):
            while True:
                self._answered.get_nowait()

        def trace(event: str, facts: Any) -> None:
            traced(event, facts)
            if stalls and event.endswith("receive_response_headers.started"):
                patience["read"] = 0.001 if self._answered.get(timeout=LONG) == "stall" else LONG

        request.extensions = {**request.extensions, "timeout": patience, "trace": trace}
        return self._connections.handle_request(request)

    def close(self) -> None:
        self._connections.close()


class World:
    """A fresh portal and a ready invoice; use it as a context manager."""

    def __init__(self, server: SimulatorServer, *, facturx: bool = False, rejected: bool = False) -> None:
        """``facturx``: the invoice goes as a flow. ``rejected``: which the portal rejects for its format."""
        self.server = server
        server.start()
        server.portal.reset()
        self.table = FakeTable()
        self.invoices = FakeInvoices(self.table, "s1")
        self.supplier = the_supplier(portal_structure_id=server.portal.suppliers.all()[0].id, facturx_as_flow=facturx)
        self.documents = FakeDocuments()
        self.xml = facturx_xml(number=NUMBER, supplier=self.supplier.siret, recipient=TOWN)
        bad = facturx_xml(number=NUMBER, supplier=self.supplier.siret, recipient=TOWN, payment_means="")
        # The portal refuses a plain PDF with an invoice inside.
        self.documents.put_original("d1", facturx_pdf(bad if rejected else self.xml) if facturx else PLAIN_PDF)
        self.now = NOW
        self.attempts = 0
        self.reached: list[str] = []
        #: called with ``before <operation>`` and ``after <operation>``; may raise Crash
        self.on_call: Callable[[str], None] = lambda _: None
        hooks = {"request": [self._request], "response": [self._response]}
        self.http = httpx.Client(transport=StallsOnly(server), event_hooks=hooks)
        reading = a_reading(
            supplier_siret=self.supplier.siret, recipient_siret=TOWN, file=file_of(self.xml if facturx else None)
        )
        add_read(self.invoices, reading, State.READY, due_at=NOW)

    def __enter__(self) -> "World":
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def _request(self, request: httpx.Request) -> None:
        self.on_call(f"before {_operation(request)}")

    def _response(self, response: httpx.Response) -> None:
        self.on_call(f"after {_operation(response.request)}")

    # --- who acts ----------------------------------------------------------------------------------------

    @property
    def box(self) -> SubmitInvoice:
        pilot = GuardedPortal(
            gateway(self.server, self.http, supplier=self.supplier, seconds=SECONDS_LEFT),
            FakeBreakers(self.table, "s1"),
            "s1",
            lambda: self.now,
            uuid4().hex,
        )
        resolution = Resolution(self.supplier, self.invoices, Directory(FakeRecipients(), pilot))
        return SubmitInvoice(
            self.invoices,
            self.documents,
            pilot,
            resolution,
            outage=pilot.deposit_failure,
            pdfs=FakePdfs(without=plain_pdf()),
        )

    def deliver(self) -> None:
        """One message for the document reaches one worker, which may die."""
        self.attempts += 1
        with suppress(Crash, StaleWrite):
            self.box.work_on("d1", attempt_id=f"a{self.attempts}", now=self.now)

    def run_due_work(self) -> None:
        """The ten-minute run: due work gets a message."""
        for work in FakeInstallation(self.table).due(self.now, limit=10):
            assert work == Work("s1", "d1")
            self.deliver()

    def user_submits(self) -> None:
        """A person submits the form, in any state."""
        queue = FakeQueue()
        form = CompleteForm(self.invoices, self.box.resolution, queue)
        with suppress(Crash, StaleWrite, WrongState):
            form.complete("d1", {}, version=self.invoice.version, by="bob", now=self.now, submit=True)
        for _ in queue.sent:
            self.deliver()

    # --- what goes wrong, and recovery ---------------------------------------------------------------------

    def at(self, point: str, act: Callable[[], None]) -> None:
        """Do that once, when the worker is at this point: ``before sending``, ``after factures/soumettre``…"""

        def hook(name: str) -> None:
            if name == point and name not in self.reached:
                self.reached.append(name)
                act()

        self.table.on_write = self.on_call = hook

    def pass_time(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)
        with self.server.portal.lock:
            self.server.portal.clock.advance(timedelta(minutes=minutes))

    def recover(self) -> None:
        """The portal works again; repeat ten-minute runs until nothing is due."""
        self.server.start()
        self.server.portal.faults.clear()
        self.table.on_write = self.on_call = lambda _: None
        for _ in range(60):
            if self.invoice.due_at is None or self.invoice.state is State.SUBMITTED:
                return
            self.pass_time(10)
            self.run_due_work()

    # --- what became of it ---------------------------------------------------------------------------------

    @property
    def invoice(self) -> Invoice:
        return self.invoices.get("d1")

    def held_by_the_portal(self) -> list[Any]:
        return self.server.portal.invoices.all()

    def assert_sent_exactly_once(self) -> None:
        (held,) = self.held_by_the_portal()
        assert held.number == NUMBER
        # the portal refuses a number twice: that must never be what saved us
        assert deposits_taken(self.server) == 1
        assert self.invoice.state is State.SUBMITTED
        assert self.invoice.deposit is not None
        assert self.invoice.deposit.chorus_id == held.id


def die() -> None:
    """The worker is gone: nothing after this runs."""
    raise Crash


def points(*calls: str, writes: tuple[str, ...] = WRITES) -> list[str]:
    """Before and after every call and every write of a submission."""
    return [f"{moment} {what}" for what in (*calls, *writes) for moment in ("before", "after")]


def _operation(request: httpx.Request) -> str:
    return request.url.path.removeprefix("/cpro/").replace("/v1/", "/", 1)
