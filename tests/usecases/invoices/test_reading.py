"""Reading: the cheapest sufficient source is used, and nothing is lost when OCR fails or answers twice."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from chorus_connector.domain.errors import FileTooComplex, OcrFailed, Transient
from chorus_connector.domain.invoices.file_facts import FileFacts
from chorus_connector.domain.invoices.invoice import OcrJob
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.quotas import QUOTAS, Holder
from chorus_connector.domain.reading.cost import ReadingCost
from chorus_connector.domain.reading.layouts.layout import Layout
from chorus_connector.domain.reading.layouts.stored_words import pages_from_bytes, pages_to_bytes
from chorus_connector.domain.reading.paper.page import Box, Page, Word
from chorus_connector.domain.reading.read import read_document
from chorus_connector.domain.reading.result import FileReading, KnownLayout
from chorus_connector.domain.suppliers.supplier import OcrUse
from chorus_connector.usecases.invoices.reading import ReadDocument
from chorus_connector.usecases.quotas import LeasedQuotas
from tests.builders import NOW, a_supplier, an_invoice
from tests.facturx_sample import file_of
from tests.fakes import (
    Crash,
    FakeDocuments,
    FakeInvoices,
    FakeLayouts,
    FakeOcr,
    FakeQueue,
    FakeQuotaCounters,
    FakeTable,
    dies_once_at,
)


def a_page(number: int, text: str, source: str = "text") -> Page:
    words = tuple(Word(word, Box(0.1 + 0.08 * index, 0.1, 0.07, 0.02)) for index, word in enumerate(text.split()))
    return Page(number=number, width=595, height=842, words=words, source=source)  # type: ignore[arg-type]


@dataclass
class FakePdf:
    """``ports.PdfReader``: every file has these pages; those in ``scanned`` have no text.

    ``deaths`` is how many more calls end the process that opens the file, ``final`` whether the file is the cause.
    """

    texts: tuple[str, ...]
    scanned: tuple[int, ...] = ()
    embedded_xml: bytes | None = None
    deaths: int = 0
    final: bool = False
    #: the layout that it is read by, whatever is given
    layout: KnownLayout | None = None
    given: list[Sequence[Layout]] = field(default_factory=list)

    def examine(self, data: bytes) -> Problem | None:
        return None

    def read(
        self,
        data: bytes,
        *,
        ocr: str,
        known_supplier_siret: str | None = None,
        recognised: tuple[Sequence[str], Sequence[int]] | None = None,
        layouts: Sequence[Layout] = (),
    ) -> FileReading:
        self.given.append(layouts)
        if self.deaths:
            self.deaths -= 1
            raise FileTooComplex(final=self.final, hurried=self.final)
        everything = tuple(range(1, len(self.texts) + 1))
        needed = everything if ocr == "always" else () if ocr == "never" or self.embedded_xml else self.scanned
        if recognised is None and needed:
            subset = b"subset " + str(list(needed)).encode() if len(needed) < len(everything) else None
            return FileReading(to_recognise=needed, subset=subset)
        pages = {n: a_page(n, "" if n in self.scanned else text) for n, text in enumerate(self.texts, 1)}
        answer, numbers = recognised or ((), ())
        pages |= {n: a_page(n, json.loads(each)["text"], "ocr") for n, each in zip(numbers, answer, strict=True)}
        read = list(pages.values())
        reading = read_document(read, self.embedded_xml, known_supplier_siret=known_supplier_siret, layouts=layouts)
        file = self.file_facts(data)
        reading = reading.model_copy(update={"layout": self.layout or reading.layout, "file": file})
        words = None if self.embedded_xml else pages_to_bytes(read)
        return FileReading(reading=reading, xml_inside=self.embedded_xml is not None, words=words)

    def file_facts(self, data: bytes) -> FileFacts:
        return file_of(self.embedded_xml)

    def without_xml(self, data: bytes) -> bytes | None:
        return None


class World:
    def __init__(self, pdf: FakePdf, answer: Any = None, *, ocr: OcrUse = "when_needed", factor: float = 1) -> None:
        self.counted: list[ReadingCost] = []
        self.counters = FakeQuotaCounters()
        quotas = LeasedQuotas(self.counters, factor, clock=lambda: NOW)
        self.table = FakeTable()
        self.invoices = FakeInvoices(self.table, "s1")
        self.documents = FakeDocuments()
        self.documents.put_original("d1", b"%PDF")
        self.ocr = FakeOcr(answer)
        self.queue = FakeQueue()
        self.layouts = FakeLayouts()
        self.pdf = pdf
        self.invoices.add(an_invoice(State.READING), by="alice")
        self.reader = ReadDocument(
            supplier=a_supplier(ocr=ocr),
            invoices=self.invoices,
            documents=self.documents,
            ocr=self.ocr,
            resolution_queue=self.queue,
            pdfs=pdf,
            layouts=self.layouts,
            spending_pages=partial(quotas.spending, Holder("supplier", "s1"), "recognised_pages"),
            count=self.counted.append,
        )


def test_a_text_layer_costs_no_ocr() -> None:
    world = World(FakePdf(("Facture n° FA-17",)))
    invoice = world.reader.start("d1", now=NOW)
    assert world.invoices.reading(invoice).pages == 1
    assert world.ocr.started == {}
    assert len(world.queue.sent) == 1


def test_only_the_pages_without_text_go_to_textract() -> None:
    world = World(FakePdf(("Facture", "scan", "fin"), scanned=(2,)))
    invoice = world.reader.start("d1", now=NOW)
    assert invoice.ocr_job == OcrJob(job_id="job-1", pages=(2,), started_at=NOW)
    assert world.documents.subsets == {"d1": b"subset [2]"}
    assert not invoice.was_read
    assert world.queue.sent == []


def test_a_whole_scan_is_sent_as_it_is() -> None:
    world = World(FakePdf(("scan",), scanned=(1,)))
    world.reader.start("d1", now=NOW)
    assert world.documents.subsets == {}


def test_xml_inside_makes_ocr_needless() -> None:
    world = World(FakePdf(("scan",), scanned=(1,), embedded_xml=b"<not-an-invoice/>"))
    assert world.reader.start("d1", now=NOW).was_read
    assert world.ocr.started == {}


def test_a_supplier_that_always_wants_ocr_has_every_page_recognised_text_and_xml_or_not() -> None:
    pdf = FakePdf(("Facture", "fin"), embedded_xml=b"<not-an-invoice/>")
    world = World(pdf, answer=[{"text": "Facture"}, {"text": "fin"}], ocr="always")
    asked = world.reader.start("d1", now=NOW)
    assert asked.ocr_job == OcrJob(job_id="job-1", pages=(1, 2), started_at=NOW)
    assert world.documents.subsets == {}
    assert world.reader.finish("d1", job_id="job-1", now=NOW).was_read
    assert world.counted == [ReadingCost(xml=0, text=0, textract=2, billed=2)]


def test_pages_are_counted_by_where_their_text_came_from() -> None:
    for pdf, cost in (
        (FakePdf(("Facture", "fin")), ReadingCost(xml=0, text=2, textract=0, billed=0, layout="none")),
        (FakePdf(("Facture", "fin"), embedded_xml=b"<x/>"), ReadingCost(xml=2, text=0, textract=0, billed=0)),
    ):
        world = World(pdf)
        world.reader.start("d1", now=NOW)
        assert world.counted == [cost]


def test_a_half_scanned_document_counts_its_scans_once_though_textract_speaks_twice() -> None:
    world = World(FakePdf(("Facture", "scan"), scanned=(2,)), answer=[{"text": "fin"}])
    world.reader.start("d1", now=NOW)
    assert world.counted == []
    for _ in range(2):
        world.reader.finish("d1", job_id="job-1", now=NOW)
    assert world.counted == [ReadingCost(xml=0, text=1, textract=1, billed=1, layout="none")]


def test_pages_that_ocr_failed_on_are_billed_all_the_same() -> None:
    world = World(FakePdf(("Facture", "scan"), scanned=(2,)), answer=OcrFailed("INTERNAL"))
    world.reader.start("d1", now=NOW)
    world.reader.finish("d1", job_id="job-1", now=NOW)
    assert world.counted == [ReadingCost(xml=0, text=2, textract=0, billed=1, layout="none")]
    assert world.counted[0].dollars(Decimal("0.065")) == Decimal("0.065")


def test_the_same_message_twice_starts_one_job() -> None:
    world = World(FakePdf(("scan",), scanned=(1,)))
    world.reader.start("d1", now=NOW)
    world.reader.start("d1", now=NOW)
    assert len(world.ocr.started) == 1


def test_textracts_word_completes_the_reading() -> None:
    world = World(FakePdf(("scan",), scanned=(1,)), answer=[{"text": "Facture n° FA-17"}])
    world.reader.start("d1", now=NOW)
    invoice = world.reader.finish("d1", job_id="job-1", now=NOW)
    assert invoice.was_read
    assert len(world.queue.sent) == 1


def test_textracts_word_said_twice_is_one_reading() -> None:
    world = World(FakePdf(("scan",), scanned=(1,)), answer=[{"text": "Facture"}])
    world.reader.start("d1", now=NOW)
    first = world.reader.finish("d1", job_id="job-1", now=NOW)
    assert world.reader.finish("d1", job_id="job-1", now=NOW) == first


def test_the_word_of_another_job_is_ignored() -> None:
    world = World(FakePdf(("scan",), scanned=(1,)), answer=[{"text": "Facture"}])
    world.reader.start("d1", now=NOW)
    assert not world.reader.finish("d1", job_id="job-of-yesterday", now=NOW).was_read


def test_textracts_word_that_comes_before_its_job_was_written_down_is_not_lost() -> None:
    """The worker died between the start of the job and its write: the word waits until a redelivery has written it."""
    world = World(FakePdf(("scan",), scanned=(1,)), answer=[{"text": "Facture n° FA-17"}])
    with pytest.raises(Transient):
        world.reader.finish("d1", job_id="job-1", now=NOW)
    world.reader.start("d1", now=NOW)
    assert world.reader.finish("d1", job_id="job-1", now=NOW).was_read


def test_textracts_word_about_a_document_that_needed_no_ocr_after_all_is_ignored() -> None:
    world = World(FakePdf(("Facture",)))
    world.reader.start("d1", now=NOW)
    assert world.reader.finish("d1", job_id="job-1", now=NOW).was_read


def test_a_failed_ocr_leaves_a_form_to_fill_with_the_reason() -> None:
    world = World(FakePdf(("Facture", "scan"), scanned=(2,)), answer=OcrFailed("INTERNAL"))
    world.reader.start("d1", now=NOW)
    invoice = world.reader.finish("d1", job_id="job-1", now=NOW)
    assert "ocr_failed" in [problem.code for problem in world.invoices.reading(invoice).problems]
    assert len(world.queue.sent) == 1


def test_a_worker_that_died_after_its_write_is_made_good_by_the_redelivery() -> None:
    world = World(FakePdf(("Facture",)))
    world.reader.start("d1", now=NOW)
    world.queue.sent.clear()
    world.reader.start("d1", now=NOW)
    assert len(world.queue.sent) == 1


def test_a_reading_that_was_ended_once_is_tried_again() -> None:
    """A busy machine is no verdict."""
    world = World(FakePdf(("Facture n° FA-17",), deaths=1))
    with pytest.raises(FileTooComplex):
        world.reader.start("d1", now=NOW, tries=1)
    assert world.invoices.get("d1").state is State.READING
    assert world.reader.start("d1", now=NOW, tries=2).was_read


def test_a_reading_that_was_ended_for_good_is_the_verdict_at_once_and_says_when_it_had_little_time() -> None:
    world = World(FakePdf(("Facture",), deaths=1, final=True))
    invoice = world.reader.start("d1", now=NOW, tries=1)
    assert (invoice.state, invoice.problems) == (State.UNUSABLE, (FileTooComplex.problem_of_a_hurried_one,))


def test_pages_over_the_quota_are_not_recognised_and_their_document_says_so() -> None:
    pdf = FakePdf(("Facture n° FA-17", "scan"), scanned=(2,))
    world = World(pdf, factor=1 / QUOTAS["recognised_pages"].most)
    world.reader.spending_pages(1).__enter__()
    invoice = world.reader.start("d1", now=NOW)
    assert world.ocr.started == {}
    assert "invoice_number" in world.invoices.reading(invoice).fields, "its text layer is read"
    assert [problem.code for problem in world.invoices.reading(invoice).problems] == ["ocr_quota_used_up"]
    assert len(world.queue.sent) == 1


def test_each_recognised_page_is_counted_and_a_job_that_does_not_start_counts_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(FakePdf(("Facture", "scan", "scan"), scanned=(2, 3)))

    def throttled(*_: object, **__: object) -> str:
        raise Transient("x", "x")

    with monkeypatch.context() as textract:
        textract.setattr(world.ocr, "start", throttled)
        with pytest.raises(Transient):
            world.reader.start("d1", now=NOW)
    assert world.counters.used.total() == 0
    world.reader.start("d1", now=NOW)
    world.reader.start("d1", now=NOW)
    assert world.counters.used.total() == 2


def test_a_document_without_scanned_pages_is_not_counted() -> None:
    world = World(FakePdf(("Facture",)))
    world.reader.start("d1", now=NOW)
    assert world.counters.writes == 0


@pytest.mark.parametrize("tries", [2, 3])
def test_a_file_whose_reading_is_ended_again_is_unusable_with_the_reason(tries: int) -> None:
    world = World(FakePdf(("Facture",), deaths=1))
    invoice = world.reader.start("d1", now=NOW, tries=tries)
    assert invoice.state is State.UNUSABLE
    assert [problem.code for problem in invoice.problems] == ["pdf_too_complex"]
    assert world.invoices.get("d1") == invoice
    assert world.queue.sent == []


def test_a_scan_whose_collection_is_ended_twice_is_unusable_and_keeps_its_job() -> None:
    pdf = FakePdf(("scan",), scanned=(1,))
    world = World(pdf, answer=[{"text": "Facture n° FA-17"}])
    world.reader.start("d1", now=NOW)
    pdf.deaths = 2
    with pytest.raises(FileTooComplex):
        world.reader.finish("d1", job_id="job-1", now=NOW, tries=1)
    invoice = world.reader.finish("d1", job_id="job-1", now=NOW, tries=2)
    assert invoice.state is State.UNUSABLE
    assert invoice.ocr_job is not None


def test_a_file_that_turns_out_unreadable_when_its_pages_are_read_is_unusable() -> None:
    pdf = FakePdf(("Facture",))
    world = World(pdf)
    problem = Problem(field=None, code="pdf_too_much_text", fr="x", en="x")
    pdf.read = lambda data, **facts: FileReading(problem=problem)  # type: ignore[method-assign]
    assert world.reader.start("d1", now=NOW).problems == (problem,)


@pytest.mark.parametrize("moment", ["before read", "after read"])
def test_a_worker_that_dies_at_its_write_leaves_no_record_without_its_reading(moment: str) -> None:
    world = World(FakePdf(("Facture n° FA-17",)))
    world.table.on_write = dies_once_at(moment)
    with pytest.raises(Crash):
        world.reader.start("d1", now=NOW)
    left = world.invoices.get("d1")
    assert left.was_read == (moment == "after read")
    assert ("invoice_number" in world.invoices.reading(left).fields) == left.was_read
    again = world.reader.start("d1", now=NOW)  # the queue delivers the message again
    assert "invoice_number" in world.invoices.reading(again).fields
    assert len(world.queue.sent) == 1


@pytest.mark.row("B09")
def test_a_document_without_xml_leaves_its_words_to_learn_from() -> None:
    world = World(FakePdf(("Facture n° FA-17",)))
    world.reader.start("d1", now=NOW)
    assert pages_from_bytes(world.documents.stored_words["d1"])[0].words[0].text == "Facture"
    world = World(FakePdf(("Facture n° FA-17",), embedded_xml=b"<x/>"))
    world.reader.start("d1", now=NOW)
    assert world.documents.stored_words == {}


def test_the_suppliers_layouts_read_and_the_one_that_was_used_is_noted_once_a_day() -> None:
    layout = Layout(layout_id="l1", confirmed=2, last_seen=NOW - timedelta(days=1))
    world = World(FakePdf(("Facture",), layout=KnownLayout(id="l1", confirmed=2)))
    world.layouts.save(0, put=layout)
    world.reader.start("d1", now=NOW)
    assert world.layouts.kept["l1"].last_seen == NOW
    assert [each.layout for each in world.counted] == ["confirmed"]
    world.invoices.add(an_invoice(State.READING, document_id="d2"), by="alice")
    world.documents.put_original("d2", b"%PDF")
    world.reader.start("d2", now=NOW + timedelta(hours=1))
    assert world.layouts.kept["l1"].last_seen == NOW
    assert world.pdf.given == [(layout,), (world.layouts.kept["l1"],)]
