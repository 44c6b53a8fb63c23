"""When the supplier's VAT falls due, as the document prints it: « TVA sur les encaissements ».

An invoice must print the option for debits (CGI, annexe II, art. 242 nonies A). One that prints receipts says so on its
own account. The words decide over the supplier's setting; two that contradict each other decide nothing.
"""

import re

from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.result import PrintedRegime

_PHRASE = re.compile(
    r"\b(?P<before>(?:(?:sans|pas d[e'] ?|aucune|non) ?)?)"
    r"(?:t\.v\.a\.?|tva\b|taxe|option|exigib\w+|regime)[^.;!?]{0,60}?"
    r"(?:\b(?:(?:sur|d'apres|selon|pour) (?:les? |l' ?)?|a l' ?|aux )|: ?)(?P<kind>encaissement|debit)s?\b"
)
_BARE = re.compile(r"[^.;!?]{0,12}\b(?:d'apres|sur) (?:les )?(?P<kind>encaissement|debit)s\b[^.;!?]{0,4}")
"""« Sur les débits » in a cell of its own, without the word VAT."""


def printed_regime(document: Document) -> PrintedRegime | None:
    """The regime that the pages print; None where they print none, or both."""
    found = set()
    for cell in document.cells:
        if "encaissement" not in cell.folded and "debit" not in cell.folded:
            continue
        matches = [*_PHRASE.finditer(cell.folded), *filter(None, [_BARE.fullmatch(cell.folded.strip())])]
        for match in matches:
            if not match.groupdict().get("before", ""):
                found.add(match["kind"])
    if len(found) != 1:
        return None
    return "on_receipts" if "encaissement" in found else "on_debits"
