"""The preflight: each verdict with who must do what, from answers that have the shapes of AWS."""

import json
import sys
from collections import namedtuple
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError
from botocore.validate import ParamValidator
from typer.testing import CliRunner

from infra_cdk.environment import ENVIRONMENTS, Environment
from tools.cli import app
from tools.operations import preflight
from tools.operations.preflight import Line, Needs, Preflight, ready

Version = namedtuple("Version", "major minor")
ACCOUNT = "123456789012"
PRODUCTION = replace(
    ENVIRONMENTS["production"],
    account=ACCOUNT,
    region="eu-west-3",
    email_sender="invoices@example.org",
    alarm_emails=("operations@example.org",),
)
NEEDS = Needs({"chorus-connector-production-textract_ocr": 50, "chorus-connector-production-submission": 31}, 6)
START, JOBS = "StartDocumentTextDetection calls a second", "Asynchronous DocumentTextDetection jobs"
GOOD: dict[str, Any] = {
    "GetCallerIdentity": {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/you", "UserId": "u"},
    "GetParameter": {"Parameter": {"Name": "version", "Value": "25"}},
    "DescribeStacks": ("ValidationError", "Stack with id x does not exist"),
    "GetAccountSettings": {"AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}},
    "GetFunctionConcurrency": ("ResourceNotFoundException", "no such function"),
    "GetDocumentTextDetection": ("InvalidJobIdException", "no such job"),
    "ListAWSDefaultServiceQuotas": {
        "Quotas": [
            {"QuotaCode": "L-AAAAAAAA", "QuotaName": START, "Value": 1.0},
            {"QuotaCode": "L-BBBBBBBB", "QuotaName": JOBS, "Value": 100.0},
            {"QuotaCode": "L-CCCCCCCC", "QuotaName": "StartDocumentAnalysis calls a second", "Value": 2.0},
        ]
    },
    "ListServiceQuotas": {"Quotas": [{"QuotaCode": "L-AAAAAAAA", "QuotaName": START, "Value": 5.0}]},
    "GetAccount": {
        "SendingEnabled": True,
        "ProductionAccessEnabled": True,
        "EnforcementStatus": "HEALTHY",
        "SendQuota": {"Max24HourSend": 50000.0},
    },
    "GetEmailIdentity": {"VerifiedForSendingStatus": True},
}


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with the runtime's Python and a good Node.js, whichever runs the tests."""
    monkeypatch.setattr(sys, "version_info", Version(3, 13))
    monkeypatch.setattr(preflight, "_node", lambda: Line("node", "ok", "Node.js v20.0.0"))


ANSWERS: dict[str, Any] = {}
"""By operation: an output of botocore's shape, an error's code and text, or an exception."""


@cache
def client(service: str) -> Any:
    """A client whose AWS gives the answers of ANSWERS."""
    made = boto3.client(service, region_name="eu-west-3", aws_access_key_id="a", aws_secret_access_key="b")

    def answer(model: Any, **_: Any) -> tuple[Any, dict[str, Any]]:
        given = ANSWERS[model.name]
        if isinstance(given, Exception):
            raise given
        if isinstance(given, tuple):
            return SimpleNamespace(status_code=400), {"Error": {"Code": given[0], "Message": given[1]}}
        assert not ParamValidator().validate(given, model.output_shape).has_errors(), model.name
        return SimpleNamespace(status_code=200), given

    made.meta.events.register("before-call", answer)
    return made


def judged(
    environment: Environment = PRODUCTION, *, region: str | None = "eu-west-3", needs: Needs = NEEDS, **answers: Any
) -> dict[str, Line]:
    ANSWERS.update(GOOD | answers)
    lines = list(Preflight(environment, client, region, needs).run())
    assert all(bool(each.who) == bool(each.do) for each in lines)
    assert all(each.do for each in lines if each.verdict != "ok")
    return {each.check: each for each in lines}


def limit(total: int, free: int) -> dict[str, Any]:
    return {"AccountLimit": {"ConcurrentExecutions": total, "UnreservedConcurrentExecutions": free}}


def test_an_account_that_has_everything_is_ready() -> None:
    lines = judged()
    assert {each.verdict for each in lines.values()} == {"ok"}
    assert ready(list(lines.values()))
    assert "50 e-mails a day" in lines["invitations"].says


def test_the_quota_of_a_new_account_is_wrong_and_the_request_for_a_higher_one_is_printed() -> None:
    line = judged(GetAccountSettings=limit(10, 10))["concurrency"]
    assert line.verdict == "wrong"
    assert "81 are reserved here" in line.says
    assert "181 are needed" in line.says
    assert "--quota-code L-B99A9384 --desired-value 1000" in line.do


@pytest.mark.parametrize(
    ("total", "free", "reserved_now", "verdict"),
    [
        (181, 181, None, "ok"),
        (180, 180, None, "wrong"),
        (200, 180, None, "wrong"),  # 20 belong to other functions of the account
        (181, 100, {"one": 41, "two": 40}, "ok"),  # deployed already: the 81 are its own
        (181, 99, {"one": 41, "two": 40}, "wrong"),
    ],
)
def test_reservations_of_other_functions_count_and_those_of_this_installation_once(
    monkeypatch: pytest.MonkeyPatch, total: int, free: int, reserved_now: dict[str, int] | None, verdict: str
) -> None:
    if reserved_now is not None:
        monkeypatch.setattr(Preflight, "_reserved_now", lambda _, name: reserved_now[name])
    lines = judged(needs=Needs({"one": 41, "two": 40}, 6), GetAccountSettings=limit(total, free))
    assert lines["concurrency"].verdict == verdict


def test_what_is_reserved_already_is_read_from_each_function() -> None:
    now = {"ReservedConcurrentExecutions": 41}
    line = judged(GetFunctionConcurrency=now, GetAccountSettings=limit(200, 118))["concurrency"]
    assert "81 are reserved here, 0 elsewhere" in line.says


def test_without_reservations_a_small_quota_is_a_warning() -> None:
    lines = judged(ENVIRONMENTS["dev"], needs=Needs({}, 6), GetAccountSettings=limit(10, 10))
    assert lines["concurrency"].verdict == "warning"
    assert ready(list(lines.values()))


def test_no_credentials_are_wrong_and_everything_else_is_unknown() -> None:
    lines = judged(**dict.fromkeys(GOOD, NoCredentialsError()))
    assert lines["credentials"].verdict == "wrong"
    assert "AWS_PROFILE" in lines["credentials"].do
    assert {lines[each].verdict for each in ("bootstrap", "stacks", "concurrency", "email")} == {"unknown"}


@pytest.mark.parametrize(
    ("operation", "check", "permission"),
    [
        ("GetCallerIdentity", "credentials", "sts:GetCallerIdentity"),
        ("GetParameter", "bootstrap", "ssm:GetParameter"),
        ("DescribeStacks", "stacks", "cloudformation:DescribeStacks"),
        ("GetAccountSettings", "concurrency", "lambda:GetAccountSettings"),
        ("GetFunctionConcurrency", "concurrency", "lambda:GetFunctionConcurrency"),
        ("GetDocumentTextDetection", "textract", "textract:GetDocumentTextDetection"),
        ("ListServiceQuotas", "textract_quotas", "servicequotas:ListServiceQuotas"),
        ("ListAWSDefaultServiceQuotas", "textract_quotas", "servicequotas:ListAWSDefaultServiceQuotas"),
        ("GetAccount", "email", "ses:GetAccount"),
        ("GetEmailIdentity", "email_sender", "ses:GetEmailIdentity"),
    ],
)
def test_a_question_that_aws_refuses_is_unknown_with_the_permission_it_needs(
    operation: str, check: str, permission: str
) -> None:
    lines = judged(**{operation: ("AccessDeniedException", "User is not authorized")})
    assert lines[check].verdict == "unknown"
    assert permission in lines[check].says
    assert all(each.verdict == "ok" for name, each in lines.items() if name != check)


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure", "UnrecognizedClientException"])
def test_any_other_refusal_is_unknown_with_its_code(code: str) -> None:
    lines = judged(**dict.fromkeys(GOOD, (code, "…")))
    assert code in lines["concurrency"].says
    assert {each.verdict for each in lines.values()} <= {"ok", "unknown"}


def test_another_account_or_region_is_wrong() -> None:
    other = {**GOOD["GetCallerIdentity"], "Account": "999999999999"}
    assert "999999999999" in judged(GetCallerIdentity=other)["credentials"].says
    assert judged(region="eu-west-1")["credentials"].verdict == "wrong"
    assert judged(replace(PRODUCTION, account="", region=""))["credentials"].verdict == "wrong"
    assert judged(ENVIRONMENTS["dev"], needs=Needs({}, 6))["credentials"].verdict == "ok"


@pytest.mark.parametrize("region", ["eu-north-1", None])
def test_a_region_without_textract_is_wrong(region: str | None) -> None:
    line = judged(ENVIRONMENTS["dev"], region=region, needs=Needs({}, 6))["region"]
    assert line.verdict == "wrong"
    assert ("no region" in line.says) == (region is None)


def test_textract_that_does_not_answer_is_wrong_and_its_quotas_are_found_by_name() -> None:
    assert judged(GetDocumentTextDetection=EndpointConnectionError(endpoint_url="x"))["textract"].verdict == "wrong"
    says = judged()["textract_quotas"].says
    assert f"{START}: 5 (L-AAAAAAAA)" in says  # the raised value, not the default
    assert f"{JOBS}: 100 (L-BBBBBBBB)" in says
    assert "Analysis" not in says
    none: Any = {"Quotas": []}
    assert judged(ListServiceQuotas=none, ListAWSDefaultServiceQuotas=none)["textract_quotas"].verdict == "unknown"


def test_an_account_without_the_cdks_bootstrap_is_wrong() -> None:
    absent = judged(GetParameter=("ParameterNotFound", "…"))["bootstrap"]
    assert (absent.verdict, absent.do) == ("wrong", "make bootstrap ENVIRONMENT=production")
    old = judged(GetParameter={"Parameter": {"Name": "version", "Value": "5"}})["bootstrap"]
    assert (old.verdict, "6 is needed" in old.says) == ("wrong", True)


def test_a_stack_that_a_failed_deployment_left_is_wrong() -> None:
    left = {"StackName": "x", "StackStatus": "ROLLBACK_COMPLETE", "CreationTime": datetime.now(UTC)}
    line = judged(DescribeStacks={"Stacks": [left]})["stacks"]
    assert line.verdict == "wrong"
    assert "delete-stack --stack-name chorus-connector-production-data" in line.do


@pytest.mark.parametrize(
    ("answers", "check", "says"),
    [
        ({"GetAccount": GOOD["GetAccount"] | {"ProductionAccessEnabled": False}}, "email", "sandbox"),
        ({"GetAccount": GOOD["GetAccount"] | {"SendingEnabled": False}}, "email", "stopped"),
        ({"GetEmailIdentity": ("NotFoundException", "…")}, "email_sender", "neither the address nor its domain"),
        ({"GetEmailIdentity": {"VerifiedForSendingStatus": False}}, "email_sender", "not verified yet"),
    ],
)
def test_an_account_that_cannot_send_e_mail_is_wrong(answers: dict[str, Any], check: str, says: str) -> None:
    line = judged(**answers)[check]
    assert line.verdict == "wrong"
    assert says in line.says


def test_without_a_sender_production_says_that_no_e_mail_is_sent() -> None:
    line = judged(replace(PRODUCTION, email_sender=""))["email"]
    assert (line.verdict, "no e-mail will be sent" in line.says) == ("warning", True)


def test_another_python_and_alarms_without_a_recipient_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", Version(3, 11))
    lines = judged(replace(PRODUCTION, alarm_emails=()))
    assert (lines["python"].verdict, lines["alarms"].verdict) == ("wrong", "wrong")
    assert judged(ENVIRONMENTS["dev"], needs=Needs({}, 6))["alarms"].verdict == "warning"


def test_the_command_prints_who_must_do_what_and_exits_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    ANSWERS.update(GOOD | {"GetAccountSettings": limit(10, 10)})
    session = SimpleNamespace(client=lambda name, **_: client(name), region_name="eu-west-3")
    monkeypatch.setattr(boto3, "Session", lambda: session)
    monkeypatch.setattr(Needs, "of", lambda _: NEEDS)
    monkeypatch.setattr("infra_cdk.configuration.configured", lambda *_: PRODUCTION)
    done = CliRunner().invoke(app, ["preflight", "--environment", "production"])
    assert done.exit_code == 1
    assert "✗ concurrency" in done.stdout
    assert "    an administrator of the AWS account: aws service-quotas" in done.stdout
    told = json.loads(CliRunner().invoke(app, ["preflight", "--environment", "production", "--json"]).stdout)
    assert (told["environment"], told["ready"]) == ("production", False)
    assert {"check", "verdict", "says", "who", "do"} == set(told["lines"][0])


def test_a_wrong_configuration_is_one_message_and_no_traceback() -> None:
    done = CliRunner().invoke(app, ["preflight", "--environment", "prod"])
    assert done.exit_code == 2
    assert "no such file" in done.stderr.replace("\n", " ")
