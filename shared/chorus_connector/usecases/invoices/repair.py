"""Sends the supplier's answer to a sent-back invoice exactly once, even if a worker dies on the way.

The order of the steps ensures it, as for a submission: ask the portal for the present status, check the answer, store
it, then call. An answer whose outcome is unknown is never repeated before the portal was asked. The function
invoice_api sends answers, the function tracking_sync resolves unknown outcomes (``settle``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import (
    AlreadyExists,
    Conflict,
    NotFound,
    StaleWrite,
    SupplierSuspended,
    refuse_if_any,
)
from chorus_connector.domain.invoices.attachments import Attachment, LinkedAttachment, unknown_type
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.green_light import GreenLightFacts, check
from chorus_connector.domain.invoices.invoice import READING_PATIENCE, Deposit, Invoice, RepairAttempt
from chorus_connector.domain.invoices.repair import ROUTING, RepairRequest, require_allowed, rerouted
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.values import normalise, normalise_all
from chorus_connector.domain.invoices.visibility import EVERYTHING, Visibility
from chorus_connector.domain.paris import day_in_paris
from chorus_connector.domain.portal.answers import AnswerLost, PortalFailure, PortalRefused
from chorus_connector.domain.portal.tracking import with_history
from chorus_connector.domain.problem import Problem
from chorus_connector.ports.values import StoredAttachment, StoredFile, ValueChange
from chorus_connector.usecases.invoices.form import value_changes
from chorus_connector.usecases.invoices.resolution import UNFINISHED_REISSUE, Resolution, codes
from chorus_connector.usecases.invoices.submission import portal_attachment_name
from chorus_connector.usecases.portal.asking import not_answered

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.fields import FormFieldName
    from chorus_connector.ports.invoices import AttachmentFiles, AttachmentStore, DocumentStore, InvoiceStore
    from chorus_connector.ports.portal import Portal
    from chorus_connector.usecases.invoices.form import EditableInvoices
    from chorus_connector.usecases.portal.directory import Directory
    from chorus_connector.usecases.portal.tracking import TrackInvoices

SETTLE_AFTER = timedelta(minutes=15)
"""Longer than any worker lives and any call lasts; the same as for a submission."""
_DEFAULT_TYPE = "DOCUMENT_ANNEXE"


@dataclass(frozen=True)
class RepairInvoices:
    """``visible`` are the invoices the caller may see; ``invoices`` is the store behind them.

    ``visibility`` decides which attachments the caller may see.
    """

    visible: EditableInvoices
    invoices: InvoiceStore
    tracking: TrackInvoices
    directory: Directory
    attachments: AttachmentStore
    attachment_files: AttachmentFiles
    settle_after: timedelta = SETTLE_AFTER
    visibility: Visibility = EVERYTHING

    @property
    def portal(self) -> Portal:
        return self.tracking.portal

    def apply(
        self, document_id: str, request: RepairRequest, *, version: int, repair_id: str, by: str, now: datetime
    ) -> Invoice:
        """Send the answer to the portal; the result is the invoice with its repair DONE or IN_DOUBT.

        Raises SupplierSuspended, StaleWrite, Conflict (the status forbids it, the outcome of an earlier answer is
        unknown, the portal refused), Invalid with the problems of the answer, Transient if the portal is down.
        """
        if not self.tracking.supplier.active:
            raise SupplierSuspended
        invoice = self._current(document_id, request, version, now)
        deposit = require_allowed(invoice, request.kind)
        self._green_light(invoice, request, today=day_in_paris(now), now=now)
        files = self._upload(self._files(request))
        sent = tuple(dict.fromkeys((*invoice.completed_with, *(each.attachment.attachment_id for each in files))))
        invoice = invoice.model_copy(update={"completed_with": sent})
        begun = self._begin(invoice, deposit, request, repair_id=repair_id, by=by, now=now)
        try:
            self._send(begun, deposit, request, files)
        except AnswerLost:
            return self._phase(begun, "IN_DOUBT", now, by=by, due_at=now + self.settle_after)
        except PortalFailure as failure:
            phase = "REFUSED" if isinstance(failure, PortalRefused) else "NOT_DONE"
            self._phase(begun, phase, now, by=by)
            raise not_answered(failure) from None
        return self._done(begun, request, now, by=by)

    def settle(self, document_id: str, *, now: datetime) -> Invoice:
        """Ask the portal for the outcome of an answer if it is unknown. Raises PortalFailure."""
        invoice = self.invoices.get(document_id)
        repair, deposit = invoice.repair, invoice.deposit
        if repair is None or deposit is None or not repair.unsettled or (invoice.due_at and invoice.due_at > now):
            return invoice
        current = with_history(deposit, self.portal.history(deposit.chorus_id))
        if repair.kind == "treat_rejection":
            current = self._treated(current)
            done = current.rejection_treated
        else:
            done = current.status != repair.status or _later(current.status_at, repair.status_at)
        if done:
            return self._phase(invoice, "DONE", now, by=repair.by, deposit=current)
        if now >= repair.started_at + self.settle_after:
            return self._phase(invoice, "NOT_DONE", now, by=repair.by, deposit=current)
        later = invoice.model_copy(update={"due_at": repair.started_at + self.settle_after})
        self.invoices.reschedule(later)
        return later

    # --- before the call ---------------------------------------------------------------------------------

    def _current(self, document_id: str, request: RepairRequest, version: int, now: datetime) -> Invoice:
        """The invoice with its present status at the portal."""
        invoice = self.visible.get(document_id)
        if invoice.version != version:
            raise StaleWrite
        if invoice.repair is not None and invoice.repair.unsettled:
            raise Conflict(
                "repair_in_doubt",
                "Une réponse précédente n'est pas encore confirmée par Chorus Pro : attendez qu'elle le soit.",
                "An earlier answer is not confirmed by Chorus Pro yet: wait until it is.",
            )
        if invoice.deposit is None:
            require_allowed(invoice, request.kind)
        try:
            return self.tracking.poll(invoice, now=now)
        except PortalFailure as failure:
            raise not_answered(failure) from None

    def _green_light(self, invoice: Invoice, request: RepairRequest, *, today: date, now: datetime) -> None:
        problems: Sequence[Problem | None]
        match request.kind:
            case "recycle":
                problems = self._routing_problems(invoice, request, today, now)
            case "complete":
                problems = (_nothing_given(request), self._unknown_type(request))
            case "correct_validator":
                problems = (_validator_problem(request),)
            case "treat_rejection":
                problems = ()
        refuse_if_any("Cette réponse ne peut pas partir ainsi.", "This answer cannot be sent as it is.", *problems)

    def _routing_problems(
        self, invoice: Invoice, request: RepairRequest, today: date, now: datetime
    ) -> tuple[Problem, ...]:
        form = rerouted(invoice.form, request)
        siret = form.value("recipient_siret")
        try:
            found = self.directory.recipient(siret, form.value("service_code"), now=now, fresh=True) if siret else None
        except PortalFailure as failure:
            raise not_answered(failure) from None
        facts = GreenLightFacts(
            supplier_siret=self.tracking.supplier.siret,
            today=today,
            recipient=found,
            recipient_unknown=siret is not None and found is None,
        )
        judged = [each for each in check(form, facts) if each.field in ROUTING and each.blocking]
        if not judged and all(form.value(name) == invoice.form.value(name) for name in ROUTING):
            judged = [_nothing_changed()]
        return tuple(judged)

    def _unknown_type(self, request: RepairRequest) -> Problem | None:
        named = (each.attachment_type for each in self._files(request))
        return unknown_type(named, self.tracking.supplier.attachment_types)

    def _files(self, request: RepairRequest) -> tuple[LinkedAttachment, ...]:
        if request.kind != "complete":
            return ()
        known = [self._attachment(each) for each in dict.fromkeys(request.attachment_ids)]
        default = self.tracking.supplier.attachments.default_type or _DEFAULT_TYPE
        return tuple(
            LinkedAttachment(
                attachment_id=each.attachment_id,
                file_name=each.file_name,
                size=each.size or 0,
                attachment_type=each.attachment_type or default,
                object_version=each.object_version,
            )
            for each in known
        )

    def _attachment(self, attachment_id: str) -> Attachment:
        """An attachment that the caller may see and that has arrived. Raises NotFound, Conflict."""
        attachment = self.attachments.get(attachment_id)
        if not self.visibility.sees_labelled(attachment.metadata):
            raise NotFound
        if attachment.size is None:
            raise Conflict(
                "attachment_awaited",
                "Cette pièce jointe a été annoncée mais n'est pas encore arrivée.",
                "This attachment was announced but has not arrived yet.",
            )
        return attachment

    def _upload(self, files: tuple[LinkedAttachment, ...]) -> tuple[StoredAttachment, ...]:
        """Upload the files to the portal. They answer nothing yet, so a retry is safe."""
        try:
            return tuple(
                StoredAttachment(
                    each,
                    self.portal.upload(
                        portal_attachment_name(each.file_name),
                        self.attachment_files.read(each.attachment_id, each.object_version),
                    ),
                )
                for each in files
            )
        except PortalFailure as failure:
            raise not_answered(failure) from None

    def _begin(
        self, invoice: Invoice, deposit: Deposit, request: RepairRequest, *, repair_id: str, by: str, now: datetime
    ) -> Invoice:
        """Store the answer before the call that sends it."""
        repair = RepairAttempt(
            repair_id=repair_id,
            kind=request.kind,
            phase="SENDING",
            by=by,
            started_at=now,
            status=deposit.status,
            status_at=deposit.status_at,
        )
        begun = invoice.move(State.SUBMITTED, now, action="repair", repair=repair, due_at=now + self.settle_after)
        changes = value_changes(invoice.form, rerouted(invoice.form, request), ROUTING)
        self.visible.save(begun, by=by, action="repair_started", detail=request.kind, changes=changes)
        return begun

    # --- the call and its outcome -----------------------------------------------------------------------

    def _send(
        self, invoice: Invoice, deposit: Deposit, request: RepairRequest, files: tuple[StoredAttachment, ...]
    ) -> None:
        match request.kind:
            case "recycle":
                form = rerouted(invoice.form, request)
                self.portal.recycle(
                    deposit.chorus_id,
                    recipient_siret=form.value("recipient_siret") or "",
                    service_code=form.value("service_code"),
                    engagement_number=form.value("engagement_number"),
                    comment=request.comment,
                )
            case "complete":
                self.portal.complete(deposit.chorus_id, comment=request.comment, attachments=files)
            case "treat_rejection":
                self.portal.treat_rejection(deposit.chorus_id)
            case "correct_validator":
                siret, _ = normalise("validator_siret", request.validator_siret or "")
                self.portal.correct_validator(deposit.chorus_id, siret=siret)

    def _done(self, begun: Invoice, request: RepairRequest, now: datetime, *, by: str) -> Invoice:
        """Store that the portal accepted the answer, with the new status if the portal gives it."""
        assert begun.deposit is not None
        deposit = begun.deposit
        with suppress(PortalFailure):  # the next poll gets the status
            deposit = with_history(deposit, self.portal.history(deposit.chorus_id))
        if request.kind == "treat_rejection":
            deposit = deposit.model_copy(update={"rejection_treated": True})
        changes: dict[str, object] = {"form": rerouted(begun.form, request)} if request.kind == "recycle" else {}
        return self._phase(begun, "DONE", now, by=by, deposit=deposit, **changes)

    def _phase(
        self, invoice: Invoice, phase: str, now: datetime, *, by: str, deposit: Deposit | None = None, **changes: object
    ) -> Invoice:
        assert invoice.repair is not None
        current = deposit or invoice.deposit
        repaired = invoice.model_copy(update={"repair": invoice.repair.model_copy(update={"phase": phase})})
        changes = {"due_at": self.tracking.next_poll(repaired, current, now), **changes}
        moved = invoice.move(State.SUBMITTED, now, action="repair", repair=repaired.repair, deposit=current, **changes)
        before, after = (each.status if each else "" for each in (invoice.deposit, current))
        passed = (ValueChange("status", before, after),) if before != after else ()
        action = f"repair_{phase.lower()}"
        self.invoices.save(moved, by=by, action=action, detail=invoice.repair.kind, changes=passed)
        return moved

    def _treated(self, deposit: Deposit) -> Deposit:
        rows = [each for each in self.portal.find(deposit.invoice_number) if each.chorus_id == deposit.chorus_id]
        treated = any(each.rejection_treated for each in rows)
        return deposit.model_copy(update={"rejection_treated": treated or deposit.rejection_treated})


def settle_due(repairs: RepairInvoices, document_ids: Sequence[str], *, now: datetime) -> None:
    """Resolve the unknown outcomes of these documents; while the portal is down they wait for the next poll."""
    for document_id in document_ids:
        with suppress(NotFound, StaleWrite, PortalFailure):
            repairs.settle(document_id, now=now)


@dataclass(frozen=True)
class ReissueInvoice:
    """Issues a rejected invoice again as a new document with a new number; each record names the other."""

    visible: EditableInvoices
    invoices: InvoiceStore
    documents: DocumentStore
    resolution: Resolution
    portal: Portal

    def reissue(
        self,
        document_id: str,
        number: str,
        values: Mapping[FormFieldName, str],
        *,
        version: int,
        by: str,
        now: datetime,
    ) -> Invoice:
        """The new document, checked as after a reading. Idempotent: the same request makes one document.

        The rejected record names the new document before that can be sent, so of two concurrent requests with
        different numbers only one is sent. Raises SupplierSuspended, StaleWrite, Conflict when the status forbids it or
        another document replaced the invoice, Invalid for a number that is invalid, unchanged or taken, Transient when
        the file must come from the portal and the portal is down. Nothing is written then: the invoice can still be
        issued again.
        """
        if not self.resolution.supplier.active:
            raise SupplierSuspended
        rejected = self.visible.get(document_id)
        corrections = _corrections(rejected, number, values)
        new_id = reissued_document_id(document_id, corrections["invoice_number"])
        if rejected.replaced_by == new_id:
            return self._resolved(new_id, now)
        if rejected.version != version:
            raise StaleWrite
        deposit = require_allowed(rejected, "reissue")
        if rejected.replaced_by is not None:
            raise Conflict("already_reissued", "Cette facture a déjà été réémise.", "It was issued anew already.")
        self._check_number(corrections["invoice_number"], new_id, today=day_in_paris(now))
        data = self._file(rejected, deposit)
        stored = StoredFile(self.documents.put_original(new_id, data), len(data))
        digest = hashlib.sha256(data).hexdigest()
        with suppress(AlreadyExists):  # an earlier request died after this write
            new = _in_place_of(rejected, new_id, corrections, stored, digest, by=by, now=now)
            self.invoices.add(new, by=by, reading=self.invoices.reading(rejected))
        linked = rejected.move(State.SUBMITTED, now, action="reissue", replaced_by=new_id, due_at=rejected.due_at)
        self.visible.save(linked, by=by, action="reissued", detail=_files_named(rejected, new_id))
        return self._resolved(new_id, now)

    def _check_number(self, number: str, new_id: str, *, today: date) -> None:
        """Raise Invalid when the new document could not leave under that number: as the green light judges it."""
        holder = self.invoices.number_holder(number)
        facts = GreenLightFacts(
            supplier_siret=None,
            today=today,
            recipient=None,
            number_taken_by=holder if holder != new_id else None,
        )
        judged = check(Form(fields={"invoice_number": FormField(value=number, source="person")}), facts)
        of_number = (each for each in judged if each.field == "invoice_number" and each.blocking)
        refuse_if_any("Numéro refusé.", "The number is refused.", *of_number)

    def _resolved(self, document_id: str, now: datetime) -> Invoice:
        """Check the new document, also if an earlier request left it unfinished; a later state is kept."""
        invoice = self.invoices.get(document_id)
        unfinished = any(problem.code == UNFINISHED_REISSUE for problem in invoice.problems)
        if invoice.state is State.TO_COMPLETE and unfinished:
            judged = self.resolution.settle(invoice, self.resolution.judge(invoice, now=now), now=now)
            self.invoices.save(judged, by="resolution", action="resolved", detail=codes(judged.problems))
            return judged
        return self.resolution.resolve(document_id, now=now) if invoice.state is State.READING else invoice

    def _file(self, rejected: Invoice, deposit: Deposit) -> bytes:
        if rejected.origin == "upload":
            return self.documents.original(rejected.document_id, rejected.object_version)
        try:
            return self.portal.download(deposit.chorus_id, with_attachments=False)
        except PortalFailure as failure:
            raise not_answered(failure) from None


def reissued_document_id(document_id: str, number: str) -> str:
    """The new document's id, derived from the request, so that a repeated request makes no second document."""
    return hashlib.sha256(f"{document_id}/{number}".encode()).hexdigest()[:32]


def _corrections(rejected: Invoice, number: str, values: Mapping[FormFieldName, str]) -> dict[FormFieldName, str]:
    wanted: dict[FormFieldName, str] = {**values, "invoice_number": number}
    given, problems = normalise_all(wanted)
    known = {} if rejected.was_read else {name: str(field.value) for name, field in rejected.form.fields.items()}
    old = rejected.deposit.invoice_number if rejected.deposit else ""
    if given["invoice_number"] in ("", old):
        problems.append(_another_number())
    refuse_if_any("Valeurs refusées.", "Some values do not fit.", *problems)
    return {**known, **rejected.corrections, **given}


def _in_place_of(
    rejected: Invoice,
    new_id: str,
    corrections: dict[FormFieldName, str],
    stored: StoredFile,
    digest: str,
    *,
    by: str,
    now: datetime,
) -> Invoice:
    return Invoice(
        supplier_id=rejected.supplier_id,
        document_id=new_id,
        file_name=rejected.file_name,
        state=State.READING,
        due_at=now + READING_PATIENCE,  # in case the worker dies before it is checked
        received_at=now,
        changed_at=now,
        uploaded_by=by,
        uploader_labels=rejected.uploader_labels,  # its metadata, which attachments are found by, is the uploader's
        size=stored.size,
        sha256=digest,
        object_version=stored.version,
        classification_rule=rejected.classification_rule,
        folder=rejected.folder,
        metadata=rejected.metadata,
        reading_version=0,
        corrections=corrections,
        replaces=rejected.document_id,
    )


def _files_named(rejected: Invoice, new_id: str) -> str:
    """The new document's id, and by their hashes the file that it has and the one that had been sent."""
    sent = rejected.sent_file
    named = {"received": rejected.sha256, "sent": sent.sha256 if sent else None}
    return " ".join([new_id, *(f"{name}={digest}" for name, digest in named.items() if digest)])


def _later(there: datetime | None, ours: datetime | None) -> bool:
    return there is not None and ours is not None and there - ours >= timedelta(minutes=1)


def _nothing_given(request: RepairRequest) -> Problem | None:
    if request.comment or request.attachment_ids:
        return None
    return Problem(
        field="comment",
        code="nothing_given",
        fr="Joignez au moins une pièce ou un commentaire.",
        en="Give at least a file or a comment.",
    )


def _validator_problem(request: RepairRequest) -> Problem | None:
    siret, problem = normalise("validator_siret", request.validator_siret or "")
    return problem or (None if siret else _validator_missing())


def _nothing_changed() -> Problem:
    return Problem(
        field=None,
        code="nothing_changed",
        fr="Changez le destinataire, le service ou l'engagement : la facture reviendrait de la même façon.",
        en="Change the recipient, service or engagement: the invoice would come back the same way.",
    )


def _validator_missing() -> Problem:
    return Problem(
        field="validator_siret",
        code="missing",
        fr="Il manque le SIRET du valideur.",
        en="The validator's SIRET is missing.",
    )


def _another_number() -> Problem:
    return Problem(
        field="invoice_number",
        code="number_not_new",
        fr="Une facture réémise porte un nouveau numéro.",
        en="An invoice that is issued anew has a new number.",
    )
