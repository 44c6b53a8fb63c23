"""Textract's answer as pages of words with positions.

``trp.Document`` parses it. This module first joins all NextToken pages, sorts the blocks by page and removes those on
which it would fail: incomplete ones, and FORMS and TABLES, which the reading rules do not need (they use the positions
of words). A page that Textract could not read (PARTIAL_SUCCESS) is not among the result; the others keep their numbers.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import trp

from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.paper.page import Box, Page, Word

A4 = (595.0, 842.0)  # points; Textract gives no sizes
_KINDS = ("PAGE", "LINE", "WORD")
_SIDES = ("Left", "Top", "Width", "Height")
_QUARTER = math.pi / 2
_PAGE = {
    "BlockType": "PAGE",
    "Confidence": 0.0,
    "Geometry": {"BoundingBox": dict.fromkeys(_SIDES, 0.0), "Polygon": ()},
}
_NUMBERS = (float, int)  # exact types: True is not a length, and NaN fails every comparison


class UnreadableTextract(Exception):
    """The answer has no pages; ``problem`` is the message for the form."""

    def __init__(self) -> None:
        self.problem = Problem(
            field=None,
            code="ocr_failed",
            fr="La lecture optique a échoué. Complétez le formulaire à la main ou ajoutez un PDF de meilleure qualité.",
            en="Text recognition failed. Complete the form by hand or upload a better PDF.",
            blocking=False,
        )
        super().__init__(self.problem.code)


def pages_from_textract(
    response_pages: Sequence[Mapping[str, Any]],
    page_numbers: Sequence[int] | None = None,
    sizes: Mapping[int, tuple[float, float]] | None = None,
) -> list[Page]:
    """The pages of a Textract answer, given as all its NextToken pages in order.

    ``page_numbers`` are the numbers, in the document, of the pages that were sent; ``sizes`` their width and height
    in points (A4 by default). A page that is missing from the answer, or that it warns of and has no words of, is
    missing here too. Raises UnreadableTextract when there is nothing to read.
    """
    answers = [response for response in response_pages if isinstance(response, Mapping)]
    groups = _by_page([block for response in answers for block in _blocks(response)])
    blocks = [block for group in groups.values() for block in group]
    known = {block["Id"]: block for block in blocks}
    try:
        document = trp.Document([{"Blocks": [_without_dangling(block, known) for block in blocks]}])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise UnreadableTextract from error
    failed = {page for response in answers for page in _failed_pages(response)}
    pages = []
    for position, parsed in zip(groups, document.pages, strict=False):
        number = position if page_numbers is None else _number(position, page_numbers)
        words = tuple(_words(parsed))
        if number is not None and (words or position not in failed):
            width, height = (sizes or {}).get(number, A4)
            pages.append(Page(number, width, height, words, "ocr"))
    if not pages:
        raise UnreadableTextract
    return pages


def _number(position: int, page_numbers: Sequence[int]) -> int | None:
    """The number in the document of a page of the answer, counted from 1; None for one that was not sent."""
    return page_numbers[position - 1] if 1 <= position <= len(page_numbers) else None


def _words(page: Any) -> Iterator[Word]:
    for line in page.lines:
        for word in line.words:
            box = word.geometry.boundingBox
            turn = word.block["Turn"]
            yield Word(word.text, Box(box.left, box.top, box.width, box.height), word.confidence / 100, turn)


def _blocks(response: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The complete page, line and word blocks of one response."""
    blocks = response.get("Blocks")
    for block in blocks if isinstance(blocks, list) else ():
        if isinstance(block, dict) and block.get("BlockType") in _KINDS and isinstance(block.get("Id"), str):
            whole = _whole(block)
            if whole is not None:
                yield whole


def _whole(block: dict[str, Any]) -> dict[str, Any] | None:
    geometry = block.get("Geometry")
    box = geometry.get("BoundingBox") if isinstance(geometry, dict) else None
    if not isinstance(box, dict):
        return None
    for side in _SIDES:
        length = box.get(side)
        if type(length) not in _NUMBERS or not -0.1 <= length <= 1.1:  # type: ignore[operator]
            return None
    if block["BlockType"] == "WORD" and not isinstance(block.get("Text"), str):
        return None
    confidence = block.get("Confidence")
    sure = type(confidence) in _NUMBERS and 0 <= confidence <= 100  # type: ignore[operator]
    return block | {
        "Confidence": confidence if sure else 0.0,
        "Geometry": {"BoundingBox": box, "Polygon": ()},
        "Turn": _turn(geometry) if block["BlockType"] == "WORD" else 0,
    }


def _turn(geometry: Any) -> int:
    """The direction of a word, in clockwise quarter turns.

    The polygon begins at the word's own upper left corner and continues along its text. ``RotationAngle`` (0, 90, 180,
    270) counts only where there is no polygon.
    """
    try:
        first, second = geometry["Polygon"][:2]
        across, down = float(second["X"] - first["X"]), float(second["Y"] - first["Y"])
        return round(math.atan2(down, across) / _QUARTER) % 4
    except (KeyError, TypeError, ValueError):
        angle = geometry.get("RotationAngle")
        return round(angle / 90) % 4 if type(angle) in _NUMBERS and math.isfinite(angle) else 0


def _by_page(blocks: Sequence[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    """The blocks by page, in order, each page with one PAGE block at its head.

    Synchronous answers have no ``Page`` key: their pages begin at the PAGE blocks.
    """
    numbered = all(type(block.get("Page")) is int for block in blocks)
    groups: dict[int, list[dict[str, Any]]] = defaultdict(list)
    position = 0
    for block in blocks:
        position = block["Page"] if numbered else position + (block["BlockType"] == "PAGE")
        groups[position].append(block)
    return {position: _one_page(groups[position]) for position in sorted(groups)}


def _one_page(blocks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    heads = [block for block in blocks if block["BlockType"] == "PAGE"]
    head = heads[0] if heads else _PAGE | {"Id": f"page of {blocks[0]['Id']}"}
    return [head, *(block for block in blocks if block["BlockType"] != "PAGE")]


def _failed_pages(response: Mapping[str, Any]) -> Iterator[int]:
    """The pages that the answer warns of, counted from 1 in what was sent."""
    warnings = response.get("Warnings")
    for warning in warnings if isinstance(warnings, list) else ():
        pages = warning.get("Pages") if isinstance(warning, dict) else None
        yield from (page for page in (pages if isinstance(pages, list) else ()) if type(page) is int)


def _without_dangling(block: dict[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The block without relations to blocks that do not exist."""
    relations = block.get("Relationships")
    kept = []
    for relation in relations if isinstance(relations, list) else ():
        ids = relation.get("Ids") if isinstance(relation, dict) else None
        if isinstance(ids, list):
            there = [item for item in ids if isinstance(item, str) and item in known]
            kept.append({"Type": relation.get("Type"), "Ids": there})
    block["Relationships"] = kept  # the block is this file's own copy
    return block
