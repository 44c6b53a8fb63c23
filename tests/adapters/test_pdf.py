"""Any bytes give pages or a refusal a person can act on, in bounded time and memory."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorus_connector.adapters import pdf, pdf_words
from chorus_connector.adapters.pdf import UnreadablePdf, open_pdf, subset_pdf
from chorus_connector.domain.reading.paper.page import Word
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


def test_more_text_than_can_be_read_in_time_is_refused_when_the_pages_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_CHARS", 50_000)
    with pytest.raises(UnreadablePdf) as refused:
        open_pdf(broken.too_much_text()).pages()
    assert refused.value.problem.code == "pdf_too_much_text"


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


def test_three_hundred_pages_are_read_and_one_more_is_refused() -> None:
    assert open_pdf(broken.plain_pdf(pages=300)).page_count == 300
    with pytest.raises(UnreadablePdf) as refused:
        open_pdf(broken.plain_pdf(pages=301))
    assert refused.value.problem.code == "pdf_too_many_pages"


def test_a_document_shows_its_pages_and_none_of_its_content() -> None:
    assert repr(open_pdf(PLAIN)) == "PdfDocument(1 pages)"


Char = tuple[int, float, float, float, float, int]
"""A character, its box (left, bottom, right, top) and its direction in clockwise quarter turns."""
HARD_SPACE = "\u00a0"


def written(text: str, left: float = 0, bottom: float = 50, height: float = 10) -> list[Char]:
    """The characters of a text, each five points wide."""
    return [
        (ord(char), left + 5 * index, bottom, left + 5 * index + 5, bottom + height, 0)
        for index, char in enumerate(text)
    ]


def words(monkeypatch: pytest.MonkeyPatch, *characters: Char) -> list[Word]:
    """The words of a page of 100 by 100 points with these characters."""
    monkeypatch.setattr(pdf_words, "_characters", lambda textpage, count: iter(characters))
    return list(pdf_words.words_of(None, len(characters), pdf_words.Frame(0, 0, 100, 100, 0)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"1{HARD_SPACE}234,56", ["1 234,56"]),
        (f"TTC{HARD_SPACE}600", ["TTC", "600"]),
        (f"7{HARD_SPACE}jours", ["7", "jours"]),
        (f"n°{HARD_SPACE}A", ["n°", "A"]),
        (f"1{HARD_SPACE} 2", ["1", "2"]),
        (f"{HARD_SPACE}1", ["1"]),
        ("1 234", ["1", "234"]),
        ("  ", []),
    ],
)
def test_a_hard_space_joins_two_digits_and_every_other_space_ends_a_word(
    monkeypatch: pytest.MonkeyPatch, text: str, expected: list[str]
) -> None:
    assert [word.text for word in words(monkeypatch, *written(text))] == expected


@pytest.mark.parametrize(
    ("left", "bottom", "height", "apart"),
    [
        (10, 50, 10, False),
        (15, 50, 10, False),  # half a height further right
        (15.1, 50, 10, True),
        (3.1, 50, 10, False),  # a fifth of a height back over the character before
        (2.9, 50, 10, True),
        (10, 55, 10, False),  # the middles half a height apart, as an exponent
        (10, 55.1, 10, True),
        (10, 44.9, 10, True),
        (15, 50, 4, False),  # the taller character counts
        (20, 50, 20, False),
    ],
)
def test_a_jump_a_step_back_or_another_line_starts_a_word(
    monkeypatch: pytest.MonkeyPatch, left: float, bottom: float, height: float, apart: bool
) -> None:
    found = words(monkeypatch, *written("ab"), *written("c", left, bottom, height))
    assert [word.text for word in found] == (["ab", "c"] if apart else ["abc"])


@pytest.mark.parametrize("mark", [",", ";"])
@pytest.mark.parametrize(
    ("bottom", "joined"), [(46.5, True), (49.5, True), (44, False)]
)  # 4 points high, digits from 50
def test_a_comma_hangs_under_its_digits_where_boxes_fit_the_characters(
    monkeypatch: pytest.MonkeyPatch, mark: str, bottom: float, joined: bool
) -> None:
    found = words(monkeypatch, *written("13"), *written(mark, 10, bottom, 4), *written("00", 15))
    assert ["".join(word.text for word in found), len(found) == 1] == [f"13{mark}00", joined]


SOFT_SPACE = -1


@pytest.mark.parametrize(
    ("before", "gap", "after", "expected"),
    [
        ("ACHAT", 1.3, "S", ["ACHATS"]),
        ("habit", 1.3, "at", ["habitat"]),
        ("2024T", 1.3, "17", ["2024T17"]),
        ("R", 1.3, "udoval", ["Rudoval"]),
        ("FACTURE", 1.3, "17", ["FACTURE", "17"]),  # a number after its caption
        ("dit", 1.3, "119", ["dit", "119"]),  # a sum after a word
        ("mai", 1.3, "Lyon", ["mai", "Lyon"]),
        ("SA,", 1.3, "lot", ["SA,", "lot"]),
        ("ACHAT", 1.6, "S", ["ACHAT", "S"]),
        ("12", 0.3, "34", ["1234"]),
    ],
)
def test_a_space_that_pdfium_sees_inside_a_word_is_none(
    monkeypatch: pytest.MonkeyPatch, before: str, gap: float, after: str, expected: list[str]
) -> None:
    space = (SOFT_SPACE, 0.0, 0.0, 0.0, 0.0, 0)
    found = words(monkeypatch, *written(before), space, *written(after, 5 * len(before) + gap))
    assert [word.text for word in found] == expected


@pytest.mark.parametrize(("gap", "expected"), [(1.0, ["Soins", "Sud"]), (0.8, ["SoinsSud"])])
def test_a_space_before_a_capital_may_be_narrower_than_pdfium_sees(
    monkeypatch: pytest.MonkeyPatch, gap: float, expected: list[str]
) -> None:
    found = words(monkeypatch, *written("Soins"), *written("Sud", 25 + gap))
    assert [word.text for word in found] == expected


def test_on_a_turned_page_distances_decide_whatever_pdfium_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    space = (SOFT_SPACE, 0.0, 0.0, 0.0, 0.0, 0)
    characters = [*written("de"), space, *written("s", 11.5), *written("lots", 19)]
    monkeypatch.setattr(pdf_words, "_characters", lambda textpage, count: iter(characters))
    found = pdf_words.words_of(None, 0, pdf_words.Frame(0, 0, 100, 100, 1))
    assert [word.text for word in found] == ["des", "lots"]


@pytest.mark.parametrize("place", [2, 3, 9])
def test_an_accent_drawn_over_a_letter_is_part_of_it_wherever_it_is_in_the_stream(
    monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    characters = written("decembre")
    characters.insert(place, (ord("´"), 5.5, 51, 9.5, 61, 0))
    assert [word.text for word in words(monkeypatch, *characters)] == ["décembre"]


def test_an_accent_that_is_over_no_letter_stays_a_character(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [word.text for word in words(monkeypatch, *written("a^2 `b"))] == ["a^2", "`b"]


def test_decomposed_accents_are_composed_and_bytes_of_windows_are_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [word.text for word in words(monkeypatch, *written("De\u0301c 5\x80 c\u0327a"))] == ["Déc", "5€", "ça"]


def test_the_box_of_a_word_holds_all_its_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    (word,) = words(monkeypatch, *written("a", 20, 50, 10), *written("b", 25, 48, 15), *written("c", 30, 52, 4))
    assert (word.box.left, word.box.top) == (pytest.approx(0.20), pytest.approx(0.37))
    assert (word.box.width, word.box.height) == (pytest.approx(0.15), pytest.approx(0.15))


@pytest.mark.parametrize(
    ("left", "bottom", "seen"),
    [(-5, 50, True), (-6, 50, False), (105, 50, True), (106, 50, False), (50, 95, True), (50, 96, False)],
)
def test_a_word_that_starts_outside_the_page_is_left_out(
    monkeypatch: pytest.MonkeyPatch, left: float, bottom: float, seen: bool
) -> None:
    assert bool(words(monkeypatch, *written("a", left, bottom))) is seen


def test_a_word_is_as_wide_and_as_high_as_its_characters() -> None:
    (page,) = open_pdf(PLAIN).pages()
    first, second = page.words[0].box, page.words[1].box
    assert first.left == pytest.approx(60 / 595.28, abs=0.005)
    assert 0.05 < first.width < 0.15
    assert first.left + first.width < second.left
    assert 0.005 < first.height < 0.03
    assert 0.05 < first.top < 0.08
