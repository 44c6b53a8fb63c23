"""The supplier's IBAN: one whose check digits are right, or else one that its label announces."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from chorus_connector.domain.identifiers import is_iban
from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.fields.verdict import Verdict
from chorus_connector.domain.reading.finding import CellSpan, Finding
from chorus_connector.domain.reading.paper.lines import Cell
from chorus_connector.domain.reading.typed.identifiers_found import FoundIdentifier, find_iban_texts
from chorus_connector.domain.reading.typed.ocr_repair import repaired_digits

_LENGTHS = {
    "FR": 27,
    "MC": 27,
    "BE": 16,
    "DE": 22,
    "LU": 20,
    "ES": 24,
    "IT": 27,
    "NL": 18,
    "GB": 22,
    "CH": 21,
    "PT": 25,
}
_PAYERS = re.compile(
    r"\bvotre (?:compte|iban|banque|rib)|compte d[ée]bit[ée]|[ée]bit du compte"
    r"|(?:mandat|rum)\b.*\bsepa|pr[ée]lev[ée]e? sur|(?:iban|compte|rib) (?:du )?d[ée]biteur|d[ée]biteur\W*iban"
)
_ANOTHER_PAYEE = re.compile(r"affacturage|\bfactor\b|subrog|\bcreances?\b|\bcedee?s?\b|liberatoire|sequestre|carpa\b")
_BEGINS = re.compile(r"(?<![A-Za-z0-9])([A-Z]{2})\d\d[A-Z0-9 ]{0,30}$")
_LINES_OF_A_LIST = 3  # rows at most between two accounts of one list
_REPEATED_OR_BROKEN_OVER = 3  # a narrow column breaks an IBAN over at most this many lines


def read_iban(document: Document) -> list[Verdict]:
    """The verdict on ``iban``. Of several accounts in one list the first is given, for a person to check."""
    cells = [cell for cell in document.cells if not _is_the_payer_s(document, cell)]
    findings = [finding for cell in cells for finding in _in_cell(document, cell)]
    valid = [finding for finding in findings if finding.cost == 0.0]
    known = [finding for finding in valid if finding.value[:2] in _LENGTHS]  # other text may check by chance
    chosen = known or valid or findings
    if len({finding.value for finding in chosen}) == 1:
        return [Verdict.of(chosen[0], "checked" if valid else "unchecked")]
    return [Verdict.of(known[0], "one of several")] if known and _are_one_list(document, known) else []


def _are_one_list(document: Document, accounts: Sequence[Finding]) -> bool:
    """« Crédit Mutuel IBAN … », « ou La Banque Postale IBAN … »: accounts of the supplier, which may all be paid to.

    A factor's or a trust account beside the supplier's own is another thing.
    """
    rows = [account.place.cell.row for account in accounts]
    near = all(
        one.cells[0].page == other.cells[0].page and abs(one.index - other.index) <= _LINES_OF_A_LIST
        for one, other in pairwise(rows)
    )
    return near and not any(_ANOTHER_PAYEE.search(cell.folded) for cell in document.cells)


def _is_the_payer_s(document: Document, cell: Cell) -> bool:
    """Whether an account is the customer's own, from which a direct debit is taken: its line says so, or the one over
    it (« prélevé sur votre compte » over the account).
    """
    sheet = document.sheet(cell)
    above = sheet.above(cell.left, cell.right, cell.row, weights.REACH_OF_A_BROKEN_IBAN * sheet.text_height)[:1]
    return any(_PAYERS.search(text.casefold()) for text in (cell.row.text, *(each.text for each in above)))


def _in_cell(document: Document, cell: Cell) -> Iterator[Finding]:
    for found in (*map(_without_label, find_iban_texts(cell.text)), *_over_cells(document, cell)):
        for candidate in _readings(document, cell, found):
            if is_iban(candidate):
                yield Finding("iban", candidate, CellSpan(cell, found.start, found.end), 0.0)
                break
        else:
            exact = found.value[: _LENGTHS.get(found.value[:2], 0)]
            written = sum(char.isdigit() for char in exact) >= weights.DIGITS_OF_AN_IBAN * len(exact)
            if (
                not document.is_ocr
                and written
                and _is_labelled(document, cell)
                and len(exact) == _LENGTHS.get(exact[:2])
            ):
                yield Finding("iban", exact, CellSpan(cell, found.start, found.end), weights.IBAN_BY_ITS_REPAIR)


def _over_cells(document: Document, cell: Cell) -> Iterator[FoundIdentifier]:
    """« FR76 | 1450 | 5398 | … »: an IBAN whose groups are in cells of their own."""
    begins = _BEGINS.search(cell.text)
    length = _LENGTHS.get(begins[1], 0) if begins else 0
    text, right = _alphanumeric(begins[0]) if begins else "", document.sheet(cell).right_of(cell)
    while right is not None and len(text) < length:
        text, right = text + _alphanumeric(right.text), document.sheet(cell).right_of(right)
    if begins and len(_alphanumeric(begins[0])) < length and is_iban(text[:length]):
        yield FoundIdentifier(begins.start(), begins.end(), text[:length])


def _is_labelled(document: Document, cell: Cell) -> bool:
    left = document.sheet(cell).left_of(cell)
    hits = (*document.hits_in(cell), *(document.hits_in(left) if left is not None else ()))
    return any("iban" in hit.kinds for hit in hits)


def _without_label(found: FoundIdentifier) -> FoundIdentifier:
    """The text without an « IBAN » that was printed over it or in the middle of it."""
    return replace(found, value=found.value.replace("IBAN", ""))


def _readings(document: Document, cell: Cell, found: FoundIdentifier) -> Iterator[str]:
    """What an IBAN-like text may be: cut to its country's length, continued on the line below, or repaired."""
    length = _LENGTHS.get(found.value[:2])
    if length is None:
        yield found.value
        return
    texts = [found.value]
    if len(found.value) < length:
        texts.extend(_continued(document, cell, found.value, length))
    for text in texts:
        yield text[:length]
        yield from _repaired(text[:length])


def _continued(document: Document, cell: Cell, text: str, length: int) -> Iterator[str]:
    sheet = document.sheet(cell)
    right = sheet.right_of(cell)
    if right is not None:
        yield text + _alphanumeric(right.text)
    current = cell
    for _ in range(_REPEATED_OR_BROKEN_OVER):
        below = sheet.below(
            current.left, current.right, current.row, weights.REACH_OF_A_BROKEN_IBAN * sheet.text_height
        )
        if not below or len(text) >= length:
            return
        current = below[0]
        text += _alphanumeric(current.text)
        yield text


def _alphanumeric(text: str) -> str:
    return "".join(char for char in text.upper() if char.isalnum() and char.isascii())


def _repaired(text: str) -> Iterator[str]:
    """A French IBAN with the letters of its digit-only parts read as digits."""
    if text.startswith("FR") and len(text) == 27:
        bank, key = repaired_digits(text[2:14]), repaired_digits(text[25:])
        if bank and key:
            yield "FR" + bank + text[14:25] + key
            account = repaired_digits(text[14:25])
            if account:
                yield "FR" + bank + account + key
