"""The operations page tells the truth about what can be checked: commands, links, the doctor's words, states."""

import re
from pathlib import Path
from typing import get_args

from typer.testing import CliRunner

from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.diagnosis import Check
from tools.cli import app

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "operations.md").read_text(encoding="utf-8")


def test_every_command_it_names_exists_and_every_operators_command_is_named() -> None:
    named = set(re.findall(r"chorus-connector ([a-z]+(?:-[a-z]+)?)\b", PAGE)) | {"redrive-changes"}
    for command in named:
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0, command
    assert {
        "doctor",
        "replay",
        "redrive",
        "export-tenant",
        "erase-tenant",
        "restore-tenant",
        "migrate",
        "history",
    } <= named


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (DOCS / target).exists(), target


def test_every_check_of_the_doctor_is_described() -> None:
    # those in the table of steps or below it; the portal's own answer explains itself
    untold = {each for each in get_args(Check) if f"`{each}`" not in PAGE}
    assert untold <= {"supplier", "portal", "certificate"}


def test_the_effect_of_a_replay_is_described_for_every_state() -> None:
    assert all(f"`{state}`" in PAGE for state in State)
