"""Lines of a VAT table, found by what makes them one: a rate, a base and an amount that agree to the cent."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from math import prod

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.fields.money import Sum
from chorus_connector.domain.reading.paper.lines import Row
from chorus_connector.domain.reading.result import VatLine
from chorus_connector.domain.reading.typed.amounts import CENT, RATES, TODAYS_RATES, to_cents

_TOLERANCE = 2 * CENT  # VAT is often the sum of lines rounded one by one
_EXEMPT_LINE = re.compile(
    r"\bnon (?:soumis|assujetti|taxable|impos)|\bexo(?:n|\b)|\bhors champ\b|\bsans tva\b|\bdebours\b"
)
_MOST_COMBINATIONS = 5000


@dataclass(frozen=True, slots=True)
class VatCandidate:
    """A rate (percent), base and VAT (euros) that agree, and where the VAT is printed."""

    rate: Decimal
    base: Decimal
    tax: Decimal
    where: Sum | None


def candidates(document: Document, sums: Sequence[Sum]) -> list[VatCandidate]:
    """Every (rate, base, VAT) of the document that agrees; the base may be printed elsewhere than the VAT."""
    by_row: dict[int, list[Sum]] = {}
    for item in sums:
        by_row.setdefault(id(item.cell.row), []).append(item)
    values = sorted({item.value for item in sums})
    found: dict[tuple[Decimal, Decimal, Decimal], VatCandidate] = {}
    printed = rates_printed(document)
    goods: dict[Decimal, Decimal] = {}
    for sheet in document.sheets:
        for row in sheet.rows:
            rates, in_row = _rates(document, row), by_row.get(id(row), ())
            for candidate in (
                *_of_row(rates, in_row, values, printed),
                *_without_tax(row, rates, in_row),
                *_under_a_caption(document, row, by_row),
            ):
                found.setdefault((candidate.rate, candidate.base, candidate.tax), candidate)
            if len(rates) == 1 and in_row and not any(item.evidence.get("total_tva") for item in in_row):
                rate = next(iter(rates))
                goods[rate] = goods.get(rate, Decimal(0)) + in_row[-1].value
    for candidate in _of_goods(goods, sums):
        found.setdefault((candidate.rate, candidate.base, candidate.tax), candidate)
    return list(found.values())


def _without_tax(row: Row, rates: set[Decimal], sums: Sequence[Sum]) -> Iterator[VatCandidate]:
    """« Débours non soumis à TVA   50,00 », « 0 %   50,00   0,00 »: a line on which no VAT is charged."""
    if rates - {Decimal(0)} or not sums:
        return
    if Decimal(0) in rates or any(_EXEMPT_LINE.search(cell.folded) for cell in row.cells):
        yield from (_exempt(item) for item in sums if item.value)


def _exempt(base: Sum) -> VatCandidate:
    return VatCandidate(Decimal(0), base.value, Decimal(0), base)


def _under_a_caption(document: Document, row: Row, by_row: Mapping[int, Sequence[Sum]]) -> Iterator[VatCandidate]:
    """« Base exonérée », « Part à 0 % » over or under its sum, in a row of captions."""
    if id(row) in by_row:
        return
    for cell in row.cells:
        if _EXEMPT_LINE.search(cell.folded) or any(
            amount.is_percent and not amount.value for amount in document.amounts.get(cell, ())
        ):
            sheet = document.sheet(cell)
            place = (cell.left, cell.right, row, weights.REACH_OF_A_SUM_ABOVE * sheet.text_height)
            near = {id(each) for each in (*sheet.above(*place)[:1], *sheet.below(*place)[:1])}
            beside = (item for sums in by_row.values() for item in sums if id(item.cell) in near)
            yield from (_exempt(item) for item in beside if item.value)


def _of_goods(goods: Mapping[Decimal, Decimal], sums: Sequence[Sum]) -> Iterator[VatCandidate]:
    """The lines of goods of each rate, added up, with the VAT that is printed for them: « TVA à 5,5 %   1,10 »."""
    for rate, base in goods.items():
        for item in sums:
            if item.evidence.get("total_tva", 0.0) and agrees(rate, base, item.value):
                yield VatCandidate(rate, base, item.value, item)


def has_a_rate(document: Document, item: Sum) -> bool:
    """Whether the row of a sum, or of its VAT label, prints a rate."""
    hit = item.hits.get("total_tva")
    rows = (item.cell.row, hit.cell.row) if hit else (item.cell.row,)
    return any(_rates(document, row) for row in rows)


def rates_printed(document: Document) -> set[Decimal]:
    """Every VAT rate that the document prints somewhere."""
    return {rate for sheet in document.sheets for row in sheet.rows for rate in _rates(document, row)}


def _rates(document: Document, row: Row) -> set[Decimal]:
    """The VAT rates printed on a row, with a percent sign or, if none has one, without."""
    amounts = [amount for cell in row.cells for amount in document.amounts.get(cell, ()) if not amount.has_currency]
    marked = {abs(amount.value).normalize() for amount in amounts if amount.is_percent and abs(amount.value) in RATES}
    return marked or {abs(amount.value).normalize() for amount in amounts if abs(amount.value) in TODAYS_RATES}


def _of_row(
    rates: set[Decimal], sums: Sequence[Sum], values: Sequence[Decimal], printed: set[Decimal]
) -> Iterator[VatCandidate]:
    in_row = sorted({item.value for item in sums})
    for rate, tax in product(rates or TODAYS_RATES, sums):
        anywhere = (rates or rate in printed) and "total_tva" in tax.evidence
        for base in _bases(rate, tax.value, values if anywhere else in_row):
            yield VatCandidate(rate, base, tax.value, tax)


def _bases(rate: Decimal, tax: Decimal, ordered: Sequence[Decimal]) -> Iterator[Decimal]:
    """The values that give this VAT amount at this rate."""
    if rate > 0 and tax > 0:
        first = bisect_left(ordered, (tax - 2 * _TOLERANCE) * 100 / rate)
        last = bisect_right(ordered, (tax + 2 * _TOLERANCE) * 100 / rate)
        yield from (base for base in ordered[first:last] if agrees(rate, base, tax))


def agrees(rate: Decimal, base: Decimal, tax: Decimal) -> bool:
    """Whether a VAT amount is this rate of this base, within two cents. Rates of 0 % and negative bases never agree."""
    return rate > 0 and base > tax and abs(to_cents(base * rate / 100) - tax) <= _TOLERANCE


def table_for(found: Sequence[VatCandidate], ht: Decimal, tva: Decimal) -> tuple[VatCandidate, ...] | None:
    """One candidate per rate whose bases add up to HT and whose VAT adds up to TVA; the shortest such table."""
    groups: dict[Decimal, list[VatCandidate]] = {}
    for candidate in found:
        if candidate.base <= ht and candidate.tax <= tva:
            groups.setdefault(candidate.rate, []).append(candidate)
    if prod(len(group) + 1 for group in groups.values()) > _MOST_COMBINATIONS:
        return next(((line,) for line in found if line.base == ht and line.tax == tva), None)
    return min(_tables(list(groups.values()), ht, tva), key=len, default=None)


def _tables(groups: Sequence[Sequence[VatCandidate]], ht: Decimal, tva: Decimal) -> Iterator[tuple[VatCandidate, ...]]:
    """Every choice of at most one line per rate that leaves nothing of HT and of TVA."""
    if not ht and not tva:
        yield ()
    elif groups and ht > 0:
        for line in groups[0]:
            if line.base <= ht and line.tax <= tva:
                yield from ((line, *rest) for rest in _tables(groups[1:], ht - line.base, tva - line.tax))
        yield from _tables(groups[1:], ht, tva)


def single_rate(ht: Decimal, tva: Decimal, printed: Iterable[Decimal] = ()) -> Decimal | None:
    """The only usual rate that turns this HT into this VAT to the cent; below 10 € it must be printed."""
    allowed = TODAYS_RATES if ht >= 10 else tuple(rate for rate in TODAYS_RATES if rate in set(printed))
    matching = [rate for rate in allowed if agrees(rate, ht, tva)]
    return matching[0] if len(matching) == 1 else None


def as_lines(table: Sequence[VatCandidate]) -> tuple[VatLine, ...]:
    """The table in its normal form, the highest rate first."""
    ordered = sorted(table, key=lambda line: line.rate, reverse=True)
    return tuple(
        VatLine(rate=f"{line.rate:.2f}", base=f"{line.base:.2f}", amount=f"{line.tax:.2f}") for line in ordered
    )
