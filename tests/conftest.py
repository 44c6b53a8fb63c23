"""Tests that need the local stack share one: with several workers they all go to the same."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep whatever needs the stack on one worker, and send the rest wherever there is room."""
    for item in items:
        if item.get_closest_marker("stack"):
            item.add_marker(pytest.mark.xdist_group("stack"))
