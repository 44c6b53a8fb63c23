"""Hostile files end a child process and nothing else; ordinary ones are read as without it."""

import json
import time
import tracemalloc
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from chorus_connector.adapters.pdf import open_pdf
from chorus_connector.adapters.pdf_reader import SHORT, SandboxedPdfs, pdf_sandbox
from chorus_connector.adapters.sandbox import FULL, ChildDied, Death, Limits, Sandbox
from chorus_connector.domain.errors import FileTooComplex
from chorus_connector.domain.invoices.file_facts import FileFacts
from chorus_connector.domain.reading.layouts.layout import Layout, TaughtDocument
from chorus_connector.domain.reading.read import read_document
from chorus_connector.domain.reading.result import KnownLayout
from tests.builders import NOW
from tests.facturx_sample import facturx_pdf, facturx_xml
from tools.invoice_generator import broken
from tools.invoice_generator.corpus import documents
from tools.invoice_generator.scans import half_scanned

MEGABYTE = 1024 * 1024
TASKS = "chorus_connector.adapters.pdf_tasks"


@pytest.fixture(scope="module")
def pdfs() -> Iterator[SandboxedPdfs]:
    """A reader with less memory and time than a function has, so that its files die soon."""
    sandbox = Sandbox(TASKS, memory=400 * MEGABYTE)
    yield SandboxedPdfs(sandbox, limits=Limits(cpu_seconds=4, wall_seconds=12))
    sandbox.close()


def test_a_file_is_read_as_without_the_sandbox(pdfs: SandboxedPdfs) -> None:
    for document in documents(3, 2, "classique,bandeau", facturx=0.5):
        assert pdfs.examine(document.pdf) is None
        found = pdfs.read(document.pdf, ocr="never")
        pdf = open_pdf(document.pdf)
        assert found.reading is not None
        assert found.reading.file is not None
        assert found.reading.file.xml == found.xml_inside
        read = read_document(pdf.pages(), pdf.embedded_xml)
        assert found.reading == read.model_copy(update={"file": found.reading.file})
        assert found.xml_inside == (pdf.embedded_xml is not None)


def test_an_unreadable_file_has_the_problem_of_its_kind(pdfs: SandboxedPdfs) -> None:
    for data, code in (
        (broken.encrypted(), "pdf_encrypted"),
        (broken.truncated(), "pdf_truncated"),
        (broken.too_many_pages(), "pdf_too_many_pages"),
        (broken.attachment_bomb(), "pdf_inflates_too_much"),
    ):
        problem = pdfs.examine(data)
        assert problem is not None
        assert problem.code == code
        found = pdfs.read(data, ocr="when_needed").problem
        assert found == problem


@pytest.mark.row("S30")
@pytest.mark.parametrize("before", [b"\n", b"\xef\xbb\xbf", b"--form\r\nContent-Type: application/pdf\r\n\r\n"])
def test_a_file_with_bytes_before_the_pdf_is_refused_because_the_portal_would(
    pdfs: SandboxedPdfs, before: bytes
) -> None:
    problem = pdfs.examine(before + broken.plain_pdf())
    assert problem is not None
    assert (problem.code, problem.blocking) == ("pdf_bytes_before", True)


def test_pages_without_text_are_named_and_come_as_a_pdf_of_their_own_unless_they_are_all(pdfs: SandboxedPdfs) -> None:
    three = broken.plain_pdf(pages=3)
    found = pdfs.read(three, ocr="always")
    assert (found.to_recognise, found.subset, found.reading) == ((1, 2, 3), None, None)
    scanned = half_scanned(next(documents(3, 1, "plusieurs_pages")), Random(1)).pdf
    found = pdfs.read(scanned, ocr="when_needed")
    assert found.subset is not None
    assert 0 < open_pdf(found.subset).page_count == len(found.to_recognise) < open_pdf(scanned).page_count


def block(kind: str, name: str, text: str = "", children: tuple[str, ...] = ()) -> dict[str, Any]:
    box = {"Left": 0.1, "Top": 0.1, "Width": 0.1, "Height": 0.02}
    relations = [{"Type": "CHILD", "Ids": list(children)}] if children else []
    return {"BlockType": kind, "Id": name, "Text": text, "Confidence": 98.0, "Page": 1,
            "Geometry": {"BoundingBox": box}, "Relationships": relations}  # fmt: skip


def test_textracts_answer_replaces_the_pages_it_is_about(pdfs: SandboxedPdfs) -> None:
    answer = [{"Blocks": [block("PAGE", "p", children=("l",)), block("LINE", "l", children=("w",))]}]
    answer[0]["Blocks"].append(block("WORD", "w", "Facture"))
    parts = [json.dumps(part) for part in answer]
    found = pdfs.read(broken.plain_pdf(pages=3), ocr="never", recognised=(parts, [2])).reading
    assert found is not None
    assert (found.pages, found.ocr_pages) == (3, (2,))


def test_an_answer_of_textract_without_pages_leaves_a_reason(pdfs: SandboxedPdfs) -> None:
    found = pdfs.read(broken.plain_pdf(), ocr="never", recognised=(["{}"], [1])).reading
    assert found is not None
    assert [problem.code for problem in found.problems] == ["ocr_failed"]
    assert not any(problem.blocking for problem in found.problems)
    assert found.fields == {}, "a text layer that had to be recognised is not believed"


def test_pages_that_were_not_recognised_are_named_until_the_total_is_confirmed(pdfs: SandboxedPdfs) -> None:
    blocks = [block("PAGE", "p", children=("l",)), block("LINE", "l", children=("w",)), block("WORD", "w", "Facture")]
    found = pdfs.read(broken.plain_pdf(pages=3), ocr="never", recognised=([json.dumps({"Blocks": blocks})], [1, 3]))
    assert found.reading is not None
    (problem,) = found.reading.problems
    assert (problem.code, problem.field, problem.blocking) == ("ocr_pages_missing", "total_ttc", True)
    assert "page 3" in problem.fr
    assert found.reading.ocr_pages == (1,)


def test_a_reading_that_no_item_of_the_table_can_hold_is_a_file_too_complex(pdfs: SandboxedPdfs) -> None:
    tax = b"<ram:ApplicableTradeTax><ram:CalculatedAmount>1</ram:CalculatedAmount><ram:BasisAmount>5</ram:BasisAmount>"
    tax += b"<ram:RateApplicablePercent>20</ram:RateApplicablePercent></ram:ApplicableTradeTax>"
    xml = facturx_xml().replace(
        b"<ram:SpecifiedTradeSettlementHeader", tax * 5000 + b"<ram:SpecifiedTradeSettlementHeader"
    )
    problem = pdfs.read(facturx_pdf(xml), ocr="never").problem
    assert problem is not None
    assert problem.code == "pdf_too_complex"


@pytest.mark.parametrize("filters", [b"/JBIG2Decode", b"/BrotliDecode", b"/Unknown", b"[/LZWDecode /RunLengthDecode]"])
def test_an_xml_behind_a_filter_that_is_not_understood_is_unreadable(pdfs: SandboxedPdfs, filters: bytes) -> None:
    found = pdfs.read(broken._with_attachment(b"x" * 99, filters), ocr="never").reading
    assert found is not None
    assert [problem.code for problem in found.problems] == ["xml_unreadable"]


def test_a_child_says_what_a_file_carries_and_removes_its_xml(pdfs: SandboxedPdfs) -> None:
    with_xml = facturx_pdf(facturx_xml(framework="B1"))
    read = pdfs.read(with_xml, ocr="never").reading
    assert read is not None
    assert read.file == pdfs.file_facts(with_xml)
    assert (pdfs.file_facts(with_xml).xml, pdfs.file_facts(with_xml).fault) == (True, "process_of_reform")
    without = pdfs.without_xml(with_xml)
    assert without is not None
    assert pdfs.file_facts(without) == pdfs.file_facts(broken.plain_pdf()) == FileFacts()
    assert pdfs.without_xml(b"%PDF-1.7 broken") is None


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (b"%PDF-1.7 /EF but nothing else", FileFacts(xml=True, signed=True, fault="xml_unusable")),
        (b"no PDF at all", FileFacts()),
    ],
)
def test_a_file_that_cannot_be_searched_is_never_taken_for_one_without_xml(
    pdfs: SandboxedPdfs, file: bytes, expected: FileFacts
) -> None:
    assert pdfs.file_facts(file) == expected


BOMBS = {
    "a form that draws itself": broken.self_drawing_form,
    "26 pages that share such a form": lambda: broken.self_drawing_form(26),
    "forms 13 deep and 10 wide": broken.stacked_forms,
    "instructions deflated twice": lambda: broken.twice_deflated(60),
    "one stream drawn 200 times": broken.repeated_contents,
    "8 M characters": broken.dense_text,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_examined_at_once_and_ends_only_the_process_that_reads_it(pdfs: SandboxedPdfs, bomb: Any) -> None:
    data = bomb()
    assert len(data) < 100_000
    assert pdfs.examine(data) is None
    with pytest.raises(FileTooComplex):
        pdfs.read(data, ocr="when_needed")
    assert pdfs.examine(broken.plain_pdf()) is None


def test_what_made_the_scan_of_streams_slow_is_read_at_once(pdfs: SandboxedPdfs) -> None:
    begun = time.process_time()
    assert pdfs.read(broken.stream_keywords(), ocr="never").reading is not None
    assert time.process_time() - begun < 1


def test_attachments_are_inflated_within_one_budget_and_only_what_begins_as_an_invoice_is(pdfs: SandboxedPdfs) -> None:
    problem = pdfs.examine(broken.many_attachments(3, megabytes=19, root=b"CrossIndustryInvoice"))
    assert problem is not None
    assert problem.code == "pdf_inflates_too_much"
    assert pdfs.examine(broken.many_attachments(60, megabytes=0)) is None
    assert pdfs.examine(broken.many_attachments(3, megabytes=19)) is None


def test_a_death_is_reported_with_its_kind_and_measures_and_nothing_of_the_file() -> None:
    deaths: list[ChildDied] = []
    sandbox = Sandbox(TASKS, memory=300 * MEGABYTE)
    with pytest.raises(FileTooComplex):
        SandboxedPdfs(sandbox, deaths.append).read(broken.self_drawing_form(), ocr="never")
    sandbox.close()
    (death,) = deaths
    assert death.death == "crash"
    assert death.detail in ("SIGABRT", "SIGTRAP", "SIGSEGV", "SIGILL")
    assert 0 < death.peak_megabytes < 320
    assert death.cpu_seconds is not None


class Dying:
    """A sandbox whose children all die, and the limits that they had."""

    def __init__(self, death: Death) -> None:
        self.death = death
        self.limits: list[Limits] = []

    def call(self, task: str, data: bytes, limits: Limits, *, longest: int = 0, **arguments: Any) -> bytes:
        self.limits.append(limits)
        raise ChildDied(self.death, "x", seconds=1)


@pytest.mark.parametrize(
    ("death", "limits", "final", "hurried"),
    [
        ("memory", FULL, True, False),
        ("crash", FULL, True, False),
        ("error", FULL, True, False),
        ("processor", FULL, False, False),
        ("time", FULL, False, False),
        ("server", FULL, False, False),
        ("memory", SHORT, True, False),
        ("processor", SHORT, True, True),
        ("time", SHORT, True, True),
    ],
)
def test_a_death_that_a_busy_machine_can_cause_is_no_verdict_but_within_short_limits_every_death_is(
    death: Death, limits: Limits, final: bool, hurried: bool
) -> None:
    sandbox = Dying(death)
    with pytest.raises(FileTooComplex) as died:
        SandboxedPdfs(sandbox, limits=limits).examine(b"")  # type: ignore[arg-type]
    assert sandbox.limits == [limits]
    assert died.value.final == final
    assert (died.value.problem == FileTooComplex.problem_of_a_hurried_one) == hurried


class Lying:
    """A sandbox whose child answers what it likes, as far as the caller lets it."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    def call(self, task: str, data: bytes, limits: Limits, *, longest: int = 32 * MEGABYTE, **arguments: Any) -> bytes:
        if len(self.answer) > longest:
            raise ChildDied("server", "OSError", seconds=0)
        return self.answer


_LINE = '{"rate":"20","base":"1","amount":"1"}'
_TAXES = '{"value":[%s],"confidence":1,"source":"xml"}' % ",".join([_LINE] * (MEGABYTE // len(_LINE)))  # noqa: UP031
_LONG = "x" * MEGABYTE
LIES = {
    "many VAT lines": '{"reading":{"fields":{"vat_lines":%s}}}' % _TAXES,  # noqa: UP031
    "a long problem": '{"problem":{"field":null,"code":"x","fr":"%s","en":""}}' % _LONG,  # noqa: UP031
    "many pages to recognise": '{"to_recognise":[%s]}' % ",".join(["1"] * MEGABYTE),  # noqa: UP031
    "more pages than a file has": '{"to_recognise":[%s]}' % ",".join(["1"] * 301),  # noqa: UP031
    "pages below zero": '{"reading":{"pages":-7}}',
    "too many pages": '{"reading":{"pages":1000000000000}}',
    "a recognised page below zero": '{"reading":{"ocr_pages":[-5]}}',
    "page zero to recognise": '{"to_recognise":[0]}',
    "a huge page to recognise": '{"to_recognise":[99999999999999999999]}',
    "a long line before the pdf": " " * 200_000 + '{"to_recognise":[1]}\n%PDF',
    "no json": "[" * 99_000,
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_lying_child_makes_no_large_object_and_no_page_that_is_none(lie: str) -> None:
    reader = SandboxedPdfs(Lying(lie.encode()))  # type: ignore[arg-type]
    tracemalloc.start()
    for ask in (lambda: reader.read(b"", ocr="never"), lambda: reader.examine(b"")):
        with pytest.raises(FileTooComplex):
            ask()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * MEGABYTE


def test_a_verdict_is_short(pdfs: SandboxedPdfs) -> None:
    problem = '{"problem":{"field":null,"code":"x","fr":"%s","en":""}}' % ("x" * 4000)
    with pytest.raises(FileTooComplex):
        SandboxedPdfs(Lying(problem.encode())).examine(b"")  # type: ignore[arg-type]
    with pytest.raises(FileTooComplex):
        SandboxedPdfs(Lying(b" " * 20_001)).file_facts(b"")  # type: ignore[arg-type]
    with pytest.raises(FileTooComplex):
        SandboxedPdfs(Lying(b"no PDF")).without_xml(b"")  # type: ignore[arg-type]


def test_an_ordinary_file_is_read_within_short_limits(pdfs: SandboxedPdfs) -> None:
    short = SandboxedPdfs(pdfs._sandbox, limits=SHORT)
    for document in documents(3, 2, "classique,bandeau", facturx=0.5):
        assert short.read(document.pdf, ocr="never").reading is not None


def test_the_server_of_this_process_is_started_once() -> None:
    assert pdf_sandbox() is pdf_sandbox()


# --- layouts -------------------------------------------------------------------------------------------------


def test_a_layout_is_learnt_in_the_sandbox_from_stored_words_and_reads_the_next_document(pdfs: SandboxedPdfs) -> None:
    first, second, third = documents(3, 3, "classique")
    words = {name: pdfs.read(each.pdf, ocr="never").words or b"" for name, each in (("d1", first), ("d2", second))}
    assert pdfs.matching(words["d1"], []) is None
    layout = Layout(layout_id="l1")
    for name, document in (("d1", first), ("d2", second)):
        values = {"invoice_number": str(document.truth["fields"]["invoice_number"])}
        taught = TaughtDocument(document_id=name, at=NOW, values=values)
        layout = pdfs.taught(layout, taught, {each: words[each] for each in ("d1", "d2")[: int(name[1])]})
    assert (layout.confirmed, [each.document_id for each in layout.documents]) == (2, ["d1", "d2"])
    assert pdfs.matching(words["d2"], [layout]) == "l1"
    reading = pdfs.read(third.pdf, ocr="never", layouts=[layout]).reading
    assert reading is not None
    assert reading.layout == KnownLayout(id="l1", confirmed=2)
    left = pdfs.untaught(layout, "d1", words)
    assert left is not None
    assert [each.document_id for each in left.documents] == ["d2"]
    assert pdfs.untaught(left, "d2", {"d2": words["d2"]}) is None


def test_words_that_are_none_end_the_learning_and_nothing_else(pdfs: SandboxedPdfs) -> None:
    document = TaughtDocument(document_id="d1", at=NOW, values={})
    with pytest.raises(FileTooComplex):
        pdfs.taught(Layout(layout_id="l1"), document, {"d1": b"no words"})
    with pytest.raises(FileTooComplex):
        pdfs.matching(b"no words", [])


class AnswersAnything:
    """A sandbox whose child was taken over by its file."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    def call(self, *_: Any, **__: Any) -> bytes:
        return self.answer


@pytest.mark.parametrize("answer", [b"null", b'{"layout_id": "another"}', b"[]"])
def test_a_child_cannot_answer_with_another_layout(answer: bytes) -> None:
    pdfs = SandboxedPdfs(AnswersAnything(answer))  # type: ignore[arg-type]
    with pytest.raises(FileTooComplex):
        pdfs.taught(Layout(layout_id="l1"), TaughtDocument(document_id="d1", at=NOW, values={}), {"d1": b""})


def test_a_child_cannot_match_a_layout_that_is_not_the_suppliers() -> None:
    pdfs = SandboxedPdfs(AnswersAnything(b'"another"'))  # type: ignore[arg-type]
    assert pdfs.matching(b"", [Layout(layout_id="l1")]) is None
