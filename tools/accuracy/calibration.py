"""``python -m tools.accuracy.calibration --out FILE DIR…``: fits the confidences of ``confidence.toml``.

Each rule names the ground of its conclusion. Counted per ground is how often it was right, on documents whose designs
the rules' authors did not draw; documents of this project's own generator (``--generated``) count for little, and a
ground that only they have shown is never trusted. The documents of one design resemble each other: however many there
are, a design counts as at most ``DESIGN_COUNTS`` documents. The report says how often values are right on designs that
were left out of the fit. OCR is slow: ``--cache`` keeps what it found.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chorus_connector.adapters.pdf import UnreadablePdf
from chorus_connector.domain.reading.confidence import ground_kind
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.page_kinds import invoice_part
from chorus_connector.domain.reading.paper.page import Source
from chorus_connector.domain.reading.read import verdicts
from tools.accuracy.measure import RIGHT
from tools.accuracy.pages import Opener
from tools.accuracy.truth import Truth, truths
from tools.accuracy.verdicts import judge

DESIGN_COUNTS = 3.0
"""As how many documents a design counts at most."""
GENERATED_COUNTS = 0.3
"""As how many documents a design of this project's own generator counts."""
LEAN = 4.0
"""A ground seen on this many documents counts as much as its field's average."""
HIGHEST = 0.995
SURE = 0.985
"""The share right from which a ground passes 0.95: its values may leave unattended and are rarely looked at."""
LIKELY = 0.97
"""The share right from which a ground passes 0.9, the default threshold of automatic submission."""
NEVER_SEEN = 0.85
"""The most that a ground gets which no foreign design has shown."""

CONTRADICTED = ("contradicted", "a cent off")
"""The grounds of printed values that do not agree with each other: however often they were right, a person looks."""


@dataclass(frozen=True)
class Observation:
    """One value that a rule concluded, with the ground it named."""

    source: Source
    field: str
    ground: str
    design: str
    right: bool
    generated: bool = False


def observe(documents: Iterable[Truth], opener: Opener, *, generated: bool = False) -> Iterator[Observation]:
    """What the rules conclude on the pages of each document, XML left aside."""
    for truth in documents:
        try:
            document = invoice_part(Document(opener(truth.pdf.read_bytes()).pages))
        except UnreadablePdf as refusal:
            print(f"{truth.name} is not counted: {refusal}", file=sys.stderr)
            continue
        if document is None or not document.cells:
            continue
        for verdict in verdicts(document):
            cell = verdict.place.cell if verdict.place else None
            source = document.sheet(cell).source if cell else document.sheets[0].source
            if verdict.field in truth.fields:
                right = judge(verdict.field, truth, verdict.value) in RIGHT
                yield Observation(
                    source, verdict.field, ground_kind(verdict, source), truth.design, right, generated=generated
                )


Table = dict[tuple[Source, str], dict[str, float]]


def fit(observations: Iterable[Observation]) -> Table:
    """The confidence of each ground of each field of each source, and of a ground never seen (``other``)."""
    by_field: dict[tuple[Source, str], list[Observation]] = defaultdict(list)
    for each in observations:
        by_field[each.source, each.field].append(each)
    return {key: _field(seen) for key, seen in by_field.items()}


def _field(seen: Sequence[Observation]) -> dict[str, float]:
    average = _share(seen, lean=LEAN, towards=LIKELY)
    by_ground: dict[str, list[Observation]] = defaultdict(list)
    for each in seen:
        by_ground[each.ground].append(each)
    table = {
        ground: _stepped(_share(found, lean=LEAN, towards=min(average, HIGHEST)), found)
        for ground, found in by_ground.items()
    }
    return table | {"other": min(NEVER_SEEN, round(average, 3))}


def _share(seen: Sequence[Observation], *, lean: float, towards: float) -> float:
    """The share of right values, each design counted within its bounds, leaning towards a share known before."""
    designs: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    for each in seen:
        designs[each.design, each.generated].append(each.right)
    right = whole = 0.0
    for (_, generated), results in designs.items():
        weight = GENERATED_COUNTS if generated else min(DESIGN_COUNTS, len(results))
        right += weight * sum(results) / len(results)
        whole += weight
    return (right + lean * towards) / (whole + lean)


def _stepped(share: float, seen: Sequence[Observation]) -> float:
    """The share, held under the thresholds that it does not deserve to pass."""
    if all(each.generated or each.ground.startswith(CONTRADICTED) for each in seen):
        return round(min(share, NEVER_SEEN), 3)
    if share >= SURE:
        return round(min(max(share, 0.95), HIGHEST), 3)
    return round(min(share, 0.94) if share >= LIKELY else min(share, 0.88), 3)


def left_out(observations: Sequence[Observation]) -> Iterator[tuple[Observation, float]]:
    """Each value of a foreign design with the confidence that it gets when its design is left out of the fit."""
    for design in sorted({each.design for each in observations if not each.generated}):
        table = fit(each for each in observations if each.design != design)
        for each in observations:
            if each.design == design and not each.generated:
                grounds = table.get((each.source, each.field), {})
                yield each, grounds.get(each.ground, grounds.get("other", 0.8))


def report(observations: Sequence[Observation]) -> str:
    """How often values at each confidence are right on designs left out, per source."""
    judged = list(left_out(observations))
    lines = []
    for source in ("text", "ocr"):
        mine = [(each, confidence) for each, confidence in judged if each.source == source]
        designs = len({each.design for each, _ in mine})
        lines.append(f"{source}: {designs} designs left out in turn, {len(mine)} values")
        for low, high in ((0.95, 1.0), (0.9, 0.95), (0.0, 0.9)):
            rights = [each.right for each, confidence in mine if low <= confidence < high or high == confidence == 1.0]
            share = 100 * sum(rights) / len(rights) if rights else 0.0
            lines.append(f"  at {low:.2f} to {high:.2f}: {share:.2f} % right of {len(rights)}")
    return "\n".join(lines)


def as_toml(table: Table) -> str:
    """The table as text, sorted, one section per source and field."""
    lines = ["# Fitted by tools/accuracy/calibration.py: do not edit by hand."]
    for (source, field), grounds in sorted(table.items()):
        lines += ["", f"[{source}.{field}]"]
        lines += [f'"{ground}" = {value}' for ground, value in sorted(grounds.items())]
    return "\n".join(lines) + "\n"


def _weak(observations: Sequence[Observation]) -> Iterator[str]:
    """The grounds that were wrong on a foreign design, worst first."""
    counted: Mapping[tuple[Source, str, str], list[Observation]] = defaultdict(list)
    for each in observations:
        if not each.generated:
            counted[each.source, each.field, each.ground].append(each)
    wrong = {key: [each for each in seen if not each.right] for key, seen in counted.items()}
    for key, seen in sorted(wrong.items(), key=lambda item: -len(item[1])):
        if seen:
            designs = len({each.design for each in seen})
            yield f"{' '.join(key)}: {len(seen)} wrong of {len(counted[key])}, in {designs} design(s)"


def main() -> None:
    """Read the arguments, count, write, report."""
    parser = argparse.ArgumentParser(prog="python -m tools.accuracy.calibration", description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--generated", type=Path, nargs="*", default=[], help="folders of this project's generator")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--weak", action="store_true", help="list the grounds that were wrong")
    arguments = parser.parse_args()
    opener = Opener(cache=arguments.cache)
    seen = [each for folder in arguments.folders for each in observe(truths(folder), opener)]
    seen += [each for folder in arguments.generated for each in observe(truths(folder), opener, generated=True)]
    if arguments.out:
        arguments.out.write_text(as_toml(fit(seen)), encoding="utf-8")
    print(report(seen))
    if arguments.weak:
        print("\n".join(_weak(seen)))


if __name__ == "__main__":
    main()
