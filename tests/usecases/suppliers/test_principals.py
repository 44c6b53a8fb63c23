"""A principal that the user pool does not have is refused with one code, everywhere."""

import pytest

from chorus_connector.domain.errors import Invalid
from chorus_connector.usecases.suppliers.principals import check_principal
from tests.fakes_user_pool import FakeUserDirectory

DIRECTORY = FakeUserDirectory(people={"alice": frozenset()}, systems={"client7"}, groups={"agents"})


@pytest.mark.parametrize("principal", ["alice", "client7", "group:agents"])
def test_a_person_a_system_and_a_group_of_the_pool_are_accepted(principal: str) -> None:
    check_principal(DIRECTORY, principal)


@pytest.mark.parametrize("principal", ["mallory", "group:alice", "agents", "group:"])
def test_an_unknown_principal_is_refused(principal: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_principal(DIRECTORY, principal)
    (problem,) = refused.value.problems
    assert (problem.code, problem.field) == ("unknown_principal", "principal")
