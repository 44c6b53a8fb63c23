"""A person deletes a document that was never sent; used by the function invoice_api.

The record, its reading, its history and its claims go in one conditional write, with a line in the supplier's audit
trail. The attempt to submit is written on the same condition, the version, so exactly one of the two happens.
The bucket deletes the files within days: no function may delete one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import Conflict, StaleWrite
from chorus_connector.domain.invoices.retention import was_sent
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.usecases.invoices.filing import ON_ITS_WAY, too_late

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.ports.invoices import DocumentStore, InvoiceStore
    from chorus_connector.usecases.invoices.visibility import VisibleInvoices

_ATTEMPTS = frozenset({"sending", "attempt_started"})
"""The actions of a history that an attempt to submit writes, in this release and in older ones."""


@dataclass(frozen=True)
class DeleteDocument:
    """``visible`` are the documents that the caller may see."""

    visible: VisibleInvoices
    invoices: InvoiceStore
    documents: DocumentStore

    def delete(self, document_id: str, *, version: int, by: str, now: datetime) -> None:
        """Delete the document. The same file may be uploaded again afterwards: it is a new document then.

        Raises NotFound, StaleWrite, and Conflict for one that was sent, or may have been.
        """
        invoice = self.visible.get(document_id)
        if invoice.state in ON_ITS_WAY and invoice.origin == "upload":
            raise too_late(invoice)
        if invoice.version != version:
            raise StaleWrite
        self._check(invoice)
        known = {"state": invoice.state.value, "received_at": invoice.received_at.isoformat(), "sha256": invoice.sha256}
        change = Change(
            change_id=f"document-{document_id}",
            at=now,
            by=by,
            item=f"documents/{document_id}",
            action="deleted",
            before=known,
        )
        self.invoices.delete(invoice, change=change)
        self.documents.forget(document_id)

    def _check(self, invoice: Invoice) -> None:
        """Raise Conflict for a document that must be kept."""
        if invoice.origin == "portal":
            raise _must_stay(
                "cette facture a été trouvée dans Chorus Pro", "this invoice was found in Chorus Pro, which has it"
            )
        if was_sent(invoice) or any(each.action in _ATTEMPTS for each in self.visible.events(invoice.document_id)):
            raise _must_stay(
                "un envoi à Chorus Pro a été tenté : le document et son historique en sont la preuve",
                "its submission was attempted: the document and its history are the evidence",
            )
        if invoice.replaces is not None:
            raise _must_stay(
                "ce document remplace une facture rejetée et lui est lié",
                "this document replaces a rejected invoice and is linked to it",
            )


def _must_stay(fr: str, en: str) -> Conflict:
    return Conflict(
        "status_forbids",
        f"Suppression impossible : {fr}. Vous pouvez le mettre de côté (set-aside).",
        f"It cannot be deleted: {en}. You can set it aside (set-aside).",
    )
