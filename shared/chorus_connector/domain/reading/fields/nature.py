"""What the document is (invoice or credit note) and in what currency, from its title and its signs."""

import re

from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.fields.verdict import Verdict
from chorus_connector.domain.reading.finding import CellSpan
from chorus_connector.domain.reading.paper.lines import Cell
from chorus_connector.domain.reading.typed.amounts import SUM_IN_E

_OBJECT = re.compile(r"\W*objet\W*(?:votre|notre)?\W*")
_ITS = re.compile(r"\W*(?:votre|notre|la presente|le present|present|presente)\W*")
_ADDRESSED = re.compile(r" (?:a|au|aux|par|pour)\b")  # « Facturé à » folds to « facture a »
_EURO = re.compile(r"€|\bEUR\b|\beuros?\b", re.IGNORECASE)


def read_type(document: Document) -> list[Verdict]:
    """The verdict on ``invoice_type``: ``credit_note`` when a title says so, ``invoice`` when one says that."""
    credit_notes = titled(document, "credit_note")
    invoices = titled(document, "invoice")
    if credit_notes:
        cell, start, end = max(credit_notes, key=lambda item: item[0].height)
        return [Verdict("invoice_type", "credit_note", "titled", CellSpan(cell, start, end))]
    if invoices:
        cell, start, end = max(invoices, key=lambda item: item[0].height)
        return [Verdict("invoice_type", "invoice", "titled", CellSpan(cell, start, end))]
    anywhere = [
        (cell, start, end)
        for cell, natures in document.natures.items()
        for start, end, kind in natures
        if kind == "invoice"
    ]
    if anywhere:
        return [Verdict("invoice_type", "invoice", "mentioned", CellSpan(*anywhere[0]))]
    return [Verdict("invoice_type", "invoice", "default")] if document.amounts else []


def titled(document: Document, kind: str) -> list[tuple[Cell, int, int]]:
    """Where a word of this nature opens a cell as a title would, and nothing negates it."""
    found = []
    for cell, natures in document.natures.items():
        for start, end, nature in natures:
            if (
                nature == kind
                and (start <= 2 or _OBJECT.fullmatch(cell.folded[:start]) or _ITS.fullmatch(cell.folded[:start]))
                and _is_title(document, cell, end)
            ):
                found.append((cell, start, end))
    return found


def _is_title(document: Document, cell: Cell, end: int) -> bool:
    """In the upper part of a page, or larger than the text, and not followed by an amount on its row."""
    sheet = document.sheet(cell)
    after = cell.folded[end : end + 12].strip(" :")
    if _ADDRESSED.match(cell.folded, end):
        return False
    if after.startswith(("deduit", "a deduire", "du par", "sur achat", "a regler", "a payer")):
        return False
    return cell.middle < 0.45 * sheet.height or cell.height > 1.3 * sheet.text_height


def read_currency(document: Document) -> list[Verdict]:
    """``EUR`` where the page prints the sign, also as the « e » of some fonts, or the word."""
    for cell in document.cells:
        match = _EURO.search(cell.text) or (SUM_IN_E.search(cell.text) if document.euro_as_e else None)
        if match:
            return [Verdict("currency", "EUR", "printed", CellSpan(cell, match.start(), match.end()))]
    return []
