"""``python -m tests.domain.reading.calibration --out FILE DIR…``: measures the confidences of ``confidence.toml``.

Reads folders of generated invoices with their truth, counts how often each ground of each field was right, and writes
the table. A ground seen seldom leans on the field's average; what is not right 99 times in 100 stays under 0.95, and
what is not right 97 times in 100 under 0.9. OCR is slow: its pages are kept in ``--cache``.
"""

import argparse
import hashlib
import json
import pickle
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from chorus_connector.adapters.pdf import open_pdf
from chorus_connector.adapters.textract_blocks import pages_from_textract
from chorus_connector.domain.reading.confidence import ground_kind
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.paper.page import Page, Source
from chorus_connector.domain.reading.read import verdicts
from tools.invoice_generator.verdicts import judge

_LEAN = 8  # seen this often, a ground counts as much as its field's average
_HIGHEST = 0.995
_SURE, _NEARLY = 0.99, 0.97
_Count = dict[tuple[Source, str], dict[str, list[bool]]]


def pages_of(data: bytes, cache: Path | None) -> Sequence[Page]:
    """The pages of a PDF, those without a usable text layer through the local OCR."""
    pdf = open_pdf(data)
    try:
        pages = {page.number: page for page in pdf.pages()}
        needed = pdf.pages_needing_ocr(list(pages.values()))
    finally:
        pdf.close()
    if needed:
        sizes = {number: (page.width, page.height) for number, page in pages.items()}
        pages |= {page.number: page for page in _recognised(data, needed, sizes, cache)}
    return [pages[number] for number in sorted(pages)]


def _recognised(
    data: bytes, numbers: Sequence[int], sizes: Mapping[int, tuple[float, float]], cache: Path | None
) -> Sequence[Page]:
    from tools.local_stack.textract_double.recognition import ocr_pages

    kept = cache / f"{hashlib.sha256(data).hexdigest()}.pkl" if cache else None
    if kept and kept.exists():
        return pickle.loads(kept.read_bytes())  # type: ignore[no-any-return]
    pages = pages_from_textract(ocr_pages(data, numbers), numbers, sizes)
    if kept:
        kept.write_bytes(pickle.dumps(pages))
    return pages


def count(folders: Sequence[Path], cache: Path | None) -> _Count:
    """For each source and field, the right and wrong values of each ground."""
    found: _Count = defaultdict(lambda: defaultdict(list))
    for folder in folders:
        for truth, pages in _documents(folder, cache):
            document = Document(pages)
            for verdict in verdicts(document) if document.cells else ():
                cell = verdict.place.cell if verdict.place else None
                source = document.sheet(cell).source if cell else document.sheets[0].source
                right = judge(verdict.field, truth, verdict.value) in ("right", "deduced")
                found[source, verdict.field][ground_kind(verdict, source)].append(right)
    return found


def _documents(folder: Path, cache: Path | None) -> Iterator[tuple[dict[str, object], Sequence[Page]]]:
    for path in sorted((folder / "truth").glob("*.json")):
        pdf = folder / "pdf" / f"{path.stem}.pdf"
        yield json.loads(path.read_text(encoding="utf-8")), pages_of(pdf.read_bytes(), cache)


def confidences(counted: dict[str, list[bool]]) -> dict[str, float]:
    """The confidence of each ground of a field, and of one never seen."""
    everything = [right for seen in counted.values() for right in seen]
    average = sum(everything) / len(everything)
    table = {}
    for ground, seen in counted.items():
        share = (sum(seen) + _LEAN * min(average, _SURE - 0.005)) / (len(seen) + _LEAN)
        table[ground] = _stepped(share)
    table["other"] = min(0.85, _stepped(average))
    return table


def _stepped(share: float) -> float:
    """The share, held under the thresholds that it does not deserve to pass."""
    if share >= _SURE:
        return round(min(share, _HIGHEST), 3)
    return round(min(share, 0.94) if share >= _NEARLY else min(share, 0.88), 3)


def as_toml(found: _Count) -> str:
    """The table as text, sorted, one section per source and field."""
    lines = ["# Measured by tests/domain/reading/calibration.py on generated invoices: do not edit by hand."]
    for (source, field), counted in sorted(found.items()):
        lines += ["", f"[{source}.{field}]"]
        lines += [f'"{ground}" = {value}' for ground, value in sorted(confidences(counted).items())]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the arguments, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m tests.domain.reading.calibration", description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    arguments = parser.parse_args()
    if arguments.cache:
        arguments.cache.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(as_toml(count(arguments.folders, arguments.cache)), encoding="utf-8")


if __name__ == "__main__":
    main()
