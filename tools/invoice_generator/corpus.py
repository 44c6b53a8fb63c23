"""Makes a set of documents: layouts in turn, with a share of scans and of Factur-X files."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tools.invoice_generator import (  # noqa: F401 (importing registers the layouts)
    cii,
    heldout,
    layouts_dev_forms,
    layouts_dev_letters,
    layouts_dev_mosaic,
    layouts_dev_offices,
    layouts_dev_papers,
    layouts_dev_prints,
    layouts_dev_public_works,
    layouts_dev_services,
    layouts_dev_software,
    layouts_dev_systems,
    layouts_dev_trades,
)
from tools.invoice_generator import scans as scans_of
from tools.invoice_generator.document import Document, draw_document
from tools.invoice_generator.layout import FAMILIES, Layout


def layouts(choice: str) -> dict[str, Layout]:
    """The layouts named: ``dev``, ``heldout``, ``all`` or names with commas between."""
    everything = FAMILIES["dev"] | FAMILIES["heldout"]
    if choice == "all":
        return everything
    if choice in FAMILIES:
        return FAMILIES[choice]
    return {name: everything[name] for name in choice.split(",")}


def documents(
    seed: int, count: int, choice: str = "dev", *, scans: float = 0.0, facturx: float = 0.0
) -> Iterator[Document]:
    """``count`` documents, the layouts in turn; shares of them carry XML, or get a copy that needs OCR."""
    chosen = list(layouts(choice).values())
    for index in range(count):
        layout = chosen[index % len(chosen)]
        doc = draw_document(layout, seed * 100_003 + index, f"{index:04d}_{layout.name}")
        rng = Random(f"copies/{seed}/{index}")
        if rng.random() < facturx:
            yield cii.with_xml(doc, rng, rng.choice(cii.PROFILES), differs=rng.random() < 0.15)
        else:
            yield doc
        if rng.random() < scans:
            yield _needing_ocr(doc, rng)


def _needing_ocr(doc: Document, rng: Random) -> Document:
    """A copy that needs OCR: mostly a plain scan, sometimes a mixture."""
    draw = rng.random()
    if draw < 0.08:
        return scans_of.with_garbage_layer(doc, rng)
    if draw < 0.16:
        return scans_of.with_broken_encoding(doc, rng)
    if doc.truth["pages"] != 1 and draw < 0.5:
        return scans_of.half_scanned(doc, rng)
    return scans_of.scanned(doc, rng)


def write(folder: Path, docs: Iterator[Document]) -> int:
    """Write ``pdf/*.pdf`` and ``truth/*.json`` under the folder; returns how many."""
    for part in ("pdf", "truth"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    written = 0
    for doc in docs:
        (folder / "pdf" / f"{doc.name}.pdf").write_bytes(doc.pdf)
        text = json.dumps(doc.truth, ensure_ascii=False, indent=1)
        (folder / "truth" / f"{doc.name}.json").write_text(text, encoding="utf-8")
        written += 1
    return written
