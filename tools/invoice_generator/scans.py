"""Turns a drawn document into a scan, or into a mixture of text and pictures as they occur in practice.

All randomness comes from a ``Random``: the same seed gives the same bytes. The invoice's content does not change, so
the truth is the original's with ``scan`` set; ``scan`` means that (part of) the document has to go to OCR. A third of
the scans are those of a good office scanner, the others have one fault each. With two or three faults a person could
no longer read the page, and the truth must be readable.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from random import Random

import numpy as np
import pypdfium2
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tools.invoice_generator.document import Document


@dataclass(frozen=True)
class Scanner:
    """The settings of a printer and scanner; ``fault`` changes each page's picture."""

    name: str
    dpi: int
    tilt: float
    quality: int = 55
    fault: Callable[[Image.Image, Random], Image.Image] | None = None


def scanned(doc: Document, rng: Random, fault: str | None = None) -> Document:
    """A copy of pictures only: tilted, blurred, noisy, grey, compressed, and mostly with one fault.

    ``fault`` selects it (a key of FAULTS, ``plain`` for none) instead of a random one.
    """
    scanner = _a_scanner(rng, fault)
    pictures = [_scan(picture, scanner, rng) for picture in _render(doc.pdf, scanner.dpi)]
    note = f"scan {scanner.name} dpi={scanner.dpi} tilt={scanner.tilt}"
    return _copy(doc, "scan", _picture_pdf(pictures, scanner.dpi, quality=scanner.quality), note)


def with_garbage_layer(doc: Document, rng: Random) -> Document:
    """A scan under an invisible text layer of garbage (a failed OCR)."""
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
    """The page looks right, but its extracted text is nonsense: the fonts' ToUnicode maps are shifted."""
    shift = rng.randint(3, 29)
    writer = PdfWriter(clone_from=BytesIO(doc.pdf))
    for page in writer.pages:
        fonts = page["/Resources"]["/Font"].values()  # type: ignore[index]
        for font in (f.get_object() for f in fonts):
            if "/ToUnicode" in font:
                font[NameObject("/ToUnicode")] = writer._add_object(_shifted(font["/ToUnicode"].get_data(), shift))
            else:  # a standard font: gets a wrong map
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


def _a_scanner(rng: Random, fault: str | None) -> Scanner:
    tilt = round(rng.uniform(-0.7, 0.7), 2)
    name = fault or rng.choices(tuple(FAULTS), weights=[weight for weight, _ in FAULTS.values()])[0]
    return FAULTS[name][1](Scanner(name, rng.choice((150, 200, 200, 300)), tilt), rng)


def _scan(picture: Image.Image, scanner: Scanner, rng: Random) -> Image.Image:
    picture = _photograph(picture, rng, scanner.tilt)
    return scanner.fault(picture, rng) if scanner.fault else picture


def _skewed(scanner: Scanner, rng: Random) -> Scanner:
    return replace(scanner, tilt=round(rng.choice((-1, 1)) * rng.uniform(0.8, 2.0), 2))


def _faded(picture: Image.Image, rng: Random) -> Image.Image:
    """A printer short of toner: the ink is a middle grey."""
    ink = rng.randint(90, 140)
    return picture.point([ink + value * (255 - ink) // 255 for value in range(256)])


def _photocopied(picture: Image.Image, rng: Random) -> Image.Image:
    """Copied with the lid open: hard letters, specks, darkness along two edges."""
    dice = np.random.default_rng(rng.randint(0, 2**31))
    values = np.clip((np.asarray(picture, dtype=np.float32) - 128) * 1.8 + 150, 0, 250)
    across = np.linspace(0, 1, values.shape[1])[None, :]
    down = np.linspace(0, 1, values.shape[0])[:, None]
    shadow = 200 * np.exp(-across / 0.02) + 120 * np.exp(-(1 - down) / 0.015)
    specks = dice.random(values.shape) < 0.0004
    values = np.where(specks, values * 0.3, values - shadow)
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def _faxed(picture: Image.Image, rng: Random) -> Image.Image:
    """Black or white, nothing between."""
    threshold = rng.randint(140, 180)
    return picture.point([0] * threshold + [255] * (256 - threshold)).convert("1", dither=Image.Dither.NONE)


def _folded(picture: Image.Image, rng: Random) -> Image.Image:
    """Folded in three for an envelope: a light and a dark line at each fold."""
    drawn = ImageDraw.Draw(picture)
    for third in (1, 2):
        y = picture.height * third / 3 + rng.uniform(-0.01, 0.01) * picture.height
        lean = rng.uniform(-4, 4)
        drawn.line([(0, y), (picture.width, y + lean)], fill=rng.randint(150, 205), width=rng.randint(1, 3))
        drawn.line([(0, y + 3), (picture.width, y + 3 + lean)], fill=252, width=1)
    return picture


def _stamped(picture: Image.Image, rng: Random) -> Image.Image:
    """The mail room's date stamp, its ink thin enough to read what is under it."""
    unit = picture.width / 210  # a millimetre
    stamp = Image.new("L", (int(62 * unit), int(26 * unit)), 255)
    drawn = ImageDraw.Draw(stamp)
    ink = rng.randint(150, 185)
    drawn.rectangle([2, 2, stamp.width - 3, stamp.height - 3], outline=ink, width=int(0.6 * unit))
    font = ImageFont.load_default(size=5.5 * unit)
    drawn.text((6 * unit, 3 * unit), rng.choice(("COURRIER ARRIVÉ", "REÇU LE", "SERVICE FINANCIER")), ink, font)
    date = f"{rng.randint(1, 28):02d} {rng.choice(('JAN', 'FEV', 'MARS', 'AVR', 'JUIN', 'SEPT', 'DEC'))} 2027"
    drawn.text((6 * unit, 14 * unit), date, ink, font)
    stamp = stamp.rotate(rng.uniform(-12, 12), Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    sheet = Image.new("L", picture.size, 255)
    sheet.paste(stamp, (int(rng.uniform(0.05, 0.6) * picture.width), int(rng.uniform(0.05, 0.75) * picture.height)))
    return ImageChops.multiply(picture, sheet)


# name: how often in a hundred, and what it changes
FAULTS: dict[str, tuple[int, Callable[[Scanner, Random], Scanner]]] = {
    "plain": (36, lambda scanner, _: scanner),
    "skewed": (14, _skewed),
    "faded": (10, lambda scanner, _: replace(scanner, fault=_faded)),
    "compressed": (10, lambda scanner, rng: replace(scanner, quality=rng.randint(18, 35))),
    "photocopied": (10, lambda scanner, _: replace(scanner, fault=_photocopied)),
    "folded": (8, lambda scanner, _: replace(scanner, fault=_folded)),
    "stamped": (6, lambda scanner, _: replace(scanner, fault=_stamped)),
    "faxed": (6, lambda scanner, _: replace(scanner, dpi=200, fault=_faxed)),
}


def _picture_pdf(pictures: list[Image.Image], dpi: int, garbage: Random | None = None, quality: int = 55) -> bytes:
    out = BytesIO()
    canvas = Canvas(out, invariant=1)
    for picture in pictures:
        width, height = picture.width * 72 / dpi, picture.height * 72 / dpi
        canvas.setPageSize((width, height))
        canvas.drawImage(_compressed(picture, quality), 0, 0, width, height)
        if garbage:
            _write_garbage(canvas, garbage, width, height)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _compressed(picture: Image.Image, quality: int) -> ImageReader:
    out = BytesIO()
    if picture.mode == "1":
        picture.save(out, "PNG")
    else:
        picture.save(out, "JPEG", quality=quality)
    return ImageReader(BytesIO(out.getvalue()))


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
