"""Pages of designs that no author of a rule drew, with their true values.

``python -m tests.domain.reading.foreign DIR`` records them. The folder has ``pdf`` and ``truth`` as for
``make accuracy``. Kept are the first two documents and the first scan of each design, as words with their places. The
designs, names and numbers are invented for this project.
"""

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from chorus_connector.domain.reading.paper.page import Page
from tests.domain.reading.recorded import FOLDER, Recorded, page_as_json, recorded_page
from tools.accuracy.pages import Opener
from tools.accuracy.truth import Truth, read_truth, truths

FOREIGN = FOLDER / "foreign.jsonl.gz"
KEPT = {"text": 2, "scan": 1, "xml": 0}
"""How many documents of a design are kept, by kind."""


def foreign_documents() -> Iterator[tuple[Truth, list[Page]]]:
    """Each kept document: its true values, and its pages."""
    for line in gzip.decompress(FOREIGN.read_bytes()).decode("utf-8").splitlines():
        each = json.loads(line)
        yield read_truth(Path(f"{each['name']}.pdf"), each["truth"]), [recorded_page(page) for page in each["pages"]]


def record(folder: Path, cache: Path | None) -> None:
    """Read the folder's documents and keep their words."""
    opener, kept = Opener(cache=cache), Counter[tuple[str, str]]()
    lines = []
    for truth in truths(folder):
        kept[truth.design, truth.kind] += 1
        if kept[truth.design, truth.kind] <= KEPT[truth.kind]:
            pages = opener(truth.pdf.read_bytes()).pages
            lines.append(json.dumps(_recorded(truth, pages), ensure_ascii=False))
    FOREIGN.write_bytes(gzip.compress("\n".join(lines).encode("utf-8"), mtime=0))


def _recorded(truth: Truth, pages: tuple[Page, ...]) -> Recorded:
    said = {
        "design": truth.design,
        "scan": truth.kind == "scan",
        "fields": dict(truth.fields),
        "visible": dict(truth.visible),
        "acceptable": dict(truth.acceptable),
    }
    return {"name": truth.name, "truth": said, "pages": [page_as_json(page, page.source) for page in pages]}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.domain.reading.foreign", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cache", type=Path, help="a folder that keeps what OCR found")
    arguments = parser.parse_args()
    record(arguments.folder, arguments.cache)
