"""A PDF's pages as Textract's blocks: PAGE, then its LINEs, then their WORDs, with geometry as fractions."""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2

from tools.local_stack.textract_double.engine import Line, Polygon, Span, recognise

DPI = 200
MODEL_VERSION = "1.0"
_LONGEST_SIDE = 3000  # pixels: limits the memory that a poster-sized page takes
_OUR_BLOCKS = uuid.UUID("5f0a3c1e-6f0b-4b2e-9d51-0f2f1c7a9c11")

Block = dict[str, Any]


@dataclass(frozen=True)
class Frame:
    """The picture of a page: its size in pixels and the page's position in the document, from 1."""

    width: int
    height: int
    position: int

    @property
    def corners(self) -> Polygon:
        return ((0.0, 0.0), (self.width, 0.0), (self.width, self.height), (0.0, self.height))


class UnreadableDocument(ValueError):
    """The bytes are not a readable PDF."""


def ocr_pages(pdf: bytes, page_numbers: Sequence[int]) -> list[dict[str, Any]]:
    """The answers of GetDocumentTextDetection for a PDF of these pages, counted from 1; needs no stack.

    Returns one answer for each page of results that `NextToken` leads to; `Page` counts from 1 in the order of
    `page_numbers`. Takes 1–3 s a page. Raises UnreadableDocument, and IndexError for a page that does not exist.
    """
    with open_document(pdf) as document:
        if any(not 1 <= number <= len(document) for number in page_numbers):
            raise IndexError(f"the document has {len(document)} pages")
        key = hashlib.sha256(pdf).hexdigest()
        blocks = [
            block
            for position, number in enumerate(page_numbers, start=1)
            for block in page_blocks(document, number, position, key)
        ]
    return [
        {
            "DocumentMetadata": {"Pages": len(page_numbers)},
            "JobStatus": "SUCCEEDED",
            "Blocks": blocks,
            "AnalyzeDocumentModelVersion": MODEL_VERSION,
        }
    ]


def open_document(pdf: bytes) -> pypdfium2.PdfDocument:
    """The opened document, a context manager; raises UnreadableDocument."""
    try:
        return pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise UnreadableDocument(str(error)) from error


def page_blocks(document: pypdfium2.PdfDocument, number: int, position: int, key: str) -> list[Block]:
    """The blocks of one page, whose `Page` is `position`; the same key, page and text give the same ids."""
    page = document[number - 1]
    try:
        longest = max(page.get_size()) * DPI / 72
        picture = page.render(scale=DPI / 72 * min(1.0, _LONGEST_SIDE / longest)).to_numpy()
    finally:
        page.close()
    height, width = picture.shape[:2]
    return blocks_of_lines(recognise(picture), Frame(width, height, position), key)


def blocks_of_lines(lines: Sequence[Line], frame: Frame, key: str) -> list[Block]:
    """Recognised lines of a picture as Textract's blocks."""
    ids = _ids(f"{key}/{frame.position}")
    page: Block = {
        "BlockType": "PAGE",
        "Geometry": _geometry(frame.corners, frame),
        "Id": next(ids),
        "Page": frame.position,
    }
    line_blocks: list[Block] = []
    word_blocks: list[Block] = []
    for line in lines:
        whole = _text_block("LINE", next(ids), line.whole, frame)
        words = [_text_block("WORD", next(ids), word, frame) | {"TextType": "PRINTED"} for word in line.words]
        line_blocks.append(whole | _children(words))
        word_blocks.extend(words)
    return [page | _children(line_blocks), *line_blocks, *word_blocks]


def _ids(key: str) -> Iterator[str]:
    count = 0
    while True:
        yield str(uuid.uuid5(_OUR_BLOCKS, f"{key}/{count}"))
        count += 1


def _children(blocks: Sequence[Block]) -> Block:
    """The CHILD relationship; empty when there are no children, as Textract then leaves it out."""
    return {"Relationships": [{"Type": "CHILD", "Ids": [block["Id"] for block in blocks]}]} if blocks else {}


def _text_block(kind: str, block_id: str, span: Span, frame: Frame) -> Block:
    return {
        "BlockType": kind,
        "Confidence": round(100 * span.confidence, 6),
        "Text": span.text,
        "Geometry": _geometry(span.corners, frame),
        "Id": block_id,
        "Page": frame.position,
    }


def _geometry(corners: Polygon, frame: Frame) -> Block:
    xs = [min(max(x / frame.width, 0.0), 1.0) for x, _ in corners]
    ys = [min(max(y / frame.height, 0.0), 1.0) for _, y in corners]
    left, top = min(xs), min(ys)
    return {
        "BoundingBox": {"Width": max(xs) - left, "Height": max(ys) - top, "Left": left, "Top": top},
        "Polygon": [{"X": x, "Y": y} for x, y in zip(xs, ys, strict=True)],
    }
