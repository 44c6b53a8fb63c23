"""A document leaves by itself only when nothing asks for a person."""

import pytest

from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.result import FieldReading, KnownLayout
from chorus_connector.domain.reading.unattended import KEY_FIELDS, needs_a_lesson, unattended

TWICE, ONCE = KnownLayout(id="a", confirmed=2), KnownLayout(id="a", confirmed=1)


def fields(source: str = "text", **confidence: float) -> dict[str, FieldReading]:
    """The key fields and the type, each with a confidence of 0.95 or the one given."""
    names = (*KEY_FIELDS, "invoice_type", *confidence)
    return {name: FieldReading(value="1", confidence=confidence.get(name, 0.95), source=source) for name in names}


def test_a_sure_document_of_a_layout_confirmed_twice_leaves() -> None:
    assert unattended(fields(), (), TWICE)


@pytest.mark.parametrize("layout", [None, ONCE])
def test_a_layout_that_was_not_confirmed_twice_waits_unless_the_supplier_sends_new_layouts(
    layout: KnownLayout | None,
) -> None:
    assert not unattended(fields(), (), layout)
    assert unattended(fields(), (), layout, new_layouts="send")


def test_values_of_xml_need_no_lesson() -> None:
    assert unattended(fields("xml"), (), None)
    assert not needs_a_lesson(fields("xml"), None)


def test_one_value_of_the_page_among_those_of_the_xml_needs_a_lesson() -> None:
    mixed = fields("xml") | {"service_code": FieldReading(value="A1", confidence=0.99, source="text")}
    assert needs_a_lesson(mixed, None)


def test_a_missing_key_field_waits() -> None:
    assert not unattended({name: read for name, read in fields().items() if name != "total_tva"}, (), TWICE)


@pytest.mark.parametrize(("threshold", "leaves"), [(0.9, False), (0.8, True)])
def test_the_supplier_s_threshold_decides_what_is_sure(threshold: float, leaves: bool) -> None:
    assert unattended(fields(engagement_number=0.85), (), TWICE, threshold=threshold) is leaves


def test_a_doubtful_name_holds_nothing_back() -> None:
    assert unattended(fields(recipient_name=0.3), (), TWICE)


def test_only_a_blocking_problem_waits() -> None:
    said = Problem(field=None, code="a", fr="A.", en="A.", blocking=False)
    assert unattended(fields(), (said,), TWICE)
    assert not unattended(fields(), (said.model_copy(update={"blocking": True}),), TWICE)
