"""A person's corrections of the form, and the request to submit the invoice; used by the function invoice_api.

Corrections beat every other source, and a field that a person emptied stays empty. Every change is checked again at
once, so the answer always shows the remaining problems.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from chorus_connector.domain.errors import StaleWrite, SupplierSuspended, WrongState, refuse_if_any
from chorus_connector.domain.invoices.fields import FormFieldName, fields_where
from chorus_connector.domain.invoices.states import EDITABLE, State
from chorus_connector.domain.invoices.values import normalise
from chorus_connector.domain.problem import Problem
from chorus_connector.ports.values import ValueChange, Work
from chorus_connector.usecases.invoices.resolution import Resolution, codes

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.form import Form
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.ports.invoices import Queue

_EDITABLE: dict[str, FormFieldName] = {name: name for name in fields_where(lambda field: field.kind != "vat_lines")}
"""Every field a person may set. VAT lines are read to check the totals; a PDF deposit does not send them."""


@dataclass(frozen=True)
class Decisions:
    """What a person decides about one invoice beside its values; None takes an earlier decision back."""

    send_attachments: bool | None


class EditableInvoices(Protocol):
    """The part of ``ports.InvoiceStore`` that the form needs."""

    def get(self, document_id: str) -> Invoice: ...

    def save(
        self, invoice: Invoice, *, by: str, action: str, detail: str = "", changes: tuple[ValueChange, ...] = ()
    ) -> None: ...


@dataclass(frozen=True)
class CompleteForm:
    """Completes, validates and submits an invoice's form. ``invoices`` are those that the caller may see."""

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
        keep_xml: bool | None = None,
        decisions: Decisions | None = None,
        confirmed_by: str | None = None,
    ) -> Invoice:
        """Store a person's values (None withdraws a correction) and check again; ``submit`` requests the submission.

        ``fresh`` asks the portal's directory instead of the cache.

        ``as_plain_pdf`` decides that a Factur-X is sent as a PDF, never as a flow; ``keep_xml`` that its XML stays
        inside then, or no longer (None: as before).

        ``decisions`` about its attachments replace the earlier one; None keeps that.

        ``confirmed_by`` is the person who confirms the form as it is then. A later change of its values needs another
        confirmation.

        Raises NotFound, StaleWrite (``version`` is not the current one), WrongState, SupplierSuspended, and Invalid
        with one problem per invalid value; then nothing is stored.
        """
        if submit and not self.resolution.supplier.active:
            raise SupplierSuspended
        invoice = self.invoices.get(document_id)
        if invoice.version != version:
            raise StaleWrite
        if invoice.state not in EDITABLE:
            raise WrongState(invoice.state, "complete" if not submit else "submit")
        corrected = invoice.model_copy(
            update={
                "corrections": _merged(invoice, values),
                "plain_pdf": invoice.plain_pdf or as_plain_pdf,
                "keep_xml": invoice.keep_xml if keep_xml is None else keep_xml,
                "confirmed_by": confirmed_by or (None if values else invoice.confirmed_by),
                "submit_requested_by": by if submit else invoice.submit_requested_by,
                **({"send_attachments": decisions.send_attachments} if decisions else {}),
            }
        )
        judgement = self.resolution.judge(corrected, now=now, fresh=fresh or invoice.state is State.REFUSED)
        if submit and not judgement.blocked:  # a refused request changes nothing about a person's hold
            corrected = corrected.model_copy(update={"stopped": None})
        settled = self.resolution.settle(corrected, judgement, now=now)
        self.invoices.save(
            settled,
            by=by,
            action="submit_requested" if submit else "completed",
            detail=codes(settled.problems),
            changes=value_changes(invoice.form, settled.form, values),
        )
        if submit and settled.state is State.READY:
            # a person need not wait for the ten-minute run; if this message is lost, that run finds the invoice
            self.submission_queue.send([Work(settled.supplier_id, document_id)])
        return settled


def value_changes(before: Form, after: Form, names: Iterable[str]) -> tuple[ValueChange, ...]:
    """What became of those fields, in the form's order."""
    wanted = set(names)
    pairs = ((name, before.value(name) or "", after.value(name) or "") for name in _EDITABLE.values() if name in wanted)
    return tuple(ValueChange(name, old, new) for name, old, new in pairs if old != new)


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
    known = ", ".join(_EDITABLE)
    return Problem(
        field=name[:50],
        code="unknown_field",
        fr=f"Ce champ n'existe pas ; champs possibles : {known}.",
        en=f"There is no such field; possible fields: {known}.",
    )
