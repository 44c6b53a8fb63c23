"""Structured deposits (deposer/flux) as the portal holds them: number, state, errors. `integration.py` moves them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.simulator.requests import DeposerFlux

_INTERFACES = {"IN_DP_E2_CII_FACTURX": "FSO1117A", "IN_DP_E1_UBL_INVOICE": "FSO1113A"}


@dataclass(frozen=True)
class InvoiceError:
    """An error of one invoice of a flow."""

    supplier: str | None
    recipient: str | None
    number: str | None
    text: str


@dataclass
class Flow:
    """One deposit and its state."""

    number: str
    owner: str
    file_name: str
    syntax: str
    deposited: datetime
    changed: datetime
    state: str = "IN_RECU"
    visible: bool = False
    technical_errors: list[tuple[str, str]] = field(default_factory=list)
    invoice_errors: list[InvoiceError] = field(default_factory=list)

    @property
    def interface(self) -> str:
        return _INTERFACES.get(self.syntax, "FSO1100A")


class FlowStore:
    """Every flow of one simulator, by number."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._flows: dict[str, Flow] = {}

    def add(self, owner: str, request: DeposerFlux, now: datetime) -> Flow:
        number = f"CPP0011117{next(self._numbers):015d}"
        flow = Flow(number, owner, request.nomFichier, request.syntaxeFlux, deposited=now, changed=now)
        self._flows[number] = flow
        return flow

    def get(self, number: str) -> Flow | None:
        return self._flows.get(number)

    def all(self) -> list[Flow]:
        return list(self._flows.values())
