"""How an anchor finds a value on a document, and which anchors a printed value suggests."""

from collections.abc import Iterable, Iterator

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, FieldName
from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.layouts.layout import Anchor, AnchorKind, Extent
from chorus_connector.domain.reading.layouts.spots import DocumentSpots, Spot, Spots
from chorus_connector.domain.reading.layouts.transcript import Lexeme, Transcript, bare

EDGES = ("left", "right", "centre")
_MOST_WORDS = 3  # of a caption
_LEFTWARDS = 8  # words of a row before a value that may be its caption
_AROUND = 10  # the nearest words that a value may have its distance to


def found_by(anchor: Anchor, field: FieldName, spots: DocumentSpots, shapes: tuple[str, ...]) -> Spot | None:
    """The spot that an anchor finds; None when it finds none, or spots of different values."""
    choices = spots.of(field, anchor.extent, shapes)
    found = list(_FINDERS[anchor.kind](anchor, choices, spots.transcript))
    if not found or any(bare(spot.value) != bare(found[0].value) for spot in found[1:]):
        return None
    return found[0]


def suggested_by(
    spot: Spot, field: FieldName, extent: Extent, spots: DocumentSpots, shapes: tuple[str, ...]
) -> Iterator[Anchor]:
    """The anchors that would find this spot, the nearest captions first."""
    transcript = spots.transcript
    choices = spots.of(field, extent, shapes)
    yield from _captions_before(spot, extent, choices, transcript)
    yield from _captions_over_and_under(spot, extent, transcript)
    yield from _distances(spot, extent, transcript)
    yield from _places(spot, extent, transcript)
    if INVOICE_FIELDS[field].kind in ("amount", "date", "siret"):
        yield from _numbers(spot, choices)


def _slack(transcript: Transcript, page: int) -> float:
    return weights.SLACK_OF_A_SCAN if transcript.scanned_page(page) else 1.0


def _before(anchor: Anchor, choices: Spots, transcript: Transcript) -> Iterator[Spot]:
    for _, end in transcript.occurrences(anchor.words):
        if (spot := choices.by_start.get(end)) is not None:
            yield spot


def _in_row(anchor: Anchor, choices: Spots, transcript: Transcript) -> Iterator[Spot]:
    for start, end in transcript.occurrences(anchor.words):
        begun, ended = transcript.row_at(start)
        if anchor.choice == "previous":
            yield from choices.between(begun, start)[-1:]
            continue
        after = choices.between(end, ended)
        if anchor.choice == "next":
            yield from after[:1]
        elif anchor.choice == "last":
            yield from after[-1:]
        else:
            reach = weights.NEAR_ACROSS * _slack(transcript, transcript.starts[start].page)
            yield from (spot for spot in after if abs(spot.edge(anchor.choice) - anchor.at[0]) < reach)


def _above(anchor: Anchor, choices: Spots, transcript: Transcript) -> Iterator[Spot]:
    for start, end in transcript.occurrences(anchor.words):
        opening, closing = transcript.starts[start], transcript.ends[end]
        row = transcript.row_at(start)
        following = choices.between(row[1], transcript.page_end(opening.page))
        yield from _first_aligned(anchor, opening, closing, following, transcript)


def _below(anchor: Anchor, choices: Spots, transcript: Transcript) -> Iterator[Spot]:
    for start, end in transcript.occurrences(anchor.words):
        opening, closing = transcript.starts[start], transcript.ends[end]
        row = transcript.row_at(start)
        preceding = choices.between(transcript.page_start(opening.page), row[0])
        yield from _first_aligned(anchor, opening, closing, reversed(preceding), transcript)


def _first_aligned(
    anchor: Anchor, opening: Lexeme, closing: Lexeme, spots: Iterable[Spot], transcript: Transcript
) -> Iterator[Spot]:
    """The nearest spot that shares an edge with a caption, within the taught distance."""
    slack = _slack(transcript, opening.page)
    edge = _edge(opening, closing, anchor.choice)
    for spot in spots:
        if abs(spot.opening.middle - opening.middle) > anchor.at[0] + weights.NEAR_DOWN * slack:
            return
        if abs(spot.edge(anchor.choice) - edge) < weights.NEAR_ACROSS * slack:
            yield spot
            return


def _offset(anchor: Anchor, choices: Spots, transcript: Transcript) -> Iterator[Spot]:
    across, down = anchor.at
    for start, _ in transcript.occurrences(anchor.words):
        word = transcript.starts[start]
        yield from _near((word.page, word.left + across, word.middle + down), anchor.choice, choices, transcript)


def _place(anchor: Anchor, choices: Spots, transcript: Transcript) -> Iterator[Spot]:
    page, across, down = anchor.at
    wanted = int(page) if page >= 0 else transcript.pages + int(page)
    if 0 <= wanted < transcript.pages:
        yield from _near((wanted, across, down), anchor.choice, choices, transcript)


def _near(place: tuple[int, float, float], edge: str, choices: Spots, transcript: Transcript) -> Iterator[Spot]:
    page, across, down = place
    slack = _slack(transcript, page)
    for spot in choices.at_height(page, down):
        if (
            abs(spot.edge(edge) - across) < weights.NEAR_ACROSS * slack
            and abs(spot.opening.middle - down) < weights.NEAR_DOWN * slack
        ):
            yield spot


def _nth(anchor: Anchor, choices: Spots, _: Transcript) -> Iterator[Spot]:
    number = int(anchor.at[0])
    if -len(choices.all) <= number < len(choices.all):
        yield choices.all[number]


_FINDERS = {
    "before": _before,
    "row": _in_row,
    "above": _above,
    "below": _below,
    "offset": _offset,
    "place": _place,
    "nth": _nth,
}


def _captions_before(spot: Spot, extent: Extent, choices: Spots, transcript: Transcript) -> Iterator[Anchor]:
    first = transcript.index_of(spot.opening)
    row = spot.opening.row
    before = [word for word in transcript.lexemes[max(0, first - _LEFTWARDS) : first] if word.row == row]
    ended = transcript.row_at(spot.opening.start)[1]
    after_it = choices.between(spot.closing.end, ended)
    for last in range(len(before), 0, -1):
        for count in range(1, _MOST_WORDS + 1):
            if count > last:
                break
            words = _said(transcript, before[last - count], before[last - 1])
            if last == len(before):
                yield Anchor(kind="before", words=words, extent=extent)
            between = choices.between(before[last - 1].end, spot.opening.start)
            if not between:
                yield Anchor(kind="row", words=words, choice="next", extent=extent)
            if not after_it:
                yield Anchor(kind="row", words=words, choice="last", extent=extent)
            for edge in ("left", "right"):
                yield Anchor(kind="row", words=words, choice=edge, at=(_rounded(spot.edge(edge)),), extent=extent)
    following = [word for word in transcript.lexemes[first : first + _LEFTWARDS] if word.start >= spot.closing.end
                 and word.row == row]  # fmt: skip
    if following:
        yield Anchor(kind="row", words=_said(transcript, following[0], following[0]), choice="previous", extent=extent)


def _captions_over_and_under(spot: Spot, extent: Extent, transcript: Transcript) -> Iterator[Anchor]:
    opening = spot.opening
    slack = _slack(transcript, opening.page)
    page = transcript.words_of_page(opening.page)
    over = [word for word in page if weights.NEAR_DOWN < opening.middle - word.middle < weights.CAPTION_ABOVE]
    under = [word for word in page if weights.NEAR_DOWN < word.middle - opening.middle < weights.CAPTION_BELOW]
    sides: tuple[tuple[AnchorKind, list[Lexeme], range], ...] = (
        ("above", over, range(len(over) - 1, -1, -1)),
        ("below", under, range(len(under))),
    )
    for kind, words, order in sides:
        for index in order:
            first = words[index]
            for last in words[index : index + _MOST_WORDS]:
                if last.row != first.row:
                    break
                for edge in EDGES:
                    if (
                        abs(_edge(first, last, edge) - spot.edge(edge))
                        < weights.EDGE_OF_A_CAPTION * weights.NEAR_ACROSS * slack
                    ):
                        at = (_rounded(abs(opening.middle - first.middle)),)
                        said = _said(transcript, first, last)
                        yield Anchor(kind=kind, words=said, choice=edge, at=at, extent=extent)


def _distances(spot: Spot, extent: Extent, transcript: Transcript) -> Iterator[Anchor]:
    opening = spot.opening
    around = [
        word
        for word in transcript.words_of_page(opening.page)
        if abs(word.middle - opening.middle) < weights.CAPTION_ABOVE
        and word.end - word.start > 2
        and not opening.start <= word.start < spot.closing.end
    ]
    around.sort(
        key=lambda word: abs(word.middle - opening.middle) * weights.DOWN_AGAINST_ACROSS + abs(word.left - opening.left)
    )
    for word in around[:_AROUND]:
        for edge in EDGES:
            at = (_rounded(spot.edge(edge) - word.left), _rounded(opening.middle - word.middle))
            yield Anchor(kind="offset", words=_said(transcript, word, word), choice=edge, at=at, extent=extent)


def _places(spot: Spot, extent: Extent, transcript: Transcript) -> Iterator[Anchor]:
    opening = spot.opening
    for page in (opening.page, opening.page - transcript.pages):
        for edge in EDGES:
            at = (float(page), _rounded(spot.edge(edge)), _rounded(opening.middle))
            yield Anchor(kind="place", choice=edge, at=at, extent=extent)


def _numbers(spot: Spot, choices: Spots) -> Iterator[Anchor]:
    number = choices.all.index(spot)
    yield Anchor(kind="nth", at=(float(number),))
    yield Anchor(kind="nth", at=(float(number - len(choices.all)),))


def _said(transcript: Transcript, first: Lexeme, last: Lexeme) -> str:
    return transcript.text[first.start : last.end]


def _edge(first: Lexeme, last: Lexeme, which: str) -> float:
    return first.left if which == "left" else last.right if which == "right" else (first.left + last.right) / 2


def _rounded(part: float) -> float:
    return round(part, 4)
