"""On designs that no author of a rule drew, the reader is at least as right as it was: a changed weight shows here.

The authors have looked at these designs since. docs/measures.md has the figures of designs that they had not seen.
"""

import pytest

from chorus_connector.domain.reading.read import read_document
from tests.domain.reading.foreign import foreign_documents
from tools.accuracy.__main__ import leaves
from tools.accuracy.measure import Judged, measure
from tools.accuracy.report import rates, unattended_risk
from tools.accuracy.truth import Kind

DOCUMENTS = {truth.name: (truth, pages) for truth, pages in foreign_documents()}
FINDABLE: dict[Kind, int] = {"text": 500, "scan": 140}
"""At least so many printed values are judged."""
RIGHT: dict[Kind, float] = {"text": 99.3, "scan": 98.0}
"""The least share of printed values that is read right, in percent."""
WRONG: dict[Kind, float] = {"text": 0.2, "scan": 0.5}
"""The largest share of wrong values among those given, in percent."""
UNATTENDED = 40
"""At least so many documents would leave by themselves with ``new_layouts: send``."""


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    return measure(
        (truth for truth, _ in DOCUMENTS.values()),
        lambda truth: read_document(DOCUMENTS[truth.name][1]),
        leaves("send"),
    )


@pytest.mark.parametrize("kind", ["text", "scan"])
def test_the_readings_are_as_right_as_they_were(judged: list[Judged], kind: Kind) -> None:
    found = rates(outcome for each in judged if each.kind == kind for outcome in each.outcomes)
    assert found["findable"] > FINDABLE[kind]
    assert found["right_pct"] >= RIGHT[kind]
    assert found["wrong_pct"] <= WRONG[kind]


def test_nothing_wrong_would_leave_unattended(judged: list[Judged]) -> None:
    risk = unattended_risk(judged)
    assert risk["wrong_documents"] == []
    assert risk["unattended"] >= UNATTENDED
