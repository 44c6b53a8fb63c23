"""A tenant's removal: marked, exported in parts, then deleted; another worker finishes it after a failure."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr

from chorus_connector.domain.errors import Conflict, NotFound, StaleWrite
from chorus_connector.domain.invoices.attachments import LinkedAttachment
from chorus_connector.domain.invoices.invoice import Attempt, Deposit, SentFile
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.notifications.webhooks import Endpoint, EndpointSecrets
from chorus_connector.domain.suppliers.removal import Removal
from chorus_connector.ports.values import DeletedSupplier
from chorus_connector.usecases.messages.withdrawal import MessagesUnderway
from chorus_connector.usecases.suppliers import removal
from chorus_connector.usecases.suppliers.provisioning import Configure, Provision
from chorus_connector.usecases.suppliers.removal import ExportSupplier, RemoveSupplier, TenantContents
from tests.builders import NOW, SUPPLIER_SIRET, an_invoice
from tests.fakes import (
    Crash,
    FakeAuditTrail,
    FakeBreakers,
    FakeExportFile,
    FakeInstallation,
    FakeInvoices,
    FakePortal,
    FakeSecrets,
    FakeSupplier,
    FakeTable,
    FakeTenantFiles,
    FakeTenantRecords,
    change_identifier,
)
from tests.notifications.fakes import FakeBoard, FakeEndpoints, FakeEndpointSecrets
from tests.real_portal import keys_of

DEPOSIT = Deposit(chorus_id=7, invoice_number="F-1", status="DEPOSEE")


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "PART_BYTES", 1)
    monkeypatch.setattr(removal, "RECORDS_AT_A_TIME", 2)


class World:
    """One tenant with as many documents as asked for, the even ones sent."""

    def __init__(self, documents: int = 5) -> None:
        self.table = FakeTable()
        Provision(FakeInstallation(self.table), self.table.structures, strict_siret=True).create(
            supplier_id="s1", name="Durand", siret=SUPPLIER_SIRET, by="alice", now=NOW
        )
        self.suppliers = FakeSupplier(self.table, "s1")
        self.invoices = FakeInvoices(self.table, "s1")
        self.records = FakeTenantRecords(self.table, "s1")
        self.files = FakeTenantFiles()
        self.export_file = FakeExportFile()
        self.secrets = FakeSecrets()
        self.board = FakeBoard()
        self.endpoint_secrets = FakeEndpointSecrets()
        self.messages: Any = lambda: None
        for number in range(documents):
            sent: dict[str, Any] = {"deposit": DEPOSIT} if number % 2 == 0 else {}
            state = State.SUBMITTED if sent else State.TO_COMPLETE
            self.invoices.add(an_invoice(state, document_id=f"d{number}", **sent), by="alice")
            self.files.sizes[f"suppliers/s1/documents/d{number}/original"] = 10

    @property
    def remove(self) -> RemoveSupplier:
        """A new worker, as each message has one."""
        contents = TenantContents(self.records, self.files)
        return RemoveSupplier(
            suppliers=self.suppliers,
            invoices=self.invoices,
            records=self.records,
            files=self.files,
            exports=ExportSupplier(contents, self.export_file),
            secrets=self.secrets,
            endpoints=FakeEndpoints(self.board, "s1"),
            endpoint_secrets=self.endpoint_secrets,
            messages=self.messages,
        )

    def begin(self, **facts: Any) -> None:
        self.remove.begin(**{"by": "root", "version": 0, "now": NOW, **facts})

    def to_the_end(self) -> DeletedSupplier:
        for _ in range(100):
            if (deleted := self.remove.step(now=NOW)) is not None:
                return deleted
        raise AssertionError("it does not end")

    def exported(self, deleted: DeletedSupplier) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.export_file.finished[deleted.export_key].splitlines()]


@pytest.mark.row("S03")
def test_a_deleted_supplier_is_exported_first_and_then_gone() -> None:
    world = World()
    world.begin()
    deleted = world.to_the_end()
    lines = world.exported(deleted)
    assert {each["record"] for each in lines if "record" in each} == {"SUPPLIER", *(f"INVOICE#d{n}" for n in range(5))}
    assert [each["file"] for each in lines if "file" in each] == sorted(world.files.sizes)
    with pytest.raises(NotFound):
        world.suppliers.get()
    assert world.secrets.kept is None
    assert (deleted.siret, deleted.deleted_by, deleted.records_removed) == (SUPPLIER_SIRET, "root", 6)
    assert len(world.files.sizes) == 5  # files stay unless their erasure is requested


@pytest.mark.row("S03")
def test_the_secrets_of_a_deleted_suppliers_webhooks_go_with_it() -> None:
    world = World()
    endpoint = Endpoint(endpoint_id="e1", url="https://example.org/hook", types=("document.waiting",), created_at=NOW)
    world.board.endpoints["s1", "e1"] = endpoint
    world.endpoint_secrets.put("e1", EndpointSecrets(current=SecretStr("whsec_x")))
    world.begin()
    world.to_the_end()
    assert world.endpoint_secrets.kept == {}


@pytest.mark.row("S03")
@hypothesis_settings(max_examples=60)
@given(deaths=st.lists(st.integers(min_value=0, max_value=60), max_size=6))
def test_wherever_workers_die_the_next_ones_end_it_with_one_whole_export(deaths: list[int]) -> None:
    world = World()
    world.begin()
    writes = 0

    def perhaps_die(_: Any = None) -> None:
        nonlocal writes
        writes += 1
        if writes in deaths:
            raise Crash

    world.records.on_purge = perhaps_die
    world.export_file.on_add = perhaps_die
    world.table.on_write = perhaps_die
    deleted = None
    for _ in range(100):
        try:
            deleted = world.remove.step(now=NOW)
        except Crash:
            continue
        if deleted is not None:
            break
    assert deleted is not None
    records = [each["record"] for each in world.exported(deleted) if "record" in each]
    assert sorted(records) == sorted(["SUPPLIER", *(f"INVOICE#d{n}" for n in range(5))])
    assert world.table.invoices == {}


def test_an_export_the_store_has_forgotten_is_written_anew_before_anything_is_deleted() -> None:
    world = World()
    world.begin()
    world.remove.step(now=NOW)
    world.export_file.forget()
    deleted = world.to_the_end()
    assert len([each for each in world.exported(deleted) if "record" in each]) == 6


@pytest.mark.row("S03")
def test_a_deletion_starts_from_the_version_that_was_read_and_asking_again_changes_nothing() -> None:
    world = World()
    with pytest.raises(StaleWrite):
        world.begin(version=7)
    assert world.suppliers.get().active
    world.begin()
    marked = world.suppliers.get()
    world.begin(version=99, by="somebody")
    assert world.suppliers.get() == marked
    assert marked.status == "deleting"


def test_two_workers_at_one_removal_do_not_both_count() -> None:
    world = World()
    world.begin()
    supplier = world.suppliers.get()
    world.remove.step(now=NOW)
    assert supplier.removal is not None
    with pytest.raises(StaleWrite):
        world.remove._export(supplier, supplier.removal, NOW)


def test_a_supplier_without_a_deletion_request_is_not_deleted() -> None:
    with pytest.raises(Conflict):
        World().remove.step(now=NOW)


@pytest.mark.row("S03")
def test_a_supplier_on_its_way_out_does_not_come_back() -> None:
    world = World()
    world.begin()
    configure = Configure(
        world.suppliers,
        world.invoices,
        world.secrets,
        lambda _: FakePortal(),
        FakeBreakers(world.table, "s1"),
        by="alice",
        identifiers=change_identifier(world.table),
    )
    with pytest.raises(Conflict):
        configure.resume(version=world.suppliers.get().version, now=NOW)
    with pytest.raises(Conflict):
        configure.save_credentials(keys_of(), now=NOW)
    assert world.secrets.kept is None


def test_nothing_is_exported_or_deleted_while_its_messages_are_being_delivered() -> None:
    world = World()
    looks: list[Removal] = []

    class Messages:
        def page(self, removal: Removal, *, now: datetime) -> tuple[str, bool]:
            looks.append(removal)
            if len(looks) < 3:
                raise MessagesUnderway
            return f"MSG_{len(looks)}", len(looks) > 3

    world.messages = Messages
    world.begin()
    for _ in range(2):
        with pytest.raises(MessagesUnderway):
            world.remove.step(now=NOW)
    assert world.export_file.temporary == {}
    world.to_the_end()
    assert [each.messages_after for each in looks] == ["", "", "", "MSG_3"]
    assert not any(each.suspended for each in looks)


def test_a_deletion_remembers_that_the_supplier_was_suspended() -> None:
    world = World()
    suspended = world.suppliers.get().model_copy(update={"status": "suspended", "version": 1})
    world.suppliers.save(suspended)
    world.begin(version=1)
    removal = world.suppliers.get().removal
    assert removal is not None
    assert removal.suspended


def test_what_a_late_worker_wrote_is_swept_away() -> None:
    world = World()
    world.begin()
    world.to_the_end()
    world.secrets.put(keys_of())
    for number in range(5):
        world.invoices.add(an_invoice(document_id=f"late{number}"), by="upload_intake")
    assert world.remove.purge_leftovers() == 5
    assert world.secrets.kept is None
    assert world.table.invoices == {}


# --- erasing the files too -----------------------------------------------------------------------------------


def test_erasing_keeps_what_was_sent_and_what_supported_it_and_nothing_else() -> None:
    world = World()
    attached = LinkedAttachment(attachment_id="a1", file_name="bon.pdf", size=3, attachment_type="01")
    world.invoices.add(
        an_invoice(State.SUBMITTED, document_id="d9", deposit=DEPOSIT, attachments=(attached,)), by="alice"
    )
    prefix = "suppliers/s1"
    kept = {f"{prefix}/documents/d9/original", f"{prefix}/attachments/a1/original"}
    gone = {f"{prefix}/documents/d9/ocr.pdf", f"{prefix}/attachments/a2/original", f"{prefix}/exports/old.zip"}
    gone |= {f"{prefix}/documents/d9/words"}
    world.files.sizes |= dict.fromkeys(kept | gone, 1)
    world.begin(erase_files=True)
    deleted = world.to_the_end()
    assert set(world.files.sizes) == kept | {f"{prefix}/documents/d{n}/original" for n in (0, 2, 4)}
    assert (deleted.files_erased, deleted.files_kept) == (6, 5)
    assert deleted.export_key == ""


def test_what_the_store_keeps_locked_is_counted_as_kept() -> None:
    world = World()
    locked = "suppliers/s1/documents/d1/original"
    world.files.locks[locked] = NOW + timedelta(days=1)
    world.begin(erase_files=True)
    assert world.to_the_end().files_kept == 4
    assert locked in world.files.sizes


def test_the_law_keeps_what_was_sent_for_ten_years_from_the_end_of_its_accounting_year() -> None:
    world = World()
    until = world.remove.kept_by_law("suppliers/s1/documents/d0/original")
    assert until is not None
    assert until > datetime(2037, 11, 20, tzinfo=UTC)  # an accounting year may end a year later
    assert world.remove.kept_by_law("suppliers/s1/documents/d1/original") is None


def test_the_law_keeps_the_file_that_was_sent_in_place_of_the_original_and_none_that_was_refused() -> None:
    world = World()
    sent = SentFile(object_version="v", sha256="a1", size=3, rewritten=True)
    attempt = Attempt(
        attempt_id="a", phase="SENDING", started_at=NOW, invoice_number="1", recipient_siret="2", total_ttc="3.00",
        sent=sent,
    )  # fmt: skip
    invoice = an_invoice(State.SUBMITTED, document_id="d9", deposit=DEPOSIT, attempt=attempt)
    world.invoices.add(invoice, by="alice")
    prefix = "suppliers/s1/documents/d9"
    kept, gone = {f"{prefix}/original", f"{prefix}/sent/a1"}, {f"{prefix}/sent/b2"}
    world.files.sizes |= dict.fromkeys(kept | gone, 1)
    world.begin(erase_files=True)
    world.to_the_end()
    assert kept <= set(world.files.sizes)
    assert not gone & set(world.files.sizes)


def test_an_erasure_is_not_taken_for_a_deletion_asked_for_again() -> None:
    """The API's queue feeds a function that may not delete files: the work would become a dead letter."""
    world = World()
    world.begin(erase_files=True)
    with pytest.raises(Conflict) as refused:
        world.begin()
    assert refused.value.code == "being_erased"
    assert world.to_the_end().files_erased == 2, "the erasure goes on"


def test_only_the_export_of_a_supplier_that_goes_lasts() -> None:
    world = World()
    world.remove.exports.whole("s1", by="root", now=NOW - timedelta(hours=1), may_go_on=lambda: True)
    assert list(world.export_file.temporary.values()) == [True]
    world.begin()
    world.to_the_end()
    assert list(world.export_file.temporary.values()) == [True, False]


def test_that_files_go_too_can_be_said_later() -> None:
    world = World()
    world.begin()
    world.begin(erase_files=True)
    assert world.to_the_end().files_erased == 2


# --- an export by itself -------------------------------------------------------------------------------------


def test_an_export_stops_when_its_time_is_up_and_says_what_to_do_instead() -> None:
    world = World()
    with pytest.raises(Conflict) as refusal:
        world.remove.exports.whole("s1", by="alice", now=NOW, may_go_on=lambda: False)
    assert refusal.value.code == "export_too_large"
    key = world.remove.exports.whole("s1", by="alice", now=NOW, may_go_on=lambda: True)
    assert world.export_file.finished[key].count(b"\n") == 11


@pytest.mark.row("B07")
def test_the_audit_trail_names_who_exported_a_whole_supplier() -> None:
    world = World()
    trail = FakeAuditTrail(world.table, "s1")
    exports = replace(world.remove.exports, audit=trail)
    with pytest.raises(Conflict):
        exports.whole("s1", by="alice", now=NOW, may_go_on=lambda: False)
    assert trail.page(limit=9, cursor=None).changes == (), "nothing was given"
    exports.whole("s1", by="root", now=NOW, may_go_on=lambda: True)
    (line,) = trail.page(limit=9, cursor=None).changes
    assert (line.by, line.item, line.action) == ("root", "export", "made")
