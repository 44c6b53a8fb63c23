"""A supplier's access list: its members, its versions, and the administrator that it always keeps."""

import pytest

from chorus_connector.domain.errors import Conflict, NotFound
from chorus_connector.domain.suppliers.access import Access, Member, kind_of
from chorus_connector.domain.suppliers.supplier import Role


def a_member(principal: str, *roles: Role) -> Member:
    return Member(principal=principal, kind=kind_of(principal, system=False), roles=roles)


ANNA = a_member("anna", "administer")
BERT = a_member("bert", "use")


def test_each_change_is_the_next_version() -> None:
    first = Access().granting(ANNA)
    second = first.granting(BERT)
    assert [Access().version, first.version, second.version, second.without("bert").version] == [0, 1, 2, 3]


def test_members_are_listed_by_their_ids_whatever_the_order_they_came_in() -> None:
    assert Access().granting(ANNA).granting(BERT).members == (ANNA, BERT)
    assert Access().granting(BERT).granting(ANNA).members == (ANNA, BERT)


def test_a_member_who_is_given_rights_again_has_the_new_ones_only() -> None:
    more = a_member("bert", "use", "administer")
    assert Access().granting(ANNA).granting(BERT).granting(more).members == (ANNA, more)


def test_an_entry_is_found_by_its_id_and_a_stranger_is_not() -> None:
    access = Access(members=(ANNA, BERT))
    assert access.member("bert") == BERT
    with pytest.raises(NotFound):
        access.member("carl")
    with pytest.raises(NotFound):
        access.without("carl")


@pytest.mark.parametrize(
    "left", [BERT, a_member("group:office", "administer")], ids=["a user", "a group, which may be empty"]
)
def test_the_last_person_or_system_that_administers_cannot_leave(left: Member) -> None:
    access = Access(members=(ANNA, left))
    with pytest.raises(Conflict) as refused:
        access.without("anna")
    assert refused.value.code == "last_administrator"
    with pytest.raises(Conflict):
        access.granting(a_member("anna", "use"))


def test_an_administrator_leaves_when_another_remains() -> None:
    other = a_member("carl", "administer", "use")
    assert Access(members=(ANNA, other)).without("anna").members == (other,)


def test_a_supplier_without_an_administrator_may_be_given_users() -> None:
    """So it is when it has just been made: the installation's administrators add the first members."""
    assert Access().granting(BERT).without("bert").members == ()


def test_an_id_says_whether_it_is_a_group_and_its_pool_whether_it_is_a_system() -> None:
    assert kind_of("group:office", system=False) == kind_of("group:office", system=True) == "group"
    assert (kind_of("anna", system=False), kind_of("erp", system=True)) == ("person", "system")
