"""A supplier is deleted while it has messages: through the HTTP API, what becomes of each of them."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Running
from tests.e2e.messages_world import User, World, build_world, comes, day, new_siret, own, recipient

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

WORDS = {"title": "Dernier message", "content": "Nous fermons.", "send": True}


@pytest.fixture(scope="module")
def world(stack: Running) -> World:
    return build_world(stack)


@pytest.fixture
def leaver(world: World) -> tuple[User, str]:
    """A person who writes for a supplier that will be deleted, and its SIRET.

    It exchanged an invoice with the town, which has an account, and with an office that has an e-mail address only.
    """
    siret = new_siret()
    supplier = world.supplier("Delta Couverture", siret)
    gina = world.subscribe("gina", siret, "write")
    for each in (world.town, world.office):
        world.invoice_passed(supplier, each)
        params = {"sender": siret, "prefix": each}
        comes(lambda each=params: gina.ok("GET", "/messages/recipients/completion", params=each)["recipients"])
    return gina, siret


def delete(world: World, siret: str) -> httpx.Response:
    path = f"/suppliers/{world.suppliers[siret]}"
    return world.administrator.call("DELETE", path, version=world.administrator.ok("GET", path)["version"])


def deleted(world: World, siret: str) -> list[dict[str, Any]]:
    """The lines of the export, once the supplier is deleted."""
    path = f"/suppliers/{world.suppliers[siret]}/removal"
    look = lambda: found if (found := world.administrator.ok("GET", path))["status"] == "deleted" else None  # noqa: E731
    url = comes(look)["export"]["url"]
    return [json.loads(each) for each in httpx.get(url, trust_env=False).text.splitlines()]


def outcomes(lines: list[dict[str, Any]], reference: str) -> dict[str, str]:
    """What became of each recipient, as the export has it."""
    rows = [each for each in lines if each.get("record", "").startswith(f"DELIVERY#{reference}#")]
    return {each["data"]["siret"]: each["data"]["outcome"] for each in rows}


def emails(world: World, reference: str) -> list[dict[str, Any]]:
    return [each for each in world.stack.emails_to("bureau@example.org") if reference in each["BodyText"]]


def both(world: World) -> list[dict[str, str]]:
    return [recipient(world.town), recipient(world.office)]


@pytest.mark.row("M24")
def test_a_message_that_has_not_begun_is_withdrawn_from_accounts_and_emails_alike(
    world: World, leaver: tuple[User, str]
) -> None:
    gina, siret = leaver
    period = {"display_start": day(2), "display_end": day(5)}
    later = gina.send(siret, title="Posthume", recipients=both(world), **period)
    begun = gina.send(siret, recipients=both(world))
    draft = gina.draft(siret, title="jamais envoyé")
    assert delete(world, siret).status_code == 202
    lines = deleted(world, siret)
    assert outcomes(lines, later["reference"]) == {world.town: "withdrawn", world.office: "withdrawn"}
    assert outcomes(lines, begun["reference"]) == {world.town: "delivered", world.office: "emailed"}
    records = {each["record"]: each for each in lines if "record" in each}
    assert records[f"MESSAGE#{later['reference']}"]["data"]["state"] == "withdrawn"
    assert f"MESSAGE#{draft['reference']}" in records
    tom = world.user("tom")
    assert tom.refused("GET", f"/messages/inbox/{world.town}/{later['reference']}")[0] == 404
    assert tom.ok("GET", f"/messages/inbox/{world.town}/{begun['reference']}")["content"]
    assert len(emails(world, begun["reference"])) == 1
    client, table = world.stack.stack.boto_client("dynamodb"), world.stack.stack.outputs["TableName"]
    left = client.scan(
        TableName=table,
        FilterExpression="contains(PK, :reference) OR contains(SK, :reference)",
        ExpressionAttributeValues={":reference": {"S": later["reference"]}},
    )
    assert left["Items"] == [], "nothing of the withdrawn message stays"


@pytest.mark.row("M24")
def test_what_is_answered_as_sent_beside_a_deletion_reaches_its_recipients_and_all_else_is_refused(
    world: World, leaver: tuple[User, str]
) -> None:
    gina, siret = leaver
    body = {"sender_siret": siret, "recipients": both(world), **WORDS}

    def send(number: int) -> httpx.Response:
        if number == 3:
            return delete(world, siret)
        return gina.call("POST", "/messages/outbox", json=body)

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(send, range(7)))
    assert answers.pop(3).status_code == 202
    sent = [each.json()["reference"] for each in answers if each.is_success]
    refused = {(each.status_code, each.json()["code"]) for each in answers if not each.is_success}
    assert refused <= {(409, "supplier_deleting"), (404, "not_found")}
    lines = deleted(world, siret)
    tom = world.user("tom")
    for reference in sent:
        assert outcomes(lines, reference) == {world.town: "delivered", world.office: "emailed"}, reference
        assert tom.ok("GET", f"/messages/inbox/{world.town}/{reference}")["title"] == WORDS["title"]
        assert len(emails(world, reference)) == 1


@pytest.mark.row("M24")
def test_a_supplier_that_is_being_deleted_says_so_to_who_writes_for_it(world: World, leaver: tuple[User, str]) -> None:
    gina, siret = leaver
    draft = gina.draft(siret, **{**WORDS, "send": False}, recipients=both(world))
    sent = gina.send(siret, recipients=[recipient(world.town)])
    undone(world, sent)
    assert delete(world, siret).status_code == 202
    refused = (409, "supplier_deleting")
    path = f"/suppliers/{world.suppliers[siret]}/removal"
    comes(lambda: world.administrator.ok("GET", path)["doing"] == "messages")
    for each in ({"sender_siret": siret}, {"sender_siret": siret, "recipients": both(world), **WORDS}):
        assert gina.refused("POST", "/messages/outbox", json=each) == refused
    assert gina.refused("POST", "/messages/outbox/preview", json={"sender_siret": siret}) == refused
    assert gina.refused("POST", f"{own(draft)}/send", version=draft["version"]) == refused
    assert gina.refused("PATCH", own(draft), version=draft["version"], json={"title": "x"}) == refused
    more = {"recipients": [recipient(world.office)]}
    assert gina.refused("POST", f"{own(sent)}/recipients", version=sent["version"], json=more) == refused
    assert gina.ok("GET", own(sent))["title"] == sent["title"]
    assert delete(world, siret).status_code == 202, "a second request changes nothing"
    undone(world, sent, done=True)
    assert outcomes(deleted(world, siret), sent["reference"]) == {world.town: "delivered"}


def undone(world: World, message: dict[str, Any], *, done: bool = False) -> None:
    """As if the worker of the message's delivery had died just before its last write; ``done``: as if it came back."""
    client, table = world.stack.stack.boto_client("dynamodb"), world.stack.stack.outputs["TableName"]
    sort = f"DISPATCH#{message['reference']}#deliver#000001"
    key = {"PK": {"S": f"STRUCTURE#{message['sender_siret']}"}, "SK": {"S": sort}}
    item = client.get_item(TableName=table, Key=key)["Item"]
    data = {**json.loads(item["data"]["S"]), "done": done}
    client.put_item(TableName=table, Item={**item, "data": {"S": json.dumps(data)}})
