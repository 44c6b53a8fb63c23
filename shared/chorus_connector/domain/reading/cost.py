"""The cost of reading a document: pages by source of their text, and the price of the pages sent to Textract.

XML inside and text layers cost a few milliseconds of a function that runs anyway; a page sent to Textract costs
more than all of that, so that is what the estimate counts.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from chorus_connector.domain.reading.result import Reading
from chorus_connector.domain.reading.unattended import CONFIRMATIONS

LayoutUse = Literal["confirmed", "unconfirmed", "none"]


@dataclass(frozen=True)
class ReadingCost:
    """One document's pages by source. ``billed`` are the pages Textract was asked for, read or not."""

    xml: int
    text: int
    textract: int
    billed: int
    #: how the document's design was known; None: it was not needed, because XML is inside
    layout: LayoutUse | None = None

    def dollars(self, a_page: Decimal) -> Decimal:
        """The estimate in US dollars, given the price of one page."""
        return self.billed * a_page


def cost_of(reading: Reading, *, xml_inside: bool, billed: int) -> ReadingCost:
    """Count the pages that were read; with XML inside, those OCR did not read are the XML's."""
    recognised = len(reading.ocr_pages)
    others = reading.pages - recognised
    return ReadingCost(
        xml=others if xml_inside else 0,
        text=0 if xml_inside else others,
        textract=recognised,
        billed=billed,
        layout=None if xml_inside else _layout_use(reading),
    )


def _layout_use(reading: Reading) -> LayoutUse:
    if reading.layout is None:
        return "none"
    return "confirmed" if reading.layout.confirmed >= CONFIRMATIONS else "unconfirmed"
