"""What arithmetic says of the sums that a taught layout proposes, and of those that were put together with the rules'.

HT + TVA is TTC, what is due is neither HT nor TVA, and the VAT lines add up to the totals.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import product

from chorus_connector.domain.invoices.fields import FieldName
from chorus_connector.domain.reading.kinds import TOTALS
from chorus_connector.domain.reading.layouts.certainty import doubted, is_sure, sure
from chorus_connector.domain.reading.layouts.reading_by import TaughtValue
from chorus_connector.domain.reading.result import FieldReading

_CHOICES = 4  # values tried for each total

Proposals = Mapping[FieldName, Sequence[TaughtValue]]
Readings = Mapping[FieldName, FieldReading]


def with_totals_that_add_up(proposed: Proposals) -> dict[FieldName, Sequence[TaughtValue]]:
    """The proposals with the three totals chosen together, so that HT + TVA = TTC where any choice does."""
    choices = [proposed.get(field, ())[:_CHOICES] for field in TOTALS]
    adding_up = [each for each in product(*choices) if _add_up(each)]
    if not adding_up:
        return dict(proposed)
    best = max(adding_up, key=lambda each: sum(proposal.support for proposal in each))
    return {**proposed, **{field: [proposal] for field, proposal in zip(TOTALS, best, strict=True)}}


def _add_up(totals: Sequence[TaughtValue]) -> bool:
    ht, tva, ttc = (Decimal(proposal.value) for proposal in totals)
    return ht + tva == ttc


def without_totals_as_what_is_due(proposed: Proposals, rules: Readings) -> dict[FieldName, Sequence[TaughtValue]]:
    """The proposals without HT and TVA as what is due: a credit note may print one where the sum to pay has its place.

    The totals are those of the rules or of the layout, if they add up; one that is TTC too may well be due.
    """
    chosen = [[each[0].value] if len(each := proposed.get(field, ())) == 1 else [] for field in TOTALS]
    read = [[str(rules[field].value)] if is_sure(rules.get(field)) else [] for field in TOTALS]
    for totals in (read, chosen):
        for ht, tva, ttc in product(*totals):
            if Decimal(ht) + Decimal(tva) == Decimal(ttc):
                due = [
                    each for each in proposed.get("amount_due", ()) if each.value == ttc or each.value not in (ht, tva)
                ]
                return {**proposed, "amount_due": due}
    return dict(proposed)


def with_the_third_total(
    found: dict[FieldName, FieldReading], printed: Mapping[FieldName, Sequence[FieldReading]]
) -> dict[FieldName, FieldReading]:
    """With the total that follows from two sure ones, where the layout or the rules found that very sum for it.

    ``printed``: what they found for each total, likely or not.
    """
    unsure = [field for field in TOTALS if not is_sure(found.get(field))]
    if len(unsure) != 1:
        return found
    (field,) = unsure
    ht, tva, ttc = (Decimal(str(found[each].value)) if each != field else Decimal(0) for each in TOTALS)
    follows = {"total_ht": ttc - tva, "total_tva": ttc - ht, "total_ttc": ht + tva}[field]
    proven = next((each for each in printed[field] if Decimal(str(each.value)) == follows), None)
    return found if proven is None else {**found, field: sure(proven)}


def doubted_if_they_do_not_add_up(found: dict[FieldName, FieldReading]) -> dict[FieldName, FieldReading]:
    """With little confidence in the totals, when HT + TVA is not TTC."""
    totals = {field: found[field] for field in TOTALS if field in found}
    amounts = [Decimal(str(reading.value)) for reading in totals.values()]
    if len(amounts) < len(TOTALS) or amounts[0] + amounts[1] == amounts[2]:
        return found
    return {**found, **{field: doubted(reading) for field, reading in totals.items()}}


def without_lines_that_do_not_add_up(found: dict[FieldName, FieldReading]) -> dict[FieldName, FieldReading]:
    """Without VAT lines whose sums are not the totals."""
    lines = found.get("vat_lines")
    if lines is None or isinstance(lines.value, str):
        return found
    sums = (sum(Decimal(line.base) for line in lines.value), sum(Decimal(line.amount) for line in lines.value))
    totals = [found.get(field) for field in TOTALS[:2]]
    if all(total is None or Decimal(str(total.value)) == part for total, part in zip(totals, sums, strict=True)):
        return found
    return {field: reading for field, reading in found.items() if field != "vat_lines"}
