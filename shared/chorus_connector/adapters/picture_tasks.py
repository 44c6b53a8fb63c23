"""What the child process of ``sandbox`` does to draw a page: pdfium makes the points, Pillow packs them.

The answer is a line of JSON (``DrawnPage``), and the picture after it. Drawing runs more of pdfium than reading does
(fonts, pictures, patterns), so the children of this module know nothing but how to draw.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image

from chorus_connector.adapters.pdf import UnreadablePdf, load_pdf
from chorus_connector.adapters.pdf_forms import open_form
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.page_picture import MAX_PICTURE, DrawnPage, not_drawable

DPI = 110
_LONGEST_SIDE = 2400
"""Points of a picture's longer side: a sheet of A3 has 1,819. A plan of A0 is drawn with fewer than 110 to the inch."""
_POINTS_TO_THE_INCH = 72
_MOST_OBJECTS = 3000
_A_PHOTOGRAPH = 0.25
"""The share of the page from which on its pictures decide: a scan or a photograph is smaller as a JPEG, and looks
better. Text and lines are sharper as a PNG."""
_COLOURS = 256
_QUALITIES = (85, 70, 50)
_SMALLER = (1.0, 0.75, 0.5, 0.3, 0.15)
"""Shares of the sides, tried in this order until a picture fits."""


def draw(data: bytes, *, number: int) -> bytes:
    """The picture of the page with this number (the first is 1)."""
    try:
        document, pages = load_pdf(data)
    except UnreadablePdf as refusal:
        return _answer(DrawnPage(problem=refusal.problem))
    if not 1 <= number <= pages:
        return _answer(DrawnPage(pages=pages))
    try:
        open_form(document)
        page = document[number - 1]
        picture = next(each for each in _packed(_drawn(page), photograph=_is_photograph(page)) if fits(each))
    except (pdfium.PdfiumError, ValueError, StopIteration):
        return _answer(DrawnPage(problem=not_drawable(), pages=pages))
    return _answer(DrawnPage(pages=pages)) + b"\n" + picture


def fits(picture: bytes) -> bool:
    return len(picture) <= MAX_PICTURE


TASKS: Mapping[str, Callable[..., bytes]] = {"draw": draw}


def warm_up() -> None:
    """Make the validators, load the codecs, and draw an empty page."""
    for model in (Problem, DrawnPage):
        model.model_rebuild()
    Image.preinit()
    document = pdfium.PdfDocument.new()
    page = document.new_page(100, 100)
    list(_packed(_drawn(page), photograph=False))
    document.close()


def _drawn(page: Any) -> Image.Image:
    """The page as it is displayed (its crop box, turned by /Rotate), with its form and its annotations."""
    width, height = page.get_size()
    scale = min(DPI / _POINTS_TO_THE_INCH, _LONGEST_SIDE / max(width, height, 1))
    bitmap = page.render(scale=scale, rev_byteorder=True, maybe_alpha=False)
    return bitmap.to_pil().convert("RGB")  # type: ignore[no-any-return]


def _is_photograph(page: Any) -> bool:
    """Whether pictures cover so much of the page that it is best kept as one."""
    left, bottom, right, top = page.get_bbox()
    covered, area = 0.0, max(1.0, (right - left) * (top - bottom))
    for count, item in enumerate(page.get_objects(max_depth=3)):
        if count > _MOST_OBJECTS:
            break
        if item.type == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            x0, y0, x1, y1 = item.get_bounds()
            covered += max(0.0, min(x1, right) - max(x0, left)) * max(0.0, min(y1, top) - max(y0, bottom))
    return bool(covered > _A_PHOTOGRAPH * area)


def _packed(image: Image.Image, *, photograph: bool) -> Iterator[bytes]:
    """The picture's files, the best first and each smaller than the one before, as a rule."""
    if not photograph:
        yield _file(image.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE), "PNG", optimize=True)
    for share in _SMALLER:
        smaller = image if share == 1 else _reduced(image, share)
        for quality in _QUALITIES:
            yield _file(smaller, "JPEG", quality=quality, optimize=True)


def _reduced(image: Image.Image, share: float) -> Image.Image:
    size = max(1, round(image.width * share)), max(1, round(image.height * share))
    return image.resize(size, Image.Resampling.BOX)


def _file(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, dpi=(DPI, DPI), **options)
    return out.getvalue()


def _answer(drawn: DrawnPage) -> bytes:
    return drawn.model_dump_json(exclude={"picture"}).encode()
