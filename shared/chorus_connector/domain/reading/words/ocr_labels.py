"""The words of labels as an OCR engine misreads them: « établissemerit », « SlRET », « écheance ».

In the label search, a word that is in no label but is close to exactly one label word is read as that word; values
keep the engine's spelling. Longer words may have more errors; in short words only look-alike letters may differ.
"""

import re
from collections.abc import Iterable, Iterator

_WORD = re.compile(r"[^\W_]*[^\W\d_][^\W_]*")
_LOOK_ALIKES = str.maketrans("1l|!05872", "iiiiosbtz")
_ALIKE = 4  # letters a word needs for its look-alikes to be doubted
_CLOSE = ((11, 2), (7, 1))  # (letters, edits): a word this long may have so many
_ENDINGS = re.compile(r"(?:e?s|e|x|r|er|ez|ee?s?)$")  # « factures » is a word of its own, not a misread « facture »


class LabelWords:
    """The folded words of all labels, and the label word for each misread word."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._words = frozenset(word for phrase in phrases for word in _WORD.findall(phrase))
        self._alike: dict[str, str | None] = {}
        for word in self._words:
            if len(word) >= _ALIKE and word.isalpha():
                shape = word.translate(_LOOK_ALIKES)
                self._alike[shape] = None if shape in self._alike else word  # two candidates: neither is taken
        self._long: dict[tuple[int, str], list[str]] = {}
        for word in self._words:
            if len(word) >= _CLOSE[-1][0]:
                for key in _keys(word):
                    self._long.setdefault(key, []).append(word)

    def has(self, word: str) -> bool:
        """Whether a folded word is in any label."""
        return word in self._words

    def repaired(self, folded: str) -> str:
        """The folded text, of the same length, with misread label words repaired."""
        return _WORD.sub(lambda match: self._repaired(match[0]), folded)

    def _repaired(self, word: str) -> str:
        if word in self._words or len(word) < _ALIKE:
            return word
        alike = self._alike.get(word.translate(_LOOK_ALIKES))
        if alike is not None:
            return alike
        close = self._close(word) if word.isalpha() else []
        if len(close) != 1 or len(close[0]) > len(word):
            return word
        # a shorter word is padded with full stops, which labels ignore, so that it ends where the misread one did
        return close[0][:-1] + "." * (len(word) - len(close[0])) + close[0][-1]

    def _close(self, word: str) -> list[str]:
        edits = next((edits for letters, edits in _CLOSE if len(word) >= letters), 0)
        if not edits:
            return []
        candidates = {other for key in _keys(word) for other in self._long.get(key, ())}
        return [other for other in candidates if not _same_stem(word, other) and _within(word, other, edits)]


def _keys(word: str) -> Iterator[tuple[int, str]]:
    """Two words with two edits between them share their beginning or their end, and nearly their length."""
    for length in range(len(word) - 1, len(word) + 2):
        yield length, word[:3]
        yield length, word[-3:]


def _same_stem(word: str, other: str) -> bool:
    return _ENDINGS.sub("", word) == _ENDINGS.sub("", other)


def _within(word: str, other: str, edits: int) -> bool:
    """Whether so many insertions, deletions and substitutions make one word of the other."""
    if abs(len(word) - len(other)) > edits or len(set(word).difference(other)) > edits:
        return False  # seen at once: most words are far from most others
    row = list(range(len(other) + 1))
    for index, char in enumerate(word, start=1):
        previous, row[0] = row[0], index
        for at, wanted in enumerate(other, start=1):
            previous, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, previous + (char != wanted))
        if min(row) > edits:
            return False
    return row[-1] <= edits
