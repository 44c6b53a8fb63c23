"""Printed totals that contradict each other: one problem with the figures, instead of fields that are missing."""

from collections.abc import Iterable
from decimal import Decimal

from chorus_connector.domain.invoices.form import Form
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.fields.implausible_dates import DATE_IMPLAUSIBLE
from chorus_connector.domain.reading.kinds import TOTALS

_CODE = "totals_contradict"
_FROM_THE_TOTALS = frozenset({*TOTALS, "amount_due"})


def contradiction(ht: Decimal, tva: Decimal, ttc: Decimal) -> Problem:
    """The problem of three printed totals (euros) where HT + TVA is not TTC."""
    return Problem(
        field="total_ttc",
        code=_CODE,
        fr=f"Les totaux imprimés se contredisent : HT {ht} + TVA {tva} = {ht + tva}, mais TTC {ttc} (écart "
        f"{ttc - ht - tva:+} €). Saisissez les montants justes, ou faites corriger la facture.",
        en=f"The printed totals contradict each other: {ht} without VAT + {tva} VAT = {ht + tva}, but {ttc} with VAT "
        f"(off by {ttc - ht - tva:+} EUR). Enter the right amounts, or have the invoice corrected.",
    )


def said_once(problems: Iterable[Problem], form: Form) -> tuple[Problem, ...]:
    """The problems, in which a contradiction replaces « missing » of the totals, and an odd date that of a date.

    Once the form has all three totals, the green light compares those, and the printed ones no longer matter.
    """
    every = tuple(problems)
    dated = form.value("invoice_date") is not None
    every = tuple(each for each in every if not (dated and each.code == DATE_IMPLAUSIBLE))
    if any(each.code == DATE_IMPLAUSIBLE for each in every):
        every = tuple(each for each in every if (each.field, each.code) != ("invoice_date", "missing"))
    if all(form.value(name) is not None for name in TOTALS):
        return tuple(each for each in every if each.code != _CODE)
    if not any(each.code == _CODE for each in every):
        return every
    return tuple(each for each in every if each.code != "missing" or each.field not in _FROM_THE_TOTALS)
