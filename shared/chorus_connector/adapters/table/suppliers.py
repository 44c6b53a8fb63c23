"""The tenants on the table: one supplier's settings, and the installation they all belong to.

The installation is what spans tenants: who may do what where, and the keys of what is due, nothing of what it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from chorus_connector.adapters.table.items import (
    READY_SHARDS,
    Item,
    change_item,
    failed_conditions,
    key,
    read_many,
    read_page,
    shard,
    stamp,
)
from chorus_connector.domain.errors import AlreadyExists, NotFound, StaleWrite
from chorus_connector.domain.suppliers.access import Member
from chorus_connector.domain.suppliers.supplier import Role, Supplier
from chorus_connector.ports.values import DeletedSupplier, Event, SupplierIdPage, Work

if TYPE_CHECKING:
    from chorus_connector.domain.suppliers.audit import Change

_EVENT = TypeAdapter(Event)
DELETED = TypeAdapter(DeletedSupplier)


class DynamoSupplier:
    """``ports.SupplierStore`` on the table, made for one supplier."""

    def __init__(self, client: Any, table: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._key = {"PK": {"S": f"SUPPLIER#{supplier_id}"}, "SK": {"S": "SUPPLIER"}}

    def get(self) -> Supplier:
        item = self._client.get_item(TableName=self._table, Key=self._key, ConsistentRead=True).get("Item")
        if item is None:
            raise NotFound
        return Supplier.model_validate_json(item["data"]["S"])

    def save(self, supplier: Supplier, *, event: Event | None = None, change: Change | None = None) -> None:
        lines = [self._event_item(supplier.version, event)] if event else []
        lines += [change_item(supplier.supplier_id, change)] if change else []
        self._write([self._next_version(supplier), *(self._put(line) for line in lines)])

    def save_claiming_siret(self, supplier: Supplier, *, before: str, change: Change) -> None:
        claim = self._put(_siret_item(supplier), ConditionExpression="attribute_not_exists(PK)")
        released = {"Delete": {"TableName": self._table, "Key": key(f"SIRET#{before}", "SIRET")}}
        line = self._put(change_item(supplier.supplier_id, change))
        try:
            self._write([self._next_version(supplier), line, claim, *([released] if before else [])])
        except _Failed as error:
            raise (StaleWrite() if error.conditions[0] else _siret_taken()) from None

    def _write(self, actions: list[dict[str, Any]]) -> None:
        try:
            self._client.transact_write_items(TransactItems=actions)
        except ClientError as error:
            if failed := failed_conditions(error):
                raise _Failed(failed) from None
            raise

    def _next_version(self, supplier: Supplier) -> dict[str, Any]:
        return self._put(
            _supplier_item(supplier),
            ConditionExpression="version = :version",
            ExpressionAttributeValues={":version": {"N": str(supplier.version - 1)}},
        )

    def _put(self, item: Item, **condition: Any) -> dict[str, Any]:
        return {"Put": {"TableName": self._table, "Item": item, **condition}}

    def events(self) -> Sequence[Event]:
        paginator = self._client.get_paginator("query")
        pages = paginator.paginate(
            TableName=self._table,
            KeyConditionExpression="PK = :pk AND begins_with(SK, :prefix)",
            ExpressionAttributeValues={":pk": self._key["PK"], ":prefix": {"S": "SUPPLIER_EVENT#"}},
        )
        return [_EVENT.validate_json(item["data"]["S"]) for page in pages for item in page["Items"]]

    def _event_item(self, version: int, event: Event) -> Item:
        return {
            "PK": self._key["PK"],
            "SK": {"S": f"SUPPLIER_EVENT#{version:08d}"},
            "data": {"S": _EVENT.dump_json(event).decode()},
        }


class _Failed(StaleWrite):
    """Conditions that failed, in the order of the actions; whoever does not look sees a lost race."""

    def __init__(self, conditions: list[bool]) -> None:
        super().__init__()
        self.conditions = conditions


class DynamoInstallation:
    """``ports.Installation`` on the table."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def create_supplier(self, supplier: Supplier, *, administrator: str) -> None:
        if not self._create([_siret_item(supplier), *_tenant_items(supplier, administrator)]):
            raise _siret_taken()

    def create_default_supplier(self, supplier: Supplier, *, administrator: str) -> bool:
        made = key("INSTALLATION", "DEFAULT_SUPPLIER")
        if "Item" in self._client.get_item(TableName=self._table, Key=made, ConsistentRead=True):
            return False  # the usual case costs a read
        return self._create([made, *_tenant_items(supplier, administrator)])

    def _create(self, items: list[Item]) -> bool:
        """Write all of them; False when one is there already."""
        absent = "attribute_not_exists(PK)"
        puts = [{"Put": {"TableName": self._table, "Item": item, "ConditionExpression": absent}} for item in items]
        try:
            self._client.transact_write_items(TransactItems=puts)
        except ClientError as error:
            if failed_conditions(error):
                return False
            raise
        return True

    def supplier_ids(self, *, limit: int, cursor: str | None) -> SupplierIdPage:
        where = ("INSTALLATION", "SUPPLIER#")
        items, following = read_page(self._client, self._table, *where, limit=limit, cursor=cursor)
        return SupplierIdPage(tuple(item["SK"]["S"].removeprefix("SUPPLIER#") for item in items), following)

    def suppliers_of(self, *principals: str) -> dict[str, frozenset[Role]]:
        rights: dict[str, frozenset[Role]] = {}
        for principal in principals:
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="PK = :pk AND begins_with(SK, :prefix)",
                ExpressionAttributeValues={":pk": {"S": f"PRINCIPAL#{principal}"}, ":prefix": {"S": "SUPPLIER#"}},
                ConsistentRead=True,
            )
            for item in (item for page in pages for item in page["Items"]):
                supplier_id = item["SK"]["S"].removeprefix("SUPPLIER#")
                rights[supplier_id] = rights.get(supplier_id, frozenset()) | _roles(item)
        return rights

    def rights(self, supplier_id: str, *principals: str) -> frozenset[Role]:
        asked = list(dict.fromkeys(principals))[:100]  # one call, however many groups somebody is in
        keys = [key(f"PRINCIPAL#{principal}", f"SUPPLIER#{supplier_id}") for principal in asked]
        return frozenset[Role]().union(*(_roles(item) for item in read_many(self._client, self._table, keys)))

    def deleted(self, supplier_id: str) -> DeletedSupplier | None:
        item = self._client.get_item(
            TableName=self._table, Key=key("INSTALLATION", f"DELETED#{supplier_id}"), ConsistentRead=True
        ).get("Item")
        return DELETED.validate_json(item["data"]["S"]) if item else None

    def due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        return [_work(item) for item in self._due("READY", now, limit)]

    def tracking_due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        return [_work(item) for item in self._due("LOOK", now, limit)]

    def nightly_tracking_due(self, now: datetime, *, limit: int) -> Sequence[str]:
        return [item["PK"]["S"].removeprefix("SUPPLIER#") for item in self._due("NIGHT", now, limit)]

    def probes_due(self, now: datetime, *, limit: int) -> Sequence[str]:
        return [item["PK"]["S"].removeprefix("SUPPLIER#") for item in self._due("PROBE", now, limit)]

    def removals_begun(self, before: datetime, *, limit: int) -> Sequence[tuple[str, datetime]]:
        keys = [(item["PK"]["S"], item["ready_sort"]["S"]) for item in self._due("LEAVING", before, limit)]
        return [(who.removeprefix("SUPPLIER#"), datetime.fromisoformat(since.split("#")[0])) for who, since in keys]

    def _due(self, what: str, now: datetime, limit: int) -> Iterator[Item]:
        """The keys due in all partitions of one kind, longest due first; no more of them in memory than a page each."""
        shards = (self._due_in(f"{what}#{shard}", now, limit) for shard in range(READY_SHARDS))
        return islice(merge(*shards, key=lambda key: str(key["ready_sort"]["S"])), limit)

    def _due_in(self, shard: str, now: datetime, limit: int) -> Iterator[Item]:
        paginator = self._client.get_paginator("query")
        pages = paginator.paginate(
            TableName=self._table,
            IndexName="by_readiness",
            KeyConditionExpression="ready_shard = :shard AND ready_sort <= :now",
            # "~" sorts after every character of a date or an id: what is due this very microsecond counts
            ExpressionAttributeValues={":shard": {"S": shard}, ":now": {"S": f"{stamp(now)}#~"}},
            PaginationConfig={"MaxItems": limit},
        )
        return (item for page in pages for item in page["Items"])


def read_suppliers(client: Any, table: str, supplier_ids: Iterable[str]) -> list[Supplier]:
    """Those suppliers' records in this order; what is not there is left out."""
    keys = [key(f"SUPPLIER#{supplier_id}", "SUPPLIER") for supplier_id in supplier_ids]
    found = {item["PK"]["S"]: item for item in read_many(client, table, keys)}
    items = (found[each["PK"]["S"]] for each in keys if each["PK"]["S"] in found)
    return [Supplier.model_validate_json(item["data"]["S"]) for item in items]


def membership_items(supplier_id: str, member: Member) -> list[Item]:
    """A member's rights twice: as the supplier's list shows them, and as each request asks for them.

    ``role`` is for the space of messages, which asks one question: administering or not.
    """
    role: Role = "administer" if "administer" in member.roles else "use"
    return [
        {
            **key(f"SUPPLIER#{supplier_id}", f"MEMBER#{member.principal}"),
            "data": {"S": member.model_dump_json()},
        },
        {
            **key(f"PRINCIPAL#{member.principal}", f"SUPPLIER#{supplier_id}"),
            "roles": {"SS": sorted(member.roles)},
            "role": {"S": role},
        },
    ]


def _supplier_item(supplier: Supplier) -> Item:
    item: Item = {
        "PK": {"S": f"SUPPLIER#{supplier.supplier_id}"},
        "SK": {"S": "SUPPLIER"},
        "version": {"N": str(supplier.version)},
        "data": {"S": supplier.model_dump_json()},
    }
    if supplier.probe_due_at is not None:
        item["ready_shard"] = {"S": f"PROBE#{shard(supplier.supplier_id)}"}
        item["ready_sort"] = {"S": f"{stamp(supplier.probe_due_at)}#{supplier.supplier_id}"}
    if supplier.removal is not None:  # it has no probe any more
        item["ready_shard"] = {"S": f"LEAVING#{shard(supplier.supplier_id)}"}
        item["ready_sort"] = {"S": f"{stamp(supplier.removal.asked_at)}#{supplier.supplier_id}"}
    return item


def _siret_item(supplier: Supplier) -> Item:
    return {**key(f"SIRET#{supplier.siret}", "SIRET"), "supplier_id": {"S": supplier.supplier_id}}


def _tenant_items(supplier: Supplier, administrator: str) -> list[Item]:
    """What every tenant begins with: its record, its place in the list, and one member with both rights."""
    first = Member(principal=administrator, kind="person", roles=("administer", "use"))
    listed = key("INSTALLATION", f"SUPPLIER#{supplier.supplier_id}")
    return [_supplier_item(supplier), listed, *membership_items(supplier.supplier_id, first)]


def _siret_taken() -> AlreadyExists:
    return AlreadyExists("Un fournisseur a déjà ce SIRET.", "A supplier already has this SIRET.")


def _roles(item: Item) -> frozenset[Role]:
    return frozenset(cast("list[Role]", item["roles"]["SS"]))


def _work(item: Item) -> Work:
    """The work a key of the index names; its sort key is ``<due>#<invoice date or nothing>#<document>``."""
    invoice_date = item["ready_sort"]["S"].split("#")[1]
    kind, _, document_id = item["SK"]["S"].partition("#")
    return Work(
        supplier_id=item["PK"]["S"].removeprefix("SUPPLIER#"),
        document_id=document_id if kind == "INVOICE" else "",
        invoice_date=date.fromisoformat(invoice_date) if invoice_date else None,
    )
