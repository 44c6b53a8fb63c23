"""Makes a document from a seed: draws the invoice, has a layout print it, and records what is on the page.

``visible`` is computed from the text that was drawn, so it never contains what a layout left out.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Any

from tools.invoice_generator.formats import format_date, random_formats
from tools.invoice_generator.layout import Drawing, Layout
from tools.invoice_generator.model import Invoice
from tools.invoice_generator.scenario import draw_invoice
from tools.invoice_generator.sheet import A4, LANDSCAPE, UNICODE_FACES, Sheet

_DATE_STYLES = ("slash", "short", "dot", "dash", "iso", "long", "abbreviated", "month_dash")


@dataclass(frozen=True)
class Document:
    """A drawn invoice: its file, its truth (as written to ``truth/*.json``) and the invoice itself."""

    name: str
    pdf: bytes
    truth: dict[str, Any]
    invoice: Invoice


def draw_document(layout: Layout, seed: int, name: str) -> Document:
    """The document of this layout and seed; deterministic."""
    rng = Random(f"{layout.name}/{seed}")
    return print_invoice(draw_invoice(rng, layout), layout, rng, name)


def print_invoice(invoice: Invoice, layout: Layout, rng: Random, name: str) -> Document:
    """Have a layout print a given invoice, in formats drawn from ``rng``."""
    face = rng.choice(layout.faces)
    fmt = random_formats(rng, ascii_only=layout.ascii_only or face not in UNICODE_FACES)
    if face in ("helvetica", "times") and rng.random() < 0.6:
        fmt = replace(fmt, currency=" €")
    sheet = Sheet(face, LANDSCAPE if layout.landscape else A4)
    sign = -1 if invoice.credit_note and rng.random() < 0.5 else 1
    drawing = Drawing(invoice, sheet, fmt, rng, sign=sign, show_empty=rng.random() < 0.3)
    layout.draw(drawing)
    fmt = drawing.fmt  # a layout may change the formats
    shuffle = Random(rng.random()) if rng.random() < layout.shuffle else None
    pdf = sheet.finish(shuffle)
    fields = invoice.fields()
    notes = f"layout={layout.name} face={face} grouping={fmt.grouping} date={fmt.date_style} siret={fmt.siret_style}"
    notes += (f" sign={sign}" if invoice.credit_note else "") + (" shuffled" if shuffle else "")
    truth: dict[str, Any] = {
        "id": name,
        "lang": "fr",
        "pages": sheet.page_count,
        "scan": False,
        "embedded_xml": False,
        "notes": notes,
        "source": {"generator": layout.name, "licence": "own"},
        "fields": fields,
        "visible": visibility(fields, sheet.printed),
    }
    return Document(name, pdf, truth, invoice)


def visibility(fields: dict[str, object], printed: list[str]) -> dict[str, bool | None]:
    """For each field, whether the page shows its value in any format; ``None`` when it has no value."""
    page = _Printed(printed)
    return {name: None if value in (None, "") else page.shows(name, value) for name, value in fields.items()}


class _Printed:
    """The words of a whole document, in the forms in which values are searched."""

    def __init__(self, texts: list[str]) -> None:
        self.plain = " ".join(texts)
        self.squeezed = squeeze("".join(texts))
        self.digits = re.sub(r"[\s.\-/]", "", "".join(texts).replace("\u202f", "").replace("\u00a0", ""))
        self.amounts = {amount for text in texts for amount in amounts_in(text)}

    def shows(self, name: str, value: object) -> bool:
        if name == "vat_lines":
            assert isinstance(value, list)
            return all(line["base"] in self.amounts and line["amount"] in self.amounts for line in value)
        text = str(value)
        if name == "invoice_type":
            return True
        if name == "currency":
            return bool(re.search(r"€|EUR|euro", self.plain, re.IGNORECASE))
        if name in ("total_ht", "total_tva", "total_ttc", "amount_due"):
            return text in self.amounts
        if name in ("invoice_date", "due_date"):
            return self._shows_date(text)
        if name.endswith(("siret", "siren")):
            return text in self.digits
        return squeeze(text) in self.squeezed

    def _shows_date(self, iso: str) -> bool:
        day = date.fromisoformat(iso)
        return any(squeeze(format_date(day, style)) in self.squeezed for style in _DATE_STYLES)


def squeeze(text: str) -> str:
    """Lower case without accents or spaces, for comparing what is printed with what is meant."""
    flat = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"\s", "", "".join(c for c in flat if not unicodedata.combining(c)))


def amounts_in(text: str) -> list[str]:
    """Every figure with two decimals in a text, as ``1234.56`` and without its sign.

    Runs of two spaces part figures: that is how typewritten lines set their columns.
    """
    found = []
    for piece in re.split(r" {2,}", text):
        for match in re.finditer(r"(?:\d{1,3}(?:[ .,'\u00a0\u202f]\d{3})+|\d+)[.,]\d\d(?!\d)", piece):
            digits = re.sub(r"\D", "", match.group())
            found.append(f"{int(digits[:-2])}.{digits[-2:]}")
    return found
