"""The decision log keeps its form: the index lists every file, and links between decisions exist in both directions."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "docs" / "decisions"
FILES = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("[0-9]*.md"))}
INDEX = (FOLDER / "README.md").read_text(encoding="utf-8")

LINK = re.compile(r"\[(\d{4})\]\((\1-[a-z0-9-]+\.md)\)")
INVERSE = {"Supersedes": "Superseded by", "Refines": "Refined by"}


def links_of(text: str, relation: str) -> set[str]:
    """The files that ``text`` names in its line of that relation."""
    line = re.search(rf"^\* (?:Status: )?{relation}:? (.*)$", text, re.MULTILINE)
    return {found[1] for found in LINK.findall(line[1])} if line else set()


def test_the_index_lists_every_decision_with_its_title_date_and_status() -> None:
    rows = re.findall(r"^\| \[(\d{4})\]\((.+?\.md)\) \| (.+) \| (\d{4}-\d\d-\d\d) \| (.+) \|$", INDEX, re.MULTILINE)
    listed = {name: (f"# {number}: {title}", f"* Date: {date}", status) for number, name, title, date, status in rows}
    assert list(listed) == list(FILES)
    for name, (title, date, status) in listed.items():
        lines = FILES[name].splitlines()
        assert lines[0] == title, name
        assert date in lines, name
        assert f"* Status: {status}".casefold() in FILES[name].casefold(), name


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [name[:4] for name in FILES] == [f"{number:04}" for number in range(1, len(FILES) + 1)]


@pytest.mark.parametrize("name", FILES)
def test_a_decision_has_its_status_and_its_three_sections(name: str) -> None:
    text = FILES[name]
    (status,) = re.findall(r"^\* Status: (.+)$", text, re.MULTILINE)
    assert status == "Accepted" or re.fullmatch(rf"Superseded by {LINK.pattern}", status), status
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]


@pytest.mark.parametrize("relation", INVERSE)
def test_a_link_between_decisions_exists_in_both_directions(relation: str) -> None:
    forward = {(name, other) for name, text in FILES.items() for other in links_of(text, relation)}
    backward = {(other, name) for name, text in FILES.items() for other in links_of(text, INVERSE[relation])}
    assert forward
    assert forward == backward
