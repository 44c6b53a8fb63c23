"""Counts the AWS calls of one invoice from upload to SUBMITTED, with the real handlers in this process.

Every call of botocore that the handlers make is counted (``way``). Calls of Lambda itself (polling queues, reading the
stream) are not included.
"""

import io
import os
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chorus_connector.domain.invoices.states import State
from chorus_connector.wiring import clients
from tests.aws import new_client
from tools.bench.figures import Figure
from tools.bench.units import Units, item_size
from tools.bench.way import Way, drawn_invoices, empty_aws, events_of_functions
from tools.simulator.server import SimulatorServer

_INVOICES = ("facture-site-internet.pdf", "lettre-assistance-mairie.pdf", "facture-formation-agents.pdf")


@dataclass
class FunctionUse:
    """What one function did for one invoice. ``seconds`` excludes the network: moto answers at once."""

    invocations: int = 0
    seconds: float = 0.0
    aws_calls: Counter[str] = field(default_factory=Counter)
    portal_calls: int = 0


@dataclass(frozen=True)
class InvoiceUse:
    """What one invoice used from upload to SUBMITTED, and the bytes that it stores."""

    functions: Mapping[str, FunctionUse]
    read_units: float
    write_units: float
    due_units: float
    """Write units of the index of due work, a part of ``write_units``."""
    pdf_bytes: int
    table_bytes: int
    bucket_bytes: int

    @property
    def aws_calls(self) -> Counter[str]:
        return sum((function.aws_calls for function in self.functions.values()), Counter())


def figures(simulator: SimulatorServer) -> list[Figure]:
    """Calls by service and operation for one text-layer invoice, with the recipient known to the cache and not."""
    unknown, known, with_xml, sessions = measure(simulator)
    cold, warm = unknown.aws_calls, known.aws_calls
    rows = [
        Figure(operation, f"{warm[operation]}", "calls", f"recipient known; {cold[operation]} when it is not")
        for operation in sorted(cold | warm)
    ]
    opened = Figure("sts:AssumeRole", f"{sessions}", "calls", "in new containers, one per function on the way; else 0")
    return [
        *rows,
        opened,
        Figure("all", f"{warm.total()}", "calls", f"recipient known; {cold.total()} when it is not"),
        Figure(
            "write units",
            f"{known.write_units:g}",
            "WRU",
            f"recipient known; {unknown.write_units:g} when not; {with_xml.write_units:g} with XML",
        ),
        Figure("read units", f"{known.read_units:g}", "RRU", f"recipient known; {unknown.read_units:g} when not"),
    ]


class Measured(NamedTuple):
    """The use of one-page invoices, and the sessions that new containers opened.

    ``unknown`` and ``known`` have a text layer and the same recipient, which the cache did not know and then knew.
    ``with_xml`` has its values in XML, and another recipient.
    """

    unknown: InvoiceUse
    known: InvoiceUse
    with_xml: InvoiceUse
    sessions: int


def measure(simulator: SimulatorServer) -> Measured:
    """Take three invoices from upload to SUBMITTED."""
    with empty_aws(), redirect_stdout(io.StringIO()):  # metrics go to the log, which is stdout
        way, drawn = _CountedWay(simulator), drawn_invoices(*_INVOICES)
        way.start_containers()
        unknown, known, with_xml = (way.take(drawn[name]) for name in _INVOICES)
        return Measured(unknown, known, with_xml, way.sessions)


class _CountedWay(Way):
    """Counts what each function uses."""

    def __init__(self, simulator: SimulatorServer) -> None:
        self._use: dict[str, FunctionUse] = defaultdict(FunctionUse)
        self._started: set[str] | None = None
        self.sessions = 0
        events = events_of_functions()
        events.register("before-call.*.*", self._count)
        self._units = Units(events, new_client("dynamodb"))
        super().__init__(simulator)

    def start_containers(self) -> None:
        """From here on, the first call of each function is one of a new container, without a tenant session."""
        self.sessions, self._started = 0, set()

    def take(self, data: bytes) -> InvoiceUse:
        """Take one invoice from upload to SUBMITTED; returns what it used."""
        self._use.clear()
        held = self._held()
        self._units.forget()
        document_id = self.upload(data)
        self.announce(document_id)
        self.hand_on()
        if (state := self.state(document_id)) != State.SUBMITTED:
            raise RuntimeError(f"the invoice is {state}")
        read, written, now_held = self._units.read, self._units.written, self._held()
        return InvoiceUse(
            functions=dict(self._use),
            read_units=read,
            write_units=written,
            due_units=self._units.due,
            pdf_bytes=len(data),
            table_bytes=now_held[0] - held[0],
            bucket_bytes=now_held[1] - held[1],
        )

    def _held(self) -> tuple[int, int]:
        """The bytes in the table and in the bucket, read with clients that are not counted."""
        objects = new_client("s3").list_objects_v2(Bucket=os.environ["DOCUMENTS_BUCKET"]).get("Contents", [])
        return sum(map(item_size, self.items())), sum(each["Size"] for each in objects)

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        if self._started is not None and function not in self._started:
            self._started.add(function)
            clients.tenant_sessions.cache_clear()
        use, asked, started = self._use[function], self._portal_calls(), time.perf_counter()
        try:
            return super().invoke(function, event)
        finally:
            use.invocations += 1
            use.seconds += time.perf_counter() - started
            use.portal_calls += self._portal_calls() - asked

    def _portal_calls(self) -> int:
        return sum(self.simulator.portal.calls.counts().values())

    def _count(self, model: Any, **_: object) -> None:
        if model.name == "AssumeRole":
            self.sessions += 1
        elif self.running:
            self._use[self.running].aws_calls[f"{model.service_model.service_name}:{model.name}"] += 1
