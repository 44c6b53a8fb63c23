"""The product's reader without AWS: reads one PDF, with OCR by the local double of Textract.

Used by the command line and for measuring. In the cloud two functions do the same, with Textract between them.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from chorus_connector.adapters.pdf import PdfDocument, UnreadablePdf, open_pdf
from chorus_connector.domain.reading.paper.page import Page
from chorus_connector.domain.reading.read import read_document
from chorus_connector.domain.reading.result import Reading

OcrMode = Literal["auto", "never", "always"]


def read_pdf(data: bytes, ocr: OcrMode = "auto") -> Reading:
    """The reading of the PDF; an unreadable file has no field and a problem that says why.

    ``auto`` sends pages without usable text to OCR, unless the PDF contains an invoice's XML; ``always`` sends all.
    """
    try:
        pdf = open_pdf(data)
    except UnreadablePdf as refusal:
        return Reading(problems=(refusal.problem,))
    try:
        text_pages = pdf.pages()
        pages = {page.number: page for page in text_pages}
        if numbers := _to_recognise(pdf, text_pages, ocr):
            sizes = {number: (page.width, page.height) for number, page in pages.items()}
            pages |= {page.number: page for page in _recognise(data, numbers, sizes)}
        return read_document([pages[number] for number in sorted(pages)], pdf.embedded_xml)
    finally:
        pdf.close()


def _to_recognise(pdf: PdfDocument, pages: Sequence[Page], ocr: OcrMode) -> Sequence[int]:
    if ocr == "always":
        return range(1, pdf.page_count + 1)
    if ocr == "never" or pdf.embedded_xml is not None:
        return ()
    return pdf.pages_needing_ocr(pages)


def _recognise(data: bytes, numbers: Sequence[int], sizes: Mapping[int, tuple[float, float]]) -> Sequence[Page]:
    # loaded only when needed: the engine takes a second and 300 MB
    from chorus_connector.adapters.textract_blocks import pages_from_textract  # noqa: PLC0415
    from tools.local_stack.textract_double.recognition import ocr_pages  # noqa: PLC0415

    return pages_from_textract(ocr_pages(data, numbers), numbers, sizes)
