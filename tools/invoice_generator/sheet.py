"""The pages an invoice is drawn on: positions are points from the top left, and the printed text is recorded.

It wraps reportlab, so that layouts read like a description of the page. Text can be written in a shuffled order
(``Sheet.finish``), as many invoice programs do, so that a reader cannot depend on the order of the stream.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from random import Random

import reportlab
from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

A4 = (595.0, 842.0)
LANDSCAPE = (842.0, 595.0)

_VERA = Path(reportlab.__file__).parent / "fonts"
_FACES: dict[str, tuple[str, str, str]] = {
    "helvetica": ("Helvetica", "Helvetica-Bold", "Helvetica-Oblique"),
    "times": ("Times-Roman", "Times-Bold", "Times-Italic"),
    "courier": ("Courier", "Courier-Bold", "Courier-Oblique"),
    "vera": ("Vera", "VeraBd", "VeraIt"),
    "source": ("SourceSansPro-Regular", "SourceSansPro-Bold", "SourceSansPro-It"),
    "serif": ("SourceSerifPro-Regular", "SourceSerifPro-Bold", "SourceSerifPro-It"),
}
UNICODE_FACES = ("vera", "source", "serif")


@cache
def _register(face: str) -> tuple[str, str, str]:
    """Make a family's fonts known to reportlab; returns their names (regular, bold, italic)."""
    if face in UNICODE_FACES:
        folder = {
            "vera": _VERA,
            "source": files("font_source_sans_pro") / "files",
            "serif": files("font_source_serif_pro") / "files",
        }[face]
        for name in _FACES[face]:
            font = TTFont(name, str(folder / f"{name}.ttf"))
            glyphs, widths = font.face.charToGlyph, font.face.charWidths
            glyphs.setdefault(0x202F, glyphs[0x20])  # drawn as a space, copied out as U+202F
            widths.setdefault(0x202F, widths[0x20] // 2)
            pdfmetrics.registerFont(font)
    return _FACES[face]


@dataclass(frozen=True)
class Column:
    """A table's column: its heading, width in points and alignment (``l``, ``r`` or ``c``)."""

    title: str
    width: float
    align: str = "l"


class Sheet:
    """The pages of one document being drawn."""

    def __init__(self, face: str = "helvetica", size: tuple[float, float] = A4, ink: str = "#111111") -> None:
        self.width, self.height = size
        self.regular, self.bold, self.italic = _register(face)
        self.ink = ink
        self.printed: list[str] = []
        self._pages: list[tuple[list[Callable[[Canvas], None]], list[Callable[[Canvas], None]]]] = [([], [])]

    @property
    def page_count(self) -> int:
        return len(self._pages)

    def new_page(self) -> None:
        self._pages.append(([], []))

    def font(self, *, bold: bool = False, italic: bool = False) -> str:
        return self.bold if bold else self.italic if italic else self.regular

    def measure(self, text: str, size: float, *, bold: bool = False) -> float:
        return float(pdfmetrics.stringWidth(text, self.font(bold=bold), size))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 9,
        *,
        bold: bool = False,
        italic: bool = False,
        align: str = "l",
        color: str = "",
        tracking: float = 0.0,
        turn: float = 0.0,
        fit: float = 0.0,
    ) -> None:
        """Write one line with its baseline at ``y`` below the top; ``x`` is its left, right or middle.

        The text is shrunk to fit the page, or ``fit`` points.
        """
        if not text:
            return
        font, ink = self.font(bold=bold, italic=italic), color or self.ink
        natural = float(pdfmetrics.stringWidth(text, font, size)) + tracking * (len(text) - 1)
        room = min(fit or self.width, {"l": self.width - 12 - x, "r": x - 12, "c": self.width - 24}[align])
        if natural > room:
            size, tracking = size * room / natural, tracking * room / natural
        width = float(pdfmetrics.stringWidth(text, font, size)) + tracking * (len(text) - 1)
        left = x - {"l": 0.0, "r": width, "c": width / 2}[align]

        def draw(canvas: Canvas) -> None:
            canvas.saveState()
            canvas.translate(left, self.height - y)
            if turn:
                canvas.rotate(turn)
            line = canvas.beginText(0, 0)
            line.setFont(font, size)
            line.setFillColor(HexColor(ink))
            if tracking:
                line.setCharSpace(tracking)
            line.textOut(text)
            canvas.drawText(line)
            canvas.restoreState()

        self.printed.append(text)
        self._pages[-1][1].append(draw)

    def lines(
        self,
        x: float,
        y: float,
        texts: Sequence[str],
        size: float = 9,
        leading: float = 0.0,
        *,
        bold_first: bool = False,
        bold: bool = False,
        italic: bool = False,
        align: str = "l",
        color: str = "",
    ) -> float:
        """Write lines under each other, empty ones left out; returns the baseline below the last."""
        for index, text in enumerate(t for t in texts if t):
            self.text(
                x, y, text, size, bold=bold or (bold_first and index == 0), italic=italic, align=align, color=color
            )
            y += leading or size * 1.25
        return y

    def wrap(self, text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
        """Break a text into lines no wider than ``width``; no-break spaces and ``layout.GLUE`` hold."""
        lines: list[str] = []
        for word in text.split(" "):
            if lines and self.measure(f"{lines[-1]} {word}", size, bold=bold) <= width:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        return [line.replace("\x01", " ") for line in lines]

    def paragraph(
        self,
        x: float,
        y: float,
        text: str,
        width: float,
        size: float = 9,
        leading: float = 0.0,
        *,
        bold: bool = False,
        italic: bool = False,
        align: str = "l",
        color: str = "",
    ) -> float:
        """Write a wrapped text; returns the baseline below it."""
        broken = self.wrap(text, width, size, bold=bold)
        return self.lines(x, y, broken, size, leading or size * 1.3, bold=bold, italic=italic, align=align, color=color)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = "",
        stroke: str = "#444444",
        line: float = 0.6,
        radius: float = 0.0,
    ) -> None:
        """A rectangle with its top left at (x, y)."""

        def draw(canvas: Canvas) -> None:
            canvas.saveState()
            if fill:
                canvas.setFillColor(HexColor(fill))
            if stroke:
                canvas.setStrokeColor(HexColor(stroke))
                canvas.setLineWidth(line)
            bottom = self.height - y - height
            if radius:
                canvas.roundRect(x, bottom, width, height, radius, stroke=int(bool(stroke)), fill=int(bool(fill)))
            else:
                canvas.rect(x, bottom, width, height, stroke=int(bool(stroke)), fill=int(bool(fill)))
            canvas.restoreState()

        self._pages[-1][0].append(draw)

    def rule(self, x1: float, y1: float, x2: float, y2: float, *, color: str = "#444444", line: float = 0.6) -> None:
        """A straight line."""

        def draw(canvas: Canvas) -> None:
            canvas.saveState()
            canvas.setStrokeColor(HexColor(color))
            canvas.setLineWidth(line)
            canvas.line(x1, self.height - y1, x2, self.height - y2)
            canvas.restoreState()

        self._pages[-1][0].append(draw)

    def cell(
        self,
        x: float,
        width: float,
        y: float,
        text: str,
        size: float,
        align: str,
        *,
        bold: bool = False,
        color: str = "",
    ) -> None:
        """Text inside a column from ``x``, ``width`` wide, padded; cut short when it would not fit."""
        room = width - 6
        while text and self.measure(text, size, bold=bold) > room:
            size -= 0.25
            if size < 5.5:
                text, size = text[:-2].rstrip() + "…", 5.75
        at = {"l": x + 3, "r": x + width - 3, "c": x + width / 2}[align]
        self.text(at, y, text, size, bold=bold, align=align, color=color)

    def table(
        self,
        x: float,
        y: float,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]],
        *,
        size: float = 8,
        row: float = 15,
        head_fill: str = "",
        head_ink: str = "",
        grid: bool = False,
        rules: bool = False,
        zebra: str = "",
        frame: bool = False,
    ) -> float:
        """A table with its headings (left out when all are empty); returns the y of its bottom edge."""
        total, top = sum(c.width for c in columns), y
        if any(c.title for c in columns):
            if head_fill:
                self.box(x, y, total, row, fill=head_fill, stroke="")
            self._row(x, y + row * 0.68, columns, [c.title for c in columns], size, bold=True, color=head_ink)
            y += row
            if rules or not (head_fill or grid):
                self.rule(x, y, x + total, y)
        for index, cells in enumerate(rows):
            if zebra and index % 2:
                self.box(x, y, total, row, fill=zebra, stroke="")
            self._row(x, y + row * 0.68, columns, cells, size)
            y += row
            if grid:
                self.rule(x, y, x + total, y, line=0.3)
        if grid or frame:
            self._frame(x, top, columns, y - top)
        elif rules:
            self.rule(x, y, x + total, y)
        return y

    def _row(
        self,
        x: float,
        y: float,
        columns: Sequence[Column],
        cells: Sequence[str],
        size: float,
        *,
        bold: bool = False,
        color: str = "",
    ) -> None:
        for column, value in zip(columns, cells, strict=True):
            self.cell(x, column.width, y, value, size, column.align, bold=bold, color=color)
            x += column.width

    def _frame(self, x: float, y: float, columns: Sequence[Column], height: float) -> None:
        self.box(x, y, sum(c.width for c in columns), height)
        for column in columns[:-1]:
            x += column.width
            self.rule(x, y, x, y + height, line=0.3)

    def finish(self, shuffle: Random | None = None) -> bytes:
        """The PDF's bytes; with ``shuffle`` each page's text is written out of order."""
        out = BytesIO()
        canvas = Canvas(out, pagesize=(self.width, self.height), invariant=1)
        for shapes, texts in self._pages:
            order = list(texts)
            if shuffle:
                shuffle.shuffle(order)
            for draw in (*shapes, *order):
                draw(canvas)
            canvas.showPage()
        canvas.save()
        return out.getvalue()
