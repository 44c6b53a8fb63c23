"""Records of older releases are read by this one, and rewritten only on request."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.administration import DynamoAccess
from chorus_connector.adapters.table.announcements import DynamoAnnouncements
from chorus_connector.adapters.table.inbox import DynamoInbox
from chorus_connector.adapters.table.invoices import DynamoInvoices
from chorus_connector.adapters.table.outbox import DynamoOutbox
from chorus_connector.adapters.table.structures import DynamoStructures
from chorus_connector.adapters.table.suppliers import DynamoInstallation, DynamoSupplier
from chorus_connector.adapters.table.tables import DynamoAttachments, DynamoTables
from chorus_connector.domain.invoices.attachments import Attachment, link_key
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.messages.announcement import announcement_of
from chorus_connector.domain.suppliers.supplier import Supplier
from chorus_connector.domain.suppliers.tables import new_row
from tests.builders import NOW, SUPPLIER_SIRET, TOWN_SIRET, a_reading, a_supplier, add_read, an_invoice
from tests.dynamodb_table import empty_table
from tests.messages.builders import ACME, a_delivery, a_message, a_received
from tools.operations import migrate
from tools.operations.migrate import MODELS, Migrate, Migrated, MoveAnnouncements, MoveDueWork, MoveNames, MoveRights

SAMPLES = sorted((Path(__file__).parents[2] / "samples" / "records").glob("*.jsonl"))
"""Records as releases wrote them, by the day of the release. They are never changed: older installations hold such."""


def samples(kind: str) -> list[str]:
    lines = [json.loads(line) for path in SAMPLES for line in path.read_text(encoding="utf-8").splitlines()]
    return [each["data"] for each in lines if each["key"].partition("#")[0] == kind]


@pytest.mark.parametrize("kind", [kind for kind in MODELS if samples(kind)])
def test_every_record_an_older_release_wrote_is_read(kind: str) -> None:
    for text in samples(kind):
        MODELS[kind].model_validate_json(text)


def test_a_submitted_invoice_of_an_older_release_says_what_it_said() -> None:
    (text,) = samples("INVOICE")
    invoice = Invoice.model_validate_json(text)
    assert (invoice.state, invoice.form.value("total_ttc")) == (State.SUBMITTED, "600.00")
    assert invoice.deposit is not None


def test_a_supplier_that_was_on_its_way_out_under_an_older_release_keeps_its_export() -> None:
    texts = {
        Supplier.model_validate_json(text).status: Supplier.model_validate_json(text) for text in samples("SUPPLIER")
    }
    removal = texts["deleting"].removal
    assert removal is not None
    assert removal.stage == "records"  # its export was whole: it must not be written again from what is left
    assert removal.export is not None
    assert removal.export.key == "suppliers/s1/exports/s1-20261122.zip"
    assert texts["active"].removal is None


@pytest.fixture
def table() -> Iterator[Any]:
    """A table with a supplier an older release wrote, and an invoice of today."""
    with empty_table() as client:
        DynamoInstallation(client, "t").create_supplier(a_supplier(), administrator="alice")
        invoices = DynamoInvoices(client, "t", "s1")
        add_read(invoices, a_reading())
        older = json.loads(a_supplier().model_dump_json()) | {"export_key": None}
        write(client, "SUPPLIER", json.dumps(older))
        yield client


def write(client: Any, sort: str, text: str) -> None:
    client.update_item(
        TableName="t",
        Key={"PK": {"S": "SUPPLIER#s1"}, "SK": {"S": sort}},
        UpdateExpression="SET #data = :data",
        ExpressionAttributeNames={"#data": "data"},
        ExpressionAttributeValues={":data": {"S": text}},
    )


def migrated(client: Any, *, do: bool) -> Migrated:
    done = Migrated()
    Migrate(client, "t").run("s1", SUPPLIER_SIRET, do=do, done=done)
    return done


def test_counting_writes_nothing_and_doing_it_twice_is_doing_it_once(table: Any) -> None:
    before = table.scan(TableName="t")["Items"]
    assert migrated(table, do=False).older == {"SUPPLIER": 1}
    assert table.scan(TableName="t")["Items"] == before
    assert migrated(table, do=True).older == {"SUPPLIER": 1}
    assert migrated(table, do=True).older == {}
    assert DynamoSupplier(table, "t", "s1").get() == a_supplier()


def test_what_is_of_today_is_left_alone(table: Any) -> None:
    done = migrated(table, do=False)
    assert done.looked_at == {"SUPPLIER": 1, "INVOICE": 1, "READING": 1, "MEMBER": 1}
    assert "INVOICE" not in done.older


def test_an_invoice_of_today_is_read_from_both_its_parts(table: Any) -> None:
    account = FormField(value="7", source="person")
    form = Form(fields={"total_ttc": FormField(value="600.00", source="text", confidence=0.9), "bank_account": account})
    DynamoInvoices(table, "t", "s1").add(an_invoice(State.TO_COMPLETE, document_id="d2", form=form), by="alice")
    done = migrated(table, do=True)
    assert (done.looked_at["INVOICE"], done.older["INVOICE"], done.unreadable) == (2, 0, [])


def test_an_older_record_of_an_invoice_is_written_in_both_its_parts(
    table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoices = DynamoInvoices(table, "t", "s1")
    invoice = an_invoice(State.TO_COMPLETE, document_id="d2", sha256="0" * 64)
    invoices.add(invoice, by="alice")
    monkeypatch.setattr(migrate, "_says_all", lambda *_: False)
    assert migrated(table, do=True).older["INVOICE"] == 2
    assert invoices.get("d2") == invoice


def test_a_record_that_nothing_can_read_is_named_and_kept(table: Any) -> None:
    write(table, "INVOICE#d1", '{"state": "GONE"}')
    assert migrated(table, do=True).unreadable == ["SUPPLIER#s1 INVOICE#d1"]
    item = table.get_item(TableName="t", Key={"PK": {"S": "SUPPLIER#s1"}, "SK": {"S": "INVOICE#d1"}})["Item"]
    assert item["data"]["S"] == '{"state": "GONE"}'


RIGHTS = json.loads((SAMPLES[0].parent.parent / "rights_2026-11-29.json").read_text(encoding="utf-8"))
"""Whole items of rights and received messages, as the release before the access lists wrote them."""
TOWN = "21440109300015"
NEWER = {
    "PK": {"S": f"SPACE#{TOWN}"},
    "SK": {"S": "MEMBER#mayor"},
    "principal": {"S": "mayor"},
    "roles": {"SS": ["use"]},
}


@pytest.fixture
def older() -> Iterator[Any]:
    with empty_table() as client:
        for item in RIGHTS:
            client.put_item(TableName="t", Item=item)
        yield client


def test_rights_of_an_older_release_count_once_they_are_moved(older: Any) -> None:
    before = older.scan(TableName="t")["Items"]
    counted = Migrated()
    MoveRights(older, "t").run(do=False, done=counted)
    assert counted.older == {"ACCESS": 1, "MEMBER": 4, "SUBSCRIBER": 1, "INBOX": 1, "PRINCIPAL": 5}
    assert older.scan(TableName="t")["Items"] == before

    MoveRights(older, "t").run(do=True, done=Migrated())
    installation, structures = DynamoInstallation(older, "t"), DynamoStructures(older, "t")
    assert installation.rights("s1", "alice", "group:compta") == {"administer", "use"}
    assert installation.suppliers_of("alice") == {"s1": {"administer", "use"}}
    assert DynamoAccess(older, "t", "s1").get().version == 1
    assert structures.memberships(["mayor", "clerk"]) == {TOWN: {"administer", "use"}}
    assert structures.subscriptions(TOWN, ["mayor"]) == structures.subscriptions_of(["mayor"])
    assert structures.subscribers(TOWN) == structures.subscriptions_of(["mayor"])
    received = list(DynamoInbox(older, "t", TOWN).received(newest_first=True, start=None, until=NOW))
    assert [each.title for each in received] == ["Fermeture"]
    partitions = {each["PK"]["S"].split("#")[0] for each in older.scan(TableName="t")["Items"]}
    assert partitions == {"ACCESS", "SPACE", "INBOX", "STRUCTURE"}

    again = Migrated()
    MoveRights(older, "t").run(do=True, done=again)
    assert not +again.older


def test_received_messages_of_an_older_release_no_longer_depend_on_their_sender(table: Any) -> None:
    sent = a_message(state="sent", sent_at=NOW)
    outbox = DynamoOutbox(table, "t", ACME)
    outbox.add(sent)
    outbox.add(a_message(reference="MSG_000000002"))
    outbox.claim(sent.reference, [a_delivery()], source="one")
    row = keys.primary_key(keys.inbox(TOWN), keys.received_message(sent.reference, ""))
    table.put_item(TableName="t", Item={**row, "data": {"S": a_received(siret=TOWN).model_dump_json()}})
    counted = Migrated()
    MoveAnnouncements(table, "t").run(do=False, done=counted)
    assert counted.older == {"ANNOUNCEMENT": 1, "INBOX": 1}
    assert "Item" not in table.get_item(TableName="t", Key=keys.announcement(sent.reference))

    MoveAnnouncements(table, "t").run(do=True, done=Migrated())
    assert DynamoAnnouncements(table, "t").kept([sent.reference]) == {sent.reference: announcement_of(sent)}
    until = {
        table.get_item(TableName="t", Key=each)["Item"]["expires_at"]["N"]
        for each in (row, keys.announcement(sent.reference))
    }
    assert until == {str(int(announcement_of(sent).kept_until.timestamp()))}
    again = Migrated()
    MoveAnnouncements(table, "t").run(do=True, done=again)
    assert not +again.older


def test_a_right_that_was_changed_since_the_update_is_not_overwritten(older: Any) -> None:
    older.put_item(TableName="t", Item=NEWER)
    MoveRights(older, "t").run(do=True, done=Migrated())
    assert DynamoStructures(older, "t").memberships(["mayor"]) == {TOWN: {"use"}}


def test_due_work_that_an_older_release_entered_under_a_shard_is_handed_out_again(table: Any) -> None:
    DynamoInvoices(table, "t", "s1").add(an_invoice(State.READY, document_id="d2", due_at=NOW), by="alice")
    key = {"PK": {"S": "SUPPLIER#s1"}, "SK": {"S": "INVOICE#d2"}}
    table.update_item(
        TableName="t",
        Key=key,
        UpdateExpression="SET ready_shard = :shard REMOVE ready_kind",
        ExpressionAttributeValues={":shard": {"S": "READY#2"}},
    )
    installation = DynamoInstallation(table, "t")
    counted = Migrated()
    MoveDueWork(table, "t").run(do=False, done=counted)
    assert counted.older == {"due": 1}
    assert installation.due(NOW, limit=9) == []

    MoveDueWork(table, "t").run(do=True, done=Migrated())
    assert [work.document_id for work in installation.due(NOW, limit=9)] == ["d2"]
    assert "ready_shard" not in table.get_item(TableName="t", Key=key)["Item"]
    again = Migrated()
    MoveDueWork(table, "t").run(do=True, done=again)
    assert not again.older


def test_due_work_that_this_release_has_moved_on_keeps_its_own_entry(table: Any) -> None:
    """An update leaves the attribute of the older release where it is."""
    invoices, installation = DynamoInvoices(table, "t", "s1"), DynamoInstallation(table, "t")
    ready = an_invoice(State.READY, document_id="d2", due_at=NOW)
    invoices.add(ready, by="alice")
    table.update_item(
        TableName="t",
        Key={"PK": {"S": "SUPPLIER#s1"}, "SK": {"S": "INVOICE#d2"}},
        UpdateExpression="SET ready_shard = :shard REMOVE ready_kind",
        ExpressionAttributeValues={":shard": {"S": "READY#2"}},
    )
    sending = ready.move(State.SUBMITTING, NOW, action="submit")
    invoices.save(sending, by="x", action="sending")
    invoices.save(sending.move(State.SUBMITTED, NOW, action="submit", due_at=NOW), by="x", action="submitted")
    MoveDueWork(table, "t").run(do=True, done=Migrated())
    assert installation.due(NOW, limit=9) == []
    assert [work.document_id for work in installation.tracking_due(NOW, limit=9)] == ["d2"]


def test_what_is_kept_under_a_typed_name_moves_to_where_it_is_looked_for(table: Any) -> None:
    """An older release looked a row up with its apostrophe and its hyphen, and an attachment too."""
    tables, attachments = DynamoTables(table, "t", "s1"), DynamoAttachments(table, "t", "s1")
    row = new_row("recipients", label="Mairie d'Annecy", value=TOWN_SIRET, by="alice", now=NOW)
    kept = Attachment(
        attachment_id="a1", file_name="bon.pdf", metadata={"N°-BC": "1-2"}, size=1, uploaded_at=NOW, uploaded_by="alice"
    )
    attachments.add(kept)
    (today,) = (item for item in everything(table) if item["SK"]["S"].startswith("ATTACHED_BY#"))
    table.delete_item(TableName="t", Key={"PK": today["PK"], "SK": today["SK"]})
    old_link = {"SK": {"S": keys.attachment_link("n°-bc", "1-2", "a1")}}
    table.put_item(TableName="t", Item={**today, **old_link})
    old_row = {"PK": today["PK"], "SK": {"S": "TABLE#recipients#mairie d'annecy"}}
    table.put_item(TableName="t", Item={**old_row, "data": {"S": row.model_dump_json()}})
    assert tables.row("recipients", row.key) is None

    counted = Migrated()
    MoveNames(table, "t").run("s1", do=False, done=counted)
    assert counted.older == {"TABLE": 1, "ATTACHED_BY": 2}
    assert tables.row("recipients", row.key) is None
    MoveNames(table, "t").run("s1", do=True, done=Migrated())
    assert tables.row("recipients", row.key) == row
    assert [*attachments.found_by(link_key("N° BC", "1 2"))] == [kept]
    again = Migrated()
    MoveNames(table, "t").run("s1", do=True, done=again)
    assert not again.older


def everything(client: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.scan(TableName="t")["Items"]
    return items
