"""What the pages of a document print, to look up a value that another source gives: in any spelling, at any place.

No label is needed here. A value that is found anywhere on the pages is not contradicted by them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cached_property

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, FieldName
from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document, Region
from chorus_connector.domain.reading.kinds import DAYS
from chorus_connector.domain.reading.paper.blocks import blocks_of
from chorus_connector.domain.reading.paper.lines import Cell, fold
from chorus_connector.domain.reading.typed.amounts import find_amounts, money_text, to_cents
from chorus_connector.domain.reading.typed.dates import find_dates
from chorus_connector.domain.reading.typed.identifiers_found import find_sirets
from chorus_connector.domain.reading.words.word_lists import word_list

_DAYS = frozenset(DAYS)
_PLACES = ("tail", "right", "far_right", "below")
_TOKEN = re.compile(r"[^\W_]+")
_SHORTEST_WORD = 3  # letters; shorter words of a name say nothing
_WORDS_OF_ALL_NAMES = frozenset(word_list("words_of_all_names"))


class Printed:
    """The texts, days and amounts on the pages of a document."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def code(self, value: str) -> bool:
        """Whether a code, SIRET or IBAN is printed, with whatever spaces and punctuation inside it."""
        sought = "".join(_tokens(value))
        return bool(sought) and any(_holds(line, sought) for line in self._lines)

    def day(self, kind: str, value: str) -> bool:
        """Whether an ISO date is printed, other than under a label that announces another kind of date."""
        places = self._days.get(value, ())
        return value in self._broken_days or any(not self._is_claimed(kind, *place) for place in places)

    def type(self, value: str) -> bool:
        """Whether a word for an invoice or a credit note is printed."""
        return any(value == kind for natures in self._document.natures.values() for _, _, kind in natures)

    def _is_claimed(self, kind: str, cell: Cell, start: int) -> bool:
        """Whether the label right before a date announces another kind of date."""
        left = self._document.sheet(cell).left_of(cell)
        before = [hit for hit in self._document.hits_in(cell) if hit.end <= start]
        before = before or (self._document.hits_in(left) if left is not None else [])
        kinds = _DAYS.intersection(before[-1].kinds) if before else frozenset()
        return bool(kinds) and kind not in kinds

    def amount(self, value: str) -> bool:
        """Whether an amount in euros is printed, with either sign; zero is seldom printed and counts as printed."""
        cents = to_cents(abs(Decimal(value)))
        return not cents or cents in self._amounts

    def name(self, value: str) -> bool:
        """Whether half the telling words of a name are printed, or its initials."""
        words = telling_words(value)
        found = sum(word in self._words for word in words)
        return not words or 2 * found >= len(words) or initials(value) in self._words

    @cached_property
    def _lines(self) -> tuple[Sequence[str], ...]:
        return tuple(_tokens(text) for text in self._texts)

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        """Each row, and each block of aligned lines for a value that is broken over two of them."""
        sheets = self._document.sheets
        rows = [row.text for sheet in sheets for row in sheet.rows]
        blocks = [block.folded for sheet in sheets for block in dict.fromkeys(blocks_of(sheet).values())]
        return (*rows, *blocks)

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(word for line in self._lines for word in line)

    @cached_property
    def _days(self) -> dict[str, list[tuple[Cell, int]]]:
        """The places of each date."""
        found: dict[str, list[tuple[Cell, int]]] = {}
        for cell, days in self._document.dates.items():
            for day in days:
                found.setdefault(day.value.isoformat(), []).append((cell, day.start))
        return found

    @cached_property
    def _broken_days(self) -> frozenset[str]:
        """The dates that are printed over two cells only."""
        joined = {day.value.isoformat() for text in self._texts for day in find_dates(text)}
        return frozenset(joined.difference(self._days))

    @cached_property
    def _amounts(self) -> frozenset[Decimal]:
        by_row = (amount.value for text in self._texts for amount in find_amounts(text))
        by_cell = (amount.value for amounts in self._document.amounts.values() for amount in amounts)
        return frozenset(to_cents(abs(value)) for value in (*by_row, *by_cell))


def labelled_values(document: Document, names: Sequence[FieldName], strength: str = "strong") -> Iterator[str]:
    """The values behind or under the labels of one of these fields (all of a kind), no weaker than ``strength``."""
    kind = INVOICE_FIELDS[names[0]].kind
    for hit in document.announced(*names):
        weakness = min(hit.kinds[name] for name in names if name in hit.kinds)
        if weakness > weights.STRENGTHS[strength] or not document.opens(hit) or document.heads_goods(hit.cell.row):
            continue
        for region in document.regions(hit):
            found = _typed(document, kind, region) if region.relation in _PLACES else None
            if found is not None:
                yield found
                break


def _typed(document: Document, kind: str, region: Region) -> str | None:
    """The value of a kind in a part of a cell, in its normal form."""
    if kind == "date":
        days = (day for day in document.dates.get(region.cell, ()) if region.start <= day.start < region.end)
        return next((day.value.isoformat() for day in days), None)
    if kind == "amount":
        found = (each for each in document.amounts.get(region.cell, ()) if region.start <= each.start < region.end)
        sums = [money_text(abs(each.value)) for each in found if each.looks_like_money]
        return sums[-1] if sums else None  # « TVA 20 % sur 1 000,00 : 200,00 »
    if kind == "siret":
        return next((found.value for found in find_sirets(region.text)), None)
    code = region.text.strip(" :")
    return code if any(char.isdigit() for char in code) and len(code.split()) == 1 else None


def telling_words(name: str) -> list[str]:
    """The words of a name that tell it from others: no legal form, no article."""
    words = [word for word in _tokens(name) if len(word) >= _SHORTEST_WORD]
    return [word for word in words if word not in _WORDS_OF_ALL_NAMES] or words


def initials(name: str) -> str:
    """« chu » of « Centre hospitalier universitaire »."""
    return "".join(word[0] for word in telling_words(name))


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(fold(text))


def _holds(tokens: Iterable[str], sought: str) -> bool:
    """Whether a sequence of whole tokens makes up the text that is looked for."""
    line = list(tokens)
    return any(_starts(line[at:], sought) for at in range(len(line)) if sought.startswith(line[at]))


def _starts(tokens: Sequence[str], sought: str) -> bool:
    return any(text == sought for text in _prefixes(tokens, len(sought)))


def _prefixes(tokens: Sequence[str], longest: int) -> Iterator[str]:
    text = ""
    for token in tokens:
        text += token
        if len(text) > longest:
            return
        yield text
