"""The table's contract, run on the fake and on DynamoDB: what the use cases rely on holds on both."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from chorus_connector.adapters.table.counts import DynamoCounts
from chorus_connector.adapters.table.invoice_items import attributes_of, invoice_of, listed_invoice_of
from chorus_connector.adapters.table.invoices import MOST_LINES, DynamoInvoices
from chorus_connector.adapters.table.recipients import DynamoRecipients
from chorus_connector.adapters.table.suppliers import DynamoInstallation, DynamoSupplier
from chorus_connector.api.views.invoices import invoice_view
from chorus_connector.domain.errors import AlreadyExists, ContentTaken, Invalid, NotFound, NumberTaken, StaleWrite
from chorus_connector.domain.invoices.counting import KeptCounts
from chorus_connector.domain.invoices.fields import INVOICE_FIELDS
from chorus_connector.domain.invoices.form import Candidate, Form, FormField
from chorus_connector.domain.invoices.invoice import READ_AGAIN, Deposit, Invoice, ListedInvoice, StatusStep
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.reading.result import Reading
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.ports.values import ReceivedBetween, ValueChange, Work
from tests.aws import aws_client
from tests.builders import NOW, SUPPLIER_SIRET, a_reading, a_recipient, a_supplier, add_read, an_invoice
from tests.dynamodb_table import create_table
from tests.fakes import FakeInstallation, FakeInvoices, FakeRecipients, FakeSupplier, FakeTable

_RECORDS = (Path(__file__).parents[1] / "samples" / "records").glob("*.jsonl")
SAMPLES_OF_INVOICES = [
    record["data"]
    for path in sorted(_RECORDS)
    for record in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    if record["key"].startswith("INVOICE#")
]


@dataclass
class Stores:
    """One table seen by two suppliers and by the installation."""

    ours: Any
    theirs: Any
    supplier: Any
    installation: Any
    recipients: Any


def _fake() -> Stores:
    table = FakeTable()
    return Stores(
        FakeInvoices(table, "s1"),
        FakeInvoices(table, "s2"),
        FakeSupplier(table, "s1"),
        FakeInstallation(table),
        FakeRecipients(),
    )


def _dynamo() -> Stores:
    client = aws_client("dynamodb")
    create_table(client, "t")
    return Stores(
        DynamoInvoices(client, "t", "s1"),
        DynamoInvoices(client, "t", "s2"),
        DynamoSupplier(client, "t", "s1"),
        DynamoInstallation(client, "t"),
        DynamoRecipients(client, "t"),
    )


@pytest.fixture(params=["fake", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "fake":
        yield _fake()
    else:
        with mock_aws():
            yield _dynamo()


def test_what_was_written_is_read_back_whole(stores: Stores) -> None:
    invoice = add_read(stores.ours, a_reading(), metadata={"PJ": "oui"})
    assert stores.ours.get("d1") == invoice
    assert stores.ours.reading(invoice) == a_reading()


def test_a_reading_is_written_with_its_record_or_not_at_all(stores: Stores) -> None:
    """Two workers read a document at the same time, and only one of them writes the record."""
    invoice = an_invoice(State.READING)
    stores.ours.add(invoice, by="alice")
    assert stores.ours.reading(invoice) == Reading(), "it was not read"
    read = invoice.being_read(NOW, action="read", reading_version=1)
    stores.ours.save(read, by="x", action="read", reading=a_reading())
    with pytest.raises(StaleWrite):
        stores.ours.save(read, by="x", action="read", reading=a_reading(invoice_number="FA-OTHER"))
    assert stores.ours.reading(stores.ours.get("d1")) == a_reading()


def test_a_record_never_shows_the_reading_of_a_later_one(stores: Stores) -> None:
    first = add_read(stores.ours, a_reading())
    again = first.being_read(NOW, action="read", reading_version=1)
    stores.ours.save(again, by="x", action="read", reading=a_reading(invoice_number="FA-OTHER"))
    assert stores.ours.reading(again) == a_reading(invoice_number="FA-OTHER")
    with pytest.raises(StaleWrite):
        stores.ours.reading(first)


def test_a_record_of_an_older_release_contains_its_reading() -> None:
    old = json.loads(an_invoice(State.TO_COMPLETE).model_dump_json()) | {"reading": a_reading().model_dump(mode="json")}
    del old["reading_version"]
    with mock_aws():
        store = _dynamo().ours
        store.add(Invoice.model_validate(old), by="alice")
        changed = store.get("d1").to_complete(NOW)
        store.save(changed, by="alice", action="completed")
        assert changed.was_read
        assert store.reading(store.get("d1")) == a_reading()
        again = store.get("d1").being_read(NOW, action="read", reading_version=READ_AGAIN)
        store.save(again, by="operator", action="replayed")
        assert not store.get("d1").was_read
        second = again.being_read(NOW, action="read", reading_version=3)
        store.save(second, by="x", action="read", reading=a_reading(invoice_number="FA-SECOND"))
        third = second.being_read(NOW, action="read", reading_version=4)
        store.save(third, by="x", action="read", reading=a_reading(invoice_number="FA-THIRD"))
        with pytest.raises(StaleWrite):  # and not the reading that the record still contains
            store.reading(second)


def test_another_suppliers_document_is_not_found(stores: Stores) -> None:
    stores.ours.add(an_invoice(), by="alice")
    with pytest.raises(NotFound):
        stores.theirs.get("d1")
    assert stores.theirs.page(None, limit=10, cursor=None).invoices == ()
    assert list(stores.theirs.events("d1")) == []


def test_a_document_is_added_once(stores: Stores) -> None:
    stores.ours.add(an_invoice(), by="alice")
    with pytest.raises(AlreadyExists):
        stores.ours.add(an_invoice(file_name="other.pdf"), by="bob")
    assert stores.ours.get("d1").file_name == "facture.pdf"


def test_of_two_changes_from_the_same_version_the_second_is_stale(stores: Stores) -> None:
    invoice = an_invoice(State.TO_COMPLETE)
    stores.ours.add(invoice, by="alice")
    stores.ours.save(invoice.to_complete(NOW, corrections={"comment": "first"}), by="alice", action="completed")
    with pytest.raises(StaleWrite):
        stores.ours.save(invoice.to_complete(NOW, corrections={"comment": "second"}), by="bob", action="completed")
    assert stores.ours.get("d1").corrections == {"comment": "first"}


def test_a_stale_change_leaves_no_line_in_the_audit_trail(stores: Stores) -> None:
    invoice = an_invoice(State.TO_COMPLETE)
    stores.ours.add(invoice, by="alice")
    stores.ours.save(invoice.to_complete(NOW), by="alice", action="completed")
    with pytest.raises(StaleWrite):
        stores.ours.save(invoice.to_complete(NOW), by="bob", action="completed")
    assert [(event.by, event.action) for event in stores.ours.events("d1")] == [
        ("alice", "received"),
        ("alice", "completed"),
    ]


def test_a_line_of_the_audit_trail_keeps_the_values_that_a_person_changed(stores: Stores) -> None:
    invoice = an_invoice(State.TO_COMPLETE)
    stores.ours.add(invoice, by="alice")
    changes = (ValueChange("service_code", "TRANSPORTS", "DRI"), ValueChange("comment", "", 'é;"\n'))
    stores.ours.save(invoice.to_complete(NOW), by="alice", action="completed", changes=changes)
    assert [event.changes for event in stores.ours.events("d1")] == [(), changes]


def test_an_invoice_number_belongs_to_one_document_of_a_supplier(stores: Stores) -> None:
    for store in (stores.ours, stores.theirs):
        for name in ("d1", "d2"):
            store.add(an_invoice(State.READY, document_id=name, supplier_id="s1"), by="alice")
    begun = stores.ours.get("d1").move(State.SUBMITTING, NOW, action="submit")
    stores.ours.save_claiming_number(begun, "FA-1", by="x", action="attempt_started")
    second = stores.ours.get("d2").move(State.SUBMITTING, NOW, action="submit")
    with pytest.raises(NumberTaken) as taken:
        stores.ours.save_claiming_number(second, "FA-1", by="x", action="attempt_started")
    assert taken.value.holder == "d1"
    assert stores.ours.get("d2").state is State.READY
    # the same number of another supplier is another number
    theirs = stores.theirs.get("d2").move(State.SUBMITTING, NOW, action="submit")
    stores.theirs.save_claiming_number(theirs, "FA-1", by="x", action="attempt_started")
    assert stores.theirs.number_holder("FA-1") == "d2"


def test_a_document_may_claim_its_own_number_again(stores: Stores) -> None:
    stores.ours.add(an_invoice(State.READY), by="alice")
    begun = stores.ours.get("d1").move(State.SUBMITTING, NOW, action="submit")
    stores.ours.save_claiming_number(begun, "FA-1", by="x", action="attempt_started")
    again = begun.ready(NOW, automatic=True)
    stores.ours.save(again, by="x", action="abandoned")
    stores.ours.save_claiming_number(again.move(State.SUBMITTING, NOW, action="submit"), "FA-1", by="x", action="a")
    assert stores.ours.number_holder("FA-1") == "d1"


def test_a_stale_attempt_claims_no_number(stores: Stores) -> None:
    invoice = an_invoice(State.READY)
    stores.ours.add(invoice, by="alice")
    stores.ours.save(invoice.ready(NOW, automatic=True), by="alice", action="resolved")
    with pytest.raises(StaleWrite):
        stores.ours.save_claiming_number(
            invoice.move(State.SUBMITTING, NOW, action="submit"), "FA-1", by="x", action="attempt_started"
        )
    assert stores.ours.number_holder("FA-1") is None


def test_only_its_holder_gives_a_number_back(stores: Stores) -> None:
    stores.ours.add(an_invoice(State.READY), by="alice")
    begun = stores.ours.get("d1").move(State.SUBMITTING, NOW, action="submit")
    stores.ours.save_claiming_number(begun, "FA-1", by="x", action="attempt_started")
    stores.ours.release_number("FA-1", "d2")
    assert stores.ours.number_holder("FA-1") == "d1"
    stores.ours.release_number("FA-1", "d1")
    assert stores.ours.number_holder("FA-1") is None


def test_the_first_document_holds_a_file(stores: Stores) -> None:
    def examined(store: Any, document_id: str) -> Invoice:
        examined: Invoice = store.get(document_id).move(State.RECEIVED, NOW, action="test")
        store.save_claiming_content(examined, "abc", by="x", action="examined")
        return examined

    assert stores.ours.content_holder("abc") is None
    for store in (stores.ours, stores.theirs):
        for name in ("d1", "d2"):
            store.add(an_invoice(document_id=name), by="alice")
    first = examined(stores.ours, "d1")
    with pytest.raises(ContentTaken) as taken:
        examined(stores.ours, "d2")
    assert (taken.value.holder, stores.ours.get("d2").version) == ("d1", 0), "nothing was written"
    assert len(stores.ours.events("d2")) == 1
    assert examined(stores.ours, "d1").version == 2
    with pytest.raises(StaleWrite):
        stores.ours.save_claiming_content(first, "abc", by="x", action="examined")
    examined(stores.theirs, "d1")
    assert (stores.ours.content_holder("abc"), stores.theirs.content_holder("abc")) == ("d1", "d1")


def test_of_a_content_that_is_claimed_and_a_document_that_changed_neither_is_written(stores: Stores) -> None:
    stores.ours.add(an_invoice(), by="alice")
    stale = an_invoice(version=7)
    with pytest.raises(StaleWrite):
        stores.ours.save_claiming_content(stale, "abc", by="x", action="examined")
    assert stores.ours.content_holder("abc") is None


def test_a_list_holds_its_view_only_newest_first_page_by_page(stores: Stores) -> None:
    for index in range(7):
        state = State.TO_COMPLETE if index % 2 == 0 else State.SUBMITTED
        received = NOW + timedelta(minutes=index)
        stores.ours.add(an_invoice(state, document_id=f"d{index}", received_at=received), by="alice")
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = stores.ours.page("to_process", limit=3, cursor=cursor)
        assert len(page.invoices) <= 3
        seen += [invoice.document_id for invoice in page.invoices]
        if page.cursor is None:
            break
        cursor = page.cursor
    assert seen == ["d6", "d4", "d2", "d0"]
    assert len(stores.ours.page(None, limit=100, cursor=None).invoices) == 7


def every(store: Any, listed_in: Any = None, *, limit: int = 3, **asked: Any) -> list[str]:
    """The ids of the documents, page by page."""
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = store.page(listed_in, limit=limit, cursor=cursor, **asked)
        assert len(page.invoices) <= limit
        seen += [invoice.document_id for invoice in page.invoices]
        cursor = page.cursor
        if cursor is None:
            return seen


_STATES = (State.TO_COMPLETE, State.SUBMITTED, State.SET_ASIDE, State.READY, State.DUPLICATE)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_every_document_is_listed_newest_first_whatever_list_it_is_in(stores: Stores, limit: int) -> None:
    for index in range(12):
        received = NOW + timedelta(minutes=index // 2)  # two arrive at the same moment
        state = _STATES[index * 7 % len(_STATES)]
        stores.ours.add(an_invoice(state, document_id=f"d{index:02}", received_at=received), by="alice")
    newest_first = [f"d{index:02}" for index in reversed(range(12))]
    assert every(stores.ours, limit=limit) == newest_first
    even = [each for each in newest_first if int(each[1:]) % 2 == 0]
    assert every(stores.ours, limit=limit, sees=lambda each: int(each.document_id[1:]) % 2 == 0) == even
    assert every(stores.ours, limit=limit, sees=lambda _: False) == []


def test_a_document_that_changes_its_list_between_two_pages_is_shown_once(stores: Stores) -> None:
    for index in range(6):
        state = State.TO_COMPLETE if index % 2 else State.SET_ASIDE
        received = NOW + timedelta(minutes=index)
        stores.ours.add(an_invoice(state, document_id=f"d{index}", received_at=received), by="alice")
    first = stores.ours.page(None, limit=3, cursor=None)
    moved = stores.ours.get("d3").move(State.SET_ASIDE, NOW, action="x")
    stores.ours.save(moved, by="alice", action="set_aside")
    second = stores.ours.page(None, limit=3, cursor=first.cursor)
    assert [each.document_id for page in (first, second) for each in page.invoices] == [
        "d5",
        "d4",
        "d3",
        "d2",
        "d1",
        "d0",
    ]


def test_only_the_days_that_are_asked_for_are_listed(stores: Stores) -> None:
    for index in range(6):
        state = State.TO_COMPLETE if index % 2 else State.SUBMITTED
        received = NOW + timedelta(hours=index)
        stores.ours.add(an_invoice(state, document_id=f"d{index}", received_at=received), by="alice")
    asked = ReceivedBetween(NOW + timedelta(hours=1), NOW + timedelta(hours=4))
    assert every(stores.ours, received=asked) == ["d3", "d2", "d1"]
    assert every(stores.ours, "to_process", received=asked, limit=1) == ["d3", "d1"]
    assert every(stores.ours, received=ReceivedBetween(None, NOW + timedelta(hours=2))) == ["d1", "d0"]
    assert every(stores.ours, received=ReceivedBetween(NOW + timedelta(hours=9), None)) == []
    nothing = stores.ours.page(None, limit=3, cursor=None, received=asked, sees=lambda _: False)
    assert nothing.looked_at == 3


def test_a_cursor_of_one_list_is_none_of_another() -> None:
    with mock_aws():
        store = _dynamo().ours
        for name in "ab":
            store.add(an_invoice(State.SET_ASIDE, document_id=name), by="alice")
        cursor = store.page(None, limit=1, cursor=None).cursor
        with pytest.raises(Invalid):
            store.page("aside", limit=1, cursor=cursor)


def test_a_cursor_of_our_own_making_is_refused(stores: Stores) -> None:
    for cursor in ("nonsense!", "eyJQSyI6IHsiUyI6ICJTVVBQTElFUiNzMiJ9fQ"):
        with pytest.raises(Invalid):
            stores.ours.page("to_process", limit=3, cursor=cursor)


def test_only_what_is_due_is_found_longest_due_first(stores: Stores) -> None:
    for name, minutes in (("late", -20), ("later", -5), ("tomorrow", 1440)):
        due = NOW + timedelta(minutes=minutes)
        stores.ours.add(an_invoice(State.READY, document_id=name, due_at=due), by="alice")
    stores.ours.add(an_invoice(State.READY, document_id="waits"), by="alice")
    assert stores.installation.due(NOW, limit=10) == [Work("s1", "late"), Work("s1", "later")]
    assert stores.installation.due(NOW, limit=1) == [Work("s1", "late")]


def test_a_submitted_document_is_due_no_more(stores: Stores) -> None:
    invoice = an_invoice(State.SUBMITTING, due_at=NOW)
    stores.ours.add(invoice, by="alice")
    stores.ours.save(invoice.move(State.SUBMITTED, NOW, action="submit"), by="x", action="submitted")
    assert stores.installation.due(NOW + timedelta(days=1), limit=10) == []


def test_a_siret_is_one_supplier(stores: Stores) -> None:
    stores.installation.create_supplier(a_supplier(), administrator="alice")
    with pytest.raises(AlreadyExists):
        stores.installation.create_supplier(a_supplier(supplier_id="s9"), administrator="bob")
    assert stores.installation.suppliers_of("bob") == {}
    assert stores.supplier.get().siret == SUPPLIER_SIRET


def test_a_principal_has_a_role_only_where_it_was_given(stores: Stores) -> None:
    stores.installation.create_supplier(a_supplier(), administrator="alice")
    assert stores.installation.rights("s1", "alice") == {"administer", "use"}
    assert stores.installation.rights("s1", "bob") == frozenset()
    assert stores.installation.rights("s2", "alice") == frozenset()
    assert stores.installation.suppliers_of("alice") == {"s1": {"administer", "use"}}


def test_of_two_changes_to_a_supplier_the_second_is_stale(stores: Stores) -> None:
    supplier = a_supplier()
    stores.installation.create_supplier(supplier, administrator="alice")
    stores.supplier.save(supplier.model_copy(update={"name": "First", "version": 1}))
    with pytest.raises(StaleWrite):
        stores.supplier.save(supplier.model_copy(update={"name": "Second", "version": 1}))
    assert stores.supplier.get().name == "First"


def test_a_recipient_is_remembered_with_its_age(stores: Stores) -> None:
    assert stores.recipients.get("1") is None
    recipient = a_recipient(fetched_at=NOW - timedelta(hours=3))
    stores.recipients.put(recipient)
    assert stores.recipients.get(recipient.siret) == recipient


def test_a_long_trail_is_moved_out_of_the_record_and_shown_whole(stores: Stores) -> None:
    invoice = an_invoice(State.TO_COMPLETE)
    stores.ours.add(invoice, by="alice")
    told = ["received"]
    for number in range(2 * MOST_LINES + 3):
        invoice = invoice.to_complete(NOW + timedelta(minutes=number))
        stores.ours.save(invoice, by="alice", action=f"completed {number}")
        told.append(f"completed {number}")
    stores.ours.note(invoice, at=NOW + timedelta(hours=9), by="upload_intake", action="later_file_dropped", detail="")
    assert [event.action for event in stores.ours.events("d1")] == [*told, "later_file_dropped"]
    assert stores.ours.get("d1") == invoice


@pytest.mark.parametrize("saves", [2, MOST_LINES - 2, MOST_LINES - 1, MOST_LINES + 3])
def test_the_trail_has_the_order_of_the_writes_also_when_a_clock_is_behind(stores: Stores, saves: int) -> None:
    """A worker takes the time when it begins: one that another overtakes writes later with an earlier time."""
    invoice = an_invoice(State.TO_COMPLETE)
    stores.ours.add(invoice, by="alice")
    told = ["received"]
    for number in range(saves):
        invoice = invoice.to_complete(NOW - timedelta(seconds=number))
        stores.ours.save(invoice, by="alice", action=f"completed {number}")
        told.append(f"completed {number}")
    stores.ours.note(invoice, at=NOW - timedelta(hours=1), by="x", action="noted", detail="")
    stores.ours.save(invoice.to_complete(NOW - timedelta(hours=2)), by="alice", action="last")
    assert [event.action for event in stores.ours.events("d1")] == [*told, "noted", "last"]


def test_lines_of_an_older_release_which_have_items_of_their_own_come_where_they_were_written() -> None:
    with mock_aws():
        client = aws_client("dynamodb")
        create_table(client, "t")
        store = DynamoInvoices(client, "t", "s1")
        invoice = an_invoice(State.TO_COMPLETE, version=2)
        store.add(invoice, by="alice")
        for name, action in ("00000000", "received"), ("00000001", "examined"), ("00000001#later#", "later"):
            line = {"at": NOW.isoformat(), "by": "alice", "action": action, "state": "RECEIVED", "detail": ""}
            key = {"PK": {"S": "SUPPLIER#s1"}, "SK": {"S": f"EVENT#d1#{name}"}}
            client.put_item(TableName="t", Item={**key, "data": {"S": json.dumps(line)}})
        client.update_item(
            TableName="t",
            Key={"PK": {"S": "SUPPLIER#s1"}, "SK": {"S": "INVOICE#d1"}},
            UpdateExpression="REMOVE trail",  # a record that an older release wrote
        )
        store.save(invoice.to_complete(NOW - timedelta(hours=1)), by="alice", action="completed")
        assert [event.action for event in store.events("d1")] == ["received", "examined", "later", "completed"]


def test_a_note_is_one_line_however_often_the_record_changes_meanwhile(stores: Stores) -> None:
    invoice = an_invoice(State.TO_COMPLETE)
    stores.ours.add(invoice, by="alice")
    for number in range(3):
        at = NOW + timedelta(minutes=number)
        stores.ours.note(invoice, at=at, by="upload_intake", action="later_file_dropped", detail="")
        invoice = invoice.to_complete(at)
        stores.ours.save(invoice, by="alice", action="completed")
    stores.ours.note(invoice, at=NOW, by="upload_intake", action="later_file_dropped", detail="other")
    stores.theirs.note(invoice, at=NOW, by="upload_intake", action="later_file_dropped", detail="")
    assert [(event.action, event.detail) for event in stores.ours.events("d1")] == [
        ("received", ""),
        ("later_file_dropped", ""),
        *[("completed", "")] * 3,
        ("later_file_dropped", "other"),
    ]


class _Dies(Exception):
    pass


def test_a_worker_that_dies_before_it_moves_the_trail_leaves_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> None:
        raise _Dies

    with mock_aws():
        store = _dynamo().ours
        invoice = an_invoice(State.TO_COMPLETE)
        store.add(invoice, by="alice")
        for number in range(MOST_LINES + 2):
            if number == MOST_LINES - 2:
                monkeypatch.setattr(store, "_write", dies)
            invoice = invoice.to_complete(NOW + timedelta(minutes=number))
            with suppress(_Dies):
                store.save(invoice, by="alice", action=f"completed {number}")
        assert len(store.events("d1")) == MOST_LINES + 3
        monkeypatch.undo()
        store.save(invoice.to_complete(NOW + timedelta(hours=2)), by="alice", action="completed")
        assert len(store.events("d1")) == MOST_LINES + 4


def test_a_list_needs_the_index_only(stores: Stores) -> None:
    """What lists show, filter and count comes with each row; evidence and history do not."""
    deposit = Deposit(chorus_id=7, invoice_number="FA-1", status="DEPOSEE", history=(StatusStep(status="DEPOSEE"),))
    values = dict.fromkeys(INVOICE_FIELDS, "12.00")
    form = Form(
        fields={
            name: FormField(value=text, source="text", beaten=(Candidate(value="9.00", source="ocr"),))
            for name, text in values.items()
        }
    )
    whole = an_invoice(
        State.SUBMITTED, deposit=deposit, form=form, metadata={"Service": "Voirie"}, sha256="a", corrections=values
    )
    stores.ours.add(whole, by="alice")
    (row,) = stores.ours.page("tracking", limit=10, cursor=None).invoices
    assert type(row) is ListedInvoice
    assert row.deposit == deposit.model_copy(update={"history": ()})
    assert (row.metadata, row.listed_in) == (whole.metadata, whole.listed_in)
    assert invoice_view(row) == invoice_view(whole)
    assert row.form.fields.keys() == {name for name, field in INVOICE_FIELDS.items() if field.in_lists}
    assert "iban" not in row.form.fields
    assert stores.ours.get("d1") == whole
    assert list(stores.ours.all()) == [whole]


def test_the_parts_of_an_item_keep_what_a_later_release_added() -> None:
    stored = json.loads(
        an_invoice(
            State.SUBMITTED, deposit=Deposit(chorus_id=7, invoice_number="F", status="DEPOSEE")
        ).model_dump_json()
    )
    later = {"later": {"kept": ["as", "it", "is"]}}
    stored["form"] = {"fields": {"iban": {"value": "x", "source": "text", **later}}, **later}
    stored["deposit"] |= later
    invoice = Invoice.model_validate(stored | later)
    assert invoice_of(attributes_of(invoice)).model_dump(mode="json") == invoice.model_dump(mode="json")
    empty = Invoice.model_validate(stored | {"later": {}})
    assert invoice_of(attributes_of(empty)) == empty


def test_a_column_that_only_a_later_release_knows_stays_in_lists_when_this_one_saves() -> None:
    """During a deployment, and after a rollback, this release saves what the later one wrote."""
    stored = json.loads(an_invoice(State.TO_COMPLETE).model_dump_json()) | {"later_column": "shown"}
    item = attributes_of(invoice_of({"data": {"S": json.dumps(stored)}}))
    assert listed_invoice_of(item).model_extra == {"later_column": "shown"}


@pytest.mark.parametrize("text", SAMPLES_OF_INVOICES)
def test_an_item_of_an_older_release_is_one_record(text: str) -> None:
    invoice = invoice_of({"data": {"S": text}})
    assert invoice == Invoice.model_validate_json(text)
    assert invoice_of(attributes_of(invoice)) == invoice
    assert listed_invoice_of({"data": {"S": text}}).form.value("total_ttc") == invoice.form.value("total_ttc")


@pytest.mark.parametrize("call", ["put_item", "update_item"])
def test_a_write_that_the_sdk_repeated_because_its_answer_was_lost_is_no_lost_race(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mock_aws():
        store = _dynamo().ours
        real = getattr(store._client, call)

        def repeated(**request: Any) -> Any:
            real(**request)
            return real(**request)

        monkeypatch.setattr(store._client, call, repeated)
        invoice = an_invoice(State.TO_COMPLETE)
        store.add(invoice, by="alice")
        changed = invoice.to_complete(NOW, corrections={"comment": "mine"})
        store.save(changed, by="alice", action="completed")
        assert store.get("d1") == changed
        assert [event.action for event in store.events("d1")] == ["received", "completed"]
        with pytest.raises(StaleWrite):
            store.save(changed, by="bob", action="completed")
        with pytest.raises(AlreadyExists):
            store.add(invoice, by="bob")


def test_a_deleted_document_leaves_its_line_in_the_suppliers_trail_and_nothing_else(stores: Stores) -> None:
    invoice = add_read(stores.ours, a_reading(), State.TO_COMPLETE, sha256="abc")
    for number in range(MOST_LINES + 2):
        invoice = invoice.to_complete(NOW)
        stores.ours.save(invoice, by="alice", action=f"completed {number}")
    invoice = invoice.to_complete(NOW)
    stores.ours.save_claiming_content(invoice, "abc", by="x", action="examined")
    stores.ours.note(invoice, at=NOW, by="x", action="noted", detail="")
    change = Change(change_id="c", at=NOW, by="alice", item="documents/d1", action="deleted")
    with pytest.raises(StaleWrite):
        stores.ours.delete(invoice.model_copy(update={"version": 3}), change=change)
    assert stores.ours.get("d1") == invoice
    stores.ours.delete(invoice, change=change)
    with pytest.raises(NotFound):
        stores.ours.get("d1")
    assert list(stores.ours.events("d1")) == []
    assert stores.ours.content_holder("abc") is None
    assert stores.ours.page(None, limit=9, cursor=None).invoices == ()
    with pytest.raises((StaleWrite, NotFound)):
        stores.ours.delete(invoice, change=change)
    late = invoice.to_complete(NOW)
    with pytest.raises((StaleWrite, NotFound)):
        stores.ours.save(late, by="x", action="completed")
    stores.ours.add(an_invoice(), by="alice")
    assert stores.ours.reading(stores.ours.get("d1")) == Reading(), "nothing of it is left"


def test_the_oldest_documents_of_a_list_come_first(stores: Stores) -> None:
    for index in range(5):
        state = State.TO_COMPLETE if index % 2 else State.SET_ASIDE
        received = NOW + timedelta(minutes=index)
        stores.ours.add(an_invoice(state, document_id=f"d{index}", received_at=received), by="alice")
    assert [each.document_id for each in stores.ours.oldest("aside", limit=2)] == ["d0", "d2"]
    assert [each.document_id for each in stores.ours.every_listed()] == [f"d{index}" for index in range(5)]


def test_counts_are_written_on_condition_of_their_version_and_of_their_supplier() -> None:
    with mock_aws():
        stores = _dynamo()
        client = stores.ours._client
        counts = DynamoCounts(client, "t", "s1")
        with pytest.raises(StaleWrite):
            counts.save(KeptCounts())
        assert counts.get() is None, "a supplier that is gone has none"
        stores.installation.create_supplier(a_supplier(), administrator="alice")
        first = counts.save(KeptCounts(counts={"READY": 1}))
        assert counts.get() == first
        with pytest.raises(StaleWrite):
            counts.save(KeptCounts())
        assert counts.save(first).version == 2
        with pytest.raises(StaleWrite):
            counts.save(first)
