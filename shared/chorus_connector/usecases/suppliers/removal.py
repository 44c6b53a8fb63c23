"""Deletion of a tenant, step by step: everything stored here is exported, then deleted. The portal keeps its own data.

Each step is small and starts from the checkpoint on the supplier's own record, so the deletion completes however many
workers crash. First the supplier is marked (no uploads and no submissions). Then its messages are delivered or
withdrawn, and it is exported; only then is anything deleted, and its own record goes last. Files stay in the bucket
under the keys that the export names. If they are to be erased, only the files that the law requires us to keep remain.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chorus_connector.domain.errors import Conflict, StaleWrite
from chorus_connector.domain.invoices.retention import kept_until, was_sent
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.domain.suppliers.removal import Export, Removal
from chorus_connector.ports.values import DeletedSupplier, TenantFile, UploadForgotten
from chorus_connector.usecases.messages.withdrawal import MessagesUnderway
from chorus_connector.usecases.paging import every_page

if TYPE_CHECKING:
    from chorus_connector.domain.suppliers.supplier import Supplier
    from chorus_connector.ports.invoices import InvoiceStore
    from chorus_connector.ports.notifications import Endpoints, EndpointSecretStore
    from chorus_connector.ports.suppliers import (
        AuditTrail,
        ExportFile,
        SecretStore,
        SupplierStore,
        TenantFiles,
        TenantRecords,
    )
    from chorus_connector.usecases.messages.withdrawal import SettleMessages

PART_BYTES = 5 * 1024 * 1024
"""How much an export writes at a time: the smallest part that the store accepts."""
RECORDS_AT_A_TIME = 500
"""How many records a step deletes at most; that takes a few seconds."""
WAIT_FOR_MESSAGES = timedelta(seconds=10)
"""Until the removal checks again whether the supplier's messages are delivered or withdrawn."""


@dataclass(frozen=True)
class TenantContents:
    """All data of a tenant as lines of an export: its records, then the keys of its files.

    Secrets are never included.
    """

    records: TenantRecords
    files: TenantFiles

    def page(self, cursor: str) -> tuple[list[bytes], str | None]:
        """The lines at that cursor, and the next cursor; None at the end."""
        kind, _, place = cursor.partition(":")
        if kind == "records":
            page = self.records.page(cursor=place or None)
            following = f"records:{page.cursor}" if page.cursor else "files:"
            return [_line(each) for each in page.records], following
        found = self.files.page(cursor=place or None)
        lines = [_line(_file_entry(each)) for each in found.files if "/exports/" not in each.key]
        return lines, f"files:{found.cursor}" if found.cursor else None

    def record_lines(self) -> Iterator[bytes]:
        """The line of every record, with one page in memory at a time."""
        pages = every_page(lambda cursor: self.records.page(cursor=cursor))
        return (_line(record) for page in pages for record in page.records)

    def file_lines(self) -> Iterator[tuple[TenantFile, bytes]]:
        """Every file except the exports, with its line."""
        return ((each, _line(_file_entry(each))) for each in self.all_files() if "/exports/" not in each.key)

    def all_files(self) -> Iterator[TenantFile]:
        """Every file, including the exports."""
        return (each for page in every_page(lambda cursor: self.files.page(cursor=cursor)) for each in page.files)


@dataclass(frozen=True)
class ExportSupplier:
    """A supplier's export, written in parts. ``audit`` records who requested a whole export."""

    contents: TenantContents
    file: ExportFile
    audit: AuditTrail | None = None

    def begin(self, supplier_id: str, now: datetime, *, temporary: bool) -> Export:
        key, upload_id = self.file.begin(f"{supplier_id}-{now:%Y%m%dT%H%M%S%f}.jsonl", temporary=temporary)
        return Export(key=key, upload_id=upload_id)

    def step(self, export: Export) -> Export:
        """Write one more part. Raises UploadForgotten when the store has dropped the upload: begin again."""
        data, cursor, lines = bytearray(), export.cursor, export.lines
        while cursor is not None and len(data) < PART_BYTES:
            page, cursor = self.contents.page(cursor)
            data += b"".join(page)
            lines += len(page)
        proof = self.file.add(export.key, export.upload_id, len(export.parts) + 1, bytes(data))
        return export.model_copy(update={"parts": (*export.parts, proof), "cursor": cursor, "lines": lines})

    def finish(self, export: Export) -> None:
        self.file.finish(export.key, export.upload_id, export.parts)

    def whole(self, supplier_id: str, *, by: str, now: datetime, may_go_on: Callable[[], bool]) -> str:
        """Write a whole export within one request, kept for some days; returns its key.

        Raises Conflict when time runs out.
        """
        export = self.begin(supplier_id, now, temporary=True)
        while export.cursor is not None:
            if not may_go_on():
                raise Conflict(
                    "export_too_large",
                    "Trop de données pour une requête : utilisez la commande export-tenant.",
                    "Too much for one request: use the command export-tenant.",
                )
            export = self.step(export)
        self.finish(export)
        if self.audit is not None:  # before the key is returned
            change_id = f"export-{export.key.rsplit('/', 1)[-1]}"
            self.audit.append(Change(change_id=change_id, at=now, by=by, item="export", action="made"))
        return export.key


@dataclass(frozen=True)
class RemoveSupplier:
    """The deletion of one supplier."""

    suppliers: SupplierStore
    invoices: InvoiceStore
    records: TenantRecords
    files: TenantFiles
    exports: ExportSupplier
    secrets: SecretStore
    endpoints: Endpoints
    endpoint_secrets: EndpointSecretStore
    #: gives None when no structure goes with the supplier
    messages: Callable[[], SettleMessages | None] = lambda: None

    def begin(self, *, by: str, version: int | None, now: datetime, erase_files: bool = False) -> Supplier:
        """Mark the supplier for deletion; this cannot be undone. Raises NotFound, StaleWrite.

        ``version`` is checked at the first call only (None: not checked). A repeated call changes nothing, except that
        it may add the erasing of files. Raises Conflict when the files are being erased and this call does not ask for
        it.
        """
        supplier = self.suppliers.get()
        if supplier.removal is not None:
            return self._begin_again(supplier, supplier.removal, erase_files=erase_files)
        if version is not None and supplier.version != version:
            raise StaleWrite
        suspended = supplier.status == "suspended"
        return self._save(supplier, Removal(by=by, asked_at=now, erase_files=erase_files, suspended=suspended))

    def _begin_again(self, supplier: Supplier, removal: Removal, *, erase_files: bool) -> Supplier:
        if removal.erase_files and not erase_files:
            raise Conflict(
                "being_erased",
                "L'effacement de ce fournisseur est en cours : l'exploitant le termine (commande erase-tenant).",
                "This supplier is being erased: the operator ends it (command erase-tenant).",
            )
        if erase_files and not removal.erase_files:
            return self._save(supplier, removal.model_copy(update={"erase_files": True}))
        return supplier

    def work_on(
        self, *, may_go_on: Callable[[], bool], clock: Callable[[], datetime]
    ) -> tuple[DeletedSupplier | None, timedelta]:
        """Do steps as long as ``may_go_on``. None: there is more to do, after that time.

        Raises NotFound, StaleWrite when another worker is active.
        """
        deleted = None
        while deleted is None and may_go_on():
            try:
                deleted = self.step(now=clock())
            except MessagesUnderway:
                return None, WAIT_FOR_MESSAGES
        return deleted, timedelta(0)

    def step(self, *, now: datetime) -> DeletedSupplier | None:
        """Do one step of the deletion; None while there is more to do.

        Raises NotFound, StaleWrite when another worker is active, MessagesUnderway while its messages are being
        delivered or withdrawn.
        """
        supplier = self.suppliers.get()
        if supplier.removal is None:
            raise Conflict("not_deleting", "Ce fournisseur n'est pas en cours de suppression.", "It is not deleted.")
        if supplier.removal.stage == "messages":
            self._settle_messages(supplier, supplier.removal, now)
        elif supplier.removal.stage == "export":
            self._export(supplier, supplier.removal, now)
        elif supplier.removal.stage == "files":
            self._erase_files(supplier, supplier.removal)
        else:
            return self._remove_records(supplier, supplier.removal, now)
        return None

    def purge_leftovers(self) -> int:
        """Delete what a late worker wrote after the deletion; returns how many records. Only for a deleted supplier."""
        self.secrets.delete()  # a request that read the supplier just before its deletion may have saved credentials
        purged = 0
        while removed := self.records.purge(limit=RECORDS_AT_A_TIME):
            purged += removed
        return purged

    def _settle_messages(self, supplier: Supplier, removal: Removal, now: datetime) -> None:
        messages = self.messages()
        last, done = messages.page(removal, now=now) if messages else ("", True)
        self._save(supplier, removal.model_copy(update={"messages_after": last, "messages_done": done}))

    def _export(self, supplier: Supplier, removal: Removal, now: datetime) -> None:
        export = removal.export or self.exports.begin(supplier.supplier_id, now, temporary=False)
        try:
            if export.cursor is not None:
                self._save(supplier, removal.model_copy(update={"export": self.exports.step(export)}))
            else:
                self.exports.finish(export)
                self._save(supplier, removal.model_copy(update={"exported": True}))
        except UploadForgotten:  # nothing is deleted yet, so the export can start again
            self._save(supplier, removal.model_copy(update={"export": None}))

    def _erase_files(self, supplier: Supplier, removal: Removal) -> None:
        page = self.files.page(cursor=removal.files_cursor)
        kept = [each for each in page.files if each.locked_until or self.kept_by_law(each.key)]
        wanted = [each.key for each in page.files if each not in kept]
        locked = self.files.erase(wanted)
        progress = {
            "files_cursor": page.cursor,
            "files_done": page.cursor is None,
            "files_erased": removal.files_erased + len(wanted) - len(locked),
            "files_kept": removal.files_kept + len(kept) + len(locked),
        }
        self._save(supplier, removal.model_copy(update=progress))

    def kept_by_law(self, key: str) -> datetime | None:
        """Until when the law requires us to keep that file; None when it may be erased."""
        match key.split("/")[2:]:
            case ["documents", document_id, name] if name not in ("ocr.pdf", "words"):
                return self._retention_dates.get(document_id)
            case ["documents", _, "sent", digest]:
                return self._retention_dates.get(digest)
            case ["attachments", attachment_id, *_]:
                return self._retention_dates.get(attachment_id)
        return None

    @cached_property
    def _retention_dates(self) -> dict[str, datetime]:
        """Until when documents and attachments that were sent must be kept, by their ids.

        A file that was sent in place of the original is there by its hash; one that the portal refused is not.
        """
        dates: dict[str, datetime] = {}
        for invoice in filter(was_sent, self.invoices.all()):
            until = kept_until(invoice)
            sent = invoice.attempt.sent if invoice.attempt else None
            rewritten = [sent.sha256] if sent and sent.rewritten else []
            for each in (invoice.document_id, *rewritten, *(file.attachment_id for file in invoice.attachments)):
                dates[each] = max(until, dates.get(each, until))
        return dates

    def _remove_records(self, supplier: Supplier, removal: Removal, now: datetime) -> DeletedSupplier | None:
        self._delete_secrets()
        if not removal.records_removed:
            self.records.hand_over()
        if removed := self.records.purge(limit=RECORDS_AT_A_TIME):
            counted = removal.model_copy(update={"records_removed": removal.records_removed + removed})
            self._save(supplier, counted)
            return None
        deleted = _deletion_record(supplier, removal, now)
        self.records.record_deletion(supplier, deleted=deleted)
        return deleted

    def _delete_secrets(self) -> None:
        """Delete the secrets before the records that list them."""
        self.secrets.delete()
        for endpoint in self.endpoints.all():
            self.endpoint_secrets.delete(endpoint.endpoint_id)

    def _save(self, supplier: Supplier, removal: Removal) -> Supplier:
        # the daily credentials check must not find it either
        facts = {"status": "deleting", "probe_due_at": None, "removal": removal, "version": supplier.version + 1}
        changed = supplier.model_copy(update=facts)
        self.suppliers.save(changed)
        return changed


def _deletion_record(supplier: Supplier, removal: Removal, now: datetime) -> DeletedSupplier:
    return DeletedSupplier(
        supplier_id=supplier.supplier_id,
        name=supplier.name,
        siret=supplier.siret or "",
        identifier_key=supplier.identifier_key,
        deleted_at=now,
        deleted_by=removal.by,
        export_key=removal.export.key if removal.export and removal.exported else "",
        records_removed=removal.records_removed,
        files_erased=removal.files_erased,
        files_kept=removal.files_kept,
    )


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


def _file_entry(file: TenantFile) -> dict[str, Any]:
    locked = {"locked_until": file.locked_until.isoformat()} if file.locked_until else {}
    return {"file": file.key, "size": file.size, **locked}
