"""A SIRET gives rights to a structure's messages: who gets one, and what ends with it, on the local stack."""

import itertools
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Running
from tests.e2e.messages_world import User, World, comes, own
from tools.demo import CREDENTIALS, seed

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

_SIRETS = (f"7{number:08d}00018" for number in itertools.count(1))


@pytest.fixture(scope="module")
def world(stack: Running) -> World:
    """A town hall with a mayor."""
    world = World(stack)
    world.public_body(world.town, name="Commune de Montclair")
    mayor = world.user("mayor")
    world.administrator.ok("PUT", f"/structures/{world.town}/members/{mayor.principal}", json={"role": "administer"})
    mayor.ok("PUT", f"/structures/{world.town}/subscriptions/{mayor.principal}", json={"mode": "write"})
    return world


@pytest.fixture(scope="module")
def secret(world: World) -> str:
    """The path of the mayor's draft."""
    return own(world.user("mayor").draft(world.town, title="CONFIDENTIEL budget", content="secret de la commune"))


def _supplier(world: World, stack: Running, administrator: User) -> str:
    """A supplier that this user administers and the installation's administrator does not, with credentials.

    Its technical account is its own: the user's name.
    """
    siret, login = next(_SIRETS), administrator.principal
    seed(stack.simulator.base_url, siret=siret, name="Fournisseur", structures=(), login=login)
    supplier_id = world.supplier("Fournisseur", siret)
    path = f"/suppliers/{supplier_id}"
    world.administrator.ok("PUT", f"{path}/credentials", json={**CREDENTIALS, "technical_login": login})
    rights = {"roles": ["administer", "use"]}
    world.administrator.ok("PUT", f"{path}/configuration/access/{administrator.principal}", json=rights)
    world.administrator.ok("DELETE", f"{path}/configuration/access/{world.administrator.principal}")
    return path


def _user(stack: Running, name: str, group: str) -> User:
    """That user with a token that says it is in the group."""
    token = stack.stack.user_token(name, groups=(group,))
    headers = {"Authorization": f"Bearer {token}"}
    http = httpx.Client(base_url=stack.stack.api_url, headers=headers, timeout=30, trust_env=False)
    return User(stack.stack.subject(token), http)


def _attach(stack: Running, administrator: User, siret: str, *, attached: bool = True) -> None:
    """Attach the administrator's technical account to that structure, or detach it."""
    url, login = stack.simulator.base_url, administrator.principal
    seed(url, siret=siret, name="Un autre établissement", structures=(), login=login, attached=attached)


def _change(user: User, path: str, body: dict[str, Any], *, reader: User, method: str = "PATCH") -> httpx.Response:
    supplier = reader.ok("GET", path.partition("/configuration")[0])
    return user.call(method, path, version=supplier["version"], json=body)


def test_a_suppliers_administrator_changes_to_a_siret_that_the_portal_confirms_only(
    world: World, stack: Running
) -> None:
    bob, new, foreign = world.user("bob"), next(_SIRETS), next(_SIRETS)
    path = _supplier(world, stack, bob)
    refused = _change(bob, path, {"siret": foreign}, reader=bob)
    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (422, "siret_not_confirmed")
    _attach(stack, bob, new)
    shared = _change(bob, path, {"siret": new}, reader=bob)
    assert (shared.status_code, shared.json()["problems"][0]["code"]) == (422, "siret_not_confirmed")
    _attach(stack, bob, bob.ok("GET", path)["siret"], attached=False)
    changed = _change(bob, path, {"siret": new}, reader=bob)
    assert (changed.status_code, changed.json()["siret"]) == (200, new)
    assert changed.json()["credentials_status"]["problems"] == []
    assert world.supplier("Le suivant", foreign)


def test_a_public_body_is_taken_over_by_no_supplier_and_never_goes_with_one(
    world: World, stack: Running, secret: str
) -> None:
    rob, town, draft = world.user("rob"), world.town, secret
    path = _supplier(world, stack, rob)
    subscriptions = f"/structures/{town}/subscriptions"
    assert _change(rob, path, {"siret": town}, reader=rob).status_code == 422
    # even with the portal's word
    _attach(stack, rob, town)
    _attach(stack, rob, rob.ok("GET", path)["siret"], attached=False)
    refused = _change(rob, path, {"siret": town}, reader=rob)
    assert (refused.status_code, refused.json()["code"]) == (409, "structure_exists")
    assert rob.http.get(subscriptions).status_code == 404
    assigned = f"{path}/configuration/siret"
    assert _change(rob, assigned, {"siret": town}, reader=rob, method="PUT").status_code == 403
    refused = _change(world.administrator, assigned, {"siret": town}, reader=rob, method="PUT")
    assert refused.json()["code"] == "structure_exists"
    joining = {"siret": town, "join_structure": True}
    joined = _change(world.administrator, assigned, joining, reader=rob, method="PUT")
    assert (joined.status_code, joined.json()["siret"]) == (200, town)
    # joined, and in both trails: rob administers it now, and what he gives himself lasts as long
    rob.ok("PUT", f"{subscriptions}/{rob.principal}", json={"mode": "read"})
    assert rob.ok("GET", draft)["title"] == "CONFIDENTIEL budget"
    actions = [each["action"] for each in rob.ok("GET", f"/structures/{town}/audit")["changes"]]
    assert (actions[0], "joined" in actions) == ("set", True)
    lines = rob.ok("GET", f"{path}/configuration/audit")["changes"]
    assert f"structure/{town}" in {each["item"] for each in lines}
    exported = rob.ok("POST", f"{path}/export")
    content = httpx.get(exported["url"], trust_env=False).text
    assert "CONFIDENTIEL" not in content
    assert f"SUBSCRIBER#{rob.principal}" in content
    world.administrator.ok("DELETE", path, version=rob.ok("GET", path)["version"])
    comes(lambda: world.administrator.ok("GET", f"{path}/removal")["status"] == "deleted")
    assert rob.http.get(draft).status_code == 404
    assert world.user("mayor").ok("GET", draft)["content"] == "secret de la commune"
    left = world.administrator.ok("GET", subscriptions)["subscriptions"]
    assert [each["principal"] for each in left] == [world.user("mayor").principal]
    assert world.user("mayor").ok("GET", f"/structures/{town}/audit")["changes"][0]["action"] == "released"


def test_members_of_a_public_body_are_listed_and_removed_with_what_they_gave_themselves(world: World) -> None:
    body = world.ministry
    world.public_body(body, name="Ministère des Écluses")
    chief, members = world.user("chief"), f"/structures/{body}/members"
    world.administrator.ok("PUT", f"{members}/{chief.principal}", json={"role": "administer"})
    chief.ok("PUT", f"/structures/{body}/subscriptions/{chief.principal}", json={"mode": "write"})
    assert chief.ok("GET", members) == {"members": [{"principal": chief.principal, "role": "administer"}]}
    draft = chief.draft(body, title="Écluses")
    assert chief.http.delete(f"{members}/{chief.principal}").status_code == 403
    world.administrator.ok("DELETE", f"{members}/{chief.principal}")
    assert chief.http.get(f"/messages/outbox/{body}/{draft['reference']}").status_code == 404
    assert chief.ok("GET", "/messages")["subscriptions"] == []
    assert world.administrator.ok("GET", members) == {"members": []}
    lines = world.administrator.ok("GET", f"/structures/{body}/audit")["changes"]
    assert sorted((each["item"].split("/")[0], each["action"]) for each in lines) == [
        ("description", "set"), ("member", "removed"), ("member", "set"),
        ("subscription", "removed"), ("subscription", "set"),
    ]  # fmt: skip


@pytest.mark.row("M06")
def test_a_stranger_reads_no_message_before_accepting_and_leaves_again(world: World, stack: Running) -> None:
    bob, carol = world.user("bob"), world.user("carol")
    siret = bob.ok("GET", _supplier(world, stack, bob))["siret"]
    given = bob.ok("PUT", f"/structures/{siret}/subscriptions/{carol.principal}", json={"mode": "write"})
    assert given["accepted"] is False
    assert carol.ok("GET", "/messages")["subscriptions"] == carol.ok("GET", "/me")["structures"] == []
    assert carol.ok("GET", f"/me/structures/{siret}")["accepted"] is False
    assert carol.ok("PUT", f"/me/structures/{siret}")["accepted"] is True
    assert [each["siret"] for each in carol.ok("GET", "/messages")["subscriptions"]] == [siret]
    assert carol.ok("DELETE", f"/me/structures/{siret}") == {"revoked": carol.principal}
    assert carol.ok("GET", "/messages")["subscriptions"] == []
    assert carol.http.delete(f"/me/structures/{siret}").status_code == 404


@pytest.mark.row("M06")
def test_a_groups_subscription_is_its_members_and_ends_with_the_groups_right(world: World, stack: Running) -> None:
    group, path = "group:messagerie", _supplier(world, stack, world.user("bob"))
    siret = world.user("bob").ok("GET", path)["siret"]
    stack.stack.boto_client("cognito-idp").create_group(
        UserPoolId=stack.stack.outputs["UserPoolId"], GroupName="messagerie"
    )
    gina, bob = _user(stack, f"gina-{siret}", "messagerie"), world.user("bob")
    assert bob.http.put(f"/structures/{siret}/subscriptions/{group}", json={"mode": "write"}).status_code == 403
    hank, rights = _user(stack, f"hank-{siret}", "messagerie"), {"roles": ["administer"]}
    world.administrator.ok("PUT", f"{path}/configuration/access/{hank.principal}", json=rights)
    hank.ok("PUT", f"/structures/{siret}/subscriptions/{group}", json={"mode": "write"})
    assert [each["principal"] for each in gina.ok("GET", "/messages")["subscriptions"]] == [group]
    assert [(each["siret"], each["mode"]) for each in gina.ok("GET", "/me")["structures"]] == [(siret, "write")]
    draft = gina.draft(siret, title="Du groupe")
    assert draft["reference"] in gina.references("/messages/outbox")
    assert gina.ok("GET", "/messages/notifications")["count"] == 0
    bob.ok("DELETE", f"/structures/{siret}/subscriptions/{group}")
    assert gina.http.get(f"/messages/outbox/{siret}/{draft['reference']}").status_code == 404
    # what a member of a group gives herself ends with the group's right
    world.administrator.ok("PUT", f"{path}/configuration/access/{group}", json=rights)
    given = gina.ok("PUT", f"/structures/{siret}/subscriptions/{gina.principal}", json={"mode": "write"})
    assert given["through"] == group
    assert draft["reference"] in gina.references("/messages/outbox")
    bob.ok("DELETE", f"{path}/configuration/access/{group}")
    assert gina.references("/messages/outbox") == []
    sent = {"sender_siret": siret, "title": "t", "content": "c", "send": True, "all_recipients": True}
    assert gina.http.post("/messages/outbox", json=sent).status_code == 404
    assert bob.ok("GET", f"/structures/{siret}/subscriptions")["subscriptions"] == []
    # nor does she make the group's right her own
    world.administrator.ok("PUT", f"{path}/configuration/access/{group}", json=rights)
    own = gina.http.put(f"{path}/configuration/access/{gina.principal}", json=rights)
    assert (own.status_code, own.json()["code"]) == (409, "right_of_a_group")
