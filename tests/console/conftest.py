"""A signed-in browser for the console's tests."""

from collections.abc import Iterator

import pytest

from tests.console.browsing import Browser, signed_in


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """A browser of this test. The test fails if a page asked the API something that its description does not have."""
    given = signed_in(monkeypatch)
    yield given
    assert given.api.undeclared == []
