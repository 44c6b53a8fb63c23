"""The whole state of one simulated portal, in memory.

It is in memory behind one lock, not in a database: a test needs a new portal in milliseconds, nothing must outlive the
process, and every call is short. Code that reads or changes the state holds `lock` and first calls `catch_up()`, which
plays the events that have become due.
"""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING

from tools.simulator.calls import CallLog
from tools.simulator.clock import Agenda, Clock
from tools.simulator.directory import Directory
from tools.simulator.faults import FaultPlan
from tools.simulator.files import FileStore
from tools.simulator.flows import FlowStore
from tools.simulator.invoices import InvoiceStore
from tools.simulator.lives import Lives
from tools.simulator.oauth import TokenOffice
from tools.simulator.suppliers import Suppliers, default_supplier, other_suppliers

if TYPE_CHECKING:
    from tools.simulator.dialect import Dialect
    from tools.simulator.settings import Settings


class Portal:
    """The state of the simulator; `reset()` restores the initial state."""

    clock: Clock
    agenda: Agenda
    directory: Directory
    suppliers: Suppliers
    tokens: TokenOffice
    files: FileStore
    invoices: InvoiceStore
    lives: Lives
    flows: FlowStore
    faults: FaultPlan
    calls: CallLog
    dialect: Dialect
    mood_faults: list[int]
    """The faults of PISTE's present mood (`moods.py`)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Restore the initial state of the settings and the scenario."""
        settings = self.settings
        with self.lock:
            self.clock = Clock(settings.start, runs=settings.clock_runs)
            self.agenda = Agenda()
            self.directory = Directory(opened=settings.open_directory, created=self.clock.now())
            self.suppliers = Suppliers()
            self.tokens = TokenOffice(self.suppliers, settings.token_lifetime)
            self.files = FileStore()
            self.invoices = InvoiceStore()
            self.lives = Lives(self.agenda, self.invoices, settings.default_life)
            self.flows = FlowStore()
            self.faults = FaultPlan(self.clock)
            self.dialect = settings.dialect
            self.mood_faults = []
            self.calls = CallLog(deque(maxlen=100_000))
            if settings.default_supplier:
                for seed in (default_supplier(), *other_suppliers()):
                    self.suppliers.put(seed, self.clock.now())

    def catch_up(self) -> datetime:
        """Play the events that are due; returns the simulated time."""
        now = self.clock.now()
        self.agenda.play(now)
        return now
