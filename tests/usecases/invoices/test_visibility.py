"""Which invoices a caller sees, by every route that shows some; and which documents changed criteria would take."""

from datetime import timedelta

import pytest

from chorus_connector.domain.errors import NotFound, Transient
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.visibility import Visibility
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.supplier import Criterion
from chorus_connector.domain.suppliers.tables import new_row, user_key
from chorus_connector.usecases.invoices.form import CompleteForm
from chorus_connector.usecases.invoices.resolution import Resolution
from chorus_connector.usecases.invoices.visibility import VisibilityOfSubscribers, VisibleInvoices, visibility_of
from chorus_connector.usecases.portal.directory import Directory
from chorus_connector.usecases.suppliers.criteria import preview_criteria
from tests.builders import NOW, a_recipient, a_supplier, an_invoice
from tests.fakes import FakeInvoices, FakePortal, FakeQueue, FakeRecipients, FakeSupplier, FakeTable
from tests.fakes_tables import FakeTables
from tests.fakes_user_pool import FakeUserDirectory

LABELS = {"d1": "Nord", "d2": "Sud", "d3": None, "d4": "NORD "}


class World:
    def __init__(self) -> None:
        self.table = FakeTable()
        self.tables = FakeTables()
        self.store = FakeInvoices(self.table, "s1")
        self.table.suppliers["s1"] = a_supplier(user_label_metadata="Secteur")
        for document, label in LABELS.items():
            metadata = {"secteur": label} if label else {}
            invoice = an_invoice(State.TO_COMPLETE, document_id=document, metadata=metadata)
            self.store.add(invoice, by="alice")

    def gives(self, label: str, principal: str) -> None:
        self.tables.put([new_row("users", label=label, value=principal, by="alice", now=NOW)])

    def seen_by(self, *identities: str) -> VisibleInvoices:
        visibility = visibility_of(identities, tables=self.tables, suppliers=FakeSupplier(self.table, "s1"))
        return VisibleInvoices(self.store, visibility)

    def list_of(self, *identities: str) -> set[str]:
        page = self.seen_by(*identities).page("to_process", limit=10, cursor=None)
        return {invoice.document_id for invoice in page.invoices}


@pytest.mark.row("S39")
def test_who_is_not_in_the_table_sees_all() -> None:
    world = World()
    world.gives("Nord", "bob")
    assert world.list_of("alice") == set(LABELS)


@pytest.mark.row("S40")
def test_who_is_in_the_table_sees_their_labels_only() -> None:
    world = World()
    world.gives("nord", "bob")
    assert world.list_of("bob") == {"d1", "d4"}
    world.gives("SUD", "bob")
    assert world.list_of("bob") == {"d1", "d2", "d4"}


@pytest.mark.row("S39")
def test_a_groups_row_restricts_its_members_like_a_row_of_their_own() -> None:
    world = World()
    world.gives("Sud", "group:compta")
    assert world.list_of("bob", "group:compta") == {"d2"}
    assert world.list_of("bob", "group:direction") == set(LABELS)
    with pytest.raises(NotFound):
        world.seen_by("bob", "group:compta").get("d1")


@pytest.mark.row("S39")
def test_the_labels_of_a_person_and_of_each_of_their_groups_count_together() -> None:
    world = World()
    world.gives("Nord", "bob")
    world.gives("Sud", "group:compta")
    assert world.list_of("bob", "group:compta") == {"d1", "d2", "d4"}
    assert world.list_of("bob", "group:compta", "group:direction") == {"d1", "d2", "d4"}


class Mails:
    """What a principal receives by e-mail, where no token names the groups."""

    def __init__(self, **people: frozenset[str]) -> None:
        self.world = World()
        self.directory = FakeUserDirectory(people=dict(people), groups={"compta"})
        self.unknown = 0

    def told_to(self, principal: str) -> set[str]:
        suppliers = FakeSupplier(self.world.table, "s1")
        sight = VisibilityOfSubscribers(self.world.tables, suppliers, self.directory, self._warn)(principal)
        return {each for each in LABELS if sight.sees(self.world.store.get(each))}

    def _warn(self) -> None:
        self.unknown += 1


def test_an_email_honours_the_rows_of_a_persons_groups_which_the_user_pool_names() -> None:
    mails = Mails(bob=frozenset({"compta"}), carol=frozenset())
    mails.world.gives("Sud", "group:compta")
    assert mails.told_to("bob") == {"d2"}
    assert mails.told_to("carol") == set(LABELS)
    assert mails.told_to("group:compta") == {"d2"}
    assert mails.told_to("group:direction") == set(LABELS)
    assert mails.unknown == 0


def test_a_subscriber_that_the_user_pool_does_not_know_receives_nothing_while_groups_are_restricted() -> None:
    mails = Mails()
    assert mails.told_to("gone") == set(LABELS), "no group is restricted: its groups do not matter"
    mails.world.gives("Sud", "group:compta")
    mails.world.gives("Nord", "gone")
    assert mails.told_to("gone") == set()
    assert mails.unknown == 1


def test_while_the_user_pool_does_not_answer_no_email_is_decided() -> None:
    mails = Mails(bob=frozenset())
    mails.world.gives("Sud", "group:compta")

    def overloaded(_: str) -> bool:
        raise Transient("", "")

    mails.directory.exists = overloaded  # type: ignore[method-assign]
    with pytest.raises(Transient):
        mails.told_to("bob")


@pytest.mark.row("S40")
def test_what_is_not_theirs_is_not_found_however_they_ask() -> None:
    world = World()
    world.gives("nord", "bob")
    seen = world.seen_by("bob")
    form = CompleteForm(seen, _resolution(world), FakeQueue())
    assert seen.get("d1").document_id == "d1"
    for document in ("d2", "d3", "never"):
        with pytest.raises(NotFound):
            seen.get(document)
        with pytest.raises(NotFound):
            seen.events(document)
        with pytest.raises(NotFound):
            form.complete(document, {"comment": "x"}, version=0, by="bob", now=NOW)
    assert world.store.get("d2").corrections == {}


def test_a_filter_shows_no_document_that_the_caller_may_not_see() -> None:
    world = World()
    world.gives("nord", "bob")

    def asked(wanted: set[str]) -> set[str]:
        seen = world.seen_by("bob")
        page = seen.page("to_process", limit=10, cursor=None, wanted=lambda invoice: invoice.document_id in wanted)
        return {invoice.document_id for invoice in page.invoices}

    assert asked({"d1", "d2", "d3"}) == {"d1"}
    assert asked({"d2"}) == set()


@pytest.mark.row("S40")
def test_a_label_taken_away_is_gone_at_once() -> None:
    world = World()
    world.gives("nord", "bob")
    world.gives("sud", "bob")
    world.tables.delete("users", user_key("bob", "Sud"))
    assert world.list_of("bob") == {"d1", "d4"}


@pytest.mark.row("S40")
def test_a_metadata_with_two_spellings_is_seen_by_either() -> None:
    visibility = Visibility("Secteur", frozenset({"nord"}))
    assert visibility.sees_labelled({"SECTEUR": "nord"})
    assert not visibility.sees_labelled({"region": "nord"})
    assert not visibility.sees_labelled({})


@pytest.mark.row("S34")
def test_the_next_one_to_complete_is_offered_from_what_they_may_see() -> None:
    world = World()
    world.gives("nord", "bob")
    following = world.seen_by("bob").next_to_complete("d4")
    assert following is not None
    assert following.document_id == "d1"
    world.gives("sud", "carol")
    assert world.seen_by("carol").next_to_complete("d2") is None


@pytest.mark.row("S40")
def test_the_other_document_with_a_number_is_named_only_to_those_who_may_see_it() -> None:
    store = FakeInvoices(FakeTable(), "s1")
    taken = Problem(field="invoice_number", code="number_taken", fr="", en="")
    form = Form(fields={"invoice_number": FormField(value="F-1", source="text")})
    store.add(an_invoice(State.READY, document_id="d1", form=form, metadata={"Secteur": "sud"}), by="alice")
    store._table.numbers["s1", "F-1"] = "d1"
    second = an_invoice(State.TO_COMPLETE, document_id="d2", form=form, problems=(taken,))
    assert VisibleInvoices(store, Visibility("")).with_the_number_of(second) == "d1"
    assert VisibleInvoices(store, Visibility("")).with_the_number_of(second.model_copy(update={"problems": ()})) is None
    north = Visibility("Secteur", frozenset({"nord"}))
    assert VisibleInvoices(store, north).with_the_number_of(second) is None


@pytest.mark.row("S34")
def test_the_next_one_is_the_one_that_came_first_as_in_the_list() -> None:
    store = FakeInvoices(FakeTable(), "s1")
    for minute, document in enumerate(("d3", "d1", "d2")):
        came = NOW + timedelta(minutes=minute)
        store.add(an_invoice(State.TO_COMPLETE, document_id=document, received_at=came), by="alice")
    seen = VisibleInvoices(store, Visibility(""))
    assert [following.document_id for each in ("d1", "d3") if (following := seen.next_to_complete(each))] == [
        "d3",
        "d1",
    ]


@pytest.mark.row("S34")
def test_a_document_that_waits_for_no_person_is_not_offered() -> None:
    table = FakeTable()
    store = FakeInvoices(table, "s1")
    store.add(an_invoice(State.READY, document_id="d1"), by="alice")
    store.add(an_invoice(State.REFUSED, document_id="d0"), by="alice")
    following = VisibleInvoices(store, Visibility("")).next_to_complete("d9")
    assert following is not None
    assert following.document_id == "d0"


@pytest.mark.row("S26", "S28")
def test_a_dry_run_says_what_changed_criteria_would_take_and_moves_nothing() -> None:
    store = FakeInvoices(FakeTable(), "s1")
    filed = {"a": ("Factures", None), "b": (None, "factures"), "c": (None, "archives"), "d": ("Devis", None)}
    for document, (rule, folder) in filed.items():
        state = State.SET_ASIDE if document == "c" else State.TO_COMPLETE
        store.add(an_invoice(state, document_id=document, classification_rule=rule, folder=folder), by="alice")
    store.add(an_invoice(State.UNUSABLE, document_id="e", folder="archives"), by="alice")
    criteria = (
        Criterion(criterion_id="1", classification_rule="factures"),
        Criterion(criterion_id="2", folder="Archives"),
    )
    seen: dict[str, tuple[bool, bool]] = {}
    cursor = None
    while True:
        page = preview_criteria(
            criteria, supplier=a_supplier(), invoices=VisibleInvoices(store, Visibility("")), limit=2, cursor=cursor
        )
        seen |= {each.invoice.document_id: (each.taken_now, each.taken) for each in page.documents}
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == {
        "a": (False, True),
        "b": (True, False),
        "c": (False, True),
        "d": (False, False),
        "e": (False, False),
    }
    assert store.get("c").state is State.SET_ASIDE


def _resolution(world: World) -> Resolution:
    directory = Directory(FakeRecipients(), FakePortal([a_recipient()]))
    return Resolution(a_supplier(), world.store, directory)


@pytest.mark.row("S40")
@pytest.mark.parametrize(("original", "named"), [("d1", None), ("d3", None), ("d2", "d2"), ("d-gone", None)])
def test_a_duplicate_names_the_other_document_to_who_may_see_that_one_too(original: str, named: str | None) -> None:
    world = World()
    world.gives("Sud", "bob")
    duplicate = an_invoice(State.DUPLICATE, document_id="d9", metadata={"secteur": "Sud"}, duplicate_of=original)
    world.store.add(duplicate, by="bob")
    seen = world.seen_by("bob")
    (listed,) = [each for each in seen.page(None, limit=9, cursor=None).invoices if each.document_id == "d9"]
    assert (seen.get("d9").duplicate_of, listed.duplicate_of) == (named, named)
    assert world.seen_by("alice").get("d9").duplicate_of == original
