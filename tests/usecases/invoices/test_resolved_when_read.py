"""A document is decided in the save of its reading when all that must be known is known; the decision is the same."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.reading.result import FileReading, Reading
from chorus_connector.domain.suppliers.tables import TableKind, TableRow, new_row
from chorus_connector.ports.values import Lookups, Work
from chorus_connector.usecases.invoices.reading import ReadDocument
from chorus_connector.usecases.invoices.resolution import Resolution
from chorus_connector.usecases.portal.directory import Directory, NotAsked
from tests.builders import NOW, TOWN_SIRET, a_reading, a_recipient, a_service, a_supplier, an_invoice
from tests.fakes import (
    Crash,
    FakeDocuments,
    FakeInvoices,
    FakeLayouts,
    FakeOcr,
    FakePortal,
    FakeQueue,
    FakeRecipients,
    FakeTable,
    dies_once_at,
)
from tests.fakes_tables import FakeAttachments, FakeTables
from tests.usecases.invoices.test_reading import FakePdf

OTHER_SIRET = "26750045200011"
_SOURCES = {"": {"recipient_siret": "Destinataire", "service_code": "Service", "bank_account": "Compte"}}


class AskedTables(FakeTables):
    """Notes which rows are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str]] = []

    def row(self, kind: TableKind, key: str) -> TableRow | None:
        self.asked.append((kind, key))
        return super().row(kind, key)


class World:
    def __init__(self, reading: Reading, *, known_for: timedelta | None = timedelta(0), **invoice: Any) -> None:
        self.table = FakeTable()
        self.invoices = FakeInvoices(self.table, "s1")
        self.tables = AskedTables()
        self.queue = FakeQueue()
        recipients = [a_recipient(services=(a_service("STECH"), a_service("DSI", engagement_required=None)))]
        recipients.append(a_recipient(OTHER_SIRET, service_required=True))
        self.portal = FakePortal(recipients)
        self.cache = FakeRecipients()
        if known_for is not None:
            for each in recipients:
                self.cache.put(each.model_copy(update={"fetched_at": NOW - known_for}))
        self.lookups: list[Lookups] = []
        self.supplier = a_supplier(associations=_SOURCES)
        self.reading = reading
        self.invoices.add(an_invoice(State.READING, **invoice), by="alice")

    def knows(self, kind: TableKind, label: str, value: str, scope: str = "") -> None:
        self.tables.put([new_row(kind, label=label, value=value, scope=scope, by="alice", now=NOW)])

    def resolution(self, *, asks: bool) -> Resolution:
        directory = Directory(self.cache, self.portal if asks else NotAsked())
        return Resolution(
            self.supplier,
            self.invoices,
            directory,
            tables=self.tables,
            attachments=FakeAttachments(),
            look_ahead=self.lookups.append,
        )

    def read(self) -> Invoice:
        """The function textract_ocr works on its message."""
        pdf = FakePdf(("",))
        pdf.read = lambda data, **facts: FileReading(reading=self.reading)  # type: ignore[method-assign]
        documents = FakeDocuments()
        documents.put_original("d1", b"%PDF")
        reader = ReadDocument(
            supplier=self.supplier,
            invoices=self.invoices,
            documents=documents,
            ocr=FakeOcr(),
            resolution_queue=self.queue,
            pdfs=pdf,
            layouts=FakeLayouts(),
            spending_pages=lambda _: pytest.fail("no page is recognised"),
            count=lambda _: None,
            resolved=lambda read, reading, now: self.resolution(asks=False).resolved(read, reading, now=now),
        )
        return reader.start("d1", now=NOW)

    def trail(self) -> list[tuple[str, str]]:
        return [(each.by, each.action) for each in self.invoices.events("d1")]


def test_a_document_whose_recipient_is_known_is_ready_in_one_write_with_a_line_for_each_step() -> None:
    world = World(a_reading(service_code="STECH"))
    writes: list[str] = []
    world.table.on_write = writes.append
    read = world.read()
    assert (read.state, read.version, read.due_at) == (State.READY, 2, NOW)
    assert read == world.invoices.get("d1")
    assert world.invoices.reading(read) == world.reading
    assert writes == ["before read+resolved", "after read+resolved"]
    assert world.trail() == [("alice", "received"), ("textract_ocr", "read"), ("resolution", "resolved")]
    assert (world.queue.sent, world.portal.calls) == ([], 0)


@pytest.mark.parametrize(
    ("known_for", "service", "account"),
    [
        (None, "STECH", ""),
        (timedelta(days=2), "STECH", ""),
        (timedelta(0), "DSI", ""),
        (timedelta(0), "STECH", "7"),
    ],
    ids=["never asked", "asked too long ago", "a service never asked for", "an account the supplier did not have"],
)
def test_what_the_portal_must_be_asked_is_left_to_the_function_resolution(
    known_for: timedelta | None, service: str, account: str
) -> None:
    metadata = {"Compte": account} if account else {}
    world = World(a_reading(service_code=service), known_for=known_for, metadata=metadata)
    kept = world.read()
    assert (kept.state, kept.was_read, world.queue.sent) == (State.READING, True, [Work("s1", "d1")])
    assert world.trail()[-1] == ("textract_ocr", "read")
    resolved = world.resolution(asks=True).resolve("d1", now=NOW)
    assert resolved.state in (State.READY, State.TO_COMPLETE)


def test_a_document_that_replaces_a_rejected_invoice_is_left_to_the_function_resolution() -> None:
    world = World(a_reading(service_code="STECH"), replaces="d0")
    assert (world.read().state, world.queue.sent) == (State.READING, [Work("s1", "d1")])


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_that_dies_at_the_write_leaves_both_steps_or_none(moment: str) -> None:
    world = World(a_reading(service_code="STECH"))
    world.table.on_write = dies_once_at(f"{moment} read+resolved")
    with pytest.raises(Crash):
        world.read()
    left = world.invoices.get("d1")
    assert (left.state, len(world.trail())) == ((State.READY, 3) if moment == "after" else (State.READING, 1))
    assert world.read().state is State.READY
    assert len(world.trail()) == 3
    assert world.queue.sent == []


_LABELS = st.sampled_from(["", "Mairie", "mairie ", "CHU", "Technique", "STECH", "n" * 800])
_ROWS = st.lists(
    st.one_of(
        st.tuples(st.just("recipients"), _LABELS, st.sampled_from([TOWN_SIRET, OTHER_SIRET]), st.just("")),
        st.tuples(st.just("services"), _LABELS, st.sampled_from(["STECH", "DSI"]), st.sampled_from([TOWN_SIRET])),
        st.tuples(st.just("bank"), _LABELS, st.just("7"), st.just("")),
    ).filter(lambda row: 0 < len(row[1]) < 200),
    max_size=3,
)
_METADATA = st.dictionaries(st.sampled_from(["Destinataire", "Service", "Compte", "Autre"]), _LABELS, max_size=3)


@st.composite
def _worlds(draw: st.DrawFn) -> World:
    read = {
        "recipient_name": draw(_LABELS) or None,
        "recipient_siret": draw(st.sampled_from([TOWN_SIRET, OTHER_SIRET, "123", None])),
        "service_code": draw(st.sampled_from(["STECH", "DSI", "Technique", None])),
        "invoice_number": draw(st.sampled_from(["FA-1", None])),
    }
    world = World(
        a_reading(draw(st.sampled_from([0.99, 0.4])), **read),
        known_for=draw(st.sampled_from([None, timedelta(0), timedelta(days=2)])),
        metadata=draw(_METADATA),
    )
    for row in draw(_ROWS):
        world.knows(*row)  # type: ignore[arg-type]
    if draw(st.booleans()):
        world.table.numbers["s1", "FA-1"] = "d0"
    return world


@settings(max_examples=60)
@given(_worlds())
def test_what_is_decided_with_the_reading_is_what_the_function_resolution_would_decide(world: World) -> None:
    decided = world.read()
    if decided.state is State.READING:
        world.portal.calls = 0
        world.resolution(asks=True).resolve("d1", now=NOW)
        assert world.portal.calls, "it was left to resolution without need"
        return
    kept = decided.model_copy(update={"state": State.READING, "version": 1, "form": an_invoice().form, "problems": ()})
    world.table.invoices["s1", "d1"] = kept
    assert world.resolution(asks=True).resolve("d1", now=NOW) == decided


@settings(max_examples=60)
@given(_worlds())
def test_a_judgement_announces_what_it_looks_up_unless_a_row_leads_to_another_recipient(world: World) -> None:
    world.read()
    (announced,) = world.lookups
    if not any(kind == "recipients" for kind, _ in world.tables.rows):
        assert set(world.tables.asked) <= set(announced.rows)
    assert all(len(key.encode()) < 900 for _, key in announced.rows)
    assert announced.number in (None, "FA-1")
