"""The commands that the pages print exist, with the options they print."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.session import Session
from typer.main import get_command

from tools.cli import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_OF_THE_AWS_CLI = {
    "query",
    "output",
    "endpoint-url",
    "region",
    "profile",
    "cli-input-json",
    "no-cli-pager",
    "max-items",
}
_NO_API = {"configure", "sso", "s3"}  # commands that the AWS command line composes itself
_ONE_API = {"s3api": "s3", "logs": "logs"}


def _words_after(program: str) -> Iterator[list[str]]:
    """Each printed command of that program, as words, up to a pipe or the end of its code."""
    for page in PAGES:
        text = re.sub(r"\\\n\s*", " ", page.read_text(encoding="utf-8"))
        blocks = [line.strip() for line in text.splitlines() if line.startswith("    ")]
        inline = [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", text)]
        for code in (*blocks, *inline):
            for found in re.findall(rf"(?:^|[;(] ?|\$\(){program} ((?:'[^']*'|\"[^\"]*\"|[^'\"|&)#])*)", code):
                yield shlex.split(found.replace("…", "").replace("[", " ").replace("]", " "))


def _aws_commands() -> list[tuple[str, str, frozenset[str]]]:
    commands = set()
    for words in _words_after("aws"):
        names = [each for each in words[:2] if re.fullmatch(r"[a-z0-9-]+", each)]
        if len(names) == 2 and names[0] not in _NO_API and names[1] != "wait":
            options = frozenset(each.removeprefix("--") for each in words if re.fullmatch(r"--[a-z-]+", each))
            commands.add((names[0], names[1], options - _OF_THE_AWS_CLI))
    return sorted(commands, key=str)


@cache
def _operations(service: str) -> dict[str, frozenset[str]]:
    model = Session().get_service_model(_ONE_API.get(service, service))
    return {
        xform_name(name, "-"): frozenset(
            xform_name(each, "-") for each in (getattr(model.operation_model(name).input_shape, "members", None) or {})
        )
        for name in model.operation_names
    }


def test_commands_are_found() -> None:
    assert len(_aws_commands()) > 10


@pytest.mark.parametrize(("service", "operation", "options"), _aws_commands())
def test_a_printed_aws_command_has_options_of_its_operation(
    service: str, operation: str, options: frozenset[str]
) -> None:
    assert operation in _operations(service)
    assert options <= _operations(service)[operation]


def test_a_printed_command_of_ours_has_options_that_it_takes() -> None:
    commands = getattr(get_command(app), "commands")  # noqa: B009 (typer's own group, untyped)
    seen = set()
    for words in _words_after("chorus-connector"):
        if not words or not re.fullmatch(r"[a-z][a-z-]+", words[0]):
            continue
        assert words[0] in commands, words
        seen.add(words[0])
        command = commands[words[0]]
        if (group := getattr(command, "commands", None)) and len(words) > 1:
            assert words[1] in group, words
            command = group[words[1]]
        taken = {option for each in command.params for option in each.opts}
        assert {each for each in words if each.startswith("--")} <= taken, words
    assert {"sign-in", "create-person", "doctor"} <= seen
