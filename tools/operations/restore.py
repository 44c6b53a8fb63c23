"""``chorus-connector restore-tenant``: a supplier's records out of a restored backup, back into the live table.

A backup knows nothing of what was sent after it. So nothing that is there is overwritten (what claims a number goes
on claiming it), and the supplier comes back suspended: everything at the portal is retrieved first, which claims the
numbers of what was sent meanwhile, and only then does a person resume it. So nothing goes twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from chorus_connector.adapters.table.invoices import DynamoTrackingProgress
from chorus_connector.adapters.table.items import Item, failed_conditions, key
from chorus_connector.adapters.table.suppliers import DynamoSupplier
from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.portal.tracking import TrackingProgress

_NOT_AS_THEY_WERE = frozenset({"SUPPLIER", "FOLLOWING", "BREAKER"})
"""Written anew: the supplier suspended, the retrieval from its beginning, and no memory of old trouble."""


class NotRestorable(RuntimeError):
    """The backup or the live table does not allow it; the message says why."""


@dataclass
class Restored:
    """How many records came back, and how many were there already and stay as they are."""

    written: int = 0
    left_alone: int = 0


@dataclass(frozen=True)
class RestoreTenant:
    """From ``source``, a table restored from a backup, to ``table``, the live one. ``client`` is DynamoDB's."""

    client: Any
    source: str
    table: str

    def run(self, supplier_id: str, *, now: datetime) -> Restored:
        """Bring back what is missing. Asked again after a kill, it goes on. Raises NotFound, NotRestorable."""
        supplier = DynamoSupplier(self.client, self.source, supplier_id).get()
        done = Restored()
        if supplier.siret:
            claim = {**key(f"SIRET#{supplier.siret}", "SIRET"), "supplier_id": {"S": supplier_id}}
            if not self._put(claim, done) and self._claimed_by(supplier.siret) != supplier_id:
                raise NotRestorable(f"another supplier has the SIRET {supplier.siret} by now")
        # first of all: as long as it is not suspended nothing may be there that could leave
        self._suspended(supplier_id, done)
        for partition in (f"SUPPLIER#{supplier_id}", *([f"STRUCTURE#{supplier.siret}"] if supplier.siret else [])):
            for item in self._items(partition):
                if item["SK"]["S"] not in _NOT_AS_THEY_WERE:
                    self._put(item, done)
                    self._put_twin(item, supplier.siret, done)
        for item in (key("INSTALLATION", f"SUPPLIER#{supplier_id}"), *self._of_the_installation()):
            self._put(item, done)
        self._retrieve_all(supplier_id, now)
        self.client.delete_item(TableName=self.table, Key=key("INSTALLATION", f"DELETED#{supplier_id}"))
        return done

    def suppliers(self) -> Sequence[str]:
        """Every supplier the backup has."""
        prefix = "SUPPLIER#"
        items = self._items("INSTALLATION")
        return [each["SK"]["S"].removeprefix(prefix) for each in items if each["SK"]["S"].startswith(prefix)]

    def _suspended(self, supplier_id: str, done: Restored) -> None:
        live = DynamoSupplier(self.client, self.table, supplier_id)
        try:
            supplier = live.get()
        except NotFound:
            restored = DynamoSupplier(self.client, self.source, supplier_id).get()
            back = restored.model_copy(update={"status": "suspended", "removal": None})
            item = {
                **key(f"SUPPLIER#{supplier_id}", "SUPPLIER"),
                "version": {"N": str(back.version)},
                "data": {"S": back.model_dump_json()},
            }
            self._put(item, done)
            return
        if supplier.status != "suspended":
            raise NotRestorable("the supplier is there and not suspended: suspend it first")

    def _retrieve_all(self, supplier_id: str, now: datetime) -> None:
        """Everything is asked of the portal at the next tick, as when a loading mode begins."""
        following = DynamoTrackingProgress(self.client, self.table, supplier_id)
        known = following.get()
        mode = DynamoSupplier(self.client, self.table, supplier_id).get().loading_mode
        following.save(TrackingProgress(version=known.version).in_mode(mode, now))

    def _items(self, partition: str) -> Iterator[Item]:
        pages = self.client.get_paginator("query").paginate(
            TableName=self.source,
            KeyConditionExpression="PK = :pk",
            ExpressionAttributeValues={":pk": {"S": partition}},
        )
        return (item for page in pages for item in page["Items"])

    def _of_the_installation(self) -> Iterator[Item]:
        """What a table that was lost whole lacks beside its suppliers: no reference of a message is given twice."""
        for where in (key("COUNTER#messages", "COUNTER"), key("INSTALLATION", "DEFAULT_SUPPLIER")):
            item = self.client.get_item(TableName=self.source, Key=where).get("Item")
            if item is not None:
                yield item

    def _put_twin(self, item: Item, siret: str, done: Restored) -> None:
        """What stands under the principal too: rights, and subscriptions to messages."""
        kind, _, principal = item["SK"]["S"].partition("#")
        if kind not in {"MEMBER", "SUBSCRIBER"}:
            return
        sort = item["PK"]["S"] if kind == "MEMBER" else f"SUBSCRIPTION#{siret}"
        twin = self.client.get_item(TableName=self.source, Key=key(f"PRINCIPAL#{principal}", sort)).get("Item")
        if twin is not None:
            self._put(twin, done)

    def _put(self, item: Item, done: Restored) -> bool:
        """Whether it was written: not over what is there."""
        try:
            self.client.put_item(TableName=self.table, Item=item, ConditionExpression="attribute_not_exists(PK)")
        except ClientError as error:
            if not failed_conditions(error):
                raise
            done.left_alone += 1
            return False
        done.written += 1
        return True

    def _claimed_by(self, siret: str) -> str:
        item = self.client.get_item(TableName=self.table, Key=key(f"SIRET#{siret}", "SIRET"), ConsistentRead=True)
        return str(item["Item"]["supplier_id"]["S"])
