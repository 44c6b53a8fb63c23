"""The edges of notifications: what the stream, the queues, the mail service and the keeper of secrets say."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from pydantic import SecretStr

from chorus_connector.adapters.email import SesMailer
from chorus_connector.adapters.queues.email_feedback import EmailFeedback, parse_feedback
from chorus_connector.adapters.queues.notifications import SqsDigests, parse_digest
from chorus_connector.adapters.table.notification_stream import (
    changed_endpoint,
    counted_changes,
    deleted_endpoint,
    new_supplier,
    written_invoice,
)
from chorus_connector.adapters.webhook_secrets import SecretsManagerEndpointSecrets
from chorus_connector.domain.errors import Transient
from chorus_connector.domain.invoices.counting import short_name
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.notifications.digest import Email
from chorus_connector.domain.notifications.webhooks import EndpointHealth, EndpointSecrets
from chorus_connector.ports.notification_values import Due, EmailRefused
from tests.aws import aws_client
from tests.builders import NOW, an_invoice
from tests.notifications.test_notify import an_endpoint

SECRETS = EndpointSecrets(current=SecretStr("whsec_YQ=="))


def record(sort_key: str, *, before: Invoice | None = None, after: Invoice | None = None) -> dict[str, Any]:
    """A record of the table's stream, as Lambda gives it."""
    images = {
        name: {"data": {"S": each.model_dump_json(exclude_defaults=True)}}
        for name, each in (("OldImage", before), ("NewImage", after))
        if each is not None
    }
    event = "REMOVE" if after is None else "MODIFY" if before else "INSERT"
    keys = {"PK": {"S": "SUPPLIER#s1"}, "SK": {"S": sort_key}}
    return {"eventName": event, "dynamodb": {"Keys": keys, "SequenceNumber": "1", **images}}


def test_the_stream_gives_what_a_write_changes_in_the_counts() -> None:
    old, new = an_invoice(State.READING), an_invoice(State.TO_COMPLETE, version=1)
    same = an_invoice(State.TO_COMPLETE, version=2)
    written = [
        record("INVOICE#d1", after=old),
        record("INVOICE#d1", before=old, after=new),
        record("INVOICE#d1", before=new, after=same),
        record("INVOICE#d1", before=same),
        record("SUPPLIER"),
    ]
    written[1]["dynamodb"]["ApproximateCreationDateTime"] = int(NOW.timestamp())
    (found,) = counted_changes(written)
    assert found.supplier_id == "s1"
    assert [each[1:4] for each in found.changes] == [
        (0, None, "READING"),
        (1, "READING", "TO_COMPLETE"),
        (3, "TO_COMPLETE", None),
    ]
    assert {each.document for each in found.changes} == {short_name("d1")}
    assert [each.written_at for each in found.changes] == [None, NOW, None]


def test_the_stream_gives_a_new_supplier() -> None:
    made = new_supplier(record("SUPPLIER", after=an_invoice()))
    assert made is not None
    assert made.supplier_id == "s1"
    assert new_supplier(record("SUPPLIER", before=an_invoice(), after=an_invoice())) is None
    assert new_supplier(record("INVOICE#d1", after=an_invoice())) is None


def test_the_stream_gives_a_document_before_and_after_a_write() -> None:
    old, new = an_invoice(State.READING), an_invoice(State.TO_COMPLETE, version=1)
    assert written_invoice(record("INVOICE#d1", before=old, after=new)) == (old, new)
    assert written_invoice(record("INVOICE#d1", after=new)) == (None, new)
    assert written_invoice(record("INVOICE#d1", before=old)) is None
    assert written_invoice(record("EVENT#d1#00000001", after=new)) is None


def test_the_stream_says_which_endpoint_is_gone() -> None:
    assert deleted_endpoint(record("WEBHOOK#e1")) == ("s1", "e1")
    assert deleted_endpoint(record("WEBHOOK_TRY#e1#evt")) is None
    assert deleted_endpoint(record("WEBHOOK#e1", after=an_invoice())) is None


def test_the_stream_gives_an_endpoint_and_its_health_before_and_after_a_write() -> None:
    image = {"data": {"S": an_endpoint().model_dump_json(exclude_defaults=True, exclude={"health"})}}
    failing = EndpointHealth(failures=2, last_failure="timeout")
    change = record("WEBHOOK#e1") | {"eventName": "MODIFY"}
    change["dynamodb"] |= {"OldImage": image, "NewImage": {**image, "health": {"S": failing.model_dump_json()}}}
    assert changed_endpoint(change) == ("s1", an_endpoint(), an_endpoint(health=failing))
    assert changed_endpoint(record("WEBHOOK#e1")) is None
    assert changed_endpoint(record("WEBHOOK_TRY#e1#evt") | {"eventName": "MODIFY"}) is None


class Ses:
    def __init__(self, code: str, message: str = "") -> None:
        self.error = {"Code": code, "Message": message}

    def send_email(self, **_: Any) -> None:
        raise ClientError({"Error": self.error}, "SendEmail")


def a_mailer(ses: Any) -> SesMailer:
    return SesMailer(ses, "x@example.org", configuration_set="set", tags={"supplier_id": "s1"})


def test_an_e_mail_names_its_supplier_to_the_mail_service() -> None:
    sent: list[dict[str, Any]] = []
    ses: Any = SimpleNamespace(send_email=lambda **request: sent.append(request))
    a_mailer(ses).send("a@example.org", Email("s", "b"))
    (request,) = sent
    assert request["ConfigurationSetName"] == "set"
    assert request["EmailTags"] == [{"Name": "supplier_id", "Value": "s1"}]


def feedback(kind: str, detail: dict[str, Any], **tags: list[str]) -> str:
    return json.dumps({"source": "aws.ses", "detail": {"eventType": kind, "mail": {"tags": tags}, **detail}})


def test_permanent_bounces_and_complaints_name_the_addresses_to_switch_off() -> None:
    who = [{"emailAddress": "a@example.org"}, {"emailAddress": "b@example.org"}]
    permanent = {"bounce": {"bounceType": "Permanent", "bouncedRecipients": who}}
    full = {"bounce": {"bounceType": "Transient", "bouncedRecipients": who}}
    spam = {"complaint": {"complainedRecipients": who[:1]}}
    assert list(parse_feedback(feedback("Bounce", permanent, supplier_id=["s1"]))) == [
        EmailFeedback("s1", "a@example.org", "bounced"),
        EmailFeedback("s1", "b@example.org", "bounced"),
    ]
    assert list(parse_feedback(feedback("Bounce", full, supplier_id=["s1"]))) == []
    assert list(parse_feedback(feedback("Complaint", spam, supplier_id=["s1"]))) == [
        EmailFeedback("s1", "a@example.org", "complained")
    ]
    assert list(parse_feedback(feedback("Bounce", permanent, sender_siret=["1"]))) == []


def test_only_what_the_mail_service_will_never_take_is_given_up() -> None:
    email = Email("s", "b")
    with pytest.raises(EmailRefused):
        a_mailer(Ses("MessageRejected")).send("a@example.org", email)
    with pytest.raises(ClientError):
        a_mailer(Ses("TooManyRequestsException")).send("a@example.org", email)


@pytest.mark.parametrize(
    "message",
    [
        "Email address is not verified. The following identities failed the check in region EU-WEST-3: x@example.org",
        "Email address not verified x@example.org",
    ],
)
def test_an_installation_that_may_not_send_yet_forgets_no_email_and_comes_to_the_dead_letters(message: str) -> None:
    """Its sender's link was not followed, or the account is still in the mail service's sandbox."""
    with pytest.raises(ClientError):
        a_mailer(Ses("MessageRejected", message)).send("a@example.org", Email("s", "b"))


class Sqs:
    def __init__(self, answer: dict[str, Any] | None = None) -> None:
        self.answer = answer or {}
        self.batches: list[list[dict[str, str]]] = []

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        self.batches.append(request["Entries"])
        return self.answer


def test_digests_travel_ten_to_a_call_as_keys_in_their_suppliers_group() -> None:
    sqs, due = Sqs(), [Due("s1", f"group:a#{index}") for index in range(12)]
    SqsDigests(sqs, "q").send(due)
    assert [len(batch) for batch in sqs.batches] == [10, 2]
    sent = [entry for batch in sqs.batches for entry in batch]
    assert [parse_digest(entry["MessageBody"]) for entry in sent] == due
    assert {entry["MessageGroupId"] for entry in sent} == {"s1"}
    with pytest.raises(ValueError, match="not a digest"):
        parse_digest("[]")
    with pytest.raises(Transient):
        SqsDigests(Sqs({"Failed": [{"Id": "0"}]}), "q").send(due)


def test_secrets_are_kept_for_each_endpoint_of_each_supplier_and_forgotten_at_once() -> None:
    with mock_aws():
        client = aws_client("secretsmanager")
        ours, theirs = (SecretsManagerEndpointSecrets(client, "p/", each) for each in ("s1", "s2"))
        assert ours.get("e1") is None
        ours.put("e1", SECRETS)
        rotated = SECRETS.rotated(SecretStr("whsec_Yg=="), now=NOW)
        ours.put("e1", rotated)
        assert ours.get("e1") == rotated
        assert theirs.get("e1") is None
        assert client.list_secrets()["SecretList"][0]["Name"] == "p/s1/webhooks/e1"
        for _ in range(2):
            ours.delete("e1")
        assert ours.get("e1") is None
