"""How a mutant gets its tests, how it is tried, and that a stopped run continues."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tools.mutants.__main__ import Coverage, Results, _in_order
from tools.mutants.operators import Mutant
from tools.mutants.unit_tests import BROKEN, KILLED, SURVIVED, UnitTest

ROOT = Path(__file__).parents[3]


def a_mutant(line: int, module: str = "domain/money.py") -> Mutant:
    return Mutant(module, f"{module} f: {line}", line, line, line, 0, 0, "")


def a_test(name: str, seconds: float = 0.1, **lines: set[int]) -> UnitTest:
    modules = {f"domain/{module}.py": frozenset(numbers) for module, numbers in lines.items()}
    return UnitTest(name, seconds, modules)


def ids(tests: list[UnitTest]) -> list[str]:
    return [test.id for test in tests]


def test_a_mutant_in_a_function_is_tried_on_the_tests_that_run_its_line() -> None:
    covered = Coverage([a_test("a::runs_it", money={3}), a_test("a::passes_by", money={4})])
    assert ids(covered.tests_of(a_mutant(3))) == ["a::runs_it"]


def test_a_mutant_in_a_table_is_tried_on_all_that_use_its_module_or_a_module_that_imports_it() -> None:
    covered = Coverage(
        [
            a_test("a::uses_it", money={9}),
            a_test("a::uses_an_importer", form={1}),
            a_test("a::uses_neither", other={1}),
            a_test("test_money.py::compares_the_table"),
        ],
        at_import={"domain/money.py": {3}},
        importers={"domain/money.py": {"domain/form.py"}},
    )
    assert ids(covered.tests_of(a_mutant(3))) == [
        "a::uses_it",
        "a::uses_an_importer",
        "test_money.py::compares_the_table",
    ]


def test_the_tests_named_after_the_module_come_first_and_slow_ones_only_within_the_budget() -> None:
    tests = [a_test("test_form.py::a", 0.1), a_test("test_money.py::a", 1), a_test("test_slow.py::a", 30)]
    assert ids(_in_order(tests, "domain/money.py", 15)) == ["test_money.py::a", "test_form.py::a"]


def test_a_mutant_whose_only_test_is_slow_is_tried_on_it() -> None:
    assert ids(_in_order([a_test("test_slow.py::a", 30)], "domain/money.py", 15)) == ["test_slow.py::a"]


def test_a_new_run_keeps_what_was_killed_and_tries_survivors_again_when_a_test_has_changed(tmp_path: Path) -> None:
    module = "domain/invoices/values.py"
    killed, survived = a_mutant(1, module), a_mutant(2, module)
    first = Results(tmp_path / "results.jsonl", tests="before")
    first.add(killed, killed=True)
    first.add(survived, killed=False)

    same = Results(tmp_path / "results.jsonl", tests="before")
    assert (same.killed(killed), same.killed(survived)) == (True, False)
    changed = Results(tmp_path / "results.jsonl", tests="after")
    assert (changed.killed(killed), changed.killed(survived)) == (True, None)


TRIAL = """
import os
from pathlib import Path
from tools.mutants.unit_tests import UnitTest, fork, judge, warm_up

warm_up([])
module = "domain/invoices/values.py"
source = (Path("shared/chorus_connector") / module).read_bytes()
test = UnitTest("tests/domain/invoices/test_values.py::test_a_siret_may_be_written_with_spaces", 1.0, {})
fork(judge, module, source.replace(b"MAX_TEXT =", b"FAULT; MAX_TEXT ="), [test], seconds=6)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""


@pytest.mark.acceptance
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param("pass", SURVIVED, id="survives"),
        pytest.param("re.sub = None", KILLED, id="is killed"),
        pytest.param("exec('while True: pass')", -signal.SIGXCPU, id="takes too long"),
        pytest.param("def", BROKEN, id="is no Python"),
    ],
)
def test_a_fault_is_tried_in_a_process_of_its_own(fault: str, code: int) -> None:
    command = [sys.executable, "-c", TRIAL.replace("FAULT", fault)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(answer.stdout) == code, answer.stderr
