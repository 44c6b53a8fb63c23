"""docs/requirements.md says what the marks of the tests say."""

from pathlib import Path

import pytest

from tools import requirements
from tools.requirements import PAGE, marked_tests, page


@pytest.fixture
def marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of its own: three rows: one shown over HTTP, one by a unit test, one with a known fault."""
    for file, rows in (("e2e/test_api.py", ("S01", "S03")), ("domain/test_unit.py", ("S02",))):
        path = tmp_path / "tests" / file
        path.parent.mkdir(parents=True)
        path.write_text("".join(f'@pytest.mark.row("{row}")\ndef test_{row.lower()}(): ...\n' for row in rows))
    written = tmp_path / "requirements.toml"
    written.write_text(
        '[a]\ntitle = "A"\n[a.rows]\nS01 = "One"\nS02 = "Two"\nS03 = "Three"\n[partly]\nS03 = "not on Mondays"\n'
    )
    monkeypatch.setattr(requirements, "ROOT", tmp_path)
    monkeypatch.setattr(requirements, "REQUIREMENTS", written)
    return tmp_path


def test_the_committed_page_is_the_marks_own() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make requirements`"


def test_a_row_is_shown_by_a_test_over_http_only(marked: Path) -> None:
    text = page()
    assert "| S01 | One | shown | `test_api.py::test_s01` |  |" in text
    assert "| S02 | Two | not yet |  | `domain/test_unit.py` |" in text
    assert "| S03 | Three | partly: not on Mondays | `test_api.py::test_s03` |  |" in text
    assert "3 rows: 1 shown, 1 partly, 1 not yet." in text


def test_a_mark_of_a_module_is_a_mark_of_each_of_its_tests(marked: Path) -> None:
    path = marked / "tests" / "domain" / "test_unit.py"
    path.write_text(
        'pytestmark = [pytest.mark.stack, pytest.mark.row("S01", "S02")]\ndef test_a(): ...\ndef test_b(): ...'
    )
    assert marked_tests()["S02"] == ["tests/domain/test_unit.py::test_a", "tests/domain/test_unit.py::test_b"]


def test_a_mark_that_names_no_row_is_an_error(marked: Path) -> None:
    (marked / "tests" / "test_more.py").write_text('@pytest.mark.row("S99")\ndef test_a(): ...\n')
    with pytest.raises(ValueError, match="S99"):
        page()


def test_a_mark_on_something_that_is_no_test_is_an_error(marked: Path) -> None:
    (marked / "tests" / "test_more.py").write_text('CASES = [pytest.param(1, marks=pytest.mark.row("S01"))]\n')
    with pytest.raises(ValueError, match=r"test_more\.py"):
        page()


def test_a_fault_of_an_unknown_row_is_an_error(marked: Path) -> None:
    written = marked / "requirements.toml"
    written.write_text(written.read_text() + 'S99 = "gone"\n')
    with pytest.raises(ValueError, match="S99"):
        page()
