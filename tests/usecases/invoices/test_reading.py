"""Reading: the cheapest sufficient source is used, and nothing is lost when OCR fails or answers twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from chorus_connector.domain.errors import OcrFailed, Transient
from chorus_connector.domain.invoices.invoice import OcrJob
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.reading.cost import ReadingCost
from chorus_connector.domain.reading.paper.page import Box, Page, Word
from chorus_connector.domain.suppliers.supplier import OcrUse
from chorus_connector.usecases.invoices.reading import ReadDocument
from tests.builders import NOW, a_supplier, an_invoice
from tests.fakes import FakeDocuments, FakeInvoices, FakeOcr, FakeQueue, FakeTable


def a_page(number: int, text: str, source: str = "text") -> Page:
    words = tuple(Word(word, Box(0.1 + 0.08 * index, 0.1, 0.07, 0.02)) for index, word in enumerate(text.split()))
    return Page(number=number, width=595, height=842, words=words, source=source)  # type: ignore[arg-type]


@dataclass
class FakePdf:
    """An opened PDF with these pages; those in ``scanned`` have no text."""

    texts: tuple[str, ...]
    scanned: tuple[int, ...] = ()
    embedded_xml: bytes | None = None
    width: float = 595.0

    @property
    def page_count(self) -> int:
        return len(self.texts)

    def pages(self) -> Sequence[Page]:
        drawn = [a_page(n, "" if n in self.scanned else text) for n, text in enumerate(self.texts, 1)]
        return [replace(page, width=self.width) for page in drawn]

    def pages_needing_ocr(self, pages: Sequence[Page]) -> Sequence[int]:
        return self.scanned

    def close(self) -> None: ...


class World:
    def __init__(self, pdf: FakePdf, answer: Any = None, *, ocr: OcrUse = "when_needed") -> None:
        self.counted: list[ReadingCost] = []
        self.invoices = FakeInvoices(FakeTable(), "s1")
        self.documents = FakeDocuments()
        self.documents.put_original("d1", b"%PDF")
        self.ocr = FakeOcr(answer)
        self.queue = FakeQueue()
        self.invoices.add(an_invoice(State.READING), by="alice")
        self.reader = ReadDocument(
            supplier=a_supplier(ocr=ocr),
            invoices=self.invoices,
            documents=self.documents,
            ocr=self.ocr,
            resolution_queue=self.queue,
            open_pdf=lambda _: pdf,
            subset_pdf=lambda data, pages: b"subset " + str(list(pages)).encode(),
            pages_from_textract=self._pages,
            count=self.counted.append,
        )

    def _pages(
        self, answer: Sequence[dict[str, Any]], numbers: Sequence[int], sizes: Mapping[int, tuple[float, float]]
    ) -> list[Page]:
        recognised = [a_page(n, each["text"], "ocr") for n, each in zip(numbers, answer, strict=True)]
        self.recognised = [replace(page, width=sizes[page.number][0]) for page in recognised]
        return self.recognised


def test_a_text_layer_costs_no_ocr() -> None:
    world = World(FakePdf(("Facture n° FA-17",)))
    invoice = world.reader.start("d1", now=NOW)
    assert invoice.reading is not None
    assert invoice.reading.pages == 1
    assert world.ocr.started == {}
    assert len(world.queue.sent) == 1


def test_only_the_pages_without_text_go_to_textract() -> None:
    world = World(FakePdf(("Facture", "scan", "fin"), scanned=(2,)))
    invoice = world.reader.start("d1", now=NOW)
    assert invoice.ocr_job == OcrJob(job_id="job-1", pages=(2,), started_at=NOW)
    assert world.documents.subsets == {"d1": b"subset [2]"}
    assert invoice.reading is None
    assert world.queue.sent == []


def test_a_whole_scan_is_sent_as_it_is() -> None:
    world = World(FakePdf(("scan",), scanned=(1,)))
    world.reader.start("d1", now=NOW)
    assert world.documents.subsets == {}


def test_xml_inside_makes_ocr_needless() -> None:
    world = World(FakePdf(("scan",), scanned=(1,), embedded_xml=b"<not-an-invoice/>"))
    assert world.reader.start("d1", now=NOW).reading is not None
    assert world.ocr.started == {}


def test_a_supplier_that_always_wants_ocr_has_every_page_recognised_text_and_xml_or_not() -> None:
    pdf = FakePdf(("Facture", "fin"), embedded_xml=b"<not-an-invoice/>")
    world = World(pdf, answer=[{"text": "Facture"}, {"text": "fin"}], ocr="always")
    asked = world.reader.start("d1", now=NOW)
    assert asked.ocr_job == OcrJob(job_id="job-1", pages=(1, 2), started_at=NOW)
    assert world.documents.subsets == {}
    assert world.reader.finish("d1", job_id="job-1", now=NOW).reading is not None
    assert world.counted == [ReadingCost(xml=0, text=0, textract=2, billed=2)]


def test_pages_are_counted_by_where_their_text_came_from() -> None:
    for pdf, cost in (
        (FakePdf(("Facture", "fin")), ReadingCost(xml=0, text=2, textract=0, billed=0)),
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
    assert world.counted == [ReadingCost(xml=0, text=1, textract=1, billed=1)]


def test_pages_that_ocr_failed_on_are_billed_all_the_same() -> None:
    world = World(FakePdf(("Facture", "scan"), scanned=(2,)), answer=OcrFailed("INTERNAL"))
    world.reader.start("d1", now=NOW)
    world.reader.finish("d1", job_id="job-1", now=NOW)
    assert world.counted == [ReadingCost(xml=0, text=2, textract=0, billed=1)]
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
    assert invoice.reading is not None
    assert len(world.queue.sent) == 1


def test_a_recognised_page_has_the_size_of_the_scanned_one_for_textract_gives_none() -> None:
    world = World(FakePdf(("scan",), scanned=(1,), width=842.0), [{"text": "Facture n° FA-17"}])
    world.reader.start("d1", now=NOW)
    world.reader.finish("d1", job_id="job-1", now=NOW)
    assert [page.width for page in world.recognised] == [842.0]


def test_textracts_word_said_twice_is_one_reading() -> None:
    world = World(FakePdf(("scan",), scanned=(1,)), answer=[{"text": "Facture"}])
    world.reader.start("d1", now=NOW)
    first = world.reader.finish("d1", job_id="job-1", now=NOW)
    assert world.reader.finish("d1", job_id="job-1", now=NOW) == first


def test_the_word_of_another_job_is_ignored() -> None:
    world = World(FakePdf(("scan",), scanned=(1,)), answer=[{"text": "Facture"}])
    world.reader.start("d1", now=NOW)
    assert world.reader.finish("d1", job_id="job-of-yesterday", now=NOW).reading is None


def test_textracts_word_that_comes_before_its_job_was_written_down_is_not_lost() -> None:
    """The worker died between the start of the job and its write: the word waits until a redelivery has written it."""
    world = World(FakePdf(("scan",), scanned=(1,)), answer=[{"text": "Facture n° FA-17"}])
    with pytest.raises(Transient):
        world.reader.finish("d1", job_id="job-1", now=NOW)
    world.reader.start("d1", now=NOW)
    assert world.reader.finish("d1", job_id="job-1", now=NOW).reading is not None


def test_textracts_word_about_a_document_that_needed_no_ocr_after_all_is_ignored() -> None:
    world = World(FakePdf(("Facture",)))
    world.reader.start("d1", now=NOW)
    assert world.reader.finish("d1", job_id="job-1", now=NOW).reading is not None


def test_a_failed_ocr_leaves_a_form_to_fill_with_the_reason() -> None:
    world = World(FakePdf(("Facture", "scan"), scanned=(2,)), answer=OcrFailed("INTERNAL"))
    world.reader.start("d1", now=NOW)
    invoice = world.reader.finish("d1", job_id="job-1", now=NOW)
    assert invoice.reading is not None
    assert "ocr_failed" in [problem.code for problem in invoice.reading.problems]
    assert len(world.queue.sent) == 1


def test_a_worker_that_died_after_its_write_is_made_good_by_the_redelivery() -> None:
    world = World(FakePdf(("Facture",)))
    world.reader.start("d1", now=NOW)
    world.queue.sent.clear()
    world.reader.start("d1", now=NOW)
    assert len(world.queue.sent) == 1
