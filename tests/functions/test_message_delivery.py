"""message_delivery's reading of the table's stream: which records it handles, and which it retries."""

from typing import Any

import pytest
from aws_lambda_powertools import Logger

from chorus_connector.adapters.queues.messages import parse_delivery
from chorus_connector.adapters.table.message_stream import asked_delivery, submitted_invoice
from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.states import State
from chorus_connector.runtime.streams import work_through_stream
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
