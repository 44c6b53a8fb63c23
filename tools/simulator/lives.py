"""What recipients and validators do with an invoice: named scripts of steps that happen when the clock passes them.

Which life an invoice lives: the first rule of the scenario whose pattern fits its number, else its recipient's, else
the default. When the supplier answers a send-back, the life named by `then` takes over.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from tools.simulator.clock import Agenda, later
from tools.simulator.tables import table

if TYPE_CHECKING:
    from tools.simulator.invoices import Invoice, InvoiceStore

VALIDATED_FRAMEWORKS = ("A9_FACTURE_SOUSTRAITANT", "A12_FACTURE_COTRAITANT")


class Step(BaseModel):
    """One change of status, some time after the life began."""

    model_config = ConfigDict(extra="forbid")

    status: str
    after_days: float = 0
    after_minutes: float = 0
    comment: str | None = None

    @property
    def delay(self) -> timedelta:
        return timedelta(days=self.after_days, minutes=self.after_minutes)


class Life(BaseModel):
    """A script: its steps, and the life that starts after the supplier's answer."""

    model_config = ConfigDict(extra="forbid")

    steps: list[Step]
    then: str | None = None


class LifeRule(BaseModel):
    """Assigns a life to invoices whose number matches the pattern (`FA-*`); `pay_after_days` sets its length."""

    model_config = ConfigDict(extra="forbid")

    number: str = "*"
    life: str | None = None
    validator: str | None = None
    pay_after_days: float | None = None


class Lives:
    """Starts lives and applies their steps."""

    def __init__(self, agenda: Agenda, invoices: InvoiceStore, default: str) -> None:
        self._agenda = agenda
        self._invoices = invoices
        self._default = default
        self._lives = {name: Life.model_validate(entry) for name, entry in table("lives").items()}
        self._rules: list[LifeRule] = []

    def define(self, lives: dict[str, Life], rules: list[LifeRule]) -> None:
        """Add lives and rules; naming an unknown life is a ValueError and changes nothing."""
        named = (
            {life.then for life in lives.values()} | {rule.life for rule in rules} | {rule.validator for rule in rules}
        )
        for name in named - {None, *lives}:
            self.require(str(name))
        self._lives.update(lives)
        self._rules.extend(rules)

    def require(self, name: str) -> Life:
        if name not in self._lives:
            raise ValueError(f"unknown life {name!r}; known: {', '.join(sorted(self._lives))}")
        return self._lives[name]

    def deposit(self, invoice: Invoice, at: datetime) -> None:
        """A new invoice: to its validator when its framework has one, else to its recipient."""
        if invoice.data.cadreDeFacturation.codeCadreFacturation in VALIDATED_FRAMEWORKS:
            self._to_validator(invoice, at)
        else:
            self._to_recipient(invoice, at)

    def answered(self, invoice: Invoice, at: datetime) -> None:
        """The supplier has completed, recycled or named another validator: the next life begins."""
        if invoice.status == "A_VALIDER_1":
            invoice.corrections += 1
            self._to_validator(invoice, at)
        else:
            invoice.answers += 1
            self._to_recipient(invoice, at)

    def by_hand(self, invoice: Invoice, status: str, at: datetime, comment: str | None) -> None:
        """Set a status as the recipient would; the invoice's script ends."""
        invoice.script += 1
        self._invoices.set_status(invoice, status, at, comment)

    def _to_validator(self, invoice: Invoice, at: datetime) -> None:
        if invoice.status != "A_VALIDER_1":
            self._invoices.set_status(invoice, "A_VALIDER_1", at)
        rule = self._rule(invoice)
        name = (rule.validator if rule else None) or "validator_accepts"
        self._start(invoice, self._after_answers(name, invoice.corrections), at, stretch=None)

    def _to_recipient(self, invoice: Invoice, at: datetime) -> None:
        rule = self._rule(invoice)
        name = (rule.life if rule else None) or invoice.routed.recipient.seed.life or self._default
        life = self._after_answers(name, invoice.answers)
        self._start(invoice, life, at, stretch=rule.pay_after_days if rule else None)

    def _after_answers(self, name: str, answers: int) -> Life:
        life = self.require(name)
        for _ in range(answers):
            life = self.require(life.then) if life.then else life
        return life

    def _rule(self, invoice: Invoice) -> LifeRule | None:
        return next((rule for rule in self._rules if fnmatchcase(invoice.number, rule.number)), None)

    def _start(self, invoice: Invoice, life: Life, at: datetime, *, stretch: float | None) -> None:
        invoice.script += 1
        last = life.steps[-1].after_days if life.steps else 0
        factor = stretch / last if stretch is not None and last else 1
        for step in life.steps:
            self._plan(invoice, step, later(at, step.delay * (factor if step.after_days else 1)))

    def _plan(self, invoice: Invoice, step: Step, when: datetime) -> None:
        script = invoice.script

        def happen(at: datetime) -> None:
            if invoice.script != script:
                return
            self._invoices.set_status(invoice, step.status, at, step.comment)
            if step.status == "DEPOSEE":
                self._to_recipient(invoice, at)

        self._agenda.at(when, happen)
