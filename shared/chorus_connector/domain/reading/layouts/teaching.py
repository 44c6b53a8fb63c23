"""Teaches a layout what a person confirmed, and unteaches it. A layout is always learnt anew from its documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chorus_connector.domain.invoices.fields import FieldName
from chorus_connector.domain.reading.layouts.layout import KEPT_DOCUMENTS, Layout, TaughtDocument
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
    ids = {each.document_id for each in earlier} - {sample.document_id}
    kept = [each for each in layout.documents if each.document_id in ids][-(KEPT_DOCUMENTS - 1) :]
    document = TaughtDocument(document_id=sample.document_id, at=sample.at, values=dict(sample.values))
    return layout.model_copy(
        update={"documents": (*kept, document), "confirmed": layout.confirmed + 1, "last_seen": sample.at}
    )


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
