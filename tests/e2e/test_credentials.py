"""Credentials through the HTTP API: keys are tried before they are kept, and tried again every morning."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.chorus_pro.test_certificate import PASSWORD, PEM, SUPPLIER
from tests.e2e.conftest import Running
from tests.patience import eventually
from tools.demo import CREDENTIALS

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]


@pytest.fixture(scope="module")
def supplier_id(stack: Running) -> str:
    return stack.new_supplier()


def refusal(stack: Running, supplier_id: str, keys: dict[str, Any]) -> list[tuple[str | None, str]]:
    """The field and code of each problem with keys the API does not keep."""
    answer = httpx.put(
        f"{stack.stack.api_url}/suppliers/{supplier_id}/credentials",
        json=keys,
        headers={"Authorization": f"Bearer {stack.stack.admin_token()}"},
        trust_env=False,
        timeout=30,
    )
    assert answer.status_code == 422
    assert not [keys[name] for name in keys if name != "mode" and len(keys[name]) > 8 and keys[name] in answer.text]
    return [(problem["field"], problem["code"]) for problem in answer.json()["problems"]]


@pytest.mark.row("S10")
@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("client_secret", "credentials_piste_application"),
        ("technical_login", "credentials_technical_account"),
        ("technical_password", "credentials_technical_account"),
    ],
)
def test_a_wrong_key_is_named_and_not_kept(stack: Running, supplier_id: str, wrong: str, code: str) -> None:
    before = stack.api.call("GET", f"/suppliers/{supplier_id}")
    assert refusal(stack, supplier_id, {**CREDENTIALS, wrong: "wrong"}) == [(None, code)]
    assert stack.api.call("GET", f"/suppliers/{supplier_id}") == before


@pytest.mark.row("S18")
def test_a_certificate_that_does_not_open_is_named(stack: Running, supplier_id: str) -> None:
    keys = {
        "mode": "certificate",
        "technical_login": CREDENTIALS["technical_login"],
        "technical_password": CREDENTIALS["technical_password"],
        "certificate": base64.b64encode(b"no p12").decode(),
        "certificate_password": "x",
    }
    assert refusal(stack, supplier_id, keys) == [("certificate", "certificate_unreadable")]
    del keys["certificate"]
    assert refusal(stack, supplier_id, keys) == [("certificate", "missing")]


@pytest.mark.acceptance
@pytest.mark.row("S18")
def test_each_mistake_with_a_certificate_has_its_code_before_the_portal_is_asked(stack: Running) -> None:
    own = stack.new_supplier()
    keys = {
        "mode": "certificate",
        "technical_login": CREDENTIALS["technical_login"],
        "technical_password": CREDENTIALS["technical_password"],
        "certificate_password": PASSWORD,
    }
    mistakes: dict[str, tuple[bytes, dict[str, str]]] = {
        "certificate_pem_sent_as_p12": (SUPPLIER.pem(PASSWORD), {}),
        "certificate_p12_sent_as_pem": (SUPPLIER.p12(), {"certificate_format": "pem"}),
        "certificate_password_wrong": (SUPPLIER.p12(), {"certificate_password": "faux"}),
        "certificate_password_missing": (SUPPLIER.p12(), {"certificate_password": ""}),
        "certificate_without_key": (SUPPLIER.certificate.public_bytes(PEM), {"certificate_format": "pem"}),
    }
    for code, (content, given) in mistakes.items():
        sent = {**keys, "certificate": base64.b64encode(content).decode(), **given}
        assert [each for _, each in refusal(stack, own, sent)] == [code]
    assert refusal(stack, own, {**keys, "certificate": "ceci n'est pas encodé"})[0][1] == "certificate_not_base64"


@pytest.mark.row("S16", "S18")
@pytest.mark.parametrize(("form", "certificate"), [("p12", SUPPLIER.p12()), ("pem", SUPPLIER.pem(PASSWORD))])
def test_a_supplier_signs_in_with_a_certificate_and_with_oauth_again(
    stack: Running, supplier_id: str, form: str, certificate: bytes
) -> None:
    keys = {
        "mode": "certificate",
        "technical_login": CREDENTIALS["technical_login"],
        "technical_password": CREDENTIALS["technical_password"],
        "certificate": base64.b64encode(certificate).decode(),
        "certificate_format": form,
        "certificate_password": PASSWORD,
    }
    path = f"/suppliers/{supplier_id}/credentials"
    assert stack.api.call("PUT", path, json=keys)["credentials_mode"] == "certificate"
    assert keys["certificate"] not in json.dumps(stack.api.call("GET", path))
    secret = stack.stack.boto_client("secretsmanager").get_secret_value(SecretId=_secret(stack, supplier_id))
    assert keys["certificate"] in secret["SecretString"]
    assert stack.api.call("PUT", path, json=CREDENTIALS)["credentials_mode"] == "oauth_piste"


def _secret(stack: Running, supplier_id: str) -> str:
    """The name of the secret that holds the supplier's keys."""
    secrets = stack.stack.boto_client("secretsmanager").list_secrets(MaxResults=100)["SecretList"]
    (name,) = [each["Name"] for each in secrets if each["Name"].endswith(f"{supplier_id}/credentials")]
    return str(name)


@pytest.mark.row("S09", "S17")
def test_what_is_known_of_the_credentials_shows_no_secret(stack: Running, supplier_id: str) -> None:
    shown = stack.api.call("GET", f"/suppliers/{supplier_id}/credentials")
    assert shown["credentials_mode"] == "oauth_piste"
    assert shown["credentials_status"]["problems"] == []
    assert shown["credentials_status"]["password_expires_at"] > datetime.now(UTC).isoformat()
    assert shown["bank_accounts"]
    assert not [value for value in CREDENTIALS.values() if value in json.dumps(shown)]


@pytest.mark.row("S10")
def test_the_morning_run_tries_them_again_and_says_what_broke(stack: Running, supplier_id: str) -> None:
    login = CREDENTIALS["technical_login"]
    account = stack.simulator.portal.suppliers.accounts[login]
    kept = account.password_set
    _make_due(stack, supplier_id)
    try:
        account.password_set = kept - timedelta(days=425)
        _run_probe(stack)
        assert eventually(lambda: _codes(stack, supplier_id) == ["credentials_raccordement"])
    finally:
        account.password_set = kept
    _make_due(stack, supplier_id)
    _run_probe(stack)
    assert eventually(lambda: _codes(stack, supplier_id) == [])
    shown = stack.api.call("GET", f"/suppliers/{supplier_id}/credentials")
    assert [each["codes"] for each in shown["announcements"]] == [
        ["credentials_raccordement"],
        ["credentials_work_again"],
    ]
    assert eventually(lambda: _announced(stack, supplier_id) == ["refused"]), "an alarm rings for what is new, once"


def _announced(stack: Running, supplier_id: str) -> list[str]:
    """The metrics that the notifier has counted for this supplier's credentials."""
    lines = [line for line in stack.stack.logs("notifier").splitlines() if "CredentialsAnnounced" in line]
    counted = [json.loads(line[line.index("{") :]) for line in lines]
    return [each["about"] for each in counted if each["supplier_id"] == supplier_id]


def _codes(stack: Running, supplier_id: str) -> list[str]:
    status = stack.api.call("GET", f"/suppliers/{supplier_id}")["credentials_status"]
    return [problem["code"] for problem in status["problems"]]


def _make_due(stack: Running, supplier_id: str) -> None:
    """A day passes: the supplier's next trial is due."""
    table = stack.stack.boto_client("dynamodb")
    name = stack.stack.outputs["TableName"]
    key = {"PK": {"S": f"SUPPLIER#{supplier_id}"}, "SK": {"S": "SUPPLIER"}}
    item = table.get_item(TableName=name, Key=key, ConsistentRead=True)["Item"]
    yesterday = datetime.now(UTC) - timedelta(days=1)
    data = json.loads(item["data"]["S"]) | {"probe_due_at": yesterday.isoformat()}
    sort = f"{yesterday:%Y-%m-%dT%H:%M:%S.%fZ}#{supplier_id}"
    table.put_item(TableName=name, Item=item | {"data": {"S": json.dumps(data)}, "ready_sort": {"S": sort}})


def _run_probe(stack: Running) -> None:
    """The Scheduler's morning call."""
    answer = stack.stack.boto_client("lambda").invoke(
        FunctionName=stack.stack.outputs["CredentialProbeFunction"], Payload=b"{}"
    )
    assert "FunctionError" not in answer
    assert json.loads(answer["Payload"].read())["suppliers"] >= 1
