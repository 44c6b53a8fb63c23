"""The invoice date and the due date, told from order dates, periods, deliveries and notifications."""

import re
from collections.abc import Iterator

from chorus_connector.domain.reading.dates import FoundDate
from chorus_connector.domain.reading.document import Document, Region
from chorus_connector.domain.reading.finding import Finding, Place, best, ground_of, matched
from chorus_connector.domain.reading.labels import PARTICLE, Hit
from chorus_connector.domain.reading.lines import Cell
from chorus_connector.domain.reading.verdict import Verdict

_KINDS = ("invoice_date", "due_date", "other_date")
_PERIOD = re.compile(r"\s*(?:au|à|a|-|–|→|jusqu'au|et)\s*(?:le\s*)?", re.IGNORECASE)
_OF_A_NUMBER = ("other_number", "engagement_number", "contract_number", "other_date", "service_code")


def read_dates(document: Document) -> list[Verdict]:
    """Verdicts on ``invoice_date`` and ``due_date``, in ISO form."""
    findings = matched(_pairs(document))
    verdicts = []
    issued, issued_lead = best([finding for finding in findings if finding.kind == "invoice_date"])
    due, due_lead = best([finding for finding in findings if finding.kind == "due_date"])
    if issued is None and not any(finding.kind == "invoice_date" for finding in findings):
        issued, issued_lead = _alone(document, findings), 1.0
    if issued and due and due.value < issued.value:
        issued, due = (issued, None) if issued.cost < due.cost else (None, due)
    for finding, lead in ((issued, issued_lead), (due, due_lead)):
        if finding:
            verdicts.append(Verdict.of(finding, ground_of(finding, lead)))
    return verdicts


def _pairs(document: Document) -> Iterator[Finding]:
    for hit in document.announced(*_KINDS, PARTICLE):
        for kind, weakness in _meanings(document, hit):
            for region in document.regions(hit):
                found = _first_date(document, region)
                if found:
                    between = region.cell.text[region.start : found.start]
                    cost = region.cost + weakness + min(1.2, 0.12 * len(between.split()))
                    cost += _far_from_the_number(document, hit) if kind == "invoice_date" else 0.0
                    place = Place(region.cell, found.start, found.end)
                    yield Finding(kind, found.value.isoformat(), place, cost, hit, region.relation)


def _far_from_the_number(document: Document, hit: Hit) -> float:
    """An invoice says its date near its top, often beside its number."""
    others = (other for cell in hit.cell.row.cells for other in document.hits_in(cell))
    if any(other.kinds.get("invoice_number", 9.0) <= 1.0 for other in others):
        return -0.5
    first = hit.cell.page == document.sheets[0].number
    return 0.6 * (hit.cell.middle / document.sheet(hit.cell).height if first else 1.0)


def _first_date(document: Document, region: Region) -> FoundDate | None:
    for found in document.dates.get(region.cell, ()):
        inside = region.start <= found.start and found.end <= region.end
        if inside and not _in_period(document, region.cell, found):
            return found
    return None


def _in_period(document: Document, cell: Cell, found: FoundDate) -> bool:
    """Whether a date is one end of « du … au … »."""
    for other in document.dates[cell]:
        if other is found:
            continue
        first, second = sorted((found, other), key=lambda date: date.start)
        if _PERIOD.fullmatch(cell.text[first.end : second.start]):
            return True
    return False


def _meanings(document: Document, hit: Hit) -> Iterator[tuple[str, float]]:
    """The kinds of date a label announces; a bare « du » takes its meaning from the label before it."""
    if hit.is_particle or "en date du" in hit.cell.folded[hit.start : hit.end] or document.is_joined(hit):
        owner = _owner(document, hit)
        if owner is not None:
            if (
                "invoice_number" in owner.kinds
                and (owner.kinds["invoice_number"] <= 1.0 or document.is_joined(hit))
                and "other_number" not in owner.kinds
            ):
                yield "invoice_date", 0.3
                return
            if "due_date" in owner.kinds:
                yield "due_date", 0.4
                return
            if any(kind in owner.kinds for kind in _OF_A_NUMBER):
                yield "other_date", 0.3
                return
    if hit.is_particle:
        before = hit.cell.text[: hit.start].rstrip()
        yield ("invoice_date", 1.3) if not before or before.endswith(",") else ("other_date", 0.6)
    for kind in _KINDS:
        if kind in hit.kinds:
            yield kind, hit.kinds[kind]


def _owner(document: Document, hit: Hit) -> Hit | None:
    """The label that a bare « du » or « le » continues: the one before it in its cell or in the cell before."""
    before = [other for other in document.hits_in(hit.cell) if other.end <= hit.start]
    if before:
        return before[-1]
    if hit.start > 0:
        return None
    left = document.sheet(hit.cell).left_of(hit.cell)
    hits = document.hits_in(left) if left is not None else []
    return hits[-1] if hits and left is not None and not document.is_bare(hits[-1]) else None


def _alone(document: Document, findings: list[Finding]) -> Finding | None:
    """The only date of the upper part of the first page that no label explains."""
    explained = {finding.value for finding in findings}
    free = [
        Finding("invoice_date", date.value.isoformat(), Place(cell, date.start, date.end), 4.0)
        for cell, dates in document.dates.items()
        for date in dates
        if cell.page == document.sheets[0].number
        and cell.middle < 0.5 * document.sheets[0].height
        and date.value.isoformat() not in explained
        and date.certain
        and not _in_period(document, cell, date)
    ]
    return free[0] if len({finding.value for finding in free}) == 1 else None
