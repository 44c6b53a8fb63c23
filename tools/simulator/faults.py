"""Faults that can be injected: outages, latency, refusals of the gateway, answers lost after processing.

A fault applies to the next calls it fits, before the operation runs (`before`: the portal has done nothing) or after
(`after`: the portal HAS done it and the caller does not learn it). The plan only chooses the fault; `delivery.py`
executes it. Times are the simulated clock's.
"""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tools.simulator.clock import Clock, before, later

Phase = Literal["before", "after"]
Effect = Literal[
    "status", "html", "empty", "reset", "truncate", "stall", "delay", "unauthorized", "throttled", "forbidden",
    "invalid_client",
]  # fmt: skip


class FaultSpec(BaseModel):
    """One fault, as in the admin API and the scenario file."""

    model_config = ConfigDict(extra="forbid")

    operation: str = "*"
    """`factures/soumettre`, a family (`factures/*`), `token`, or `*` for all but the token endpoint and admin."""
    phase: Phase = "before"
    effect: Effect = "status"
    """status: an error status with the portal's kind of body. html: the same with an HTML page. empty: with no body.
    reset: the connection is reset (TCP RST). truncate: the answer is cut in the middle (always after processing).
    stall: no answer for `seconds`, then a reset. delay: `seconds` of latency, then the normal answer. unauthorized:
    401 with WWW-Authenticate. throttled: 429 with Retry-After. forbidden: 403 with no body. invalid_client: the token
    endpoint's refusal of wrong keys, for keys that are right."""
    status: int = 500
    seconds: float = Field(default=0, ge=0)
    retry_after: str = "1"
    """The header that `throttled` sends unchanged: seconds or an HTTP date."""
    times: int | None = Field(default=1, ge=1)
    """How many calls it affects; null: until it is removed."""
    skip: int = Field(default=0, ge=0)
    """How many matching calls pass first."""
    login: str | None = None
    """Only calls of this technical account."""
    share: float = Field(default=1, gt=0, le=1)
    """The share of matching calls that it affects, chosen by a random sequence that `seed` repeats."""
    seed: int = 0
    allowed: int | None = Field(default=None, ge=0)
    """It affects only a call before which this many matching calls came within `window_seconds`."""
    window_seconds: float = Field(default=1, gt=0)
    lasts_seconds: float | None = Field(default=None, gt=0)
    """It ends that long after it was added."""


@dataclass
class Fault:
    """An active fault, with the number of calls left."""

    id: int
    spec: FaultSpec
    skip: int
    left: int | None
    ends: datetime | None
    random: Random
    recent: deque[datetime] = field(default_factory=deque)
    """When the matching calls of the last `window_seconds` came."""

    @property
    def phase(self) -> Phase:
        return "after" if self.spec.effect == "truncate" else self.spec.phase

    def fits(self, operation: str, login: str | None) -> bool:
        if self.spec.login is not None and self.spec.login != login:
            return False
        wanted = self.spec.operation
        if wanted == "*":
            return operation != "token"
        return operation == wanted or (wanted.endswith("/*") and operation.startswith(wanted[:-1]))

    def strikes(self, now: datetime) -> bool:
        """Whether this matching call is one of those it affects, by their pace and their share."""
        pace, window = self.spec.allowed, timedelta(seconds=self.spec.window_seconds)
        while self.recent and not before(now, later(self.recent[0], window)):
            self.recent.popleft()
        too_fast = pace is None or len(self.recent) >= pace
        if pace is not None:
            self.recent.append(now)
        return too_fast and (self.spec.share == 1 or self.random.random() < self.spec.share)


class FaultPlan:
    """The active faults, in the order they were added."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ids = itertools.count(1)
        self._faults: dict[int, Fault] = {}

    def add(self, spec: FaultSpec) -> int:
        ends = later(self._clock.now(), timedelta(seconds=spec.lasts_seconds)) if spec.lasts_seconds else None
        chance = Random(spec.seed)  # noqa: S311 # nosec B311 - a test repeats it
        fault = Fault(next(self._ids), spec, spec.skip, spec.times, ends, chance)
        self._faults[fault.id] = fault
        return fault.id

    def remove(self, fault_id: int) -> bool:
        return self._faults.pop(fault_id, None) is not None

    def clear(self) -> None:
        self._faults.clear()

    def take(self, operation: str, login: str | None) -> list[Fault]:
        """Take the faults of this call: every matching delay, and the first other one."""
        now = self._clock.now()
        taken: list[Fault] = []
        for fault in self._active(now):
            if not fault.fits(operation, login) or not fault.strikes(now):
                continue
            decided = any(other.spec.effect != "delay" for other in taken)
            if decided and fault.spec.effect != "delay":
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            self._use(fault)
            taken.append(fault)
        return taken

    def _use(self, fault: Fault) -> None:
        if fault.left is None:
            return
        fault.left -= 1
        if fault.left == 0:
            del self._faults[fault.id]

    def _active(self, now: datetime) -> list[Fault]:
        self._faults = {
            fault.id: fault for fault in self._faults.values() if fault.ends is None or before(now, fault.ends)
        }
        return list(self._faults.values())

    def listed(self) -> list[dict[str, Any]]:
        return [
            {"id": fault.id, "left": fault.left, **fault.spec.model_dump(exclude={"login"})}
            for fault in self._active(self._clock.now())
        ]
