"""Pages of drawn invoices, recorded with what the reader found on them: ``python -m tests.domain.reading.recorded``.

Each development layout is drawn twice; the reader gets the second copy as if an OCR engine had read it. A change
of a rule that changes a reading is then seen by a unit test, value by value. After a deliberate change record again
(``--draw`` draws the pages anew as well),
and read the difference before you commit it.
"""

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chorus_connector.adapters.pdf import open_pdf
from chorus_connector.domain.reading.paper.page import Box, Page, Source, Word
from chorus_connector.domain.reading.read import read_document
from chorus_connector.domain.reading.result import Reading

FOLDER = Path(__file__).parents[2] / "samples" / "readings"
PAGES, FOUND = FOLDER / "pages.jsonl.gz", FOLDER / "found.json"
SEED = 26
Recorded = dict[str, Any]


def recorded_pages() -> dict[str, list[Page]]:
    """The recorded pages by the name of their document."""
    lines = gzip.decompress(PAGES.read_bytes()).decode("utf-8").splitlines()
    return {each["name"]: [recorded_page(page) for page in each["pages"]] for each in map(json.loads, lines)}


def recorded_findings() -> dict[str, Recorded]:
    """What the reader found when it was recorded, by the name of the document."""
    found: dict[str, Recorded] = json.loads(FOUND.read_text(encoding="utf-8"))
    return found


def findings(reading: Reading) -> Recorded:
    """Each field's value, confidence and place, and the codes of the problems, as JSON."""
    fields: Recorded = {}
    for name, field in sorted(reading.fields.items()):
        value = [line.model_dump() for line in field.value] if isinstance(field.value, tuple) else field.value
        box = field.box and [round(each, 3) for each in (field.box.left, field.box.top, field.box.width)]
        fields[name] = [value, round(field.confidence, 3), field.page, box]
    return {"fields": fields, "problems": [f"{each.field}: {each.code}" for each in reading.problems]}


def draw() -> None:
    """Draw the documents anew and write their pages."""
    FOLDER.mkdir(exist_ok=True)
    lines = [json.dumps({"name": name, "pages": pages}, ensure_ascii=False) for name, pages in _drawn()]
    PAGES.write_bytes(gzip.compress("\n".join(lines).encode("utf-8"), mtime=0))


def record() -> None:
    """Write what the reader finds on the recorded pages."""
    found = {name: findings(read_document(pages)) for name, pages in recorded_pages().items()}
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    FOUND.write_text(text.replace('},"', '},\n"') + "\n", encoding="utf-8")


def _drawn() -> Iterator[tuple[str, list[Recorded]]]:
    from tools.invoice_generator.corpus import documents, layouts

    count = len(layouts("dev"))
    for index, document in enumerate(documents(SEED, 2 * count, "dev")):
        source: Source = "text" if index < count else "ocr"
        pdf = open_pdf(document.pdf)
        yield document.name, [page_as_json(page, source) for page in pdf.pages()]
        pdf.close()


def page_as_json(page: Page, source: Source) -> Recorded:
    """A page's words with their places, as if they came from this source."""
    words = [
        [
            each.text,
            *(round(side, 5) for side in (each.box.left, each.box.top, each.box.width, each.box.height)),
            *([each.turn] if each.turn else []),
        ]
        for each in page.words
    ]
    return {"number": page.number, "size": [page.width, page.height], "source": source, "words": words}


def recorded_page(recorded: Recorded) -> Page:
    """The page that ``page_as_json`` kept."""
    confidence = 1.0 if recorded["source"] == "text" else 0.97
    words = tuple(Word(text, Box(*place[:4]), confidence, *place[4:]) for text, *place in recorded["words"])
    return Page(recorded["number"], *recorded["size"], words, recorded["source"])


if __name__ == "__main__":
    if "--draw" in sys.argv:
        draw()
    record()
