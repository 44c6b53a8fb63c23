"""What is due is handed out fairly: in turns by supplier, each supplier's oldest invoice first, all of it once."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.states import State
from chorus_connector.ports.values import TrackingWork, Work
from chorus_connector.usecases.hand_out import by_supplier, in_turns
from chorus_connector.usecases.invoices.due_work import HandOutDueWork, oldest_first
from chorus_connector.usecases.portal.tracking import tracking_work
from tests.builders import NOW, an_invoice
from tests.fakes import FakeInstallation, FakeInvoices, FakeQueue, FakeTable


class World:
    """Suppliers with invoices that are due, and the queues they are handed out to."""

    def __init__(self) -> None:
        self.table = FakeTable()

    def due(self, supplier_id: str, document_id: str, *, day: date | None = None, minutes: int = 0) -> None:
        """A ready invoice of that day, due that many minutes ago."""
        fields = {"invoice_date": FormField(value=day.isoformat(), source="text")} if day else {}
        invoice = an_invoice(
            State.READY,
            supplier_id=supplier_id,
            document_id=document_id,
            due_at=NOW - timedelta(minutes=minutes),
            form=Form(fields=fields),  # type: ignore[arg-type]
        )
        FakeInvoices(self.table, supplier_id).add(invoice, by="alice")

    def run(self, *, limit: int = 5000) -> list[Work]:
        """What one run hands out. Every one of these invoices is then taken up: it is due no more."""
        queue = FakeQueue()
        run = HandOutDueWork(FakeInstallation(self.table), queue, limit=limit)
        assert run.run(now=NOW) == len(queue.sent)
        for work in queue.sent:
            store = FakeInvoices(self.table, work.supplier_id)
            store.reschedule(store.get(work.document_id).model_copy(update={"due_at": None}))
        return queue.sent


def test_only_what_is_due_is_handed_out() -> None:
    world = World()
    world.due("s1", "d1")
    world.due("s1", "d2", minutes=-1)
    FakeInvoices(world.table, "s1").add(an_invoice(State.READY, document_id="d3"), by="alice")
    assert world.run() == [Work("s1", "d1")]


_INVOICES = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(0, 999),
        st.none() | st.dates(date(2026, 1, 1), date(2026, 1, 9)),
        st.integers(0, 500),
    ),
    unique_by=lambda each: each[:2],
    max_size=60,
)


@settings(max_examples=100)
@given(invoices=_INVOICES, limit=st.integers(1, 20))
def test_one_suppliers_flood_does_not_delay_another(
    invoices: list[tuple[str, int, date | None, int]], limit: int
) -> None:
    world = World()
    for supplier_id, number, day, minutes in invoices:
        world.due(supplier_id, f"{supplier_id}-{number}", day=day, minutes=minutes)
    waiting = Counter(supplier_id for supplier_id, *_ in invoices)
    handed_out: list[Work] = []
    while waiting.total():
        run = world.run(limit=limit)
        assert len(run) == min(limit, waiting.total()), "a run is full while anything is due"
        shares = Counter(work.supplier_id for work in run)
        for supplier_id in waiting:
            for other, share in shares.items():
                waits_on = shares[supplier_id] < waiting[supplier_id]
                assert not waits_on or share <= shares[supplier_id] + 1, f"{other} took the place of {supplier_id}"
        served = {work.supplier_id for work in run[: len(+waiting)]}
        assert len(served) == min(len(+waiting), limit), "every supplier has a place before any has a second"
        waiting -= shares
        handed_out += run
    assert sorted(work.document_id for work in handed_out) == sorted(f"{each[0]}-{each[1]}" for each in invoices)
    for supplier_id in "abc":
        days = [work.invoice_date or date.max for work in handed_out if work.supplier_id == supplier_id]
        assert days == sorted(days), "the oldest invoice first"


def test_a_flood_that_has_waited_longer_leaves_others_their_place_in_the_same_run() -> None:
    world = World()
    for number in range(30):
        world.due("flood", f"f{number:02d}", minutes=60)
    world.due("other", "o1")
    first = world.run(limit=5)
    assert Work("other", "o1") in first[:2]
    assert len(first) == 5


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 999)), unique=True, max_size=60))
def test_the_work_of_all_suppliers_is_interleaved_and_each_keeps_its_order(keys: list[tuple[str, int]]) -> None:
    due = [Work(supplier, str(document)) for supplier, document in keys]
    out = list(in_turns(by_supplier(oldest_first(due)).values()))
    assert sorted(out, key=str) == sorted(due, key=str)
    for supplier in "abc":
        assert [w for w in out if w.supplier_id == supplier] == [w for w in due if w.supplier_id == supplier]
    suppliers = len({work.supplier_id for work in due})
    firsts = [next(i for i, w in enumerate(out) if w.supplier_id == s) for s in {w.supplier_id for w in due}]
    assert all(first < suppliers for first in firsts)


def test_a_supplier_is_tracked_by_one_message_for_up_to_two_hundred_documents() -> None:
    due = [Work("s1", f"d{number}") for number in range(200)]
    (one,) = tracking_work([*due, Work("s1", "")])
    assert one == TrackingWork("s1", tuple(work.document_id for work in due))
    assert [len(each.document_ids) for each in tracking_work([*due, Work("s1", "last")])] == [200, 1]


def test_a_supplier_whose_run_is_due_without_any_document_has_a_message_too() -> None:
    assert list(tracking_work([Work("s1", ""), Work("s2", "d1")])) == [
        TrackingWork("s1", ()),
        TrackingWork("s2", ("d1",)),
    ]
    assert list(tracking_work([])) == []
