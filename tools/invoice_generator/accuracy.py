"""``make accuracy DIR=…``: reads a folder of invoices with the product's reader and reports how often it is right.

The folder has ``pdf/*.pdf`` and ``truth/*.json``; ``verdicts.py`` defines what is right. Nothing here
is tuned: it reads, compares and counts, per field, per kind of document and per confidence.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Literal, Protocol

from tools.invoice_generator.rival import Rival, rivals
from tools.invoice_generator.verdicts import FIELDS, KEY_FIELDS, Verdict, judge

OcrMode = Literal["auto", "never", "always"]
KINDS = ("text", "scan", "xml")
BINS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 1.01)


class ReadField(Protocol):
    """The part of a read field that this module uses."""

    @property
    def value(self) -> object: ...
    @property
    def confidence(self) -> float: ...


class ReadProblem(Protocol):
    """The part of a problem that this module uses."""

    @property
    def field(self) -> str | None: ...


class ReadDocument(Protocol):
    """The part of a reading that this module uses (``chorus_connector.domain.reading.result.Reading``)."""

    @property
    def fields(self) -> Mapping[str, ReadField]: ...
    @property
    def problems(self) -> Sequence[ReadProblem]: ...


Reader = Callable[[bytes], ReadDocument]


@dataclass(frozen=True)
class Outcome:
    """One value of one document, judged."""

    document: str
    layout: str
    kind: str
    field: str
    verdict: Verdict
    expected: object
    given: object | None
    confidence: float | None


@dataclass
class Measure:
    """Everything measured in one run over a folder."""

    outcomes: list[Outcome] = field(default_factory=list)
    seconds: Counter[str] = field(default_factory=Counter)
    pages: Counter[str] = field(default_factory=Counter)
    documents: Counter[str] = field(default_factory=Counter)
    differing: int = 0
    differing_said: int = 0
    crashes: list[str] = field(default_factory=list)


def product_reader(ocr: OcrMode) -> Reader:
    """The product's own reader, offline."""
    from tools.read_files import read_pdf

    return lambda data: read_pdf(data, ocr=ocr)  # type: ignore[return-value]


def truths(folder: Path) -> Iterable[tuple[Path, dict[str, object]]]:
    """Each PDF of the folder with its truth."""
    for pdf in sorted((folder / "pdf").glob("*.pdf")):
        path = folder / "truth" / f"{pdf.stem}.json"
        if path.exists():
            yield pdf, json.loads(path.read_text(encoding="utf-8"))


def kind_of(truth: Mapping[str, object]) -> str:
    """``xml`` when an XML is inside, else ``scan`` when (part of) it needs OCR, else ``text``."""
    return "xml" if truth.get("embedded_xml") else "scan" if truth.get("scan") else "text"


def measure(folder: Path, read: Reader, on_document: Callable[[str], None] = lambda _: None) -> Measure:
    """Read every PDF of the folder once and judge every field."""
    result = Measure()
    for pdf, truth in truths(folder):
        kind = kind_of(truth)
        data = pdf.read_bytes()
        start = time.perf_counter()
        try:
            reading: ReadDocument | None = read(data)
        except Exception as error:
            reading = None
            result.crashes.append(f"{pdf.name}: {type(error).__name__}: {error}")
        result.seconds[kind] += time.perf_counter() - start  # type: ignore[assignment]
        result.pages[kind] += int(str(truth.get("pages", 1)))
        result.documents[kind] += 1
        _judge_document(result, pdf.stem, kind, truth, reading)
        on_document(pdf.name)
    return result


def _judge_document(
    result: Measure, name: str, kind: str, truth: Mapping[str, object], reading: ReadDocument | None
) -> None:
    source, expected = truth.get("source"), truth["fields"]
    assert isinstance(expected, Mapping)
    layout = str(source.get("generator", "")) if isinstance(source, Mapping) else ""
    found = reading.fields if reading else {}
    for field_name in FIELDS:
        given = found.get(field_name)
        verdict = judge(field_name, truth, given.value if given else None)
        result.outcomes.append(
            Outcome(
                name,
                layout,
                kind,
                field_name,
                verdict,
                expected.get(field_name),
                given.value if given else None,
                given.confidence if given else None,
            )
        )
    for part in str(truth.get("notes", "")).split():
        if part.startswith("xml_differs:"):
            result.differing += 1
            differing = part.removeprefix("xml_differs:").partition("=")[0]
            result.differing_said += any(p.field == differing for p in (reading.problems if reading else ()))


def rates(outcomes: Iterable[Outcome]) -> dict[str, float | int]:
    """Counts and shares of some outcomes: of the values that exist, and of the values that were read."""
    count = Counter(o.verdict for o in outcomes)
    findable = count["right"] + count["wrong"] + count["missing"]
    given = count["right"] + count["wrong"] + count["invented"] + count["deduced"]
    return {
        "findable": findable,
        "right": count["right"],
        "wrong": count["wrong"],
        "missing": count["missing"],
        "invented": count["invented"],
        "right_pct": 100 * count["right"] / findable if findable else 100.0,
        "wrong_pct": 100 * (count["wrong"] + count["invented"]) / given if given else 0.0,
    }


def whole_documents(outcomes: Iterable[Outcome]) -> tuple[int, int]:
    """The number of documents with every key field right, and the number of documents."""
    good: dict[str, bool] = {}
    for o in outcomes:
        if o.field in KEY_FIELDS:
            good[o.document] = good.get(o.document, True) and o.verdict in ("right", "deduced", "absent")
    return sum(good.values()), len(good)


def calibration(outcomes: Iterable[Outcome]) -> list[dict[str, float | int]]:
    """For each confidence bin, the number of values that were read and the share that is right."""
    given = [o for o in outcomes if o.confidence is not None]
    rows = []
    for low, high in pairwise(BINS):
        inside = [o for o in given if o.confidence is not None and low <= o.confidence < high]
        right = sum(o.verdict in ("right", "deduced") for o in inside)
        rows.append(
            {
                "from": low,
                "to": min(high, 1.0),
                "n": len(inside),
                "right_pct": 100 * right / len(inside) if inside else 0.0,
            }
        )
    return rows


def rival_measure(folder: Path, rival: Rival) -> dict[str, float | int]:
    """The counts of right and wrong fields for another reader, over text-layer documents (it has no OCR of its own)."""
    outcomes, seconds, pages = [], 0.0, 0
    for pdf, truth in truths(folder):
        if kind_of(truth) == "scan":
            continue
        start = time.perf_counter()
        found = rival(pdf)
        seconds += time.perf_counter() - start
        pages += int(str(truth.get("pages", 1)))
        outcomes += [
            Outcome(pdf.stem, "", "text", f, judge(f, truth, found.get(f)), None, found.get(f), None) for f in FIELDS
        ]
    whole, documents = whole_documents(outcomes)
    return rates(outcomes) | {
        "whole": whole,
        "documents": documents,
        "seconds_per_page": seconds / pages if pages else 0.0,
    }


def summary(result: Measure, others: Mapping[str, Mapping[str, float | int]]) -> dict[str, object]:
    """The results as plain data, for ``--json`` and for the table."""

    def part(outcomes: list[Outcome], kinds: Sequence[str]) -> dict[str, object]:
        whole, documents = whole_documents(outcomes)
        pages = sum(result.pages[k] for k in kinds)
        by_field = {name: rates(o for o in outcomes if o.field == name) for name in FIELDS}
        return {
            "all_fields": rates(outcomes),
            "fields": by_field,
            "whole": whole,
            "documents": documents,
            "pages": pages,
            "seconds_per_page": sum(result.seconds[k] for k in kinds) / pages if pages else 0.0,
            "calibration": calibration(outcomes),
        }

    parts = {"all": part(result.outcomes, KINDS)}
    parts |= {k: part([o for o in result.outcomes if o.kind == k], (k,)) for k in KINDS if result.documents[k]}
    return {
        "parts": parts,
        "rivals": dict(others),
        "crashes": result.crashes,
        "xml_page_differences": {"present": result.differing, "reported": result.differing_said},
    }


def table(data: Mapping[str, object]) -> str:
    """The summary as a text table."""
    parts = data["parts"]
    assert isinstance(parts, dict)
    lines: list[str] = []
    for name, part in parts.items():
        if name == "all" and len(parts) == 2:
            continue
        lines += _part_table(name, part)
    lines += _rival_table(data)
    difference = data["xml_page_differences"]
    assert isinstance(difference, dict)
    if difference["present"]:
        lines.append(
            f"XML and page differ on purpose: {difference['present']} documents, "
            f"{difference['reported']} reported as a problem"
        )
    crashes = data["crashes"]
    assert isinstance(crashes, list)
    return "\n".join([*lines, *_crash_lines(crashes)])


def _crash_lines(crashes: Sequence[str]) -> list[str]:
    """One line per kind of crash: how many documents, and the first of them."""
    kinds: dict[str, list[str]] = {}
    for crash in crashes:
        name, _, error = crash.partition(": ")
        kinds.setdefault(error, []).append(name)
    return [f"CRASH in {len(names)} documents, first {names[0]}: {error}" for error, names in kinds.items()]


def _part_table(name: str, part: Mapping[str, object]) -> list[str]:
    fields, everything, bins = part["fields"], part["all_fields"], part["calibration"]
    assert isinstance(fields, dict)
    assert isinstance(everything, dict)
    assert isinstance(bins, list)
    rows = [
        f"== {name}: {part['documents']} documents, {part['pages']} pages ==",
        f"{'field':<20}{'printed':>8}{'right':>7}{'wrong':>7}{'missing':>9}{'where absent':>14}{'right %':>9}",
    ]
    for field_name, r in (*fields.items(), ("ALL", everything)):
        rows.append(
            f"{field_name:<20}{r['findable']:>8}{r['right']:>7}{r['wrong']:>7}{r['missing']:>9}{r['invented']:>14}{r['right_pct']:>9.2f}"
        )
    whole, documents = part["whole"], part["documents"]
    assert isinstance(whole, int)
    assert isinstance(documents, int)
    rows += [
        f"mean over printed fields {everything['right_pct']:.2f} %   "
        f"wrong among given {everything['wrong_pct']:.2f} %   all seven key fields right {whole}/{documents} "
        f"({100 * whole / documents if documents else 0:.1f} %)   {part['seconds_per_page']:.3f} s/page",
        "confidence   "
        + "   ".join(f"{b['from']:.2f}-{b['to']:.2f}: {b['right_pct']:.1f} % of {b['n']}" for b in bins if b["n"]),
        "",
    ]
    return rows


def _rival_table(data: Mapping[str, object]) -> list[str]:
    others = data["rivals"]
    assert isinstance(others, dict)
    rows = ["== compared, text and XML documents only (no OCR there) =="] if others else []
    for name, r in others.items():
        rows.append(
            f"{name:<24} right {r['right_pct']:.1f} %  wrong among given {r['wrong_pct']:.1f} %  "
            f"seven key fields {r['whole']}/{r['documents']}  {r['seconds_per_page']:.3f} s/page"
        )
    return rows


def mistakes(outcomes: Iterable[Outcome], verdicts: Sequence[str]) -> list[str]:
    """One line per outcome of those verdicts: what was expected, what was given."""
    return [
        f"{o.verdict:<9}{o.document:<40} {o.field:<18} expected {o.expected!r} given {o.given!r} ({o.confidence})"
        for o in outcomes
        if o.verdict in verdicts
    ]


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tools.invoice_generator.accuracy", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--ocr", choices=("auto", "never", "always"), default="auto")
    parser.add_argument("--errors", default="", metavar="VERDICTS", help="also list values: wrong,invented,missing")
    parser.add_argument("--no-rivals", action="store_true", help="leave invoice2data out")
    arguments = parser.parse_args()

    def progress(name: str) -> None:
        if sys.stderr.isatty():
            print(f"\r{name[:70]:<70}", end="", file=sys.stderr)

    result = measure(arguments.folder, product_reader(arguments.ocr), progress)
    others = (
        {}
        if arguments.no_rivals
        else {name: rival_measure(arguments.folder, rival) for name, rival in rivals().items()}
    )
    data = summary(result, others)
    print(json.dumps(data, indent=1) if arguments.json else table(data))
    if arguments.errors:
        print("\n".join(mistakes(result.outcomes, arguments.errors.split(","))))


if __name__ == "__main__":
    main()
