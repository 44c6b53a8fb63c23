"""Reading: seconds a page by source, each document in turn, the OCR engine loaded before the clock starts."""

import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from chorus_connector.adapters.pdf import open_pdf
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.layouts.combining import combined
from chorus_connector.domain.reading.layouts.spots import LEARNT
from chorus_connector.domain.reading.layouts.teaching import Sample, new_layout
from chorus_connector.domain.reading.layouts.teaching import taught as taught_also
from chorus_connector.domain.reading.layouts.transcript import Transcript
from chorus_connector.domain.reading.paper.page import Page
from chorus_connector.domain.reading.read import read_by_rules
from tools.bench.figures import Figure
from tools.invoice_generator.corpus import documents, layouts
from tools.invoice_generator.document import Document as Drawn
from tools.invoice_generator.document import draw_document
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
    return [*rows, _taught_layout()]


def _taught_layout(taught: int = 3, later: int = 5) -> Figure:
    """What a taught layout adds to the reading of a text page, laid out and read by the rules already."""
    milliseconds = []
    for name, layout in list(layouts("dev").items())[:8]:
        drawn = [draw_document(layout, seed, name) for seed in range(taught + later)]
        pages = [open_pdf(each.pdf).pages() for each in drawn]
        samples = [_sample(each, words) for each, words in zip(drawn[:taught], pages[:taught], strict=True)]
        learnt = new_layout(name, samples[0])
        for index in range(1, taught):
            learnt = taught_also(learnt, samples[index], samples[:index])
        for words in pages[taught:]:
            document = Document(words)
            rules = read_by_rules(document)
            started = time.process_time()
            combined(learnt, Transcript(document), rules)
            milliseconds.append((time.process_time() - started) * 1000 / len(words))
    median = statistics.median(milliseconds)
    return Figure("taught layout, added", f"{median:.1f}", "ms a page", f"median of {len(milliseconds)} documents")


def _sample(drawn: Drawn, words: Sequence[Page]) -> Sample:
    fields, visible = drawn.truth["fields"], drawn.truth["visible"]
    values = {name: fields[name] if visible.get(name) else None for name in fields if name in LEARNT}
    return Sample(drawn.name, words, values, datetime.now(UTC))


def _milliseconds(pdf: bytes) -> float:
    started = time.perf_counter()
    read_pdf(pdf)
    return (time.perf_counter() - started) * 1000
