"""Everything that the runbooks name exists: commands, metrics, texts of the log."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tools.cli import app

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "runbooks.md").read_text(encoding="utf-8")
OURS = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "shared").rglob("*.py"))
COMMANDS = sorted(set(re.findall(r"chorus-connector ([a-z]+(?:-[a-z]+)*)((?: [^`\n]+)?)", PAGE)))


@pytest.mark.parametrize(("command", "words"), COMMANDS)
def test_every_command_takes_the_options_it_is_shown_with(command: str, words: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    for option in re.findall(r"--[a-z-]+", words):
        assert option in shown.stdout, option


def test_every_measure_a_query_asks_for_is_written() -> None:
    asked = set(re.findall(r"\b([A-Z]\w+)\.0\b", PAGE))
    assert asked
    assert all(f'Measure("{name}"' in OURS for name in asked), asked


def test_every_message_a_query_filters_by_is_one_that_is_logged() -> None:
    asked = set(re.findall(r"message = '([^']+)'", PAGE))
    assert asked >= {"message done", "stream record failed"}
    assert all(f'"{message}"' in OURS for message in asked), asked


@pytest.mark.parametrize("step", ["reconciliation_failed", "not_found_yet"])
def test_the_steps_of_a_doubt_that_it_explains_are_those_the_history_writes(step: str) -> None:
    assert f"`{step}`" in PAGE
    assert f'"{step}"' in OURS


def test_no_command_passes_a_payload_that_only_one_version_of_the_aws_cli_takes() -> None:
    assert "--payload" not in PAGE
