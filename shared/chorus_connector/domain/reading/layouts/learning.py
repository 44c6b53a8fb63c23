"""Learns from confirmed documents where each field stands: the anchors that are right on every one of them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import cached_property

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, FieldName
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.layouts.anchors import found_by, suggested_by
from chorus_connector.domain.reading.layouts.layout import Anchor, Extent, TaughtField
from chorus_connector.domain.reading.layouts.shapes import shape_of
from chorus_connector.domain.reading.layouts.spots import LEARNT, DocumentSpots, Spot
from chorus_connector.domain.reading.layouts.transcript import Transcript, bare
from chorus_connector.domain.reading.paper.page import Page

PER_KIND = 5
"""Anchors of one kind and extent that a field keeps: the nearest to the value."""
_ENOUGH_FOR_A_MISS = 3  # documents that print a field, from which on an anchor may be silent on one
_ONE_MISREAD = 6  # characters of a recognised value from which on one may be misread
_EXTENTS: Mapping[str, tuple[Extent, ...]] = {"code": ("word", "cell"), "name": ("cell",)}


@dataclass(frozen=True)
class Lesson:
    """A confirmed document, laid out: its spots and the confirmed values."""

    spots: DocumentSpots
    values: Mapping[FieldName, str | None]
    _places: dict[tuple[FieldName, tuple[str, ...]], list[tuple[Extent, Spot]]] = attribute(default_factory=dict)

    @classmethod
    def of(cls, pages: Sequence[Page], values: Mapping[FieldName, str | None]) -> "Lesson":
        return cls(DocumentSpots(Transcript(Document(pages))), values)

    @cached_property
    def text(self) -> str:
        return self.spots.transcript.text

    @cached_property
    def scanned(self) -> bool:
        return self.spots.transcript.document.is_ocr

    def places(self, field: FieldName, shapes: tuple[str, ...]) -> Sequence[tuple[Extent, Spot]]:
        """Where the confirmed value of a field is printed, with the extents that give it."""
        key = (field, shapes)
        if key not in self._places:
            self._places[key] = list(self._find(field, shapes))
        return self._places[key]

    def _find(self, field: FieldName, shapes: tuple[str, ...]) -> Iterator[tuple[Extent, Spot]]:
        value = self.values.get(field)
        if value is None or field not in LEARNT:
            return
        for extent in _extents(field):
            spots = self.spots.of(field, extent, shapes).all
            exact = [spot for spot in spots if bare(spot.value) == bare(value)]
            for spot in exact or ([spot for spot in spots if self.agrees(spot.value, value)] if self.scanned else []):
                yield extent, spot

    def agrees(self, given: str, value: str) -> bool:
        """Whether a printed value says the confirmed one: in a scan, one character of a long value may be misread."""
        one, other = bare(given), bare(value)
        return one == other or (self.scanned and len(other) >= _ONE_MISREAD and _one_apart(one, other))


def learn(field: FieldName, lessons: Sequence[Lesson]) -> TaughtField:
    """What the lessons teach of a field; without anchors when its value is printed on none of them."""
    shapes = shapes_of(field, lessons)
    printing = [lesson for lesson in lessons if lesson.places(field, shapes)]
    learnable = printing and field in LEARNT
    kept = tuple(_valid(field, shapes, lessons, printing)) if learnable else ()
    return TaughtField(anchors=kept, shapes=shapes, printed=len(printing))


def _extents(field: FieldName) -> tuple[Extent, ...]:
    """A supplier's own numbers have its shapes; a recipient's codes have any."""
    return ("shape",) if field == "invoice_number" else _EXTENTS.get(INVOICE_FIELDS[field].kind, ("",))


def shapes_of(field: FieldName, lessons: Sequence[Lesson]) -> tuple[str, ...]:
    if INVOICE_FIELDS[field].kind != "code":
        return ()
    return tuple(
        sorted({shape_of(value) for lesson in lessons if (value := lesson.values.get(field))}, key=len, reverse=True)
    )


def _valid(
    field: FieldName, shapes: tuple[str, ...], lessons: Sequence[Lesson], printing: Sequence[Lesson]
) -> Iterator[Anchor]:
    """The nearest anchors of each kind and extent that some lesson suggests and that no lesson contradicts."""
    misses = 1 if len(printing) >= _ENOUGH_FOR_A_MISS else 0
    alone = len(lessons) == 1
    kept: Counter[tuple[str, str]] = Counter()
    for anchor in _suggested(field, shapes, printing):
        kind = (anchor.kind, anchor.extent)
        if kept[kind] >= PER_KIND or (alone and any(char.isdigit() for char in anchor.words)):
            continue
        if not _is_said_by(anchor, printing, misses):
            continue
        verdicts = [_verdict(anchor, field, shapes, lesson) for lesson in lessons]
        if "wrong" not in verdicts and verdicts.count("silent") <= misses:
            kept[kind] += 1
            yield anchor


def _suggested(field: FieldName, shapes: tuple[str, ...], printing: Sequence[Lesson]) -> Iterator[Anchor]:
    seen: set[tuple[object, ...]] = set()
    for lesson in printing:
        for extent, spot in lesson.places(field, shapes):
            for anchor in suggested_by(spot, field, extent, lesson.spots, shapes):
                key = (
                    anchor.kind,
                    anchor.words,
                    anchor.choice,
                    anchor.extent,
                    tuple(round(part, 2) for part in anchor.at),
                )
                if key not in seen:
                    seen.add(key)
                    yield anchor


def _is_said_by(anchor: Anchor, printing: Sequence[Lesson], misses: int) -> bool:
    return sum(anchor.words not in lesson.text for lesson in printing) <= misses


def _verdict(anchor: Anchor, field: FieldName, shapes: tuple[str, ...], lesson: Lesson) -> str:
    """What an anchor says of a lesson: right, wrong, silent, or nothing that can be judged."""
    if field not in lesson.values:
        return "unjudged"
    spot = found_by(anchor, field, lesson.spots, shapes)
    value = lesson.values[field]
    if spot is None:
        return "silent" if lesson.places(field, shapes) else "right"
    return "right" if value is not None and lesson.agrees(spot.value, value) else "wrong"


def _one_apart(one: str, other: str) -> bool:
    """Whether two texts differ by one character: another, one more or one less."""
    if abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    first = next((index for index, char in enumerate(short) if char != long[index]), len(short))
    return short[first + (len(short) == len(long)) :] == long[first + 1 :]
