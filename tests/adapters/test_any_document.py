"""Whatever the bytes of a PDF or the JSON of Textract, reading them gives an answer in its normal forms."""

import re
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chorus_connector.adapters.textract_blocks import UnreadableTextract, pages_from_textract
from chorus_connector.domain.reading.read import read_document
from chorus_connector.domain.reading.result import Reading
from tools.invoice_generator.corpus import documents
from tools.read_files import read_pdf

_AMOUNT = re.compile(r"\d+\.\d\d")
_SHAPES = {
    **dict.fromkeys(("total_ht", "total_tva", "total_ttc", "amount_due"), _AMOUNT),
    **dict.fromkeys(("invoice_date", "due_date"), re.compile(r"\d{4}-\d\d-\d\d")),
    "iban": re.compile(r"[A-Z]{2}[A-Z0-9]{10,32}"),
}
_QUICK = settings(max_examples=40)
_PARTS = st.sampled_from(
    [
        b"",
        b"\0",
        b"<<",
        b">>",
        b"endobj",
        b"stream\n",
        b"/Length 9",
        b"0 0 m",
        b"(\\",
        b"[",
        b"999999999",
        b"/Kids[3 0 R]",
    ]
)
_CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), _PARTS | st.binary(max_size=6)), max_size=12)


@cache
def samples() -> tuple[bytes, ...]:
    """Sound invoices of several layouts, one with XML inside, to break."""
    plain = [doc.pdf for doc in documents(5, 3, "classique,plusieurs_pages,grille")]
    return (*plain, *(doc.pdf for doc in documents(6, 1, "bandeau", facturx=1.0)))


def changed(data: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    """The bytes with some of them cut out and others put in."""
    for place, length, part in changes:
        at = int(place * len(data))
        data = data[:at] + part + data[at + length :]
    return data


def assert_in_normal_form(reading: Reading) -> None:
    for name, field in reading.fields.items():
        assert 0 <= field.confidence <= 1
        if name in _SHAPES and field.source != "xml":
            assert _SHAPES[name].fullmatch(str(field.value))


@given(st.integers(0, 3), _CHANGES)
@_QUICK
def test_a_damaged_invoice_is_read_or_refused(which: int, changes: list[tuple[float, int, bytes]]) -> None:
    assert_in_normal_form(read_pdf(changed(samples()[which], changes), ocr="never"))


_ODD = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=6) | st.just([]) | st.just({})
_SHARE = st.floats(-0.2, 1.2)
_BOX = st.fixed_dictionaries(
    {"Left": _SHARE | _ODD, "Top": _SHARE, "Width": st.floats(0, 0.5), "Height": st.floats(0, 0.1) | _ODD}
)
_IDS = st.sampled_from(["a", "b", "c", "d", "e"])
_WORDS = st.sampled_from(
    ["Facture", "N°", "Total", "HT", "TVA", "1 200,00", "€", "FR76", "20 %", "12/03/2026", "\u2212"]
)
_BLOCK = st.fixed_dictionaries(
    {"BlockType": st.sampled_from(["PAGE", "LINE", "WORD", "KEY_VALUE_SET"]) | _ODD, "Id": _IDS | _ODD},
    optional={
        "Text": _WORDS | st.text(max_size=20) | _ODD,
        "Confidence": st.floats(0, 100) | _ODD,
        "Page": st.integers(-1, 3) | _ODD,
        "Geometry": st.fixed_dictionaries({"BoundingBox": _BOX | _ODD}) | _ODD,
        "Relationships": st.lists(st.fixed_dictionaries({"Type": st.just("CHILD"), "Ids": st.lists(_IDS) | _ODD}))
        | _ODD,
    },
)


@given(st.lists(st.fixed_dictionaries({"Blocks": st.lists(_BLOCK, max_size=25) | _ODD}), max_size=3))
@_QUICK
def test_any_answer_of_textract_is_read_or_refused_as_unreadable(responses: list[dict[str, Any]]) -> None:
    try:
        pages = pages_from_textract(responses)
    except UnreadableTextract:
        return
    assert_in_normal_form(read_document(pages))
