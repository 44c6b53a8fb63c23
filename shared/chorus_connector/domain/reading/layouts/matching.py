"""Finds which of a supplier's layouts a document has, by the words that all its taught documents print."""

from collections.abc import Iterable

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.layouts.fingerprint import has_what_never_moves, likeness
from chorus_connector.domain.reading.layouts.layout import Layout
from chorus_connector.domain.reading.layouts.reading_by import proposals
from chorus_connector.domain.reading.layouts.spots import DocumentSpots
from chorus_connector.domain.reading.layouts.transcript import Transcript, bare

_SIREN, _SIRET = 9, 14  # digits
_MISREAD = 2  # digits of a SIRET that an OCR engine may misread


def match(document: Document, layouts: Iterable[Layout]) -> Layout | None:
    """The layout whose design the document has; None when it has none of them."""
    return match_transcript(Transcript(document), layouts)


def match_transcript(transcript: Transcript, layouts: Iterable[Layout]) -> Layout | None:
    """``match`` for a document that was already transcribed."""
    likenesses = [(likeness(transcript, layout.fingerprint), layout) for layout in layouts]
    best = max(likenesses, key=lambda each: each[0], default=None)
    if best is None or best[0] < weights.RATHER_ALIKE:
        return None
    if best[0] < weights.ALIKE and not has_what_never_moves(transcript, best[1].fingerprint):
        return None
    return None if _is_another_supplier_s(transcript, best[1]) else best[1]


def _is_another_supplier_s(transcript: Transcript, layout: Layout) -> bool:
    """Whether a SIRET is printed where the layout's own was printed, and it is of another company.

    Suppliers that use the same software share designs, and so do the establishments of one company.
    """
    own = {value for document in layout.documents if (value := document.values.get("supplier_siret"))}
    taught = layout.fields.get("supplier_siret")
    if taught is None or not own or any(bare(value) in transcript.text for value in own):
        return False
    found = proposals("supplier_siret", taught, DocumentSpots(transcript))
    return bool(found) and found[0].trusted and not any(_may_be_of_one_company(found[0].value, value) for value in own)


def _may_be_of_one_company(printed: str, own: str) -> bool:
    """Whether two identifiers are of one company, or differ by no more digits than an OCR engine misreads."""
    if len(printed) != len(own):
        return False
    of_one_company = len(own) == _SIRET and printed[:_SIREN] == own[:_SIREN]
    return of_one_company or sum(one != other for one, other in zip(printed, own, strict=True)) <= _MISREAD
