"""Turns a drawn document into what a scanner makes of it, and into the awkward mixtures found in the field.

All from a ``Random``: the same seed gives the same bytes. Nothing here changes what the invoice says, so the
truth is the original's with ``scan`` set; ``scan`` means that (part of) the document has to go to OCR.
"""

import re
from dataclasses import replace
from io import BytesIO
from random import Random

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tests.generator.document import Document


def scanned(doc: Document, rng: Random) -> Document:
    """A copy of pictures only: tilted, blurred, noisy, grey, compressed."""
    dpi = rng.choice((150, 200, 200))
    tilt = round(rng.uniform(-0.7, 0.7), 2)
    pictures = [_photograph(picture, rng, tilt) for picture in _render(doc.pdf, dpi)]
    return _copy(doc, "scan", _picture_pdf(pictures, dpi), f"scan dpi={dpi} tilt={tilt}")


def with_garbage_layer(doc: Document, rng: Random) -> Document:
    """A scan under an invisible text layer that says nothing true (a failed OCR)."""
    dpi = 200
    pictures = [_photograph(picture, rng, 0.2) for picture in _render(doc.pdf, dpi)]
    return _copy(doc, "garbage", _picture_pdf(pictures, dpi, garbage=rng), "scan under a garbage text layer")


def half_scanned(doc: Document, rng: Random) -> Document:
    """The first page as it is, the others as pictures (a signed last page scanned back in)."""
    scan = scanned(doc, rng)
    writer = PdfWriter()
    for index, (text_page, picture) in enumerate(
        zip(PdfReader(BytesIO(doc.pdf)).pages, PdfReader(BytesIO(scan.pdf)).pages, strict=True)
    ):
        writer.add_page(picture if index else text_page)
    return _copy(doc, "mixed", _written(writer), "page 1 text, the others scanned")


def with_broken_encoding(doc: Document, rng: Random) -> Document:
    """The page looks right but its text copies out as nonsense: the fonts' ToUnicode maps are shifted."""
    shift = rng.randint(3, 29)
    writer = PdfWriter(clone_from=BytesIO(doc.pdf))
    for page in writer.pages:
        fonts = page["/Resources"]["/Font"].values()  # type: ignore[index]
        for font in (f.get_object() for f in fonts):
            if "/ToUnicode" in font:
                font[NameObject("/ToUnicode")] = writer._add_object(_shifted(font["/ToUnicode"].get_data(), shift))
            else:  # a standard font: a map of its own does the same harm
                font[NameObject("/ToUnicode")] = writer._add_object(_shifted(_identity_map(), shift))
    return _copy(doc, "encoding", _written(writer), "text layer with a broken encoding")


def _identity_map() -> bytes:
    rows = "\n".join(f"<{code:02X}> <{code:04X}>" for code in range(32, 128))
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def\n"
        "1 begincodespacerange\n<00> <FF>\n"
        f"endcodespacerange\n96 beginbfchar\n{rows}\nendbfchar\nendcmap end end"
    ).encode()


def _shifted(cmap: bytes, shift: int) -> DecodedStreamObject:
    moved = re.sub(rb"<([0-9A-Fa-f]{4})>", lambda m: b"<%04X>" % ((int(m[1], 16) + shift) & 0xFFFF), cmap)
    stream = DecodedStreamObject()
    stream.set_data(moved)
    return stream


def _render(pdf: bytes, dpi: int) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L") for page in document]
    finally:
        document.close()


def _photograph(picture: Image.Image, rng: Random, tilt: float) -> Image.Image:
    paper = rng.randint(238, 253)
    turned = picture.rotate(tilt, Image.Resampling.BICUBIC, fillcolor=255)
    soft = turned.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.7)))
    grain = np.random.default_rng(rng.randint(0, 2**31)).normal(0, rng.uniform(3, 8), (soft.height, soft.width))
    values = np.asarray(soft, dtype=np.float32) * (paper / 255) + grain.astype(np.float32)
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def _picture_pdf(pictures: list[Image.Image], dpi: int, garbage: Random | None = None) -> bytes:
    out = BytesIO()
    canvas = Canvas(out, invariant=1)
    for picture in pictures:
        width, height = picture.width * 72 / dpi, picture.height * 72 / dpi
        canvas.setPageSize((width, height))
        jpeg = BytesIO()
        picture.save(jpeg, "JPEG", quality=55)
        canvas.drawImage(ImageReader(BytesIO(jpeg.getvalue())), 0, 0, width, height)
        if garbage:
            _write_garbage(canvas, garbage, width, height)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _write_garbage(canvas: Canvas, rng: Random, width: float, height: float) -> None:
    text = canvas.beginText()
    text.setTextRenderMode(3)
    text.setFont("Helvetica", 8)
    for _ in range(45):
        text.setTextOrigin(rng.uniform(20, width * 0.6), rng.uniform(20, height - 20))
        words = (
            "".join(rng.choice("l1I|!rn,;:'`~_^*%#@§¤¬°") for _ in range(rng.randint(1, 9)))
            for _ in range(rng.randint(1, 6))
        )
        text.textOut(" ".join(words))
    canvas.drawText(text)


def _copy(doc: Document, suffix: str, pdf: bytes, note: str) -> Document:
    name = f"{doc.name}_{suffix}"
    truth = doc.truth | {"id": name, "scan": True, "notes": f"{doc.truth['notes']} | {note}"}
    return replace(doc, name=name, pdf=pdf, truth=truth)


def _written(writer: PdfWriter) -> bytes:
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
