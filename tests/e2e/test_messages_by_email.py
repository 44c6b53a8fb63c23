"""Recipients without an account, through the HTTP API: by e-mail when the display begins, here when they get one."""

import json
import re
from typing import Any

import pytest

from tests.e2e.conftest import Running
from tests.e2e.messages_world import User, World, build_world, comes, day, own, recipient

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]


@pytest.fixture(scope="module")
def world(stack: Running) -> World:
    return build_world(stack)


@pytest.fixture
def alice(world: World) -> User:
    """Writes for the supplier Acmé, which exchanged invoices with the town and with a ministry without an account."""
    return world.user("alice")


@pytest.fixture
def bea(world: World) -> User:
    """Writes for the supplier Bêta, which exchanged invoices with an office that has only an e-mail address."""
    return world.user("bea")


def outcomes(user: User, message: dict[str, Any]) -> dict[str, str]:
    found = user.ok("GET", f"{own(message)}/recipients", params={"limit": 100})["recipients"]
    return {each["siret"]: each["outcome"] for each in found}


def emails_about(world: World, message: dict[str, Any]) -> list[dict[str, Any]]:
    found = world.stack.emails_to("bureau@example.org")
    return [each for each in found if message["reference"] in each["BodyText"]]


def begin(world: World, message: dict[str, Any]) -> None:
    """As if the display's first day had come: no clock of the stack can be turned forward."""
    local = world.stack.stack
    client, table = local.boto_client("dynamodb"), local.outputs["TableName"]
    partition = {"S": f"STRUCTURE#{message['sender_siret']}"}
    written = {"PK": partition, "SK": {"S": f"MESSAGE#{message['reference']}"}}
    item = client.get_item(TableName=table, Key=written)["Item"]
    item["data"]["S"] = re.sub(r'"display_start":"[0-9-]+"', f'"display_start":"{day(0)}"', item["data"]["S"])
    client.put_item(TableName=table, Item=item)
    client.update_item(
        TableName=table,
        Key={"PK": partition, "SK": {"S": f"DISPATCH#{message['reference']}#mail#000001"}},
        UpdateExpression="SET ready_sort = :now",
        ExpressionAttributeValues={":now": {"S": f"2026-01-01T00:00:00.000000Z#{message['sender_siret']}"}},
    )
    run_schedule(world)


def run_schedule(world: World) -> None:
    local = world.stack.stack
    answer = local.boto_client("lambda").invoke(FunctionName=local.outputs["MessageDeliveryFunction"], Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()


@pytest.mark.row("M24")
def test_an_email_leaves_when_the_display_begins_and_changed_dates_follow_it(world: World, bea: User) -> None:
    period = {"display_start": day(1), "display_end": day(5)}
    sent = bea.send(world.beta, title="Fermé", content="Le <b>5</b>.", recipients=[recipient(world.office)], **period)
    assert outcomes(bea, sent) == {world.office: "scheduled"}
    assert sent["progress"]["scheduled"] == 1
    run_schedule(world)
    assert emails_about(world, sent) == []
    begin(world, sent)
    (email,) = comes(lambda: emails_about(world, sent))
    for text in (email["BodyText"], email["BodyHtml"]):
        assert f"SIRET {world.beta}" in text
        assert day(5) in text
        assert "ne vient pas de Chorus Pro" in text
    assert "Le &lt;b&gt;5&lt;/b&gt;." in email["BodyHtml"]
    comes(lambda: outcomes(bea, sent) == {world.office: "emailed"})
    counts = bea.ok("GET", own(sent))["progress"]
    assert (counts["sent"], counts["emailed"], counts["scheduled"]) == (1, 1, 0)
    bea.ok("PATCH", own(sent), version=sent["version"], json={"display_end": day(3)})
    correction = comes(lambda: emails_about(world, sent)[1:])[0]
    assert day(3) in correction["BodyText"]
    assert "now displayed" in correction["BodyText"]


@pytest.mark.row("M24")
def test_before_its_display_a_message_is_scheduled_and_not_delivered(world: World, alice: User) -> None:
    later = alice.send(world.acme, display_start=day(1), recipients=[recipient(world.town)])
    assert outcomes(alice, later) == {world.town: "scheduled"}
    for counts in (later["progress"], later["deliveries"][0]["progress"]):
        assert (counts["scheduled"], counts["delivered"]) == (1, 0)


def test_an_email_that_comes_back_is_the_outcome_of_its_recipient(world: World, bea: User) -> None:
    sent = bea.send(world.beta, recipients=[recipient(world.office)])
    assert outcomes(bea, sent) == {world.office: "emailed"}
    tags = {"sender_siret": [world.beta], "reference": [sent["reference"]], "recipient_siret": [world.office]}
    bounce = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "bureau@example.org"}]}
    event = {"detail": {"eventType": "Bounce", "mail": {"tags": tags}, "bounce": bounce}}
    local = world.stack.stack
    # only AWS may send events of « aws.ses »: the rule's target gets it by hand
    queue = local.outputs["EmailFeedbackQueueUrl"]
    local.boto_client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(event))
    comes(lambda: outcomes(bea, sent) == {world.office: "bounced"})
    counts = bea.ok("GET", own(sent))["progress"]
    assert (counts["emailed"], counts["bounced"]) == (0, 1)


@pytest.mark.row("M22")
def test_all_recipients_are_refused_while_there_is_none(world: World) -> None:
    siret = f"9{world.acme[1:]}"
    world.supplier("Toute neuve", siret)
    zoe = world.subscribe("zoe", siret, "write")
    words = {"title": "t", "content": "c", "all_recipients": True}
    body = {"sender_siret": siret, "send": True, **words}
    assert zoe.refused("POST", "/messages/outbox", json=body) == (422, "no_recipient")
    assert zoe.references("/messages/outbox") == []
    draft = zoe.draft(siret, **words)
    assert zoe.refused("POST", f"{own(draft)}/preview") == (422, "no_recipient")
    assert zoe.refused("POST", f"{own(draft)}/send", version=draft["version"]) == (422, "no_recipient")
    assert zoe.ok("GET", own(draft))["state"] == "draft"


@pytest.mark.row("M22")
def test_a_preview_says_who_would_receive_the_message_before_it_is_sent(world: World, alice: User, bea: User) -> None:
    body = {"sender_siret": world.acme, "all_recipients": True}
    found = alice.ok("POST", "/messages/outbox/preview", json=body, params={"limit": 1})
    assert {name: found[name] for name in ("total", "here", "by_email", "not_here", "reachable")} == {
        "total": 2,
        "here": 1,
        "by_email": 0,
        "not_here": 1,
        "reachable": 1,
    }
    assert found["reachable_is_exact"] is True
    rest = alice.ok("POST", "/messages/outbox/preview", json=body, params={"limit": 1, "cursor": found["cursor"]})
    reach = {each["siret"]: each["reach"] for each in (*found["recipients"], *rest["recipients"])}
    assert reach == {world.town: "here", world.ministry: "not_here"}
    assert rest["cursor"] is None
    members = [recipient(world.office)]
    made = bea.ok("POST", "/messages/lists", json={"owner_siret": world.beta, "name": "Bureaux", "members": members})
    draft = bea.draft(world.beta, list_ids=[made["list_id"]], recipients=[recipient(world.town)])
    found = bea.ok("POST", f"{own(draft)}/preview")
    assert (found["here"], found["by_email"], found["not_here"]) == (1, 1, 0)
    assert world.user("anna").refused("POST", f"{own(draft)}/preview")[0] == 404
    strange = {"sender_siret": world.acme, "recipients": [recipient(world.stranger)]}
    assert alice.refused("POST", "/messages/outbox/preview", json=strange) == (422, "recipient_never_exchanged")


def test_a_structure_and_not_a_person_has_read_a_message(world: World, alice: User) -> None:
    sent = alice.send(world.acme, recipients=[recipient(world.town)])
    assert alice.ok("GET", own(sent))["progress"]["read"] == 0
    for name in ("tom", "theo"):
        reader = world.subscribe(name, world.town, "read")
        reader.ok("PUT", f"/messages/inbox/{world.town}/{sent['reference']}/read")
    comes(lambda: alice.ok("GET", own(sent))["progress"]["read"] == 1)
    (line,) = alice.ok("GET", f"{own(sent)}/recipients")["recipients"]
    assert line["read"] is True


@pytest.mark.row("M30")
def test_a_recipient_that_gets_an_account_receives_what_is_on_display(world: World, alice: User) -> None:
    body = {"title": "Congés", "content": "En août.", "send": True, "recipients": [recipient(world.ministry)]}
    sent = alice.draft(world.acme, **body)
    assert sent["reachable"] == 0
    assert "e-mail" in sent["warning"]["fr"]
    assert outcomes(alice, alice.delivered(sent)) == {world.ministry: "not_here"}
    over = alice.send(world.acme, recipients=[recipient(world.ministry)])
    local = world.stack.stack
    client, table = local.boto_client("dynamodb"), local.outputs["TableName"]
    key = {"PK": {"S": f"STRUCTURE#{world.acme}"}, "SK": {"S": f"MESSAGE#{over['reference']}"}}
    item = client.get_item(TableName=table, Key=key)["Item"]
    for name, offset in (("display_start", -9), ("display_end", -1)):
        item["data"]["S"] = re.sub(rf'"{name}":"[0-9-]+"', f'"{name}":"{day(offset)}"', item["data"]["S"])
    client.put_item(TableName=table, Item=item)
    mayor = world.user("mayor").principal
    world.administrator.ok("PUT", f"/structures/{world.ministry}/members/{mayor}", json={"role": "administer"})
    comes(lambda: outcomes(alice, sent) == {world.ministry: "delivered"})
    minister = world.subscribe("minister", world.ministry, "read")
    assert minister.references("/messages/inbox") == [sent["reference"]]
    counts = alice.ok("GET", own(sent))["progress"]
    assert (counts["sent"], counts["delivered"], counts["not_here"]) == (1, 1, 0)
    again = {"recipients": [recipient(world.ministry)]}
    alice.ok("POST", f"{own(sent)}/recipients", version=sent["version"], json=again)
    assert alice.delivered(sent)["progress"]["delivered"] == 1
    assert outcomes(alice, over) == {world.ministry: "not_here"}
