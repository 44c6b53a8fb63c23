"""Which of a layout's proposals for a code are one code, and which are none."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.layouts.reading_by import TaughtValue
from chorus_connector.domain.reading.layouts.spots import Spot
from chorus_connector.domain.reading.layouts.transcript import bare

_MORE = re.compile(r"(?=.*\d)(?: [^\W_][\w/.-]*){1,3}")
"""One to three more words, one of them with a digit."""


def codes_among(proposed: Sequence[TaughtValue], document: Document, sirets: Collection[str]) -> Sequence[TaughtValue]:
    """The proposals for a code without the parties' SIRETs, and with the words of one code as one proposal.

    Where a taught code was alone in its cell, its first word and its whole cell were learnt. If these differ here, and
    what follows the word has digits, it may be a part of the code: « 2023 » of « 2023 M 0441 ».
    """
    codes = [each for each in proposed if bare(each.value) not in sirets]
    if len(codes) < 2:
        return _shared_out(codes)
    whole = max(codes, key=lambda each: (_is_longer(each.spot, codes[0].spot, document), len(each.value)))
    parts = [each for each in codes if each is whole or _is_part(each.spot, whole.spot)]
    if codes[0] not in parts or not any(_is_longer(whole.spot, each.spot, document) for each in parts):
        return _shared_out(codes)
    merged = TaughtValue(
        whole.spot,
        sum(each.agreement for each in parts),
        max(each.support for each in parts),
        any(each.captioned for each in parts),
    )
    return _shared_out([merged, *(each for each in codes if each not in parts)])


def _shared_out(codes: Sequence[TaughtValue]) -> Sequence[TaughtValue]:
    """The proposals with their shares of the votes that went to any of them."""
    total = sum(each.agreement for each in codes)
    return [replace(each, agreement=each.agreement / total) for each in codes]


def _is_part(spot: Spot, whole: Spot) -> bool:
    return spot.cell is whole.cell and whole.first <= spot.first and spot.last <= whole.last


def _is_longer(spot: Spot, other: Spot, document: Document) -> bool:
    """Whether a spot begins where another does and has more words of a code after it: no date, no other label."""
    rest = spot.cell.text[other.last : spot.last]
    if spot.closing.cell is not other.cell or spot.first != other.first or _MORE.fullmatch(rest) is None:
        return False
    dates = document.dates.get(spot.cell, ())
    labels = document.hits_in(spot.cell)
    others = (each for found in (dates, labels) for each in found)
    return not any(other.last <= each.start < spot.last for each in others)
