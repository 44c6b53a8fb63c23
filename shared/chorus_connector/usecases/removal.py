"""The end of a tenant: everything it has here is exported, then gone; what is at the portal stays there.

Whatever dies on the way, asking again goes on where it stopped: the supplier is marked first (nothing comes in and
nothing leaves), exported before anything is deleted, and its own record goes last. The PDFs stay in the bucket under
the keys the export names: accounting documents are kept for ten years, by the bucket's own rules.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.supplier import Supplier
from chorus_connector.ports import DeletedSupplier, DocumentStore, SecretStore, SupplierStore, TenantRecords
from chorus_connector.ports_notifications import Endpoints, EndpointSecretStore

RECORDS_AT_A_TIME = 5_000
"""What a call deletes at most: well inside the half minute an answer may take."""


@dataclass(frozen=True)
class RemoveSupplier:
    """One supplier's export and its end, asked for by ``by``."""

    suppliers: SupplierStore
    records: TenantRecords
    documents: DocumentStore
    secrets: SecretStore
    endpoints: Endpoints
    endpoint_secrets: EndpointSecretStore
    by: str

    def export(self, *, now: datetime) -> str:
        """Write everything into a ZIP in the bucket; gives its key. No secret is in it: they are not records."""
        supplier_id = self.suppliers.get().supplier_id
        return self.documents.put_export(f"{supplier_id}-{now:%Y%m%dT%H%M%S%f}.zip", self._archive())

    def delete(self, *, version: int, now: datetime) -> DeletedSupplier | None:
        """Take the supplier out. None while some of it is left: ask again. Raises NotFound, StaleWrite.

        ``version`` counts at the first call only; from there on there is no way back.
        """
        supplier = self.suppliers.get()
        if supplier.status != "deleting":
            if supplier.version != version:
                raise StaleWrite
            # no probe finds it any more either
            supplier = self._save(supplier, {"status": "deleting", "probe_due_at": None})
        if supplier.export_key is None:  # once: a later export would lack what is deleted by then
            supplier = self._save(supplier, {"export_key": self.export(now=now)})
        self._forget_secrets()
        if not self.records.purge(limit=RECORDS_AT_A_TIME):
            return None
        deleted = self._epitaph(supplier, now)
        self.records.bury(supplier, deleted=deleted)
        return deleted

    def _forget_secrets(self) -> None:
        """Before the records that say which there are."""
        self.secrets.delete()
        for endpoint in self.endpoints.all():
            self.endpoint_secrets.delete(endpoint.endpoint_id)

    def _save(self, supplier: Supplier, changes: dict[str, object]) -> Supplier:
        changed = supplier.model_copy(update={**changes, "version": supplier.version + 1})
        self.suppliers.save(changed)
        return changed

    def _epitaph(self, supplier: Supplier, now: datetime) -> DeletedSupplier:
        return DeletedSupplier(
            supplier_id=supplier.supplier_id,
            name=supplier.name,
            siret=supplier.siret,
            deleted_at=now,
            deleted_by=self.by,
            export_key=supplier.export_key or "",
        )

    def _archive(self) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            originals: list[str] = []
            with archive.open("records.jsonl", "w", force_zip64=True) as out:
                for record in self._records(originals):
                    out.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
            archive.writestr("originals.json", json.dumps(originals, indent=1))
        return buffer.getvalue()

    def _records(self, originals: list[str]) -> Iterator[dict[str, Any]]:
        """Every record, noting on the way where each document's file lies."""
        for record in self.records.all():
            kind, _, document_id = record["record"].partition("#")
            if kind == "INVOICE":
                originals.append(self.documents.key_of(document_id))
            yield record
