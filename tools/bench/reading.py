"""Reading: seconds a page by source, each document in turn, the OCR engine loaded before the clock starts."""

import statistics
import time

from tools.bench.figures import Figure
from tools.invoice_generator.corpus import documents
from tools.read_files import read_pdf


def figures(count: int = 24) -> list[Figure]:
    """Median milliseconds a page for documents with a text layer, with XML inside, and scanned."""
    drawn = list(documents(seed=7, count=count, choice="dev", scans=0.4, facturx=0.3))
    kinds = {
        "text layer": [d for d in drawn if not d.truth["scan"] and not d.truth["embedded_xml"]],
        "XML inside": [d for d in drawn if d.truth["embedded_xml"] and not d.truth["scan"]],
        "scanned (local OCR)": [d for d in drawn if d.truth["scan"]],
    }
    rows = []
    for kind, docs in kinds.items():
        if not docs:
            continue
        read_pdf(docs[0].pdf)
        per_page = [_milliseconds(each.pdf) / each.truth["pages"] for each in docs]
        how = f"median of {len(docs)} documents, {sum(each.truth['pages'] for each in docs)} pages"
        rows.append(Figure(kind, f"{statistics.median(per_page):.0f}", "ms a page", how))
    return rows


def _milliseconds(pdf: bytes) -> float:
    started = time.perf_counter()
    read_pdf(pdf)
    return (time.perf_counter() - started) * 1000
