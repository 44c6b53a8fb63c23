"""message_delivery's reading of the table's stream: which records it handles, and which it retries."""

import json
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from moto import mock_aws

from chorus_connector.adapters.queues.email_feedback import parse_feedback, parse_message_feedback
from chorus_connector.adapters.queues.messages import (
    SqsDeliveries,
    parse_arrived_structure,
    parse_delivery,
    parse_feedback_of_message,
)
from chorus_connector.adapters.table import message_stream as stream
from chorus_connector.adapters.table.message_stream import asked_delivery, submitted_invoice
from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.messages.structure import Address
from chorus_connector.ports.notification_values import MessageFeedback
from chorus_connector.runtime.streams import work_through_stream
from tests.aws import aws_client
from tests.builders import an_invoice
from tests.messages.builders import ACME, TOWN
from tests.messages.worlds import World


def a_record(pk: str, sk: str, new: State | None = None, old: State | None = None, name: str = "MODIFY") -> Any:
    images: dict[str, Any] = {"Keys": {"PK": {"S": pk}, "SK": {"S": sk}}, "SequenceNumber": "7"}
    for image, state in (("NewImage", new), ("OldImage", old)):
        if state is not None:
            data = an_invoice(state).model_dump_json(exclude_defaults=True)
            images[image] = {"state": {"S": state}, "data": {"S": data}}
    return {"eventName": name, "eventSource": "aws:dynamodb", "dynamodb": images}


def test_a_new_delivery_is_queued_once_and_its_progress_is_not() -> None:
    key = "DISPATCH#MSG_000000001#deliver#000001"
    new = a_record(f"STRUCTURE#{ACME}", key, name="INSERT")
    assert asked_delivery(new) == (ACME, "MSG_000000001", "deliver#000001")
    assert asked_delivery(a_record(f"STRUCTURE#{ACME}", key)) is None
    assert asked_delivery(a_record("SUPPLIER#s1", "INVOICE#d1", State.SUBMITTED, name="INSERT")) is None


@pytest.mark.parametrize(
    ("new", "old", "told"),
    [
        (State.SUBMITTED, State.SUBMITTING, True),
        (State.SUBMITTED, State.IN_DOUBT, True),
        (State.SUBMITTED, None, True),
        (State.SUBMITTED, State.SUBMITTED, False),
        (State.READY, State.TO_COMPLETE, False),
        (None, State.SUBMITTED, False),
    ],
)
def test_an_invoice_is_exchanged_when_it_becomes_submitted(new: State | None, old: State | None, told: bool) -> None:
    found = submitted_invoice(a_record("SUPPLIER#s1", "INVOICE#d1", new, old))
    assert (found is not None) is told


@pytest.mark.row("M02")
def test_an_invoice_that_is_sent_on_to_another_recipient_is_exchanged_with_that_one_too() -> None:
    record = a_record("SUPPLIER#s1", "INVOICE#d1", State.SUBMITTED, State.SUBMITTED)
    images = record["dynamodb"]
    for image, (siret, service) in {"OldImage": (TOWN, "VOIRIE"), "NewImage": (TOWN, "ECOLES")}.items():
        values = {"recipient_siret": siret, "service_code": service}
        form = Form(fields={name: FormField(value=text, source="portal") for name, text in values.items()})  # type: ignore[misc]
        sent = an_invoice(State.SUBMITTED, form=form)
        images[image]["data"]["S"] = sent.model_dump_json(exclude_defaults=True)
    recycled = submitted_invoice(record)
    assert recycled is not None
    assert recycled.form.value("service_code") == "ECOLES"


def test_the_same_exchange_twice_is_one_in_both_directions() -> None:
    world = World()
    before = dict(world.table.counterparties)
    world.exchange(ACME, TOWN)
    assert world.table.counterparties == before
    assert {(siret, relation) for siret, relation, _ in before} == {
        (ACME, "client"),
        (TOWN, "supplier"),
        ("11000201100044", "supplier"),
    }


def test_a_stream_stops_at_the_first_record_that_fails_and_skips_deleted_records() -> None:
    seen: list[str] = []

    def handle(record: dict[str, Any]) -> None:
        number = record["dynamodb"]["SequenceNumber"]
        seen.append(number)
        if number == "2":
            raise NotFound
        if number == "3":
            raise RuntimeError("a document's text")

    keys = {"PK": {"S": "STRUCTURE#1"}, "SK": {"S": "DISPATCH#MSG#1"}}
    records = ({"Keys": keys, "SequenceNumber": str(number)} for number in range(1, 6))
    event = {"Records": [{"dynamodb": each} for each in records]}
    assert work_through_stream(event, handle, Logger(), set_aside=seen.append) == {
        "batchItemFailures": [{"itemIdentifier": "3"}]
    }
    assert seen == ["1", "2", "3"]


@pytest.mark.parametrize("body", ["{}", "[]", '{"sender_siret": 1, "reference": "r", "delivery": "d"}', "null"])
def test_a_message_that_is_no_delivery_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match="not a delivery"):
        parse_delivery(body)


# --- what a message waits for ------------------------------------------------------------------------------------


def a_described(siret: str, new: dict[str, Any], old: dict[str, Any] | None, **attributes: Any) -> Any:
    """The record of a structure's description that was written, with these attributes in its new image."""
    record = a_record(f"STRUCTURE#{siret}", "STRUCTURE", name="MODIFY" if old is not None else "INSERT")
    record["dynamodb"]["NewImage"] = {"data": {"S": json.dumps(new)}, **attributes}
    if old is not None:
        record["dynamodb"]["OldImage"] = {"data": {"S": json.dumps(old)}}
    return record


ACCOUNT = {"account": {"BOOL": True}}


def test_a_structure_arrives_with_its_account_or_another_address() -> None:
    known = {"email": "a@example.org"}
    assert stream.arrived_structure(a_described(TOWN, {}, {}, **ACCOUNT)) == TOWN
    assert stream.arrived_structure(a_described(TOWN, known, {})) == TOWN
    assert stream.arrived_structure(a_described(TOWN, known, {"email": "b@example.org"})) == TOWN
    assert stream.arrived_structure(a_described(TOWN, known, None)) == TOWN
    claim = a_record(f"SIRET#{ACME}", "SIRET", name="INSERT")
    assert stream.arrived_structure(claim) == ACME


def test_nothing_else_is_the_arrival_of_a_structure() -> None:
    known = {"email": "a@example.org"}
    renamed = a_described(TOWN, {**known, "name": "Ville"}, known)
    gone = a_described(TOWN, {"email": None}, known)
    again = a_described(TOWN, {}, {}, **ACCOUNT)
    again["dynamodb"]["OldImage"] |= ACCOUNT
    added = a_record(f"SIRET#{ACME}", "SIRET")
    removed = a_record(f"STRUCTURE#{TOWN}", "STRUCTURE", name="REMOVE")
    message = a_record(f"STRUCTURE#{ACME}", "MESSAGE#MSG_000000001", name="INSERT")
    for record in (renamed, gone, again, added, removed, message):
        assert stream.arrived_structure(record) is None


def test_a_read_message_is_noticed_once_and_without_the_reader() -> None:
    key = "READ#tom#MSG_000000001"
    record = a_record(f"STRUCTURE#{TOWN}", key, name="INSERT")
    record["dynamodb"]["NewImage"] = {"sender": {"S": ACME}, "service": {"S": "SCOL"}}
    notice = stream.read_message(record)
    assert notice == (ACME, "MSG_000000001", Address(siret=TOWN, service="SCOL"))
    record["eventName"] = "MODIFY"
    assert stream.read_message(record) is None
    of_older_release = a_record(f"STRUCTURE#{TOWN}", key, name="INSERT")
    assert stream.read_message(of_older_release) is None


def an_event(kind: str, tags: dict[str, list[str]], **detail: Any) -> str:
    return json.dumps({"detail": {"eventType": kind, "mail": {"tags": tags}, **detail}})


OF_A_MESSAGE = {"sender_siret": [ACME], "reference": ["MSG_000000001"], "recipient_siret": [TOWN]}
PERMANENT = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "a@example.org"}]}


def test_what_became_of_an_email_is_known_by_its_tags() -> None:
    bounced = MessageFeedback(ACME, "MSG_000000001", TOWN, "bounced")
    assert parse_message_feedback(an_event("Bounce", OF_A_MESSAGE, bounce=PERMANENT)) == bounced
    complaint = an_event("Complaint", OF_A_MESSAGE, complaint={"complainedRecipients": []})
    assert parse_message_feedback(complaint) == bounced._replace(outcome="complained")
    full = an_event("Bounce", OF_A_MESSAGE, bounce={**PERMANENT, "bounceType": "Transient"})
    assert parse_message_feedback(full) is None
    of_supplier = an_event("Bounce", {"supplier_id": ["s1"]}, bounce=PERMANENT)
    assert parse_message_feedback(of_supplier) is None
    assert list(parse_feedback(an_event("Bounce", OF_A_MESSAGE, bounce=PERMANENT))) == []


def test_each_letter_of_the_queue_is_read_as_what_it_is() -> None:
    with mock_aws():
        sqs = aws_client("sqs")
        url = sqs.create_queue(QueueName="deliveries")["QueueUrl"]
        queue, feedback = SqsDeliveries(sqs, url), MessageFeedback(ACME, "MSG_000000001", TOWN, "bounced")
        queue.send(ACME, "MSG_000000001", "mail#000001")
        queue.send_structure(TOWN, after="MSG_000000001")
        queue.send_feedback(feedback)
        found = [sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] for _ in range(3)]
    readers = (parse_delivery, parse_arrived_structure, parse_feedback_of_message)
    read = {reader.__name__: [body for body in found if _reads(reader, body)] for reader in readers}
    assert {name: len(bodies) for name, bodies in read.items()} == dict.fromkeys(read, 1)


def _reads(reader: Any, body: str) -> bool:
    try:
        return reader(body) is not None
    except ValueError:
        return False
