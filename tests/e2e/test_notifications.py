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
from tests.e2e.conftest import Running
from tests.patience import eventually
from tools.demo import Sample
from tools.operations.redrive_changes import redrive_changes

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

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
    supplier_id = stack.new_supplier(name="Durand Bcc: eve@example.org", siret=SIRET)
    path = f"/suppliers/{supplier_id}"
    administrator = stack.stack.subject(stack.stack.admin_token())
    for kind in ("waiting", "submitted", "status"):
        subscriptions = f"{path}/configuration/notifications/{kind}"
        stack.api.call("PUT", f"{subscriptions}/{administrator}", json={"email": ALICE})
    stack.confirm(ALICE)
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

    assert eventually(lambda: len(stack.emails_to(ALICE)) > 1)
    question, email = stack.emails_to(ALICE)
    assert "« Durand Bcc: eve@example[.]org »" in question["BodyText"]
    assert email["Subject"] == (
        "Chorus Pro – « Durand Bcc: eve@example[.]org » : 1 en attente, 1 déposé(s), 1 statut(s) modifié(s)"
        " / 1 waiting, 1 submitted, 1 status change(s)"
    )
    assert (email["To"], email["CC"], email["BCC"]) == ([ALICE], [], [])
    assert "statut DEPOSEE → MISE_EN_PAIEMENT" in email["BodyText"]
    assert "submitted to Chorus Pro (DEPOSEE)" in email["BodyText"]


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
    events = {event["id"]: event["type"] for event in receiver.accepted}  # each at least once, with its own id
    assert sorted(events.values()) == sorted(EVERY_TYPE)


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


# --- e-mail addresses ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def addresses(stack: Running) -> str:
    """The subscribers of a supplier of its own."""
    return f"/suppliers/{stack.new_supplier(name='Gagnez sur evil.example')}/configuration/notifications"


def _states(stack: Running, subscribers: str) -> dict[str, str | None]:
    return {each["email"]: each["email_state"] for each in stack.api.call("GET", subscribers)["subscribers"]}


def test_an_address_gets_one_question_and_only_the_button_agrees(stack: Running, addresses: str) -> None:
    email, administrator = "stranger@example.net", stack.stack.subject(stack.stack.admin_token())
    for kind in ("waiting", "submitted"):
        asked = stack.api.call("PUT", f"{addresses}/{kind}/{administrator}", json={"email": email})
        assert asked["email_state"] == "asked"
    (question,) = stack.emails_to(email)
    assert "evil[.]example" in question["BodyText"]
    assert "evil.example" not in question["BodyText"]
    first = stack.confirmation_page(email)
    stack.api.call("POST", f"{addresses}/waiting/{administrator}/confirmation")
    page = stack.confirmation_page(email)
    with httpx.Client(trust_env=False, headers={"Accept-Language": "fr"}) as browser:
        for _ in range(3):  # as scanners do
            opened = browser.get(page)
            assert (opened.status_code, opened.headers["content-type"]) == (200, "text/html; charset=utf-8")
            assert "default-src 'none'" in opened.headers["content-security-policy"]
        assert _states(stack, addresses)[email] == "asked"
        assert browser.post(first).status_code == 404, "the second e-mail replaced the first"
        assert browser.post(page).status_code == 200
        assert browser.post(page).status_code == 404, "a link is used once"
        assert browser.post(page.replace("/email-confirmations/", "/email-confirmations/x")).status_code == 404
    assert _states(stack, addresses)[email] == "confirmed"


def test_a_bounce_and_a_complaint_that_the_mail_service_reports_switch_an_address_off(
    stack: Running, addresses: str
) -> None:
    supplier_id, cognito = addresses.split("/")[2], stack.stack.boto_client("cognito-idp")
    token = stack.stack.user_token("gets-mail")
    attributes = [{"Name": "email", "Value": "owner@example.org"}, {"Name": "email_verified", "Value": "true"}]
    pool = stack.stack.outputs["UserPoolId"]
    cognito.admin_update_user_attributes(UserPoolId=pool, Username="gets-mail", UserAttributes=attributes)
    owner = stack.stack.subject(token)
    rights = f"/suppliers/{supplier_id}/configuration/access/{owner}"
    stack.api.call("PUT", rights, json={"roles": ["administer", "use"]})
    subscribed = stack.api.call("PUT", f"{addresses}/status/{owner}", json={"email": "Owner@example.org"})
    assert subscribed["email_state"] is None, "their own verified address is asked nothing"
    assert stack.emails_to("Owner@example.org") == []

    gone = "gone@example.net"
    stack.api.call("PUT", f"{addresses}/status/{stack.stack.outputs['SystemsClientId']}", json={"email": gone})
    detail = {
        "eventType": "Bounce",
        "mail": {
            "tags": {"supplier_id": [supplier_id], "ses:configuration-set": [_configuration_set(stack)]},
        },
        "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": gone}]},
    }
    envelope = {"id": "1", "account": "000000000000", "time": "2026-11-29T00:00:00Z", "region": "eu-west-3"}
    event = json.dumps(
        {**envelope, "source": "aws.ses", "detail-type": "Email Bounced", "resources": [], "detail": detail}
    )
    events = stack.stack.boto_client("events")
    (rule,) = [each for each in events.list_rules()["Rules"] if "aws.ses" in each.get("EventPattern", "")]
    assert events.test_event_pattern(EventPattern=rule["EventPattern"], Event=event)["Result"]
    # only AWS may send events of « aws.ses »: the rule's target gets it by hand
    stack.stack.boto_client("sqs").send_message(
        QueueUrl=stack.stack.outputs["EmailFeedbackQueueUrl"], MessageBody=event
    )
    assert eventually(lambda: _states(stack, addresses)[gone] == "bounced")
    assert eventually(lambda: len(stack.emails_to("owner@example.org")) == 1)
    assert "gone@example[.]net" in stack.emails_to("owner@example.org")[0]["BodyText"]
    trail = stack.api.call("GET", f"/suppliers/{supplier_id}/configuration/audit")["changes"]
    assert ("notifications/email", "switched_off") in [(each["item"], each["action"]) for each in trail]


def _configuration_set(stack: Running) -> str:
    return stack.stack.function_environment("email_digest")["EMAIL_CONFIGURATION_SET"]
