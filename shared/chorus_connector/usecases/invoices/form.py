"""The form of box invoice_api: a person completes what the reading could not, and sends it.

Corrections are a person's word: they beat every other source, and an emptied field stays empty. Each change
is judged again at once, so that the answer always shows what still stands in the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from chorus_connector.domain.errors import StaleWrite, SupplierSuspended, WrongState, refuse_if_any
from chorus_connector.domain.invoices.fields import FormFieldName, fields_where
from chorus_connector.domain.invoices.states import EDITABLE, State
from chorus_connector.domain.invoices.values import normalise
from chorus_connector.domain.problem import Problem
from chorus_connector.ports.values import Work
from chorus_connector.usecases.invoices.resolution import Resolution, codes

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.ports.invoices import Queue

_EDITABLE: dict[str, FormFieldName] = {name: name for name in fields_where(lambda field: field.kind != "vat_lines")}
"""Every field a person may set. VAT lines are read to check the totals; a PDF deposit does not send them."""


class EditableInvoices(Protocol):
    """What of ``ports.InvoiceStore`` the form needs."""

    def get(self, document_id: str) -> Invoice: ...

    def save(self, invoice: Invoice, *, by: str, action: str, detail: str = "") -> None: ...


@dataclass(frozen=True)
class CompleteForm:
    """``invoices`` are those the caller may see."""

    invoices: EditableInvoices
    resolution: Resolution
    submission_queue: Queue

    def complete(
        self,
        document_id: str,
        values: Mapping[str, str | None],
        *,
        version: int,
        by: str,
        now: datetime,
        submit: bool = False,
        fresh: bool = False,
        as_plain_pdf: bool = False,
    ) -> Invoice:
        """Keep a person's values (None takes a correction back) and judge again; ``submit`` asks to send it.

        ``fresh`` asks the portal's directory again, whatever is remembered.

        ``as_plain_pdf`` is a person's word that a Factur-X is to go as a PDF, never as a flow.

        Raises NotFound, StaleWrite (``version`` is not the current one), WrongState, and Invalid with one
        problem per value that does not fit, in which case nothing is kept.
        """
        if submit and not self.resolution.supplier.active:
            raise SupplierSuspended
        invoice = self.invoices.get(document_id)
        if invoice.version != version:
            raise StaleWrite
        if invoice.state not in EDITABLE:
            raise WrongState(invoice.state, "complete" if not submit else "submit")
        corrected = invoice.model_copy(
            update={"corrections": _merged(invoice, values), "plain_pdf": invoice.plain_pdf or as_plain_pdf}
        )
        verdict = self.resolution.judge(corrected, now=now, fresh=fresh or invoice.state is State.REFUSED)
        settled = self.resolution.settle(corrected, verdict, now=now, by_person=by if submit else None)
        self.invoices.save(
            settled,
            by=by,
            action="submit_requested" if submit else "completed",
            detail=codes(settled.problems),
        )
        if submit and settled.state is State.READY:
            # a person does not wait for the next sweep; should this message be lost, the sweep finds it
            self.submission_queue.send([Work(settled.supplier_id, document_id)])
        return settled


def _merged(invoice: Invoice, values: Mapping[str, str | None]) -> dict[FormFieldName, str]:
    corrections = dict(invoice.corrections)
    problems: list[Problem | None] = []
    for given, raw in values.items():
        name = _EDITABLE.get(given)
        if name is None:
            problems.append(_unknown_field(given))
        elif raw is None:
            corrections.pop(name, None)
        else:
            corrections[name], problem = normalise(name, raw)
            problems.append(problem)
    refuse_if_any("Valeurs refusées.", "Some values do not fit.", *problems)
    return corrections


def _unknown_field(name: str) -> Problem:
    return Problem(field=name[:50], code="unknown_field", fr="Ce champ n'existe pas.", en="There is no such field.")
