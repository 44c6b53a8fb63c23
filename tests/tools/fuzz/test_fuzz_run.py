"""A small part of ``make fuzz``: kinds of every family, small, through the code of the functions."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tools.fuzz.__main__ import Lane
from tools.fuzz.files import ENDLESS, File, file_of
from tools.fuzz.verdict import READABLE, violations
from tools.fuzz.watch import Watch, descendants
from tools.hostile_pdfs.draft import KINDS
from tools.hostile_pdfs.kinds import hostile_pdf
from tools.openapi import catalogue

TRIED = [kind for kind in KINDS if kind not in ENDLESS][::4]
DAMAGED = range(1000, 1012)
NEARLY_HARMLESS = 0.02


@pytest.fixture(scope="module")
def lane() -> Iterator[Lane]:
    lane = Lane()
    yield lane
    lane.close()


@pytest.fixture(scope="module")
def known() -> frozenset[str]:
    return frozenset(refusal.code for refusal in catalogue.field_refusals())


@pytest.mark.parametrize("kind", TRIED)
def test_a_hostile_file_is_read_or_refused_within_the_limits(kind: str, lane: Lane, known: frozenset[str]) -> None:
    result = lane.result(File(0, kind, hostile_pdf(kind, NEARLY_HARMLESS)))
    assert violations(result, known) == []


@pytest.mark.acceptance
def test_most_files_of_a_run_open_and_none_breaks_a_rule(lane: Lane, known: frozenset[str]) -> None:
    results = [lane.result(file_of(1, index)) for index in DAMAGED]
    assert [each for result in results for each in violations(result, known)] == []
    assert sum(result.steps[0].outcome == READABLE for result in results) > len(results) / 2


def test_the_files_of_a_run_are_drawn_from_its_seed_and_their_index() -> None:
    drawn = [file_of(1, index) for index in (0, 500, 501)]
    assert drawn == [file_of(1, index) for index in (0, 500, 501)]
    assert drawn[0].kind == next(iter(KINDS))
    assert file_of(2, 501) != drawn[2]


def test_memory_of_a_process_includes_the_peak_of_what_it_started() -> None:
    child = "import sys; a = b'x' * 50_000_000; del a; print(flush=True); sys.stdin.read()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    process = subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()  # the child has released its memory
    with Watch(process.pid) as watch:
        assert len(list(descendants(process.pid))) == 1
    process.communicate()
    assert watch.most > 50_000_000
