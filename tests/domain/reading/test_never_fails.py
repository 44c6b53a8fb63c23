"""Reading never fails, whatever is on a page."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorus_connector.domain.reading.cii import parse_cii
from chorus_connector.domain.reading.paper.page import Box, Page, Word
from chorus_connector.domain.reading.read import read_document
from tests.facturx_sample import facturx_xml

_TEXTS = st.one_of(
    st.text(min_size=1, max_size=12),
    st.sampled_from(
        ["Facture", "n°", "Total", "HT", "TTC", "TVA", "20", "%", "1", "200,00", "€", "SIRET", "Date", "/"]
    ),
    st.from_regex(r"\A[0-9 ]{1,14}\Z"),
)
_SHARE = st.floats(-0.2, 1.2)
_WORDS = st.builds(Word, _TEXTS, st.builds(Box, _SHARE, _SHARE, st.floats(0, 0.4), st.floats(0, 0.1)), st.floats(0, 1))


@given(st.lists(_WORDS, max_size=40), st.sampled_from(["text", "ocr"]))
@settings(max_examples=120)
def test_any_words_anywhere_give_a_reading(words: list[Word], source: str) -> None:
    reading = read_document([Page(1, 595.0, 842.0, tuple(words), source)])  # type: ignore[arg-type]
    assert all(0 <= field.confidence <= 1 for field in reading.fields.values())


@given(st.binary(max_size=400))
@settings(max_examples=60)
def test_any_bytes_as_xml_give_fields_or_a_problem(data: bytes) -> None:
    invoice = parse_cii(data)
    assert invoice is None or invoice.fields or invoice.problems


@pytest.mark.parametrize(
    "amount", ["1e999999", "-1E+400", "0E999999", "1e-999999", "NaN", "-Infinity", "9" * 10_000, "0." + "1" * 10_000]
)
def test_any_amount_in_an_xml_is_a_value_or_none(amount: str) -> None:
    fields = parse_cii(facturx_xml().replace(b"600.00", amount.encode()).replace(b"100.00", amount.encode())).fields
    assert fields["invoice_number"].value == "FA-2026-17"


def test_no_pages_at_all_is_an_empty_reading() -> None:
    assert read_document([]).fields == {}
