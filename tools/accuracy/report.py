"""The figures of a measurement as plain data (``--json``) and as a table."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from tools.accuracy.measure import RIGHT, Judged, Outcome
from tools.accuracy.truth import KINDS
from tools.accuracy.verdicts import FIELDS

BINS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 1.01)
SURE = 0.95

Figures = dict[str, Any]


def rates(outcomes: Iterable[Outcome]) -> Figures:
    """Counts and shares of some outcomes: of the values that exist, and of the values that were read."""
    count = Counter(each.verdict for each in outcomes)
    findable = count["right"] + count["wrong"] + count["missing"]
    given = count["right"] + count["wrong"] + count["invented"] + count["deduced"]
    return {
        "findable": findable,
        "right": count["right"],
        "wrong": count["wrong"],
        "missing": count["missing"],
        "invented": count["invented"],
        "right_pct": _percent(count["right"], findable, of_none=100.0),
        "wrong_pct": _percent(count["wrong"] + count["invented"], given),
    }


def calibration(outcomes: Iterable[Outcome]) -> list[Figures]:
    """For each confidence bin, the number of values that were read and the share that is right."""
    given = [each for each in outcomes if each.confidence is not None]
    return [_bin(given, low, high) for low, high in (*pairwise(BINS), (SURE, BINS[-1]))]


def _bin(given: Sequence[Outcome], low: float, high: float) -> Figures:
    inside = [each for each in given if each.confidence is not None and low <= each.confidence < high]
    right = sum(each.verdict in RIGHT for each in inside)
    return {"from": low, "to": min(high, 1.0), "n": len(inside), "right_pct": _percent(right, len(inside))}


def unattended_risk(judged: Sequence[Judged]) -> Figures:
    """What would leave without a person, and what of it would be wrong: the figure that matters most.

    ``of_printing``: the share that leaves of the documents that print every key field.
    """
    leaving = [each for each in judged if each.unattended]
    printing = [each for each in judged if each.prints_every_key_field]
    return {
        "documents": len(judged),
        "unattended": len(leaving),
        "wrong": sum(each.sends_a_wrong_value for each in leaving),
        "code_left_out": sum(each.leaves_a_code_out for each in leaving),
        "to_a_person_pct": _percent(len(judged) - len(leaving), len(judged)),
        "printing": len(printing),
        "of_printing_pct": _percent(sum(each.unattended for each in printing), len(printing)),
        "wrong_documents": [each.truth.name for each in leaving if each.sends_a_wrong_value],
    }


def xml_differences(judged: Sequence[Judged]) -> Figures:
    """How many problems of XML and page are false, and how many planted differences were found."""
    inside = [each for each in judged if each.kind == "xml"]
    planted = [(each, name) for each in inside for name in each.truth.differing]
    return {
        "documents": len(inside),
        "with_a_false_one": sum(any(name not in each.truth.differing for name in each.differences) for each in inside),
        "planted": len(planted),
        "found": sum(name in each.differences for each, name in planted),
    }


def summary(judged: Sequence[Judged]) -> Figures:
    """The figures of each kind of document, and of all of them."""
    kinds = [kind for kind in KINDS if any(each.kind == kind for each in judged)]
    parts = {kind: _part([each for each in judged if each.kind == kind]) for kind in kinds}
    return {
        "parts": ({"all": _part(judged)} if len(kinds) > 1 else {}) | parts,
        "xml_page_differences": xml_differences(judged),
        "crashes": [f"{each.truth.name}: {each.crash}" for each in judged if each.crash],
    }


def _part(judged: Sequence[Judged]) -> Figures:
    outcomes = [outcome for each in judged for outcome in each.outcomes]
    pages = sum(each.truth.pages for each in judged)
    return {
        "all_fields": rates(outcomes),
        "fields": {name: rates(each for each in outcomes if each.field == name) for name in FIELDS},
        "key_fields_right": sum(each.key_fields_right for each in judged),
        "documents": len(judged),
        "designs": len({each.truth.design for each in judged}),
        "pages": pages,
        "seconds_per_page": sum(each.seconds for each in judged) / pages if pages else 0.0,
        "calibration": calibration(outcomes),
        "unattended": unattended_risk(judged),
    }


def _percent(part: int, whole: int, of_none: float = 0.0) -> float:
    return 100 * part / whole if whole else of_none


def table(figures: Mapping[str, Any]) -> str:
    """The summary as a text table."""
    lines = [line for name, part in figures["parts"].items() for line in _part_lines(name, part)]
    difference = figures["xml_page_differences"]
    if difference["documents"]:
        lines.append(
            f"XML and page: {difference['with_a_false_one']} of {difference['documents']} documents with a false "
            f"difference; {difference['found']} of {difference['planted']} planted ones found"
        )
    return "\n".join([*lines, *_crash_lines(figures["crashes"])])


def _part_lines(name: str, part: Mapping[str, Any]) -> list[str]:
    every, risk = part["all_fields"], part["unattended"]
    rows = [
        f"== {name}: {part['documents']} documents of {part['designs']} designs, {part['pages']} pages ==",
        f"{'field':<20}{'printed':>8}{'right':>7}{'wrong':>7}{'missing':>9}{'where absent':>14}{'right %':>9}",
    ]
    rows += [
        f"{field:<20}{r['findable']:>8}{r['right']:>7}{r['wrong']:>7}{r['missing']:>9}{r['invented']:>14}{r['right_pct']:>9.2f}"
        for field, r in (*part["fields"].items(), ("ALL", every))
    ]
    bins = "   ".join(f"{b['from']:.2f}-{b['to']:.2f}: {b['right_pct']:.1f} % of {b['n']}" for b in part["calibration"])
    whole = part["key_fields_right"]
    return [
        *rows,
        f"fields right {every['right_pct']:.2f} %   wrong among given {every['wrong_pct']:.2f} %   "
        f"all key fields right {whole}/{part['documents']} ({_percent(whole, part['documents']):.1f} %)   "
        f"{part['seconds_per_page']:.3f} s/page",
        f"unattended {risk['unattended']} of {risk['documents']} ({risk['of_printing_pct']:.1f} % of the "
        f"{risk['printing']} that print every key field): {risk['wrong']} with a wrong value, "
        f"{risk['code_left_out']} without a printed code; to a person {risk['to_a_person_pct']:.1f} %",
        f"confidence   {bins}",
        "",
    ]


def _crash_lines(crashes: Sequence[str]) -> list[str]:
    """One line per kind of crash: how many documents, and the first of them."""
    kinds: dict[str, list[str]] = {}
    for crash in crashes:
        name, _, error = crash.partition(": ")
        kinds.setdefault(error, []).append(name)
    return [f"CRASH in {len(names)} documents, first {names[0]}: {error}" for error, names in kinds.items()]


def mistakes(judged: Iterable[Judged], verdicts: Sequence[str]) -> list[str]:
    """One line per outcome of those verdicts: what was expected, what was given."""
    return [
        f"{o.verdict:<9}{each.truth.name:<40} {o.field:<18} expected {o.expected!r} given {o.given!r} ({o.confidence})"
        for each in judged
        for o in each.outcomes
        if o.verdict in verdicts
    ]
