"""What the use cases on e-mail addresses rely on, run on the fake and on DynamoDB."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from chorus_connector.adapters.table.administration import DynamoAuditTrail
from chorus_connector.adapters.table.notifications import DynamoEmailAddresses
from chorus_connector.adapters.table.suppliers import DynamoInstallation
from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.notifications.addresses import REMEMBERED, EmailAddress
from chorus_connector.domain.suppliers.audit import Change
from tests.aws import aws_client
from tests.builders import NOW, a_supplier
from tests.dynamodb_table import create_table, empty_table
from tests.notifications.fakes import FakeBoard, FakeEmailAddresses

ASKED = EmailAddress(email="Anna@Example.org", changed_at=NOW).asked("secret", now=NOW)
CHANGE = Change(change_id="c", at=NOW, by="email_confirmation", item="notifications/email", action="confirmed")


class Stores:
    """The addresses of s1, of s2, and of a supplier that is gone, and the audit trail of s1."""

    def __init__(self, ours: Any, theirs: Any, gone: Any, audited: Any) -> None:
        self.ours, self.theirs, self.gone, self.audited = ours, theirs, gone, audited


def _fake() -> Stores:
    board = FakeBoard()
    return Stores(*(FakeEmailAddresses(board, each) for each in ("s1", "s2", "gone")), lambda: board.changes)


def _dynamo() -> Stores:
    client: Any = aws_client("dynamodb")
    create_table(client, "t")
    for number, supplier_id in enumerate(("s1", "s2")):
        supplier = a_supplier(supplier_id=supplier_id, siret=f"7328293200007{number}")
        DynamoInstallation(client, "t").create_supplier(supplier, administrator="alice")
    trail = DynamoAuditTrail(client, "t", "s1")
    stores = (DynamoEmailAddresses(client, "t", each) for each in ("s1", "s2", "gone"))
    return Stores(*stores, lambda: list(trail.page(limit=100, cursor=None).changes))


@pytest.fixture(params=[_fake, _dynamo], ids=["fake", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    with mock_aws():
        yield request.param()


def test_an_address_is_found_by_its_id_and_by_its_letters_in_any_case_at_its_supplier_only(stores: Stores) -> None:
    stores.ours.save(ASKED)
    assert stores.ours.get("anna@example.ORG") == stores.ours.find(ASKED.id) == ASKED
    assert list(stores.ours.all()) == [ASKED]
    assert (stores.theirs.get(ASKED.email), stores.theirs.find(ASKED.id), list(stores.theirs.all())) == (None, None, [])


def test_a_version_is_written_once_with_its_audit_line(stores: Stores) -> None:
    stores.ours.save(ASKED)
    confirmed = ASKED.confirmed("secret", now=NOW)
    assert confirmed is not None
    stores.ours.save(confirmed, change=CHANGE)
    for late in (ASKED, confirmed):
        with pytest.raises(StaleWrite):
            stores.ours.save(late, change=CHANGE)
    assert stores.ours.get(ASKED.email) == confirmed
    assert stores.audited() == [CHANGE]


def test_what_is_forgotten_is_gone_and_forgetting_twice_changes_nothing(stores: Stores) -> None:
    stores.ours.save(ASKED)
    for _ in range(2):
        stores.ours.forget("ANNA@example.org")
    assert stores.ours.get(ASKED.email) is None


def test_a_removed_supplier_gets_no_address(stores: Stores) -> None:
    with pytest.raises(StaleWrite):
        stores.gone.save(ASKED)


def test_an_address_that_does_not_agree_expires_and_one_that_agreed_does_not() -> None:
    with empty_table() as client:
        DynamoInstallation(client, "t").create_supplier(a_supplier(), administrator="alice")
        store = DynamoEmailAddresses(client, "t", "s1")
        key = {"PK": {"S": "SUPPLIER#s1"}, "SK": {"S": f"EMAIL#{ASKED.id}"}}
        store.save(ASKED)
        asked = client.get_item(TableName="t", Key=key)["Item"]
        assert asked["expires_at"]["N"] == str(int((NOW + REMEMBERED).timestamp()))
        confirmed = ASKED.confirmed("secret", now=NOW)
        assert confirmed is not None
        store.save(confirmed)
        assert "expires_at" not in client.get_item(TableName="t", Key=key)["Item"]
