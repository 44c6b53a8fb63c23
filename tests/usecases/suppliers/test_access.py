"""Rights and subscriptions of a supplier's members: what a change does, answers and writes to the trail."""

from datetime import timedelta

import pytest

from chorus_connector.domain.errors import Conflict, NotFound, StaleWrite
from chorus_connector.domain.suppliers.access import Access, Member, Subscriber, kind_of
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.domain.suppliers.supplier import Role
from chorus_connector.usecases.suppliers.access import ManageAccess
from tests.builders import NOW
from tests.fakes import FakeAccess, FakeAuditTrail, FakeTable

ANNA_WAITING = Subscriber(kind="waiting", principal="anna", email="anna@example.org")
ANNA_STATUS = Subscriber(kind="status", principal="anna")
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
        self.manage = ManageAccess(
            self.store, by="root", leave_messages=lambda principal, _: self.left.append(principal)
        )
        for subscriber in (ANNA_WAITING, ANNA_STATUS, BERT_WAITING):
            table.subscribers["s1", subscriber.kind, subscriber.principal] = subscriber

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
    assert (new.before, new.after) == (None, {"kind": "submitted", "principal": "anna", "email": None})
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


def test_a_member_of_a_group_that_administers_makes_the_groups_right_not_her_own() -> None:
    world = World()
    emma = ManageAccess(world.store, by="emma")
    with pytest.raises(Conflict) as refused:
        emma.grant(a_member("emma", "administer"), now=NOW)
    assert refused.value.code == "right_of_a_group"
    emma.grant(a_member("carl", "use"), now=NOW)
    of_installation = ManageAccess(world.store, by="emma", of_installation=True)
    assert of_installation.grant(a_member("emma", "use"), now=NOW).member("emma").roles == ("use",)
