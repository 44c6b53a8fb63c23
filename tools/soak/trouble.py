"""Injects faults in a run with faults, on a schedule over the length of the run.

Workers are killed every few seconds, calls to DynamoDB and S3 are throttled, heavily in bursts, and some deposits lose
their answers. The portal is slow for a while, then down, then back.
"""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx

from tools.soak.memory import resident, workers

_LOST_ANSWERS = (
    {"effect": "reset"},
    {"effect": "truncate"},
    {"effect": "html", "status": 502},
)
_SLOW = (0.15, 0.30)
_DOWN = (0.35, 0.45)
"""Begin and end as shares of the run's length."""
_SLOW_SECONDS = 2.0
_BURST_EVERY, _BURST_SECONDS = 60.0, 8.0
_USUAL_SHARE, _BURST_SHARE = 0.02, 0.25
_LOSE_EVERY, _LOSE_FOR = 7.0, 1.5
"""Seconds. The fault is removed even when no deposit came: else it would hit the first probe after an outage."""
_STARTED = 58_000_000
"""Resident bytes of a worker that has loaded its code. Only such workers are killed: on a busy machine loading takes
long, and killing workers while they load would test nothing."""
_DONE_BEFORE = "supplier_api"
"""Never killed: it only provisioned the suppliers."""


@dataclass
class Trouble:
    """Injects faults from `start` to `stop`; afterwards everything works again."""

    state_dir: Path
    simulator_url: str
    proxy_url: str
    length: float
    kill_every: float
    said: Callable[[str], None]
    done: Counter[str] = field(default_factory=Counter)
    _random: Random = field(default_factory=lambda: Random(3))
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        for work in (self._kill_workers, self._throttle, self._trouble_the_portal):
            self._threads.append(threading.Thread(target=work, name=work.__name__, daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self) -> dict[str, int]:
        """Remove every fault; returns how many were injected, by kind."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._portal_is_well()
        answer = httpx.put(f"{self.proxy_url}/_trouble", json={"share": 0}, timeout=30, trust_env=False)
        return {**self.done, **answer.raise_for_status().json()["counted"]}

    def _kill_workers(self) -> None:
        while not self._over.wait(self.kill_every):
            alive = [(pid, function) for pid, function in workers(self.state_dir) if function != _DONE_BEFORE]
            started = [(pid, function) for pid, function in alive if resident(pid) > _STARTED]
            if started:
                pid, function = self._random.choice(started)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    self.done["workers killed"] += 1
                    self.done[f"killed: {function}"] += 1

    def _throttle(self) -> None:
        started = time.monotonic()
        while not self._over.wait(0.5):
            bursting = (time.monotonic() - started) % _BURST_EVERY > _BURST_EVERY - _BURST_SECONDS
            share = _BURST_SHARE if bursting else _USUAL_SHARE
            httpx.put(f"{self.proxy_url}/_trouble", json={"share": share}, timeout=30, trust_env=False)

    def _trouble_the_portal(self) -> None:
        started, mood, lost_at, losing = time.monotonic(), "well", 0.0, False
        while not self._over.wait(0.5):
            passed = time.monotonic() - started
            wanted = self._mood(passed / self.length)
            if wanted != mood:
                mood = wanted
                self.said(f"the portal is {mood}")
                self._portal_is_well()
                self._portal_is(mood)
                losing = False
            if losing and passed - lost_at > _LOSE_FOR:
                losing = False
                self._portal_is_well()
            if mood == "well" and passed - lost_at > _LOSE_EVERY:
                lost_at, losing = passed, True
                self._fault(operation="factures/soumettre", phase="after", **self._random.choice(_LOST_ANSWERS))
                self.done["moments when a deposit's answer is lost"] += 1

    def _mood(self, part: float) -> str:
        if _SLOW[0] <= part < _SLOW[1]:
            return "slow"
        return "down" if _DOWN[0] <= part < _DOWN[1] else "well"

    def _portal_is(self, mood: str) -> None:
        for operation in ("*", "token"):
            if mood == "slow":
                self._fault(operation=operation, effect="delay", seconds=_SLOW_SECONDS, times=None)
            if mood == "down":
                self._fault(operation=operation, effect="html", status=503, times=None)

    def _portal_is_well(self) -> None:
        httpx.delete(f"{self.simulator_url}/_admin/faults", timeout=30, trust_env=False).raise_for_status()

    def _fault(self, **fault: Any) -> None:
        answer = httpx.post(f"{self.simulator_url}/_admin/faults", json=fault, timeout=30, trust_env=False)
        answer.raise_for_status()
