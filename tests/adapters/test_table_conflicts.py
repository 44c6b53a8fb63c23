"""DynamoDB refuses one of two concurrent writers: the client tries again, and the loser has lost a race.

No emulator answers so. These tests put the answers of DynamoDB on the wire of a real client.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.models import botocore_stubber

from chorus_connector.adapters.table import conflicts
from chorus_connector.adapters.table.conflicts import ATTEMPTS, is_conflict, retry_conflicts
from chorus_connector.adapters.table.invoices import DynamoInvoices, DynamoTrackingProgress
from chorus_connector.domain.errors import AlreadyExists, StaleWrite
from chorus_connector.domain.portal.tracking import TrackingProgress
from tests.aws import new_client
from tests.builders import an_invoice
from tests.dynamodb_table import create_table

CANCELLED = "TransactionCanceledException"
WRITES = ("TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem")


class OtherWriters:
    """Answers the next ``times`` writes of a client as DynamoDB does when other writers hold the item."""

    def __init__(self, client: Any) -> None:
        self.times = 0
        self.met = 0
        self.sent = 0
        client.meta.events.unregister("before-send", botocore_stubber)
        client.meta.events.register("before-send", self._answer)

    def _answer(self, event_name: str, request: Any, **more: Any) -> AWSResponse | None:
        writes = event_name.endswith(WRITES)
        self.sent += writes
        if not writes or self.met >= self.times:
            return botocore_stubber(event_name, request, **more)
        self.met += 1
        transaction = b"TransactItems" in request.body
        body: dict[str, Any] = {
            "__type": CANCELLED if transaction else "TransactionConflictException",
            "message": "met another",
        }
        if transaction:
            count = len(json.loads(request.body)["TransactItems"])
            body["CancellationReasons"] = [{"Code": "TransactionConflict"}, *[{"Code": "None"}] * (count - 1)]
        return _raw(400, json.dumps(body).encode())


def _raw(status: int, body: bytes) -> AWSResponse:
    class Raw:
        def stream(self, **_: Any) -> Iterator[bytes]:
            yield body

    return AWSResponse("https://dynamodb", status, HTTPHeaders(), Raw())


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(conflicts, "uniform", lambda _low, _high: 0.0)
    with mock_aws():
        made = new_client("dynamodb")
        retry_conflicts(made)
        create_table(made, "t")
        yield made


@pytest.fixture
def others(client: Any) -> OtherWriters:
    return OtherWriters(client)


@pytest.mark.parametrize("times", range(1, ATTEMPTS))
def test_a_writer_that_meets_others_writes_once_they_are_gone(client: Any, others: OtherWriters, times: int) -> None:
    invoices = DynamoInvoices(client, "t", "s1")
    others.times = times
    invoices.add(an_invoice(supplier_id="s1", document_id="d1"), by="test")
    assert others.met == times
    assert invoices.get("d1").document_id == "d1"


@pytest.mark.parametrize(
    "write",
    [
        lambda client: DynamoInvoices(client, "t", "s1").add(an_invoice(supplier_id="s1", document_id="d1"), by="t"),
        lambda client: DynamoInvoices(client, "t", "s1").release_number("F-1", "d1"),
        lambda client: DynamoInvoices(client, "t", "s1").save_claiming_content(
            an_invoice(supplier_id="s1", document_id="d1"), "f" * 64, by="t", action="examined"
        ),
        lambda client: DynamoTrackingProgress(client, "t", "s1").save(TrackingProgress(version=1)),
    ],
    ids=["a transaction", "a delete whose failed condition is ignored", "a claim", "a plain write"],
)
def test_a_writer_that_always_meets_others_has_lost_a_race(
    client: Any, others: OtherWriters, write: Callable[[Any], Any]
) -> None:
    others.times = 99
    with pytest.raises(StaleWrite):
        write(client)
    assert others.sent == ATTEMPTS


def test_a_failed_condition_is_not_tried_again(client: Any, others: OtherWriters) -> None:
    invoices = DynamoInvoices(client, "t", "s1")
    invoices.add(an_invoice(supplier_id="s1", document_id="d1"), by="test")
    with pytest.raises(AlreadyExists):
        invoices.add(an_invoice(supplier_id="s1", document_id="d1"), by="another")
    assert others.sent == 2


@pytest.mark.parametrize(
    ("codes", "conflict"),
    [
        (["TransactionConflict", "None"], True),
        (["ThrottlingError", None], True),
        (["ProvisionedThroughputExceeded", "TransactionConflict"], True),
        (["ConditionalCheckFailed", "TransactionConflict"], False),
        (["ValidationError", "None"], False),
        (["ItemCollectionSizeLimitExceeded"], False),
        (["None", "None"], False),
        ([], False),
    ],
)
def test_a_cancelled_transaction_is_a_conflict_only_by_its_reasons(codes: list[str | None], conflict: bool) -> None:
    reasons = [{"Code": code} if code else {} for code in codes]
    assert is_conflict({"Error": {"Code": CANCELLED}, "CancellationReasons": reasons}) is conflict


@pytest.mark.parametrize(
    ("code", "conflict"),
    [("TransactionConflictException", True), ("TransactionInProgressException", True), ("ValidationException", False)],
)
def test_a_refused_write_is_a_conflict_by_its_code(code: str, conflict: bool) -> None:
    assert is_conflict({"Error": {"Code": code}}) is conflict


def test_pauses_grow_and_are_random() -> None:
    answer = (None, {"Error": {"Code": "TransactionConflictException"}})
    pauses = [[conflicts._pause(answer, attempts) or 0 for _ in range(200)] for attempts in range(1, ATTEMPTS)]
    assert all(len(set(each)) > 100 for each in pauses)
    assert [max(each) for each in pauses] == sorted(max(each) for each in pauses)
    assert sum(max(each) for each in pauses) < 2
    assert conflicts._pause(answer, ATTEMPTS) is None
    assert conflicts._pause(None, 1) is None


def test_another_error_is_raised_as_it_is(client: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFound"):
        DynamoInvoices(client, "absent", "s1").release_number("F-1", "d1")
