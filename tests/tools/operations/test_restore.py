"""A supplier comes back from a backup with all it had, and nothing that was sent after the backup is sent again."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.administration import DynamoTenantRecords
from chorus_connector.adapters.table.counts import DynamoCounts
from chorus_connector.adapters.table.invoices import DynamoInvoices, DynamoTrackingProgress
from chorus_connector.adapters.table.outbox import DynamoOutbox, DynamoReferences
from chorus_connector.adapters.table.structures import DynamoStructures
from chorus_connector.adapters.table.suppliers import DynamoInstallation, DynamoSupplier
from chorus_connector.adapters.table.tables import DynamoTables
from chorus_connector.domain.invoices.counting import KeptCounts
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.messages.structure import Structure
from chorus_connector.domain.suppliers.identifier import SupplierIdentifier
from chorus_connector.domain.suppliers.tables import new_row
from chorus_connector.ports.values import DeletedSupplier, Joining, TrailLine
from chorus_connector.usecases.invoices.resolution import Resolution
from chorus_connector.usecases.invoices.submission import SubmitInvoice
from chorus_connector.usecases.invoices.visibility import visibility_of
from chorus_connector.usecases.portal.directory import Directory
from chorus_connector.usecases.portal.tracking import TrackInvoices
from tests.aws import aws_client
from tests.builders import NOW, SUPPLIER_SIRET, a_reading, a_recipient, a_supplier, add_read
from tests.dynamodb_table import create_table
from tests.fakes import FakeDocuments, FakePortal, FakeRecipients
from tests.messages.builders import a_line, a_message, a_structure, a_subscription
from tools.operations.restore import NotRestorable, RestoreTenant

LIVE, COPY = "live", "copy"
LATER = NOW + timedelta(days=1)


class World:
    """A live table with one tenant and an invoice that is ready, a portal, and backups."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.portal = FakePortal([a_recipient()])
        self.documents = FakeDocuments()
        self.documents.put_original("d1", b"%PDF")
        create_table(client, LIVE)
        DynamoInstallation(client, LIVE).create_supplier(a_supplier(), administrator="alice")
        structures = DynamoStructures(client, LIVE)
        structures.save(Structure(siret=SUPPLIER_SIRET, name="Durand", public=False, version=1), owner="s1")
        structures.subscribe(a_subscription(SUPPLIER_SIRET, principal="bob"), line=TrailLine("s1", a_line()))
        self.invoices = DynamoInvoices(client, LIVE, "s1")
        add_read(self.invoices, a_reading())
        self.resolution.resolve("d1", now=NOW)

    @property
    def resolution(self) -> Resolution:
        supplier = DynamoSupplier(self.client, LIVE, "s1").get()
        return Resolution(supplier=supplier, invoices=self.invoices, directory=Directory(FakeRecipients(), self.portal))

    def submit(self) -> None:
        """The ten-minute run's message for the document."""
        box = SubmitInvoice(self.invoices, self.documents, self.portal, self.resolution)
        box.work_on("d1", attempt_id="a", now=LATER)

    def tracking(self) -> None:
        """The retrieval of what the portal knows."""
        TrackInvoices(
            supplier=DynamoSupplier(self.client, LIVE, "s1").get(),
            invoices=self.invoices,
            portal=self.portal,
            progress=DynamoTrackingProgress(self.client, LIVE, "s1"),
            reports_payment=lambda _siret, _now: True,
        ).run(now=LATER)

    def back_up(self) -> None:
        arn = self.client.create_backup(TableName=LIVE, BackupName="nightly")["BackupDetails"]["BackupArn"]
        self.client.restore_table_from_backup(TargetTableName=COPY, BackupArn=arn)

    def lose_the_tenant(self) -> None:
        records = DynamoTenantRecords(self.client, LIVE, "s1", SUPPLIER_SIRET)
        while records.purge(limit=100):
            pass
        stone = DeletedSupplier("s1", "Durand", SUPPLIER_SIRET, NOW, "mistake", "")
        records.record_deletion(DynamoSupplier(self.client, LIVE, "s1").get(), deleted=stone)

    def restore(self) -> Any:
        return RestoreTenant(self.client, COPY, LIVE).run("s1", now=LATER)

    def resume(self) -> None:
        store = DynamoSupplier(self.client, LIVE, "s1")
        supplier = store.get()
        store.save(supplier.model_copy(update={"status": "active", "version": supplier.version + 1}))

    def items(self, table: str = LIVE) -> dict[str, Any]:
        found = self.client.scan(TableName=table)["Items"]
        return {f"{item['PK']['S']} {item['SK']['S']}": item for item in found}


@pytest.fixture
def world() -> Iterator[World]:
    with mock_aws():
        yield World(aws_client("dynamodb"))


def test_everything_comes_back_but_the_supplier_waits_suspended_and_is_retrieved_anew(world: World) -> None:
    world.back_up()
    before = world.items()
    world.lose_the_tenant()
    assert list(world.items()) == ["INSTALLATION DELETED#s1"]
    world.restore()
    after = world.items()
    assert set(after) == set(before) - {"SUPPLIER#s1 UNRESTRICTED"} | {"SUPPLIER#s1 FOLLOWING"}
    assert {name for name in after if name in before and before[name] != after[name]} == {"SUPPLIER#s1 SUPPLIER"}
    assert DynamoSupplier(world.client, LIVE, "s1").get().status == "suspended"
    assert DynamoInstallation(world.client, LIVE).tracking_due(LATER, limit=9)[0].supplier_id == "s1"


def test_the_counts_of_a_backup_do_not_come_back(world: World) -> None:
    """The stream counts the documents as they are written: with the old counts each would count twice."""
    DynamoCounts(world.client, LIVE, "s1").save(KeptCounts(counts={"READY": 1}))
    world.back_up()
    assert "SUPPLIER#s1 COUNTS" in world.items(COPY)
    world.lose_the_tenant()
    world.restore()
    assert "SUPPLIER#s1 COUNTS" not in world.items()


def test_a_backup_from_before_the_first_row_of_the_users_table_opens_no_document(world: World) -> None:
    tables = DynamoTables(world.client, LIVE, "s1")
    assert tables.unrestricted()
    world.back_up()
    tables.put([new_row("users", label="Nord", value="bob", by="alice", now=NOW)])
    store = DynamoSupplier(world.client, LIVE, "s1")
    supplier = store.get()
    store.save(supplier.model_copy(update={"status": "suspended", "version": supplier.version + 1}))
    world.restore()
    assert not tables.unrestricted()
    assert visibility_of(["bob"], tables=tables, suppliers=store).labels == {"nord"}


def test_rows_of_the_users_table_that_come_back_restrict_also_a_supplier_that_had_none(world: World) -> None:
    tables = DynamoTables(world.client, LIVE, "s1")
    tables.put([new_row("users", label="Nord", value="bob", by="alice", now=NOW)])
    world.back_up()
    world.lose_the_tenant()
    world.client.put_item(TableName=LIVE, Item=keys.unrestricted("s1"))
    world.restore()
    assert not tables.unrestricted()


@pytest.mark.row("B01")
def test_what_was_sent_after_the_backup_is_not_sent_again(world: World) -> None:
    world.back_up()
    world.submit()
    assert world.portal.submits == 1
    world.lose_the_tenant()
    world.restore()
    assert world.invoices.get("d1").state is State.READY  # the backup knows no better
    world.submit()
    assert (world.portal.submits, world.invoices.get("d1").state) == (1, State.HELD)  # nothing leaves the suspended
    world.tracking()
    world.resume()
    world.submit()
    assert world.portal.submits == 1
    assert world.invoices.get("d1").state is State.TO_COMPLETE
    assert {each.state for each in world.invoices.page("tracking", limit=9, cursor=None).invoices} == {State.SUBMITTED}


def test_what_is_there_is_not_overwritten_and_asking_again_changes_nothing(world: World) -> None:
    world.back_up()
    world.lose_the_tenant()
    first = world.restore()
    moved = world.invoices.get("d1").to_complete(LATER)
    world.invoices.save(moved, by="alice", action="completed")
    again = world.restore()
    assert again.written == 0
    assert again.left_alone == first.written - 1  # its own record is read, not written
    assert world.invoices.get("d1") == moved


def test_a_supplier_without_siret_comes_back_with_its_claim_unless_another_has_it_by_now(world: World) -> None:
    ridet = SupplierIdentifier(scheme="RIDET", value="123456001")
    installation = DynamoInstallation(world.client, LIVE)
    installation.create_supplier(a_supplier(supplier_id="s2", identifier=ridet), administrator="carol")
    world.back_up()
    world.client.delete_table(TableName=LIVE)
    create_table(world.client, LIVE)
    errand = RestoreTenant(world.client, COPY, LIVE)
    errand.run("s2", now=LATER)
    assert world.items()["SIRET#RIDET-123456001 SIRET"]["supplier_id"] == {"S": "s2"}
    world.client.delete_table(TableName=LIVE)
    create_table(world.client, LIVE)
    installation.create_supplier(a_supplier(supplier_id="s3", identifier=ridet), administrator="carol")
    with pytest.raises(NotRestorable, match="RIDET-123456001"):
        errand.run("s2", now=LATER)


def test_a_whole_table_comes_back_supplier_by_supplier_with_the_counter_of_references(world: World) -> None:
    DynamoInstallation(world.client, LIVE).create_supplier(
        a_supplier(supplier_id="s2", siret="35600000000048"), administrator="carol"
    )
    references = DynamoReferences(world.client, LIVE)
    assert [references.next(), references.next()][-1] == "MSG_000000002"
    world.back_up()
    world.client.delete_table(TableName=LIVE)
    create_table(world.client, LIVE)
    errand = RestoreTenant(world.client, COPY, LIVE)
    for supplier_id in errand.suppliers():
        errand.run(supplier_id, now=LATER)
    assert set(errand.suppliers()) == {"s1", "s2"}
    assert DynamoInstallation(world.client, LIVE).rights("s2", "carol") == {"administer", "use"}
    assert references.next() == "MSG_000000003"


def test_a_supplier_that_is_there_and_works_is_not_touched(world: World) -> None:
    world.back_up()
    before = world.items()
    with pytest.raises(NotRestorable):
        world.restore()
    assert world.items() == before


def test_a_siret_that_a_public_body_has_by_now_is_not_taken_back(world: World) -> None:
    world.back_up()
    world.lose_the_tenant()
    DynamoStructures(world.client, LIVE).save(a_structure(SUPPLIER_SIRET), owner="")
    with pytest.raises(NotRestorable):
        RestoreTenant(world.client, COPY, LIVE).run("s1", now=LATER)


def test_a_public_body_that_the_supplier_was_joined_with_gets_nothing_from_the_backup(world: World) -> None:
    supplier = DynamoSupplier(world.client, LIVE, "s1").get()
    joining = Joining(a_structure(SUPPLIER_SIRET, version=2), a_line(action="joined"))
    joined = supplier.model_copy(update={"version": supplier.version + 1})
    DynamoSupplier(world.client, LIVE, "s1").save_claiming_siret(
        joined, before=SUPPLIER_SIRET, change=a_line(2), released=a_line(3), joining=joining
    )
    outbox = DynamoOutbox(world.client, LIVE, SUPPLIER_SIRET)
    draft = a_message(sender_siret=SUPPLIER_SIRET)
    outbox.add(draft)
    world.back_up()
    outbox.delete(draft)
    world.lose_the_tenant()
    RestoreTenant(world.client, COPY, LIVE).run("s1", now=LATER)
    assert list(outbox.messages(newest_first=True, start=None)) == []
    assert DynamoStructures(world.client, LIVE).tenants([SUPPLIER_SIRET]) == {SUPPLIER_SIRET: "s1"}


def test_a_siret_that_another_supplier_has_by_now_is_not_taken_back(world: World) -> None:
    world.back_up()
    world.lose_the_tenant()
    DynamoInstallation(world.client, LIVE).create_supplier(a_supplier(supplier_id="s2"), administrator="carol")
    before = world.items()
    with pytest.raises(NotRestorable):
        world.restore()
    assert world.items() == before
