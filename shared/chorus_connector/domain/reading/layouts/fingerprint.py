"""What a design always prints and where: the words that all its taught documents have at the same place.

One supplier's designs share its name, its address, often the recipient and the goods: these are other places, so that
only words at their own place count. A confirmed value is no part of a design.
"""

from collections.abc import Collection, Mapping, Sequence

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.layouts.transcript import Transcript

Place = tuple[int, int]
"""Thousandths of the page's width and height. A height of -1 is a word that moves up and down."""

FLOATS = -1
_WHOLE = 1000
_SHORTEST = 3  # characters of a word that tells designs apart
_MOST = 200  # words kept


def fingerprint_of(transcripts: Sequence[Transcript], values: Collection[str]) -> dict[str, Place]:
    """The words of all the transcripts that are in none of the confirmed values, with their places.

    Of one document alone, only words of captions: what else is the document's own cannot be known yet.
    """
    first, *others = (_places(transcript) for transcript in transcripts)
    known = first if others else {word: first[word] for word in _words_of_captions(transcripts[0]) if word in first}
    found = {
        word: _common_place(places[0], [other[word] for other in others])
        for word, places in known.items()
        if word not in values and all(word in other for other in others)
    }
    return dict(list(found.items())[:_MOST])


def likeness(transcript: Transcript, fingerprint: Mapping[str, Place]) -> float:
    """How much of a fingerprint a document prints at its place: by column, and by column and row."""
    if not fingerprint:
        return 0.0
    places = _places(transcript)
    level = weights.SAME_ROW_OF_A_DESIGN[transcript.scanned_page(0)] if transcript.pages else 0
    columns = rows = 0
    for word, (left, height) in fingerprint.items():
        near = [place for place in places.get(word, ()) if abs(place[0] - left) <= weights.SAME_COLUMN_OF_A_DESIGN]
        columns += bool(near)
        rows += bool(near) if height == FLOATS else any(abs(place[1] - height) <= level for place in near)
    return (columns + rows) / (2 * len(fingerprint))


def _common_place(place: Place, others: Sequence[Sequence[Place]]) -> Place:
    left, height = place
    stays = bool(others) and all(
        any(abs(each[1] - height) <= weights.WORD_THAT_DOES_NOT_MOVE for each in other) for other in others
    )
    return left, height if stays else FLOATS


def _places(transcript: Transcript) -> dict[str, list[Place]]:
    """Where each word of a transcript is."""
    found: dict[str, list[Place]] = {}
    for word in transcript.lexemes:
        if word.end - word.start >= _SHORTEST:
            place = (int(word.left * _WHOLE), int(word.middle * _WHOLE))
            found.setdefault(transcript.text[word.start : word.end], []).append(place)
    return found


def _words_of_captions(transcript: Transcript) -> list[str]:
    """The words of the labels that announce values, in reading order."""
    return [
        transcript.text[word.start : word.end]
        for hit in transcript.document.hits
        for word in transcript.in_cell(hit.cell)
        if word.first < hit.end and word.last > hit.start
    ]
