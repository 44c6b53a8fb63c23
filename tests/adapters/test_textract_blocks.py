"""Textract's answer becomes pages of words, whatever is missing from it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorus_connector.adapters.textract_blocks import UnreadableTextract, pages_from_textract


def block(kind: str, name: str, text: str = "", children: list[str] | None = None, page: int = 1) -> dict[str, Any]:
    box = {"Left": 0.1, "Top": 0.1 * page, "Width": 0.1, "Height": 0.02}
    relations = [{"Type": "CHILD", "Ids": children}] if children else []
    return {"BlockType": kind, "Id": name, "Text": text, "Confidence": 98.0, "Page": page,
            "Geometry": {"BoundingBox": box}, "Relationships": relations}  # fmt: skip


def answer(page: int = 1) -> list[dict[str, Any]]:
    return [
        block("PAGE", f"p{page}", children=[f"l{page}"], page=page),
        block("LINE", f"l{page}", "Facture F12", [f"a{page}", f"b{page}"], page),
        block("WORD", f"a{page}", "Facture", page=page),
        block("WORD", f"b{page}", "F12", page=page),
    ]


def test_words_keep_their_text_place_and_confidence() -> None:
    (page,) = pages_from_textract([{"Blocks": answer()}])
    assert [word.text for word in page.words] == ["Facture", "F12"]
    assert page.words[0].confidence == pytest.approx(0.98)
    assert page.source == "ocr"


def test_an_answer_in_several_parts_is_one_document_with_the_numbers_it_was_sent_for() -> None:
    first, second = answer(1), answer(2)
    pages = pages_from_textract([{"Blocks": first + second[:2]}, {"Blocks": second[2:]}], [3, 7])
    assert [page.number for page in pages] == [3, 7]
    assert [word.text for word in pages[1].words] == ["Facture", "F12"]


def test_a_page_that_failed_is_missing_and_the_others_keep_their_numbers() -> None:
    first, third = answer(1), answer(3)
    pages = pages_from_textract([{"Blocks": [*first, *third]}], [2, 5, 8])
    assert [page.number for page in pages] == [2, 8]


def test_a_page_without_words_counts_as_read_unless_the_answer_warns_of_it() -> None:
    blank = block("PAGE", "p2", page=2)
    warnings = [{"ErrorCode": "INVALID_PAGE", "Pages": [2]}]
    assert [page.number for page in pages_from_textract([{"Blocks": [*answer(), blank]}], [4, 6])] == [4, 6]
    warned = [{"Blocks": [*answer(), blank], "Warnings": warnings}]
    assert [page.number for page in pages_from_textract(warned, [4, 6])] == [4]


def test_lines_without_the_block_of_their_page_are_no_part_of_the_page_before() -> None:
    pages = pages_from_textract([{"Blocks": [*answer(1), *answer(2)[1:]]}])
    assert [[word.text for word in page.words] for page in pages] == [["Facture", "F12"], ["Facture", "F12"]]


def test_a_page_that_was_never_sent_is_left_out() -> None:
    assert [page.number for page in pages_from_textract([{"Blocks": [*answer(1), *answer(7)]}], [3])] == [3]


CORNERS = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize("skew", [-0.001, 0.0, 0.001])
def test_the_polygon_says_in_which_direction_a_word_runs(turn: int, skew: float) -> None:
    word = block("WORD", "a1", "Facture")
    corners = [CORNERS[(turn + index) % 4] for index in range(4)]
    polygon = [{"X": 0.2 + 0.05 * x + skew * y, "Y": 0.3 + 0.05 * y + skew * x} for x, y in corners]
    word["Geometry"] |= {"Polygon": polygon[:2]}
    (page,) = pages_from_textract([{"Blocks": [*answer()[:2], word]}])
    assert [each.turn for each in page.words] == [turn]


@pytest.mark.parametrize(("angle", "turn"), [(0, 0), (90.0, 1), (180, 2), (270.0, 3), (None, 0), ("90", 0)])
def test_without_a_polygon_the_rotation_angle_says_it(angle: object, turn: int) -> None:
    word = block("WORD", "a1", "Facture")
    word["Geometry"] |= {"RotationAngle": angle}
    (page,) = pages_from_textract([{"Blocks": [*answer()[:2], word]}])
    assert [each.turn for each in page.words] == [turn]


def test_a_relation_to_a_block_that_is_not_there_is_left_out() -> None:
    (page,) = pages_from_textract([{"Blocks": answer()[:3]}])
    assert [word.text for word in page.words] == ["Facture"]


def test_forms_and_tables_in_an_answer_change_nothing_of_its_pages() -> None:
    """So text detection, which has none, gives the same pages as an analysis at one fortieth of the price."""
    key_value = block("KEY_VALUE_SET", "k", children=["a1"])
    table, cell = block("TABLE", "t", children=["c"]), block("CELL", "c", children=["b1"])
    page, *rest = answer()
    analysed = [block("PAGE", "p1", children=["l1", "k", "t"]), key_value, *rest, table, cell]
    assert pages_from_textract([{"Blocks": analysed}]) == pages_from_textract([{"Blocks": [page, *rest]}])


def test_an_empty_answer_is_refused_as_unreadable() -> None:
    with pytest.raises(UnreadableTextract):
        pages_from_textract([{}])


_KEYS = st.sampled_from(["Blocks", "BlockType", "Id", "Geometry", "BoundingBox", "Left", "Relationships", "Ids"])
_LEAVES = st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.sampled_from(["PAGE", "LINE", "WORD"])
_JSON = st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner), max_leaves=20)


@given(st.lists(st.dictionaries(st.sampled_from(["Blocks", "NextToken"]), _JSON), max_size=3))
@settings(max_examples=80)
def test_any_json_gives_pages_or_one_clear_error(responses: list[dict[str, Any]]) -> None:
    try:
        pages = pages_from_textract(responses)
    except UnreadableTextract:
        return
    assert all(page.source == "ocr" for page in pages)
