"""Any bytes give pages or a refusal a person can act on, in bounded time and memory."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorus_connector.adapters.pdf import UnreadablePdf, open_pdf, subset_pdf
from tools.invoice_generator import broken

CODES = {
    "empty": "pdf_empty",
    "not_a_pdf": "pdf_not_a_pdf",
    "html_page": "pdf_not_a_pdf",
    "truncated": "pdf_truncated",
    "encrypted": "pdf_encrypted",
    "too_big": "pdf_too_large",
    "no_pages": "pdf_no_pages",
    "too_many_pages": "pdf_too_many_pages",
    "exponential_page_tree": "pdf_too_many_pages",
    "drawing_bomb": "pdf_inflates_too_much",
    "too_much_text": "pdf_too_much_text",
    "attachment_bomb": "pdf_inflates_too_much",
}
PLAIN = broken.plain_pdf()


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_what_cannot_be_read_is_refused_in_both_languages(name: str, code: str) -> None:
    with pytest.raises(UnreadablePdf) as refused:
        open_pdf(getattr(broken, name)())
    assert refused.value.problem.code == code
    assert refused.value.problem.fr
    assert refused.value.problem.en


@pytest.mark.parametrize("name", ["lying_page_count", "recursive_page_tree", "deep_nesting"])
def test_an_odd_but_bounded_page_tree_is_read(name: str) -> None:
    pdf = open_pdf(getattr(broken, name)())
    assert len(pdf.pages()) == pdf.page_count <= 3


def test_words_come_with_their_place_and_need_no_ocr() -> None:
    pdf = open_pdf(PLAIN)
    (page,) = pdf.pages()
    assert [word.text for word in page.words][:2] == ["FACTURE", "F2026-001"]
    assert 0 < page.words[0].box.left < page.words[1].box.left < 1
    assert pdf.pages_needing_ocr([page]) == []


def test_the_logs_say_nothing_of_what_a_damaged_file_holds(caplog: pytest.LogCaptureFixture) -> None:
    damaged = PLAIN[:9] + b"%/AF\n" + PLAIN[9:]  # every offset is wrong; pypdf warns
    with suppress(UnreadablePdf):
        open_pdf(damaged)
    assert caplog.records == []


def test_only_the_pages_asked_for_are_kept() -> None:
    three = broken.plain_pdf(pages=3)
    (page,) = open_pdf(subset_pdf(three, [2])).pages()
    assert [word.text for word in page.words][-1] == "2"


@given(st.lists(st.tuples(st.integers(0, len(PLAIN) - 1), st.integers(0, 255)), min_size=1, max_size=25))
@settings(max_examples=80)
def test_a_damaged_file_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    data = bytearray(PLAIN)
    for place, byte in changes:
        data[place] = byte
    with suppress(UnreadablePdf):
        pdf = open_pdf(bytes(data))
        assert len(pdf.pages()) == pdf.page_count


@given(st.binary(max_size=300))
@settings(max_examples=60)
def test_bytes_that_claim_to_be_a_pdf_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(UnreadablePdf):
        open_pdf(b"%PDF-1.7\n" + data)
