"""On designs that no author of a rule drew, the reader is at least as right as it was: a changed weight shows here."""

import pytest

from chorus_connector.domain.reading.read import read_document
from tests.domain.reading.foreign import foreign_documents
from tools.accuracy.measure import Judged, measure
from tools.accuracy.truth import Kind

DOCUMENTS = {truth.name: (truth, pages) for truth, pages in foreign_documents()}
RIGHT: dict[Kind, float] = {"text": 97.0, "scan": 94.0}
"""The least share of printed values that is read right, in percent."""
WRONG: dict[Kind, float] = {"text": 0.5, "scan": 1.0}
"""The largest share of wrong values among those given, in percent."""


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    return measure(
        (truth for truth, _ in DOCUMENTS.values()),
        lambda truth: read_document(DOCUMENTS[truth.name][1]),
        lambda reading: False,
    )
