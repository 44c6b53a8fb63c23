"""Pieces of a page that several layouts share: strips of headed cells, columns of pairs, totals."""

from collections.abc import Sequence

from tools.invoice_generator.sheet import Sheet


def strip(
    s: Sheet,
    x: float,
    y: float,
    cells: Sequence[tuple[str, str, float]],
    *,
    height: float = 30,
    head: float = 12,
    fill: str = "",
    head_ink: str = "",
    size: float = 9,
    bold: bool = False,
) -> float:
    """A ruled row of values under a row of headings, cells being (heading, value, width); returns its bottom."""
    for label, value, width in cells:
        s.box(x, y, width, head, fill=fill, line=0.4)
        s.box(x, y + head, width, height - head, line=0.4)
        s.text(x + width / 2, y + head * 0.72, label, min(7.0, head * 0.6), align="c", fit=width - 4, color=head_ink)
        s.text(x + width / 2, y + head + (height - head) * 0.68, value, size, align="c", fit=width - 6, bold=bold)
        x += width
    return y + height


def shared(pairs: Sequence[tuple[str, str]], width: float) -> list[tuple[str, str, float]]:
    """The pairs as cells that share a width equally."""
    return [(label, value, width / len(pairs)) for label, value in pairs]


def pairs(
    s: Sheet,
    x: float,
    y: float,
    facts: Sequence[tuple[str, str]],
    *,
    gap: float = 100,
    size: float = 8.5,
    leading: float = 13,
    colon: str = "",
    bold: bool = False,
    label_align: str = "l",
    label_ink: str = "",
    room: float = 160,
) -> float:
    """Labels in one column, values ``gap`` points to the right; returns the baseline below."""
    for label, value in facts:
        at = x if label_align == "l" else x + gap - 8
        s.text(at, y, label + colon, size, align=label_align, color=label_ink, fit=gap - 6)
        s.text(x + gap, y, value, size, bold=bold, fit=room)
        y += leading
    return y


def totals(
    s: Sheet,
    x: float,
    right: float,
    y: float,
    lines: Sequence[tuple[str, str]],
    *,
    size: float = 9.5,
    leading: float = 15,
    strong: int = 1,
    rule: str = "",
) -> float:
    """Labels at ``x``, amounts flush right, the last ``strong`` lines bold; returns the baseline below."""
    for index, (label, amount) in enumerate(lines):
        bold = index >= len(lines) - strong
        s.text(x, y, label, size, bold=bold, fit=right - x - 75)
        s.text(right, y, amount, size, bold=bold, align="r")
        if rule:
            s.rule(x, y + leading * 0.32, right, y + leading * 0.32, color=rule, line=0.4)
        y += leading
    return y
