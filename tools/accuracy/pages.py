"""The pages that the product's rules get from a PDF, with OCR by the local double of Textract; offline."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from chorus_connector.adapters.pdf import open_pdf
from chorus_connector.adapters.textract_blocks import pages_from_textract
from chorus_connector.domain.reading.paper.page import Page

OcrMode = Literal["auto", "never", "always"]


@dataclass(frozen=True)
class OpenedPdf:
    """A PDF's pages of words, and the invoice XML that it contains."""

    pages: tuple[Page, ...]
    xml: bytes | None


@dataclass(frozen=True)
class Opener:
    """``cache`` is a folder that keeps what OCR found: it takes seconds a page."""

    ocr: OcrMode = "auto"
    cache: Path | None = None

    def __call__(self, data: bytes) -> OpenedPdf:
        """Raises UnreadablePdf for a file that the product refuses."""
        pdf = open_pdf(data)
        try:
            pages = {page.number: page for page in pdf.pages()}
            xml = pdf.embedded_xml
            needed = self._to_recognise(pdf.pages_needing_ocr(list(pages.values())), list(pages), xml)
        finally:
            pdf.close()
        if needed:
            sizes = {number: (page.width, page.height) for number, page in pages.items()}
            answer = self._recognised(data, needed)
            pages |= {page.number: page for page in pages_from_textract(answer, needed, sizes)}
        return OpenedPdf(tuple(pages[number] for number in sorted(pages)), xml)

    def _to_recognise(self, without_text: list[int], every: list[int], xml: bytes | None) -> list[int]:
        if self.ocr == "always":
            return every
        return [] if self.ocr == "never" or xml is not None else without_text

    def _recognised(self, data: bytes, numbers: Sequence[int]) -> list[dict[str, Any]]:
        kept = self._kept(data, numbers)
        if kept is not None and kept.exists():
            return list(json.loads(kept.read_text(encoding="utf-8")))
        # loaded only when needed: the engine takes a second and 300 MB
        from tools.local_stack.textract_double.recognition import ocr_pages  # noqa: PLC0415

        answer = ocr_pages(data, numbers)
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(json.dumps(answer), encoding="utf-8")
        return answer

    def _kept(self, data: bytes, numbers: Sequence[int]) -> Path | None:
        pages = "_".join(map(str, numbers))
        return self.cache / f"{hashlib.sha256(data).hexdigest()}-{pages}.json" if self.cache else None
