"""HT, TVA, TTC, the amount due and the VAT lines, chosen together because they must agree to the cent.

Triples with HT + TVA = TTC are weighed by their labels; the VAT table confirms them. Amounts are
positive, for credit notes too: the sign is in the invoice type.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from chorus_connector.domain.invoices.fields import FieldName
from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.fields.money import Sum, added_up, among_the_goods, gather
from chorus_connector.domain.reading.fields.vat_table import (
    VatCandidate,
    as_lines,
    candidates,
    has_a_rate,
    rates_printed,
    single_rate,
    table_for,
)
from chorus_connector.domain.reading.fields.verdict import Verdict
from chorus_connector.domain.reading.kinds import TOTALS
from chorus_connector.domain.reading.typed.amounts import CENT, money_text
from chorus_connector.domain.reading.words.word_lists import word_list

_MOST_VALUES = 90
_MOST_RATES = 4
_ROUNDING = 5 * CENT  # of many lines, each rounded by itself
_INSTALMENT = re.compile(r"\becheanc|\bmensualite|\btranche|\bterme\b|\btraite\b|\bprelevement")
_EXEMPT = word_list("without_vat")


@dataclass(frozen=True, slots=True)
class Trio:
    """A possible (HT, TVA, TTC) and its evidence from labels and structure."""

    ht: Decimal
    tva: Decimal
    ttc: Decimal
    score: float
    labels: int
    table: tuple[VatCandidate, ...] | None


def read_totals(document: Document) -> list[Verdict]:
    """Verdicts on the four totals and on ``vat_lines``; none for what does not agree or is in doubt."""
    sums = gather(document)
    lines = candidates(document, sums)
    ledger = _Ledger(document, [item for item in sums if item.cell.page not in document.annexes], lines)
    trio = ledger.best_trio()
    if trio is None and document.annexes:
        ledger = _Ledger(document, sums, lines)
        trio = ledger.best_trio()
    printed = ledger.printed_trio()
    if printed is not None and (trio is None or trio.ttc != printed.ttc):
        if trio is not None and trio.labels == len(TOTALS):
            return []
        due = ledger.amount_due(printed.ttc, "a cent off", printed)
        return [*ledger.verdicts(printed), *due, *ledger.vat_lines(printed)]
    if trio is None:
        return list(ledger.labelled_only())
    return [*ledger.verdicts(trio), *ledger.amount_due(trio.ttc, "arithmetic", trio), *ledger.vat_lines(trio)]


def printed_contradiction(document: Document) -> tuple[Decimal, Decimal, Decimal] | None:
    """HT, TVA and TTC under strong labels that do not add up (euros); None when they do, or one has no such label."""
    sums = gather(document)
    ledger = _Ledger(
        document, [item for item in sums if item.cell.page not in document.annexes], candidates(document, sums)
    )
    ht, tva, ttc = (ledger.named(kind) for kind in TOTALS)
    if ht is None or tva is None or ttc is None or ht + tva == ttc:
        return None
    return ht, tva, ttc


class _Ledger:
    """The sums of one document with their evidence by value."""

    def __init__(self, document: Document, sums: Sequence[Sum], lines: Sequence[VatCandidate]) -> None:
        self.document = document
        self.sums = sums
        self.lines = lines
        self.evidence: dict[Decimal, dict[str, float]] = {}
        for item in sums:
            kinds = self.evidence.setdefault(item.value, {})
            for kind, weight in item.evidence.items():
                kinds[kind] = max(weight, kinds.get(kind, 0.0))
        text = " ".join(cell.folded for cell in document.cells)
        self.exempt = any(words in text for words in _EXEMPT)
        self.untaxed = self.exempt and not any("total_tva" in kinds for kinds in self.evidence.values())
        self.taxed = any(line.rate and _is_labelled_tax(line.where) for line in lines)
        taxes = [item for item in sums if item.evidence.get("total_tva", 0.0) >= weights.PART_OF_THE_VAT and item.value]
        rated = [item for item in taxes if has_a_rate(document, item)]
        parts = {item.value for item in rated or taxes}  # a tax without a rate beside VAT with rates is another one
        self.vat_parts = _subtotals(parts) - parts if len(parts) <= _MOST_RATES else set()
        self.named_tva = self.named("total_tva")
        self.deductions = {item.value for item in sums if item.value and _is_deduction(item)}
        self.added_up = added_up(sums)
        invoice = any(kind in ("invoice", "credit_note") for each in document.natures.values() for _, _, kind in each)
        self.fewest_labels = 1 if invoice else 2  # those of a bank statement add up too

    def weight(self, value: Decimal, kind: str) -> float:
        return self.evidence.get(value, {}).get(kind, 0.0)

    def best_trio(self) -> Trio | None:
        named = [trio for trio in self._trios() if trio.labels >= self.fewest_labels or trio.tva == 0]
        trios = sorted(named, key=lambda trio: trio.score, reverse=True)
        if not trios or trios[0].score < weights.LEAST_OF_THE_TOTALS:
            return None
        near = [
            trio for trio in trios if trio.score > trios[0].score - weights.LINE_HIDES_ITS_TOTAL and trio.labels >= 2
        ]
        first = next((trio for trio in near if self._is_part(trios[0], trio)), trios[0])
        first = next((trio for trio in trios if self._adds_what_bears_no_vat(trio, first)), first)
        if self._falls_short(first):
            return None
        rivals = [
            trio
            for trio in trios
            if first is not trio
            and first.score - trio.score < weights.LEAD_OF_THE_TOTALS
            and not self._is_part(trio, first)
            and not self._adds_what_bears_no_vat(first, trio)
        ]
        return None if rivals else first

    def _adds_what_bears_no_vat(self, trio: Trio, smaller: Trio) -> bool:
        """« Total TTC 960,00 », « Débours non soumis 45,00 », « Net à payer 1 005,00 »: the whole is what is due."""
        added = set(trio.table or ()) - set(smaller.table or ())
        whole = trio.ttc == self.named("amount_due") and trio.tva == smaller.tva and trio.ttc > smaller.ttc
        return whole and len(added) == 1 and added.pop().base == trio.ttc - smaller.ttc

    def _is_doubtful(self, trio: Trio) -> bool:
        """Whether a sure label names another TTC, or more is due by a printed sum that no label calls a balance."""
        named = self.named("total_ttc")
        if named is not None and named != trio.ttc and self.weight(named, "total_ttc") >= weights.SURELY_NAMED:
            return True
        more = (self.named("amount_due") or trio.ttc) - trio.ttc
        return more > 0 and more in self.evidence and self.weight(more, "other_amount") < weights.NONE_OF_THE_TOTALS

    def printed_trio(self) -> Trio | None:
        """HT, TVA and TTC of one page under sure labels that miss each other by a few cents, as suppliers round them.

        They are what the invoice says, whatever else adds up. On a scan they are a misread digit.
        """
        found: set[tuple[Decimal, Decimal, Decimal]] = set()
        for sheet in self.document.sheets:
            if sheet.source == "ocr":
                continue
            ht, tva, ttc = ([i for i in self.sums if i.cell.page == sheet.number and _is_sure(i, k)] for k in TOTALS)
            found |= {
                (first.value, tax.value, whole.value)
                for first, tax, whole in product(ht[-_MOST_RATES:], tva[-_MOST_RATES:], ttc[-_MOST_RATES:])
                if 0 < abs(first.value + tax.value - whole.value) <= _ROUNDING and first.value > tax.value
            }
        return Trio(*found.pop(), 0.0, 0, None) if len(found) == 1 else None

    def _falls_short(self, trio: Trio) -> bool:
        """Whether a strong label names a larger TTC: the trio is then a line of an invoice whose total was misread."""
        named = self.named("total_ttc")
        weaker = (
            named is not None
            and self.weight(trio.ttc, "total_ttc") < self.weight(named, "total_ttc") - weights.SAME_EVIDENCE
        )
        return weaker and named is not None and named > trio.ttc

    def _is_part(self, trio: Trio, whole: Trio) -> bool:
        """Whether a trio can be one line or one VAT rate of a larger one."""
        smaller = trio.ttc < whole.ttc and trio.ht < whole.ht and trio.tva <= whole.tva
        named = (
            self.weight(whole.ht, "total_ht") >= weights.SURELY_NAMED
            and self.weight(whole.ttc, "total_ttc") >= weights.SURELY_NAMED
        )
        return smaller and (named or trio.labels <= whole.labels)

    def _trios(self) -> Iterator[Trio]:
        values = sorted(self._values())
        largest = max(
            (value for value in values if self.weight(value, "other_amount") < weights.NONE_OF_THE_TOTALS),
            default=Decimal(0),
        )
        for ht in values:
            yield from self._without_vat(ht, largest)
            if not self.untaxed:
                for ttc in values[
                    bisect_right(values, ht) : bisect_right(values, ht + ht * weights.HIGHEST_VAT + CENT)
                ]:
                    yield from self._weighed(ht, ttc - ht, ttc, largest)
        yield from self._with_ht_in_parts(largest)

    def _with_ht_in_parts(self, largest: Decimal) -> Iterator[Trio]:
        """« Base à 20 % », « Non soumis à TVA », TVA and TTC: an HT that is printed as its parts only."""
        lines = [line for line in self.lines if self.weight(line.base, "other_amount") < weights.NONE_OF_THE_TOTALS]
        labelled = max(self.weight(largest, "total_ttc"), self.weight(largest, "amount_due")) >= weights.LABELLED
        ttc = largest if labelled else self.named("total_ttc") or self.named("amount_due") or Decimal(0)
        for tva in {self.named_tva} if self.named_tva else self.vat_parts:
            ht = ttc - tva
            table = table_for(lines, ht, tva) if ht > 0 and ht not in self.evidence else None
            if table and len(table) > 1:
                yield from self._weighed(ht, tva, ttc, largest)

    def _values(self) -> list[Decimal]:
        ordered = sorted(self.evidence, key=lambda value: (sum(self.evidence[value].values()), value), reverse=True)
        return [value for value in ordered[:_MOST_VALUES] if value > 0]

    def _weighed(self, ht: Decimal, tva: Decimal, ttc: Decimal, largest: Decimal) -> Iterator[Trio]:
        parts = (
            self.weight(ht, "total_ht"),
            self.weight(tva, "total_tva"),
            max(self.weight(ttc, "total_ttc"), weights.AMOUNT_DUE_AS_TOTAL * self.weight(ttc, "amount_due")),
        )
        in_parts = tva in self.vat_parts
        if tva not in self.evidence and not in_parts and parts[0] + parts[2] < weights.TOTALS_WITHOUT_THE_VAT:
            return
        table = table_for(self.lines, ht, tva)
        deduced = tva not in self.evidence and table is None and not in_parts
        if deduced and self.named_tva is not None:
            return
        if table is None and not in_parts and parts[1] < weights.LABELLED and single_rate(ht, tva) is None:
            return
        score = (
            sum(parts)
            + (weights.VAT_TABLE_AGREES if table or in_parts else 0.0)
            + (weights.LARGEST_SUM if ttc == largest else 0.0)
        )
        score += (weights.RATE_CLOSES_THE_TOTALS if table and tva in self.evidence else 0.0) + self.added_up.get(
            ht, 0.0
        )
        score -= weights.CALLED_ANOTHER_AMOUNT * max(self.weight(ttc, "other_amount"), self.weight(ht, "other_amount"))
        yield Trio(ht, tva, ttc, score, sum(part >= weights.LABELLED for part in parts), table)

    def _without_vat(self, ht: Decimal, largest: Decimal) -> Iterator[Trio]:
        zero = self.weight(Decimal("0.00"), "total_tva")
        if self.taxed or (not self.exempt and zero < weights.LABELLED):
            return
        due = max(self.weight(ht, "total_ttc"), self.weight(ht, "amount_due"))
        parts = (self.weight(ht, "total_ht"), due)
        score = (
            sum(parts)
            + (weights.PRINTED_WITHOUT_VAT if zero else weights.SAID_TO_BE_WITHOUT_VAT)
            + (weights.LARGEST_SUM if ht == largest else 0.0)
        )
        score += weights.ADDED_UP_WITHOUT_VAT * self.added_up.get(ht, 0.0)
        score += (
            weights.LESS_THE_DEDUCTIONS
            if self.named("amount_due") in {ht - total for total in _subtotals(self.deductions)}
            else 0.0
        )
        yield Trio(ht, Decimal("0.00"), ht, score, sum(part >= weights.LABELLED for part in parts), None)

    def verdicts(self, trio: Trio) -> Iterator[Verdict]:
        full = trio.labels == 3 or (trio.labels == 2 and trio.table is not None)
        ground = (
            "agreed" if full and trio.score >= weights.AGREED_TOTALS else "arithmetic" if trio.score else "a cent off"
        )
        ground = "another total" if self._is_doubtful(trio) else ground
        for field, value in (("total_ht", trio.ht), ("total_tva", trio.tva), ("total_ttc", trio.ttc)):
            yield self._verdict(field, value, ground)

    def _verdict(self, field: FieldName | str, value: Decimal, ground: str) -> Verdict:
        item = self._where(field, value)
        place = item.place if item else None
        hit = item.hits.get(field) if item else None
        return Verdict(field, money_text(value), ground, place, hit)  # type: ignore[arg-type]

    def _where(self, kind: str, value: Decimal) -> Sum | None:
        places = [item for item in self.sums if item.value == value]
        return max(places, key=lambda item: item.evidence.get(kind, 0.0), default=None)

    def amount_due(self, ttc: Decimal | None, ground: str, trio: Trio | None = None) -> Iterator[Verdict]:
        """What is left to pay: its label's sum, checked against TTC less the deductions; TTC itself by default.

        HT and VAT of the ``trio`` add up to TTC as well, and are no payment and its rest.
        """
        parts = {trio.ht, trio.tva} - {trio.ttc} if trio else set()
        named = self.named("amount_due")
        if ttc is None:
            if named is not None:
                yield self._verdict("amount_due", named, "labelled")
        elif named == ttc:
            yield self._verdict("amount_due", ttc, "agreed")
        elif named is not None:
            yield from self._named_due(named, ttc, parts)
        elif self._says_nothing_is_due():
            if ttc in self.deductions:
                yield self._verdict("amount_due", Decimal("0.00"), "agreed")
        else:
            yield from self._left_due(ttc, parts, ground)

    def _named_due(self, named: Decimal, ttc: Decimal, parts: set[Decimal]) -> Iterator[Verdict]:
        """The sum under the label, if it is less than TTC; HT or VAT is doubtful, and on a scan a wrong label.

        What a page takes off TTC it prints: without it, a person decides.
        """
        if named >= ttc:
            return
        paid = ttc - named
        if named not in parts or paid in self.deductions:
            explained = "labelled" if paid in self.evidence else "unexplained"
            yield self._verdict("amount_due", named, "agreed" if paid in _subtotals(self._paid(ttc)) else explained)
        elif not self.document.is_ocr:
            yield self._verdict("amount_due", named, "equals a part")

    def _left_due(self, ttc: Decimal, parts: set[Decimal], ground: str) -> Iterator[Verdict]:
        """What no label announces: the printed rest, or all of TTC if nothing was paid."""
        last = self._last_left_of(ttc, parts)
        if last is not None:
            yield self._verdict("amount_due", last, "arithmetic")
        elif not self._paid(ttc) - {taken for ht in parts for taken in among_the_goods(self.sums, ht)}:
            yield self._verdict("amount_due", ttc, ground)

    def _says_nothing_is_due(self) -> bool:
        """« Net à payer   0,00 »: the label's only sum is zero."""
        return self.weight(Decimal("0.00"), "amount_due") >= weights.SURELY_NAMED

    def _paid(self, ttc: Decimal) -> set[Decimal]:
        """The labelled deductions that can be one."""
        return {value for value in self.deductions if value < ttc}

    def _last_left_of(self, ttc: Decimal, parts: set[Decimal]) -> Decimal | None:
        """The last printed sum that is TTC minus what is labelled or signed as paid, or minus one sum after TTC."""
        credit = any(item.negative for item in self.sums if item.value == ttc)
        after_ttc = False
        paid: set[Decimal] = set()
        after: set[Decimal] = set()
        left: Decimal | None = None
        for item in self.sums:
            after_ttc = after_ttc or item.value == ttc
            if not 0 < item.value < ttc or item.value in parts or self._is_taken(item.value):
                continue
            if item.value in self.deductions or (item.negative and not credit):
                paid.add(item.value)
            rest = ttc - item.value
            if (rest in after and rest != item.value) or rest in _subtotals(paid - {item.value}):
                left = item.value
            if after_ttc and not _is_instalment(item):
                after.add(item.value)
        return left

    def _is_taken(self, value: Decimal) -> bool:
        """Whether a sum is something else than what is left to pay or was paid: HT, VAT, a line of the VAT table."""
        kinds = self.evidence.get(value, {})
        if value in self.deductions:
            return False
        if any(value == line.base + line.tax for line in self.lines):
            return True
        return max(kinds.get("total_ht", 0.0), kinds.get("total_tva", 0.0)) >= weights.TAKEN_AS_A_TOTAL or (
            kinds.get("other_amount", 0.0) >= weights.NONE_OF_THE_TOTALS
        )

    def named(self, kind: str) -> Decimal | None:
        """The only sum that a strong label of this kind announces."""
        strong = [
            item
            for item in self.sums
            if item.evidence.get(kind, 0.0) >= weights.STRONG_LABEL_OF_A_SUM and item.value and _is_whole(item)
        ]
        if not strong:
            return None
        top = max(item.evidence[kind] for item in strong)
        values = {item.value for item in strong if item.evidence[kind] >= top - weights.SAME_EVIDENCE}
        return values.pop() if len(values) == 1 else None

    def vat_lines(self, trio: Trio) -> Iterator[Verdict]:
        if trio.table:
            where = trio.table[0].where
            yield Verdict("vat_lines", as_lines(trio.table), "agreed", where.place if where else None)
            return
        if trio.tva == 0 and not self._prints_no_vat():
            return
        rate = Decimal(0) if trio.tva == 0 else single_rate(trio.ht, trio.tva, rates_printed(self.document))
        if rate is not None:
            line = VatCandidate(rate, trio.ht, trio.tva, None)
            yield Verdict("vat_lines", as_lines([line]), "exempt" if rate == 0 else "arithmetic", None)

    def _prints_no_vat(self) -> bool:
        """Whether a rate of 0 % or a VAT of 0.00 is printed; a sentence about article 293 B is no VAT line."""
        return self.weight(Decimal("0.00"), "total_tva") > 0 or Decimal(0) in rates_printed(self.document)

    def labelled_only(self) -> Iterator[Verdict]:
        """Totals that do not add up (a global discount, a misread digit): each on its own label, or not at all."""
        named: dict[str, Decimal] = {kind: value for kind in TOTALS if (value := self.named(kind)) is not None}
        if _are_impossible_together(named):
            return
        contradicted = len(named) == len(TOTALS)
        if contradicted or not _can_be_vat(named.get("total_tva"), named):
            named.pop("total_tva", None)
        for kind, value in named.items():
            yield self._verdict(kind, value, "contradicted" if contradicted else "labelled")
        yield from self.amount_due(named.get("total_ttc"), "labelled")
        ht, tva = named.get("total_ht"), named.get("total_tva")
        table = table_for(self.lines, ht, tva) if ht and tva else None
        if table:
            yield Verdict("vat_lines", as_lines(table), "agreed", table[0].where.place if table[0].where else None)


def _is_labelled_tax(item: Sum | None) -> bool:
    """Whether a label says that a sum is VAT: a part without VAT makes no invoice without VAT."""
    return item is not None and item.evidence.get("total_tva", 0.0) >= weights.LABELLED


def _is_deduction(item: Sum) -> bool:
    deduction = item.evidence.get("deduction", 0.0)
    return deduction >= weights.A_DEDUCTION and deduction >= max(item.evidence.get(kind, 0.0) for kind in TOTALS)


def _is_instalment(item: Sum) -> bool:
    """« 1re échéance   600,00 »: a part that is still to be paid."""
    return any(_INSTALMENT.search(cell.folded) for cell in item.cell.row.cells)


def _is_sure(item: Sum, kind: str) -> bool:
    return item.evidence.get(kind, 0.0) >= (weights.SURELY_NAMED if kind != "total_tva" else weights.SURELY_NAMED_TAX)


def _is_whole(item: Sum) -> bool:
    """Whether no label says that a sum is only a part of another (« dont », a unit price, a carry-over)."""
    return item.evidence.get("other_amount", 0.0) < max(weight for kind, weight in item.evidence.items())


def _are_impossible_together(named: Mapping[str, Decimal]) -> bool:
    """Whether no VAT rate leads from HT to TTC: one of them lacks a digit (OCR), and it is unknown which."""
    ht, ttc = named.get("total_ht"), named.get("total_ttc")
    return ht is not None and ttc is not None and not ht <= ttc <= ht * (1 + weights.HIGHEST_VAT) + CENT


def _can_be_vat(tva: Decimal | None, named: Mapping[str, Decimal]) -> bool:
    """Whether a sum is small enough beside HT or TTC to be their VAT; alone it proves nothing."""
    whole = named.get("total_ht") or named.get("total_ttc")
    return tva is not None and whole is not None and tva <= whole * weights.HIGHEST_VAT


def _subtotals(values: Iterable[Decimal]) -> set[Decimal]:
    """Every sum of one or more of the values (at most four are considered)."""
    totals = {Decimal(0)}
    for value in sorted(values, reverse=True)[:4]:
        totals |= {total + value for total in totals}
    return totals - {Decimal(0)}
