"""Learns a supplier's layouts from the documents that persons confirmed; used by the function textract_ocr.

A submission does not wait for this: it sends a message. A lesson may be delivered twice, and two may be learnt at once:
a document counts once, and a lost race starts again with what the other worker wrote. Nothing is learnt from a document
that no person confirmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import FileTooComplex, NotFound, StaleWrite
from chorus_connector.domain.invoices.lessons import (
    confirmed_values,
    contradicted_fields,
    counts,
    new_layout_id,
    without_room,
)
from chorus_connector.domain.reading.layouts.layout import Layout, TaughtDocument
from chorus_connector.domain.reading.layouts.teaching import contradicted
from chorus_connector.domain.reading.unattended import from_the_page
from chorus_connector.domain.suppliers.audit import Change

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.ports.invoices import DocumentStore, InvoiceStore, LayoutStore, LayoutTeacher
    from chorus_connector.ports.values import LessonWork, TaughtLayouts

NOT_TAUGHT = "layout_not_taught"
"""In a document's history: it should have taught its layout, but its words are missing or cannot be learnt from."""

_ACTOR = "textract_ocr"
_TRIES = 5
"""For lessons that are learnt at the same time. Afterwards the message is delivered again."""


@dataclass(frozen=True)
class LearnLayouts:
    """Teaches one supplier's layouts, and unteaches them."""

    invoices: InvoiceStore
    documents: DocumentStore
    layouts: LayoutStore
    teacher: LayoutTeacher

    def learn(self, lesson: LessonWork, *, now: datetime, tries: int = 1) -> None:
        """Do what the lesson says, and write in the document's history what was done.

        ``tries`` counts its deliveries: words that end the process which learns from them teach nothing, and are given
        up at the second. Raises NotFound, StaleWrite, Transient.
        """
        invoice = self.invoices.get(lesson.document_id)
        try:
            done = self._unteach(invoice, now) if lesson.lesson == "unteach" else self._teach(invoice, now)
        except FileTooComplex as died:
            if tries == 1 and not died.final:
                raise
            done = NOT_TAUGHT
        if done is not None:
            self.invoices.note(invoice, at=now, by=_ACTOR, action=done, detail="")

    def _teach(self, invoice: Invoice, now: datetime) -> str | None:
        if not counts(invoice):
            return None
        words = self.documents.words(invoice.document_id)
        if words is None:
            return NOT_TAUGHT if from_the_page(invoice.form.fields) else None
        for _ in range(_TRIES):
            known = self.layouts.all()
            if _taught_by(known.layouts, invoice.document_id):
                return None
            try:
                if invoice.confirmed_by is None:
                    return self._contradict(invoice, known)
                return self._add(invoice, words, known, now)
            except StaleWrite:
                continue
        raise StaleWrite

    def _add(self, invoice: Invoice, words: bytes, known: TaughtLayouts, now: datetime) -> str:
        document = TaughtDocument(document_id=invoice.document_id, at=now, values=confirmed_values(invoice))
        found = self.teacher.matching(words, known.layouts)
        layout = next((each for each in known.layouts if each.layout_id == found), None)
        forgotten = without_room(known.layouts) if layout is None else ()
        before = layout or Layout(layout_id=new_layout_id(invoice.document_id))
        learnt = self.teacher.taught(before, document, {**self._words(before), invoice.document_id: words})
        self.layouts.save(
            known.version,
            put=learnt.model_copy(update={"last_seen": now}),
            forget=[each.layout_id for each in forgotten],
            changes=[forgetting(each, by=_ACTOR, now=now) for each in forgotten],
        )
        return "layout_taught"

    def _contradict(self, invoice: Invoice, known: TaughtLayouts) -> str | None:
        """Unteach what a correction contradicts, of a document that itself teaches nothing."""
        reading = self.invoices.reading(invoice)
        used = reading.layout.id if reading.layout else None
        layout = next((each for each in known.layouts if each.layout_id == used), None)
        if layout is None or not (fields := contradicted_fields(invoice, reading)):
            return None
        self.layouts.save(known.version, put=contradicted(layout, fields))
        return "layout_contradicted"

    def _unteach(self, invoice: Invoice, now: datetime) -> str | None:
        for _ in range(_TRIES):
            known = self.layouts.all()
            layout = _taught_by(known.layouts, invoice.document_id)
            if layout is None:
                return None
            left = self.teacher.untaught(layout, invoice.document_id, self._words(layout))
            try:
                if left is None:
                    change = forgetting(layout, by=_ACTOR, now=now)
                    self.layouts.save(known.version, forget=[layout.layout_id], changes=[change])
                else:
                    self.layouts.save(known.version, put=left.model_copy(update={"last_seen": layout.last_seen}))
            except StaleWrite:
                continue
            return "layout_untaught"
        raise StaleWrite

    def _words(self, layout: Layout) -> dict[str, bytes]:
        """The stored words of the layout's documents; those of a document that was erased are gone."""
        stored = {each.document_id: self.documents.words(each.document_id) for each in layout.documents}
        return {document_id: words for document_id, words in stored.items() if words is not None}


def forget_layout(layouts: LayoutStore, layout_id: str, *, by: str, now: datetime) -> None:
    """Delete a layout, with a line in the configuration's audit trail. Raises NotFound, StaleWrite."""
    for _ in range(_TRIES):
        known = layouts.all()
        layout = layout_of(known.layouts, layout_id)
        try:
            layouts.save(known.version, forget=[layout_id], changes=[forgetting(layout, by=by, now=now)])
        except StaleWrite:
            continue
        return
    raise StaleWrite


def layout_of(layouts: Sequence[Layout], layout_id: str) -> Layout:
    """The layout with that id. Raises NotFound."""
    found = next((each for each in layouts if each.layout_id == layout_id), None)
    if found is None:
        raise NotFound
    return found


def forgetting(layout: Layout, *, by: str, now: datetime) -> Change:
    """The line of the audit trail about a layout that is forgotten."""
    before = {"confirmed": layout.confirmed, "documents": [each.document_id for each in layout.documents]}
    return Change(
        change_id=f"layout-{layout.layout_id}",
        at=now,
        by=by,
        item=f"layouts/{layout.layout_id}",
        action="forgotten",
        before=before,
    )


def _taught_by(layouts: Sequence[Layout], document_id: str) -> Layout | None:
    return next((each for each in layouts if document_id in {known.document_id for known in each.documents}), None)
