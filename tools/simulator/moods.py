"""PISTE's bad moods: it refuses good keys now and then, and answers 401 to calls that follow too fast.

A mood is two faults with the defaults that one production client reports; it is off until it is started. Start it with
`POST /_admin/mood`, with `[mood]` in a scenario file, or for a block of a test: `with piste_mood(portal, PisteMood())`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from tools.simulator.faults import FaultSpec

if TYPE_CHECKING:
    from tools.simulator.portal import Portal


class PisteMood(BaseModel):
    """How bad it is; each half can be switched off."""

    model_config = ConfigDict(extra="forbid")

    invalid_client_share: float = Field(default=0.1, ge=0, le=1)
    """The share of token requests that are refused although the keys are right; 0: none."""
    seed: int = 1
    """The same seed refuses the same token requests, by their order."""
    calls: int | None = Field(default=5, ge=0)
    """How many calls may come within `window_seconds`; the next is a 401. null: any number."""
    window_seconds: float = Field(default=1, gt=0)
    lasts_seconds: float | None = Field(default=None, gt=0)
    """The mood ends by itself after that much simulated time."""

    def faults(self) -> list[FaultSpec]:
        refused = FaultSpec(
            operation="token",
            effect="invalid_client",
            times=None,
            share=self.invalid_client_share or 1,
            seed=self.seed,
            lasts_seconds=self.lasts_seconds,
        )
        too_fast = FaultSpec(
            effect="unauthorized",
            times=None,
            allowed=self.calls,
            window_seconds=self.window_seconds,
            lasts_seconds=self.lasts_seconds,
        )
        return [*([refused] if self.invalid_client_share else []), *([] if self.calls is None else [too_fast])]


def start_mood(portal: Portal, mood: PisteMood) -> None:
    """Start this mood in place of the present one."""
    with portal.lock:
        stop_mood(portal)
        portal.mood_faults = [portal.faults.add(spec) for spec in mood.faults()]


def stop_mood(portal: Portal) -> None:
    """End the mood; other faults stay."""
    with portal.lock:
        for fault_id in portal.mood_faults:
            portal.faults.remove(fault_id)
        portal.mood_faults = []


@contextmanager
def piste_mood(portal: Portal, mood: PisteMood) -> Iterator[None]:
    """The mood for the length of a `with` block."""
    start_mood(portal, mood)
    try:
        yield
    finally:
        stop_mood(portal)
