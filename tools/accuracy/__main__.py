"""``make accuracy DIR=…``: how often the reader is right on a folder of invoices, and what would leave unattended.

The folder has ``pdf/*.pdf`` and ``truth/*.json`` (``truth.py``); ``verdicts.py`` defines what is right. At first sight,
``unattended`` counts what a supplier with ``new_layouts: send`` sends without a person; with ``--taught N``, each
supplier's first N documents of a design are taught, its later ones are read, and ``unattended`` is that of the default
setting.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from chorus_connector.domain.reading.result import Reading
from chorus_connector.domain.reading.unattended import NewLayouts, unattended
from tools.accuracy.measure import Judged, Leaves, measure
from tools.accuracy.pages import Opener
from tools.accuracy.report import mistakes, summary, table
from tools.accuracy.taught import by_supplier, layouts_of, lessons, reader_taught
from tools.accuracy.truth import Truth, truths


def leaves(new_layouts: NewLayouts) -> Leaves:
    """Whether a reading leaves by itself under this setting."""

    def left(reading: Reading) -> bool:
        return unattended(reading.fields, reading.problems, reading.layout, new_layouts=new_layouts)

    return left


def at_first_sight(documents: Sequence[Truth], opener: Opener) -> list[Judged]:
    """The documents read with nothing taught."""
    return measure(documents, reader_taught((), opener), leaves("send"))


def once_taught(documents: Sequence[Truth], opener: Opener, count: int) -> list[Judged]:
    """The later documents of each supplier, read after its first ones were taught."""
    judged = []
    for own in by_supplier(documents).values():
        teach, later = lessons(own, count)
        judged += measure(later, reader_taught(layouts_of(teach, opener), opener), leaves("ask"))
    return judged


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tools.accuracy", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--ocr", choices=("auto", "never", "always"), default="auto")
    parser.add_argument("--cache", type=Path, help="a folder that keeps what OCR found")
    parser.add_argument("--taught", type=int, metavar="N", help="teach N documents of each design, read the later ones")
    parser.add_argument("--errors", default="", metavar="VERDICTS", help="also list values: wrong,invented,missing")
    arguments = parser.parse_args()
    documents, opener = list(truths(arguments.folder)), Opener(arguments.ocr, arguments.cache)
    taught = arguments.taught
    judged = once_taught(documents, opener, taught) if taught else at_first_sight(documents, opener)
    figures = summary(judged)
    print(json.dumps(figures, indent=1) if arguments.json else table(figures))
    if arguments.errors:
        print("\n".join(mistakes(judged, arguments.errors.split(","))))


if __name__ == "__main__":
    main()
