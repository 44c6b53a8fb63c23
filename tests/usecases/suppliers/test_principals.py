"""A principal that the user pool does not have is refused with one code, everywhere."""

import pytest

from chorus_connector.domain.errors import Forbidden, Invalid
from chorus_connector.domain.suppliers.access import ADMINISTRATORS, Caller
from chorus_connector.usecases.suppliers.principals import check_principal
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
