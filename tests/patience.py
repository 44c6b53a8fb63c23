"""Waiting for what happens by itself. A busy machine needs patience: only a failure costs all of it."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 120
"""Seconds."""
Found = TypeVar("Found")


def eventually(look: Callable[[], Found], patience: float = PATIENCE) -> Found:
    """What ``look`` finds: its first true answer, or its last answer when that many seconds have passed."""
    deadline = time.monotonic() + patience
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found
