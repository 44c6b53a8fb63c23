"""The operations the portal serves: one table from path to request model and function, one module per API family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tools.simulator.portal import Portal
    from tools.simulator.suppliers import Account
    from tools.simulator.validation import Request

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
