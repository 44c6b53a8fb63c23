"""Who works on a document is shown for some minutes, to those who may see it, and forbids nothing."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorus_connector.adapters.table.work_claims import DynamoWorkClaims
from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.visibility import EVERYTHING, Visibility
from chorus_connector.domain.invoices.work_claims import WorkClaim, in_force
from chorus_connector.usecases.invoices.visibility import VisibleInvoices
from chorus_connector.usecases.invoices.work_claims import ClaimWork, claims_by_document
from tests.builders import NOW, an_invoice
from tests.dynamodb_table import empty_table
from tests.fakes import FakeInvoices, FakeTable
from tests.fakes_tables import FakeWorkClaims

MINUTE = timedelta(minutes=1)


def a_claim(document_id: str = "d1", by: str = "anne", **changes: Any) -> WorkClaim:
    values = {"document_id": document_id, "by": by, "since": NOW, "until": NOW + 10 * MINUTE}
    return WorkClaim(**{**values, **changes})


@pytest.fixture(params=["fake", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Any]]:
    """Ours, and those of another supplier."""
    if request.param == "fake":
        yield FakeWorkClaims(), FakeWorkClaims()
        return
    with empty_table() as client:
        yield DynamoWorkClaims(client, "t", "s1"), DynamoWorkClaims(client, "t", "s2")


def test_a_claim_is_found_by_its_document_and_among_all_of_the_supplier_only(stores: tuple[Any, Any]) -> None:
    ours, theirs = stores
    for each in (a_claim(), a_claim(by="bob"), a_claim("d10")):
        ours.put(each)
    assert sorted(each.by for each in ours.of("d1")) == ["anne", "bob"]
    assert len(ours.all()) == 3
    assert list(theirs.all()) == list(theirs.of("d1")) == []


def test_a_principals_claim_takes_the_place_of_its_earlier_one_and_ends(stores: tuple[Any, Any]) -> None:
    ours, _ = stores
    ours.put(a_claim())
    ours.put(a_claim(until=NOW + 20 * MINUTE))
    assert [each.until for each in ours.of("d1")] == [NOW + 20 * MINUTE]
    ours.end("d1", "anne")
    ours.end("d1", "anne")
    assert list(ours.all()) == []


class Desk:
    def __init__(self, sight: Visibility = EVERYTHING) -> None:
        self.invoices = FakeInvoices(FakeTable(), "s1")
        self.invoices.add(an_invoice(State.TO_COMPLETE, metadata={"Secteur": "Sud"}), by="x")
        self.claims = FakeWorkClaims()
        self.work = ClaimWork(VisibleInvoices(self.invoices, sight), self.claims)

    def claim(self, by: str, after: int = 0, *, person: str | None = None, minutes: int = 10) -> tuple[WorkClaim, ...]:
        return self.work.claim("d1", by=by, person=person, lasts=minutes * MINUTE, now=NOW + after * MINUTE)


@pytest.mark.row("B12")
def test_the_second_person_sees_who_was_first_and_since_when() -> None:
    desk = Desk()
    desk.claim("anne")
    shown = [each.seen_at(NOW + 3 * MINUTE, caller="bob") for each in desk.claim("bob", after=3)]
    assert [(each["by"], each["minutes"], each["yours"]) for each in shown] == [("anne", 3, False), ("bob", 0, True)]


def test_renewing_keeps_the_begin_until_the_claim_has_ended() -> None:
    desk = Desk()
    desk.claim("anne")
    (renewed,) = desk.claim("anne", after=9)
    assert (renewed.since, renewed.until) == (NOW, NOW + 19 * MINUTE)
    (again,) = desk.claim("anne", after=30)
    assert again.since == NOW + 30 * MINUTE


def test_another_person_of_the_same_system_begins_anew() -> None:
    desk = Desk()
    desk.claim("ged", person="m.durand")
    (claim,) = desk.claim("ged", after=2, person="a.petit")
    assert (claim.person, claim.since) == ("a.petit", NOW + 2 * MINUTE)


def test_a_claim_changes_nothing_of_the_document() -> None:
    desk = Desk()
    before = desk.invoices.get("d1")
    desk.claim("anne")
    desk.work.release("d1", by="anne", now=NOW)
    assert desk.invoices.get("d1") == before


def test_no_caller_ends_the_claim_of_another() -> None:
    desk = Desk()
    desk.claim("anne")
    assert [each.by for each in desk.work.release("d1", by="bob", now=NOW)] == ["anne"]


def test_a_hidden_document_is_not_found_and_nothing_is_written() -> None:
    desk = Desk(Visibility("Secteur", frozenset({"nord"})))
    for call in (
        lambda: desk.claim("eve"),
        lambda: desk.work.of("d1", now=NOW),
        lambda: desk.work.release("d1", by="eve", now=NOW),
    ):
        with pytest.raises(NotFound):
            call()
    assert desk.claims.all() == []


@given(st.lists(st.tuples(st.sampled_from(["d1", "d2", "d3"]), st.sampled_from("abc"), st.integers(-30, 30))))
@settings(max_examples=60)
def test_a_list_shows_the_claims_in_force_of_its_documents_and_no_other(begun: list[tuple[str, str, int]]) -> None:
    store = FakeWorkClaims()
    for document_id, by, at in begun:
        since = NOW + at * MINUTE
        store.put(a_claim(document_id, by, since=since, until=since + 10 * MINUTE))
    found = claims_by_document(store, ["d1", "d2"], now=NOW)
    for document_id in ("d1", "d2"):
        assert found.get(document_id, ()) == in_force(store.of(document_id), NOW)
        assert all(each.until > NOW for each in found.get(document_id, ()))
    assert "d3" not in found
