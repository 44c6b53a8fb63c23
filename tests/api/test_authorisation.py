"""Who may do what for a supplier: rights given to the caller or to one of its groups, and nothing else."""

from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools.event_handler.api_gateway import BaseRouter

from chorus_connector.api import authorisation
from chorus_connector.api.authorisation import (
    ADMINISTRATORS,
    Caller,
    authorise,
    authorise_installation,
    caller_of_event,
    require_role,
    tenant_to_manage,
    tenant_to_operate,
)
from chorus_connector.domain.errors import Forbidden, NotFound
from chorus_connector.domain.suppliers.access import Access, Member
from chorus_connector.domain.suppliers.supplier import Role
from chorus_connector.wiring.tenant import AuthorisedTenant
from tests.builders import a_supplier
from tests.fakes import FakeInstallation, FakeSupplier, FakeTable

pytestmark = pytest.mark.usefixtures("counted_in_memory")


def an_installation(*members: Member, supplier_id: str = "s1") -> FakeInstallation:
    """One where these members have rights for that supplier, and no other member exists."""
    table = FakeTable()
    table.access[supplier_id] = Access(members=members)
    return FakeInstallation(table)


def a_member(principal: str, *roles: Role) -> Member:
    return Member(principal=principal, kind="group" if principal.startswith("group:") else "person", roles=roles)


def a_caller(principal: str = "alice", *groups: str) -> Caller:
    return Caller(principal, frozenset(groups))


ROLES: tuple[Role, ...] = ("administer", "use")


@pytest.mark.parametrize("role", ROLES)
def test_a_caller_with_the_right_may(role: Role) -> None:
    who = a_caller()
    assert require_role(who, "s1", role, an_installation(a_member("alice", role))) is who


@pytest.mark.parametrize("role", ROLES)
def test_for_a_caller_without_any_right_the_supplier_does_not_exist(role: Role) -> None:
    installation = an_installation(a_member("bob", *ROLES))
    for supplier_id in ("s1", "absent"):
        with pytest.raises(NotFound):
            require_role(a_caller(), supplier_id, role, installation)


@pytest.mark.parametrize(("held", "wanted"), [("use", "administer"), ("administer", "use")])
def test_one_right_does_not_give_the_other(held: Role, wanted: Role) -> None:
    with pytest.raises(Forbidden):
        require_role(a_caller(), "s1", wanted, an_installation(a_member("alice", held)))


def test_rights_for_one_supplier_give_none_for_another() -> None:
    with pytest.raises(NotFound):
        require_role(a_caller(), "s2", "use", an_installation(a_member("alice", *ROLES)))


def test_a_group_gives_its_right_to_those_in_it() -> None:
    installation = an_installation(a_member("group:accounting", "use"))
    assert require_role(a_caller("alice", "sales", "accounting"), "s1", "use", installation)
    with pytest.raises(NotFound):
        require_role(a_caller("bob", "sales"), "s1", "use", installation)


def test_rights_of_a_caller_and_of_its_groups_add_up() -> None:
    installation = an_installation(a_member("alice", "use"), a_member("group:office", "administer"))
    for role in ROLES:
        assert require_role(a_caller("alice", "office"), "s1", role, installation)


def test_a_group_and_a_person_of_the_same_name_are_two() -> None:
    with pytest.raises(NotFound):
        require_role(a_caller("bob", "alice"), "s1", "use", an_installation(a_member("alice", "use")))
    with pytest.raises(NotFound):
        require_role(a_caller("office"), "s1", "use", an_installation(a_member("group:office", "use")))


@pytest.mark.parametrize("role", ROLES)
def test_an_administrator_of_the_installation_has_no_right_for_a_supplier_by_that(role: Role) -> None:
    who = a_caller("root", ADMINISTRATORS)
    assert who.administers_installation
    with pytest.raises(NotFound):
        require_role(who, "s1", role, an_installation(a_member("alice", *ROLES)))
    other: Role = "use" if role == "administer" else "administer"
    with pytest.raises(Forbidden):
        require_role(who, "s1", role, an_installation(a_member("root", other)))


def test_only_the_administrators_group_administers_the_installation() -> None:
    assert a_caller("root", "installation_administrators").administers_installation
    assert not a_caller("root", "administrators", "installation").administers_installation
    assert not a_caller(ADMINISTRATORS).administers_installation


def test_a_right_that_was_taken_away_is_gone_with_the_next_request() -> None:
    table = FakeTable()
    installation = FakeInstallation(table)
    table.access["s1"] = Access(members=(a_member("alice", "use"),))
    assert require_role(a_caller(), "s1", "use", installation)
    table.access["s1"] = Access()
    with pytest.raises(NotFound):
        require_role(a_caller(), "s1", "use", installation)


# --- who the token says is calling ---------------------------------------------------------------------------


def an_event(**claims: Any) -> dict[str, Any]:
    return {"requestContext": {"authorizer": {"jwt": {"claims": claims}}}}


@pytest.mark.parametrize("groups", ["[office sales]", "[office, sales]", "office,sales", ["office", "sales"]])
def test_the_callers_groups_are_read_however_the_gateway_writes_a_list(groups: Any) -> None:
    who = caller_of_event(an_event(sub="alice", **{"cognito:groups": groups}))
    assert who == a_caller("alice", "office", "sales")
    assert who.identities == ("alice", "group:office", "group:sales")


def test_a_token_without_groups_is_in_none() -> None:
    assert caller_of_event(an_event(sub="alice")) == a_caller("alice")


def test_a_request_that_no_authorizer_checked_has_no_caller() -> None:
    with pytest.raises(KeyError):
        caller_of_event({"requestContext": {}})


# --- a request's caller at a route ---------------------------------------------------------------------------


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> FakeTable:
    """An installation with one supplier, s1, which alice administers and bob uses."""
    there = FakeTable()
    there.suppliers["s1"] = a_supplier()
    there.access["s1"] = Access(members=(a_member("alice", "administer"), a_member("bob", "use")))
    monkeypatch.setattr(authorisation, "installation", lambda: FakeInstallation(there))
    monkeypatch.setattr(BaseRouter, "lambda_context", None, raising=False)
    monkeypatch.setattr(AuthorisedTenant, "suppliers", property(lambda each: FakeSupplier(there, each.supplier_id)))
    return there


def a_request(sub: str, *groups: str, supplier_id: str = "s1") -> Any:
    """A request as a route sees it, whose token the gateway has checked."""
    raw = an_event(sub=sub, **{"cognito:groups": list(groups)}) | {"rawPath": f"/suppliers/{supplier_id}"}
    return SimpleNamespace(resolved_event=SimpleNamespace(raw_event=raw), method="GET", route="/")


@pytest.mark.usefixtures("table")
def test_a_route_knows_its_caller_by_the_token() -> None:
    assert authorise(a_request("bob"), "s1", "use").caller == a_caller("bob")
    with pytest.raises(Forbidden):
        authorise(a_request("bob"), "s1", "administer")
    with pytest.raises(NotFound):
        authorise(a_request("eve"), "s1", "use")
    with pytest.raises(NotFound):
        authorise(a_request("root", ADMINISTRATORS), "s1", "use")


@pytest.mark.usefixtures("table")
def test_what_belongs_to_the_installation_is_for_its_administrators() -> None:
    root = a_request("root", ADMINISTRATORS)
    assert authorise_installation(root).caller.principal == "root"
    assert tenant_to_operate(root).by == "root"
    with pytest.raises(NotFound):
        tenant_to_operate(a_request("root", ADMINISTRATORS, supplier_id="absent"))
    with pytest.raises(Forbidden):
        authorise_installation(a_request("alice"))


@pytest.mark.usefixtures("table")
def test_who_may_not_administer_the_installation_learns_of_a_supplier_only_by_a_right_for_it() -> None:
    for known in ("alice", "bob"):
        with pytest.raises(Forbidden):
            tenant_to_operate(a_request(known))
    with pytest.raises(NotFound):
        tenant_to_operate(a_request("eve"))


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(("known", "needed"), [("alice", "to administer the installation"), ("bob", "to configure")])
def test_a_refusal_names_the_next_right_that_is_needed_in_plain_words(known: str, needed: str) -> None:
    with pytest.raises(Forbidden, match=f"needs the right {needed}."):
        tenant_to_operate(a_request(known))


@pytest.mark.usefixtures("table")
def test_a_supplier_is_managed_by_its_own_administrators_and_the_installations() -> None:
    assert tenant_to_manage(a_request("alice")).by == "alice"
    assert tenant_to_manage(a_request("root", ADMINISTRATORS)).by == "root"
    with pytest.raises(NotFound):
        tenant_to_manage(a_request("root", ADMINISTRATORS, supplier_id="absent"))
    with pytest.raises(Forbidden):
        tenant_to_manage(a_request("bob"))
    with pytest.raises(NotFound):
        tenant_to_manage(a_request("eve"))
