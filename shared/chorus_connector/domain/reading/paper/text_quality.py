"""Distinguishes readable text from the letters that a broken font encoding leaves behind.

Every French business page contains a few small words; a shifted or private encoding contains none.
"""

import unicodedata
from collections.abc import Sequence

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.words.word_lists import word_list

_EXPECTED = frozenset(word_list("usual_words"))


def is_readable_text(words: Sequence[str]) -> bool:
    """False when the words are mostly not words: bad encoding, private glyphs, replacement characters."""
    characters = "".join(words)
    if not characters:
        return False
    strange = sum(1 for char in characters if unicodedata.category(char) in ("Co", "Cn", "Cc") or char == "�")
    if strange > weights.STRANGE_CHARACTERS * len(characters):
        return False
    plain = [_plain(word) for word in words]
    alphabetic = [word for word in plain if word.isalpha()]
    if len(alphabetic) >= 12:
        hits = sum(word in _EXPECTED for word in alphabetic)
        return hits >= max(1, weights.SMALL_WORDS * len(alphabetic))
    usual = sum(char.isalnum() or char in " .,:;/-€%()'’°+_&@*=" for char in characters)
    return usual >= weights.USUAL_CHARACTERS * len(characters)


def _plain(word: str) -> str:
    """Lower case without accents or surrounding punctuation."""
    decomposed = unicodedata.normalize("NFKD", word.strip(".,:;()[]'’\"")).casefold()
    return "".join(char for char in decomposed if not unicodedata.combining(char))
