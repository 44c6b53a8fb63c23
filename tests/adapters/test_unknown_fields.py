"""A store of this release writes back what a later release stored beside what this one knows."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws
from pydantic import SecretStr

from chorus_connector.adapters.table.administration import DynamoAccess
from chorus_connector.adapters.table.invoices import DynamoInvoices
from chorus_connector.adapters.table.notifications import DynamoEmailAddresses, DynamoEndpoints
from chorus_connector.adapters.table.suppliers import DynamoInstallation, DynamoSupplier
from chorus_connector.adapters.webhook_secrets import SecretsManagerEndpointSecrets
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.notifications.addresses import EmailAddress
from chorus_connector.domain.notifications.webhooks import Endpoint, EndpointHealth, EndpointSecrets
from chorus_connector.domain.suppliers.access import Member
from chorus_connector.domain.suppliers.audit import Change
from tests.aws import aws_client
from tests.builders import NOW, a_supplier, an_invoice
from tests.dynamodb_table import empty_table

OF_LATER = {"a_field_of_a_later_release": ["kept"]}
CHANGE = Change(change_id="c1", at=NOW, by="ann", item="access/ann", action="set")


@pytest.fixture
def client() -> Iterator[Any]:
    with empty_table() as made:
        yield made


def _a_later_release_writes(client: Any) -> int:
    """Add a field to every record of the table that is not a line of history; gives their number."""
    records = [item for item in client.scan(TableName="t")["Items"] if _is_record(item)]
    for item in records:
        for name in _records_in(item):
            record = json.loads(item[name]["S"]) | OF_LATER
            item[name] = {"S": json.dumps(record, sort_keys=True, separators=(",", ":"))}
        client.put_item(TableName="t", Item=item)
    return len(records)


def _is_record(item: Any) -> bool:
    return "data" in item and not item["SK"]["S"].startswith(("EVENT#", "AUDIT#"))


def _records_in(item: Any) -> list[str]:
    """The attributes with a record in JSON: ``data``, and an endpoint's ``health``."""
    return [name for name, value in item.items() if value.get("S", "").startswith("{")]


def _whole_records(item: Any) -> list[dict[str, Any]]:
    """An invoice's ``data`` and ``more`` are parts of one record."""
    records = {name: json.loads(item[name]["S"]) for name in _records_in(item)}
    more = records.pop("more", {})
    return [more | record if name == "data" else record for name, record in records.items()]


def _kept(client: Any) -> list[str]:
    records = [item for item in client.scan(TableName="t")["Items"] if _is_record(item)]
    return [
        item["SK"]["S"]
        for item in records
        if all(OF_LATER.items() <= record.items() for record in _whole_records(item))
    ]


def test_every_store_writes_an_unknown_field_back(client: Any) -> None:
    invoices = DynamoInvoices(client, "t", "s1")
    supplier, access = DynamoSupplier(client, "t", "s1"), DynamoAccess(client, "t", "s1")
    endpoints, addresses = DynamoEndpoints(client, "t", "s1"), DynamoEmailAddresses(client, "t", "s1")
    DynamoInstallation(client, "t").create_supplier(a_supplier(), administrator="ann")
    invoices.add(an_invoice(State.READY), by="ann")
    endpoint = Endpoint(endpoint_id="e1", url="https://x.example", types=("document.submitted",), created_at=NOW)
    endpoints.save(endpoint, change=CHANGE)
    endpoints.save_health(endpoint, EndpointHealth(failures=1))
    addresses.save(EmailAddress(email="a@example.org", changed_at=NOW).asked("first", now=NOW))
    records = _a_later_release_writes(client)
    assert records >= 5

    ready = invoices.get("d1")
    invoices.save(ready.move(State.SUBMITTING, NOW, action="start"), by="w", action="start")
    known = supplier.get()
    supplier.save(known.model_copy(update={"version": known.version + 1, "name": "Another"}))
    members = access.get()
    access.save(members, members.granting(Member(principal="ann", kind="person", roles=("administer",))), change=CHANGE)
    stored = endpoints.get("e1")
    endpoints.save_health(stored, stored.health.model_copy(update={"failures": 2}))
    address = addresses.get("a@example.org")
    assert address is not None
    addresses.save(address.asked("second", now=NOW))
    assert len(_kept(client)) == records


def test_a_rotated_secret_of_a_webhook_keeps_what_a_later_release_stored_with_it() -> None:
    with mock_aws():
        vault = aws_client("secretsmanager")
        secrets = SecretsManagerEndpointSecrets(vault, "p/", "s1")
        secrets.put("e1", EndpointSecrets(current=SecretStr("a")))
        name = "p/s1/webhooks/e1"
        stored = json.loads(vault.get_secret_value(SecretId=name)["SecretString"])
        vault.put_secret_value(SecretId=name, SecretString=json.dumps(stored | OF_LATER))
        read = secrets.get("e1")
        assert read is not None
        secrets.put("e1", read.rotated(SecretStr("b"), now=NOW))
        assert json.loads(vault.get_secret_value(SecretId=name)["SecretString"]).items() >= OF_LATER.items()
