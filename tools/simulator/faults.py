"""Faults that can be injected: outages, latency, refusals of the gateway, answers lost after processing.

A fault applies to the next calls it fits, before the operation runs (`before`: the portal has done nothing) or after
(`after`: the portal HAS done it and the caller does not learn it). The plan only chooses
the fault; `delivery.py` executes it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Phase = Literal["before", "after"]
Effect = Literal[
    "status", "html", "empty", "reset", "truncate", "stall", "delay", "unauthorized", "throttled", "forbidden"
]


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
    401 with WWW-Authenticate. throttled: 429 with Retry-After. forbidden: 403 with no body."""
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


@dataclass
class Fault:
    """An active fault, with the number of calls left."""

    id: int
    spec: FaultSpec
    skip: int
    left: int | None

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


class FaultPlan:
    """The active faults, in the order they were added."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._faults: dict[int, Fault] = {}

    def add(self, spec: FaultSpec) -> int:
        fault = Fault(next(self._ids), spec, spec.skip, spec.times)
        self._faults[fault.id] = fault
        return fault.id

    def remove(self, fault_id: int) -> bool:
        return self._faults.pop(fault_id, None) is not None

    def clear(self) -> None:
        self._faults.clear()

    def take(self, operation: str, login: str | None) -> list[Fault]:
        """Take the faults of this call: every matching delay, and the first other one."""
        taken: list[Fault] = []
        for fault in list(self._faults.values()):
            decided = any(other.spec.effect != "delay" for other in taken)
            if not fault.fits(operation, login) or (decided and fault.spec.effect != "delay"):
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

    def listed(self) -> list[dict[str, Any]]:
        return [
            {"id": fault.id, "left": fault.left, **fault.spec.model_dump(exclude={"login"})}
            for fault in self._faults.values()
        ]
