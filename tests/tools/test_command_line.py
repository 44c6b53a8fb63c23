"""The command line for operators: an error is one line, and only results are on stdout."""

import logging
import sys
from typing import Any

import boto3
import pytest
import typer
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError

from tools.cli import keep_logs_off_stdout, main, wait_for_interrupt

REFUSED = ClientError({"Error": {"Code": "ExpiredToken", "Message": "The token is expired"}}, "GetQueueAttributes")


def typed(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The exit code of that command, run as the terminal runs it."""
    monkeypatch.setattr(sys, "argv", ["chorus-connector", *words])
    monkeypatch.setattr("tools.cli.keep_logs_off_stdout", lambda: None)  # other tests read this process's log
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        (NoCredentialsError(), "Unable to locate credentials"),
        (NoRegionError(), "You must specify a region"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:9"), "Could not connect"),
        (REFUSED, "AWS: The token is expired (ExpiredToken)"),
    ],
)
def test_what_aws_refuses_is_one_line_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], trouble: Exception, says: str
) -> None:
    def refused(_service: str) -> Any:
        raise trouble

    monkeypatch.setattr(boto3, "client", refused)
    assert typed(monkeypatch, "redrive", "https://sqs.test/queue") == 2
    shown = capsys.readouterr()
    assert says in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""


def test_the_products_log_is_no_result_of_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    logger = Logger(service="somebody at a terminal")
    told: list[str] = []
    stream = type("Stream", (), {"write": lambda _, text: told.append(text), "flush": lambda _: None})()
    monkeypatch.setattr(sys, "stderr", stream)
    keep_logs_off_stdout(logger)
    logger.info("a call of the portal")
    assert told == []
    logger.warning("something is wrong")
    assert "something is wrong" in "".join(told)
    logging.getLogger("somebody at a terminal").handlers.clear()


def test_a_stack_that_was_killed_ends_the_command_that_waits_beside_it() -> None:
    tracking_work = iter((False, True))
    with pytest.raises(typer.Exit) as ended:
        wait_for_interrupt(lambda: next(tracking_work), every=0.01)
    assert ended.value.exit_code == 1
