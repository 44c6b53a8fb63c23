"""Structures over HTTP: who is public, what is in their trail, who reads, and under which names they are found."""

from typing import Any

import pytest

from tests.e2e.conftest import Running
from tests.e2e.messages_world import User, World, comes, new_siret

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

SEARCH, COMPLETION = "/messages/recipients/search", "/messages/recipients/completion"


@pytest.fixture(scope="module")
def world(stack: Running) -> World:
    """Acmé, and Bêta that was sent an invoice by Acmé."""
    made = World(stack)
    acme = made.supplier("Acmé Menuiserie", made.acme)
    made.supplier("Bêta Plomberie", made.beta)
    made.subscribe("alice", made.acme, "write")
    made.subscribe("bea", made.beta, "write")
    made.invoice_passed(acme, made.beta)
    comes(lambda: offered(made, "alice", made.acme, made.beta))
    return made


def offered(world: World, who: str, sender: str, prefix: str, **more: str) -> list[dict[str, Any]]:
    params = {"sender": sender, "prefix": prefix, **more}
    return list(world.user(who).ok("GET", COMPLETION, params=params)["recipients"])


@pytest.mark.row("M18")
def test_a_supplier_becomes_a_public_body_when_the_installation_declares_it_and_its_trail_says_so(world: World) -> None:
    path, bea, root = f"/structures/{world.beta}", world.user("bea"), world.administrator
    draft = {"sender_siret": world.beta, "title": "x", "recipient_kind": "supplier"}
    assert bea.refused("POST", "/messages/outbox", json=draft) == (422, "recipient_kind_not_yours")
    before = root.ok("GET", path)
    assert (before["public"], before["public_by"]) == (False, "siren")
    declared = root.ok("PATCH", path, version=before["version"], json={"public": True})
    assert (declared["public"], declared["public_by"], declared["name"]) == (True, "installation", "Bêta Plomberie")
    bea.ok("POST", "/messages/outbox", json=draft)
    assert [each["siret"] for each in offered(world, "bea", world.beta, world.acme, kind="supplier")] == [world.acme]
    (line, *_) = root.ok("GET", f"{path}/audit")["changes"]
    assert (line["item"], line["by"], line["after"]["public"]) == ("description", root.principal, True)
    root.ok("PATCH", path, version=declared["version"], json={"public": False})
    assert bea.refused("POST", "/messages/outbox", json=draft) == (422, "recipient_kind_not_yours")


def test_a_private_siret_is_made_public_on_purpose_only(world: World) -> None:
    root, epic = world.administrator, {"siret": new_siret("3"), "name": "Régie des transports"}
    assert root.refused("POST", "/structures", json=epic) == (422, "public_not_stated")
    made = root.ok("POST", "/structures", json={**epic, "public": True})
    assert (made["public"], made["public_by"]) == (True, "installation")
    assert root.refused("POST", "/structures", json={"siret": "0" * 14, "name": "x"}) == (422, "not_a_siret")
    assert root.refused("POST", "/structures", json={"siret": world.acme, "name": "x", "public": True})[0] == 409


def test_members_and_subscriptions_are_given_listed_and_ended_and_all_of_it_is_in_the_trail(world: World) -> None:
    root, mayor, carol = world.administrator, world.user("mayor"), world.user("carol")
    services = [{"code": "VOIRIE", "label": "Routes"}]
    path = f"/structures/{world.town}"
    root.ok("POST", "/structures", json={"siret": world.town, "name": "Ville d'Aval", "services": services})
    assert root.refused("PUT", f"{path}/members/nobody-at-all", json={"role": "use"})[0] == 422
    root.ok("PUT", f"{path}/members/{mayor.principal}", json={"role": "administer"})
    right: dict[str, Any] = {"mode": "read", "services": ["VOIRIE"]}
    at = f"{path}/subscriptions/{carol.principal}"
    for wrong, code in (([], "services_missing"), (["NOPE"], "structure_service_unknown")):
        assert mayor.refused("PUT", at, json={**right, "services": wrong}) == (422, code)
    assert mayor.refused("PUT", f"{path}/subscriptions/nobody-at-all", json=right)[0] == 422
    mayor.ok("PUT", at, json=right)
    listed = root.ok("GET", f"{path}/subscriptions")["subscriptions"]
    assert [(each["principal"], each["services"]) for each in listed] == [(carol.principal, ["VOIRIE"])]
    root.ok("DELETE", at)
    root.ok("DELETE", f"{path}/members/{mayor.principal}")
    assert root.ok("GET", f"{path}/members")["members"] == []
    changes = root.ok("GET", f"{path}/audit")["changes"]
    assert {(each["item"], each["action"]) for each in changes} == {
        ("description", "set"),
        (f"member/{mayor.principal}", "set"),
        (f"subscription/{carol.principal}", "set"),
        (f"subscription/{carol.principal}", "removed"),
        (f"member/{mayor.principal}", "removed"),
    }
    assert mayor.refused("GET", path)[0] == 404


@pytest.mark.row("M21")
def test_a_supplier_that_was_deleted_is_not_offered_any_more(world: World) -> None:
    gone = new_siret()
    supplier = world.supplier("Passagère SARL", gone)
    world.invoice_passed(supplier, world.beta)
    root = world.administrator
    structure = root.ok("GET", f"/structures/{world.beta}")
    root.ok("PATCH", f"/structures/{world.beta}", version=structure["version"], json={"public": True})
    found = comes(lambda: offered(world, "bea", world.beta, gone, kind="supplier"))
    assert [each["name"] for each in found] == ["Passagère SARL"]
    version = root.ok("GET", f"/suppliers/{supplier}")["version"]
    assert root.call("DELETE", f"/suppliers/{supplier}", version=version).is_success
    comes(lambda: not offered(world, "bea", world.beta, gone, kind="supplier"))
    asked = {"sender": world.beta, "kind": "supplier", "designation": "passagère"}
    assert world.user("bea").ok("GET", SEARCH, params=asked)["recipients"] == []


def test_users_without_a_right_learn_nothing_of_a_structure(world: World) -> None:
    eve: User = world.user("eve")
    for method, path in (
        ("GET", f"/structures/{world.acme}"),
        ("GET", f"/structures/{world.acme}/audit"),
        ("GET", f"/structures/{world.acme}/subscriptions"),
    ):
        assert eve.refused(method, path)[0] == 404
    assert eve.refused("GET", COMPLETION, params={"sender": world.acme, "prefix": world.beta})[0] == 404
    home = eve.ok("GET", "/messages/inbox/senders")
    assert (home["senders"], home["recipients"]) == ([], [])
