"""What the document is (invoice or credit note) and in what currency, from its title and its signs."""

import re
from collections.abc import Sequence

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.fields.verdict import Verdict
from chorus_connector.domain.reading.finding import CellSpan
from chorus_connector.domain.reading.paper.lines import Cell
from chorus_connector.domain.reading.typed.amounts import SUM_IN_E

_OBJECT = re.compile(r"\W*objet\W*(?:votre|notre)?\W*")
_ITS = re.compile(r"\W*(?:votre|notre|la presente|le present|present|presente|duplicata|copie)\W*(?:de la )?")
_ADDRESSED = re.compile(r" (?:a|au|aux|par|pour)\b")  # « Facturé à » folds to « facture a »
_Place = tuple[Cell, int, int]
_EURO = re.compile(r"€|\bEUR\b|\beuros?\b", re.IGNORECASE)


def read_type(document: Document) -> list[Verdict]:
    """The verdict on ``invoice_type``: ``credit_note`` when a title says so, ``invoice`` when one says that."""
    credit_notes = [title for title in titled(document, "credit_note") if not _is_a_sum_of(document, title[0])]
    invoices = titled(document, "invoice")
    if credit_notes:
        invoices = [title for title in invoices if not _names_another(document, title[0])]
    kind, titles = ("credit_note", credit_notes) if _beats(credit_notes, invoices) else ("invoice", invoices)
    if titles:
        cell, start, end = max(titles, key=lambda item: item[0].height)
        ground = "disputed" if credit_notes and invoices and kind == "invoice" else "titled"
        return [Verdict("invoice_type", kind, ground, CellSpan(cell, start, end))]
    anywhere = [
        (cell, start, end)
        for cell, natures in document.natures.items()
        for start, end, kind in natures
        if kind == "invoice"
    ]
    if anywhere:
        return [Verdict("invoice_type", "invoice", "mentioned", CellSpan(*anywhere[0]))]
    return [Verdict("invoice_type", "invoice", "default")] if document.amounts else []


def _beats(credit_notes: Sequence[_Place], invoices: Sequence[_Place]) -> bool:
    """Whether the page is called a credit note: in larger letters than an invoice, or above it in as large ones."""
    if not credit_notes or not invoices:
        return bool(credit_notes)
    credit, invoice = (max(titles, key=lambda item: item[0].height)[0] for titles in (credit_notes, invoices))
    if max(credit.height, invoice.height) > weights.TALLER_TITLE_OF_A_TYPE * min(credit.height, invoice.height):
        return credit.height > invoice.height
    return (credit.page, credit.row.index) <= (invoice.page, invoice.row.index)


def _is_a_sum_of(document: Document, cell: Cell) -> bool:
    """« Avoir n° 12   -12,00 €»: a row of an invoice with the sum of a credit note."""
    beside = [other for other in cell.row.cells if other is cell or not document.hits_in(other)]
    return any(
        amount.looks_like_money
        for other in beside
        if other not in document.dates
        for amount in document.amounts.get(other, ())
    )


def _names_another(document: Document, cell: Cell) -> bool:
    """« Facture d'origine n° 12 »: the invoice that a credit note is about."""
    hits = document.hits_in(cell)
    return bool(hits) and "other_number" in hits[0].kinds and "invoice_number" not in hits[0].kinds


def titled(document: Document, kind: str) -> list[tuple[Cell, int, int]]:
    """Where a word of this nature opens a cell as a title would, and nothing negates it."""
    found = []
    for cell, natures in document.natures.items():
        for start, end, nature in natures:
            if (
                nature == kind
                and (_opens(cell, start) or document.ends_a_title(cell, start, end))
                and _is_title(document, cell, end)
            ):
                found.append((cell, start, end))
    return found


def _opens(cell: Cell, start: int) -> bool:
    before = cell.folded[:start]
    return start <= 2 or _OBJECT.fullmatch(before) is not None or _ITS.fullmatch(before) is not None


def _is_title(document: Document, cell: Cell, end: int) -> bool:
    """In the upper part of a page, or larger than the text, and not followed by an amount on its row."""
    sheet = document.sheet(cell)
    after = cell.folded[end : end + 12].strip(" :")
    if _ADDRESSED.match(cell.folded, end):
        return False
    if after.startswith(("deduit", "a deduire", "du par", "sur achat", "a regler", "a payer")):
        return False
    return (
        cell.middle < weights.TITLE_BOTTOM * sheet.height or cell.height > weights.HEIGHT_OF_A_TITLE * sheet.text_height
    )


def read_currency(document: Document) -> list[Verdict]:
    """``EUR`` where the page prints the sign, also as the « e » of some fonts, or the word."""
    for cell in document.cells:
        match = _EURO.search(cell.text) or (SUM_IN_E.search(cell.text) if document.euro_as_e else None)
        if match:
            return [Verdict("currency", "EUR", "printed", CellSpan(cell, match.start(), match.end()))]
    return []
