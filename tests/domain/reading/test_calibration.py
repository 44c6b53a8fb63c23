from chorus_connector.domain.reading.confidence import confidence_of
from chorus_connector.domain.reading.fields.verdict import Verdict
from tests.domain.reading.calibration import confidences


def test_what_is_not_right_99_times_in_100_stays_under_095() -> None:
    table = confidences(
        {"sure": [True] * 2000, "nearly": [True] * 980 + [False] * 20, "poor": [True] * 8 + [False] * 2}
    )
    assert table["sure"] >= 0.99
    assert table["nearly"] < 0.95
    assert table["poor"] < 0.9


def test_a_ground_seen_seldom_is_not_trusted() -> None:
    assert confidences({"once": [True], "often": [True] * 90 + [False] * 10})["once"] < 0.95


def test_a_ground_never_measured_asks_for_a_person() -> None:
    assert confidence_of(Verdict("iban", "FR76", "never measured"), "text") < 0.9
