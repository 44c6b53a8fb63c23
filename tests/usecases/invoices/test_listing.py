"""Orders other than the store's read a bounded number of documents, and say so when it is not enough."""

from datetime import timedelta

import pytest

from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.invoices.listing import Filter
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.visibility import EVERYTHING
from chorus_connector.usecases.invoices import listing
from chorus_connector.usecases.invoices.listing import list_documents
from chorus_connector.usecases.invoices.visibility import VisibleInvoices
from tests.builders import NOW, an_invoice
from tests.fakes import FakeInvoices, FakeTable


@pytest.fixture
def invoices() -> VisibleInvoices:
    """Twelve documents, every third of them set aside."""
    store = FakeInvoices(FakeTable(), "s1")
    for index in range(12):
        state = State.READY if index % 3 else State.SET_ASIDE
        received = NOW + timedelta(days=index)
        store.add(an_invoice(state, document_id=f"d{index:02}", received_at=received), by="alice")
    return VisibleInvoices(store, EVERYTHING)


def names(invoices: VisibleInvoices, wanted: Filter, limit: int = 5) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = list_documents(invoices, None, wanted, descending=False, limit=limit, cursor=cursor)
        found += [each.document_id for each in page.invoices]
        cursor = page.cursor
        if cursor is None:
            return found


def test_the_oldest_come_first_on_demand(invoices: VisibleInvoices) -> None:
    assert names(invoices, Filter()) == [f"d{index:02}" for index in range(12)]
    assert names(invoices, Filter(state=frozenset({State.SET_ASIDE})), limit=1) == ["d00", "d03", "d06", "d09"]


def test_too_many_to_sort_or_to_look_at_are_refused_and_never_cut(
    invoices: VisibleInvoices, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = Filter(number="F")
    monkeypatch.setattr(listing, "LARGEST_SORT", 11)
    with pytest.raises(Invalid, match="11"):
        names(invoices, Filter())
    assert names(invoices, nothing) == []
    monkeypatch.setattr(listing, "LARGEST_SEARCH", 10)
    with pytest.raises(Invalid, match="10"):
        names(invoices, nothing)
    narrower = Filter(number="F", received_from=(NOW + timedelta(days=4)).date())
    assert names(invoices, narrower) == []
