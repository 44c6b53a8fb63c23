"""Textract's answer as pages of words with positions.

``trp.Document`` parses it. This module first joins all NextToken pages and removes the blocks on which it would fail:
incomplete ones, and FORMS and TABLES, which the reading rules do not need (they use the positions of words).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import trp

from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.paper.page import Box, Page, Word

A4 = (595.0, 842.0)  # points; Textract gives no sizes
_KINDS = ("PAGE", "LINE", "WORD")
_SIDES = ("Left", "Top", "Width", "Height")
_NUMBERS = (float, int)  # exact types: True is not a length, and NaN fails every comparison


class UnreadableTextract(Exception):
    """The answer has no pages; ``problem`` is the message for the form."""

    def __init__(self) -> None:
        self.problem = Problem(
            field=None,
            code="ocr_failed",
            fr="La lecture optique a échoué. Complétez le formulaire à la main ou déposez un PDF de meilleure qualité.",
            en="Text recognition failed. Complete the form by hand or upload a better PDF.",
        )
        super().__init__(self.problem.code)


def pages_from_textract(
    response_pages: Sequence[Mapping[str, Any]],
    page_numbers: Sequence[int] | None = None,
    sizes: Mapping[int, tuple[float, float]] | None = None,
) -> list[Page]:
    """The pages of a Textract answer, given as all its NextToken pages in order.

    ``page_numbers`` are the numbers, in the document, of the pages that were sent; ``sizes`` their width and height
    in points (A4 by default). Raises UnreadableTextract when there is nothing to read.
    """
    blocks = [block for response in response_pages if isinstance(response, Mapping) for block in _blocks(response)]
    known = {block["Id"]: block for block in blocks}
    try:
        document = trp.Document([{"Blocks": [_without_dangling(block, known) for block in _ordered(blocks)]}])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise UnreadableTextract from error
    if not document.pages:
        raise UnreadableTextract
    numbers = list(page_numbers or ())
    pages = []
    for index, parsed in enumerate(document.pages):
        number = numbers[index] if index < len(numbers) else index + 1
        width, height = (sizes or {}).get(number, A4)
        pages.append(Page(number, width, height, tuple(_words(parsed)), "ocr"))
    return pages


def _words(page: Any) -> Iterator[Word]:
    for line in page.lines:
        for word in line.words:
            box = word.geometry.boundingBox
            yield Word(word.text, Box(box.left, box.top, box.width, box.height), word.confidence / 100)


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
    return block | {"Confidence": confidence if sure else 0.0, "Geometry": {"BoundingBox": box, "Polygon": ()}}


def _ordered(blocks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks sorted by page. Synchronous answers have no ``Page`` key and are already in order."""
    if not all(isinstance(block.get("Page"), int) for block in blocks):
        return list(blocks)
    return sorted(blocks, key=lambda block: (block["Page"], block["BlockType"] != "PAGE"))


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
