"""The README tells the truth about what can be checked: boxes, commands, files it names."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_boxes_is_the_folders_of_functions() -> None:
    listed = set(re.findall(r"^\| (\w+) \| `functions/(?:\w+)` \|", README, re.MULTILINE))
    folders = {path.name for path in (ROOT / "functions").iterdir() if (path / "handler.py").exists()}
    assert listed == folders


def test_every_use_case_the_table_names_exists() -> None:
    for name in re.findall(r"`(usecases/[\w/]+\.py)`", README):
        assert (ROOT / "shared" / "chorus_connector" / name).exists(), name


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_every_make_target_it_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`make (\w+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_subcommand_it_names_exists() -> None:
    shown = subprocess.run([sys.executable, "-m", "tools.cli", "--help"], capture_output=True, text=True, check=True)
    for command in set(re.findall(r"chorus-connector (\w+)", README)):
        assert command in shown.stdout, command
