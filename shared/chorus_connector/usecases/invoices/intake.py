"""Box upload_intake: a file comes in, and we decide whether it is an invoice to send.

Small files come in the request, larger ones straight to the bucket; both end with the bucket's event, and
from there the way is the same. The queue delivers at least once and in any order: examining twice is one
examination, and the next box is told again rather than not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import SupplierSuspended
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.visibility import visible_to_all_who_see
from chorus_connector.domain.problem import Problem
from chorus_connector.ports.values import PresignedUpload, Work

if TYPE_CHECKING:
    from chorus_connector.domain.suppliers.supplier import Supplier
    from chorus_connector.ports.invoices import DocumentStore, InvoiceStore, Queue

MAX_PDF_BYTES = 10 * 1024 * 1024
"""Chorus Pro refuses a larger PDF with HTTP 413 (source: deposer/pdf, ajouter/fichier error 20003)."""


@dataclass(frozen=True)
class Upload:
    """What a client says of a file: its name, and what criteria and associations will look at."""

    file_name: str
    classification_rule: str | None = None
    folder: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Intake:
    """``inspect`` says why a file is not a PDF that can be sent, or None."""

    supplier: Supplier
    invoices: InvoiceStore
    documents: DocumentStore
    ocr_queue: Queue
    inspect: Callable[[bytes], Problem | None]

    def receive(self, upload: Upload, data: bytes, *, document_id: str, by: str, now: datetime) -> Invoice:
        """Keep a file sent in the request. The same file again answers with the document already here."""
        self._refuse_when_suspended()
        holder = self.invoices.content_holder(hashlib.sha256(data).hexdigest())
        if holder is not None:
            return self._taken_again(holder, upload, now)
        invoice = self._announce(upload, document_id=document_id, by=by, now=now)
        self.documents.put_original(document_id, data)
        return invoice

    def expect(self, upload: Upload, *, document_id: str, by: str, now: datetime) -> tuple[Invoice, PresignedUpload]:
        """Prepare a document whose file the client sends straight to the bucket."""
        invoice = self._announce(upload, document_id=document_id, by=by, now=now)
        return invoice, self.documents.presign_upload(document_id)

    def examine(self, document_id: str, *, now: datetime) -> Invoice:
        """The file is in the bucket: judge it, and send it on to be read when a criterion matches."""
        invoice = self.invoices.get(document_id)
        if invoice.state is State.RECEIVED:
            invoice = self._judge(invoice, now)
        if invoice.state is State.READING and invoice.reading is None:
            # also on a redelivery: the last worker may have died between its write and this message
            self.ocr_queue.send([Work(invoice.supplier_id, document_id)])
        return invoice

    def _announce(self, upload: Upload, *, document_id: str, by: str, now: datetime) -> Invoice:
        self._refuse_when_suspended()
        invoice = Invoice(
            supplier_id=self.supplier.supplier_id,
            document_id=document_id,
            file_name=upload.file_name,
            classification_rule=upload.classification_rule,
            folder=upload.folder,
            metadata=upload.metadata,
            state=State.RECEIVED,
            received_at=now,
            changed_at=now,
            uploaded_by=by,
        )
        self.invoices.add(invoice, by=by)
        return invoice

    def _refuse_when_suspended(self) -> None:
        if not self.supplier.active:
            raise SupplierSuspended

    def _judge(self, invoice: Invoice, now: datetime) -> Invoice:
        size = self.documents.original_size(invoice.document_id)
        if size > MAX_PDF_BYTES:  # judged before it is read: memory stays bounded
            return self._save(
                invoice.move(State.UNUSABLE, now, action="examine", size=size, problems=(_too_large(size),))
            )
        data = self.documents.original(invoice.document_id)
        sha256 = hashlib.sha256(data).hexdigest()
        facts = {"size": size, "sha256": sha256}
        if problem := self.inspect(data):
            return self._save(invoice.move(State.UNUSABLE, now, action="examine", problems=(problem,), **facts))
        holder = self.invoices.claim_content(sha256, invoice.document_id)
        if holder != invoice.document_id:
            problem = self._duplicate_problem(invoice, self._taken_again(holder, _labels_of(invoice), now))
            told = {"duplicate_of": holder, "problems": (problem,)}
            return self._save(invoice.move(State.DUPLICATE, now, action="examine", **told, **facts))
        criterion = self.supplier.criterion_for(classification_rule=invoice.classification_rule, folder=invoice.folder)
        if criterion is None:
            return self._save(invoice.move(State.SET_ASIDE, now, action="examine", **facts))
        return self._save(invoice.being_read(now, action="examine", **facts))

    def _taken_again(self, holder: str, upload: Upload, now: datetime) -> Invoice:
        """The document that holds this file; one that was set aside is taken when it now comes where it belongs."""
        invoice = self.invoices.get(holder)
        criterion = self.supplier.criterion_for(classification_rule=upload.classification_rule, folder=upload.folder)
        if invoice.state is State.READING and invoice.reading is None:
            # whoever took it may have died before it told the next box
            self.ocr_queue.send([Work(invoice.supplier_id, holder)])
        if invoice.state is not State.SET_ASIDE or criterion is None:
            return invoice
        where = {"classification_rule": upload.classification_rule, "folder": upload.folder}
        labels = {**where, "metadata": {**invoice.metadata, **upload.metadata}}
        taken = self._save(invoice.being_read(now, action="take", **labels))
        self.ocr_queue.send([Work(invoice.supplier_id, holder)])
        return taken

    def _duplicate_problem(self, invoice: Invoice, original: Invoice) -> Problem:
        metadata_name = self.supplier.user_label_metadata
        if not visible_to_all_who_see(invoice, original, metadata_name=metadata_name):
            return _duplicate_of_a_hidden_one()
        return _duplicate_of(original)

    def _save(self, invoice: Invoice) -> Invoice:
        self.invoices.save(invoice, by="upload_intake", action="examined")
        return invoice


def _labels_of(invoice: Invoice) -> Upload:
    return Upload(invoice.file_name, invoice.classification_rule, invoice.folder, invoice.metadata)


def _duplicate_of(original: Invoice) -> Problem:
    """What the other document is called by who uploaded it, by its recipient, and here."""
    number = original.form.value("invoice_number")
    fr = f"« {original.file_name} » ({f'facture {number}, ' if number else ''}document {original.document_id})"
    en = f'"{original.file_name}" ({f"invoice {number}, " if number else ""}document {original.document_id})'
    return Problem(
        field=None,
        code="duplicate_file",
        fr=f"Ce même fichier est déjà là : {fr}. Il ne part pas une seconde fois et il n'y a rien à faire ici : suivez "
        "l'autre document. Si vous vouliez envoyer une autre facture, ce n'est pas le bon fichier : déposez le bon.",
        en=f"This very file is here already: {en}. It does not go a second time and there is nothing to do here: "
        "follow the other document. If you meant another invoice, this is the wrong file: upload the right one.",
    )


def _duplicate_of_a_hidden_one() -> Problem:
    """Not everybody who sees the duplicate may see the other document."""
    return Problem(
        field=None,
        code="duplicate_file",
        fr="Ce même fichier a déjà été déposé pour d'autres utilisateurs. Il ne part pas une seconde fois : demandez "
        "à un administrateur du fournisseur de vous ouvrir l'autre document, ou déposez le bon fichier.",
        en="This very file was uploaded already, for other users. It does not go a second time: ask an administrator "
        "of the supplier to open the other document to you, or upload the right file.",
    )


def _too_large(size: int) -> Problem:
    megabytes = size / 1024 / 1024
    return Problem(
        field=None,
        code="pdf_too_large",
        fr=f"Le fichier fait {megabytes:.1f} Mo ; Chorus Pro n'en accepte pas plus de 10.",
        en=f"The file is {megabytes:.1f} MB; Chorus Pro accepts 10 at most.",
    )
