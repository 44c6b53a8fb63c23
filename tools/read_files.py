"""The product's reader without AWS: reads one PDF, with OCR by the local double of Textract.

Used by the command line and for measuring. In the cloud two functions do the same, with Textract between them.
"""

import json
from collections.abc import Sequence
from typing import Literal

from chorus_connector.adapters.pdf_reader import SandboxedPdfs, pdf_sandbox
from chorus_connector.domain.errors import FileTooComplex
from chorus_connector.domain.reading.layouts.layout import Layout
from chorus_connector.domain.reading.result import FileReading, Reading

OcrMode = Literal["auto", "never", "always"]


def read_pdf(data: bytes, ocr: OcrMode = "auto", layouts: Sequence[Layout] = ()) -> Reading:
    """The reading of the PDF; an unreadable file has no field and a problem that says why."""
    found = read_file(data, ocr, layouts)
    return found.reading or Reading(problems=(found.problem or FileTooComplex.problem,))


def read_file(data: bytes, ocr: OcrMode = "auto", layouts: Sequence[Layout] = ()) -> FileReading:
    """The reading and the words of the PDF, or the problem of an unreadable one.

    ``auto`` sends pages without usable text to OCR, unless the PDF contains an invoice's XML; ``always`` sends all.
    """
    pdfs = SandboxedPdfs(pdf_sandbox())
    try:
        found = pdfs.read(data, ocr="when_needed" if ocr == "auto" else ocr, layouts=layouts)
        if numbers := found.to_recognise:
            recognised = (_recognise(data, numbers), numbers)
            found = pdfs.read(data, ocr="never", recognised=recognised, layouts=layouts)
    except FileTooComplex as died:
        return FileReading(problem=died.problem)
    return found


def _recognise(data: bytes, numbers: Sequence[int]) -> list[str]:
    # loaded only when needed: the engine takes a second and 300 MB
    from tools.local_stack.textract_double.recognition import ocr_pages  # noqa: PLC0415

    return [json.dumps(part) for part in ocr_pages(data, numbers)]
