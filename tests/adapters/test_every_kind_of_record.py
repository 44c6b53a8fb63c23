"""An export reads every kind of record that the product stores for a supplier, and a removal deletes it.

A received message was once a record that neither could read: the supplier could not be deleted any more.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.administration import DynamoAccess, DynamoAuditTrail, DynamoTenantRecords
from chorus_connector.adapters.table.archives import DynamoArchives
from chorus_connector.adapters.table.arrivals import DynamoArrivals
from chorus_connector.adapters.table.breakers import DynamoBreakers
from chorus_connector.adapters.table.counterparties import DynamoCounterparties
from chorus_connector.adapters.table.counts import DynamoCounts
from chorus_connector.adapters.table.distribution_lists import DynamoLists
from chorus_connector.adapters.table.inbox import DynamoInbox, DynamoInboxes
from chorus_connector.adapters.table.invoices import MOST_LINES, DynamoInvoices, DynamoTrackingProgress
from chorus_connector.adapters.table.layouts import DynamoLayouts
from chorus_connector.adapters.table.notifications import (
    DynamoDeliveries,
    DynamoDeliverySlots,
    DynamoEmailAddresses,
    DynamoEndpoints,
    DynamoFeed,
    DynamoHeldGroups,
    DynamoMailbox,
    DynamoReaders,
)
from chorus_connector.adapters.table.outbox import DynamoOutbox
from chorus_connector.adapters.table.outcomes import DynamoOutcomes
from chorus_connector.adapters.table.recipient_searches import DynamoRecipientSearches
from chorus_connector.adapters.table.structures import DynamoStructures
from chorus_connector.adapters.table.suppliers import DynamoInstallation, DynamoSupplier
from chorus_connector.adapters.table.tables import DynamoAttachments, DynamoTables
from chorus_connector.adapters.table.work_claims import DynamoWorkClaims
from chorus_connector.domain.invoices.archive import Archive
from chorus_connector.domain.invoices.attachments import Attachment
from chorus_connector.domain.invoices.counting import KeptCounts
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.work_claims import WorkClaim
from chorus_connector.domain.messages.arrival import ArrivedMessage
from chorus_connector.domain.messages.structure import Structure
from chorus_connector.domain.notifications.addresses import EmailAddress
from chorus_connector.domain.notifications.holds import HeldGroups
from chorus_connector.domain.notifications.notification import notification_of
from chorus_connector.domain.notifications.webhooks import Endpoint, EndpointHealth, WebhookDelivery
from chorus_connector.domain.portal.breaker import Breaker, Circuit
from chorus_connector.domain.portal.recipient_search import RecipientFound, RecipientsFound
from chorus_connector.domain.portal.tracking import TrackingProgress
from chorus_connector.domain.reading.layouts.layout import Layout
from chorus_connector.domain.suppliers.access import Subscriber
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.domain.suppliers.tables import Proposal, new_row
from chorus_connector.ports.values import AuditEvent, DeletedSupplier, TrailLine
from chorus_connector.usecases.paging import every_page
from tests.builders import NOW, SUPPLIER_SIRET, TOWN_SIRET, a_reading, a_supplier, add_read, an_invoice
from tests.dynamodb_table import empty_table
from tests.messages.builders import (
    a_counterparty,
    a_delivery,
    a_dispatch,
    a_line,
    a_list,
    a_message,
    a_received,
    a_subscription,
    an_address,
    an_announcement,
)
from tools.operations.migrate import Migrate, Migrated

REFERENCE = "MSG_000000001"
_OWN_PARTITION = re.compile(r"^    (SUPPLIER|ACCESS|STRUCTURE|SPACE|INBOX)#<(?:id|siret)> +([A-Z_]+)", re.MULTILINE)

KINDS = sorted({(partition.lower(), kind) for partition, kind in _OWN_PARTITION.findall(keys.__doc__ or "")})
"""Every kind of record in the partitions of a supplier and of its structure, as the table's description lists them."""


def a_change(change_id: str = "c1") -> Change:
    return Change(change_id=change_id, at=NOW, by="alice", item="settings", action="changed")


def write_a_supplier(client: Any) -> None:
    DynamoInstallation(client, "t").create_supplier(a_supplier(), administrator="alice")
    store = DynamoSupplier(client, "t", "s1")
    event = AuditEvent(at=NOW, by="alice", action="suspended", state="active")
    store.save(store.get().model_copy(update={"version": 1}), event=event, change=a_change())
    DynamoAuditTrail(client, "t", "s1").append(a_change("c2"))
    access = DynamoAccess(client, "t", "s1")
    before = access.get()
    access.save(before, before.model_copy(update={"version": before.version + 1}), change=a_change("c3"))
    access.subscribe(Subscriber(kind="status", principal="bob"), change=a_change("c4"))
    breakers = DynamoBreakers(client, "t", portal="p", supplier_id="s1")
    circuit = breakers.get()
    breakers.save(circuit, Circuit(circuit.portal, Breaker(failures=1)))
    DynamoTrackingProgress(client, "t", "s1").save(TrackingProgress())


def write_documents(client: Any) -> None:
    invoices = DynamoInvoices(client, "t", "s1")
    invoice = add_read(invoices, a_reading(), metadata={"PJ": "oui"})
    invoices.save_claiming_content(invoice := invoice.to_complete(NOW), "ab12", by="reading", action="read")
    invoices.save_claiming_number(invoice := invoice.to_complete(NOW), "FA-1", by="resolution", action="resolved")
    for _ in range(MOST_LINES):  # so many that they are in an item of their own
        invoices.save(invoice := invoice.to_complete(NOW), by="bob", action="changed")
    invoices.note(invoice, by="bob", action="looked", detail="é", at=NOW)
    DynamoCounts(client, "t", "s1").save(KeptCounts(counts={"READY": 1}))
    DynamoLayouts(client, "t", "s1").save(0, put=Layout(layout_id="l1"))
    DynamoWorkClaims(client, "t", "s1").put(WorkClaim(document_id="d1", by="anne", since=NOW, until=NOW))
    tables = DynamoTables(client, "t", "s1")
    row = new_row("recipients", label="Mairie", value=TOWN_SIRET, by="alice", now=NOW)
    tables.put([row])
    tables.propose(Proposal(row=row, document_id="d1"))
    found = RecipientsFound(recipients=(RecipientFound(siret=TOWN_SIRET, name="Évreux"),), found_at=NOW)
    DynamoRecipientSearches(client, "t", "s1").put("évreux", found)
    named = {"attachment_id": "a1", "file_name": "bon.pdf", "metadata": {"Commande": "BC-17"}}
    DynamoAttachments(client, "t", "s1").add(
        Attachment.model_validate(named | {"size": 1, "uploaded_at": NOW, "uploaded_by": "alice"})
    )
    archive = {"supplier_id": "s1", "archive_id": "z1", "file_name": "z.zip", "uploaded_by": "alice"}
    DynamoArchives(client, "t", "s1").add(Archive.model_validate(archive | {"received_at": NOW, "changed_at": NOW}))


def write_notifications(client: Any) -> None:
    notification = notification_of(None, an_invoice(State.TO_COMPLETE))
    assert notification is not None
    DynamoFeed(client, "t", "s1").add(notification)
    DynamoHeldGroups(client, "t", "s1").save(HeldGroups())
    readers = DynamoReaders(client, "t", "s1")
    readers.mark("bob", [notification.id])
    readers.mark_all_before("bob", notification.id)
    DynamoMailbox(client, "t", "s1").put("bob", "bob@example.org", notification, due_at=NOW)
    DynamoEmailAddresses(client, "t", "s1").save(EmailAddress(email="bob@example.org", version=1, changed_at=NOW))
    endpoints = DynamoEndpoints(client, "t", "s1")
    endpoint = Endpoint(
        endpoint_id="e1", version=1, url="https://x.example", types=("document.waiting",), created_at=NOW
    )
    endpoints.save(endpoint, change=a_change("c5"))
    endpoints.save_health(endpoint, EndpointHealth(failures=1, last_failure="timeout"))
    tried = {"tries": 1, "last_try_at": NOW, "outcome": "failing", "detail": "timeout", "type": notification.type}
    tried |= {"endpoint_id": "e1", "notification_id": notification.id}
    DynamoDeliveries(client, "t", "s1").put(WebhookDelivery.model_validate(tried))
    DynamoDeliverySlots(client, "t", "s1", slots=1).take(NOW)


def write_messages(client: Any) -> None:
    structures = DynamoStructures(client, "t")
    structures.save(Structure(siret=SUPPLIER_SIRET, name="Durand", public=False, version=1), owner="s1")
    structures.subscribe(a_subscription(SUPPLIER_SIRET, principal="bob"), line=TrailLine("s1", a_line()))
    DynamoCounterparties(client, "t", SUPPLIER_SIRET).record("client", a_counterparty(service="STECH", name="Évreux"))
    outbox = DynamoOutbox(client, "t", SUPPLIER_SIRET)
    message = a_message(sender_siret=SUPPLIER_SIRET, state="sent", sent_at=NOW)
    outbox.add(message, a_dispatch(sender_siret=SUPPLIER_SIRET), ((an_address(),),))
    outbox.claim(REFERENCE, [a_delivery()], source="one")
    DynamoOutcomes(client, "t", SUPPLIER_SIRET).note_read(REFERENCE, an_address())
    older = keys.primary_key(keys.structure(SUPPLIER_SIRET), keys.emailed(REFERENCE, TOWN_SIRET))
    member = keys.primary_key(keys.space(SUPPLIER_SIRET), keys.member("carol"))  # of a public body of earlier times
    for item in (older, member | {"roles": {"SS": ["administer"]}}):
        client.put_item(TableName="t", Item=item)
    DynamoLists(client, "t", SUPPLIER_SIRET).add(a_list(siret=SUPPLIER_SIRET))
    received = [a_received(siret=SUPPLIER_SIRET, service=service) for service in ("", "S1")]
    DynamoInboxes(client, "t").put(received, an_announcement(content="Nouveau service."))
    DynamoInbox(client, "t", SUPPLIER_SIRET).mark("bob", received[0], read=True)
    arrived = {"supplier_id": "s1", "siret": SUPPLIER_SIRET, "sender_siret": TOWN_SIRET, "at": NOW + timedelta(days=1)}
    DynamoArrivals(client, "t").note(ArrivedMessage.model_validate(arrived | {"reference": REFERENCE}), now=NOW)


@pytest.fixture
def table() -> Iterator[Any]:
    """A table with one tenant, s1, that has a record of every kind."""
    with empty_table() as client:
        for write in (write_a_supplier, write_documents, write_notifications, write_messages):
            write(client)
        yield client


def stored(client: Any) -> list[tuple[str, str]]:
    """The partition and the kind of every record that is the supplier's own."""
    places = [(item["PK"]["S"], item["SK"]["S"]) for item in client.scan(TableName="t")["Items"]]
    split = [(keys.kind_and_rest(partition), keys.kind_and_rest(sort)[0]) for partition, sort in places]
    return [(partition.lower(), kind) for (partition, owner), kind in split if owner in ("s1", SUPPLIER_SIRET)]


def test_the_table_of_this_test_has_every_kind_of_record_that_is_described(table: Any) -> None:
    """Write a new kind of record above: then the tests below walk it."""
    own = {each for each in stored(table) if each[0] != "siret"}
    assert own == set(KINDS)


def test_every_kind_of_record_is_exported_as_json(table: Any) -> None:
    records = DynamoTenantRecords(table, "t", "s1", SUPPLIER_SIRET)
    pages = every_page(lambda cursor: records.page(cursor=cursor))
    exported = [json.loads(json.dumps(each)) for page in pages for each in page.records]
    assert sorted({(each["partition"], keys.kind_and_rest(each["record"])[0]) for each in exported}) == KINDS
    found = {each["record"]: each for each in exported}
    search = next(each for each in exported if each["record"].startswith("RECIPIENT_SEARCH#"))
    assert search["data"]["recipients"][0]["name"] == "Évreux"
    arrival = found[f"ARRIVAL#{REFERENCE}"]
    assert (arrival["data"]["reference"], "content" in arrival) == (REFERENCE, False)
    assert [found[f"INBOX#{REFERENCE}#{each}"]["content"] for each in ("", "S1")] == 2 * ["Nouveau service."]


def test_no_kind_of_record_survives_a_removal(table: Any) -> None:
    records = DynamoTenantRecords(table, "t", "s1", SUPPLIER_SIRET)
    records.hand_over()
    while records.purge(limit=10):
        pass
    deleted = DeletedSupplier("s1", "Durand", SUPPLIER_SIRET, NOW, "root", "")
    records.record_deletion(DynamoSupplier(table, "t", "s1").get(), deleted=deleted)
    assert stored(table) == []


def test_a_record_that_no_release_describes_is_exported_as_it_is(table: Any) -> None:
    """The removal of a supplier never waits for a record that its export cannot read."""
    shapes = {
        "TEXT": {"S": "no JSON: é"},
        "BYTES": {"B": b"\x00\xff"},
        "NOTHING": {"NULL": True},
        "MAP": {"M": {"a": {"L": [{"B": b"\x00"}, {"NS": ["2", "1"]}]}}},
    }
    for partition in (keys.supplier("s1"), keys.inbox(SUPPLIER_SIRET)):
        for name, value in shapes.items():
            table.put_item(
                TableName="t", Item={**keys.primary_key(partition, f"INBOX#{name}"), "data": value, "x": value}
            )
    records = DynamoTenantRecords(table, "t", "s1", SUPPLIER_SIRET)
    pages = every_page(lambda cursor: records.page(cursor=cursor))
    found = {each["record"]: each for page in pages for each in json.loads(json.dumps(page.records))}
    assert [found[f"INBOX#{name}"]["data"] for name in shapes] == [
        "no JSON: é", "AP8=", None, {"a": ["AA==", ["1", "2"]]},
    ]  # fmt: skip


def test_the_migration_reads_every_kind_of_record_that_it_has_a_model_of(table: Any) -> None:
    done = Migrated()
    Migrate(table, "t").run("s1", SUPPLIER_SIRET, do=True, done=done)
    assert done.unreadable == []
    assert {"INBOX", "ARRIVAL", "OUTCOMES"} & set(done.looked_at) == {"INBOX", "ARRIVAL"}
