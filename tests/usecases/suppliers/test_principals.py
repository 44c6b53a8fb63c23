"""A principal that the user pool does not have is refused with one code, everywhere."""

import pytest

from chorus_connector.domain.errors import Forbidden, Invalid
from chorus_connector.domain.suppliers.access import ADMINISTRATORS, Caller, Member
from chorus_connector.usecases.suppliers.principals import MOST_NAMES, check_principal, names_of
from tests.fakes_user_pool import FakeUserDirectory

ROOT = Caller("root", frozenset({ADMINISTRATORS}))
DIRECTORY = FakeUserDirectory(people={"alice": frozenset()}, systems={"client7"}, groups={"agents"})


@pytest.mark.parametrize("principal", ["alice", "client7", "group:agents"])
def test_a_person_a_system_and_a_group_of_the_pool_are_accepted(principal: str) -> None:
    check_principal(DIRECTORY, principal, by=ROOT)


@pytest.mark.parametrize("principal", ["mallory", "group:alice", "agents", "group:"])
def test_an_unknown_principal_is_refused(principal: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_principal(DIRECTORY, principal, by=ROOT)
    (problem,) = refused.value.problems
    assert (problem.code, problem.field) == ("unknown_principal", "principal")


@pytest.mark.parametrize("group", ["group:agents", "group:alice", f"group:{ADMINISTRATORS}", "group:"])
def test_a_group_of_others_is_refused_alike_whether_it_exists_or_not(group: str) -> None:
    with pytest.raises(Forbidden):
        check_principal(DIRECTORY, group, by=Caller("alice", frozenset({"office"})))


def test_a_member_of_a_group_names_it() -> None:
    check_principal(DIRECTORY, "group:agents", by=Caller("alice", frozenset({"agents"})))


def test_the_members_who_accepted_are_named_and_an_invited_one_is_not() -> None:
    directory = FakeUserDirectory(names={"alice": "alice.roux", "bob": "bob.vidal", "client7": "ERP"})
    invited = Member(principal="bob", kind="person", roles=("use",), accepted=False)
    others = [
        Member(principal=each, kind="person", roles=("use",))
        for each in ("alice", "client7", "mallory", "group:agents")
    ]
    assert names_of(directory, [invited, *others]) == {"alice": "alice.roux", "client7": "ERP"}


def test_a_pool_that_does_not_answer_names_no_member() -> None:
    directory = FakeUserDirectory(names={"alice": "alice.roux"}, is_down=True)
    assert names_of(directory, [Member(principal="alice", kind="person", roles=("use",))]) == {}


def test_a_long_access_list_asks_the_pool_for_its_first_members_only() -> None:
    members = [Member(principal=f"p{number}", kind="person", roles=("use",)) for number in range(MOST_NAMES + 9)]
    directory = FakeUserDirectory(names={each.principal: each.principal for each in members})
    assert len(names_of(directory, members)) == MOST_NAMES
