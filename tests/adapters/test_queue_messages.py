"""What the queues are sent, and that each message is read back as it was written."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chorus_connector.adapters.queues.messages import SqsDeliveries, parse_delivery
from chorus_connector.adapters.queues.notifications import SqsDigests, parse_digest, parse_webhook
from chorus_connector.adapters.queues.work import (
    AFTER_A_PROBE,
    SqsLessons,
    SqsQueue,
    SqsRemovals,
    SqsSupplierQueue,
    SqsTrackingQueue,
    parse_lesson,
    parse_supplier,
    parse_tracking_work,
    parse_work,
)
from chorus_connector.domain.errors import Transient
from chorus_connector.ports.notification_values import Due
from chorus_connector.ports.values import LessonWork, SupplierWork, TrackingWork, Work

QUEUE = "https://sqs.eu-west-3.test/queue"


class FakeSqs:
    """The calls of an SQS client, in order; ``fails`` makes it refuse one message of each batch."""

    def __init__(self, *, fails: bool = False) -> None:
        self.calls: list[dict[str, Any]] = []
        self._fails = fails

    def send_message(self, **call: Any) -> dict[str, Any]:
        self.calls.append(call)
        return {}

    def send_message_batch(self, **call: Any) -> dict[str, Any]:
        self.calls.append(call)
        return {"Failed": [{"Id": "0"}]} if self._fails else {"Successful": []}

    def entries(self) -> list[dict[str, Any]]:
        return [entry for call in self.calls for entry in call["Entries"]]


@pytest.mark.parametrize(
    ("queue", "sent", "parse", "read", "group"),
    [
        (SqsQueue, Work("s1", "d1"), parse_work, Work("s1", "d1"), "s1"),
        (SqsSupplierQueue, "s1", parse_supplier, SupplierWork("s1"), "s1"),
        (
            SqsTrackingQueue,
            TrackingWork("s1", ("d1", "d2")),
            parse_tracking_work,
            TrackingWork("s1", ("d1", "d2")),
            "s1",
        ),
        (SqsDigests, Due("s1", "alice"), parse_digest, Due("s1", "alice"), "s1"),
    ],
)
def test_work_is_sent_to_its_queue_in_its_suppliers_group_and_read_back(
    queue: Any, sent: Any, parse: Callable[[str], Any], read: Any, group: str
) -> None:
    sqs = FakeSqs()
    queue(sqs, QUEUE).send([sent])
    (call,) = sqs.calls
    (entry,) = call["Entries"]
    assert call["QueueUrl"] == QUEUE
    assert entry["MessageGroupId"] == group
    assert parse(entry["MessageBody"]) == read


def test_ten_messages_go_in_one_call_and_each_has_an_id_of_its_own() -> None:
    sqs = FakeSqs()
    SqsSupplierQueue(sqs, QUEUE).send(f"s{number}" for number in range(21))  # type: ignore[arg-type]
    assert [len(call["Entries"]) for call in sqs.calls] == [10, 10, 1]
    assert len({entry["Id"] for entry in sqs.calls[0]["Entries"]}) == 10
    assert [json.loads(each["MessageBody"])["supplier_id"] for each in sqs.entries()] == [f"s{n}" for n in range(21)]


def test_nothing_to_send_is_no_call() -> None:
    sqs = FakeSqs()
    SqsQueue(sqs, QUEUE).send([])  # type: ignore[arg-type]
    assert sqs.calls == []


def test_a_queue_that_does_not_take_every_message_is_a_failure_to_retry() -> None:
    with pytest.raises(Transient):
        SqsQueue(FakeSqs(fails=True), QUEUE).send([Work("s1", "d1")])  # type: ignore[arg-type]


@pytest.mark.parametrize(("options", "seconds"), [({}, 0), ({"later": timedelta(seconds=90)}, 90)])
def test_a_delivery_waits_for_the_given_delay_and_not_at_all_by_default(
    options: dict[str, timedelta], seconds: int
) -> None:
    sqs = FakeSqs()
    SqsDeliveries(sqs, QUEUE).send("73282932000074", "MSG_1", "key", **options)  # type: ignore[arg-type]
    (call,) = sqs.calls
    assert (call["QueueUrl"], call["DelaySeconds"]) == (QUEUE, seconds)
    assert call["MessageGroupId"] == "73282932000074"
    assert parse_delivery(call["MessageBody"]) == ("73282932000074", "MSG_1", "key")


def test_a_removal_is_resumed_at_once_and_its_last_cleanup_waits_at_most_fifteen_minutes() -> None:
    sqs = FakeSqs()
    removals = SqsRemovals(sqs, QUEUE)  # type: ignore[arg-type]
    removals.go_on("s1")
    removals.sweep_after("s1", timedelta(minutes=2))
    removals.sweep_after("s1", timedelta(hours=2))
    assert [call["DelaySeconds"] for call in sqs.calls] == [0, 120, 900]
    assert {call["QueueUrl"] for call in sqs.calls} == {QUEUE}
    assert {parse_supplier(call["MessageBody"]).supplier_id for call in sqs.calls} == {"s1"}


@pytest.mark.parametrize(
    ("parse", "body"),
    [
        (parse_work, {"supplier_id": "s1"}),
        (parse_work, {"supplier_id": "s1", "document_id": 1}),
        (parse_supplier, {"supplier_id": None}),
        (parse_supplier, []),
        (parse_tracking_work, {"supplier_id": "s1", "document_ids": [1]}),
        (parse_tracking_work, {"supplier_id": "s1", "document_ids": "d1"}),
        (parse_delivery, {"sender_siret": "1", "reference": "r"}),
        (parse_digest, {"supplier_id": "s1"}),
        (parse_webhook, {"endpoint_id": "e1", "again": 1, "waits": 0, "notification": {}}),
    ],
)
def test_a_message_of_another_shape_is_refused(parse: Callable[[str], Any], body: Any) -> None:
    with pytest.raises(ValueError, match="not a"):
        parse(json.dumps(body))


@pytest.mark.parametrize("lesson", ["teach", "unteach"])
def test_a_lesson_is_sent_in_its_suppliers_group_and_is_no_other_message(lesson: Any) -> None:
    sqs = FakeSqs()
    SqsLessons(sqs, QUEUE).send(LessonWork("s1", "d1", lesson))  # type: ignore[arg-type]
    ((entry,),) = [call["Entries"] for call in sqs.calls]
    assert entry["MessageGroupId"] == "s1"
    assert parse_lesson(entry["MessageBody"]) == LessonWork("s1", "d1", lesson)
    assert parse_lesson('{"supplier_id": "s1", "document_id": "d1"}') is None
    assert parse_lesson('{"JobId": "j1"}') is None


def test_a_message_keeps_the_run_that_handed_it_out_and_one_without_is_read_as_before() -> None:
    run = datetime(2026, 11, 30, 14, 10, tzinfo=UTC)
    sqs = FakeSqs()
    SqsQueue(sqs, QUEUE).send_later(Work("s1", "d1", run_at=run))  # type: ignore[arg-type]
    (entry,) = sqs.entries()
    assert entry["DelaySeconds"] == int(AFTER_A_PROBE.total_seconds())
    assert parse_work(entry["MessageBody"]).run_at == run
    assert parse_work('{"supplier_id": "s1", "document_id": "d1"}').run_at is None
