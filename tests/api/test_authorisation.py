"""Who may do what for a supplier: rights given to the caller or to one of its groups, and nothing else."""

from typing import Any

import pytest

from chorus_connector.api.http import ADMINISTRATORS, Caller, _caller, authorise
from chorus_connector.domain.errors import Forbidden, NotFound
from chorus_connector.domain.suppliers.access import Access, Member
from chorus_connector.domain.suppliers.supplier import Role
from tests.fakes import FakeInstallation, FakeTable


def an_installation(*members: Member, supplier_id: str = "s1") -> FakeInstallation:
    """One where these members have rights for that supplier, and nobody else for any."""
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
    assert authorise(who, "s1", role, an_installation(a_member("alice", role))) is who


@pytest.mark.parametrize("role", ROLES)
def test_for_a_caller_without_any_right_the_supplier_does_not_exist(role: Role) -> None:
    installation = an_installation(a_member("bob", *ROLES))
    for supplier_id in ("s1", "absent"):
        with pytest.raises(NotFound):
            authorise(a_caller(), supplier_id, role, installation)


@pytest.mark.parametrize(("held", "wanted"), [("use", "administer"), ("administer", "use")])
def test_one_right_does_not_give_the_other(held: Role, wanted: Role) -> None:
    with pytest.raises(Forbidden):
        authorise(a_caller(), "s1", wanted, an_installation(a_member("alice", held)))


def test_rights_for_one_supplier_give_none_for_another() -> None:
    with pytest.raises(NotFound):
        authorise(a_caller(), "s2", "use", an_installation(a_member("alice", *ROLES)))


def test_a_group_gives_its_right_to_those_in_it() -> None:
    installation = an_installation(a_member("group:accounting", "use"))
    assert authorise(a_caller("alice", "sales", "accounting"), "s1", "use", installation)
    with pytest.raises(NotFound):
        authorise(a_caller("bob", "sales"), "s1", "use", installation)


def test_rights_of_a_caller_and_of_its_groups_add_up() -> None:
    installation = an_installation(a_member("alice", "use"), a_member("group:office", "administer"))
    for role in ROLES:
        assert authorise(a_caller("alice", "office"), "s1", role, installation)


def test_a_group_and_a_person_of_the_same_name_are_two() -> None:
    with pytest.raises(NotFound):
        authorise(a_caller("bob", "alice"), "s1", "use", an_installation(a_member("alice", "use")))
    with pytest.raises(NotFound):
        authorise(a_caller("office"), "s1", "use", an_installation(a_member("group:office", "use")))


@pytest.mark.parametrize("role", ROLES)
def test_an_administrator_of_the_installation_has_no_right_for_a_supplier_by_that(role: Role) -> None:
    who = a_caller("root", ADMINISTRATORS)
    assert who.administers_installation
    with pytest.raises(NotFound):
        authorise(who, "s1", role, an_installation(a_member("alice", *ROLES)))


def test_only_the_administrators_group_administers_the_installation() -> None:
    assert not a_caller("root", "administrators", "installation").administers_installation
    assert not a_caller(ADMINISTRATORS).administers_installation


def test_a_right_that_was_taken_away_is_gone_with_the_next_request() -> None:
    table = FakeTable()
    installation = FakeInstallation(table)
    table.access["s1"] = Access(members=(a_member("alice", "use"),))
    assert authorise(a_caller(), "s1", "use", installation)
    table.access["s1"] = Access()
    with pytest.raises(NotFound):
        authorise(a_caller(), "s1", "use", installation)


# --- who the token says is calling ---------------------------------------------------------------------------


def an_event(**claims: Any) -> dict[str, Any]:
    return {"requestContext": {"authorizer": {"jwt": {"claims": claims}}}}


@pytest.mark.parametrize("groups", ["[office sales]", "[office, sales]", "office,sales", ["office", "sales"]])
def test_the_callers_groups_are_read_however_the_gateway_writes_a_list(groups: Any) -> None:
    who = _caller(an_event(sub="alice", **{"cognito:groups": groups}))
    assert who == a_caller("alice", "office", "sales")
    assert who.identities == ("alice", "group:office", "group:sales")


def test_a_token_without_groups_is_in_none() -> None:
    assert _caller(an_event(sub="alice")) == a_caller("alice")


def test_a_request_that_no_authorizer_checked_has_no_caller() -> None:
    with pytest.raises(KeyError):
        _caller({"requestContext": {}})
