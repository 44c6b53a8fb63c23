"""Notifications and signed webhooks on the local stack: what a person's screen, mailbox and a system's server see."""

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from chorus_connector.adapters.table.invoices import DynamoInvoices
from chorus_connector.domain.invoices.states import State
from tests.e2e.conftest import Running, eventually
from tools.demo import Sample
from tools.operations.redrive_changes import redrive_changes

pytestmark = pytest.mark.stack

SIRET = "90000077700017"
ALICE = "notified-alice@example.org"
EVERY_TYPE = ["document.waiting", "document.submitted", "invoice.status_changed"]


@dataclass
class Receiver:
    """A supplier's own server on this machine. ``stumbles`` is how often it fails before it answers."""

    port: int = 0
    stumbles: int = 0
    received: list[dict[str, str]] = field(default_factory=list)
    accepted: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/events"

    def types(self) -> list[str]:
        return [event["type"] for event in self.accepted]


@dataclass
class Story:
    """One document from its upload to a changed status, with all notifications on the way."""

    supplier_id: str
    document_id: str
    receiver: Receiver
    webhook: dict[str, Any]

    @property
    def path(self) -> str:
        return f"/suppliers/{self.supplier_id}"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with a_receiver(Receiver(stumbles=1)) as receiver:
        yield receiver


@contextmanager
def a_receiver(receiver: Receiver) -> Iterator[Receiver]:
    """The receiver, at a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            receiver.received.append({**{name.lower(): value for name, value in self.headers.items()}, "body": body})
            if receiver.stumbles:
                receiver.stumbles -= 1
                self.send_response(503)
            else:
                receiver.accepted.append(json.loads(body))
                self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_port
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield receiver
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def story(stack: Running, samples: dict[str, Sample], receiver: Receiver) -> Story:
    supplier_id = stack.new_supplier(name="Durand\r\nBcc: eve@example.org", siret=SIRET)
    path = f"/suppliers/{supplier_id}"
    administrator = stack.stack.subject(stack.stack.admin_token())
    for kind in ("waiting", "submitted", "status"):
        subscriptions = f"{path}/configuration/notifications/{kind}"
        stack.api.call("PUT", f"{subscriptions}/{administrator}", json={"email": ALICE})
    webhook = stack.api.call("POST", f"{path}/configuration/webhooks", json={"url": receiver.url})
    document_id = stack.api.upload(supplier_id, samples["facture-site-internet.pdf"])
    waiting = stack.wait_for(supplier_id, document_id, "TO_COMPLETE")
    form = f"{path}/invoices/{document_id}/form"
    fixed = stack.api.call(
        "PATCH", form, json={"fields": {"supplier_siret": SIRET}}, headers={"If-Match": f'"{waiting["version"]}"'}
    )
    version = {"If-Match": f'"{fixed["version"]}"'}
    stack.api.call("POST", f"{path}/invoices/{document_id}/submit", headers=version)
    stack.wait_for(supplier_id, document_id, "SUBMITTED")
    _portal_changes_status(stack, supplier_id, document_id, "MISE_EN_PAIEMENT")
    return Story(supplier_id, document_id, receiver, webhook)


def _portal_changes_status(stack: Running, supplier_id: str, document_id: str, status: str) -> None:
    """The write that retrieving the portal's statuses makes."""
    table = stack.stack.outputs["TableName"]
    invoices = DynamoInvoices(stack.stack.boto_client("dynamodb"), table, supplier_id)
    invoice = invoices.get(document_id)
    assert invoice.deposit is not None
    deposit = invoice.deposit.model_copy(update={"status": status})
    moved = invoice.move(State.SUBMITTED, datetime.now(UTC), action="sync", deposit=deposit)
    invoices.save(moved, by="test", action="status_changed")


def _feed(stack: Running, story: Story, **query: Any) -> list[dict[str, Any]]:
    page = stack.api.call("GET", f"{story.path}/notifications", params=query)
    return list(page["notifications"])


@pytest.mark.row("S11", "S12", "S13", "S14")
def test_the_feed_tells_each_step_once_newest_first(stack: Running, story: Story) -> None:
    assert eventually(lambda: len(_feed(stack, story)) >= 3)
    feed = _feed(stack, story)
    assert [(each["type"], each["state"], each["status"]) for each in feed] == [
        ("invoice.status_changed", "SUBMITTED", "MISE_EN_PAIEMENT"),
        ("document.submitted", "SUBMITTED", "DEPOSEE"),
        ("document.waiting", "TO_COMPLETE", None),
    ]
    assert {each["document_id"] for each in feed} == {story.document_id}
    assert feed[0]["previous_status"] == "DEPOSEE"


@pytest.mark.row("S11")
def test_each_person_reads_for_themselves_in_pages(stack: Running, story: Story) -> None:
    assert eventually(lambda: len(_feed(stack, story)) >= 3)
    newest = _feed(stack, story)[0]
    left = stack.api.call("POST", f"{story.path}/notifications/read", json={"ids": [newest["id"]]})
    assert (left["unread"], left["total"]) == ({"status": 0, "submitted": 1, "waiting": 1}, 2)
    assert [each["kind"] for each in _feed(stack, story, unread="true")] == ["submitted", "waiting"]
    first = stack.api.call("GET", f"{story.path}/notifications", params={"limit": 2})
    rest = stack.api.call("GET", f"{story.path}/notifications", params={"limit": 2, "cursor": first["cursor"]})
    read = [each["read"] for each in (*first["notifications"], *rest["notifications"])]
    assert read == [True, False, False]
    assert stack.api.call("POST", f"{story.path}/notifications/read", json={"all": True})["total"] == 0
    assert stack.api.call("GET", f"{story.path}/notifications/counts")["total"] == 0


@pytest.mark.row("S11")
def test_one_email_tells_everything_in_both_languages(stack: Running, story: Story) -> None:
    assert eventually(lambda: len(_feed(stack, story)) >= 3)
    function = stack.stack.outputs["EmailDigestFunction"]
    stack.stack.boto_client("lambda").invoke(FunctionName=function, Payload=b"{}")

    def sent() -> list[dict[str, Any]]:
        answer = httpx.get(f"{stack.stack.endpoint_url}/_ministack/ses/messages", trust_env=False).json()
        emails = answer["messages"] if isinstance(answer, dict) and "messages" in answer else answer
        return [each for each in _flat(emails) if ALICE in each.get("To", [])]

    assert eventually(lambda: bool(sent()))
    (email,) = sent()
    assert email["Subject"] == (
        "Chorus Pro – Durand Bcc: eve@example.org : 1 en attente, 1 déposé(s), 1 statut(s) modifié(s)"
        " / 1 waiting, 1 submitted, 1 status change(s)"
    )
    assert (email["To"], email["CC"], email["BCC"]) == ([ALICE], [], [])
    assert "statut DEPOSEE → MISE_EN_PAIEMENT" in email["BodyText"]
    assert "submitted to Chorus Pro (DEPOSEE)" in email["BodyText"]


def _flat(emails: Any) -> list[dict[str, Any]]:
    """ministack lists sent e-mails by account."""
    if isinstance(emails, list):
        return emails
    return [email for each in emails.values() for email in _flat(each)]


@pytest.mark.row("S12", "S13", "S14")
def test_a_server_gets_every_event_signed_and_one_that_stumbled_again(story: Story) -> None:
    receiver = story.receiver
    assert eventually(lambda: set(receiver.types()) == set(EVERY_TYPE)), receiver.types()
    signer = Webhook(story.webhook["secret"])
    for message in receiver.received:
        event = signer.verify(message["body"], message)
        assert message["webhook-id"] == event["id"]
        assert event["data"]["supplier_id"] == story.supplier_id
        assert event["data"]["document_id"] == story.document_id
    assert len(receiver.received) == len(receiver.accepted) + 1, "the first one was refused, and came again"
    assert sorted(receiver.types()) == sorted(EVERY_TYPE)


def test_how_far_events_came_is_shown_and_they_can_be_sent_again(stack: Running, story: Story) -> None:
    receiver = story.receiver
    assert eventually(lambda: set(receiver.types()) == set(EVERY_TYPE))
    webhook = f"{story.path}/configuration/webhooks/{story.webhook['webhook_id']}"

    def outcomes() -> list[str]:
        shown = stack.api.call("GET", f"{webhook}/deliveries")["deliveries"]
        return [each["outcome"] for each in shown]

    assert eventually(lambda: outcomes() == ["delivered"] * 3), outcomes()
    submitted = next(each for each in receiver.accepted if each["type"] == "document.submitted")
    before = receiver.types().count("document.submitted")
    assert stack.api.call("POST", f"{webhook}/replay", json={"ids": [submitted["id"]]})["queued"] == 1
    assert eventually(lambda: receiver.types().count("document.submitted") == before + 1)
    period = {"since": submitted["timestamp"]}
    assert stack.api.call("POST", f"{webhook}/replay", json=period) == {"queued": 2, "next": None}
    assert eventually(lambda: receiver.types().count("document.submitted") == before + 2)


def test_a_secret_is_shown_once_and_two_sign_during_a_rotation(stack: Running, story: Story) -> None:
    receiver = story.receiver
    webhook = f"{story.path}/configuration/webhooks/{story.webhook['webhook_id']}"
    assert eventually(lambda: set(receiver.types()) == set(EVERY_TYPE))
    rotated = stack.api.call("POST", f"{webhook}/secret", headers={"Idempotency-Key": uuid.uuid4().hex})
    assert rotated["secret"].startswith("whsec_")
    assert rotated["secret"] != story.webhook["secret"]
    shown = stack.api.call("GET", webhook)
    assert "secret" not in shown
    stack.api.call("POST", f"{webhook}/replay", json={"ids": [receiver.accepted[0]["id"]]})
    assert eventually(lambda: " " in receiver.received[-1]["webhook-signature"])
    message = receiver.received[-1]
    for secret in (story.webhook["secret"], rotated["secret"]):
        assert Webhook(secret).verify(message["body"], message)
    trail = json.dumps(stack.api.call("GET", f"{story.path}/configuration/audit"))
    assert "secret_rotated" in trail
    for secret in (story.webhook["secret"], rotated["secret"]):
        assert secret not in trail
        for box in ("notification_api", "webhook_delivery", "notifier"):
            assert secret not in stack.stack.logs(box)


def test_a_deleted_endpoint_and_its_secret_are_gone(stack: Running, story: Story) -> None:
    webhooks = f"{story.path}/configuration/webhooks"
    made = stack.api.call("POST", webhooks, json={"url": story.receiver.url, "types": ["document.waiting"]})
    names = f"{story.supplier_id}/webhooks/{made['webhook_id']}"
    secrets = stack.stack.boto_client("secretsmanager")

    def kept() -> list[str]:
        return [each["Name"] for each in secrets.list_secrets(MaxResults=100)["SecretList"] if names in each["Name"]]

    assert len(kept()) == 1
    headers = {"If-Match": f'"{made["version"]}"'}
    left = stack.api.call("DELETE", f"{webhooks}/{made['webhook_id']}", headers=headers)
    assert made["webhook_id"] not in [each["webhook_id"] for each in left["webhooks"]]
    assert kept() == []


@pytest.mark.parametrize("url", ["https://10.0.0.1/", "https://169.254.169.254/", "ftp://example.org/", "nonsense"])
def test_an_endpoint_inside_a_network_is_refused(stack: Running, story: Story, url: str) -> None:
    headers = {"Authorization": f"Bearer {stack.stack.admin_token()}"}
    target = f"{stack.stack.api_url}{story.path}/configuration/webhooks"
    answer = httpx.post(target, json={"url": url}, headers=headers, trust_env=False)
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] == "url"


def test_changes_the_notifier_failed_on_are_redriven_and_notified_once(stack: Running, story: Story) -> None:
    assert eventually(lambda: len(_feed(stack, story)) >= 3)
    told = _feed(stack, story)
    local, table = stack.stack, stack.stack.outputs["TableName"]
    streams, dynamodb = local.boto_client("dynamodbstreams"), local.boto_client("dynamodb")
    (stream,) = streams.list_streams(TableName=table)["Streams"]
    (shard,) = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
    place = {"streamArn": stream["StreamArn"], "shardId": shard["ShardId"]}
    iterator = streams.get_shard_iterator(
        StreamArn=place["streamArn"], ShardId=place["shardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    first = streams.get_records(ShardIterator=iterator, Limit=1)["Records"][0]["dynamodb"]["SequenceNumber"]
    arn = local.boto_client("lambda").get_function(FunctionName=local.outputs["NotifierFunction"])
    letter = {
        "requestContext": {"functionArn": arn["Configuration"]["FunctionArn"], "condition": "RetryAttemptsExhausted"},
        "DDBStreamBatchInfo": {**place, "startSequenceNumber": first, "endSequenceNumber": "9" * 40},
    }
    local.boto_client("sqs").send_message(
        QueueUrl=local.outputs["NoticesDeadLettersUrl"], MessageBody=json.dumps(letter)
    )
    lost = told[1]["id"]
    key = {"PK": {"S": f"SUPPLIER#{story.supplier_id}"}, "SK": {"S": f"FEED#{lost}"}}
    dynamodb.delete_item(TableName=table, Key=key)
    assert lost not in [each["id"] for each in _feed(stack, story)]
    clients = (local.boto_client("sqs"), streams, local.boto_client("lambda"))
    assert redrive_changes(*clients, local.outputs["NoticesDeadLettersUrl"]) > 0
    assert [each["id"] for each in _feed(stack, story)] == [each["id"] for each in told]


def test_a_stranger_finds_neither_feed_nor_endpoints(stack: Running, story: Story) -> None:
    headers = {"Authorization": f"Bearer {stack.stack.user_token('stranger')}"}
    with httpx.Client(base_url=stack.stack.api_url, headers=headers, trust_env=False) as stranger:
        for path in ("notifications", "notifications/counts", "configuration/webhooks"):
            answer = stranger.get(f"{story.path}/{path}")
            absent = stranger.get(f"/suppliers/nosuchsupplier/{path}")
            assert answer.status_code == absent.status_code == 404
            assert answer.json() == absent.json()
