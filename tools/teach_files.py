"""Teaches layouts offline: PDFs of one supplier with their confirmed values, as a person's submissions teach the product.

A truth is the file ``<stem>.json`` beside others in one folder: ``fields`` holds the values, None where a document has
none, and ``visible``, if it is there, says which of them the pages print.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, FieldName
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.layouts.layout import Layout
from chorus_connector.domain.reading.layouts.learning import Lesson, shapes_of
from chorus_connector.domain.reading.layouts.matching import match
from chorus_connector.domain.reading.layouts.stored_words import pages_from_bytes
from chorus_connector.domain.reading.layouts.teaching import Sample, new_layout, taught
from chorus_connector.domain.reading.layouts.transcript import bare
from chorus_connector.domain.record import Record
from tools.read_files import OcrMode, read_file

_LEARNT = tuple(name for name in get_args(FieldName) if INVOICE_FIELDS[name].kind != "vat_lines")
_MUST_BE_FOUND = ("invoice_number", "supplier_siret", "recipient_siret", "total_ht", "total_tva", "total_ttc")
"""What a text layer always has in one piece: a page that does not print it is not the truth's page."""
_HALF = 0.5


class Mismatch(ValueError):
    """Documents and truths do not belong together, or not to one supplier. Nothing is taught."""


class TaughtLayouts(Record):
    """What ``teach`` writes: the layouts of one supplier."""

    supplier_siret: str | None
    layouts: tuple[Layout, ...]


def teach_files(files: Sequence[Path], truths: Path, ocr: OcrMode = "auto") -> tuple[TaughtLayouts, list[str]]:
    """What is learnt when a person confirms these documents in this order, and notes on what could not be learnt.

    Raises Mismatch.
    """
    notes: list[str] = []
    samples = [_sample(path, truths, ocr, notes) for path in files]
    sirets = sorted({siret for sample in samples if (siret := sample.values.get("supplier_siret"))})
    if len(sirets) > 1:
        raise Mismatch(f"the documents are of several suppliers: {', '.join(sirets)}")
    layouts: dict[str, Layout] = {}
    of_layout: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        known = match(Document(sample.pages), layouts.values())
        layout_id = known.layout_id if known else f"layout-{len(layouts) + 1}"
        grown = taught(known, sample, of_layout[layout_id]) if known else new_layout(layout_id, sample)
        layouts[layout_id] = grown
        of_layout[layout_id].append(sample)
    return TaughtLayouts(supplier_siret=sirets[0] if sirets else None, layouts=tuple(layouts.values())), notes


def layouts_in(path: Path) -> tuple[Layout, ...]:
    """The layouts of a file that ``teach`` wrote. Raises Mismatch for another file."""
    try:
        return TaughtLayouts.model_validate_json(path.read_bytes()).layouts
    except ValidationError as error:
        raise Mismatch(f"{path.name} is not a file of layouts that « teach » wrote") from error


def _sample(path: Path, truths: Path, ocr: OcrMode, notes: list[str]) -> Sample:
    fields, visible = _truth(truths / f"{path.stem}.json")
    unknown = sorted(set(fields) - set(get_args(FieldName)))
    if unknown:
        notes.append(f"{path.name}: not fields of an invoice, not learnt: {', '.join(unknown)}")
    found = read_file(path.read_bytes(), ocr)
    if found.reading is None:
        raise Mismatch(f"{path.name} cannot be read: {found.problem.en if found.problem else 'no page'}")
    if found.words is None:
        raise Mismatch(f"{path.name} contains an invoice's XML: it needs no lesson")
    values = {name: _text(path, name, fields[name]) for name in _LEARNT if name in fields}
    sample = Sample(path.stem, pages_from_bytes(found.words), values, datetime.now(UTC))
    _compare(path, sample, visible, notes)
    return sample


def _truth(path: Path) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    if not path.is_file():
        raise Mismatch(f"there is no truth {path.name} in {path.parent}")
    try:
        truth = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Mismatch(f"{path.name} is not JSON: {error}") from error
    fields = truth.get("fields") if isinstance(truth, dict) else None
    visible = truth.get("visible", {}) if isinstance(truth, dict) else None
    if not isinstance(fields, dict) or not isinstance(visible, dict):
        raise Mismatch(f"{path.name} has no object « fields », or a « visible » that is none")
    return fields, visible


def _text(path: Path, name: str, value: object) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Mismatch(f"{path.stem}.json: {name} is not a text")
    return value


def _compare(path: Path, sample: Sample, visible: Mapping[str, Any], notes: list[str]) -> None:
    """Compare a truth with its page: what is said to be printed must be there."""
    lesson = Lesson.of(sample.pages, sample.values)
    said = [name for name, value in sample.values.items() if value is not None and visible.get(name)]
    absent = [name for name in said if not _is_printed(lesson, name)]
    missing = [name for name in absent if name in _MUST_BE_FOUND]
    if missing and (not lesson.scanned or len(missing) > _HALF * len(set(said).intersection(_MUST_BE_FOUND))):
        raise Mismatch(f"{path.name} does not print what {path.stem}.json says is visible: {', '.join(missing)}")
    learnable = [name for name in absent if INVOICE_FIELDS[name].kind not in ("choice", "text")]
    if learnable:
        notes.append(f"{path.name}: not found on the pages, not learnt: {', '.join(learnable)}")


def _is_printed(lesson: Lesson, name: FieldName) -> bool:
    shapes = shapes_of(name, [lesson])
    return bool(lesson.places(name, shapes)) or bare(lesson.values[name] or "") in lesson.text.replace("\n", "")
