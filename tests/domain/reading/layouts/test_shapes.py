"""The form of a code: what is found, what a scan's misread characters may be, and what is another form."""

import pytest

from chorus_connector.domain.reading.layouts.shapes import find_misread, find_shaped, shape_of, shapes_match


@pytest.mark.parametrize(
    ("code", "shape"), [("FA/2026/0031", "A{2}/9{4}/9{4}"), ("b-12 C", "a{1}-9{2} A{1}"), ("77", "9{2}")]
)
def test_a_shape_says_classes_and_counts(code: str, shape: str) -> None:
    assert shape_of(code) == shape


def test_a_serial_may_grow_by_a_digit_and_not_by_two() -> None:
    shapes = (shape_of("NB-999"),)
    assert shapes_match(shape_of("NB-1000"), shapes)
    assert not shapes_match(shape_of("NB-10000"), shapes)
    assert list(find_shaped("n° NB-1000 du 3 mai", shapes)) == [(3, 10)]
    assert list(find_shaped("n° NB-10000 du 3 mai", shapes)) == []


def test_a_misread_digit_is_repaired_where_a_digit_was_taught() -> None:
    assert [text for _, _, text in find_misread("n° F2O26-OO12", (shape_of("F2026-0012"),))] == ["F2026-0012"]


def test_a_misread_code_with_a_character_lost_is_not_repaired() -> None:
    assert list(find_misread("n° F2O26-OO1", (shape_of("F2026-0012"),))) == []
