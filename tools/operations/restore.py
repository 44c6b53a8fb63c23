"""``chorus-connector restore-tenant``: a supplier's records out of a restored backup, back into the live table.

A backup knows nothing of what was sent after it. So nothing that is there is overwritten (what claims a number goes
on claiming it), and the supplier comes back suspended: everything at the portal is retrieved first, which claims the
numbers of what was sent meanwhile, and only then does a person resume it. So nothing goes twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.invoices import DynamoTrackingProgress
from chorus_connector.adapters.table.items import ABSENT, failed_conditions, get_item, query_all
from chorus_connector.adapters.table.suppliers import DynamoSupplier
from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.portal.tracking import TrackingProgress

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from chorus_connector.adapters.table.items import Item
    from chorus_connector.adapters.table.keys import Attributes

_NOT_RESTORED = frozenset({keys.SUPPLIER, keys.TRACKING, keys.BREAKER})
"""The supplier is restored suspended, its tracking starts from the beginning, its circuit breaker closed."""


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

    client: "DynamoDBClient"
    source: str
    table: str

    def run(self, supplier_id: str, *, now: datetime) -> Restored:
        """Bring back what is missing. Asked again after a kill, it goes on. Raises NotFound, NotRestorable."""
        supplier = DynamoSupplier(self.client, self.source, supplier_id).get()
        done = Restored()
        if supplier.siret:
            claim = {**keys.siret_claim(supplier.siret), "supplier_id": {"S": supplier_id}}
            if not self._put(claim, done) and self._claimed_by(supplier.siret) != supplier_id:
                raise NotRestorable(f"another supplier has the SIRET {supplier.siret} by now")
        # first of all: as long as it is not suspended nothing may be there that could leave
        self._suspended(supplier_id, done)
        for partition in (keys.supplier(supplier_id), *([keys.structure(supplier.siret)] if supplier.siret else [])):
            for item in query_all(self.client, self.source, partition, ""):
                if item["SK"]["S"] not in _NOT_RESTORED:
                    self._put(item, done)
                    self._put_twin(item, supplier.siret, done)
        self._put(keys.supplier_of_installation(supplier_id), done)
        for item in self._of_the_installation():
            self._put(item, done)
        self._retrieve_all(supplier_id, now)
        self.client.delete_item(TableName=self.table, Key=keys.deleted_supplier(supplier_id))
        return done

    def suppliers(self) -> Sequence[str]:
        """Every supplier the backup has."""
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
        """Everything is asked of the portal at the next tick, as when a loading mode begins."""
        following = DynamoTrackingProgress(self.client, self.table, supplier_id)
        known = following.get()
        mode = DynamoSupplier(self.client, self.table, supplier_id).get().loading_mode
        following.save(TrackingProgress(version=known.version).in_mode(mode, now))

    def _of_the_installation(self) -> "Iterator[Item]":
        """What a table that was lost whole lacks beside its suppliers: no reference of a message is given twice."""
        for where in (keys.last_reference(), keys.default_supplier()):
            item = self.client.get_item(TableName=self.source, Key=where).get("Item")
            if item is not None:
                yield item

    def _put_twin(self, item: "Item", siret: str, done: Restored) -> None:
        """What stands under the principal too: rights, and subscriptions to messages."""
        kind, principal = keys.kind_and_rest(item["SK"]["S"])
        if kind not in {keys.MEMBER, keys.SUBSCRIBER}:
            return
        sort = item["PK"]["S"] if kind == keys.MEMBER else keys.subscription(siret)
        twin = get_item(self.client, self.source, keys.primary_key(keys.principal(principal), sort))
        if twin is not None:
            self._put(twin, done)

    def _put(self, item: "Attributes | Item", done: Restored) -> bool:
        """Whether it was written: not over what is there."""
        try:
            self.client.put_item(TableName=self.table, Item=item, ConditionExpression=ABSENT)
        except ClientError as error:
            if not failed_conditions(error):
                raise
            done.left_alone += 1
            return False
        done.written += 1
        return True

    def _claimed_by(self, siret: str) -> str:
        claim = get_item(self.client, self.table, keys.siret_claim(siret))
        assert claim is not None  # its put has just failed, and no function removes it from a suspended supplier
        return claim["supplier_id"]["S"]
