"""How long a page waited for the API: the benchmark compares the page's own time with it."""

import re

from console.api_client import Call, waited
from tests.console.browsing import Browser


def _call(started: float, seconds: float) -> Call:
    return Call("GET", "/me", 200, started, seconds)


def test_calls_that_are_open_together_count_once() -> None:
    assert waited([_call(2, 3), _call(2.5, 1), _call(4, 2), _call(10, 1)]) == 5


def test_no_call_is_no_time() -> None:
    assert waited([]) == 0


def test_a_page_says_how_many_calls_it_made_and_how_long_it_waited(browser: Browser) -> None:
    timing = browser.get("/suppliers")["headers"]["Server-Timing"]
    found = re.fullmatch(r'api;dur=([\d.]+);desc="2", waited;dur=([\d.]+), total;dur=([\d.]+)', timing)
    assert found, timing
    together, total = float(found[2]), float(found[3])
    assert together <= min(float(found[1]), total)
