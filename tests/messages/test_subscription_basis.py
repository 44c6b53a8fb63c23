"""A subscription ends with the right that it came from: a group's, one's own, or a supplier's SIRET."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.errors import AlreadyExists, Conflict, Forbidden, NotFound, StaleWrite
from chorus_connector.domain.messages.access import MessageAccess, MessageSubscription, PublicBodyMember
from chorus_connector.domain.messages.refusals import ServiceNotYours, WritingNeeded
from chorus_connector.domain.suppliers.access import ADMINISTRATORS, Access, Caller, Member, kind_of
from chorus_connector.domain.suppliers.supplier import Role
from chorus_connector.ports.values import TrailLine
from chorus_connector.usecases.messages.structures import AdministerStructure, CallersSubscriptions
from tests.builders import NOW, SUPPLIER_SIRET
from tests.fakes import FakeTable
from tests.messages.builders import TOWN, a_line, a_structure, a_subscription, an_access

LATER = NOW + timedelta(minutes=1)
OFFICE = "group:office"


class World:
    """A town hall, and the supplier s1, whose administrators are dave and the group « office »."""

    def __init__(self) -> None:
        self.table = FakeTable()
        self.structures = self.table.structures
        self.table.sirets[SUPPLIER_SIRET] = "s1"
        self.members(dave="administer", **{OFFICE: "administer"})
        self.structures.save(a_structure(), owner="")

    def of(self, siret: str) -> AdministerStructure:
        return AdministerStructure(self.structures, siret, strict_siret=False)

    def members(self, **roles: Role) -> None:
        self.table.access["s1"] = Access(
            members=tuple(
                Member(principal=who, kind=kind_of(who, system=False), roles=(role,)) for who, role in roles.items()
            )
        )

    def joins_town(self, principal: str, role: Role = "administer") -> None:
        member = PublicBodyMember(principal=principal, role=role)
        self.of(TOWN).set_member(member, by="root", now=NOW)

    def grants(self, by: Caller, to: str, siret: str = SUPPLIER_SIRET) -> MessageSubscription:
        """A subscription that was accepted."""
        self.offers(by, to, siret)
        return self.of(siret).accept(to, now=LATER)

    def offers(self, by: Caller, to: str, siret: str = SUPPLIER_SIRET) -> MessageSubscription:
        return self.of(siret).grant(to, mode="write", services=None, caller=by, now=LATER)

    def reads(self, who: Caller, siret: str = SUPPLIER_SIRET) -> bool:
        found = CallersSubscriptions(self.structures, who)
        listed = siret in {each.siret for each in found.accesses()}
        assert (found.access(siret) is not None) == listed
        return listed

    def trail(self, siret: str) -> list[tuple[str, str, str]]:
        lines = self.structures.changes(siret, limit=100, cursor=None).changes
        return [(each.item, each.action, each.by) for each in lines]


def a_caller(principal: str, *groups: str) -> Caller:
    return Caller(principal, frozenset(groups))


DAVE, EMMA = a_caller("dave"), a_caller("emma", "office")
CAROL = a_caller("carol")


@pytest.mark.row("M06")
def test_a_subscription_of_a_group_is_every_members() -> None:
    world = World()
    world.grants(DAVE, "group:readers")
    assert world.reads(a_caller("rita", "readers"))
    assert not world.reads(a_caller("rita", "writers"))
    world.of(SUPPLIER_SIRET).revoke("group:readers", by="dave", now=LATER)
    assert not world.reads(a_caller("rita", "readers"))


def test_what_a_member_of_a_group_grants_to_herself_ends_when_she_leaves_the_group() -> None:
    world = World()
    assert world.grants(EMMA, "emma").through == OFFICE
    assert world.reads(EMMA)
    assert not world.reads(a_caller("emma"))
    assert not world.reads(a_caller("emma", "cantine"))


@pytest.mark.parametrize("to", ["emma", "carol", "group:readers"])
def test_what_was_granted_through_a_group_ends_with_the_groups_right(to: str) -> None:
    world = World()
    world.grants(EMMA, to)
    reader = EMMA if to == "emma" else a_caller("carol", "readers")
    assert world.reads(reader)
    world.members(dave="administer", **{OFFICE: "use"})
    assert not world.reads(reader)
    world.members(dave="administer", **{OFFICE: "administer"})
    assert world.reads(reader)
    world.of(SUPPLIER_SIRET).end_subscriptions(OFFICE, by="dave", now=LATER, supplier_id="s1")
    assert not world.reads(reader)
    assert world.trail(SUPPLIER_SIRET)[0] == (f"subscription/{to}", "removed", "dave")


def test_a_right_of_ones_own_is_preferred_and_what_it_grants_to_others_stays() -> None:
    world = World()
    both = a_caller("dave", "office")
    assert world.grants(both, "dave").through == "dave"
    assert world.grants(both, "carol").through == ""
    world.members(emma="administer")
    assert not world.reads(DAVE)
    assert world.reads(CAROL)


def test_a_subscription_under_a_siret_ends_when_the_supplier_has_it_no_more() -> None:
    world = World()
    world.grants(DAVE, "carol")
    world.grants(EMMA, "group:readers")
    for holder in ("s2", None):
        world.table.sirets.pop(SUPPLIER_SIRET, None)
        if holder:
            world.table.sirets[SUPPLIER_SIRET] = holder
        assert not world.reads(CAROL)
        assert not world.reads(a_caller("rita", "readers"))


def test_in_a_joined_structure_each_sides_subscriptions_depend_on_its_own_members() -> None:
    world = World()
    world.table.sirets[TOWN] = "s1"  # joined: the structure exists on its own, and s1 has the SIRET
    world.table.messages.roles[TOWN, "mayor"] = "administer"
    assert world.grants(a_caller("mayor"), "clerk", TOWN).supplier_id == ""
    assert world.grants(DAVE, "carol", TOWN).supplier_id == "s1"
    assert world.reads(CAROL, TOWN)
    del world.table.sirets[TOWN]
    assert not world.reads(CAROL, TOWN)
    assert world.reads(a_caller("clerk"), TOWN)


def test_a_member_who_is_removed_loses_the_subscriptions_that_came_with_it_and_the_trail_says_so() -> None:
    world = World()
    world.joins_town("group:council")
    councillor = a_caller("cora", "council")
    world.grants(councillor, "cora", TOWN)
    world.grants(councillor, "tom", TOWN)
    world.of(TOWN).remove_member("group:council", by="root", now=LATER)
    assert not world.reads(councillor, TOWN)
    assert not world.reads(a_caller("tom"), TOWN)
    assert world.structures.subscribers(TOWN) == []
    assert sorted(world.trail(TOWN)) == [
        ("member/group:council", "removed", "root"),
        ("member/group:council", "set", "root"),
        ("subscription/cora", "removed", "root"),
        ("subscription/cora", "set", "cora"),
        ("subscription/tom", "removed", "root"),
        ("subscription/tom", "set", "cora"),
        ("subscription/tom", "set", "tom"),
    ]
    with pytest.raises(NotFound):
        world.of(TOWN).remove_member("group:council", by="root", now=LATER)


def test_only_an_administrator_of_the_structure_grants() -> None:
    world = World()
    world.members(dave="administer", ulf="use")
    with pytest.raises(Forbidden):
        world.grants(a_caller("ulf"), "ulf")
    with pytest.raises(NotFound):
        world.grants(CAROL, "carol")
    with pytest.raises(NotFound):
        world.of(SUPPLIER_SIRET).revoke("carol", by="dave", now=LATER)


def test_a_suppliers_structure_becomes_no_public_body_unless_the_two_are_joined() -> None:
    world = World()
    world.structures.save(a_structure(SUPPLIER_SIRET), owner="s1")
    with pytest.raises(Conflict) as refused:
        world.of(SUPPLIER_SIRET).create({"name": "Boîte"}, by="root", now=NOW)
    assert refused.value.code == "supplier_has_siret"
    member = PublicBodyMember(principal="eve", role="administer")
    with pytest.raises(Conflict):
        world.of(SUPPLIER_SIRET).set_member(member, by="root", now=NOW)
    with pytest.raises(AlreadyExists):
        world.of(TOWN).create({"name": "Mairie"}, by="root", now=NOW)


def test_several_subscriptions_to_one_structure_add_up() -> None:
    access = MessageAccess(
        "alice", TOWN, (a_subscription(TOWN, mode="read"), a_subscription(TOWN, mode="write", services=("FIN",)))
    )
    assert access.covers("SCOL")
    access.check_writing("FIN")
    with pytest.raises(ServiceNotYours):
        access.check_writing("SCOL")
    with pytest.raises(WritingNeeded):
        an_access(mode="read").check_writing("")


def test_what_is_given_by_a_right_that_depends_on_a_group_ends_with_that_right() -> None:
    world = World()
    eve = Member(principal="eve", kind="person", roles=("administer",), through={"administer": OFFICE})
    office = Member(principal=OFFICE, kind="group", roles=("administer",))
    world.table.access["s1"] = Access(members=(eve, office))
    for to in ("eve", "carol"):
        assert world.grants(a_caller("eve"), to).through == "eve"
    assert world.reads(CAROL)
    assert world.reads(a_caller("eve"))
    world.table.access["s1"] = world.table.access["s1"].without(OFFICE)
    assert not world.reads(CAROL)
    assert not world.reads(a_caller("eve"))


def test_a_right_to_administer_that_ends_takes_its_subscriptions_and_leaves_the_members_own() -> None:
    world = World()
    world.grants(DAVE, "dave")
    world.grants(DAVE, "carol")
    world.of(SUPPLIER_SIRET).end_subscriptions("dave", by="root", now=LATER, supplier_id="s1", left=False)
    assert not world.reads(DAVE)
    world.grants(EMMA, "dave")
    world.of(SUPPLIER_SIRET).end_subscriptions("dave", by="root", now=LATER, supplier_id="s1", left=False)
    assert world.reads(DAVE)
    assert world.reads(CAROL)


def test_what_a_public_bodys_administrator_gave_itself_does_not_come_back_with_the_role() -> None:
    world = World()
    mayor = a_caller("mayor")
    world.joins_town("mayor")
    world.grants(mayor, "mayor", TOWN)
    world.joins_town("mayor", "use")
    world.joins_town("mayor")
    assert not world.reads(mayor, TOWN)


# --- consent -------------------------------------------------------------------------------------------------


def test_a_stranger_gets_no_message_until_it_accepts_and_the_trail_says_who_did() -> None:
    world = World()
    assert not world.offers(DAVE, "carol").accepted
    assert not world.reads(CAROL)
    accepted = world.of(SUPPLIER_SIRET).accept("carol", now=LATER)
    assert accepted.accepted
    assert world.reads(CAROL)
    assert world.of(SUPPLIER_SIRET).accept("carol", now=LATER) == accepted, "repeating it changes nothing"
    assert world.trail(SUPPLIER_SIRET) == [
        ("subscription/carol", "set", "carol"),
        ("subscription/carol", "set", "dave"),
    ]


def test_oneself_ones_group_a_member_and_who_the_installation_names_are_subscribed_at_once() -> None:
    world = World()
    world.members(dave="administer", ulf="use", **{OFFICE: "administer"})
    dave_of_a_group = a_caller("dave", "readers")
    root = a_caller("dave", ADMINISTRATORS)
    for by, to in ((DAVE, "dave"), (dave_of_a_group, "group:readers"), (DAVE, "ulf"), (root, "carol")):
        assert world.offers(by, to).accepted, to


def test_who_accepted_stays_when_the_mode_changes_and_is_asked_anew_by_another_supplier() -> None:
    world = World()
    world.grants(DAVE, "carol")
    assert world.offers(DAVE, "carol").accepted
    world.table.sirets[SUPPLIER_SIRET] = "s2"
    world.table.access["s2"] = world.table.access["s1"]
    assert not world.offers(DAVE, "carol").accepted


def test_an_invitation_that_was_taken_back_or_changed_cannot_be_accepted() -> None:
    world = World()
    invited = world.offers(DAVE, "carol")
    with pytest.raises(NotFound):
        world.of(SUPPLIER_SIRET).accept("ulf", now=LATER)
    world.of(SUPPLIER_SIRET).revoke("carol", by="dave", now=LATER)
    with pytest.raises(NotFound):
        world.of(SUPPLIER_SIRET).accept("carol", now=LATER)
    accepted = invited.model_copy(update={"accepted": True})
    with pytest.raises(StaleWrite):
        world.structures.accept(invited, accepted, line=TrailLine("s1", a_line()))


def test_a_subscription_of_an_older_record_was_accepted() -> None:
    old = a_subscription().model_dump_json(exclude={"accepted"})
    assert MessageSubscription.model_validate_json(old).accepted


PEOPLE = st.sampled_from([DAVE, EMMA, a_caller("emma"), CAROL, a_caller("dave", "office")])


@given(grants=st.lists(st.tuples(PEOPLE, st.sampled_from(["dave", "emma", "carol", OFFICE])), max_size=4))
def test_no_subscription_outlives_the_rights_of_all_persons_and_groups(
    grants: list[tuple[Caller, str]],
) -> None:
    world = World()
    world.members(**{OFFICE: "administer"})
    for by, to in grants:
        try:
            world.grants(by, to)
        except NotFound:
            assert OFFICE not in by.identities
    world.members(zoe="administer")
    assert not any(world.reads(each) for each in (DAVE, EMMA, CAROL))
