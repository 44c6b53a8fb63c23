"""``chorus-connector preflight``: reads what an account, a region and this machine lack for a deployment.

Changes nothing. Each check has a verdict and, when it is not ok, who must do what. A question that AWS refuses to
answer is "unknown" with the permission that it needs, so that few permissions still give some lines.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoCredentialsError

from infra_cdk.bundle import PYTHON_VERSION, is_the_runtimes_python
from infra_cdk.deployment import wrong_target
from infra_cdk.environment import Environment
from infra_cdk.values import textract_regions

Verdict = Literal["ok", "warning", "wrong", "unknown"]
Clients = Callable[[str], Any]

UNRESERVED = 100
"""Lambda refuses a reservation that leaves fewer executions to all other functions of the account."""

CONCURRENCY_QUOTA = "L-B99A9384"
OLDEST_NODE, GOOD_NODE = 18, 22
"""The CDK's command line starts with the first ("engines" of aws-cdk); its AWS SDK asks for the second from 2027 on."""

_REFUSED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized", "AuthorizationError"}
_UNUSABLE = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED"}
_NO_SUCH_JOB = "0" * 64

YOU = "you, on this machine"
OWNER = "an administrator of the AWS account"


@dataclass(frozen=True)
class Line:
    """The verdict of one check; `who` and `do` say what leads to "ok"."""

    check: str
    verdict: Verdict
    says: str
    who: str = ""
    do: str = ""


@dataclass(frozen=True)
class Needs:
    """What the templates ask for: reserved concurrency by function, and the version of the CDK's bootstrap stack."""

    reserved: dict[str, int]
    bootstrap: int

    @classmethod
    def of(cls, environment: Environment) -> "Needs":
        """Synthesise the environment, without libraries, and read its templates; takes about ten seconds."""
        from infra_cdk.app import synthesise  # noqa: PLC0415  (the CDK's kernel starts: two seconds)

        with tempfile.TemporaryDirectory() as folder:
            out = synthesise(replace(environment, ships_dependencies=False), Path(folder) / "out")
            manifest = json.loads((out / "manifest.json").read_text())
            templates = [json.loads(path.read_text()) for path in out.glob("*.template.json")]
        functions = (
            each["Properties"]
            for template in templates
            for each in template["Resources"].values()
            if each["Type"] == "AWS::Lambda::Function"
        )
        versions = (
            each.get("properties", {}).get("requiresBootstrapStackVersion", 0)
            for each in manifest["artifacts"].values()
        )
        reserved = {each["FunctionName"]: each.get("ReservedConcurrentExecutions", 0) for each in functions}
        return cls({name: count for name, count in reserved.items() if count}, max(versions))


@dataclass(frozen=True)
class Preflight:
    """The checks of one environment, with clients for its region. `region` is the one that the terminal uses."""

    environment: Environment
    clients: Clients
    region: str | None
    needs: Needs

    def run(self) -> Iterator[Line]:
        """Every check in the order in which its repair is useful."""
        yield self._python()
        yield _node()
        yield self._alarms()
        for check, permission, judge in (
            ("credentials", "sts:GetCallerIdentity", self._credentials),
            ("region", "", self._region),
            ("bootstrap", "ssm:GetParameter", self._bootstrap),
            ("stacks", "cloudformation:DescribeStacks", self._stacks),
            ("concurrency", "lambda:GetAccountSettings, lambda:GetFunctionConcurrency", self._concurrency),
            ("textract", "textract:GetDocumentTextDetection", self._textract),
            (
                "textract_quotas",
                "servicequotas:ListServiceQuotas, servicequotas:ListAWSDefaultServiceQuotas",
                self._textract_quotas,
            ),
            ("email", "ses:GetAccount", self._email),
            ("email_sender", "ses:GetEmailIdentity", self._email_sender),
        ):
            yield _or_unknown(check, permission, judge)
        yield Line(
            "invitations",
            "ok",
            "Cognito sends invitations and new passwords itself: at most 50 e-mails a day for the account; invite more "
            "people over several days",
        )

    def _python(self) -> Line:
        running = f"Python {sys.version_info.major}.{sys.version_info.minor}"
        if is_the_runtimes_python() or not self.environment.ships_dependencies:
            return Line("python", "ok", running)
        do = f"install Python {PYTHON_VERSION}, then rm -rf .venv && make synth"
        return Line("python", "wrong", f"{running}; the functions run on {PYTHON_VERSION}", YOU, do)

    def _alarms(self) -> Line:
        environment = self.environment
        if environment.alarm_emails or environment.alarm_topic_arn:
            return Line("alarms", "ok", "the alarms have a recipient")
        do = f"set alarm_emails or alarm_topic_arn in config/{environment.name}.toml"
        return Line("alarms", "wrong" if environment.keeps_data else "warning", "no one gets the alarms", YOU, do)

    def _credentials(self) -> Line:
        try:
            identity = self.clients("sts").get_caller_identity()
        except NoCredentialsError:
            do = "aws sso login, or export AWS_PROFILE=…; then: aws sts get-caller-identity"
            return Line("credentials", "wrong", "this terminal has no AWS credentials", YOU, do)
        environment = self.environment
        if environment.keeps_data and not environment.account:
            do = f"set account and region in config/{environment.name}.toml"
            says = f"{identity['Arn']}, but {environment.name} names no account"
            return Line("credentials", "wrong", says, YOU, do)
        found = wrong_target(environment, account=identity["Account"], region=self.region)
        if found:
            return Line("credentials", "wrong", "; ".join(found), YOU, "export AWS_PROFILE=… AWS_REGION=…")
        return Line("credentials", "ok", f"{identity['Arn']} in {self.region}")

    def _region(self) -> Line:
        region = self.environment.region or self.region
        if region in textract_regions():
            return Line("region", "ok", f"{region} has Textract")
        do = f"export AWS_REGION=… (one of {', '.join(textract_regions())})"
        says = f"{region} has no Textract: scans could not be read" if region else "this terminal has no region"
        return Line("region", "wrong", says, YOU, do)

    def _bootstrap(self) -> Line:
        do = f"make bootstrap ENVIRONMENT={self.environment.name}"
        try:
            found = self.clients("ssm").get_parameter(Name="/cdk-bootstrap/hnb659fds/version")["Parameter"]["Value"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ParameterNotFound":
                raise
            return Line("bootstrap", "wrong", "the account is not prepared for the CDK in this region", OWNER, do)
        if int(found) < self.needs.bootstrap:
            says = f"the CDK's bootstrap stack has version {found}, {self.needs.bootstrap} is needed"
            return Line("bootstrap", "wrong", says, OWNER, do)
        return Line("bootstrap", "ok", f"the CDK's bootstrap stack has version {found}")

    def _stacks(self) -> Line:
        name = f"chorus-connector-{self.environment.name}"
        console = [f"{name}-console"] if self.environment.console else []
        states = {each: self._state(each) for each in (f"{name}-data", name, *console)}
        for stack, state in states.items():
            if state in _UNUSABLE:
                says = f"{stack} is {state}; what it kept (key, table, buckets, users) is still in the account"
                do = f"read why in its events, then: aws cloudformation delete-stack --stack-name {stack}"
                return Line("stacks", "wrong", says, OWNER, do)
        return Line("stacks", "ok", ", ".join(f"{stack}: {state or 'none yet'}" for stack, state in states.items()))

    def _state(self, stack: str) -> str | None:
        try:
            return str(self.clients("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
        except ClientError as error:
            if "does not exist" not in error.response["Error"].get("Message", ""):
                raise
            return None

    def _concurrency(self) -> Line:
        limits = self.clients("lambda").get_account_settings()["AccountLimit"]
        limit, free = limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]
        others = limit - free - sum(map(self._reserved_now, self.needs.reserved))
        ours = sum(self.needs.reserved.values())
        needed = others + ours + UNRESERVED
        says = f"{limit} executions at once; {ours} are reserved here, {others} elsewhere, {UNRESERVED} must stay free"
        request = (
            f"aws service-quotas request-service-quota-increase --service-code lambda --quota-code "
            f"{CONCURRENCY_QUOTA} --desired-value {max(needed, 1000)}"
        )
        if ours and limit < needed:
            do = f"{request}; or until then reserves_concurrency = false in config/{self.environment.name}.toml"
            return Line("concurrency", "wrong", f"{says}: {needed} are needed", OWNER, do)
        if limit < UNRESERVED:
            return Line("concurrency", "warning", f"{limit} executions at once: it works, but slowly", OWNER, request)
        return Line("concurrency", "ok", says)

    def _reserved_now(self, function: str) -> int:
        try:
            answer = self.clients("lambda").get_function_concurrency(FunctionName=function)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return 0
        return int(answer.get("ReservedConcurrentExecutions", 0))

    def _textract(self) -> Line:
        """Asks for a job that does not exist: the answer shows that the service is there and may be called."""
        try:
            self.clients("textract").get_document_text_detection(JobId=_NO_SUCH_JOB)
        except EndpointConnectionError as error:
            return Line("textract", "wrong", f"Textract does not answer: {error}", YOU, "choose a region with Textract")
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"InvalidJobIdException", "InvalidParameterException"}:
                raise
        return Line("textract", "ok", "Textract answers")

    def _textract_quotas(self) -> Line:
        client = self.clients("service-quotas")
        found: dict[str, Any] = {}
        for operation in ("list_aws_default_service_quotas", "list_service_quotas"):  # what was raised comes last
            for page in client.get_paginator(operation).paginate(ServiceCode="textract"):
                found |= {each["QuotaCode"]: each for each in page["Quotas"]}
        # Looked up by name: the codes of Textract's quotas are not documented.
        ours = [each for each in found.values() if "DocumentTextDetection" in each["QuotaName"]]
        page = "the console's page Service Quotas, Amazon Textract, names with DocumentTextDetection"
        if not ours:
            return Line("textract_quotas", "unknown", "no quota of text detection was listed", OWNER, page)
        says = "; ".join(f"{each['QuotaName']}: {each['Value']:g} ({each['QuotaCode']})" for each in ours)
        do = (
            "for more scans at once: aws service-quotas request-service-quota-increase --service-code textract "
            "--quota-code CODE --desired-value VALUE"
        )
        return Line("textract_quotas", "ok", says, OWNER, do)

    def _email(self) -> Line:
        environment = self.environment
        if not environment.email_sender:
            do = f"set email_sender in config/{environment.name}.toml"
            verdict: Verdict = "warning" if environment.kind == "production" else "ok"
            return Line("email", verdict, "no email_sender: no e-mail will be sent to anyone", YOU, do)
        account = self.clients("sesv2").get_account()
        if not account.get("SendingEnabled", True) or account.get("EnforcementStatus") == "SHUTDOWN":
            return Line(
                "email", "wrong", "SES has stopped this account's sending", OWNER, "SES console, Account dashboard"
            )
        if not account.get("ProductionAccessEnabled"):
            says = "SES is in its sandbox: e-mail reaches verified addresses only"
            return Line("email", "wrong", says, OWNER, "SES console, Account dashboard, Request production access")
        return Line("email", "ok", f"SES sends {account['SendQuota']['Max24HourSend']:g} e-mails a day")

    def _email_sender(self) -> Line:
        sender = self.environment.email_sender
        if not sender:
            return Line("email_sender", "ok", "none")
        for identity in (sender, sender.rsplit("@", 1)[1]):
            try:
                answer = self.clients("sesv2").get_email_identity(EmailIdentity=identity)
            except ClientError as error:
                if error.response["Error"]["Code"] != "NotFoundException":
                    raise
                continue
            if answer.get("VerifiedForSendingStatus"):
                return Line("email_sender", "ok", f"{identity} is verified")
            do = "follow the link that AWS sent to it, or publish the DKIM records that SES lists"
            return Line("email_sender", "wrong", f"{identity} is not verified yet", OWNER, do)
        do = f"aws sesv2 create-email-identity --email-identity {sender}; then follow the link that AWS sends to it"
        return Line("email_sender", "wrong", "neither the address nor its domain is an identity of SES", OWNER, do)


def ready(lines: list[Line]) -> bool:
    """Whether nothing is wrong; what is unknown does not stop a deployment."""
    return all(each.verdict != "wrong" for each in lines)


def as_json(environment: Environment, lines: list[Line]) -> dict[str, Any]:
    """All lines, for a script."""
    return {"environment": environment.name, "ready": ready(lines), "lines": [asdict(each) for each in lines]}


def _or_unknown(check: str, permission: str, judge: Callable[[], Line]) -> Line:
    try:
        return judge()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _REFUSED:
            return Line(check, "unknown", f"these credentials need {permission}", OWNER, f"allow {permission}")
        return Line(check, "unknown", f"AWS answers {code}", YOU, "try again")
    except BotoCoreError as error:
        return Line(check, "unknown", str(error), YOU, "see the check credentials")


def _node() -> Line:
    do = f"install Node.js {GOOD_NODE} or later with npx: https://nodejs.org"
    node = shutil.which("node")
    if node is None or shutil.which("npx") is None:
        return Line("node", "wrong", "node or npx is missing: the CDK's command line needs both", YOU, do)
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    major = int(version[1:].split(".")[0]) if version.startswith("v") else 0
    if major < GOOD_NODE:
        verdict: Verdict = "warning" if major >= OLDEST_NODE else "wrong"
        return Line("node", verdict, f"Node.js {version or 'does not run'}; {GOOD_NODE} is asked for soon", YOU, do)
    return Line("node", "ok", f"Node.js {version}")
