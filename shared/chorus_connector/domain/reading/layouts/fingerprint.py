"""What a design always prints and where: the words that all its taught documents have at the same place.

One supplier's designs share its name, its address, often the recipient and the goods: these are other places, so that
only words at their own place count. Neither a confirmed value nor a line of goods is a part of a design.
"""

from collections.abc import Collection, Mapping, Sequence

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.layouts.transcript import Transcript

Place = tuple[int, int]
"""Thousandths of the page's width and height. A height of -1 is a word that moves up and down."""

FLOATS = -1
_WHOLE = 1000
_SHORTEST = 3  # characters of a word that tells designs apart
_ENOUGH_FIXED = 10  # words that never moved, from which on they tell a design
_MOST = 200  # words kept


def fingerprint_of(transcripts: Sequence[Transcript], values: Collection[str]) -> dict[str, Place]:
    """The words of all the transcripts that are in none of the confirmed values, with their places.

    Of one document alone, only words of captions: what else is the document's own cannot be known yet.
    """
    first, *others = (_places(transcript) for transcript in transcripts)
    captions = _words_of_captions(transcripts[0]) if not others else [*_without_goods(transcripts[0])]
    known = {word: first[word] for word in captions if word in first}
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


def has_what_never_moves(transcript: Transcript, fingerprint: Mapping[str, Place]) -> bool:
    """Whether a document prints, at their places, nearly all words that no taught document moved: head and foot.

    A credit note lacks the captions of a payment, and a short document those of a long one.
    """
    fixed = {word: place for word, place in fingerprint.items() if place[1] != FLOATS}
    if len(fixed) < _ENOUGH_FIXED:
        return False
    places = _places(transcript)
    level = weights.SAME_ROW_OF_A_DESIGN[transcript.scanned_page(0)] if transcript.pages else 0
    found = sum(any(_is_near(each, place, level) for each in places.get(word, ())) for word, place in fixed.items())
    return found >= weights.FIXED_WORDS_OF_A_DESIGN * len(fixed)


def _is_near(one: Place, other: Place, level: int) -> bool:
    return abs(one[0] - other[0]) <= weights.SAME_COLUMN_OF_A_DESIGN and abs(one[1] - other[1]) <= level


def _without_goods(transcript: Transcript) -> dict[str, None]:
    """The words that a transcript prints outside its lines of goods, in reading order."""
    document = transcript.document
    rows = {word.row: word.cell.row for word in transcript.lexemes}
    goods = {number for number, row in rows.items() if document.is_goods(row)}
    return {transcript.text[word.start : word.end]: None for word in transcript.lexemes if word.row not in goods}


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
