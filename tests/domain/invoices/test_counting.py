"""Counts follow the changes of documents: each is counted once, however often it comes, also while all are counted."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorus_connector.domain.invoices.counting import (
    COUNT_AGAIN_AFTER,
    COUNTERS,
    MOST_MEANWHILE,
    MOST_REMEMBERED,
    CountedChange,
    Found,
    KeptCounts,
    begun,
    by_list,
    by_state,
    counted_as,
    counter,
    finished,
    found_document,
    short_name,
    with_changes,
)
from chorus_connector.domain.invoices.invoice import Deposit, Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.stopping import Stop
from tests.builders import NOW, an_invoice

STOP = Stop(kind="hold", by="alice", at=NOW)
NOTHING = KeptCounts(counted_at=NOW - timedelta(days=1))
SECOND = timedelta(seconds=1)


def a_change(document: str, version: int, before: str | None, after: str | None, **at: Any) -> CountedChange:
    moments: dict[str, datetime] = {"received_at": NOW, "written_at": NOW, **at}
    return CountedChange(document, version, before, after, **moments)


def deposited(status: str, **changes: Any) -> Invoice:
    deposit = Deposit(chorus_id=1, invoice_number="F", status=status)
    return an_invoice(State.SUBMITTED, deposit=deposit, **changes)


@pytest.mark.parametrize(
    ("invoice", "name", "counted_in"),
    [
        (an_invoice(State.TO_COMPLETE), "TO_COMPLETE", {"waiting"}),
        (an_invoice(State.REFUSED), "REFUSED", {"waiting", "refused"}),
        (an_invoice(State.HELD), "HELD", {"held"}),
        (an_invoice(State.HELD, stopped=STOP), "HELD/by_a_person", {"stopped"}),
        (an_invoice(State.SET_ASIDE), "SET_ASIDE", {"set_aside"}),
        (an_invoice(State.SET_ASIDE, stopped=STOP), "SET_ASIDE/by_a_person", {"set_aside"}),
        (an_invoice(State.READING, stopped=STOP), "READING", {"reading"}),
        (an_invoice(State.RECEIVED), "RECEIVED", {"reading"}),
        (an_invoice(State.RECEIVED, upload_until=NOW), "RECEIVED/expected", {"expected"}),
        (deposited("DEPOSEE"), "SUBMITTED/in_flight", {"in_flight"}),
        (deposited("A_RECYCLER"), "SUBMITTED/sent_back", {"waiting", "sent_back"}),
        (deposited("MISE_EN_PAIEMENT"), "SUBMITTED/ended", {"ended"}),
    ],
)
def test_a_document_is_counted_by_what_has_become_of_it(invoice: Invoice, name: str, counted_in: set[str]) -> None:
    assert counted_as(invoice) == name
    assert {each for each, names in COUNTERS.items() if name in names} == counted_in
    assert by_state({name: 1})[invoice.state] == 1
    assert by_list({name: 1})[invoice.listed_in] == 1


def test_every_state_is_in_a_counter() -> None:
    counted = frozenset().union(*COUNTERS.values())
    assert {name.partition("/")[0] for name in counted} == {state.value for state in State}


def test_a_change_that_comes_twice_is_counted_once() -> None:
    changes = [a_change("a", 0, None, "RECEIVED"), a_change("a", 1, "RECEIVED", "READING")]
    once = with_changes(NOTHING, changes, NOW)
    assert once.counts == {"READING": 1}
    assert with_changes(once, changes, NOW + timedelta(minutes=5)).counts == {"READING": 1}


def test_a_change_that_the_last_count_of_all_has_read_is_not_counted() -> None:
    kept = NOTHING.model_copy(update={"counted_at": NOW})
    before = a_change("a", 4, "READING", "READY", written_at=NOW - 3 * SECOND)
    assert with_changes(kept, [before], NOW).counts == {}
    assert with_changes(kept, [before._replace(written_at=NOW)], NOW).counts == {"READING": -1, "READY": 1}


def test_what_comes_after_its_memory_ended_makes_the_counts_doubtful() -> None:
    late = a_change("a", 0, None, "RECEIVED", written_at=NOW - timedelta(hours=1))
    assert with_changes(NOTHING, [late], NOW).doubtful
    sent_again = a_change("a", 0, None, "RECEIVED", written_at=None)
    doubtful = with_changes(NOTHING, [sent_again], NOW)
    assert (doubtful.doubtful, doubtful.counts) == (True, {})
    assert not with_changes(NOTHING, [a_change("a", 0, None, "RECEIVED")], NOW).doubtful


def test_less_than_nothing_is_doubtful_and_shown_as_nothing() -> None:
    kept = with_changes(NOTHING, [a_change("a", 4, "READY", None)], NOW)
    assert kept.doubtful
    assert (by_state(kept.counts)[State.READY], counter(kept.counts, "ready")) == (0, 0)
    assert kept.must_be_counted(NOW)


def test_counts_are_taken_anew_when_they_are_missing_or_a_week_old_and_by_one_worker() -> None:
    assert KeptCounts().must_be_counted(NOW)
    kept = NOTHING.model_copy(update={"counted_at": NOW})
    assert not kept.must_be_counted(NOW + COUNT_AGAIN_AFTER)
    assert kept.must_be_counted(NOW + COUNT_AGAIN_AFTER + SECOND)
    running = begun(KeptCounts(), "c", NOW)
    assert not running.must_be_counted(NOW + timedelta(minutes=10))
    assert running.must_be_counted(NOW + timedelta(minutes=11)), "its worker died"


def test_the_oldest_waiting_document_is_known_as_long_as_it_waits() -> None:
    older, newer = NOW - timedelta(days=2), NOW - timedelta(days=1)
    kept = with_changes(NOTHING, [a_change("a", 1, None, "TO_COMPLETE", received_at=newer)], NOW)
    kept = with_changes(kept, [a_change("b", 1, None, "REFUSED", received_at=older)], NOW)
    assert kept.waiting_since == older
    kept = with_changes(kept, [a_change("b", 2, "REFUSED", "READY", received_at=older)], NOW)
    assert kept.waiting_since is None, "another one must be looked for"
    kept = with_changes(kept, [a_change("a", 2, "TO_COMPLETE", "READY", received_at=newer)], NOW)
    kept = with_changes(kept, [a_change("c", 1, None, "TO_COMPLETE", received_at=NOW)], NOW)
    assert kept.waiting_since == NOW


def test_memory_is_bounded() -> None:
    changes = [a_change(str(number), 0, None, "RECEIVED") for number in range(MOST_REMEMBERED + 7)]
    assert len(with_changes(NOTHING, changes, NOW).seen) == MOST_REMEMBERED
    later = with_changes(with_changes(NOTHING, changes[:2], NOW), [], NOW + timedelta(minutes=45))
    assert later.seen == {}
    busy = begun(NOTHING, "c", NOW)
    flooded = with_changes(busy, changes[: MOST_MEANWHILE + 1], NOW)
    assert (flooded.count_id, flooded.doubtful, flooded.meanwhile) == ("", True, ())


def test_a_record_is_read_back_as_it_was_written() -> None:
    kept = with_changes(begun(NOTHING, "c", NOW), [a_change("a", 1, None, "TO_COMPLETE")], NOW)
    assert KeptCounts.model_validate_json(kept.model_dump_json(exclude_defaults=True)) == kept


# --- whatever comes, in whatever order -----------------------------------------------------------------------

_LIVES = st.lists(
    st.lists(st.sampled_from([State.TO_COMPLETE, State.READY, State.HELD, State.SET_ASIDE]), min_size=1, max_size=6),
    min_size=1,
    max_size=6,
)


class World:
    """Documents that change, and their counts: the stream of changes is late, and delivers more than once."""

    def __init__(self, lives: list[list[State | None]]) -> None:
        self.left = {f"d{number}": life for number, life in enumerate(lives)}
        self.documents: dict[str, Invoice] = {}
        self.kept = KeptCounts()
        self.undelivered: list[CountedChange] = []
        self.delivered: list[CountedChange] = []
        self.unread: list[str] | None = None
        self.found: dict[str, Found] = {}
        self.now = NOW

    @property
    def steps(self) -> list[str]:
        """What may happen next."""
        counting = ["read"] if self.unread is not None else ["count"]
        return [*["write"] * any(self.left.values()), *["deliver"] * bool(self.undelivered), *counting]

    def do(self, step: str, data: st.DataObject) -> None:
        self.now += 2 * SECOND
        {"write": self.write, "deliver": self.deliver, "count": self.count, "read": self.read}[step](data)

    def write(self, data: st.DataObject) -> None:
        document_id = data.draw(st.sampled_from([each for each, life in self.left.items() if life]))
        state, before, after = self.left[document_id].pop(0), self.documents.pop(document_id, None), None
        version = before.version + 1 if before else 0
        if state is not None:
            after = an_invoice(state, document_id=document_id, version=version, changed_at=self.now)
            self.documents[document_id] = after
        names = [counted_as(each) if each else None for each in (before, after)]
        if names[0] != names[1]:
            self.undelivered.append(CountedChange(short_name(document_id), version, *names, NOW, self.now))

    def deliver(self, data: st.DataObject) -> None:
        batch = self.undelivered[: data.draw(st.integers(1, len(self.undelivered)))]
        for _ in range(data.draw(st.integers(1, 2))):  # its answer may be lost, so it comes again
            self.kept = with_changes(self.kept, batch, self.now)
        self.delivered += batch
        del self.undelivered[: len(batch)]

    def count(self, data: st.DataObject) -> None:
        self.kept = begun(self.kept, "c", self.now)
        self.found, self.unread = {}, data.draw(st.permutations(sorted(self.left)))

    def read(self, _: st.DataObject) -> None:
        assert self.unread is not None
        assert self.kept.count_began is not None
        if not self.unread:
            self.kept, self.unread = finished(self.kept, self.found, self.now), None
        elif (document := self.documents.get(document_id := self.unread.pop())) is not None:
            self.found[short_name(document_id)] = found_document(document, self.kept.count_began)


@settings(max_examples=150, deadline=None)
@given(lives=_LIVES, deleted=st.lists(st.booleans(), min_size=6, max_size=6), data=st.data())
def test_however_changes_are_delivered_the_counts_are_those_of_the_documents(
    lives: list[list[State]], deleted: list[bool], data: st.DataObject
) -> None:
    """Documents change and are deleted while all are counted; the stream repeats, and lags behind."""
    world = World([[*life, *[None] * gone] for life, gone in zip(lives, deleted, strict=False)])
    while any(world.left.values()):
        world.do(data.draw(st.sampled_from(world.steps)), data)
    if not world.kept.known and world.unread is None:
        world.do("count", data)
    while world.unread is not None or world.undelivered:
        world.do(data.draw(st.sampled_from([each for each in world.steps if each != "count"])), data)
    if world.kept.doubtful:  # a document was deleted while all were counted, and the stream said so afterwards
        assert None in {each.after for each in world.delivered}
        world.do("count", data)
        while world.unread is not None:
            world.do("read", data)
    assert not world.kept.doubtful
    assert world.kept.counts == dict(Counter(map(counted_as, world.documents.values())))
