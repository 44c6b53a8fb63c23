"""A supplier's access list: its members, its versions, and the administrator that it always keeps."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.errors import Conflict, Forbidden, NotFound
from chorus_connector.domain.suppliers.access import Access, Caller, Member, kind_of
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


# --- rights that depend on a group ---------------------------------------------------------------------------

OFFICE, OTHERS = a_member("group:office", "administer"), a_member("group:others", "administer")
EMMA, HANK = Caller("emma", frozenset({"office"})), Caller("hank", frozenset({"office", "others"}))
GREG, CARL = Caller("greg", frozenset({"others"})), Caller("carl", frozenset())


def granted(access: Access, by: Caller, member: Member) -> Access:
    return access.granting(member, root=access.root(by.identities))


def test_what_is_given_by_a_groups_right_ends_with_it_and_so_does_what_was_given_in_turn() -> None:
    before = Access(members=(ANNA, OFFICE))
    access = granted(before, EMMA, a_member("carl", "administer"))
    access = granted(access, CARL, a_member("emma", "administer", "use"))
    access = granted(access, HANK, OTHERS)
    access = granted(access, GREG, BERT)
    given = {each.principal for each in access.members} - {"anna", OFFICE.principal}
    assert given == {"bert", "carl", "emma", OTHERS.principal}
    assert access.without(OFFICE.principal).members == (ANNA,)
    only_using = access.granting(a_member(OFFICE.principal, "use"))
    assert only_using.members == (ANNA, a_member(OFFICE.principal, "use"))
    assert only_using.version == access.version + 1


def test_a_group_that_got_its_right_from_another_group_ends_what_was_given_by_it() -> None:
    access = granted(Access(members=(ANNA, OFFICE)), HANK, OTHERS)
    access = granted(access, GREG, BERT)
    assert {each.principal for each in access.without(OTHERS.principal).members} == {"anna", OFFICE.principal}


def test_a_right_that_a_member_had_before_does_not_come_to_depend_on_a_group() -> None:
    access = granted(Access(members=(ANNA, BERT, OFFICE)), EMMA, a_member("bert", "administer", "use"))
    assert access.member("bert").through == {"administer": OFFICE.principal}
    assert access.without(OFFICE.principal).members == (ANNA, BERT)


def test_a_right_depends_on_no_group_any_more_when_an_administrator_of_their_own_gives_it() -> None:
    access = granted(Access(members=(ANNA, OFFICE)), EMMA, a_member("carl", "administer"))
    again = granted(access, CARL, a_member("carl", "administer"))
    assert again.member("carl").through == {"administer": OFFICE.principal}
    theirs = granted(access, Caller("anna", frozenset()), a_member("carl", "administer"))
    assert theirs.member("carl").through == {}
    assert theirs.without(OFFICE.principal).member("carl").roles == ("administer",)


def test_an_administrator_through_a_group_is_not_the_one_that_must_remain() -> None:
    access = granted(Access(members=(ANNA, OFFICE)), EMMA, a_member("carl", "administer"))
    with pytest.raises(Conflict) as refused:
        access.without("anna")
    assert refused.value.code == "last_administrator"


def test_who_administers_no_more_gives_nothing() -> None:
    with pytest.raises(Forbidden):
        Access(members=(ANNA, BERT)).root(["bert", "carl"])
    invited = a_member("carl", "administer").model_copy(update={"accepted": False})
    with pytest.raises(Forbidden):
        Access(members=(ANNA, invited)).root(["carl"])


def test_a_list_has_80_rights_of_groups_at_most_so_that_a_group_can_always_be_removed() -> None:
    access = Access(members=(ANNA, OFFICE))
    for number in range(80):
        access = granted(access, EMMA, a_member(f"p{number:02}", "use"))
    with pytest.raises(Conflict) as refused:
        granted(access, EMMA, BERT)
    assert refused.value.code == "too_many_rights_of_groups"
    assert access.granting(BERT).without(OFFICE.principal).members == (ANNA, BERT)


def test_a_member_of_an_older_record_depends_on_no_group() -> None:
    old = '{"principal": "anna", "kind": "person", "roles": ["administer"], "accepted": true}'
    assert Member.model_validate_json(old) == ANNA


ACTS = st.tuples(
    st.sampled_from([EMMA, HANK, GREG, CARL, Caller("bert", frozenset())]),
    st.sampled_from(["emma", "hank", "greg", "carl", "bert", "anna", "group:office", "group:others"]),
    st.sampled_from([(), ("use",), ("administer",), ("administer", "use")]),
)


@given(acts=st.lists(ACTS, max_size=12))
def test_whatever_was_given_nothing_of_a_groups_right_outlives_it(acts: list[tuple[Caller, str, Any]]) -> None:
    access = Access(members=(ANNA, BERT, OFFICE))
    for by, to, roles in acts:
        try:
            root = access.root(by.identities)
            access = access.granting(a_member(to, *roles), root=root) if roles else access.without(to)
        except (Conflict, Forbidden, NotFound):
            continue
    if any(each.principal == OFFICE.principal for each in access.members):
        access = access.without(OFFICE.principal)
    assert all(each in (ANNA, BERT) for each in access.members), "what they had before, or less"
    assert ANNA in access.members
