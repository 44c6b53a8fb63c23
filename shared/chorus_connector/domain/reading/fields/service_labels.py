"""The name of a service that is printed in the place of its code: « Service exécutant : Restauration scolaire ».

It is looked up in the supplier's table and in the recipient's directory, letter by letter as any name; alone it is
never a code. So the rule may be generous: a name that no recipient has changes nothing.
"""

import re
from collections.abc import Iterator, Sequence

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document, Region
from chorus_connector.domain.reading.fields.code_labels import (
    is_governed,
    is_out_of_place,
    is_the_buyers,
    names_a_body,
    said,
)
from chorus_connector.domain.reading.fields.verdict import Verdict
from chorus_connector.domain.reading.finding import CellSpan, Finding, best, ground_of
from chorus_connector.domain.reading.paper.lines import fold
from chorus_connector.domain.reading.words.labels import Hit, says_there_is_none

_KIND = "service_label"
_LONGEST = 100
_MOST_WORDS = 10
_AROUND = re.compile(r"[\s:;=>.,*–—-]*(?P<text>.*?)[\s:;=>.,*–—-]*")
_QUOTED = re.compile(r"(?:«\s*(?P<french>[^«»]*?)\s*»|[\"“](?P<other>[^\"“”]*)[\"”])")
_POINTS_AT = re.compile(r"\s*[:=>–—-]")
_OF_INVOICES = re.compile(r"code|execut|destinat|factur|payeur|benefic|chorus|acheteur|prescript|gestionn")
"""Words after « service » with which the label needs no colon."""
_WORD = re.compile(r"[^\W\d_]{3,}")
_NO_NAME = re.compile(
    r"@|www\.|https?:|€|\d{2}(?:[ .-]?\d{2}){2}|[.!?]\s+\w|\b(?:vous|votre|nous|notre|vos|nos)\b", re.I
)


def read_service_label(document: Document, codes: Sequence[Verdict]) -> Iterator[Verdict]:
    """The name of the recipient's service, unless a code was read: the code is surer."""
    if any(code.field == "service_code" for code in codes):
        return
    found, lead = best([each for hit in _labels(document) if (each := _named(document, hit)) is not None])
    if found is not None:
        yield Verdict.of(found, ground_of(found, lead))


def _labels(document: Document) -> Iterator[Hit]:
    for hit in document.announced("service_code"):
        if hit.kinds["service_code"] <= weights.STRENGTHS["fair"] and document.opens(hit):
            yield hit


def _named(document: Document, hit: Hit) -> Finding | None:
    """The name that a label announces after it, beside it or under it."""
    if document.heads_goods(hit.cell.row) or is_governed(hit, "service_code") or is_the_buyers(hit):
        return None
    weakness = hit.kinds["service_code"]
    for region in (*_after_itself(document, hit), *document.regions(hit)):
        if region.relation not in ("tail", "right", "below") or names_a_body(document, hit):
            continue
        if is_out_of_place(document, hit, "service_code", weakness, region) or not _points_at(hit, region):
            continue
        if (place := _name(document, region)) is not None:
            value = place.cell.text[place.start : place.end]
            return Finding(_KIND, value, place, region.cost + weakness, hit, region.relation)
    return None


def _after_itself(document: Document, hit: Hit) -> Iterator[Region]:
    """« Service : Facturation »: the text after a label and its colon if the first word of it is a label as well."""
    start, end = document.tail(hit)
    if document.is_bare(hit) and end < len(hit.cell.text) and _POINTS_AT.match(hit.cell.text, start, end):
        yield Region("tail", hit.cell, start, end, 0.0)


def _end(document: Document, region: Region) -> int:
    """Where a name ends: at the next label that announces a value, and not at a word of the name that may be one.

    « Régie de l'eau » and « Pôle facturation » have words that are labels elsewhere.
    """
    text = region.cell.text
    following = [hit for hit in document.hits_in(region.cell) if hit.start >= region.end]
    if not following or following[0].start != region.end:
        return region.end
    for position, hit in enumerate(following):
        until = following[position + 1].start if position + 1 < len(following) else len(text)
        if _POINTS_AT.match(text, hit.end, until) or any(char.isdigit() for char in text[hit.start : until]):
            return hit.start
    return len(text)


def _points_at(hit: Hit, region: Region) -> bool:
    """Whether a label says that a name follows: « service comptabilité » is itself a name."""
    if region.relation != "tail" or _POINTS_AT.match(region.cell.text, region.start, region.end):
        return True
    return _OF_INVOICES.search(said(hit)) is not None


def _name(document: Document, region: Region) -> CellSpan | None:
    """The place of the region's text if it may be a service's name."""
    around = _AROUND.fullmatch(region.cell.text, region.start, _end(document, region))
    if around is None:
        return None
    start, end = around.span("text")
    if quoted := _QUOTED.fullmatch(region.cell.text, start, end):
        start, end = quoted.span(quoted.lastgroup or 0)
    value = region.cell.text[start:end]
    if not _WORD.search(value) or len(value) > _LONGEST or len(value.split()) > _MOST_WORDS:
        return None
    if _NO_NAME.search(value) or says_there_is_none(fold(value)) or region.cell in document.dates:
        return None
    return CellSpan(region.cell, start, end)
