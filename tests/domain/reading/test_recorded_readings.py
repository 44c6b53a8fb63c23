"""The reader finds on recorded pages what it found before: every development layout, as text and as OCR."""

import pytest

from chorus_connector.domain.reading.read import read_document
from tests.domain.reading.recorded import findings, recorded_findings, recorded_pages

PAGES, FOUND = recorded_pages(), recorded_findings()


@pytest.mark.parametrize("document", PAGES)
def test_a_recorded_page_is_read_as_before(document: str) -> None:
    assert findings(read_document(PAGES[document])) == FOUND[document]


def test_pages_and_findings_are_of_the_same_documents() -> None:
    assert set(PAGES) == set(FOUND)
    assert len(PAGES) >= 170
