"""All functions go back to the release before, together; an interrupted way back is continued by the same command."""

import io
import json
import os
import zipfile
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from tools.cli import app
from tools.operations.rollback import NoSuchRelease, Rollback

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-west-3"}


def _code(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("handler.py", text)
    return buffer.getvalue()


class Installation:
    """Functions as CloudFormation deploys them: updated, published, then the alias is moved."""

    def __init__(self) -> None:
        self.functions = boto3.client("lambda")
        trust = {"Version": "2012-10-17", "Statement": []}
        made = boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))
        self._role = made["Role"]["Arn"]

    def deploy(self, release: str, *words: str) -> None:
        for word in words:
            name, code = f"chorus-connector-dev-{word}", _code(release)
            variables = {"Variables": {"RELEASE": release}}
            try:
                self.functions.create_function(
                    FunctionName=name,
                    Runtime="python3.13",
                    Handler="handler.lambda_handler",
                    Role=self._role,
                    Code={"ZipFile": code},
                    Environment=variables,
                )
            except self.functions.exceptions.ResourceConflictException:
                self.functions.update_function_configuration(FunctionName=name, Environment=variables)
                self.functions.update_function_code(FunctionName=name, ZipFile=code)
            version = self.functions.publish_version(FunctionName=name)["Version"]
            point = self.functions.create_alias if version == "1" else self.functions.update_alias
            point(FunctionName=name, Name="live", FunctionVersion=version)

    def live(self, word: str) -> str:
        """The release of the version that `live` points to."""
        name = f"chorus-connector-dev-{word}"
        configuration = self.functions.get_function_configuration(FunctionName=name, Qualifier="live")
        return str(configuration["Environment"]["Variables"]["RELEASE"])

    def rollback(self) -> Rollback:
        return Rollback(self.functions, "dev")


@pytest.fixture
def installation(monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with patch.dict(os.environ, CREDENTIALS), mock_aws():
        yield Installation()


def _run(*words: str) -> tuple[int, list[dict[str, Any]]]:
    done = CliRunner().invoke(app, ["rollback", "--environment", "dev", *words])
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()]


def test_every_function_goes_back_together_once_it_was_said(installation: Installation) -> None:
    for release in ("first", "second", "third"):
        installation.deploy(release, "submission", "notifier")
    code, lines = _run()
    assert code == 0
    assert [(each["release"], each["live"]) for each in lines if "release" in each] == [
        ("first", False),
        ("second", False),
        ("third", True),
    ]
    assert {each["function"] for each in lines if "function" in each} == {
        "chorus-connector-dev-submission",
        "chorus-connector-dev-notifier",
    }
    assert installation.live("submission") == "third", "it only said what it would do"
    assert _run("--yes")[0] == 0
    assert [installation.live(each) for each in ("submission", "notifier")] == ["second", "second"]
    assert _run("--to", "third", "--yes")[0] == 0
    assert [installation.live(each) for each in ("submission", "notifier")] == ["third", "third"]


def test_an_interrupted_way_back_is_continued(installation: Installation) -> None:
    for release in ("first", "second"):
        installation.deploy(release, "submission", "notifier")
    target, moves = installation.rollback().plan()
    installation.rollback().move(moves[:1])  # then the terminal was closed
    again, rest = installation.rollback().plan()
    assert (again.name, rest) == (target.name, moves[1:])
    installation.rollback().move(rest)
    assert [installation.live(each) for each in ("submission", "notifier")] == ["first", "first"]


def test_a_function_that_the_earlier_release_did_not_have_stays(installation: Installation) -> None:
    installation.deploy("first", "submission")
    installation.deploy("second", "submission", "digest")
    rollback = installation.rollback()
    _, moves = rollback.plan()
    assert [(each.function.rsplit("-", 1)[1], each.after) for each in moves] == [("digest", None), ("submission", "1")]
    rollback.move(moves)
    assert (installation.live("digest"), installation.live("submission")) == ("second", "first")


def test_of_a_release_that_was_deployed_twice_the_later_version_counts(installation: Installation) -> None:
    for release in ("first", "second", "first"):
        installation.deploy(release, "submission")
    assert [each.name for each in installation.rollback().releases] == ["second", "first"]
    assert installation.rollback().plan()[0].name == "second"


def test_without_an_earlier_release_or_without_an_installation_nothing_is_done(installation: Installation) -> None:
    assert _run()[0] == 2
    installation.deploy("first", "submission")
    assert _run("--yes")[0] == 2
    assert _run("--to", "unknown", "--yes")[0] == 2
    with pytest.raises(NoSuchRelease):
        installation.rollback().plan()
    assert installation.live("submission") == "first"
