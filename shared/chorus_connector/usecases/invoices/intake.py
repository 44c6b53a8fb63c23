"""Receives uploaded files and decides which are invoices to send; used by the function upload_intake.

A small file comes in the request. A larger one is uploaded straight to the bucket with a link, which can be used again
until it ends: the file that arrives first becomes the document's original, the others are dropped. Both ways end with
the bucket's event about the original, which starts the examination. The queue delivers at least once and in any order,
so the examination is idempotent; it may send the message to the next function twice, but never loses it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chorus_connector.domain.errors import AlreadyExists, ContentTaken, FileTooComplex, SupplierSuspended, TooManyFiles
from chorus_connector.domain.invoices.file_names import checked_file_name
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.visibility import EVERYTHING, Visibility, visible_to_all_who_see
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.matching import folder_names, same_name, value_named
from chorus_connector.domain.suppliers.unused_metadata import unused_metadata
from chorus_connector.ports.values import PresignedUpload, Work

if TYPE_CHECKING:
    from chorus_connector.domain.suppliers.supplier import Supplier
    from chorus_connector.ports.invoices import DocumentStore, InvoiceStore, Queue

UPLOAD_INTAKE = "upload_intake"
MAX_PDF_BYTES = 10 * 1024 * 1024
"""Chorus Pro refuses a larger PDF with HTTP 413 (source: deposer/pdf, ajouter/fichier error 20003)."""


@dataclass(frozen=True)
class Upload:
    """The client's description of a file: its name and the values that criteria and associations use.

    ``release``: it is read even when no criterion takes it, as a document that a person releases.
    """

    file_name: str
    classification_rule: str | None = None
    folder: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    release: bool = False


@dataclass(frozen=True)
class Uploader:
    """Who sends a file, and which documents they see."""

    principal: str
    sight: Visibility = EVERYTHING


@dataclass(frozen=True)
class StoreUploads:
    """Stores the first of the files that came by a document's upload link.

    A link may bring any number of files: those that come after the examination cost one read of the record each.
    """

    invoices: InvoiceStore
    documents: DocumentStore

    def arrived(self, document_id: str, *, version: str, now: datetime) -> bool:
        """Store a file that was sent with a link, if it is the first; returns False for a later one, which is dropped.

        ``version`` is the file that the bucket announces; empty: whichever came first. The first later file adds a line
        to the document's history, the others do not.
        """
        invoice = self.invoices.get(document_id)
        if not version:
            self._store_whichever_came_first(invoice, now)
            return True
        if self._is_first(invoice, version):
            return True
        self.invoices.note(invoice, at=now, by=UPLOAD_INTAKE, action="later_file_dropped", detail="")
        return False

    def _is_first(self, invoice: Invoice, version: str) -> bool:
        if invoice.state is not State.RECEIVED:
            return version == invoice.upload_version
        first = self.documents.uploads.is_first(invoice.document_id, version)
        if first:
            self._store(invoice, version)
        return first

    def _store_whichever_came_first(self, invoice: Invoice, now: datetime) -> None:
        if invoice.state is not State.RECEIVED:
            return
        try:
            first = self.documents.uploads.first(invoice.document_id)
        except TooManyFiles as error:
            refused = invoice.move(State.UNUSABLE, now, action="examine", problems=(error.problem,))
            self.invoices.save(refused, by=UPLOAD_INTAKE, action="examined")
            return
        if first is not None:
            self._store(invoice, first)

    def _store(self, invoice: Invoice, version: str) -> None:
        data = self.documents.uploads.read(invoice.document_id, version)
        self.documents.put_original(invoice.document_id, data, upload_version=version)


@dataclass(frozen=True)
class Intake:
    """``inspect`` (``PdfReader.examine``) returns the problem of a file that cannot be sent, else None."""

    supplier: Supplier
    invoices: InvoiceStore
    documents: DocumentStore
    ocr_queue: Queue
    inspect: Callable[[bytes], Problem | None]

    def receive(self, upload: Upload, data: bytes, *, document_id: str, by: Uploader, now: datetime) -> Invoice:
        """Store a file sent in the request. For a file already stored, the result is its existing document.

        Raises SupplierSuspended, AlreadyExists when the uploader may not see the existing document, and Invalid for a
        file name or a label that is refused.
        """
        self._check(upload, by)
        holder = self.invoices.content_holder(hashlib.sha256(data).hexdigest())
        if holder is not None:
            existing = self.invoices.get(holder)
            if not by.sight.sees(existing):
                raise AlreadyExists("Ce fichier a déjà été ajouté.", "This file was uploaded already.")
            return self._taken_again(existing, upload, by.sight.labels, now)
        invoice = self._announce(upload, document_id=document_id, by=by, now=now)
        self.documents.put_original(document_id, data)
        return invoice

    def expect(
        self, upload: Upload, *, document_id: str, by: Uploader, now: datetime
    ) -> tuple[Invoice, PresignedUpload]:
        """Announce a document whose file the client sends straight to the bucket, with the link for it.

        Raises SupplierSuspended, and Invalid for a file name or a label that is refused.
        """
        self._check(upload, by)
        presigned = self.documents.uploads.presign_upload(document_id, at_most=MAX_PDF_BYTES)
        until = now + timedelta(seconds=presigned.expires_in)
        invoice = self._announce(upload, document_id=document_id, by=by, now=now, until=until)
        return invoice, presigned

    def examine(self, document_id: str, *, now: datetime, tries: int = 1) -> Invoice:
        """Examine a file that is in the bucket, and queue it for reading if a criterion or its uploader takes
        it.

        While the supplier is suspended the document waits, with a problem that says so, until ``replay`` announces it.
        ``tries`` counts the message's deliveries. Raises FileTooComplex on the first, if a busy machine can have
        caused it; otherwise, and afterwards, that is the verdict.
        """
        invoice = self.invoices.get(document_id)
        if invoice.state is State.RECEIVED:
            invoice = self._judge(invoice, now, tries) if self.supplier.active else self._waiting(invoice, now)
        if invoice.state is State.READING and not invoice.was_read:
            # also on a redelivery: the previous worker may have died after its write and before this message
            self.ocr_queue.send([Work(invoice.supplier_id, document_id)])
        return invoice

    def _check(self, upload: Upload, by: Uploader) -> None:
        if not self.supplier.active:
            raise SupplierSuspended
        checked_file_name(upload.file_name)
        by.sight.check_upload(upload.metadata)

    def _announce(
        self, upload: Upload, *, document_id: str, by: Uploader, now: datetime, until: datetime | None = None
    ) -> Invoice:
        invoice = Invoice(
            supplier_id=self.supplier.supplier_id,
            document_id=document_id,
            file_name=upload.file_name,
            classification_rule=upload.classification_rule,
            folder=upload.folder,
            metadata=upload.metadata,
            problems=unused_metadata(self.supplier, upload.metadata),
            state=State.RECEIVED,
            received_at=now,
            changed_at=now,
            uploaded_by=by.principal,
            uploader_labels=by.sight.labels,
            upload_until=until,
            released_by_uploader=upload.release,
        )
        self.invoices.add(invoice, by=by.principal)
        return invoice

    def _waiting(self, invoice: Invoice, now: datetime) -> Invoice:
        waits = _waits_for_its_supplier()
        if waits in invoice.problems:
            return invoice
        arrived = {"upload_until": None, "problems": (*invoice.problems, waits)}
        return self._save(invoice.move(State.RECEIVED, now, action="examine", **arrived))

    def _judge(self, invoice: Invoice, now: datetime, tries: int) -> Invoice:
        unused = unused_metadata(self.supplier, invoice.metadata)
        invoice = invoice.model_copy(update={"problems": unused})  # and no longer why it waited
        stored = self.documents.stored_original(invoice.document_id, at_most=MAX_PDF_BYTES)
        facts: dict[str, Any] = {
            "size": stored.size,
            "object_version": stored.version,
            "upload_version": stored.upload_version,
            "upload_until": None,
        }
        if stored.data is None:
            too_large = (_too_large(stored.size),)
            return self._save(invoice.move(State.UNUSABLE, now, action="examine", problems=too_large, **facts))
        sha256 = facts["sha256"] = hashlib.sha256(stored.data).hexdigest()
        if problem := self._problem_of(stored.data, tries):
            return self._save(invoice.move(State.UNUSABLE, now, action="examine", problems=(problem,), **facts))
        criterion = self.supplier.criterion_for(classification_rule=invoice.classification_rule, folder=invoice.folder)
        if invoice.stopped is not None and invoice.stopped.kind == "set_aside":
            judged = invoice.stopped_for(invoice.stopped, now, action="examine", **facts)
        elif criterion is None and not invoice.released_by_uploader:
            judged = invoice.move(State.SET_ASIDE, now, action="examine", **facts)
        else:
            judged = invoice.being_read(now, action="examine", **facts)
        try:
            self.invoices.save_claiming_content(judged, sha256, by=UPLOAD_INTAKE, action="examined")
        except ContentTaken as taken:
            return self._duplicate(invoice.model_copy(update=facts), taken.holder, now)
        return judged

    def _duplicate(self, invoice: Invoice, holder: str, now: datetime) -> Invoice:
        original = self.invoices.get(holder)
        if Visibility(self.supplier.user_label_metadata, invoice.uploader_labels).sees(original):
            original = self._taken_again(original, _labels_of(invoice), invoice.uploader_labels, now)
        problems = self._duplicate_problems(invoice, original)
        copied = {"duplicate_of": holder, "problems": problems}
        return self._save(invoice.move(State.DUPLICATE, now, action="examine", **copied))

    def _problem_of(self, data: bytes, tries: int) -> Problem | None:
        try:
            return self.inspect(data)
        except FileTooComplex as died:
            if tries == 1 and not died.final:
                raise
            return died.problem

    def _taken_again(self, invoice: Invoice, upload: Upload, labels: frozenset[str] | None, now: datetime) -> Invoice:
        """The existing document of this file; it is read if it was set aside and a criterion or the uploader takes it.

        Only for an uploader who may see it: the document takes the new metadata, its label too. From then on it takes
        along only attachments that each of its uploaders may see; ``labels`` are those of the new one.
        """
        criterion = self.supplier.criterion_for(classification_rule=upload.classification_rule, folder=upload.folder)
        if invoice.state is State.READING and not invoice.was_read:
            # the worker that examined it may have died before it sent this message
            self.ocr_queue.send([Work(invoice.supplier_id, invoice.document_id)])
        wanted = upload.release or criterion is not None
        if invoice.state is not State.SET_ASIDE or invoice.stopped is not None or not wanted:
            return invoice
        where: dict[str, Any] = {"classification_rule": upload.classification_rule, "folder": upload.folder}
        metadata = {**invoice.metadata, **upload.metadata}
        where["problems"] = unused_metadata(self.supplier, metadata)
        both = _common(invoice.uploader_labels, labels)
        taken = self._save(invoice.being_read(now, action="take", metadata=metadata, uploader_labels=both, **where))
        self.ocr_queue.send([Work(invoice.supplier_id, invoice.document_id)])
        return taken

    def differing(self, invoice: Invoice, upload: Upload) -> tuple[str, ...]:
        """What a file that was uploaded again says otherwise than its document: the names, without the values."""
        kept = {name: value_named(name, invoice.metadata) for name in upload.metadata}
        others = [f"metadata.{name}" for name, value in upload.metadata.items() if self._differs(name, value, kept)]
        if folder_names(invoice.folder or "") != folder_names(upload.folder or ""):
            others.append("folder")
        if not same_name(invoice.classification_rule or "", upload.classification_rule or ""):
            others.append("classification_rule")
        return tuple(others)

    def _differs(self, name: str, value: str, kept: Mapping[str, str]) -> bool:
        if same_name(name, self.supplier.user_label_metadata):
            return not same_name(value, kept[name])
        return value.strip() != kept[name]

    def _duplicate_problems(self, invoice: Invoice, original: Invoice) -> tuple[Problem, ...]:
        metadata_name = self.supplier.user_label_metadata
        if not visible_to_all_who_see(invoice, original, metadata_name=metadata_name):
            return (_duplicate_of_a_hidden_one(),)
        if differs := self.differing(original, _labels_of(invoice)):
            return _duplicate_of(original, filed_alike=False), filing_differs(original, differs)
        return (_duplicate_of(original, filed_alike=True),)

    def _save(self, invoice: Invoice) -> Invoice:
        self.invoices.save(invoice, by=UPLOAD_INTAKE, action="examined")
        return invoice


def filing_differs(original: Invoice, differs: Iterable[str]) -> Problem:
    """What a file that is here already was given otherwise this time: names, without values, and how to correct it."""
    named = ", ".join(differs)
    return Problem(
        field=None,
        code="filing_differs",
        fr=f"Ce dépôt disait autre chose que le document {original.document_id}, qui n'a pas changé : {named}. Si "
        f"c'est ce dépôt qui a raison, corrigez les métadonnées de ce document.",
        en=f"This upload said otherwise than document {original.document_id}, which was not changed: {named}. If this "
        f"upload is right, correct that document's metadata.",
        blocking=False,
    )


def _waits_for_its_supplier() -> Problem:
    return Problem(
        field=None,
        code="supplier_suspended",
        fr="Ce fournisseur est suspendu : le fichier est gardé et n'est pas examiné. Après la reprise, l'exploitant le "
        "fait examiner (« replay »), ou bien déposez-le de nouveau.",
        en="This supplier is suspended: the file is kept and not examined. When the supplier is resumed, the operator "
        "has it examined ('replay'), or upload it again.",
        blocking=False,
    )


def _common(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """The labels that both uploaders could see; None: every document."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _labels_of(invoice: Invoice) -> Upload:
    named = (invoice.file_name, invoice.classification_rule, invoice.folder, invoice.metadata)
    return Upload(*named, release=invoice.released_by_uploader)


def _duplicate_of(original: Invoice, *, filed_alike: bool) -> Problem:
    """The problem of a file that was uploaded before; it names the other document's file, invoice number and id."""
    number = original.form.value("invoice_number")
    fr = f"« {original.file_name} » ({f'facture {number}, ' if number else ''}document {original.document_id})"
    en = f'"{original.file_name}" ({f"invoice {number}, " if number else ""}document {original.document_id})'
    nothing_fr = " et il n'y a rien à faire ici" if filed_alike else ""
    nothing_en = " and there is nothing to do here" if filed_alike else ""
    return Problem(
        field=None,
        code="duplicate_file",
        fr=f"Ce même fichier est déjà là : {fr}. Il ne part pas une seconde fois{nothing_fr} : suivez l'autre "
        "document. Si vous vouliez envoyer une autre facture, ce n'est pas le bon fichier : ajoutez le bon.",
        en=f"This very file is here already: {en}. It does not go a second time{nothing_en}: follow the other "
        "document. If you meant another invoice, this is the wrong file: upload the right one.",
    )


def _duplicate_of_a_hidden_one() -> Problem:
    """The problem for users who may not see the other document: it names nothing of that document."""
    return Problem(
        field=None,
        code="duplicate_file",
        fr="Ce même fichier a déjà été ajouté pour d'autres utilisateurs. Il ne part pas une seconde fois : demandez "
        "à un administrateur du fournisseur de vous ouvrir l'autre document, ou ajoutez le bon fichier.",
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
