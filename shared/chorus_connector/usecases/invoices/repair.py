"""Repairs of box invoice_api: an answer to a send-back reaches the portal once, whatever dies on the way.

As with a submission the order is the proof: the portal is asked for the present status, the green light is shown, the
answer is written before the call, and one whose outcome is not known is never repeated before the portal was asked.
Box tracking_sync settles those (``settle``).
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
    Transient,
    refuse_if_any,
)
from chorus_connector.domain.invoices.attachments import Attachment, LinkedAttachment
from chorus_connector.domain.invoices.green_light import Evidence, check
from chorus_connector.domain.invoices.invoice import READING_PATIENCE, Deposit, Invoice, Repair
from chorus_connector.domain.invoices.repair import ROUTING, RepairRequest, require_allowed, rerouted
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.values import normalise, normalise_all
from chorus_connector.domain.invoices.visibility import EVERYTHING, Visibility
from chorus_connector.domain.portal.answers import AnswerLost, PortalFailure, PortalRefused
from chorus_connector.domain.portal.tracking import with_history
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.result import Reading
from chorus_connector.ports.values import StoredAttachment
from chorus_connector.usecases.invoices.resolution import UNFINISHED_REISSUE, Resolution, codes, today_in_paris
from chorus_connector.usecases.invoices.submission import portal_attachment_name

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.field_names import FormFieldName
    from chorus_connector.ports.invoices import AttachmentFiles, AttachmentStore, DocumentStore, InvoiceStore
    from chorus_connector.ports.portal import Portal
    from chorus_connector.usecases.invoices.form import EditableInvoices
    from chorus_connector.usecases.portal.directory import Directory
    from chorus_connector.usecases.portal.tracking import TrackInvoices

SETTLE_AFTER = timedelta(minutes=15)
"""Longer than any worker lives and any call lasts, as for a submission."""
_DEFAULT_TYPE = "DOCUMENT_ANNEXE"


@dataclass(frozen=True)
class RepairInvoices:
    """``visible`` are the invoices the caller may see, ``sight`` what of the attachments; ``invoices`` is the store
    behind them.
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
        """Send the answer to the portal; the invoice afterwards, its repair DONE or IN_DOUBT.

        Raises StaleWrite, Conflict (the status forbids it, an earlier answer is not settled, the portal refused),
        Invalid with the problems the green light shows, and Transient when the portal cannot be asked.
        """
        if not self.tracking.supplier.active:
            raise SupplierSuspended
        invoice = self._current(document_id, request, version, now)
        deposit = require_allowed(invoice, request.kind)
        self._green_light(invoice, request, today=today_in_paris(now), now=now)
        files = self._upload(self._files(request))
        begun = self._begin(invoice, deposit, request, repair_id=repair_id, by=by, now=now)
        try:
            self._send(begun, deposit, request, files)
        except AnswerLost:
            return self._phase(begun, "IN_DOUBT", now, by=by, due_at=now + self.settle_after)
        except PortalRefused as refusal:
            self._phase(begun, "REFUSED", now, by=by)
            raise _refused(refusal) from None
        except PortalFailure:
            self._phase(begun, "NOT_DONE", now, by=by)
            raise _unavailable() from None
        return self._done(begun, request, now, by=by)

    def settle(self, document_id: str, *, now: datetime) -> Invoice:
        """Ask the portal what became of an answer whose outcome is not known. Raises ``domain.portal`` failures."""
        invoice = self.invoices.get(document_id)
        repair, deposit = invoice.repair, invoice.deposit
        if repair is None or deposit is None or not repair.unsettled or (invoice.due_at and invoice.due_at > now):
            return invoice
        told = with_history(deposit, self.portal.history(deposit.chorus_id))
        if repair.kind == "treat_rejection":
            told = self._treated(told)
            done = told.rejection_treated
        else:
            done = told.status != repair.status or _later(told.status_at, repair.status_at)
        if done:
            return self._phase(invoice, "DONE", now, by=repair.by, deposit=told)
        if now >= repair.started_at + self.settle_after:
            return self._phase(invoice, "NOT_DONE", now, by=repair.by, deposit=told)
        later = invoice.model_copy(update={"due_at": repair.started_at + self.settle_after})
        self.invoices.reschedule(later)
        return later

    # --- before the call ---------------------------------------------------------------------------------

    def _current(self, document_id: str, request: RepairRequest, version: int, now: datetime) -> Invoice:
        """The invoice in the status the portal has it in now."""
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
        except PortalFailure:
            raise _unavailable() from None

    def _green_light(self, invoice: Invoice, request: RepairRequest, *, today: date, now: datetime) -> None:
        problems: Sequence[Problem | None]
        match request.kind:
            case "recycle":
                problems = self._routing_problems(invoice, request, today, now)
            case "complete":
                problems = (_nothing_given(request),)
            case "correct_validator":
                problems = (_validator_problem(request),)
            case "treat_rejection":
                problems = ()
        refuse_if_any("La réparation n'est pas complète.", "The repair is not complete.", *problems)

    def _routing_problems(
        self, invoice: Invoice, request: RepairRequest, today: date, now: datetime
    ) -> tuple[Problem, ...]:
        form = rerouted(invoice.form, request)
        siret = form.value("recipient_siret")
        try:
            found = self.directory.recipient(siret, form.value("service_code"), now=now, fresh=True) if siret else None
        except PortalFailure:
            raise _unavailable() from None
        evidence = Evidence(
            supplier_siret=self.tracking.supplier.siret,
            today=today,
            recipient=found,
            recipient_unknown=siret is not None and found is None,
        )
        judged = [each for each in check(form, evidence) if each.field in ROUTING and each.blocking]
        if not judged and all(form.value(name) == invoice.form.value(name) for name in ROUTING):
            judged = [_nothing_changed()]
        return tuple(judged)

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
        """One of the supplier's files that the caller may see and that has arrived. Raises NotFound, Conflict."""
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
        """The files at the portal. No answer to anything yet, so safe to repeat."""
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
        except PortalRefused as refusal:
            raise _refused(refusal) from None
        except PortalFailure:
            raise _unavailable() from None

    def _begin(
        self, invoice: Invoice, deposit: Deposit, request: RepairRequest, *, repair_id: str, by: str, now: datetime
    ) -> Invoice:
        """Write what is about to be said, before it is said."""
        repair = Repair(
            repair_id=repair_id,
            kind=request.kind,
            phase="SENDING",
            by=by,
            started_at=now,
            status=deposit.status,
            status_at=deposit.status_at,
        )
        begun = invoice.move(State.SUBMITTED, now, action="repair", repair=repair, due_at=now + self.settle_after)
        self.visible.save(begun, by=by, action="repair_started", detail=request.kind)
        return begun

    # --- the call, and what it brought -------------------------------------------------------------------

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
        """The portal said yes; its status afterwards is only worth knowing."""
        assert begun.deposit is not None
        deposit = begun.deposit
        with suppress(PortalFailure):  # the next look tells
            deposit = with_history(deposit, self.portal.history(deposit.chorus_id))
        if request.kind == "treat_rejection":
            deposit = deposit.model_copy(update={"rejection_treated": True})
        changes: dict[str, object] = {"form": rerouted(begun.form, request)} if request.kind == "recycle" else {}
        return self._phase(begun, "DONE", now, by=by, deposit=deposit, **changes)

    def _phase(
        self, invoice: Invoice, phase: str, now: datetime, *, by: str, deposit: Deposit | None = None, **changes: object
    ) -> Invoice:
        assert invoice.repair is not None
        told = deposit or invoice.deposit
        repaired = invoice.model_copy(update={"repair": invoice.repair.model_copy(update={"phase": phase})})
        changes = {"due_at": self.tracking.next_poll(repaired, told, now), **changes}
        moved = invoice.move(State.SUBMITTED, now, action="repair", repair=repaired.repair, deposit=told, **changes)
        self.invoices.save(moved, by=by, action=f"repair_{phase.lower()}", detail=invoice.repair.kind)
        return moved

    def _treated(self, deposit: Deposit) -> Deposit:
        rows = [each for each in self.portal.find(deposit.invoice_number) if each.chorus_id == deposit.chorus_id]
        treated = any(each.rejection_treated for each in rows)
        return deposit.model_copy(update={"rejection_treated": treated or deposit.rejection_treated})


def settle_due(repairs: RepairInvoices, document_ids: Sequence[str], *, now: datetime) -> None:
    """Settle those whose answer is not known; a portal that cannot be asked leaves them for the next look."""
    for document_id in document_ids:
        with suppress(NotFound, StaleWrite, PortalFailure):
            repairs.settle(document_id, now=now)


@dataclass(frozen=True)
class ReissueInvoice:
    """A new document under a new number in place of a rejected one, each knowing the other."""

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
        """The new document, resolved as after a reading. The same request twice makes one document.

        The rejected one names it before it can leave: of two numbers asked for at once one is sent. Raises StaleWrite,
        Conflict when the status forbids it or another document took its place, Invalid on a number that is none or the
        rejected one's, Transient when its file must come from the portal and cannot.
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
        data = self._file(rejected, deposit)
        with suppress(AlreadyExists):  # a request that died here before
            self.invoices.add(_in_place_of(rejected, new_id, corrections, size=len(data), by=by, now=now), by=by)
        self.documents.put_original(new_id, data)
        linked = rejected.move(State.SUBMITTED, now, action="reissue", replaced_by=new_id, due_at=rejected.due_at)
        self.visible.save(linked, by=by, action="reissued", detail=new_id)
        return self._resolved(new_id, now)

    def _resolved(self, document_id: str, now: datetime) -> Invoice:
        """What a request before this one left unfinished too; what has gone further stays as it is."""
        invoice = self.invoices.get(document_id)
        unfinished = any(problem.code == UNFINISHED_REISSUE for problem in invoice.problems)
        if invoice.state is State.TO_COMPLETE and unfinished:
            judged = self.resolution.settle(invoice, self.resolution.judge(invoice, now=now), now=now)
            self.invoices.save(judged, by="resolution", action="resolved", detail=codes(judged.problems))
            return judged
        return self.resolution.resolve(document_id, now=now) if invoice.state is State.READING else invoice

    def _file(self, rejected: Invoice, deposit: Deposit) -> bytes:
        if rejected.origin == "upload":
            return self.documents.original(rejected.document_id)
        try:
            return self.portal.download(deposit.chorus_id, with_attachments=False)
        except PortalFailure:
            raise _unavailable() from None


def reissued_document_id(document_id: str, number: str) -> str:
    """The same for the same request, so that it makes one document however often it is made."""
    return hashlib.sha256(f"{document_id}/{number}".encode()).hexdigest()[:32]


def _corrections(rejected: Invoice, number: str, values: Mapping[FormFieldName, str]) -> dict[FormFieldName, str]:
    wanted: dict[FormFieldName, str] = {**values, "invoice_number": number}
    given, problems = normalise_all(wanted)
    known = {} if rejected.reading else {name: str(field.value) for name, field in rejected.form.fields.items()}
    old = rejected.deposit.invoice_number if rejected.deposit else ""
    if given["invoice_number"] in ("", old):
        problems.append(_another_number())
    refuse_if_any("Valeurs refusées.", "Some values do not fit.", *problems)
    return {**known, **rejected.corrections, **given}


def _in_place_of(
    rejected: Invoice, new_id: str, corrections: dict[FormFieldName, str], *, size: int, by: str, now: datetime
) -> Invoice:
    return Invoice(
        supplier_id=rejected.supplier_id,
        document_id=new_id,
        file_name=rejected.file_name,
        state=State.READING,
        due_at=now + READING_PATIENCE,  # should whoever makes it die on the way
        received_at=now,
        changed_at=now,
        uploaded_by=by,
        size=size,
        sha256=rejected.sha256,
        classification_rule=rejected.classification_rule,
        folder=rejected.folder,
        metadata=rejected.metadata,
        reading=rejected.reading or Reading(),
        corrections=corrections,
        replaces=rejected.document_id,
    )


def _later(there: datetime | None, ours: datetime | None) -> bool:
    return there is not None and ours is not None and there - ours >= timedelta(minutes=1)


def _refused(refusal: PortalRefused) -> Conflict:
    return Conflict(
        "portal_refused",
        f"Chorus Pro a refusé : {refusal.text}",
        f"Chorus Pro refused: {refusal.text}",
    )


def _unavailable() -> Transient:
    return Transient(
        "Chorus Pro ne répond pas : rien n'a été fait, réessayez plus tard.",
        "Chorus Pro does not answer: nothing was done, try again later.",
    )


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
        field="recipient_siret",
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
