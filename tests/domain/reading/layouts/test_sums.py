"""What arithmetic adds to the sums of a taught layout: a third total that follows, and a sum that cannot be due."""

import pytest

from chorus_connector.domain.invoices.fields import FieldName
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.kinds import TOTALS
from chorus_connector.domain.reading.layouts.reading_by import TaughtValue
from chorus_connector.domain.reading.layouts.spots import Spot
from chorus_connector.domain.reading.layouts.sums import with_the_third_total, without_totals_as_what_is_due
from chorus_connector.domain.reading.layouts.transcript import Transcript
from chorus_connector.domain.reading.result import FieldReading
from tests.domain.reading.paper import page

RIGHT: dict[FieldName, str] = {"total_ht": "1500.00", "total_tva": "235.50", "total_ttc": "1735.50"}
_WORD = Transcript(Document([page((60, 60, "1"))])).lexemes[0]


def _read(value: str, confidence: float = 0.99) -> FieldReading:
    return FieldReading(value=value, confidence=confidence, source="text")


def _proposed(*values: str) -> list[TaughtValue]:
    return [TaughtValue(Spot(_WORD, _WORD, 0, 1, value), 1 / len(values), 0.5, captioned=False) for value in values]


@pytest.mark.parametrize("field", TOTALS)
@pytest.mark.parametrize("doubted", [None, "200.00"])
def test_a_total_that_follows_from_the_other_two_is_sure_where_a_reader_found_it(
    field: FieldName, doubted: str | None
) -> None:
    found = {name: _read(value) for name, value in RIGHT.items() if name != field}
    if doubted:
        found[field] = _read(doubted, 0.85)
    whole = with_the_third_total(found, {field: [_read("200.00"), _read(RIGHT[field], 0.8)]})
    assert {name: reading.value for name, reading in whole.items()} == RIGHT
    assert whole[field].confidence >= 0.9


def test_a_total_that_no_reader_found_is_not_calculated() -> None:
    found = {"total_ht": _read("1500.00"), "total_ttc": _read("1735.50"), "total_tva": _read("200.00", 0.85)}
    assert with_the_third_total(found, {"total_tva": [_read("200.00"), _read("35.50")]}) == found


def test_a_total_does_not_follow_from_a_sure_one_and_a_doubtful_one() -> None:
    found = {"total_ht": _read("1500.00", 0.85), "total_ttc": _read("1735.50")}
    assert with_the_third_total(found, {"total_ht": [], "total_tva": [_read("235.50")]}) == found


def test_three_sure_totals_stay_as_they_are() -> None:
    found = {**{name: _read(value) for name, value in RIGHT.items()}, "total_tva": _read("200.00")}
    assert with_the_third_total(found, {"total_tva": [_read("235.50")]}) == found


@pytest.mark.parametrize("not_due", ["1500.00", "235.50"])
def test_neither_ht_nor_vat_is_due(not_due: str) -> None:
    rules = {name: _read(value) for name, value in RIGHT.items()}
    kept = without_totals_as_what_is_due({"amount_due": _proposed(not_due, "735.50")}, rules)
    assert [each.value for each in kept["amount_due"]] == ["735.50"]


def test_what_is_due_without_vat_is_ht() -> None:
    rules = {"total_ht": _read("900.00"), "total_tva": _read("0.00"), "total_ttc": _read("900.00")}
    kept = without_totals_as_what_is_due({"amount_due": _proposed("900.00")}, rules)
    assert [each.value for each in kept["amount_due"]] == ["900.00"]


def test_totals_that_do_not_add_up_say_nothing_of_what_is_due() -> None:
    rules = {"total_ht": _read("1500.00"), "total_tva": _read("200.00"), "total_ttc": _read("1735.50")}
    proposed = {"amount_due": _proposed("1500.00")}
    assert without_totals_as_what_is_due(proposed, rules) == proposed
