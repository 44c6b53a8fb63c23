"""Teaches a layout what a person confirmed, and unteaches it. A layout is always learnt anew from its documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chorus_connector.domain.invoices.fields import FieldName
from chorus_connector.domain.reading.layouts.fingerprint import fingerprint_of
from chorus_connector.domain.reading.layouts.layout import KEPT_DOCUMENTS, Layout, TaughtDocument
from chorus_connector.domain.reading.layouts.learning import Lesson, learn
from chorus_connector.domain.reading.layouts.transcript import bare
from chorus_connector.domain.reading.paper.page import Page


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
    document that was taught before is taught anew. A trusted value that the person corrected sets ``confirmed`` to 0
    and makes the field forget the earlier documents.
    """
    before = [each for each in earlier if each.document_id != sample.document_id][-(KEPT_DOCUMENTS - 1) :]
    samples = [*before, sample]
    lessons = [Lesson.of(each.pages, each.values) for each in samples]
    values = [value for each in samples for value in each.values.values() if value]
    records = {each.document_id: each for each in layout.documents}
    document = TaughtDocument(document_id=sample.document_id, at=sample.at, values=dict(sample.values))
    return layout.model_copy(
        update={
            "documents": (*(records[each.document_id] for each in before), document),
            "confirmed": layout.confirmed + 1,
            "fingerprint": fingerprint_of([lesson.spots.transcript for lesson in lessons], _words(values)),
            "fields": learn(lessons),
            "last_seen": sample.at,
        }
    )


def _words(values: Sequence[str]) -> set[str]:
    """The words of the values, as a transcript has them, and the values without spaces."""
    return {bare(word) for value in values for word in (value, *value.split())}


def untaught(layout: Layout, document_id: str, samples: Sequence[Sample]) -> Layout | None:
    """The layout as if that document had never been taught; None when no document of it remains.

    ``samples`` are those of ``layout.documents``, as for ``taught``; the document itself may be among them.
    """
    result: Layout | None = None
    done: list[Sample] = []
    for sample in samples:
        if sample.document_id != document_id:
            result = taught(result or Layout(layout_id=layout.layout_id), sample, done)
            done.append(sample)
    return result
