"""The operations the portal serves: one table from path to request model and function, one module per API family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chorus_simulator.portal import Portal
    from chorus_simulator.suppliers import Account
    from chorus_simulator.validation import Request

Payload = dict[str, Any]


@dataclass(frozen=True)
class Caller:
    """One call: the portal, who calls, when, and the body as received."""

    portal: Portal
    account: Account
    now: datetime
    operation: str
    received: dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """A path below its family, the body it takes and the function that serves it."""

    model: type[Request]
    run: Callable[[Caller, Any], Payload]
