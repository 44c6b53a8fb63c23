"""A signed-in browser for the console's tests."""

import pytest

from tests.console.browsing import Browser, signed_in


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    return signed_in(monkeypatch)
