"""What a design always prints: the words that all taught documents have, each with its column."""

from collections.abc import Iterable, Mapping, Sequence

from chorus_connector.domain.reading.layouts.transcript import Transcript

COLUMNS = 40
"""Parts of the page's width. Two columns apart is another place."""
_SHORTEST = 3  # characters of a word that tells designs apart
_MOST = 200  # words kept


def fingerprint_of(transcripts: Sequence[Transcript], values: Iterable[str]) -> dict[str, int]:
    """The words of all the transcripts that are in none of the confirmed values, each with its column.

    Of one document alone, only words without digits: what else is the document's own cannot be known yet.
    """
    ours = set(values)
    first, *others = (_columns(transcript) for transcript in transcripts)
    found: dict[str, int] = {}
    for word, column in first.items():
        if word not in ours and all(word in other for other in others):
            found[word] = min(column)
    alone = not others
    kept = {word: column for word, column in found.items() if not (alone and any(char.isdigit() for char in word))}
    return dict(list(kept.items())[:_MOST])


def likeness(transcript: Transcript, fingerprint: Mapping[str, int]) -> float:
    """How much of a fingerprint a document prints: the mean of the share found and the share found in its column."""
    if not fingerprint:
        return 0.0
    columns = _columns(transcript)
    found = [(column, columns[word]) for word, column in fingerprint.items() if word in columns]
    placed = sum(any(abs(column - other) <= 1 for other in others) for column, others in found)
    return (len(found) + placed) / (2 * len(fingerprint))


def _columns(transcript: Transcript) -> dict[str, set[int]]:
    """The columns in which each word of a transcript starts."""
    found: dict[str, set[int]] = {}
    for word in transcript.lexemes:
        if word.end - word.start >= _SHORTEST:
            found.setdefault(transcript.text[word.start : word.end], set()).add(int(word.left * COLUMNS))
    return found
