"""Teaches a layout what a person confirmed, and unteaches it. A layout is always learnt anew from its documents."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from chorus_connector.domain.invoices.fields import FieldName
from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.comparison import same_value
from chorus_connector.domain.reading.kinds import CODE_FIELDS
from chorus_connector.domain.reading.layouts.combining import combined
from chorus_connector.domain.reading.layouts.fingerprint import fingerprint_of
from chorus_connector.domain.reading.layouts.layout import KEPT_DOCUMENTS, Layout, TaughtDocument, TaughtField
from chorus_connector.domain.reading.layouts.learning import Lesson, learn
from chorus_connector.domain.reading.layouts.shapes import shape_of
from chorus_connector.domain.reading.layouts.sums import Readings
from chorus_connector.domain.reading.layouts.transcript import bare
from chorus_connector.domain.reading.page_kinds import invoice_part
from chorus_connector.domain.reading.paper.page import Page
from chorus_connector.domain.reading.read import read_by_rules
from chorus_connector.domain.reading.unattended import CONFIRMATIONS

_LEAVES: Mapping[FieldName, FieldName] = {"total_ht": "total_tva", "total_tva": "total_ht"}


@dataclass(frozen=True)
class Sample:
    """A document that a person confirmed: its pages of words, and the values.

    ``values``: what the person confirmed of each field; None: confirmed as not printed; a field without entry was
    not judged. Only a value that the pages print is learnt.
    """

    document_id: str
    pages: Sequence[Page]
    values: Mapping[FieldName, str | None]
    at: datetime


def new_layout(layout_id: str, sample: Sample) -> Layout:
    """The layout of a document that no known layout matches."""
    return taught(Layout(layout_id=layout_id), sample, ())


def taught(layout: Layout, sample: Sample, earlier: Sequence[Sample]) -> Layout:
    """The layout after a person confirmed one more document of it.

    ``earlier`` are the samples of ``layout.documents`` whose words are still stored; the others are forgotten. A
    document that was taught before is taught anew. Where the layout would have sent a value that the person corrected,
    ``confirmed`` starts again at 0.
    """
    return _grown(layout, _Taught.of(sample), [_Taught.of(each) for each in earlier])


def untaught(layout: Layout, document_id: str, samples: Sequence[Sample]) -> Layout | None:
    """The layout as if that document had never been taught; None when no document of it remains.

    ``samples`` are those of ``layout.documents``, as for ``taught``; the document itself may be among them.
    """
    result = Layout(layout_id=layout.layout_id, earlier=layout.earlier)
    by_id = {sample.document_id: sample for sample in samples}
    done: list[_Taught] = []
    for document in layout.documents:
        if document.document_id != document_id and (sample := by_id.get(document.document_id)) is not None:
            done.append(_Taught.of(sample))
            result = _grown(result, done[-1], done[:-1])
        if document.corrected_later and done:
            result = contradicted(result, document.corrected_later)
    return result if done else None


def contradicted(layout: Layout, fields: Collection[FieldName]) -> Layout:
    """The layout after a person corrected sure values of these fields on a document that is not taught.

    ``confirmed`` starts again at 0, and the fields forget the documents taught so far.
    """
    if not layout.documents:
        return layout
    *before, last = layout.documents
    corrected = tuple(sorted({*last.corrected_later, *fields}))
    documents = (*before, last.model_copy(update={"corrected_later": corrected}))
    forgotten = {field: TaughtField() for field in fields if field in layout.fields}
    changed = {"documents": documents, "fields": {**layout.fields, **forgotten}}
    return layout.model_copy(update=changed | {"confirmed": _confirmed(layout.earlier, documents)})


@dataclass(frozen=True)
class _Taught:
    """A sample, laid out and read by the rules."""

    sample: Sample
    lesson: Lesson
    rules: Readings

    @classmethod
    def of(cls, sample: Sample) -> "_Taught":
        lesson = Lesson.of(sample.pages, sample.values)
        document = lesson.spots.transcript.document
        return cls(sample, lesson, read_by_rules(invoice_part(document) or document))


def _grown(layout: Layout, new: _Taught, earlier: Sequence[_Taught]) -> Layout:
    by_id = {each.sample.document_id: each for each in earlier}
    known = [each for each in layout.documents if each.document_id in by_id]
    before = [each for each in known if each.document_id != new.sample.document_id][-(KEPT_DOCUMENTS - 1) :]
    documents = (*before, _document(layout, new))
    lessons = [*(by_id[each.document_id].lesson for each in before), new.lesson]
    gone = [each for each in layout.documents if each not in before and each.document_id != new.sample.document_id]
    earlier_confirmed = _confirmed(layout.earlier, gone)
    return Layout(
        layout_id=layout.layout_id,
        confirmed=_confirmed(earlier_confirmed, documents),
        documents=documents,
        earlier=earlier_confirmed,
        fingerprint=fingerprint_of([lesson.spots.transcript for lesson in lessons], _words(documents)),
        fields=_fields(documents, lessons),
        last_seen=new.sample.at,
    )


def _document(layout: Layout, new: _Taught) -> TaughtDocument:
    """The record of a confirmed document, with what the reader would have said of it before."""
    read = combined(layout, new.lesson.spots.transcript, new.rules) if layout.documents else {}
    was_trusted = layout.confirmed >= CONFIRMATIONS
    misread = tuple(_corrected(new.rules, new, least=0.0))
    return TaughtDocument(
        document_id=new.sample.document_id,
        at=new.sample.at,
        values=dict(new.sample.values),
        given=tuple(field for field in new.sample.values if _is_sure(read, field)),
        wrong=tuple(_corrected(read, new)),
        was_trusted=was_trusted,
        read=tuple(field for field in new.sample.values if field in new.rules and field not in misread),
        misread=misread,
        misread_as={field: shape_of(str(new.rules[field].value)) for field in misread if field in CODE_FIELDS},
    )


def _is_sure(read: Readings, field: FieldName, least: float = weights.SURE) -> bool:
    return field in read and read[field].confidence >= least


def _corrected(read: Readings, new: _Taught, least: float = weights.SURE) -> Iterator[FieldName]:
    """The fields whose value, of at least that confidence, the person corrected.

    One misread character of a scan is no fault of the reader.
    """
    for field, value in new.sample.values.items():
        given = read[field].value if _is_sure(read, field, least) else None
        if value is None and _is_another_sum(field, given, new.sample.values):
            continue
        if isinstance(given, str) and not (
            value is not None and (same_value(field, given, value) or new.lesson.agrees(given, value))
        ):
            yield field


def _is_another_sum(field: FieldName, given: object, values: Mapping[FieldName, str | None]) -> bool:
    """Whether a sum that is not printed by itself follows from those that are: an HT or a VAT of what the other totals
    leave, and what is due of a document on which nothing was paid.
    """
    ttc = values.get("total_ttc")
    if not isinstance(given, str) or not ttc:
        return False
    if field == "amount_due":
        return Decimal(given) == Decimal(ttc)
    other = values.get(_LEAVES[field]) if field in _LEAVES else None
    return other is not None and Decimal(given) == Decimal(ttc) - Decimal(other)


def _confirmed(earlier: int, documents: Sequence[TaughtDocument]) -> int:
    """How many documents were confirmed since the last one that contradicted the layout."""
    confirmed = earlier
    for document in documents:
        confirmed = 0 if document.contradicts else confirmed + 1
        if document.corrected_later:
            confirmed = 0
    return confirmed


def _fields(documents: Sequence[TaughtDocument], lessons: Sequence[Lesson]) -> dict[FieldName, TaughtField]:
    """What the documents teach of each field, with how often it was given and right."""
    fields = {}
    for field in sorted({field for document in documents for field in document.values}):
        valid = _since([field in document.corrected_later for document in documents])
        learnt = learn(field, lessons[valid:])
        if not learnt.anchors:  # documents taught before a correction may be what it contradicts
            wrong = _since([field in document.wrong for document in documents]) - 1
            learnt = learn(field, lessons[max(valid, wrong) :])
        given = [document for document in documents[valid:] if field in document.given]
        fields[field] = learnt.model_copy(
            update={
                "read": sum(field in document.read for document in documents[valid:]),
                "misread": sum(field in document.misread for document in documents[valid:]),
                "misread_as": _forms_misread(field, documents[valid:]),
                "doubtful": field in documents[-1].wrong,
                "given": len(given),
                "right": sum(field not in document.wrong for document in given),
            }
        )
    return fields


def _forms_misread(field: FieldName, documents: Sequence[TaughtDocument]) -> tuple[str, ...]:
    """The forms of the codes that the rules misread; none where an older release did not keep one of them."""
    misread = [document.misread_as.get(field, "") for document in documents if field in document.misread]
    return tuple(sorted(set(misread))) if all(misread) else ()


def _since(events: Sequence[bool]) -> int:
    """How many documents there are up to the last event; 0 without one."""
    return max((number for number, event in enumerate(events, 1) if event), default=0)


def _words(documents: Sequence[TaughtDocument]) -> set[str]:
    """The words of the confirmed values as a transcript has them, and the values without their spaces."""
    values = {value for document in documents for value in document.values.values() if value}
    return {bare(word) for value in values for word in (value, *value.split())}
