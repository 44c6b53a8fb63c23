"""The end of a tenant on the table and in the bucket: its messages, late writers, and files that are locked."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import Stubber
from moto import mock_aws

from chorus_connector.adapters.s3 import S3ExportParts, S3TenantFiles
from chorus_connector.adapters.table.administration import DynamoTenantRecords
from chorus_connector.adapters.table.announcements import DynamoAnnouncements
from chorus_connector.adapters.table.breakers import DynamoBreakers
from chorus_connector.adapters.table.inbox import DynamoInbox, DynamoInboxes
from chorus_connector.adapters.table.invoices import DynamoInvoices, DynamoTrackingProgress
from chorus_connector.adapters.table.outbox import DynamoOutbox
from chorus_connector.adapters.table.structures import DynamoStructures
from chorus_connector.adapters.table.suppliers import DynamoInstallation, DynamoSupplier
from chorus_connector.domain.errors import NotFound, StaleWrite
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.messages.access import PublicBodyMember
from chorus_connector.domain.messages.announcement import announcement_of
from chorus_connector.domain.messages.structure import Structure
from chorus_connector.domain.portal.answers import FoundInvoice
from chorus_connector.domain.portal.breaker import Breaker, Circuit
from chorus_connector.domain.portal.tracking import TrackingProgress, found_at_portal
from chorus_connector.domain.suppliers.removal import Removal
from chorus_connector.ports.values import DeletedSupplier, Joining, TrailLine, UploadForgotten
from chorus_connector.usecases.paging import every_page
from tests.aws import aws_client
from tests.builders import NOW, SUPPLIER_SIRET, a_reading, a_supplier, add_read
from tests.dynamodb_table import empty_table
from tests.messages.builders import (
    TOWN,
    a_delivery,
    a_line,
    a_message,
    a_received,
    a_structure,
    a_subscription,
    an_announcement,
)

BUCKET = "documents"


@pytest.fixture
def table() -> Iterator[Any]:
    """A table with one tenant, s1, whose structure is described and has a subscriber."""
    with empty_table() as client:
        DynamoInstallation(client, "t").create_supplier(a_supplier(), administrator="alice")
        structures = DynamoStructures(client, "t")
        structures.save(Structure(siret=SUPPLIER_SIRET, name="Durand", public=False, version=1), owner="s1")
        structures.subscribe(a_subscription(SUPPLIER_SIRET, principal="bob"), line=TrailLine("s1", a_line()))
        yield client


def keys(client: Any) -> set[str]:
    items = client.scan(TableName="t")["Items"]
    return {f"{item['PK']['S']} {item['SK']['S']}" for item in items}


def end(client: Any) -> None:
    records = DynamoTenantRecords(client, "t", "s1", SUPPLIER_SIRET)
    while records.purge(limit=3):
        pass
    deleted = DeletedSupplier("s1", "Durand", SUPPLIER_SIRET, NOW, "root", "")
    records.record_deletion(DynamoSupplier(client, "t", "s1").get(), deleted=deleted)


def test_the_space_of_messages_is_exported_and_goes_with_its_tenant(table: Any) -> None:
    records = DynamoTenantRecords(table, "t", "s1", SUPPLIER_SIRET)
    pages, cursor = [], None
    while not pages or cursor:
        pages.append(records.page(cursor=cursor))
        cursor = pages[-1].cursor
    assert [[(each["partition"], each["record"].split("#")[0]) for each in page.records] for page in pages] == [
        [("supplier", "SUPPLIER"), ("supplier", "UNRESTRICTED")],
        [("access", "MEMBER")],
        [("structure", "AUDIT"), ("structure", "STRUCTURE")],
        [("space", "SUBSCRIBER")],
        [],
    ]
    end(table)
    assert keys(table) == {"INSTALLATION DELETED#s1"}


def test_what_was_received_stays_when_its_sender_is_deleted(table: Any) -> None:
    """The recipients opened a bare 404, because the content was in the sender's partition only."""
    received = a_received(sender_siret=SUPPLIER_SIRET)
    message = a_message(sender_siret=SUPPLIER_SIRET, state="sent", sent_at=NOW, title="Fermeture")
    DynamoOutbox(table, "t", SUPPLIER_SIRET).add(message)
    DynamoInboxes(table, "t").put([received], announcement_of(message))
    end(table)
    left = keys(table)
    assert left == {
        "INSTALLATION DELETED#s1", f"INBOX#{TOWN} INBOX#MSG_000000001#",
        "ANNOUNCEMENT#MSG_000000001 ANNOUNCEMENT",
    }  # fmt: skip
    found = DynamoAnnouncements(table, "t").of([received])
    assert found == {"MSG_000000001": announcement_of(message)}
    kept = [each for each in table.scan(TableName="t")["Items"] if "INSTALLATION" not in each["PK"]["S"]]
    assert "alice" not in json.dumps(kept), "no person of the sender is named"
    twelve_years = datetime(message.display_end.year + 12, 12, 4, 23, tzinfo=UTC)  # type: ignore[union-attr]
    assert [int(each["expires_at"]["N"]) for each in kept] == 2 * [int(twelve_years.timestamp())]


def test_what_an_older_release_delivered_is_handed_over_before_its_sender_goes(table: Any) -> None:
    outbox = DynamoOutbox(table, "t", SUPPLIER_SIRET)
    sent = {
        number: a_message(reference=f"MSG_00000000{number}", sender_siret=SUPPLIER_SIRET, state="sent", sent_at=NOW)
        for number in (1, 2)
    }
    for each in (*sent.values(), a_message(reference="MSG_000000003", sender_siret=SUPPLIER_SIRET)):
        outbox.add(each)
    outbox.claim("MSG_000000001", [a_delivery()], source="one")
    outbox.claim("MSG_000000002", [a_delivery(outcome="not_here")], source="one")
    records = DynamoTenantRecords(table, "t", "s1", SUPPLIER_SIRET)
    records.hand_over()
    records.hand_over()
    end(table)
    assert keys(table) == {"INSTALLATION DELETED#s1", "ANNOUNCEMENT#MSG_000000001 ANNOUNCEMENT"}
    found = DynamoAnnouncements(table, "t").of([a_received(sender_siret=SUPPLIER_SIRET)])
    assert found == {"MSG_000000001": announcement_of(sent[1])}


def test_a_recipient_that_is_deleted_loses_its_inbox_and_no_other_does(table: Any) -> None:
    copies = [a_received(siret=SUPPLIER_SIRET), a_received()]
    DynamoInboxes(table, "t").put(copies, an_announcement())
    end(table)
    assert DynamoInbox(table, "t", TOWN).get("MSG_000000001", "") == copies[1]
    assert DynamoAnnouncements(table, "t").of(copies[1:]) == {"MSG_000000001": an_announcement()}
    with pytest.raises(NotFound):
        DynamoInbox(table, "t", SUPPLIER_SIRET).get("MSG_000000001", "")


def test_an_export_says_what_each_received_message_says(table: Any) -> None:
    DynamoInboxes(table, "t").put([a_received(siret=SUPPLIER_SIRET)], an_announcement(content="Nouveau service."))
    records = DynamoTenantRecords(table, "t", "s1", SUPPLIER_SIRET)
    pages = every_page(lambda cursor: records.page(cursor=cursor))
    (received,) = [each for page in pages for each in page.records if each["partition"] == "inbox"]
    assert (received["data"]["title"], received["content"]) == ("Fermeture", "Nouveau service.")


def test_messages_stay_with_the_tenant_that_holds_their_siret_by_now(table: Any) -> None:
    supplier = DynamoSupplier(table, "t", "s1").get()
    moved = supplier.model_copy(update={"identifier": None, "version": 1})
    DynamoSupplier(table, "t", "s1").save(moved)
    table.put_item(
        TableName="t",
        Item={"PK": {"S": f"SIRET#{SUPPLIER_SIRET}"}, "SK": {"S": "SIRET"}, "supplier_id": {"S": "s2"}},
    )
    end(table)
    assert f"STRUCTURE#{SUPPLIER_SIRET} STRUCTURE" in keys(table)
    assert f"SPACE#{SUPPLIER_SIRET} SUBSCRIBER#bob" in keys(table)


def test_an_invoice_is_exported_whole_with_the_lines_of_its_trail(table: Any) -> None:
    invoices = DynamoInvoices(table, "t", "s1")
    read = add_read(invoices, a_reading(), metadata={"PJ": "oui"})
    form = Form(fields={"total_ttc": FormField(value="600.00", source="text", confidence=0.9)})
    invoices.save(read.to_complete(NOW, form=form, corrections={"comment": "x"}), by="bob", action="completed")
    records = DynamoTenantRecords(table, "t", "s1", SUPPLIER_SIRET)
    pages = every_page(lambda cursor: records.page(cursor=cursor))
    (record,) = [each for page in pages for each in page.records if each["record"] == "INVOICE#d1"]
    assert Invoice.model_validate(record["data"]) == invoices.get("d1")
    assert record["data"]["form"]["fields"]["total_ttc"]["value"] == "600.00"
    assert record["trail"][-1] == {
        "at": NOW.isoformat(),
        "by": "bob",
        "action": "completed",
        "state": "TO_COMPLETE",
        "detail": "",
    }


def test_of_a_structure_that_exists_on_its_own_only_what_is_the_suppliers_is_exported_and_goes(table: Any) -> None:
    structures, supplier = DynamoStructures(table, "t"), DynamoSupplier(table, "t", "s1").get()
    following = a_structure(SUPPLIER_SIRET, version=2)
    joining = Joining(following, a_line(action="joined"))
    joined = supplier.model_copy(update={"version": 1})
    DynamoSupplier(table, "t", "s1").save_claiming_siret(
        joined, before=SUPPLIER_SIRET, change=a_line(2), released=a_line(3), joining=joining
    )
    mayor = PublicBodyMember(principal="mayor", role="administer")
    structures.set_member(SUPPLIER_SIRET, mayor, change=a_line(4))
    clerk = a_subscription(SUPPLIER_SIRET, principal="clerk")
    structures.subscribe(clerk, line=TrailLine("", a_line(5)))
    ours = a_subscription(SUPPLIER_SIRET, principal="carol", supplier_id="s1")
    structures.subscribe(ours, line=TrailLine("", a_line(6)))
    DynamoOutbox(table, "t", SUPPLIER_SIRET).add(a_message(sender_siret=SUPPLIER_SIRET))
    records = DynamoTenantRecords(table, "t", "s1", SUPPLIER_SIRET)
    pages = every_page(lambda cursor: records.page(cursor=cursor))
    exported = [each for page in pages for each in page.records if each["partition"] in ("structure", "space", "inbox")]
    assert [each["record"].split("#2")[0] for each in exported] == ["AUDIT#s1", "SUBSCRIBER#carol"]
    end(table)
    kept = {each.split(" ")[1].split("#")[0] for each in keys(table) if SUPPLIER_SIRET in each.split(" ")[0]}
    assert kept == {"STRUCTURE", "MEMBER", "SUBSCRIBER", "MESSAGE", "AUDIT"}
    assert [each.principal for each in structures.subscribers(SUPPLIER_SIRET)] == ["bob", "clerk"]
    assert structures.tenants([SUPPLIER_SIRET]) == {}
    actions = [each.action for each in structures.changes(SUPPLIER_SIRET, limit=9, cursor=None).changes]
    assert sorted(set(actions)) == ["joined", "released", "set"]


def test_no_late_worker_brings_back_a_tenant_that_is_gone(table: Any) -> None:
    following = DynamoTrackingProgress(table, "t", "s1")
    invoices = DynamoInvoices(table, "t", "s1")
    breakers = DynamoBreakers(table, "t", portal="p", supplier_id="s1")
    before, circuit = following.get(), breakers.get()
    end(table)
    row = FoundInvoice(1, "F-1", None, None, None, "DEPOSEE")
    with pytest.raises(StaleWrite):
        following.save(before)
    with pytest.raises(StaleWrite):
        following.save(TrackingProgress())
    with pytest.raises(NotFound):
        invoices.adopt(found_at_portal(row, "s1", now=NOW), by="tracking_sync")
    with pytest.raises(StaleWrite):
        breakers.save(circuit, Circuit(circuit.portal, Breaker(failures=1)))
    assert keys(table) == {"INSTALLATION DELETED#s1"}


def test_a_suspended_tenants_structure_says_so_whether_it_was_recorded_or_not(table: Any) -> None:
    structures = DynamoStructures(table, "t")
    assert structures.get(SUPPLIER_SIRET) is not None
    suspended = DynamoSupplier(table, "t", "s1").get().model_copy(update={"status": "suspended", "version": 1})
    DynamoSupplier(table, "t", "s1").save(suspended)
    recorded = structures.get(SUPPLIER_SIRET)
    assert recorded is not None
    assert recorded.suspended
    table.delete_item(TableName="t", Key={"PK": {"S": f"STRUCTURE#{SUPPLIER_SIRET}"}, "SK": {"S": "STRUCTURE"}})
    derived = structures.get(SUPPLIER_SIRET)
    assert derived is not None
    assert derived.suspended


@pytest.mark.parametrize("suspended", [False, True])
def test_a_structure_that_goes_with_its_tenant_is_leaving_and_one_on_its_own_is_not(
    table: Any, suspended: bool
) -> None:
    supplier = DynamoSupplier(table, "t", "s1")
    removal = Removal(by="root", asked_at=NOW, suspended=suspended)
    leaving = {"status": "deleting", "version": 1, "removal": removal}
    supplier.save(supplier.get().model_copy(update=leaving))
    structures = DynamoStructures(table, "t")
    structure = structures.get(SUPPLIER_SIRET)
    assert structure is not None
    assert (structure.deleting, structure.suspended) == (True, suspended)
    key = {"PK": {"S": f"STRUCTURE#{SUPPLIER_SIRET}"}, "SK": {"S": "STRUCTURE"}}
    table.update_item(TableName="t", Key=key, UpdateExpression="REMOVE tenant")
    joined = structures.get(SUPPLIER_SIRET)
    assert joined is not None
    assert not joined.deleting


# --- files ---------------------------------------------------------------------------------------------------


@pytest.fixture
def bucket() -> Iterator[Any]:
    """A bucket with versions and locks."""
    with mock_aws():
        client = aws_client("s3")
        where = {"LocationConstraint": "eu-west-3"}
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where, ObjectLockEnabledForBucket=True)
        yield client


def put(client: Any, key: str, *, locked_until: datetime | None = None) -> None:
    lock: dict[str, Any] = {}
    if locked_until:
        lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": locked_until}
    client.put_object(Bucket=BUCKET, Key=key, Body=b"%PDF", **lock)


def test_every_version_of_a_file_is_erased_and_what_is_locked_is_named_with_its_date(bucket: Any) -> None:
    until = datetime.now(NOW.tzinfo).replace(microsecond=0) + timedelta(days=30)
    put(bucket, "suppliers/s1/documents/d1/original")
    put(bucket, "suppliers/s1/documents/d1/original")
    put(bucket, "suppliers/s1/documents/d2/original", locked_until=until)
    put(bucket, "suppliers/s10/documents/d1/original")
    files = S3TenantFiles(bucket, BUCKET, "s1")
    found = [each.key for each in files.page(cursor=None).files]
    assert found == ["suppliers/s1/documents/d1/original", "suppliers/s1/documents/d2/original"]
    (kept,) = files.erase(found)
    assert (kept.key, kept.locked_until) == ("suppliers/s1/documents/d2/original", until)
    versions = bucket.list_object_versions(Bucket=BUCKET)["Versions"]
    assert {each["Key"] for each in versions} == {
        "suppliers/s1/documents/d2/original",
        "suppliers/s10/documents/d1/original",
    }


def test_a_listing_continues_after_its_last_key(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        put(bucket, f"suppliers/s1/documents/d{number}/original")
    listed = bucket.list_objects_v2
    monkeypatch.setattr(bucket, "list_objects_v2", lambda **request: listed(**request, MaxKeys=2))
    files = S3TenantFiles(bucket, BUCKET, "s1")
    first = files.page(cursor=None)
    second = files.page(cursor=first.cursor)
    assert [len(first.files), len(second.files), second.cursor] == [2, 1, None]


def test_an_export_is_one_file_of_parts_and_finishing_it_twice_is_once(bucket: Any) -> None:
    parts = S3ExportParts(bucket, BUCKET, "s1")
    key, upload = parts.begin("e.jsonl", temporary=False)
    first = parts.add(key, upload, 1, b"dropped")
    first = parts.add(key, upload, 1, b"a" * 5 * 1024 * 1024)  # its worker died, another wrote it again
    second = parts.add(key, upload, 2, b"b")
    parts.finish(key, upload, [first, second])
    parts.finish(key, upload, [first, second])
    written = bucket.get_object(Bucket=BUCKET, Key=key)
    assert written["Body"].read()[-2:] == b"ab"
    assert written["ContentType"] == "application/x-ndjson; charset=utf-8"
    assert bucket.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"] == []  # a tenant's own export is kept


def test_an_upload_that_the_store_no_longer_has_is_reported() -> None:
    client = aws_client("s3")
    parts = S3ExportParts(client, BUCKET, "s1")
    with Stubber(client) as s3:
        s3.add_client_error("upload_part", "NoSuchUpload")
        with pytest.raises(UploadForgotten):
            parts.add("k", "u", 1, b"a")
        s3.add_client_error("complete_multipart_upload", "NoSuchUpload")
        s3.add_client_error("head_object", "404")
        with pytest.raises(UploadForgotten):
            parts.finish("k", "u", ["x"])
