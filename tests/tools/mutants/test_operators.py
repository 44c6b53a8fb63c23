"""Which faults are put into a module, and which of its texts are left alone."""

import textwrap
from pathlib import Path

import pytest

from tools.mutants.operators import mutants_of

PACKAGE = Path(__file__).parents[3] / "shared" / "chorus_connector"


def faults(source: str) -> set[str]:
    """The faults of that source, without the module and the place that their ids begin with."""
    found = mutants_of(textwrap.dedent(source).encode(), "m.py")
    return {mutant.id.partition(": ")[2] for mutant in found}


def with_fault(source: str, fault: str) -> str:
    code = textwrap.dedent(source).encode()
    (mutant,) = [each for each in mutants_of(code, "m.py") if each.id.endswith(fault)]
    return mutant.applied(code).decode()


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("x = a < b", "a < b -> (a <= b)"),
        ("x = a < b", "a < b -> (a >= b)"),
        ("x = a is not b", "a is not b -> (a is b)"),
        ("x = a and b", "a and b -> (a or b)"),
        ("x = a and b", "a dropped from a and b"),
        ("x = not a", "not a -> (a)"),
        ("x = a - b", "a - b -> (a + b)"),
        ("x = 9", "9 -> 10"),
        ("x = '0.05'", "'0.05' -> \"1.05\""),
        ("x = 'code'", "'code' -> \"\""),
        ("x = True", "True -> False"),
        ("x = min(a, b)", "min -> max"),
        ("x = [a for a in b if a.c]", "a.c -> True"),
        ("x = {a: b, c: d}", "entry a dropped"),
        ("x = frozenset({a, b})", "element b dropped"),
        ("x = f'{a}#{b}'", "'#' dropped from f'{a}#{b}'"),
    ],
)
def test_an_expression_gets_the_fault_of_its_kind(source: str, fault: str) -> None:
    assert fault in faults(source)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("raise ValueError", "raise ValueError deleted"),
        ("save(a)", "save(a) deleted"),
        ("self.a = b", "self.a = b deleted"),
        ("return a", "return a -> return None"),
        ("a += 1", "a += 1 deleted"),
        ("if a: return", "a -> (not a)"),
        ("try: b()\n    except ValueError: c()", "except ValueError: raise"),
    ],
)
def test_a_statement_gets_the_fault_of_its_kind(statement: str, fault: str) -> None:
    assert fault in faults(f"def f(a):\n    {statement}")


def test_decorated_functions_and_default_arguments_have_faults_too() -> None:
    assert {"1 -> 2", "return a + b -> return None"} <= faults("@cached\ndef f(a, b=1):\n    return a + b")


def test_a_fault_changes_its_place_and_nothing_else() -> None:
    source = "# é\nx = {'é': a < b}  # why\ny = 1\n"
    assert with_fault(source, "a < b -> (a <= b)") == "# é\nx = {'é': (a <= b)}  # why\ny = 1\n"


def test_the_last_element_of_a_set_leaves_an_empty_set() -> None:
    assert eval(with_fault("frozenset({1})", "element 1 dropped")) == frozenset()


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        "import a",
        "x: 'Code' | None",
        "def f(a: int = b) -> 'Code': ...",
        "X = Literal['a', 'b']",
        "X = A | None",
        "X = Callable[[a, b], dict[c, d]]",
        "x = 'un montant illisible'",
        "x = f'{a} is no amount'",
        "logger.info('answered', extra={'status': 200})",
        "x = Field(description='Amount')",
        "assert a == b",
        "if TYPE_CHECKING:\n    import a",
        "@dataclass(frozen=True)\nclass A: ...",
    ],
)
def test_what_holds_no_rule_is_left_alone(source: str) -> None:
    assert faults(source) - {"Field(description='Amount')"} == set()


def test_an_id_outlives_an_edit_above_it_and_no_two_are_the_same() -> None:
    before = mutants_of(b"def f(a):\n    return a == 1 or a == 1\n", "m.py")
    after = mutants_of(b"import b\n\n\ndef f(a):\n    return a == 1 or a == 1\n", "m.py")
    assert [mutant.id for mutant in before] == [mutant.id for mutant in after]
    assert len({mutant.id for mutant in before}) == len(before)


def test_a_mutant_runs_with_the_first_line_of_its_statement() -> None:
    found = mutants_of(b"X = (\n    'a',\n    'b',\n)\nif c(\n    1\n):\n    d = 2\n", "m.py")
    lines = {mutant.id.partition(": ")[2]: (mutant.first_line, mutant.line) for mutant in found}
    assert (lines["'b' -> \"\""], lines["1 -> 2"], lines["2 -> 3"]) == ((1, 3), (5, 6), (8, 8))


@pytest.mark.parametrize(
    "module", ["domain/invoices/states.py", "domain/invoices/values.py", "usecases/invoices/submission.py"]
)
def test_every_fault_of_a_real_module_is_valid_python(module: str) -> None:
    source = (PACKAGE / module).read_bytes()
    for mutant in mutants_of(source, module):
        compile(mutant.applied(source), module, "exec")
