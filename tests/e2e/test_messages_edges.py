"""« Mes messages » at its edges, over HTTP: what has no effect, what is given twice, a draft that stayed overnight."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.conftest import Running
from tests.e2e.messages_world import User, World, build_world, day, named, own, recipient

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]


@pytest.fixture(scope="module")
def world(stack: Running) -> World:
    return build_world(stack)


@pytest.fixture
def alice(world: World) -> User:
    """Writes for the supplier Acmé, which exchanged invoices with the town and with a ministry without an account."""
    return world.user("alice")


def stored(world: World, message: dict[str, Any], **changes: Any) -> None:
    """Write these fields of the message's record."""
    client, table = world.stack.stack.boto_client("dynamodb"), world.stack.stack.outputs["TableName"]
    key = {"PK": {"S": f"STRUCTURE#{message['sender_siret']}"}, "SK": {"S": f"MESSAGE#{message['reference']}"}}
    item = client.get_item(TableName=table, Key=key)["Item"]
    data = {**json.loads(item["data"]["S"]), **changes}
    client.put_item(TableName=table, Item={**item, "data": {"S": json.dumps(data)}})


@pytest.mark.row("M24")
def test_d8_a_draft_that_stayed_for_days_is_sent_with_the_dates_of_the_day_of_sending(
    world: World, alice: User
) -> None:
    draft = alice.draft(world.acme, title="t", content="c", recipients=[recipient(world.town)])
    days_ago = (datetime.now(UTC) - timedelta(days=9)).isoformat()
    stored(world, draft, created_at=days_ago, changed_at=days_ago)
    shown = alice.ok("GET", own(draft))
    assert (shown["display_start"], shown["display_end"]) == (day(0), day(14))
    sent = alice.ok("POST", f"{own(draft)}/send", version=draft["version"])
    assert (sent["state"], sent["display_start"], sent["display_end"]) == ("sent", day(0), day(14))


@pytest.mark.row("M22")
def test_d12_what_names_no_recipient_no_service_or_no_person_is_refused(world: World, alice: User) -> None:
    words = {"sender_siret": world.acme, "title": "t", "content": "c", "send": True}
    assert alice.refused("POST", "/messages/outbox", json=words) == (422, "recipients_missing")
    far = {**words, "recipients": [recipient(world.town)], "display_end": "9999-12-31"}
    assert alice.refused("POST", "/messages/outbox", json=far) == (422, "display_end_too_late")
    mayor, tom = world.user("mayor"), world.user("tom")
    subscription = f"/structures/{world.town}/subscriptions/{tom.principal}"
    for services, code in (["NOPE"], "structure_service_unknown"), ([], "services_missing"):
        assert mayor.refused("PUT", subscription, json={"mode": "read", "services": services}) == (422, code)
    nobody = f"/structures/{world.town}/subscriptions/00000000-0000-4000-8000-000000000000"
    assert mayor.refused("PUT", nobody, json={"mode": "read"})[0] == 422
    zeros = {"siret": "0" * 14, "name": "Zéro", "public": True}
    assert world.administrator.refused("POST", "/structures", json=zeros) == (422, "not_a_siret")
    wrong = alice.refused("GET", "/messages/outbox", params={"cursor": "nonsense"})
    assert wrong == (422, "unknown_cursor")


@pytest.mark.row("M39")
def test_f9_a_change_of_a_list_without_effect_is_no_version_and_who_is_no_member_is_named(
    world: World, alice: User
) -> None:
    members = [recipient(world.town)]
    new = {"owner_siret": world.acme, "name": "Clients", "members": members}
    made = alice.ok("POST", "/messages/lists", json=new)
    path = f"/messages/lists/{world.acme}/{made['list_id']}"
    for body in ({}, {"add": members}, {"name": "Clients"}):
        answer = alice.call("PATCH", path, version=1, json=body)
        assert answer.json()["version"] == 1, body
        assert answer.headers["ETag"] == alice.call("GET", path).headers["ETag"]
    stranger = {"remove": [recipient(world.ministry)]}
    assert alice.refused("PATCH", path, version=1, json=stranger) == (422, "not_a_member")
    again = {"add": [recipient(world.ministry)], "remove": [recipient(world.ministry)]}
    assert alice.refused("PATCH", path, version=1, json=again) == (422, "not_a_member")
    assert alice.ok("GET", path)["members"] == [named(world.town, "Mairie de Saint-Ouen")]


@pytest.mark.row("M29")
def test_f9_a_change_of_a_message_or_a_structure_without_effect_is_no_version(world: World, alice: User) -> None:
    sent = alice.send(world.acme, recipients=[recipient(world.town)])
    draft = alice.draft(world.acme, title="t")
    for message, body in ((sent, {}), (sent, {"display_start": day(0)}), (draft, {}), (draft, {"title": "t"})):
        before = alice.call("GET", own(message)).headers["ETag"]
        answer = alice.call("PATCH", own(message), version=message["version"], json=body)
        assert (answer.status_code, answer.headers["ETag"]) == (200, before), body
    mayor, path = world.user("mayor"), f"/structures/{world.town}"
    before = mayor.call("GET", path)
    known = before.json()
    for body in ({}, {"name": known["name"], "services": known["services"]}):
        answer = mayor.call("PATCH", path, version=known["version"], json=body)
        assert (answer.status_code, answer.headers["ETag"]) == (200, before.headers["ETag"]), body


def test_f10_who_never_hears_anything_is_named_when_it_is_put_on_a_list(world: World, alice: User) -> None:
    stranger = world.user("stranger").principal
    lists = f"/suppliers/{world.suppliers[world.acme]}/configuration/notifications"
    admin = world.administrator
    waiting = admin.ok("PUT", f"{lists}/waiting/{stranger}", json={})
    assert waiting["warning"]["code"] == "without_right"
    message = admin.ok("PUT", f"{lists}/message/{stranger}", json={})
    assert message["warning"]["code"] == "not_subscribed_to_messages"
    assert "warning" not in admin.ok("PUT", f"{lists}/message/{alice.principal}", json={})
    assert "warning" not in admin.ok("PUT", f"{lists}/waiting/{admin.principal}", json={})
    for kind in ("waiting", "message"):
        admin.ok("DELETE", f"{lists}/{kind}/{stranger}")


def codes(structure: dict[str, Any]) -> list[str]:
    return [each["code"] for each in structure["warnings"]]


@pytest.mark.row("M17")
def test_f16_a_service_is_given_once_and_what_one_that_ends_leaves_is_named(world: World, alice: User) -> None:
    mayor, admin = world.user("mayor"), world.administrator
    path = f"/structures/{world.ministry}"
    admin.ok("PUT", f"{path}/members/{mayor.principal}", json={"role": "administer"})
    version = mayor.ok("GET", path)["version"]
    twice = {"services": [{"code": "A"}, {"code": "A", "label": "autre"}]}
    assert mayor.refused("PATCH", path, version=version, json=twice) == (422, "service_twice")
    both = mayor.ok("PATCH", path, version=version, json={"services": [{"code": "VOIRIE"}, {"code": "ECOLES"}]})
    still_there = "service_still_subscribed"
    assert still_there not in codes(both)
    greffe = world.subscribe("greffe", world.ministry, "write", ["VOIRIE"])
    one = mayor.ok("PATCH", path, version=both["version"], json={"services": [{"code": "ECOLES"}]})
    assert still_there in codes(one)
    assert still_there not in codes(mayor.ok("GET", path))
    body = {"sender_siret": world.ministry, "sender_service": "VOIRIE", "recipient_kind": "supplier"}
    assert greffe.refused("POST", "/messages/outbox", json=body) == (422, "sender_service_unknown")
    assert greffe.ok("GET", "/messages/inbox", params={"view": "all"})["messages"] == []


def test_f17_only_the_installation_sets_the_address_of_a_body_and_its_people_read_that(world: World) -> None:
    mayor, path = world.user("mayor"), f"/structures/{world.town}"
    version = mayor.ok("GET", path)["version"]
    assert mayor.refused("PATCH", path, version=version, json={"email": "moi@example.org"})[0] == 403
    changed = world.administrator.ok("PATCH", path, version=version, json={"email": "mairie@example.org"})
    assert changed["email"] == "mairie@example.org"
