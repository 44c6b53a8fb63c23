"""A person corrects how a document is filed, or stops it, before it leaves; used by the function invoice_api.

Each call is one conditional write with its line in the audit trail. What a person may do ends with the attempt to
submit: from then on only the portal knows whether it has the invoice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import Conflict, Invalid, StaleWrite, SupplierSuspended, WrongState
from chorus_connector.domain.invoices.states import EDITABLE, STOPPABLE, State
from chorus_connector.domain.invoices.stopping import Stop, StopKind, stop_problem, without_stops
from chorus_connector.domain.paris import PARIS
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.matching import matching_form
from chorus_connector.domain.suppliers.unused_metadata import with_unused_metadata
from chorus_connector.ports.values import Work

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice, ListedInvoice
    from chorus_connector.domain.invoices.visibility import Visibility
    from chorus_connector.ports.invoices import Queue
    from chorus_connector.usecases.invoices.resolution import Resolution
    from chorus_connector.usecases.invoices.visibility import VisibleInvoices

_TRIES = 5
ON_ITS_WAY = frozenset({State.SUBMITTING, State.IN_DOUBT, State.SUBMITTED})


@dataclass(frozen=True)
class NewFiling:
    """What changes: a metadata's new value (None removes it), and the folder or the rule where it is named."""

    metadata: Mapping[str, str | None]
    where: Mapping[str, str | None]


@dataclass(frozen=True)
class CorrectFiling:
    """``invoices`` are those that the caller may see; ``sight`` says which labels that are."""

    invoices: VisibleInvoices
    sight: Visibility
    resolution: Resolution
    ocr_queue: Queue

    def refile(self, document_id: str, new: NewFiling, *, version: int, by: str, now: datetime) -> Invoice:
        """Change metadata, folder or rule, and judge the document anew with them.

        One that was set aside is read when a criterion matches now; one that no criterion matches any more is set
        aside. A request to submit it is dropped: its values may be others now.

        Raises NotFound, StaleWrite, SupplierSuspended, WrongState (also Conflict when it is too late), and Invalid for
        a label of others.
        """
        invoice = self._stoppable(document_id, "refile", {State.SET_ASIDE}, version=version)
        metadata = _merged(invoice.metadata, new.metadata)
        self.sight.check_upload(metadata)
        filed = invoice.model_copy(
            update={"metadata": metadata, "submit_requested_by": None, "confirmed_by": None, **new.where}
        )
        detail = ", ".join(_changed(invoice, filed))
        if not detail:
            raise _nothing_changed()
        judged = self._judged(invoice, filed, now)
        warned = with_unused_metadata(self.resolution.supplier, metadata, judged.problems)
        judged = judged.model_copy(update={"problems": warned})
        return self._save(judged, by, "refiled", detail, taken=invoice.state is State.SET_ASIDE)

    def relabel(
        self, document_id: str, metadata: Mapping[str, str | None], *, version: int, by: str, now: datetime
    ) -> Invoice:
        """Change these metadata only. Raises as ``refile``."""
        return self.refile(document_id, NewFiling(metadata, {}), version=version, by=by, now=now)

    def stop(self, document_id: str, kind: StopKind, *, version: int, reason: str, by: str, now: datetime) -> Invoice:
        """Hold the document or set it aside, until it is released; a person's submission also releases a held one.

        Raises NotFound, StaleWrite, WrongState, and Conflict when it is too late.
        """
        kinds: set[State] = {State.SET_ASIDE} if kind == "set_aside" else set()
        invoice = self._stoppable(document_id, kind, kinds, version=version, suspended=True)
        stopped = _stopped(invoice, Stop(kind=kind, by=by, at=now, reason=reason), now)
        return self._save(stopped, by, _DONE[kind], reason)

    def withdraw(self, document_id: str, *, reason: str, by: str, now: datetime) -> Invoice:
        """Hold the document at once, whatever its version.

        Raises NotFound, SupplierSuspended, WrongState, and Conflict when it is too late.
        """
        for _ in range(_TRIES):
            with suppress(StaleWrite):
                invoice = self._stoppable(document_id, "withdraw", set(), suspended=True)
                stop = Stop(kind="hold", by=by, at=now, reason=reason)
                return self._save(_stopped(invoice, stop, now), by, "withdrawn", reason)
        raise StaleWrite

    def release(self, document_id: str, *, version: int, by: str, now: datetime) -> Invoice:
        """Process the document again: one that a person stopped, or one that no criterion matched.

        Raises NotFound, StaleWrite, SupplierSuspended, and WrongState when nothing stops it.
        """
        invoice = self._stoppable(document_id, "release", {State.SET_ASIDE}, version=version)
        if invoice.stopped is None and invoice.state is not State.SET_ASIDE:
            raise WrongState(invoice.state, "release")
        freed = invoice.model_copy(update={"stopped": None, "problems": ()})
        if invoice.state is State.SET_ASIDE:
            return self._save(self._taken(freed, now), by, "released", taken=True)
        if invoice.state in EDITABLE:
            return self._save(self._settled(freed, now), by, "released")
        return self._save(_in_place(freed, now), by, "released")

    def take_matching(
        self, *, by: str, now: datetime, limit: int, cursor: str | None
    ) -> tuple[list[Invoice], str | None]:
        """Have documents read that no criterion matched when they came and one matches now.

        Looks at up to ``limit`` documents; returns those that are taken, and the cursor for the next ones.
        """
        page = self.invoices.page("aside", limit=limit, cursor=cursor)
        taken = []
        for listed in page.invoices:
            if listed.state is State.SET_ASIDE and listed.stopped is None and self._matches(listed):
                with suppress(StaleWrite):
                    invoice = self.invoices.get(listed.document_id)
                    if invoice.state is State.SET_ASIDE and invoice.stopped is None:
                        taken.append(self._save(self._taken(invoice, now), by, "taken", taken=True))
        return taken, page.cursor

    def _stoppable(
        self, document_id: str, action: str, also: set[State], *, version: int | None = None, suspended: bool = False
    ) -> Invoice:
        """The document, if it can still be stopped. ``suspended``: while its supplier is suspended too."""
        if not (suspended or self.resolution.supplier.active):
            raise SupplierSuspended
        invoice = self.invoices.get(document_id)
        if invoice.state in ON_ITS_WAY:
            raise too_late(invoice)
        if version is not None and invoice.version != version:
            raise StaleWrite
        if invoice.state not in STOPPABLE | also:
            raise WrongState(invoice.state, action)
        return invoice

    def _judged(self, before: Invoice, filed: Invoice, now: datetime) -> Invoice:
        """The refiled document in the state that its new filing leads to."""
        if filed.state is State.SET_ASIDE and filed.stopped is not None and filed.stopped.kind == "set_aside":
            return _in_place(filed, now)
        if filed.state is State.SET_ASIDE:
            return self._taken(filed, now) if self._matches(filed) else _in_place(filed, now)
        if filed.state in (State.RECEIVED, State.READING):
            return _in_place(filed, now)
        if self._matches(before) and not self._matches(filed):
            problems = (stop_problem(filed.stopped),) if filed.stopped else ()
            return filed.move(State.SET_ASIDE, now, action="refile", problems=problems)
        return self._settled(filed, now)

    def _taken(self, invoice: Invoice, now: datetime) -> Invoice:
        """A document that was set aside, judged if it was read already, else being read."""
        return self._settled(invoice, now) if invoice.was_read else invoice.being_read(now, action="take", problems=())

    def _settled(self, invoice: Invoice, now: datetime) -> Invoice:
        return self.resolution.settle(invoice, self.resolution.judge(invoice, now=now), now=now)

    def _matches(self, invoice: ListedInvoice) -> bool:
        filed = {"classification_rule": invoice.classification_rule, "folder": invoice.folder}
        return self.resolution.supplier.criterion_for(**filed) is not None

    def _save(self, invoice: Invoice, by: str, action: str, detail: str = "", *, taken: bool = False) -> Invoice:
        """Write it; a document that is ``taken`` from those set aside is queued for reading if it was not read."""
        self.invoices.save(invoice, by=by, action=action, detail=detail)
        if taken and invoice.state is State.READING:
            self.ocr_queue.send([Work(invoice.supplier_id, invoice.document_id)])
        return invoice


_DONE: dict[StopKind, str] = {"hold": "held_by_a_person", "set_aside": "set_aside"}


def _stopped(invoice: Invoice, stop: Stop, now: datetime) -> Invoice:
    """Stopped now, or, while it is examined or read, as soon as that ends."""
    if invoice.state in (State.RECEIVED, State.READING):
        return _in_place(invoice.model_copy(update={"stopped": stop}), now)
    return invoice.stopped_for(stop, now, action=stop.kind, problems=without_stops(invoice.problems))


def _in_place(invoice: Invoice, now: datetime) -> Invoice:
    return invoice.move(invoice.state, now, action="refile", due_at=invoice.due_at, held_since=invoice.held_since)


def _merged(metadata: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """The metadata with the changes; a name replaces the one that is the same."""
    changed = {matching_form(name) for name in changes}
    kept = {name: value for name, value in metadata.items() if matching_form(name) not in changed}
    return {**kept, **{name: value for name, value in changes.items() if value is not None}}


def _changed(before: Invoice, after: Invoice) -> Iterator[str]:
    """What changed, without any value."""
    names = sorted({*before.metadata, *after.metadata})
    yield from (f"metadata.{name}" for name in names if before.metadata.get(name) != after.metadata.get(name))
    yield from (name for name in ("folder", "classification_rule") if getattr(before, name) != getattr(after, name))


def _nothing_changed() -> Invalid:
    return Invalid.about(
        Problem(
            field=None,
            code="nothing_changed",
            fr="Rien ne change : donnez une métadonnée, un dossier ou une règle de classement qui diffère.",
            en="Nothing changes: give a metadata, a folder or a classification rule that differs.",
        )
    )


def too_late(invoice: Invoice) -> Conflict:
    """Too late to change or stop it: the attempt to submit it has begun, or the portal has it."""
    began = invoice.attempt.started_at if invoice.attempt else invoice.changed_at
    fr, en = (
        began.astimezone(PARIS).strftime("le %d/%m/%Y à %H:%M"),
        began.astimezone(PARIS).strftime("%Y-%m-%d, %H:%M"),
    )
    if invoice.deposit is not None and invoice.deposit.waits_for_supplier:
        return Conflict(
            "too_late",
            "Chorus Pro a cette facture, et le destinataire l'a renvoyée : répondez-lui depuis son suivi. Rien ne peut "
            "plus être retenu ni supprimé ici.",
            "Chorus Pro has this invoice, and the recipient sent it back: answer from its tracking. Nothing can be "
            "held or deleted here any more.",
        )
    if invoice.state is State.SUBMITTED:
        return Conflict(
            "too_late",
            f"Trop tard : l'envoi a commencé {fr} et Chorus Pro a cette facture. Seul le destinataire peut encore la "
            "renvoyer ou la rejeter ; demandez-le-lui, puis corrigez-la ou réémettez-la ici, ou émettez un avoir.",
            f"Too late: its submission began on {en} (Paris) and Chorus Pro has this invoice. Only the recipient can "
            "still return or reject it: ask the recipient, then correct or reissue it here, or issue a credit note.",
        )
    return Conflict(
        "too_late",
        f"Trop tard : l'envoi à Chorus Pro a commencé {fr}. On ne peut plus l'arrêter ; s'il s'avère que Chorus Pro "
        "ne l'a pas, le document redevient modifiable.",
        f"Too late: its submission to Chorus Pro began on {en} (Paris). It can no longer be stopped; if Chorus Pro "
        "turns out not to have it, the document can be changed again.",
    )
