"""Rights and subscriptions of a supplier's members: what a change does, answers and writes to the trail."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chorus_connector.domain.errors import Conflict, Forbidden, Invalid, NotFound, StaleWrite
from chorus_connector.domain.suppliers.access import (
    ADMINISTRATORS,
    Access,
    Caller,
    Member,
    NotificationKind,
    Subscriber,
    kind_of,
)
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.domain.suppliers.supplier import Role
from chorus_connector.usecases.suppliers.access import ManageAccess
from tests.builders import NOW
from tests.fakes import FakeAccess, FakeAuditTrail, FakeTable
from tests.fakes_user_pool import FakeUserDirectory

ANNA_WAITING = Subscriber(kind="waiting", principal="anna", email="anna@example.org")
ANNA_STATUS = Subscriber(kind="status", principal="anna")
A_LINE = Change(change_id="1", at=NOW, by="root", item="access", action="set")
BERT_WAITING = Subscriber(kind="waiting", principal="bert")


def a_member(principal: str, *roles: Role) -> Member:
    return Member(principal=principal, kind=kind_of(principal, system=False), roles=roles)


class World:
    """The supplier s1, which root administers and anna uses; three subscriptions; whose messages have ended."""

    def __init__(self, access_type: type[FakeAccess] = FakeAccess) -> None:
        table = FakeTable()
        table.access["s1"] = Access(version=41, members=(a_member("anna", "use"), a_member("root", "administer")))
        self.store = access_type(table, "s1")
        self.trail = FakeAuditTrail(table, "s1")
        self.left: list[str] = []
        self.demoted: list[str] = []
        self.directory = FakeUserDirectory(
            people=dict.fromkeys(("anna", "bert", "carl", "root"), frozenset()), systems={"erp"}, groups={"office"}
        )
        self.manage = self.managed_by("root")
        for subscriber in (ANNA_WAITING, ANNA_STATUS, BERT_WAITING):
            table.subscribers["s1", subscriber.kind, subscriber.principal] = subscriber

    def managed_by(self, principal: str, *groups: str) -> ManageAccess:
        """Changes by that principal, who is in these groups."""
        by = Caller(principal, frozenset(groups))
        return ManageAccess(
            self.store,
            self.directory,
            by=by,
            leave_messages=lambda who, _: self.left.append(who),
            administer_no_more=lambda who, _: self.demoted.append(who),
        )

    def changes(self) -> list[Change]:
        """What was written to the trail, the first change first."""
        return list(self.trail.page(limit=100, cursor=None).changes)[::-1]


def test_a_person_who_loses_every_permission_is_no_longer_notified_and_others_still_are() -> None:
    world = World()
    world.manage.take_away("anna", now=NOW)
    assert list(world.store.subscribers()) == [BERT_WAITING]
    assert world.left == ["anna"]


def test_a_change_of_rights_answers_with_the_list_as_it_is_now() -> None:
    world = World()
    assert world.manage.grant(a_member("carl", "use"), now=NOW) == world.store.get()
    assert world.manage.take_away("carl", now=NOW) == world.store.get()
    assert world.store.get().version == 43


def test_changes_of_rights_are_numbered_by_the_versions_of_the_list() -> None:
    world = World()
    world.manage.grant(a_member("carl", "use"), now=NOW)
    world.manage.take_away("carl", now=NOW)
    assert [(each.change_id, each.item, each.action, each.by) for each in world.changes()] == [
        ("access-00000042", "access/carl", "set", "root"),
        ("access-00000043", "access/carl", "removed", "root"),
    ]


def test_a_subscription_is_written_with_what_was_there_before() -> None:
    world = World()
    by_mail = Subscriber(kind="status", principal="anna", email="anna@example.org")
    world.manage.subscribe(Subscriber(kind="submitted", principal="anna"), now=NOW)
    world.manage.subscribe(by_mail, now=NOW + timedelta(seconds=1))
    world.manage.unsubscribe("status", "anna", now=NOW + timedelta(seconds=2))
    new, changed, ended = world.changes()
    begun = Subscriber(kind="submitted", principal="anna", since=NOW)
    assert (new.before, new.after) == (None, begun.model_dump(mode="json"))
    assert (changed.before, changed.after) == (ANNA_STATUS.model_dump(), by_mail.model_dump())
    assert (ended.before, ended.after) == (by_mail.model_dump(), None)
    assert [(each.change_id, each.item, each.action, each.by, each.at) for each in (changed, ended)] == [
        ("notify-status-anna", "notifications/status/anna", "set", "root", NOW + timedelta(seconds=1)),
        ("notify-status-anna", "notifications/status/anna", "removed", "root", NOW + timedelta(seconds=2)),
    ]


def test_a_subscription_ends_for_one_principal_and_one_kind_of_event() -> None:
    world = World()
    world.manage.unsubscribe("waiting", "anna", now=NOW)
    assert list(world.store.subscribers()) == [ANNA_STATUS, BERT_WAITING]


def test_a_subscription_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        World().manage.unsubscribe("status", "bert", now=NOW)


class OvertakenAccess(FakeAccess):
    """A store in which another change always comes first."""

    tries = 0

    def save(self, before: Access, after: Access, *, change: Change) -> None:
        self.tries += 1
        raise StaleWrite


def test_a_change_that_is_overtaken_five_times_is_given_up() -> None:
    world = World(OvertakenAccess)
    with pytest.raises(StaleWrite):
        world.manage.grant(a_member("carl", "use"), now=NOW)
    assert isinstance(world.store, OvertakenAccess)
    assert world.store.tries == 5


# --- principals that exist, and those that accept ------------------------------------------------------------


def test_rights_and_notifications_are_given_to_principals_of_the_user_pool_only() -> None:
    world = World()
    root = world.managed_by("root", ADMINISTRATORS)
    for give in (
        lambda: root.grant(a_member("mallory", "use"), now=NOW),
        lambda: root.grant(a_member("group:nobody", "use"), now=NOW),
        lambda: root.subscribe(Subscriber(kind="status", principal="mallory"), now=NOW),
    ):
        with pytest.raises(Invalid) as refused:
            give()
        assert [each.code for each in refused.value.problems] == ["unknown_principal"]
    assert world.changes() == []


def test_who_a_suppliers_administrator_names_has_no_right_until_they_accept() -> None:
    world = World()
    invited = world.manage.grant(a_member("carl", "use"), now=NOW).member("carl")
    assert (invited.roles, invited.accepted) == (("use",), False)
    accepted = world.managed_by("carl").accept(now=NOW)
    assert accepted.member("carl").accepted
    assert world.managed_by("carl").accept(now=NOW) == accepted, "repeating it changes nothing"
    assert [(each.by, each.item) for each in world.changes()] == [("root", "access/carl"), ("carl", "access/carl")]


def test_a_member_that_accepted_keeps_its_rights_when_they_change() -> None:
    world = World()
    assert world.manage.grant(a_member("anna", "administer", "use"), now=NOW).member("anna").accepted


def test_who_was_not_named_accepts_nothing() -> None:
    with pytest.raises(NotFound):
        World().managed_by("carl").accept(now=NOW)


def test_the_installations_administrator_gives_rights_at_once() -> None:
    world = World()
    assert world.managed_by("x", ADMINISTRATORS).grant(a_member("carl", "use"), now=NOW).member("carl").accepted


def test_an_invitation_becomes_a_right_when_the_installations_administrator_gives_it() -> None:
    world = World()
    world.manage.grant(a_member("carl", "use"), now=NOW)
    assert world.managed_by("x", ADMINISTRATORS).grant(a_member("carl", "use"), now=NOW).member("carl").accepted


def test_an_invited_administrator_does_not_count_as_one() -> None:
    world = World()
    world.manage.grant(a_member("carl", "administer"), now=NOW)
    with pytest.raises(Conflict):
        world.manage.take_away("root", now=NOW)


def test_a_group_is_named_by_who_is_in_it_or_by_the_installations_administrator() -> None:
    world = World()
    with pytest.raises(Forbidden):
        world.manage.grant(a_member("group:office", "use"), now=NOW)
    with pytest.raises(Forbidden):
        world.manage.grant(a_member("group:nosuchgroup", "use"), now=NOW)  # the same answer: no list of groups
    with pytest.raises(Forbidden):
        world.manage.subscribe(Subscriber(kind="status", principal="group:office"), now=NOW)
    for manage in (world.managed_by("root", "office"), world.managed_by("x", ADMINISTRATORS)):
        assert manage.grant(a_member("group:office", "use"), now=NOW).member("group:office").accepted


def test_a_member_of_a_group_that_administers_makes_the_groups_right_not_her_own() -> None:
    world = World()
    world.directory.people["emma"] = frozenset()
    with pytest.raises(Conflict) as refused:
        world.managed_by("emma", "office").grant(a_member("emma", "administer"), now=NOW)
    assert refused.value.code == "right_of_a_group"
    of_installation = world.managed_by("emma", ADMINISTRATORS)
    assert of_installation.grant(a_member("emma", "use"), now=NOW).member("emma").roles == ("use",)


def test_a_members_own_right_by_another_group_or_by_a_circle_ends_with_the_group_in_one_change() -> None:
    world = World()
    world.directory.people |= dict.fromkeys(("emma", "hank"), frozenset())
    world.directory.groups |= {"others"}
    installation = world.managed_by("x", ADMINISTRATORS)
    installation.grant(a_member("group:office", "administer"), now=NOW)
    world.managed_by("hank", "office", "others").grant(a_member("group:others", "administer"), now=NOW)
    world.managed_by("emma", "office").grant(a_member("carl", "administer"), now=NOW)
    world.managed_by("carl").accept(now=NOW)
    world.managed_by("carl").grant(a_member("emma", "administer"), now=NOW)
    world.managed_by("emma").accept(now=NOW)
    world.managed_by("emma").subscribe(Subscriber(kind="status", principal="carl"), now=NOW)
    left = installation.take_away("group:office", now=NOW)
    assert [each.principal for each in left.members] == ["anna", "root"]
    assert left == world.store.get()
    assert set(world.left) == {"group:office", "group:others", "carl", "emma"}
    assert "carl" not in {each.principal for each in world.store.subscribers()}
    (removed,) = [each for each in world.changes() if (each.action, each.item) == ("removed", "access/group:office")]
    assert removed.before is not None
    assert removed.before["ended_with_it"] == {who: ["administer"] for who in ("carl", "emma", "group:others")}


def test_who_administers_no_more_loses_what_it_gave_itself_by_that_right() -> None:
    world = World()
    installation = world.managed_by("x", ADMINISTRATORS)
    installation.grant(a_member("carl", "administer", "use"), now=NOW)
    installation.grant(a_member("carl", "use"), now=NOW)
    assert (world.demoted, world.left) == (["carl"], [])
    installation.grant(a_member("carl", "use"), now=NOW)
    assert world.demoted == ["carl"], "once"


def test_a_person_is_never_listed_as_a_system() -> None:
    world = World()
    person = "5ed05b4d-a3b2-4267-9e4a-4f30441f1a42"
    world.directory.people[person] = frozenset()
    with pytest.raises(Invalid) as refused:
        world.manage.grant(Member(principal=person, kind="system", roles=("use",)), now=NOW)
    assert [(each.field, each.code) for each in refused.value.problems] == [("kind", "kind_mismatch")]
    granted = world.manage.grant(Member(principal=person, kind="person", roles=("use",)), now=NOW)
    assert granted.member(person).kind == "person"
    assert world.manage.grant(Member(principal="erp", kind="system", roles=("use",)), now=NOW).member("erp")


@pytest.mark.parametrize(
    ("kind", "principal", "code"),
    [
        ("waiting", "anna", None),
        ("waiting", "bert", "without_right"),
        ("waiting", "carl", "without_right"),
        ("waiting", "dora", None),
        ("waiting", "group:office", None),
        ("message", "anna", "not_subscribed_to_messages"),
        ("message", "bert", None),
    ],
)
def test_who_hears_nothing_with_its_present_rights_is_named(
    kind: NotificationKind, principal: str, code: str | None
) -> None:
    """F10: a stranger was put on a list, and no word said that it never hears anything."""
    world = World()
    world.directory.people["dora"] = frozenset({"office"})
    invited = a_member("carl", "use").model_copy(update={"accepted": False})
    office = a_member("group:office", "use")
    access = world.store.get()
    world.store.save(
        access, access.model_copy(update={"version": 42, "members": (*access.members, invited, office)}), change=A_LINE
    )
    manage = replace(world.manage, reads_messages=lambda who: who == "bert")
    warning = manage.warning(Subscriber(kind=kind, principal=principal))
    assert (warning.code if warning else None) == code
    assert warning is None or not warning.blocking
