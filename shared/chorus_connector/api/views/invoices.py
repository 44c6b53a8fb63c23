"""Invoices and attachments as the API shows them: plain JSON, nothing internal, nothing secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, fields_where
from chorus_connector.domain.invoices.form import Candidate, FormField, located
from chorus_connector.domain.invoices.listing import waiting_time
from chorus_connector.domain.invoices.repair import task_of
from chorus_connector.domain.portal.status import meaning

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.attachments import Attachment, LinkedAttachment
    from chorus_connector.domain.invoices.choices import FieldChoice
    from chorus_connector.domain.invoices.fields import FormFieldName
    from chorus_connector.domain.invoices.invoice import Deposit, Invoice, ListedInvoice, SentFile
    from chorus_connector.domain.problem import Problem
    from chorus_connector.domain.reading.result import Reading
    from chorus_connector.ports.values import InvoicePage
    from chorus_connector.usecases.invoices.counting import Counts
    from chorus_connector.usecases.invoices.listing import ListedPage
    from chorus_connector.usecases.portal.tracking import Retrieval

_LISTED = fields_where(lambda field: field.listed)


def invoice_view(invoice: ListedInvoice) -> dict[str, Any]:
    """One line of a list: the document's state, its main values and its blocking problems."""
    shown = invoice.model_dump(
        mode="json",
        include={
            "document_id",
            "file_name",
            "state",
            "version",
            "received_at",
            "changed_at",
            "classification_rule",
            "folder",
            "metadata",
            "duplicate_of",
            "size",
            "upload_until",
            "problems",
        },
    )
    shown["stopped"] = invoice.stopped.model_dump(mode="json") if invoice.stopped else None
    shown |= {name: invoice.form.value(name) for name in _LISTED}
    if invoice.deposit and invoice.deposit.recipient_name:
        shown["recipient_name"] = invoice.deposit.recipient_name
    shown["deposit"] = deposit_view(invoice.deposit) if invoice.deposit else None
    shown |= invoice.model_dump(mode="json", include={"origin", "replaces", "replaced_by"})
    shown["repair"] = invoice.repair.model_dump(mode="json", exclude={"repair_id"}) if invoice.repair else None
    task = task_of(invoice)
    shown["task"] = task.model_dump(mode="json") if task else None
    return shown


def deposit_view(deposit: Deposit) -> dict[str, Any]:
    """The portal's side of an invoice, its status with its words; its history is read on its own."""
    shown = deposit.model_dump(mode="json", exclude={"history", "history_complete"})
    return {**shown, "status_meaning": meaning(deposit.status).model_dump(), "ended": deposit.ended}


def counts_view(counts: Counts) -> dict[str, Any]:
    """How many documents there are, and when the oldest of each counter came."""
    return {
        "as_of": counts.as_of.isoformat(),
        "complete": counts.complete,
        "kept": counts.kept,
        "states": counts.states,
        "lists": counts.lists,
        "counters": {
            name: {"count": each.number, "since": each.since.isoformat() if each.since else None}
            for name, each in counts.counters.items()
        },
    }


def listing_view(listing: ListedPage, now: datetime) -> dict[str, Any]:
    """A page of a list, with how new it is."""
    return {
        **page_view(listing.page),
        "moved": [invoice_view(each) for each in listing.moved],
        "recounted": dict(listing.recounted),
        **retrieval_view(listing.retrieval, now),
    }


def retrieval_view(known: Retrieval, now: datetime) -> dict[str, Any]:
    """How new what is shown of the portal is, and why it is not newer."""
    age = int((now - known.retrieved_at).total_seconds()) if known.retrieved_at else None
    return {
        "loading_mode": known.mode,
        "retrieved_at": known.retrieved_at.isoformat() if known.retrieved_at else None,
        "age_seconds": age,
        "stale": known.stale,
        "stale_because": _why(known.stale_because),
        "asked_again_at": known.asked_again_at.isoformat() if known.asked_again_at else None,
        "complete": known.complete,
        "incomplete_because": _why(known.incomplete_because),
    }


def _why(problem: Problem | None) -> dict[str, str] | None:
    return {"code": problem.code, "fr": problem.fr, "en": problem.en} if problem else None


def portal_history_view(invoice: Invoice, *, stale: Problem | None, today: date) -> dict[str, Any]:
    """An invoice's life at the portal, with the words of each status and how long it has waited to be paid."""
    deposit = invoice.deposit
    steps = deposit.history if deposit else ()
    shown = [{**step.model_dump(mode="json"), "meaning": meaning(step.status).model_dump()} for step in steps]
    return {
        "document_id": invoice.document_id,
        "steps": shown,
        "complete": bool(deposit and deposit.history_complete),
        "stale": stale is not None,
        "stale_because": _why(stale),
        "payment": waiting_time(invoice, today),
    }


def form_view(
    invoice: Invoice,
    reading: Reading,
    *,
    attachments: Iterable[LinkedAttachment],
    claims: Sequence[Mapping[str, Any]],
    confidence_asked: float,
    same_number_as: str | None,
    offered: Mapping[FormFieldName, tuple[FieldChoice, ...]] | None = None,
    following: ListedInvoice | None = None,
) -> dict[str, Any]:
    """The form: each field with its value, where that comes from, how sure it is, and what it beat.

    ``reading`` is the document's, which says where on the page a value is. ``attachments`` are those that the caller
    may see, ``claims`` say who works on the document,
    ``confidence_asked`` is the supplier's setting, ``same_number_as`` the other document that has its number,
    ``offered`` the values a person may choose from, and ``following`` is the next document that waits for a
    person.
    """
    problems = [problem.model_dump() for problem in invoice.problems]
    fields = located(invoice.form, reading).fields
    return {
        "document_id": invoice.document_id,
        "state": invoice.state,
        "version": invoice.version,
        "fields": {name: _field_view(fields[name]) for name in INVOICE_FIELDS if name in fields},
        "problems": problems,
        "attachments": [attachment_view(each) for each in attachments],
        "claims": list(claims),
        "send_attachments": invoice.send_attachments,
        "complete": not invoice.blocking_problems,
        "confidence_asked": confidence_asked,
        "same_number_as": same_number_as,
        "layout": reading.layout.model_dump() if reading.layout else None,
        "pages": reading.pages,
        "sending": sending_view(invoice),
        "xml": reading.xml.model_dump() if reading.xml else None,
        "searches": _searches(invoice),
        "choices": {name: [each.model_dump() for each in some] for name, some in (offered or {}).items()},
        "next": _next_view(following),
    }


def _searches(invoice: Invoice) -> dict[str, str]:
    """Where a person finds the recipient and its services: links of the API, with what the document says of them."""
    form, supplier = invoice.form, f"/suppliers/{quote(invoice.supplier_id, safe='')}/recipients"
    links = {"recipient_siret": f"{supplier}/search?{urlencode({'name': form.value('recipient_name') or ''})}"}
    if siret := form.value("recipient_siret"):
        label = urlencode({"search": form.value("service_label") or ""})
        links["service_code"] = f"{supplier}/{quote(siret, safe='')}?{label}"
    return links


def sending_view(invoice: Invoice) -> dict[str, str] | None:
    """How the document goes, or went, to the portal, with the reason in words; None before it was checked."""
    found = invoice.sending
    if found is None:
        return None
    return {"way": found.way, "reason": found.reason, "detail": found.detail, "fr": found.fr, "en": found.en}


def files_view(invoice: Invoice) -> dict[str, Any]:
    """The file that was received and the one that was sent, by their hashes."""
    return {
        "received": received_file_view(invoice),
        "sent": sent_file_view(invoice.sent_file) if invoice.sent_file else None,
    }


def received_file_view(invoice: Invoice) -> dict[str, Any]:
    """The hash and the size of the file that was uploaded."""
    return {"sha256": invoice.sha256, "size": invoice.size}


def sent_file_view(sent: SentFile) -> dict[str, Any]:
    """The hash and the size of the file that was sent, and whether it is the uploaded one."""
    return {"sha256": sent.sha256, "size": sent.size, "same_as_original": not sent.rewritten}


def _next_view(invoice: ListedInvoice | None) -> dict[str, str] | None:
    if invoice is None:
        return None
    path = f"/suppliers/{invoice.supplier_id}/invoices/{invoice.document_id}/form"
    return {"document_id": invoice.document_id, "file_name": invoice.file_name, "href": path}


def attachment_view(attachment: Attachment | LinkedAttachment) -> dict[str, Any]:
    """An attachment, without what is our own: its hash, the versions in the bucket and what its uploader saw."""
    return attachment.model_dump(mode="json", exclude={"sha256", "object_version", "upload_version", "uploader_labels"})


def page_view(page: InvoicePage) -> dict[str, Any]:
    """A page of a list, with the cursor of the next page."""
    return {"invoices": [invoice_view(invoice) for invoice in page.invoices], "cursor": page.cursor}


def _field_view(field: FormField) -> dict[str, Any]:
    return {**_candidate_view(field), "beaten": [_candidate_view(each) for each in field.beaten]}


def _candidate_view(candidate: Candidate) -> dict[str, Any]:
    return candidate.model_dump(mode="json", include=set(Candidate.model_fields))
