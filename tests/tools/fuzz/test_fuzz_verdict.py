"""A fuzz run fails for every rule that a file breaks."""

import pytest

from tools.fuzz.verdict import BROKEN, DIED, READABLE, REFUSED, Result, Step, opened_enough, rows, violations

KNOWN = frozenset({"pdf_damaged"})


def a_step(step: str = "inspect", outcome: str = READABLE, code: str = "", seconds: float = 1, mb: int = 100) -> Step:
    return Step(step, outcome, code, seconds, mb * 1024 * 1024)


def a_result(*steps: Step, kind: str = "bomb") -> Result:
    return Result(7, kind, 1000, steps)


@pytest.mark.parametrize(
    "step",
    [
        a_step(),
        a_step(outcome=REFUSED, code="pdf_damaged"),
        a_step(outcome=DIED, code="memory: MemoryError", seconds=19.9, mb=716),
        a_step("read", mb=1238),
    ],
)
def test_a_file_that_was_read_refused_or_ended_by_its_limits_breaks_no_rule(step: Step) -> None:
    assert violations(a_result(step), KNOWN) == []


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (a_step(outcome=BROKEN, code="the caller died (-9)"), "the caller died (-9)"),
        (a_step(outcome=REFUSED, code="pdf_odd"), "the unknown problem pdf_odd"),
        (a_step(seconds=20.1), "20.1 s"),
        (a_step(mb=717), "752 MB"),
        (a_step("read", mb=1239), "1299 MB"),
    ],
)
def test_each_broken_rule_is_named_with_its_file(step: Step, said: str) -> None:
    (found,) = violations(a_result(step), KNOWN)
    assert found == f"bomb (file 7), {step.step}: {said}"


def test_a_row_counts_a_kinds_files_and_its_worst_figures() -> None:
    (bomb, other) = rows(
        [
            a_result(a_step(seconds=2), a_step("read", DIED, "time: killed", 18, 900)),
            a_result(a_step(outcome=REFUSED, code="pdf_damaged")),
            a_result(a_step(), kind="other"),
        ]
    )
    assert (bomb.kind, bomb.count, bomb.opened, bomb.died) == ("bomb", 2, 1, 1)
    assert (bomb.seconds, bomb.memory) == (18, 900 * 1024 * 1024)
    assert bomb.refused == {"time: killed": 1, "pdf_damaged": 1}
    assert (other.kind, other.refused) == ("other", {})


def test_half_of_the_files_must_open() -> None:
    opened, refused = a_result(a_step()), a_result(a_step(outcome=REFUSED, code="pdf_damaged"))
    assert opened_enough([opened, refused])
    assert not opened_enough([opened, refused, refused])
