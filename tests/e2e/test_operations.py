"""What an operator does to an installation, on the local stack: the commands as a terminal runs them."""

import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import httpx
import pytest
from typer.testing import CliRunner, Result

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.invoices import DynamoInvoices
from chorus_connector.domain.invoices.invoice import Deposit, Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.runtime.settings import settings
from chorus_connector.wiring import clients
from tests.builders import an_invoice
from tests.e2e.conftest import Running
from tests.patience import eventually
from tools.cli import app
from tools.demo import CREDENTIALS, Sample
from tools.local_stack.synthesis import ROOT

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

INVOICES = 300
Run = Callable[..., Result]


def terminal(stack: Running) -> dict[str, str]:
    """The environment of an operator's terminal."""
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "PYTHONPATH": os.pathsep.join(str(ROOT / each) for each in ("shared", ".")),
        "AWS_ENDPOINT_URL": stack.stack.endpoint_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-3",
        "CHORUS_ENVIRONMENT": "local",
    }


@pytest.fixture
def run(stack: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run ``chorus-connector`` as a terminal does, without starting a Python each time."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with patch.dict(os.environ, terminal(stack)):  # what a command sets goes with it
        _forget_the_installation()
        yield lambda *words: CliRunner().invoke(app, words)
    _forget_the_installation()


def _forget_the_installation() -> None:
    settings.cache_clear()
    clients.function_client.cache_clear()


def answered(done: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def siret_of(stack: Running, supplier_id: str) -> str:
    return str(stack.api.call("GET", f"/suppliers/{supplier_id}")["siret"])


def everything_of(stack: Running, supplier_id: str, siret: str) -> list[str]:
    """Every key of the table that speaks of the supplier."""
    table = stack.stack.boto_client("dynamodb")
    pages = table.get_paginator("scan").paginate(TableName=stack.stack.outputs["TableName"], ConsistentRead=True)
    items = [item for page in pages for item in page["Items"] if "expires_at" not in item]
    keys = [f"{item['PK']['S']} {item['SK']['S']}" for item in items]
    return [each for each in keys if supplier_id in each or siret in each]


def files_of(stack: Running, supplier_id: str) -> list[str]:
    answer = stack.stack.boto_client("s3").list_objects_v2(
        Bucket=stack.stack.outputs["DocumentsBucket"], Prefix=f"suppliers/{supplier_id}/"
    )
    return [each["Key"] for each in answer.get("Contents", [])]


# --- doctor --------------------------------------------------------------------------------------------------


@pytest.mark.row("S01")
def test_the_doctor_is_green_and_once_a_consent_is_withdrawn_says_who_must_act_where(stack: Running, run: Run) -> None:
    supplier_id = stack.new_supplier()
    healthy = run("doctor", "--supplier", supplier_id, "--json")
    assert healthy.exit_code == 0, healthy.stdout + healthy.stderr
    consents = f"{stack.simulator.base_url}/_admin/consents"
    families = ["factures", "structures", "transverses", "utilisateurs"]
    without = {"client_id": CREDENTIALS["client_id"], "families": [each for each in families if each != "factures"]}
    httpx.post(consents, json=without, trust_env=False).raise_for_status()
    try:
        ill = run("doctor", "--supplier", supplier_id, "--lang", "fr")
    finally:
        httpx.post(consents, json={**without, "families": families}, trust_env=False).raise_for_status()
    assert ill.exit_code == 1
    assert "Qui: l'intégrateur" in ill.stdout
    assert "Consentement CGU API" in ill.stdout
    assert not any(secret in ill.stdout + healthy.stdout for secret in CREDENTIALS.values())


def test_the_doctors_findings_can_be_piped_into_a_script(stack: Running) -> None:
    supplier_id = stack.new_supplier()
    words = ("doctor", "--supplier", supplier_id, "--json")
    done = subprocess.run(
        [sys.executable, "-c", "from tools.cli import main; main()", *words],
        env=terminal(stack),
        capture_output=True,
        text=True,
        check=True,
    )
    assert [json.loads(line)["supplier_id"] for line in done.stdout.splitlines()] == [supplier_id]


def test_a_missing_installation_is_an_error(run: Run) -> None:
    done = run("doctor", "--environment", "production")
    assert done.exit_code == 2
    assert "check the environment" in done.stderr


# --- replay --------------------------------------------------------------------------------------------------


def test_a_replay_says_what_it_would_do_and_then_does_it(stack: Running, run: Run, samples: dict[str, Sample]) -> None:
    supplier_id = stack.new_supplier()
    document = stack.api.upload(supplier_id, samples["facture-site-internet.pdf"])
    stack.wait_for(supplier_id, document, "TO_COMPLETE")
    would = answered(run("replay", "--supplier", supplier_id, "--state", "TO_COMPLETE"))
    assert [(each["document_id"], each["step"]) for each in would] == [(document, "judge")]
    done = answered(run("replay", "--supplier", supplier_id, "--document", document, "--yes"))
    assert done[0]["step"] == "judge"
    events = stack.api.call("GET", f"/suppliers/{supplier_id}/invoices/{document}/history")["events"]
    assert (events[-1]["by"], events[-1]["action"]) == ("operator", "replayed")
    told = run("replay", "--supplier", supplier_id, "--document", document, "--tell", "--yes")
    assert answered(told)[0]["step"] == "tell", told.stderr


def test_a_documents_history_is_printed_without_the_api(stack: Running, run: Run, samples: dict[str, Sample]) -> None:
    supplier_id = stack.new_supplier()
    document = stack.api.upload(supplier_id, samples["facture-site-internet.pdf"])
    stack.wait_for(supplier_id, document, "TO_COMPLETE")
    stands, *events = answered(run("history", "--supplier", supplier_id, "--document", document))
    assert (stands["state"], stands["status"]) == ("TO_COMPLETE", None)
    assert {"field": "supplier_siret", "code": "supplier_siret_differs"} in stands[
        "problems"
    ]  # the sample is another's
    assert [each["action"] for each in events][:2] == ["received", "examined"]
    assert run("history", "--supplier", supplier_id, "--document", "none").exit_code == 2


def test_a_replay_of_a_supplier_that_is_not_there_is_no_replay_of_nothing(run: Run) -> None:
    done = run("replay", "--supplier", "nobody", "--state", "HELD")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "no supplier nobody" in done.stderr


# --- export and erasure --------------------------------------------------------------------------------------


def a_large_tenant(stack: Running) -> tuple[str, str]:
    """A supplier with hundreds of invoices, and every third was sent; returns its id and SIRET."""
    supplier_id = stack.new_supplier()
    outputs, table = stack.stack.outputs, stack.stack.boto_client("dynamodb")
    store = DynamoInvoices(table, outputs["TableName"], supplier_id)
    items = [item for number in range(INVOICES) for item in _written(store, _one_of_many(supplier_id, number))]
    for start in range(0, len(items), 25):
        batch = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
        table.batch_write_item(RequestItems={outputs["TableName"]: batch})
    for number in range(4):
        stack.stack.boto_client("s3").put_object(
            Bucket=outputs["DocumentsBucket"],
            Key=f"suppliers/{supplier_id}/documents/doc{number:04d}/kept-here",
            Body=b"%PDF-1.7",
        )
    return supplier_id, siret_of(stack, supplier_id)


def _one_of_many(supplier_id: str, number: int) -> Invoice:
    sent = number % 3 == 0
    deposit = Deposit(chorus_id=10**9 + number, invoice_number=f"G-{number}", status="MANDATEE") if sent else None
    state = State.SUBMITTED if sent else State.SET_ASIDE
    return an_invoice(state, supplier_id=supplier_id, document_id=f"doc{number:04d}", deposit=deposit)


def _written(store: DynamoInvoices, invoice: Invoice) -> list[dict[str, Any]]:
    """The items a store has of a document with moved lines, to be written many at a time."""
    record = store._first_version(invoice, "test", "received")["Item"]
    moved = {**store._key(keys.event(invoice.document_id, 0)), "trail": record["trail"]}
    return [dict(record), moved]


DIES_HALFWAY = """
import os, signal, sys
from chorus_connector.adapters.table import administration
from tools.cli import main
write_many, batches = administration.write_many, []
class Mortal:
    def __init__(self, client):
        self.client = client
    def batch_write_item(self, **request):
        answer = self.client.batch_write_item(**request)
        batches.append(request)
        if len(batches) == 9:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer
administration.write_many = lambda client, *arguments: write_many(Mortal(client), *arguments)
main()
"""


def test_an_erasure_killed_halfway_is_ended_and_keeps_only_what_the_law_keeps(
    stack: Running, run: Run, tmp_path: Path
) -> None:
    supplier_id, siret = a_large_tenant(stack)
    exported = run("export-tenant", supplier_id, "--to", str(tmp_path / "all.zip"), "--files")
    assert exported.exit_code == 0, exported.stderr
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        records = [json.loads(line) for line in archive.read("records.jsonl").splitlines()]
        assert sum(each["record"].startswith("INVOICE#") for each in records) == INVOICES
        assert archive.read("files/documents/doc0001/kept-here") == b"%PDF-1.7"
        everything = archive.read("records.jsonl").decode()
    assert not any(secret in everything for secret in CREDENTIALS.values())

    plan = json.loads(run("erase-tenant", supplier_id).stdout)
    assert (plan["records"]["INVOICE"], plan["erased"], plan["secrets"]) == (INVOICES, 2, 1)
    assert [each["key"].split("/")[3] for each in plan["kept"]] == ["doc0000", "doc0003"]
    assert all("L123-22" in each["fr"] and each["until"] > "2036" for each in plan["kept"])
    assert run("erase-tenant", supplier_id, "--confirm", "00000000000000").exit_code == 2
    assert stack.api.call("GET", f"/suppliers/{supplier_id}")["status"] == "active"

    words = ["erase-tenant", supplier_id, "--confirm", siret]
    killed = subprocess.run(
        [sys.executable, "-c", DIES_HALFWAY, *words], env=terminal(stack), capture_output=True, check=False, timeout=120
    )
    assert killed.returncode == -signal.SIGKILL
    half = len(everything_of(stack, supplier_id, siret))
    assert 50 < half < 2 * INVOICES
    assert stack.api.call("GET", f"/suppliers/{supplier_id}")["status"] == "deleting"

    done = run(*words)
    assert done.exit_code == 0, done.stderr
    assert everything_of(stack, supplier_id, siret) == [f"INSTALLATION DELETED#{supplier_id}"]
    assert [each.split("/")[3] for each in files_of(stack, supplier_id)] == ["doc0000", "doc0003"]
    assert json.loads(done.stdout)["files_kept"] == 2
    assert json.loads(run(*words).stdout)["supplier_id"] == supplier_id  # said again, it is done already
    secrets = stack.stack.boto_client("secretsmanager").list_secrets()["SecretList"]
    assert not any(supplier_id in each["Name"] for each in secrets)


def test_a_deletion_whose_worker_was_killed_continues_in_the_next_one(stack: Running) -> None:
    supplier_id, siret = a_large_tenant(stack)
    worker = DIES_HALFWAY.replace("from tools.cli import main", WORKS_ON).replace("main()", "work()")
    killed = subprocess.run(
        [sys.executable, "-c", worker, supplier_id, siret], env=terminal(stack), capture_output=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    half = len(everything_of(stack, supplier_id, siret))
    assert 50 < half < 2 * INVOICES
    headers = {"Authorization": f"Bearer {stack.stack.admin_token()}", "If-Match": '"0"'}
    with httpx.Client(base_url=stack.stack.api_url, headers=headers, trust_env=False, timeout=30) as admin:
        assert admin.delete(f"/suppliers/{supplier_id}").status_code == 202
        assert eventually(lambda: admin.get(f"/suppliers/{supplier_id}/removal").json()["status"] == "deleted")
        export = httpx.get(admin.get(f"/suppliers/{supplier_id}/removal").json()["export"]["url"], trust_env=False)
    lines = [json.loads(line) for line in export.text.splitlines()]
    assert sum(line.get("record", "").startswith("INVOICE#") for line in lines) == INVOICES
    assert everything_of(stack, supplier_id, siret) == [f"INSTALLATION DELETED#{supplier_id}"]
    assert len(files_of(stack, supplier_id)) == 5  # the four files, and the export that names them


WORKS_ON = """
from datetime import UTC, datetime
import boto3
from tools.operations.installation import attach
attach("local", boto3.client("lambda"))
from chorus_connector.ports.values import SupplierWork
from chorus_connector.wiring.removal import remove_supplier
from chorus_connector.wiring.tenant import Tenant
def work():
    removal = remove_supplier(Tenant(SupplierWork(sys.argv[1])))
    removal.begin(by="test", version=None, now=datetime.now(UTC))
    while removal.step(now=datetime.now(UTC)) is None:
        pass
"""


# --- backup and restore --------------------------------------------------------------------------------------


def test_a_tenant_lost_from_the_table_comes_back_from_a_backup_and_waits_suspended(stack: Running, run: Run) -> None:
    supplier_id = stack.new_supplier()
    siret = siret_of(stack, supplier_id)
    table, live = stack.stack.boto_client("dynamodb"), stack.stack.outputs["TableName"]
    DynamoInvoices(table, live, supplier_id).add(an_invoice(State.TO_COMPLETE, supplier_id=supplier_id), by="test")
    backup = table.create_backup(TableName=live, BackupName="before")["BackupDetails"]["BackupArn"]
    copy = f"restored-{supplier_id}"
    table.restore_table_from_backup(TargetTableName=copy, BackupArn=backup)
    for name in everything_of(stack, supplier_id, siret):
        partition, _, sort = name.partition(" ")
        table.delete_item(TableName=live, Key={"PK": {"S": partition}, "SK": {"S": sort}})
    assert everything_of(stack, supplier_id, siret) == []

    done = run("restore-tenant", supplier_id, "--from", copy)
    assert done.exit_code == 0, done.stderr
    supplier = stack.api.call("GET", f"/suppliers/{supplier_id}")
    assert (supplier["status"], supplier["siret"]) == ("suspended", siret)
    assert stack.api.call("GET", f"/suppliers/{supplier_id}/invoices/d1")["state"] == "TO_COMPLETE"
    assert stack.api.call("POST", f"/suppliers/{supplier_id}/resume", headers={"If-Match": f'"{supplier["version"]}"'})
    table.delete_table(TableName=copy)
