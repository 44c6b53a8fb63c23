"""Counts are kept while others write them, are taken anew when they must, and show nothing that a user may not see."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.invoices.counting import CountedChange, KeptCounts, short_name
from chorus_connector.domain.invoices.invoice import Deposit
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.visibility import EVERYTHING, Visibility
from chorus_connector.usecases.invoices import counting
from chorus_connector.usecases.invoices.counting import Counts, KeepCounts, ReadCounts
from chorus_connector.usecases.invoices.visibility import VisibleInvoices
from tests.builders import NOW, an_invoice
from tests.fakes import FakeCounts, FakeInvoices, FakeTable

OLD = NOW - timedelta(hours=2)


class Supplier:
    """Two documents that wait and one that is set aside, and their counts."""

    def __init__(self) -> None:
        self.store = FakeCounts()
        self.invoices = FakeInvoices(FakeTable(), "s1")
        for number, state in enumerate((State.TO_COMPLETE, State.REFUSED, State.SET_ASIDE)):
            received = NOW - timedelta(days=3 - number)
            metadata = {"user_label": "Nord" if number else "Sud"}
            self.invoices.add(
                an_invoice(state, document_id=f"d{number}", received_at=received, changed_at=OLD, metadata=metadata),
                by="alice",
            )

    @property
    def keep(self) -> KeepCounts:
        return KeepCounts(self.store, self.invoices, clock=lambda: NOW)

    def read(self, sight: Visibility = EVERYTHING, may_go_on: Callable[[], bool] = lambda: True) -> Counts:
        return ReadCounts(self.keep, VisibleInvoices(self.invoices, sight)).read(now=NOW, may_go_on=may_go_on)

    def completed(self, document_id: str = "d0") -> CountedChange:
        """The change of a document that is complete now."""
        before = self.invoices.get(document_id)
        after = before.ready(NOW, automatic=False)
        self.invoices.save(after, by="alice", action="completed")
        return CountedChange(short_name(document_id), after.version, before.state, after.state, before.received_at, NOW)


def kept(supplier: Supplier) -> KeptCounts:
    stored = supplier.store.get()
    assert stored is not None
    return stored


def test_the_first_reader_has_all_documents_counted() -> None:
    supplier = Supplier()
    first = supplier.read()
    assert (first.kept, first.complete) == (True, True)
    assert first.states[State.TO_COMPLETE] == first.states[State.REFUSED] == first.states[State.SET_ASIDE] == 1
    assert first.lists == {"to_process": 2, "tracking": 0, "aside": 1}
    assert first.counters["waiting"] == (2, NOW - timedelta(days=3))
    assert first.counters["set_aside"] == (1, NOW - timedelta(days=1))
    assert first.counters["held"] == (0, None)
    assert kept(supplier).waiting_since == NOW - timedelta(days=3)


def test_what_was_sent_back_waits_since_then_and_not_since_its_upload() -> None:
    supplier = Supplier()
    supplier.invoices = FakeInvoices(FakeTable(), "s1")
    back = NOW - timedelta(minutes=1)
    deposit = Deposit(chorus_id=1, invoice_number="FA-1", status="A_RECYCLER", status_at=back)
    supplier.invoices.add(an_invoice(State.SUBMITTED, document_id="d9", received_at=OLD, deposit=deposit), by="alice")
    counters = supplier.read().counters
    assert (counters["sent_back"], counters["waiting"]) == ((1, back), (1, back))
    assert kept(supplier).waiting_since == back


def test_changes_are_added_and_the_oldest_waiting_document_is_looked_up_when_it_left() -> None:
    supplier = Supplier()
    supplier.keep.count_all(now=NOW)
    supplier.keep.add([supplier.completed()], now=NOW)
    assert kept(supplier).counts == {"READY": 1, "REFUSED": 1, "SET_ASIDE": 1}
    assert kept(supplier).waiting_since == NOW - timedelta(days=2)
    supplier.keep.add([supplier.completed("d1")], now=NOW)
    assert kept(supplier).waiting_since is None


def test_of_writers_at_the_same_time_each_change_is_counted() -> None:
    supplier = Supplier()
    supplier.keep.count_all(now=NOW)
    mine, other = supplier.completed("d0"), supplier.completed("d1")

    def another() -> None:
        supplier.store.on_save = lambda: None
        supplier.keep.add([other], now=NOW)

    supplier.store.on_save = another
    supplier.keep.add([mine], now=NOW)
    assert kept(supplier).counts == {"READY": 2, "SET_ASIDE": 1}


def test_a_change_that_cannot_be_counted_is_delivered_again() -> None:
    supplier = Supplier()
    supplier.keep.count_all(now=NOW)
    change = supplier.completed()

    def always() -> None:
        raise StaleWrite

    supplier.store.on_save = always
    with pytest.raises(StaleWrite):
        supplier.keep.add([change], now=NOW)


def test_without_counts_a_change_writes_nothing_and_a_removed_supplier_gets_none() -> None:
    supplier = Supplier()
    supplier.keep.add([supplier.completed()], now=NOW)
    assert supplier.store.get() is None
    supplier.store.exists = False
    assert supplier.keep.count_all(now=NOW) is None
    assert supplier.store.get() is None
    assert supplier.read().complete, "counted now"


def test_changes_during_a_count_are_in_it_once() -> None:
    supplier = Supplier()
    change = supplier.completed()

    class During(FakeInvoices):
        def every_listed(self):  # type: ignore[no-untyped-def]
            found = list(FakeInvoices.every_listed(self))
            yield found[0]
            late = supplier.completed("d1")
            supplier.keep.add([change, late], now=NOW)  # one was read already, the other one is read before
            yield from found[1:]

    supplier.invoices.__class__ = During
    supplier.keep.count_all(now=NOW)
    assert kept(supplier).counts == {"READY": 2, "SET_ASIDE": 1}
    assert kept(supplier).meanwhile == ()


def test_a_count_that_takes_too_long_is_given_up_and_the_answer_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    supplier = Supplier()
    monkeypatch.setattr(counting, "_BETWEEN_LOOKS", 1)
    monkeypatch.setattr(counting, "LARGEST_SEARCH", 2)
    monkeypatch.setattr(counting, "_PAGE", 1)
    answer = supplier.read(may_go_on=lambda: False)
    assert (answer.kept, answer.complete) == (False, False)
    assert sum(answer.states.values()) == 2
    assert not kept(supplier).known


def test_a_restricted_user_gets_the_counts_of_what_they_see() -> None:
    supplier = Supplier()
    supplier.keep.count_all(now=NOW)
    seen = supplier.read(Visibility("user_label", frozenset({"sud"})))
    assert (seen.kept, seen.complete, sum(seen.states.values())) == (False, True, 1)
    assert seen.counters["waiting"] == (1, NOW - timedelta(days=3))
    none = supplier.read(Visibility("user_label", frozenset({"est"})))
    assert sum(none.states.values()) == 0


def test_doubtful_counts_are_healed_once() -> None:
    supplier = Supplier()
    heals: list[bool] = []

    def heal(now: datetime = NOW) -> bool:
        heals.append(supplier.keep.heal(now=now, may_go_on=lambda: True))
        return heals[-1]

    assert heal()
    assert not heal()
    supplier.keep.add([supplier.completed()._replace(written_at=None, document="sent again")], now=NOW)
    assert heal()
    assert kept(supplier).counts == {"READY": 1, "REFUSED": 1, "SET_ASIDE": 1}
    assert heal(NOW + timedelta(days=8))
