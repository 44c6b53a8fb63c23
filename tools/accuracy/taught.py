"""Teaches a supplier's first documents and reads the later ones, as the product does when a person confirms them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from chorus_connector.domain.invoices.fields import FieldName
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.layouts.layout import Layout
from chorus_connector.domain.reading.layouts.matching import match
from chorus_connector.domain.reading.layouts.teaching import Sample, new_layout, taught
from chorus_connector.domain.reading.read import read_document
from chorus_connector.domain.reading.result import Reading
from tools.accuracy.pages import Opener
from tools.accuracy.truth import Truth
from tools.accuracy.verdicts import FIELDS

_NO_TIME = datetime(2026, 1, 1, tzinfo=UTC)


def by_supplier(documents: Iterable[Truth]) -> dict[str, list[Truth]]:
    """The documents of each supplier in their order, those with an XML left out: they need no lesson."""
    suppliers: dict[str, list[Truth]] = defaultdict(list)
    for each in sorted(documents, key=lambda truth: (truth.number, truth.name)):
        if each.kind != "xml":
            suppliers[each.supplier].append(each)
    return suppliers


def lessons(documents: Sequence[Truth], count: int) -> tuple[list[Truth], list[Truth]]:
    """The documents to teach, and those to read afterwards: of each design the first ``count``, and the later ones.

    A scan of a taught document is neither.
    """
    numbers: dict[str, list[int]] = defaultdict(list)
    for each in documents:
        if each.number not in numbers[each.design]:
            numbers[each.design].append(each.number)
    early = [each for each in documents if each.number in numbers[each.design][:count]]
    with_text = {(each.design, each.number) for each in early if each.kind == "text"}
    teach = [each for each in early if each.kind == "text" or (each.design, each.number) not in with_text]
    return teach, [each for each in documents if each not in early]


def layouts_of(documents: Iterable[Truth], opener: Opener) -> tuple[Layout, ...]:
    """What is learnt when a person confirms these documents, one after the other."""
    layouts: list[Layout] = []
    samples: dict[str, list[Sample]] = defaultdict(list)
    for truth in documents:
        sample = Sample(truth.name, opener(truth.pdf.read_bytes()).pages, _confirmed(truth), _NO_TIME)
        known = match(Document(sample.pages), layouts)
        layout_id = known.layout_id if known else f"layout {len(layouts) + 1}"
        learnt = taught(known, sample, samples[layout_id]) if known else new_layout(layout_id, sample)
        layouts = [each for each in layouts if each.layout_id != layout_id] + [learnt]
        samples[layout_id].append(sample)
    return tuple(layouts)


def _confirmed(truth: Truth) -> dict[FieldName, str | None]:
    """What a person would have confirmed: the printed values, and that the others are not printed."""
    named = {name: truth.fields[name] for name in FIELDS if name in truth.fields and name != "vat_lines"}
    return {name: str(value) if truth.prints(name) else None for name, value in named.items()}


def reader_taught(layouts: Sequence[Layout], opener: Opener) -> Callable[[Truth], Reading]:
    """The product's reader, for the supplier that has these layouts."""

    def read(truth: Truth) -> Reading:
        opened = opener(truth.pdf.read_bytes())
        return read_document(opened.pages, opened.xml, layouts=layouts)

    return read
