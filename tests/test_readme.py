"""The README tells the truth about what can be checked: functions, commands, the files it names. And it stays short."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "shared" / "chorus_connector"
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def test_it_has_at_most_fifteen_hundred_words() -> None:
    assert len(README.split()) <= 1500


def test_the_table_of_functions_is_the_folders_of_functions() -> None:
    listed = re.findall(r"^\| \[(\w+)\]\(functions/(\w+)/handler\.py\) \|", README, re.MULTILINE)
    folders = {path.name for path in (ROOT / "functions").iterdir() if (path / "handler.py").exists()}
    assert {name for name, _ in listed} == folders
    assert all(name == folder for name, folder in listed)
    assert len(listed) == len(folders)


def test_every_use_case_and_module_it_names_exists() -> None:
    rows = "\n".join(re.findall(r"^\| \[\w+\]\(functions/.*$", README, re.MULTILINE))
    use_cases = re.findall(r"`(\w+/\w+\.py)`", rows)
    assert use_cases
    for name in use_cases:
        assert (PACKAGE / "usecases" / name).exists(), name
    for name in re.findall(r"`((?:api|runtime|wiring|usecases|domain|ports|adapters|chorus_pro)/[\w/.]+)`", README):
        assert (PACKAGE / name).exists(), name


def test_every_folder_of_the_layout_is_in_its_table() -> None:
    listed = set(re.findall(r"^\| `shared/chorus_connector/(\w+)` \|", README, re.MULTILINE))
    assert listed == {path.parent.name for path in PACKAGE.glob("*/__init__.py")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_every_page_leads_to_a_file_and_a_heading(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", text):
        if target.startswith("http"):
            continue
        linked = (page.parent / target) if target else page
        assert linked.exists(), target
        if anchor:
            assert anchor in _anchors(linked.read_text(encoding="utf-8")), f"{target}#{anchor}"


def _anchors(text: str) -> set[str]:
    """The fragments that a renderer of Markdown gives to headings, and explicit ones."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([\w-]+)">', text))


def test_every_make_target_it_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in (README, (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        for target in set(re.findall(r"`make ([a-z]+)", page)):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_subcommand_it_names_exists() -> None:
    shown = subprocess.run([sys.executable, "-m", "tools.cli", "--help"], capture_output=True, text=True, check=True)
    for command in set(re.findall(r"chorus-connector ([a-z]+)", README)):
        assert command in shown.stdout, command


def test_every_source_file_that_a_page_names_exists() -> None:
    """Find a file by the end of its path; decisions and the changelog may name deleted files."""
    folders = (".github", "console", "docs", "functions", "infra_cdk", "requirements", "shared", "tests", "tools")
    files = [*ROOT.iterdir(), *(path for folder in folders for path in (ROOT / folder).rglob("*.*"))]
    listed = [path.relative_to(ROOT).as_posix() for path in files]
    for page in PAGES:
        if page.parent.name == "decisions" or page.name == "CHANGELOG.md":
            continue
        for name in re.findall(r"`([\w/.-]+\.(?:py|toml|yml))`", page.read_text(encoding="utf-8")):
            assert any(f"/{path}".endswith(f"/{name}") for path in listed), f"{page.name}: {name}"
