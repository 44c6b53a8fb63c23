"""Measures the submission: portal calls per invoice, the speed of one worker, and the reads of a ten-minute run.

The client, the gateway and the use cases are the real ones and call the simulator over HTTP. The table is the tests'
fake where only portal calls are counted, and DynamoDB (moto) where reads are counted.
"""

import math
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import boto3
import httpx
from moto import mock_aws
from moto.dynamodb.models.table import Table

from chorus_connector.adapters.table.invoices import DynamoInvoices
from chorus_connector.adapters.table.suppliers import DynamoInstallation, supplier_item
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.states import State
from chorus_connector.usecases.invoices.due_work import HandOutDueWork
from chorus_connector.usecases.invoices.resolution import Resolution
from chorus_connector.usecases.invoices.submission import SubmitInvoice
from chorus_connector.usecases.portal.circuit_breaker import GuardedPortal
from chorus_connector.usecases.portal.directory import Directory
from tests.builders import NOW, a_reading, a_supplier, add_read, an_invoice
from tests.dynamodb_table import create_table
from tests.fakes import (
    FakeBreakers,
    FakeDocuments,
    FakeInvoices,
    FakeQueue,
    FakeRecipients,
    FakeTable,
)
from tests.real_portal import TOWN, fault, gateway, the_supplier
from tools.bench.figures import Figure
from tools.simulator.server import SimulatorServer
from tools.simulator.settings import Settings

LATENCY = 0.2
DRAINED = 15
SUPPLIERS = (1, 100, 10_000)
DUE = (0, 1, 500)
"""How many invoices are due, spread over the suppliers."""


def figures() -> list[Figure]:
    """Portal calls per invoice, one worker's speed, and the reads of a ten-minute run."""
    return [*calls_per_invoice(), *drain(), *ten_minute_runs()]


class Worker:
    """The submission of one supplier's invoices to the simulator; every invoice is ready and due."""

    def __init__(self, server: SimulatorServer, http: httpx.Client) -> None:
        self._table = FakeTable()
        self._invoices = FakeInvoices(self._table, "s1")
        self._documents = FakeDocuments()
        self._recipients = FakeRecipients()
        supplier = the_supplier(portal_structure_id=server.portal.suppliers.all()[0].id)
        self._supplier = supplier
        self._gateway = gateway(server, http, supplier=supplier, seconds=30)

    def send(self, number: str) -> None:
        """Submit one more invoice, as one message. Raises RuntimeError unless it was accepted."""
        self._documents.put_original(number, b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n" + b"0" * 100_000)
        reading = a_reading(invoice_number=number, supplier_siret=None, recipient_siret=TOWN)
        add_read(self._invoices, reading, State.READY, document_id=number, due_at=NOW)
        if self._submission().work_on(number, attempt_id="a", now=NOW).state is not State.SUBMITTED:
            raise RuntimeError("the simulator did not take the invoice")

    def _submission(self) -> SubmitInvoice:
        pilot = GuardedPortal(self._gateway, FakeBreakers(self._table, "s1"), "s1", lambda: NOW, "bench")
        resolution = Resolution(self._supplier, self._invoices, Directory(self._recipients, pilot))
        return SubmitInvoice(self._invoices, self._documents, pilot, resolution, outage=pilot.deposit_failure)


@contextmanager
def _worker() -> Iterator[tuple[SimulatorServer, Worker]]:
    settings = Settings(start=NOW, clock_runs=False)
    with SimulatorServer(settings) as server, httpx.Client() as http:
        yield server, Worker(server, http)


def calls_per_invoice() -> list[Figure]:
    """HTTP calls to PISTE and Chorus Pro per invoice: for a recipient's first invoice, and for further ones."""
    with _worker() as (server, worker):
        worker.send("F0")
        cold = sum(server.portal.calls.counts().values())
        server.portal.calls.clear()
        for index in range(1, 11):
            worker.send(f"F{index}")
        warm = sum(server.portal.calls.counts().values()) / 10
    how = "simulator's call log, PDF deposit, recipient without services"
    return [
        Figure("portal calls per invoice, cold", str(cold), "calls", f"{how}; token and directory asked"),
        Figure("portal calls per invoice, warm", f"{warm:g}", "calls", f"{how}; mean of 10"),
    ]


def drain() -> list[Figure]:
    """How many invoices one worker submits per second when every answer of the portal takes 200 ms."""
    with _worker() as (server, worker):
        worker.send("warm-up")
        fault(server, "*", effect="delay", seconds=LATENCY, times=None)
        started = time.perf_counter()
        for index in range(DRAINED):
            worker.send(f"F{index}")
        seconds = time.perf_counter() - started
    how = f"{DRAINED} invoices of 100 kB one after the other, {LATENCY * 1000:.0f} ms per answer, caches warm"
    return [Figure("one worker drains", f"{DRAINED / seconds:.2f}", "invoices/s", how)]


@dataclass
class Reads:
    """The number of queries, and the units DynamoDB would charge for them (eventually consistent, 4 KB each)."""

    queries: int = 0
    units: float = 0
    emulator: float = field(default=0, repr=False)

    def count(self, parsed: dict[str, Any], **_: object) -> None:
        size = sum(len(str(value)) for item in parsed["Items"] for each in item.values() for value in each.values())
        self.queries += 1
        self.units += 0.5 * max(1, math.ceil(size / 4096))


def ten_minute_runs() -> list[Figure]:
    """The reads and the duration of one ten-minute run, by the number of suppliers and of due invoices."""
    return [figure for suppliers in SUPPLIERS for figure in _runs_of(suppliers)]


def _runs_of(suppliers: int) -> Iterator[Figure]:
    with mock_aws(), _no_profile():
        client = boto3.client("dynamodb", region_name="eu-west-3")
        create_table(client, "bench")
        _write(client, (_supplier_item(f"s{index}") for index in range(suppliers)))
        made = 0
        for run, due in enumerate(DUE, start=1):
            _write(client, (_due_item(client, f"s{index % suppliers}", f"d{index}") for index in range(made, due)))
            made = due
            # later than the leases of the run before
            yield _run(client, suppliers, due, now=NOW + run * timedelta(hours=2))


def _run(client: Any, suppliers: int, due: int, *, now: datetime) -> Figure:
    reads = Reads()
    client.meta.events.register("after-call.dynamodb.Query", reads.count)
    with _emulator_timed(reads):
        started = time.perf_counter()
        handed_out = HandOutDueWork(DynamoInstallation(client, "bench"), FakeQueue()).run(now=now)
        milliseconds = (time.perf_counter() - started - reads.emulator) * 1000
    client.meta.events.unregister("after-call.dynamodb.Query", reads.count)
    if handed_out != due:
        raise RuntimeError(f"{handed_out} of {due} were handed out")
    value = f"{reads.queries} queries, {reads.units:g} RU, {milliseconds:.0f} ms"
    how = "moto; time without the emulator's own search through all its items"
    return Figure(f"ten-minute run, {suppliers} suppliers, {due} due", value, "", how)


def _write(client: Any, items: Iterable[dict[str, Any]]) -> None:
    """Write the items, 25 in each call."""
    remaining = iter(items)
    while batch := list(islice(remaining, 25)):
        client.batch_write_item(RequestItems={"bench": [{"PutRequest": {"Item": item}} for item in batch]})


def _supplier_item(supplier_id: str) -> dict[str, Any]:
    # with credentials: the daily probe then has its key in the same index
    return supplier_item(a_supplier(supplier_id=supplier_id, probe_due_at=NOW))


def _due_item(client: Any, supplier_id: str, document_id: str) -> dict[str, Any]:
    form = Form(fields={"invoice_date": FormField(value="2026-11-02", source="text")})
    invoice = an_invoice(State.READY, supplier_id=supplier_id, document_id=document_id, form=form, due_at=NOW)
    # written directly: the store's transactions are slow in the emulator
    return DynamoInvoices(client, "bench", supplier_id)._invoice_item(invoice)


@contextmanager
def _emulator_timed(reads: Reads) -> Iterator[None]:
    """Measure how long moto itself searches: it reads every item where DynamoDB uses an index."""
    search = Table.query

    def timed(*arguments: Any, **named: Any) -> Any:
        started = time.perf_counter()
        try:
            return search(*arguments, **named)
        finally:
            reads.emulator += time.perf_counter() - started

    Table.query = timed  # type: ignore[method-assign]
    try:
        yield
    finally:
        Table.query = search  # type: ignore[method-assign]


@contextmanager
def _no_profile() -> Iterator[None]:
    """Give boto3 dummy credentials, so that it uses none of the machine's."""
    known = dict(os.environ)
    os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(known)
