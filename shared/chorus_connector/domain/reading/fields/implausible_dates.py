"""A date that is printed as the invoice's and cannot be: « Date : 12/05/1999 ». The problem names what was read."""

import re

from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document

DATE_IMPLAUSIBLE = "date_implausible"
_OTHER_CENTURY = re.compile(
    r"\W*(?:le )?(?P<date>[0-3]?\d ?[/.-] ?[01]?\d ?[/.-] ?(?!20)[12]\d{3}"
    r"|[0-3]?\d(?:er)? [^\W\d_]{3,9}\.? (?!20)[12]\d{3})(?!\d)",
    re.IGNORECASE,
)


def implausible_date(document: Document) -> Problem | None:
    """The problem of the first date of another century that a label of the invoice's date announces; None: none."""
    for hit in document.announced("invoice_date"):
        if hit.is_particle or hit.kinds["invoice_date"] > weights.STRENGTHS["fair"]:
            continue
        for region in document.regions(hit):
            if region.relation not in ("tail", "right", "below"):
                continue
            if found := _OTHER_CENTURY.match(region.cell.text, region.start, region.end):
                return _problem(found["date"])
    return None


def _problem(printed: str) -> Problem:
    return Problem(
        field="invoice_date",
        code="date_implausible",
        fr=f"La date de la facture est lue, mais invraisemblable : {printed}. Saisissez la date juste, ou faites "
        "corriger la facture.",
        en=f"The invoice's date was read, but it is implausible: {printed}. Enter the right date, or have the invoice "
        "corrected.",
    )
