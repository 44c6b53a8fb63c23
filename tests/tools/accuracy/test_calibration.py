"""Confidence is fitted by design: the tenth document of one design proves little about another one."""

from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.reading.confidence import confidence_of
from chorus_connector.domain.reading.fields.verdict import Verdict
from tools.accuracy.calibration import CONTRADICTED, Observation, fit, left_out


def _seen(ground: str, rights: int, wrongs: int = 0, *, generated: bool = False) -> list[Observation]:
    """Values of as many designs."""
    return [
        Observation("text", "iban", ground, f"{ground} {number}", number < rights, generated=generated)
        for number in range(rights + wrongs)
    ]


def _fitted(*seen: list[Observation]) -> dict[str, float]:
    return fit([each for some in seen for each in some])["text", "iban"]


def test_what_is_wrong_on_some_designs_stays_under_the_thresholds() -> None:
    table = _fitted(_seen("sure", 2000), _seen("nearly", 980, 22), _seen("poor", 8, 2))
    assert table["sure"] >= 0.99
    assert table["nearly"] < 0.95
    assert table["poor"] < 0.9


def test_a_ground_seen_seldom_is_not_trusted() -> None:
    assert _fitted(_seen("once", 1), _seen("often", 90, 10))["once"] < 0.95


def test_many_documents_of_one_design_do_not_outweigh_other_designs() -> None:
    one_design = [Observation("text", "iban", "before", "a", True) for _ in range(500)]
    table = _fitted(one_design, _seen("before", 20, 3))
    assert table["before"] < 0.9


def test_what_only_the_generator_has_shown_asks_for_a_person() -> None:
    assert _fitted(_seen("drawn", 5000, generated=True), _seen("other ground", 50))["drawn"] < 0.9


def test_values_that_contradict_each_other_ask_for_a_person_however_often_they_were_right() -> None:
    for ground in CONTRADICTED:
        assert _fitted(_seen(ground, 50), _seen("agreed", 50))[ground] < 0.9


def test_a_ground_never_measured_asks_for_a_person() -> None:
    assert confidence_of(Verdict("iban", "FR76", "never measured"), "text") < 0.9


def test_a_design_does_not_vouch_for_itself() -> None:
    judged = left_out([*_seen("only here", 1), *_seen("elsewhere", 40)])
    confidences = {each.ground: confidence for each, confidence in judged}
    assert confidences["only here"] < 0.9
    assert confidences["elsewhere"] > 0.95


@given(rights=st.integers(0, 60), wrongs=st.integers(0, 60))
def test_a_share_of_right_values_below_a_threshold_never_passes_it(rights: int, wrongs: int) -> None:
    confidence = _fitted(_seen("any", rights, wrongs), _seen("known", 200)).get("any", 0.0)
    if rights + wrongs and rights / (rights + wrongs) < 0.95:
        assert confidence < 0.95
    if rights + wrongs and rights / (rights + wrongs) < 0.9:
        assert confidence < 0.9
