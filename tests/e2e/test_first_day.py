"""The first day of docs/operations.md, read from the page: each command runs on the local stack, or is listed here."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.conftest import Running
from tests.e2e.test_operations import terminal
from tests.e2e.test_sign_in import PASSWORD, invitation
from tests.patience import eventually
from tools.demo import CREDENTIALS, Sample, seed
from tools.local_stack.synthesis import ROOT

SECTION = re.compile(r"^### The first day$(.*?)^### ", re.MULTILINE | re.DOTALL)
SIRET = "90000008800017"


def commands() -> list[str]:
    """Every command of the section, in the page's order; a command over several lines is one."""
    (section,) = SECTION.findall((ROOT / "docs" / "operations.md").read_text(encoding="utf-8"))
    joined = re.sub(r"\\\n\s*", "", section)
    return [line.strip() for line in joined.splitlines() if re.match(r" {4,}\S", line)]


@dataclass
class Day:
    """A terminal beside the local stack."""

    stack: Running
    folder: Path
    invoice: Sample
    variables: dict[str, str] = field(default_factory=dict)

    def types(self, command: str, *, lines: tuple[str, ...] = (), code: int = 0) -> str:
        """Run a command as the page prints it, with these lines as input; returns its stdout."""
        ours = f'"{sys.executable}" -c "from tools.cli import main; main()"'
        done = subprocess.run(
            ["bash", "-c", command.replace("chorus-connector ", f"{ours} ")],
            cwd=self.folder,
            env=terminal(self.stack) | {"NO_PROXY": "*"} | self.variables,
            input="".join(f"{line}\n" for line in lines),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == code, f"{command}: {done.stdout} {done.stderr}"
        return done.stdout


def _synthesises(day: Day, command: str) -> None:
    (day.folder / "config" / "local.toml").unlink()  # the local stack takes none
    day.types(f'cd "{ROOT}" && "{sys.executable}" -m infra_cdk.app -c environment=local --out "{day.folder}/cdk.out"')


def _copies(day: Day, command: str) -> None:
    (day.folder / "config").mkdir()
    (day.folder / "config" / "example.toml").write_bytes((ROOT / "config" / "example.toml").read_bytes())
    day.types(command.replace("dev", "local"))


def _preflight(day: Day, command: str) -> None:
    printed = day.types("chorus-connector preflight --json", code=1)
    verdicts = {each["check"]: each["verdict"] for each in json.loads(printed)["lines"]}
    assert {each for each, verdict in verdicts.items() if verdict == "wrong"} <= {"bootstrap", "node", "python"}
    assert {each for each, verdict in verdicts.items() if verdict == "unknown"} == {"textract", "textract_quotas"}


def _creates_the_first_person(day: Day, command: str) -> None:
    made = json.loads(day.types(command))
    assert made["administrator"] is True


def _signs_in(day: Day, command: str) -> None:
    _, temporary = invitation(day.stack, "you@example.org")
    lines = (temporary, PASSWORD, PASSWORD)
    day.variables |= {"TOKEN": day.types(f"{command}; echo $TOKEN", lines=lines).strip()}
    day.variables |= {"API": day.stack.stack.api_url}


def _has_an_installation(day: Day, command: str) -> None:
    day.types(f"{command} || test $? = 1")  # other tests' suppliers may be ill


def _lists_suppliers(day: Day, command: str) -> None:
    assert "suppliers" in json.loads(day.types(command))


def _creates_the_supplier(day: Day, command: str) -> None:
    seed(day.stack.simulator.base_url, siret=SIRET, name="Premier", structures=())
    (day.folder / "supplier.json").write_text(json.dumps({"name": "Premier", "siret": SIRET}))
    day.variables["SUPPLIER"] = json.loads(day.types(command))["supplier_id"]


def _saves_credentials(day: Day, command: str) -> None:
    (day.folder / "credentials.json").write_text(json.dumps(CREDENTIALS))
    assert json.loads(day.types(command))["supplier_id"] == day.variables["SUPPLIER"]


def _remembers_the_version(day: Day, command: str) -> None:
    day.variables["V"] = day.types(f"{command}; echo $V").strip()


def _adds_a_criterion(day: Day, command: str) -> None:
    assert json.loads(day.types(command))["supplier_id"] == day.variables["SUPPLIER"]


def _is_healthy(day: Day, command: str) -> None:
    assert day.variables["SUPPLIER"] in day.types(command)


def _sends_an_invoice(day: Day, command: str) -> None:
    (day.folder / "invoice.pdf").write_bytes(day.invoice.data)
    document = json.loads(day.types(command))["document_id"]
    asked = f'curl -sf -H "Authorization: Bearer $TOKEN" $API/suppliers/$SUPPLIER/invoices/{document}'
    assert eventually(lambda: json.loads(day.types(asked))["state"] in {"TO_COMPLETE", "READY", "SUBMITTED"})


def _changes_twice_at_once(day: Day, command: str) -> None:
    counts = dict(reversed(line.split()) for line in day.types(command.replace("100", "10")).splitlines())
    assert counts == {"200": "10", "412": "10"}


def _asks_for_strange_ids(day: Day, command: str) -> None:
    assert day.types(command).split() == ["404"] * 3


def _exports(day: Day, command: str) -> None:
    day.types(command)
    assert (day.folder / "scans" / "records.jsonl").read_text().count("\n") > 1


def _refuses_to_destroy_without_the_name(day: Day, command: str) -> None:
    """The stack is other tests' too: ``tests/tools/operations/test_destroy.py`` destroys one of its own."""
    day.types("chorus-connector destroy --confirm dev", code=2)


RUN: dict[str, Callable[[Day, str], None]] = {
    "cp config/example.toml config/dev.toml": _copies,
    "make synth ENVIRONMENT=dev": _synthesises,
    "make preflight ENVIRONMENT=dev": _preflight,
    "chorus-connector create-person first-admin --email you@example.org --administrator": _creates_the_first_person,
    'eval "$(chorus-connector sign-in --user first-admin --export)"': _signs_in,
    "chorus-connector doctor": _has_an_installation,
    'curl -s -H "Authorization: Bearer $TOKEN" $API/suppliers': _lists_suppliers,
    'curl -s -X POST -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" '
    "-d @supplier.json $API/suppliers": _creates_the_supplier,
    'curl -s -X PUT -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" '
    "-d @credentials.json $API/suppliers/$SUPPLIER/credentials": _saves_credentials,
    """V=$(curl -s -o /dev/null -w '%header{etag}' -H "Authorization: Bearer $TOKEN" """
    "$API/suppliers/$SUPPLIER)": _remembers_the_version,
    'curl -s -X POST -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -H "If-Match: $V" '
    """-d '{"folder": "sales"}' $API/suppliers/$SUPPLIER/configuration/criteria""": _adds_a_criterion,
    "chorus-connector doctor --supplier $SUPPLIER": _is_healthy,
    'curl -s -X POST -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/pdf" '
    '--data-binary @invoice.pdf "$API/suppliers/$SUPPLIER/documents'
    '?file_name=invoice.pdf&folder=sales"': _sends_an_invoice,
    r"""for n in $(seq 100); do V=$(curl -s -o /dev/null -w '%header{etag}' """
    r"""-H "Authorization: Bearer $TOKEN" $API/suppliers/$SUPPLIER); """
    r"""for name in one two; do curl -s -o /dev/null -w '%{http_code}\n' -X PATCH -H "Authorization: Bearer $TOKEN" """
    r"""-H "Content-Type: application/json" -H "If-Match: $V" -d "{\"name\": \"$name $n\"}" """
    "$API/suppliers/$SUPPLIER & done; wait; done | sort | uniq -c": _changes_twice_at_once,
    r"""for id in a%2Fb a%20b caf%C3%A9; do curl -s -o /dev/null -w '%{http_code}\n' """
    """-H "Authorization: Bearer $TOKEN" $API/suppliers/$id; done""": _asks_for_strange_ids,
    "chorus-connector export-tenant $SUPPLIER --to scans --files": _exports,
    "make destroy ENVIRONMENT=dev": _refuses_to_destroy_without_the_name,
}
NOT_HERE = {
    "export CHORUS_ENVIRONMENT=dev AWS_PROFILE=PROFILE AWS_REGION=eu-west-3": "names an AWS account",
    "aws sts get-caller-identity": "the AWS command line is no dependency",
    "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 "
    "--desired-value 1000": "AWS answers in hours",
    "aws sesv2 create-email-identity --email-identity invoices@example.org": "AWS sends a link",
    "make check test": "runs this test",
    "make bootstrap ENVIRONMENT=dev": "needs an AWS account",
    "make diff ENVIRONMENT=dev": "downloads the CDK's command line",
    "make deploy ENVIRONMENT=dev": "needs an AWS account",
    "aws cognito-idp admin-create-user --user-pool-id POOL --username first-admin "
    "--user-attributes Name=email,Value=you@example.org Name=email_verified,Value=true "
    "--desired-delivery-mediums EMAIL": "another way to do what the command before it does",
    "aws cognito-idp admin-add-user-to-group --user-pool-id POOL --username first-admin "
    "--group-name installation_administrators": "another way to do what the command before it does",
    "aws cognito-idp admin-create-user --user-pool-id POOL --username first-admin "
    "--message-action RESEND --desired-delivery-mediums EMAIL": "the AWS command line is no dependency",
    "aws cloudwatch describe-alarms --alarm-name-prefix chorus-connector-dev "
    "--query 'MetricAlarms[?AlarmActions].AlarmName'": "the AWS command line is no dependency",
    'aws cloudwatch set-alarm-state --alarm-name "NAME" --state-value ALARM --state-reason "first day"': (
        "the emulator sends no e-mail for an alarm"
    ),
    "chorus-connector read --jsonl --ocr always scans/files/documents/*/original > local.jsonl": (
        "recognises 50 scans: minutes"
    ),
}
"""The commands that cannot run beside the local stack, and why."""


def test_every_command_of_the_first_day_runs_here_or_is_listed_with_the_reason() -> None:
    assert [each for each in commands() if each not in RUN | NOT_HERE] == []
    assert [each for each in RUN | NOT_HERE if each not in commands()] == []


def test_the_page_says_which_steps_run_here() -> None:
    (section,) = SECTION.findall((ROOT / "docs" / "operations.md").read_text(encoding="utf-8"))
    for step in re.split(r"^\*\*(?=\d+\. )", section, flags=re.MULTILINE)[1:]:
        runs = any(command in re.sub(r"\\\n\s*", "", step) for command in RUN)
        assert runs == ("(**local**" in step), step[:60]


@pytest.mark.stack
@pytest.mark.acceptance
def test_the_first_day_is_walked_from_the_page(stack: Running, samples: dict[str, Sample], tmp_path: Path) -> None:
    day = Day(stack, tmp_path, samples["facture-site-internet.pdf"])
    for command in commands():
        if command in RUN:
            RUN[command](day, command)
