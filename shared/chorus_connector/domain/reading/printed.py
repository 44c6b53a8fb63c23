"""What the pages of a document print, to look up a value that another source gives: in any spelling, at any place.

No label is needed here. A value that is found anywhere on the pages is not contradicted by them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property

from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.paper.blocks import blocks_of
from chorus_connector.domain.reading.paper.lines import fold
from chorus_connector.domain.reading.typed.amounts import find_amounts, to_cents
from chorus_connector.domain.reading.typed.dates import find_dates

_TOKEN = re.compile(r"[^\W_]+")
_SHORTEST_WORD = 3  # letters; shorter words of a name say nothing
_WORDS_OF_ALL_NAMES = frozenset(
    [
        "les",
        "des",
        "une",
        "sur",
        "par",
        "aux",
        "sas",
        "sasu",
        "sarl",
        "eurl",
        "sci",
        "snc",
        "scop",
        "scic",
        "selarl",
        "gie",
        "societe",
        "ste",
        "ets",
        "entreprise",
        "etablissements",
        "association",
        "france",
    ]
)


class Printed:
    """The texts, days and amounts on the pages of a document."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def code(self, value: str) -> bool:
        """Whether a code, SIRET or IBAN is printed, with whatever spaces and punctuation inside it."""
        sought = "".join(_tokens(value))
        return bool(sought) and any(_holds(line, sought) for line in self._lines)

    def day(self, value: str) -> bool:
        """Whether an ISO date is printed."""
        return value in self._days

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
    def _days(self) -> frozenset[str]:
        found = (day.value for days in self._document.dates.values() for day in days)
        return frozenset(
            map(date.isoformat, (*found, *(day.value for text in self._texts for day in find_dates(text))))
        )

    @cached_property
    def _amounts(self) -> frozenset[Decimal]:
        by_row = (amount.value for text in self._texts for amount in find_amounts(text))
        by_cell = (amount.value for amounts in self._document.amounts.values() for amount in amounts)
        return frozenset(to_cents(abs(value)) for value in (*by_row, *by_cell))


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
