"""Puts together what a taught layout reads and what the rules read.

Where both say the same, the value is as good as proven. Where they differ, or the layout is silent on a field that it
has learnt, a value is given with so little confidence that a person is asked. The rules have no say on a field that
they misread on a taught document of this layout.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, FieldName
from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.comparison import same_value
from chorus_connector.domain.reading.kinds import CODE_FIELDS, REFERENCES, TOTALS
from chorus_connector.domain.reading.layouts.anchors import found_by
from chorus_connector.domain.reading.layouts.certainty import doubted, is_sure, sure
from chorus_connector.domain.reading.layouts.code_proposals import codes_among
from chorus_connector.domain.reading.layouts.layout import CAPTIONS, SENT, Layout, TaughtField
from chorus_connector.domain.reading.layouts.reading_by import TaughtValue, read_by
from chorus_connector.domain.reading.layouts.shapes import find_misread, shape_of, shapes_match
from chorus_connector.domain.reading.layouts.spots import LEARNT, DocumentSpots, Spot, is_continued
from chorus_connector.domain.reading.layouts.sums import (
    Proposals,
    Readings,
    doubted_if_they_do_not_add_up,
    with_the_third_total,
    with_totals_that_add_up,
    without_lines_that_do_not_add_up,
    without_totals_as_what_is_due,
)
from chorus_connector.domain.reading.layouts.transcript import Transcript, bare
from chorus_connector.domain.reading.result import FieldReading, VatLine
from chorus_connector.domain.reading.typed.amounts import money_text, to_cents
from chorus_connector.domain.reading.typed.ocr_repair import has_a_zero_or_an_o
from chorus_connector.domain.reading.unattended import KEY_FIELDS

_PROVEN = 2
"""Taught documents on which the rules read a field right, and none wrong: then they are believed here."""
_CODES_PROVEN = 3
"""Taught documents that must print a code before the layout alone gives it surely."""
_NOTHING = TaughtField()
READ_FIELDS = get_args(FieldName)
_MIXED = re.compile(r"[A-Z0-9][a-z]|[a-z][A-Z0-9]")
_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FIRST_LETTERS = re.compile(r"^A\{\d+\}")
_OF_A_CREDIT = re.compile(r" ?(?<![A-Z])AV?R?(?![A-Z])[/-]?")  # « 2402-A03 », « 2024-020 A », « RC-AV-26-02 »
_JOINTS = ("/", "-", "_")  # a code does not end before one of them
_BROKEN_OVER_LINES = re.compile(r"([-/_]) ")  # « 2025-ASILE-73- L3 »
_LONG = 6  # characters of a value that is not printed by chance
_SIRETS: tuple[FieldName, ...] = ("supplier_siret", "recipient_siret")
_CONSTANT: tuple[FieldName, ...] = ("supplier_name", "supplier_siret", "iban")


@dataclass(frozen=True)
class Combination:
    """One document, its layout, and what the rules read."""

    layout: Layout
    spots: DocumentSpots
    rules: Readings

    def fields(self) -> dict[FieldName, FieldReading]:
        """Every field's value, with a confidence that says how the layout and the rules agree on it.

        A doubtful name is not given: it is not sent, and a wrong one misleads.
        """
        by_layout = read_by(self.layout, self.spots)
        proposed = without_totals_as_what_is_due(with_totals_that_add_up(by_layout), self.rules)
        sirets = self._sirets(by_layout)
        for field in (field for field in by_layout if field in REFERENCES):
            proposed[field] = codes_among(by_layout[field], self.spots.transcript.document, sirets)
        found: dict[FieldName, FieldReading] = {}
        for field in READ_FIELDS:
            reading = self._known(field) or self._field(field, proposed.get(field, ()))
            reading = _repaired(field, self.layout.fields.get(field, _NOTHING), reading)
            if reading is not None and not self._is_a_doubtful_name(field, reading):
                found[field] = self._labelled(field, reading)
        found = {field: reading for field, reading in found.items() if not self._is_another_s(field, reading, found)}
        totals = {field: self._printed(field, by_layout.get(field, ())) for field in TOTALS}
        found = doubted_if_they_do_not_add_up(with_the_third_total(found, totals))
        return self._with_its_only_line(without_lines_that_do_not_add_up(found))

    def _sirets(self, by_layout: Proposals) -> set[str]:
        """The parties' SIRETs as the rules or the layout read them, as bare text."""
        read = [bare(str(self.rules[field].value)) for field in _SIRETS if field in self.rules]
        return {*read, *(bare(by_layout[field][0].value) for field in _SIRETS if by_layout.get(field))}

    def _printed(self, field: FieldName, proposed: Sequence[TaughtValue]) -> list[FieldReading]:
        """What the rules and the layout found for a field."""
        read = [self.rules[field]] if field in self.rules else []
        return [*read, *(self._reading(each.spot, "taught agreed") for each in proposed)]

    def _with_its_only_line(self, found: dict[FieldName, FieldReading]) -> dict[FieldName, FieldReading]:
        """With the VAT line that the totals prove: one printed rate leads from a sure HT to a sure VAT."""
        if "vat_lines" in found or not all(is_sure(found.get(field)) for field in TOTALS):
            return found
        ht, tva = (Decimal(str(found[field].value)) for field in TOTALS[:2])
        amounts = self.spots.transcript.document.amounts.values()
        rates = {amount.value for each in amounts for amount in each if amount.is_percent and amount.value > 0}
        proven = [rate for rate in rates if to_cents(ht * rate / 100) == tva]
        if len(proven) != 1 or not tva:
            return found
        line = VatLine(rate=money_text(proven[0]), base=money_text(ht), amount=money_text(tva))
        return {**found, "vat_lines": found["total_tva"].model_copy(update={"value": (line,), "label_box": None})}

    def _labelled(self, field: FieldName, reading: FieldReading) -> FieldReading:
        """The reading with the place of its label, where the rules found the same value beside one."""
        rules = self.rules.get(field)
        if reading.label_box is not None or rules is None or (rules.value, rules.page) != (reading.value, reading.page):
            return reading
        return reading.model_copy(update={"label_box": rules.label_box})

    def _is_another_s(self, field: FieldName, reading: FieldReading, found: Readings) -> bool:
        """Whether a code of the layout alone is another field's, or a doubtful one that is not sent: none is better.

        A sure one is another field's only if the rules say so: the contract may have the order's place in a row.
        """
        if field not in REFERENCES or field in self.rules:
            return False
        others = self.rules if is_sure(reading) else found
        values = {other.value for name, other in others.items() if name in REFERENCES and name != field}
        return reading.value in values or (field not in SENT and not is_sure(reading))

    def _is_a_doubtful_name(self, field: FieldName, reading: FieldReading) -> bool:
        proven = self.layout.fields.get(field, _NOTHING).read >= _PROVEN
        return INVOICE_FIELDS[field].kind == "name" and reading.confidence < weights.SURE and not proven

    def _field(self, field: FieldName, proposed: Sequence[TaughtValue]) -> FieldReading | None:
        taught = self.layout.fields.get(field, _NOTHING)
        rules = self.rules.get(field)
        rules = None if rules is not None and _misleads(field, taught, rules) else rules
        if field not in LEARNT:
            return self._stated(field, rules)
        best, others = (proposed[0] if proposed else None), proposed[1:]
        if rules is None:
            return self._alone(field, taught, best, others) if best else None
        if self._is_known(field, rules.value):
            return sure(rules)
        if best is None:
            return self._by_rules(field, taught, rules)
        return self._compared(field, taught, _fuller(field, proposed, rules) or best, others, rules)

    def _compared(
        self,
        field: FieldName,
        taught: TaughtField,
        best: TaughtValue,
        others: Sequence[TaughtValue],
        rules: FieldReading,
    ) -> FieldReading:
        if same_value(field, rules.value, best.value) or bare(best.value) == bare(str(rules.value)):
            agreed = self._agreed(field, taught, best, rules)
            if self._is_cut(field, best):
                return agreed
            return max(agreed, self._by_rules(field, taught, rules), key=lambda reading: reading.confidence)
        unsure = best.support < weights.SOME_SUPPORT or self._is_another_document_s(field)
        if unsure or (field == "amount_due" and self._is_ttc(best.value) and self._is_proven_rest(rules)):
            return self._by_rules(field, taught, rules)
        if self._is_proven_sum(field, taught, rules) and not best.trusted:
            return self._by_rules(field, taught, rules)
        if is_sure(rules) and not taught.misread and _is_announced(rules, others):
            return doubted(rules)
        return self._differing(field, taught, best, rules)

    def _is_ttc(self, value: object) -> bool:
        ttc = self.rules.get("total_ttc")
        return ttc is not None and ttc.value == value

    def _is_proven_rest(self, rules: FieldReading) -> bool:
        """Whether the rules found what is left of TTC, and what was paid is printed too."""
        ttc = self.rules.get("total_ttc")
        if ttc is None or not is_sure(rules):
            return False
        paid = Decimal(str(ttc.value)) - Decimal(str(rules.value))
        amounts = self.spots.transcript.document.amounts.values()
        return paid > 0 and any(abs(amount.value) == paid for each in amounts for amount in each)

    def _is_proven_sum(self, field: FieldName, taught: TaughtField, rules: FieldReading) -> bool:
        """Whether the rules read this sum right on the taught documents and are sure of it: arithmetic proves it."""
        is_sum = INVOICE_FIELDS[field].kind == "amount"
        return is_sum and _has_a_good_record(taught) and rules.confidence >= weights.SURE

    def _by_rules(self, field: FieldName, taught: TaughtField, rules: FieldReading) -> FieldReading:
        """What only the rules give, as sure as they are where the value has a proof of its own.

        Totals add up, SIRETs and dates have a form, and an invoice number has the supplier's. A code in a text layer
        has none of these: it is believed where the rules read it right on a taught document and never wrong.
        """
        known = rules.source == "text" and not taught.misread and (taught.read > 0 or taught.printed < _PROVEN)
        if field == "amount_due":
            by_itself = not taught.misread or self._is_ttc(rules.value) or self._is_proven_rest(rules)
        elif field == "invoice_number":
            by_itself = self._has_the_supplier_s_form(str(rules.value), taught.shapes)
            by_itself = by_itself or self._is_at_its_taught_captions(field, taught, rules)
        else:
            by_itself = field in KEY_FIELDS or known
        return rules if not taught.printed or self._proves_nothing or by_itself else doubted(rules)

    def _has_the_supplier_s_form(self, number: str, shapes: tuple[str, ...]) -> bool:
        """Whether a number has a taught form; a credit note has other first letters or one more: « AV26-114 »."""
        if self._is_another_document_s("invoice_number"):
            plain = number.lstrip(_CAPITALS), tuple(_FIRST_LETTERS.sub("", shape) for shape in shapes)
            lettered = _OF_A_CREDIT.sub("", number)
            return shapes_match(shape_of(plain[0]), plain[1]) or (
                lettered != number and shapes_match(shape_of(lettered), shapes)
            )
        return shapes_match(shape_of(number), shapes)

    def _is_at_its_taught_captions(self, field: FieldName, taught: TaughtField, rules: FieldReading) -> bool:
        """Whether the captions that were learnt announce a number of a new form, up to the end of its cell.

        Letters that change with a customer or a kind of work (« LYON-26/039 », « G-26/088 ») have no form. The rules
        must be sure, and have read the taught numbers right. A credit note may print the invoice's number there.
        """
        if (
            self._is_another_document_s(field)
            or not _has_a_good_record(taught)
            or rules.confidence < weights.SURE
            or rules.source != "text"
        ):
            return False
        captions = [anchor for anchor in taught.anchors if anchor.kind in CAPTIONS]
        whole = (anchor.model_copy(update={"extent": "cell"}) for anchor in captions)
        found = [spot for anchor in whole if (spot := found_by(anchor, field, self.spots, ())) is not None]
        agreed = all(bare(spot.value) == bare(str(rules.value)) for spot in found)
        return agreed and len(found) >= weights.CAPTIONS_OF_A_NEW_FORM * len(captions) > 0

    def _differing(self, field: FieldName, taught: TaughtField, best: TaughtValue, rules: FieldReading) -> FieldReading:
        """The likelier of two values, for a person to check: a name is the rules' only if they never misread it."""
        cut = bare(str(rules.value)) in bare(best.value)  # « 26/118 » of « CDE 26/118 »
        longer = is_sure(rules) and str(rules.value).startswith(f"{best.value} ")  # « 22/118 lot 2 »
        is_name = INVOICE_FIELDS[field].kind == "name"
        well_read = _has_a_good_record(taught) if is_name else (longer or taught.read >= _PROVEN)
        rules_are_better = well_read and not cut
        return self._reading(best.spot, "taught differs") if best.trusted and not rules_are_better else doubted(rules)

    @property
    def _proves_nothing(self) -> bool:
        """Whether the layout knows too few documents to make the rules less sure. They wait for a person anyway."""
        return len(self.layout.documents) < _PROVEN

    def _stated(self, field: FieldName, rules: FieldReading | None) -> FieldReading | None:
        """A type or a currency: sure when it is that of all taught documents. Others are left to the rules."""
        return sure(rules) if rules is not None and self._values(field) == {rules.value} else rules

    def _alone(
        self, field: FieldName, taught: TaughtField, best: TaughtValue, others: Sequence[TaughtValue]
    ) -> FieldReading | None:
        """What only the layout gives.

        A code may well be missing from a document, so what is printed in its place needs a caption; a person is asked
        where only some of what was learnt finds one.
        """
        if self._is_another_document_s(field) or self._is_no_due_date(field, taught, best):
            return None
        if field in REFERENCES:
            missed = self._is_missed_by_good_rules(taught, best)
            strange = missed or _is_a_new_word(taught, best)
            if best.support < weights.SOME_SUPPORT or not best.captioned or (strange and not _is_clear(best)):
                return None
            doubtful = (
                missed
                or self._is_unproven(taught, best)
                or self._is_cut(field, best)
                or self._has_more_words(field, best)
            )
        elif best.trusted:
            doubtful = self._has_another_shape(field, taught, best) or any(each.captioned for each in others)
        else:
            return None
        sure = best.trusted and not doubtful and not taught.doubtful
        return self._reading(best.spot, "taught alone" if sure else "taught doubted")

    def _is_no_due_date(self, field: FieldName, taught: TaughtField, best: TaughtValue) -> bool:
        """Whether a due date that the rules do not see is another day: the invoice's own, or any day in its place where
        the rules read the taught ones.
        """
        issued = self.rules.get("invoice_date")
        own = issued is not None and issued.value == best.value
        return field == "due_date" and (own or (_has_a_good_record(taught) and not _is_clear(best)))

    def _is_unproven(self, taught: TaughtField, best: TaughtValue) -> bool:
        """Whether too few documents print a code. Two are enough where nearly all captions announce this one alone."""
        clear = taught.printed >= _PROVEN and best.captioned and _is_clear(best)
        return not clear and (taught.printed < _CODES_PROVEN or not any(char.isdigit() for char in best.value))

    def _agreed(self, field: FieldName, taught: TaughtField, best: TaughtValue, rules: FieldReading) -> FieldReading:
        """A value that both give: sure when the layout trusts it, or when the rules read this field well here."""
        seen = (
            taught.read > 0
            and best.captioned
            and best.agreement >= weights.TRUSTED_AGREEMENT
            and rules.confidence >= weights.SURE
        )
        proven = best.trusted or taught.read >= _PROVEN or seen
        if taught.doubtful or self._is_cut(field, best) or not proven or self._has_another_shape(field, taught, best):
            return self._reading(best.spot, "taught doubted")
        if len(str(rules.value)) > len(best.value) and INVOICE_FIELDS[field].kind == "name":
            return sure(rules)  # a name over two lines
        if _BROKEN_OVER_LINES.sub(r"\1", best.value) == rules.value:
            return sure(rules)
        return self._reading(best.spot, "taught agreed" if best.trusted else "taught weakly agreed")

    def _is_another_document_s(self, field: FieldName) -> bool:
        """Whether a number of the layout alone may be the corrected invoice's: a credit note, and all taught ones were
        invoices.
        """
        kind, taught = self.rules.get("invoice_type"), self._values("invoice_type")
        return field == "invoice_number" and kind is not None and bool(taught) and kind.value not in taught

    def _is_missed_by_good_rules(self, taught: TaughtField, best: TaughtValue) -> bool:
        """Whether the rules read a code on the taught documents and see none here, where the layout finds only a word
        or a code of another form: the title may print the code's word, another reference may have its place.
        """
        coded = any(char.isdigit() for char in best.value) and shapes_match(shape_of(best.value), taught.shapes)
        return _has_a_good_record(taught) and not coded

    def _has_another_shape(self, field: FieldName, taught: TaughtField, best: TaughtValue) -> bool:
        """Whether an invoice number has no taught form, where the taught ones share theirs."""
        alike = 0 < len(taught.shapes) < taught.printed
        return field == "invoice_number" and alike and not shapes_match(shape_of(best.value), taught.shapes)

    def _is_cut(self, field: FieldName, best: TaughtValue) -> bool:
        """Whether a code continues in the next line, or a scan's character was misread: then both readers say the same.

        A code that was confirmed before is known; the supplier's own numbers have its shape.
        """
        if field not in REFERENCES or best.value in self._values(field):
            return False
        spot = best.spot
        breaks_off = spot.cell.text[spot.last : spot.last + 1] in _JOINTS or is_continued(spot, self.spots.transcript)
        return breaks_off or (spot.opening.scanned and _MIXED.search(best.value) is not None)

    def _has_more_words(self, field: FieldName, best: TaughtValue) -> bool:
        """Whether a code has more words than a confirmed one ever had: something may be glued to it."""
        words = max((len(value.split()) for value in self._values(field)), default=1)
        return field in CODE_FIELDS and len(best.value.split()) > words

    def _is_known(self, field: FieldName, value: object) -> bool:
        """Whether a value of the supplier itself is that of all taught documents."""
        return field in _CONSTANT and self._values(field) == {value}

    def _values(self, field: FieldName) -> set[str]:
        """What the taught documents say of a field."""
        return {value for document in self.layout.documents if (value := document.values.get(field))}

    def _known(self, field: FieldName) -> FieldReading | None:
        """The value that all taught documents have, if it is printed here as well."""
        values = self._values(field)
        value = next(iter(values)) if len(values) == 1 and field in _CONSTANT else ""
        if len(bare(value)) < _LONG:
            return None
        place = self.spots.transcript.within(value)
        if place is None:
            return None
        opening, closing = place
        return self._reading(Spot(opening, closing, opening.first, closing.last, value), "taught known")

    def _reading(self, spot: Spot, ground: str) -> FieldReading:
        scanned = self.spots.transcript.is_ocr(spot.cell)
        same_cell = spot.closing.cell is spot.cell
        return FieldReading(
            value=spot.value,
            confidence=weights.GROUNDS_OF_A_LAYOUT[ground][scanned],
            source="ocr" if scanned else "text",
            page=spot.cell.page,
            box=spot.cell.box(spot.first, spot.last if same_cell else None),
        )


def _is_announced(rules: FieldReading, proposed: Sequence[TaughtValue]) -> bool:
    """Whether a learnt caption announces what the rules read."""
    return any(each.captioned and bare(each.value) == bare(str(rules.value)) for each in proposed)


def _is_clear(best: TaughtValue) -> bool:
    """Whether nearly all that was learnt announces this value, and nothing another one."""
    return best.agreement >= weights.CLEAR_AGREEMENT and best.support >= weights.CLEAR_SUPPORT


def _is_a_new_word(taught: TaughtField, best: TaughtValue) -> bool:
    """Whether a code is a word without a digit, of a form that no taught one has: « FACTURIER » of an address."""
    return not any(char.isdigit() for char in best.value) and not shapes_match(shape_of(best.value), taught.shapes)


def _fuller(field: FieldName, proposed: Sequence[TaughtValue], rules: FieldReading) -> TaughtValue | None:
    """« PATRIMOINE BATI » of the rules, where the layout says « PATRIMOINE » first: both mean that cell."""
    best, said = proposed[0], bare(str(rules.value))
    if field not in CODE_FIELDS or bare(best.value) == said:
        return None
    whole = (each for each in proposed[1:] if bare(each.value) == said and each.value.startswith(f"{best.value} "))
    found = next(whole, None)
    if found is None:
        return None
    support, captioned = max(best.support, found.support), best.captioned or found.captioned
    return TaughtValue(found.spot, best.agreement + found.agreement, support, captioned)


def _has_a_good_record(taught: TaughtField) -> bool:
    """Whether the rules read a field right on enough taught documents, and wrong on none."""
    return taught.read >= _PROVEN and not taught.misread


def _misleads(field: FieldName, taught: TaughtField, rules: FieldReading) -> bool:
    """Whether the rules have no say: they misread the field on a taught document, or a name or a sum on half of them.

    They keep it where their code has another form than those they misread: the account « C-51871-E » says nothing of
    the contract « 2025S0047-L02 ».
    """
    if not taught.misread or (taught.misread_as and not shapes_match(shape_of(str(rules.value)), taught.misread_as)):
        return False
    judged_each_time = field in SENT and INVOICE_FIELDS[field].kind != "amount"
    return judged_each_time or taught.misread >= taught.read


def _repaired(field: FieldName, taught: TaughtField, reading: FieldReading | None) -> FieldReading | None:
    """A code of a scan with its letters and figures as in the taught form: « 0DT-25 » is « ODT-25 ».

    A zero that may be an O stays doubtful where no taught form says which.
    """
    if reading is None or reading.source != "ocr" or field not in CODE_FIELDS:
        return reading
    code = str(reading.value)
    if shapes_match(shape_of(code), taught.shapes):
        return reading
    whole = (meant for start, end, meant in find_misread(code, taught.shapes) if (start, end) == (0, len(code)))
    meant = next(whole, None)
    if meant is not None:
        return reading.model_copy(update={"value": meant})
    return doubted(reading) if has_a_zero_or_an_o(code) else reading


def combined(layout: Layout, transcript: Transcript, rules: Readings) -> dict[FieldName, FieldReading]:
    """Every field of a document by its layout and by the rules together."""
    return Combination(layout, DocumentSpots(transcript), rules).fields()
