"""Which pages of a document are the invoice: a cover letter, conditions, an explained example or an order are not.

Decided by what a page calls itself (``words/pages.toml``), never by its sums: those of a quotation or of an example
add up as well. A page without a title is a part of the page before it, or of the invoice.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.fields.nature import titled
from chorus_connector.domain.reading.kinds import AMOUNT_FIELDS
from chorus_connector.domain.reading.paper.lines import Cell, Sheet
from chorus_connector.domain.reading.rule_tables import rule_table
from chorus_connector.domain.reading.words.labels import Lexicon

PageKind = Literal["invoice", "annex", "letter", "terms", "specimen", "claim", "other_document", "unknown"]
_PART_OF_IT = frozenset({"invoice", "annex", "unknown"})
_GOES_ON = frozenset({"claim", "other_document", "terms"})  # what the next page belongs to if it has no title
_HEADINGS = frozenset({"terms", "annex"})  # in the middle of a page they head a part of it
_LETTER_SIGNS = ("letter_opening", "letter_closing", "letter_enclosing")
_LONGEST_TITLE = 12  # words
_MORE_WORDS = 4  # words after a title of several words: « Bon de commande de la direction des achats »
_BEFORE_A_TITLE = re.compile(r"\W*(?:objet\W*)?(?:(?:votre|notre|nos|la|le|presente?|duplicata|copie|\d{1,2})\W*){0,3}")
_IS_AN_INVOICE_TOO = re.compile(r"(?:\b(?:valant|tenant lieu de|et|ou)|[-–/+&(]) *(?:facture|invoice)\b")
_STANDS_FOR_ONE = re.compile(r"(?<!non )(?<!ne )\b(?:valant|tenant lieu de|faisant office de) facture\b")
_SAYS_LITTLE = re.compile(
    r"\S*\d\S*|[\W_]+|n[o°]?|num|numero|refs?|references?|du|le|de|la|d|au|en|date|no|page|p|v|pour|client|fournisseur"
    r"|jan\w*|fev\w*|mars|avr\w*|mai|juin|juil\w*|aout|sept\w*|oct\w*|nov\w*|dec\w*"
)


@dataclass(frozen=True, slots=True)
class _Title:
    """A title of a page: what it names, its cell and its height in heights of the page's text."""

    kind: str
    cell: Cell
    height: float

    def is_taller(self, others: Sequence["_Title"]) -> bool:
        """Whether it is taller than all the others: a reference above the title is not."""
        return all(self.height > weights.TALLER_TITLE * other.height for other in others)

    def beats(self, others: Sequence["_Title"]) -> bool:
        """Whether it is the page's title: taller than the others, or above those that are as tall."""
        return all(
            self.height > weights.TALLER_TITLE * other.height
            or (self.cell.row.index < other.cell.row.index and other.height <= weights.TALLER_TITLE * self.height)
            for other in others
        )


def invoice_part(document: Document) -> Document | None:
    """The pages that are the invoice, all of them if none says what it is; None if another document is all there is."""
    kinds = page_kinds(document)
    if "invoice" not in kinds:
        another = {"claim", "other_document"}.intersection(kinds) or {"letter", "terms"}.issuperset(kinds)
        return None if another and kinds else document
    if set(kinds) <= {"invoice", "unknown"}:
        return document
    by_sheet = list(zip(document.sheets, kinds, strict=True))
    kept = [sheet for sheet, kind in by_sheet if kind in _PART_OF_IT]
    return document.part(kept, annexes=[sheet.number for sheet, kind in by_sheet if kind == "annex"])


def page_kinds(document: Document) -> list[PageKind]:
    """What each page is. A page without a title belongs to the order, reminder or conditions before it."""
    kinds: list[PageKind] = []
    for sheet in document.sheets:
        kind = _kind(document, sheet)
        kinds.append(kinds[-1] if kind == "unknown" and kinds and kinds[-1] in _GOES_ON else kind)
    return kinds


def not_an_invoice() -> Problem:
    """The problem of a document that calls itself something else; a type that is chosen by hand settles it."""
    return Problem(
        field="invoice_type",
        code="not_an_invoice",
        fr="Ce document ne s'appelle ni facture ni avoir (devis, commande, relevé, relance, courrier…) : rien n'y "
        "est lu. Si c'est une facture, choisissez son type et saisissez ses valeurs.",
        en="This document is not called an invoice or a credit note (quotation, order, statement, reminder, letter…): "
        "nothing is read from it. If it is an invoice, choose its type and type in its values.",
    )


def _kind(document: Document, sheet: Sheet) -> PageKind:
    titles = list(_titles(document, sheet))
    own = _own_titles(document, sheet, titles)
    for kind in ("specimen", "claim", "terms"):
        if any(title.kind == kind and title.beats(own) for title in titles):
            return "unknown" if kind == "terms" and _has_a_total(document, sheet) else kind
    others = [title for title in titles if title.kind == "other_document"]
    own_number = _has_its_number(document, sheet)
    if any(title.height >= weights.TALL_LETTERS and title.is_taller(own) for title in others):
        return "other_document"
    if others and not own and not own_number:
        return "other_document"
    if _is_letter(document, sheet, titles, own):
        return "letter"
    if any(title.kind == "annex" and title.beats(own) for title in titles):
        return "annex"
    return "invoice" if own or own_number else "unknown"


def _titles(document: Document, sheet: Sheet) -> Iterator[_Title]:
    """The titles of the page by the words of ``pages.toml``."""
    table = next((row.index for row in sheet.rows if document.heads_goods(row)), len(sheet.rows))
    for cell in sheet.cells:
        height = _height(sheet, cell)
        upper = cell.middle < weights.TITLE_OF_A_PAGE * sheet.height and not _is_a_caption(document, cell)
        if len(cell.tokens) > _LONGEST_TITLE or not (upper or height >= weights.TALL_LETTERS):
            continue
        heading = height >= weights.TALL_LETTERS or cell.middle < weights.HEADING_OF_TERMS * sheet.height
        for kind, weakness in _named(cell, height >= weights.TALL_LETTERS).items():
            beside_goods = (
                cell.row.index > table and kind != "specimen"
            )  # the head of a group: « Bon de livraison n° 8 »
            sure = height >= weights.TALL_LETTERS or (
                weakness == weights.STRENGTHS["strong"] and (heading or kind not in _HEADINGS)
            )
            if sure and not beside_goods:
                yield _Title(kind, cell, height)


def _named(cell: Cell, tall: bool) -> Mapping[str, float]:
    """What the cell names if it is a title, with the weakness of each meaning."""
    for start, end, kinds in _lexicon().find(cell.folded):
        reference = not tall and cell.text[end:].lstrip().startswith(":")  # « Bon de commande : 4500018 »
        if reference or not _BEFORE_A_TITLE.fullmatch(cell.folded, 0, start) or not _ends_a_title(cell, start, end):
            return {}
        return {"invoice": weights.STRENGTHS["strong"]} if _IS_AN_INVOICE_TOO.search(cell.folded, end) else kinds
    return {}


def _height(sheet: Sheet, cell: Cell) -> float:
    """The height of a cell in heights of the page's text."""
    return cell.height / sheet.text_height if sheet.text_height else 1.0


def _is_a_caption(document: Document, cell: Cell) -> bool:
    """« Bon de commande | Code service | Marché », « Bon de commande   45001 »: captions of columns or of a value."""
    right = document.sheet(cell).right_of(cell)
    if right and not any(char.isdigit() for char in cell.text) and any(char.isdigit() for char in right.text):
        return not document.hits_in(right)
    return sum(bool(document.hits_in(other)) for other in cell.row.cells if other is not cell) > 1


def _ends_a_title(cell: Cell, start: int, end: int) -> bool:
    """Whether a number, a date or a few words at most come after the words of a title."""
    words = (word.strip(".,:;()") for word in re.findall(r"[^\s'’]+", cell.folded[end:]))
    rest = [word for word in words if word and not _SAYS_LITTLE.fullmatch(word)]
    return len(rest) <= (_MORE_WORDS if " " in cell.text[start:end].strip() else 0)


def _own_titles(document: Document, sheet: Sheet, titles: Sequence[_Title]) -> list[_Title]:
    """The titles that call the page an invoice or a credit note."""
    claims = {title.cell for title in titles if title.kind in ("claim", "specimen")}
    named = [title for title in titles if title.kind == "invoice"]
    named += [
        _Title("invoice", cell, _height(sheet, cell))  # « Bordereau n° 12 » over « valant facture, en date du … »
        for cell in sheet.cells
        if cell.middle < weights.TITLE_OF_A_PAGE * sheet.height and _STANDS_FOR_ONE.search(cell.folded)
    ]
    for kind in ("invoice", "credit_note"):
        named += [
            _Title("invoice", cell, _height(sheet, cell))
            for cell, _, _ in titled(document, kind)
            if cell.page == sheet.number and cell not in claims
        ]
    return named


def _has_its_number(document: Document, sheet: Sheet) -> bool:
    """Whether the page has an invoice number behind a label that means nothing else."""
    return any(
        hit.kinds.get("invoice_number") == weights.STRENGTHS["strong"]
        and document.opens(hit)
        and any(char.isdigit() for region in document.regions(hit) for char in region.text)
        for cell in sheet.cells
        for hit in document.hits_in(cell)
    )


def _is_letter(document: Document, sheet: Sheet, titles: Sequence[_Title], own: Sequence[_Title]) -> bool:
    """Whether a page without labelled totals is a letter: « Madame, Monsieur », « ci-joint la facture »."""
    if _has_a_total(document, sheet):
        return False
    if any(title.kind == "letter" and title.beats(own) for title in titles):
        return True
    if any(not title.cell.folded.startswith("objet") for title in own):
        return False
    signs = {kind for cell in sheet.cells for _, _, kinds in _letter_words().find(cell.folded) for kind in kinds}
    return "letter_enclosing" in signs and len(signs) > 1


def _has_a_total(document: Document, sheet: Sheet) -> bool:
    """Whether a label of a total opens a cell and a sum is beside it."""
    for cell in sheet.cells:
        hits = document.hits_in(cell)
        if hits and document.opens(hits[0]) and any(hits[0].kinds.get(kind) == 0.0 for kind in AMOUNT_FIELDS):
            right = sheet.right_of(cell)
            if document.amounts.get(cell) or (right is not None and document.amounts.get(right)):
                return True
    return False


def _tables() -> dict[str, dict[str, list[str]]]:
    return rule_table("words/pages.toml")


def _phrases(kinds: Iterator[str]) -> Iterator[tuple[str, str, float]]:
    for kind in kinds:
        for strength, phrases in _tables()[kind].items():
            yield from ((phrase, kind, weights.STRENGTHS[strength]) for phrase in phrases)


@cache
def _lexicon() -> Lexicon:
    return Lexicon(_phrases(kind for kind in _tables() if kind not in _LETTER_SIGNS))


@cache
def _letter_words() -> Lexicon:
    return Lexicon(_phrases(iter(_LETTER_SIGNS)))
