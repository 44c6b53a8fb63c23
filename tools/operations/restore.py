"""``chorus-connector restore-tenant``: copies a supplier's records from a restored backup into the live table.

A backup does not contain what was sent after it, so two rules prevent a second deposit. Records in the live table are
never overwritten: a claimed invoice number stays claimed. And the supplier is restored suspended: tracking first
retrieves all invoices from the portal, which claims the numbers sent meanwhile; then a person resumes the supplier.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.administration import came_with_siret
from chorus_connector.adapters.table.invoices import DynamoTrackingProgress
from chorus_connector.adapters.table.items import ABSENT, failed_conditions, get_item, query_all
from chorus_connector.adapters.table.suppliers import DynamoSupplier
from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.portal.tracking import TrackingProgress

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from chorus_connector.adapters.table.items import Item
    from chorus_connector.adapters.table.keys import Attributes

_NOT_RESTORED = frozenset({keys.SUPPLIER, keys.TRACKING, keys.BREAKER, keys.UNRESTRICTED, keys.COUNTS})
"""Not copied: the supplier is written suspended, its tracking starts again, its breaker is closed, its users table may
have rows, here or in the backup, and the stream counts its documents as they are written."""


class NotRestorable(RuntimeError):
    """The supplier cannot be restored from this backup; the message says why."""


@dataclass
class Restored:
    """How many records were written, and how many existed already and were left unchanged."""

    written: int = 0
    left_alone: int = 0


@dataclass(frozen=True)
class RestoreTenant:
    """Copies from ``source``, a table restored from a backup, to ``table``, the live one."""

    client: "DynamoDBClient"
    source: str
    table: str

    def run(self, supplier_id: str, *, now: datetime) -> Restored:
        """Write the records that are missing; can be repeated after an interruption. Raises NotFound, NotRestorable."""
        supplier = DynamoSupplier(self.client, self.source, supplier_id).get()
        done = Restored()
        claimed = supplier.identifier_key
        joined = bool(claimed) and self._on_its_own(self.source, claimed)
        if claimed:
            if self._on_its_own(self.table, claimed) and not joined:
                raise NotRestorable(f"a public body has the identifier {claimed} by now")
            claim = {**keys.siret_claim(claimed), "supplier_id": {"S": supplier_id}}
            if not self._put(claim, done) and self._claimed_by(claimed) != supplier_id:
                raise NotRestorable(f"another supplier has the identifier {claimed} by now")
        # first: while the supplier is not suspended, a restored record could be sent
        self._suspended(supplier_id, done)
        self.client.delete_item(TableName=self.table, Key=keys.unrestricted(supplier_id))
        of_messages = keys.of_messages(claimed) if claimed else ()
        for partition in (*keys.of_supplier(supplier_id), *of_messages):
            for item in query_all(self.client, self.source, partition, ""):
                of_the_supplier = partition == keys.supplier(supplier_id) or not joined
                if not of_the_supplier and not came_with_siret(item, supplier_id):
                    continue  # of a public body that the supplier was joined with
                if item["SK"]["S"] not in _NOT_RESTORED:
                    self._put(item, done)
        self._put(keys.supplier_of_installation(supplier_id), done)
        for item in self._of_the_installation():
            self._put(item, done)
        self._retrieve_all(supplier_id, now)
        self.client.delete_item(TableName=self.table, Key=keys.deleted_supplier(supplier_id))
        return done

    def suppliers(self) -> Sequence[str]:
        """The ids of all suppliers in the backup."""
        items = query_all(self.client, self.source, keys.INSTALLATION, keys.SUPPLIERS)
        return [each["SK"]["S"].removeprefix(keys.SUPPLIERS) for each in items]

    def _suspended(self, supplier_id: str, done: Restored) -> None:
        live = DynamoSupplier(self.client, self.table, supplier_id)
        try:
            supplier = live.get()
        except NotFound:
            restored = DynamoSupplier(self.client, self.source, supplier_id).get()
            back = restored.model_copy(update={"status": "suspended", "removal": None})
            item = {
                **keys.supplier_record(supplier_id),
                "version": {"N": str(back.version)},
                "data": {"S": back.model_dump_json()},
            }
            self._put(item, done)
            return
        if supplier.status != "suspended":
            raise NotRestorable("the supplier is there and not suspended: suspend it first")

    def _retrieve_all(self, supplier_id: str, now: datetime) -> None:
        """Make the next ten-minute run retrieve all invoices, as after a change of the loading mode."""
        progress = DynamoTrackingProgress(self.client, self.table, supplier_id)
        known = progress.get()
        mode = DynamoSupplier(self.client, self.table, supplier_id).get().loading_mode
        progress.save(TrackingProgress(version=known.version).in_mode(mode, now))

    def _of_the_installation(self) -> "Iterator[Item]":
        """The records of no supplier: the last message reference and the default supplier's id."""
        for where in (keys.last_reference(), keys.default_supplier()):
            item = self.client.get_item(TableName=self.source, Key=where).get("Item")
            if item is not None:
                yield item

    def _put(self, item: "Attributes | Item", done: Restored) -> bool:
        """Write the record unless its key exists; returns whether it was written."""
        try:
            self.client.put_item(TableName=self.table, Item=item, ConditionExpression=ABSENT)
        except ClientError as error:
            if not failed_conditions(error):
                raise
            done.left_alone += 1
            return False
        done.written += 1
        return True

    def _on_its_own(self, table: str, siret: str) -> bool:
        """Whether that table has a structure under the SIRET that is no part of a supplier."""
        record = get_item(self.client, table, keys.structure_record(siret))
        return record is not None and "tenant" not in record

    def _claimed_by(self, siret: str) -> str:
        claim = get_item(self.client, self.table, keys.siret_claim(siret))
        assert claim is not None  # its put has just failed, and no function deletes the claim of a suspended supplier
        return claim["supplier_id"]["S"]
