"""The single table. One partition per supplier; every write is conditional.

    PK               SK                       what
    SUPPLIER#<id>    SUPPLIER                 the tenant's settings; index by_readiness: its next probe
    SUPPLIER#<id>    AUDIT#<time>#<id>        one change of the configuration
    SUPPLIER#<id>    ACCESS                   how often the access list changed
    SUPPLIER#<id>    MEMBER#<principal>       somebody's rights, as the list shows them
    SUPPLIER#<id>    NOTIFY#<kind>#<principal>  who is told of what
    SUPPLIER#<id>    SUPPLIER_EVENT#<n>       what people were told of it, one line per version that told something
    SUPPLIER#<id>    BREAKER                  the outage pilot's memory of this supplier's calls
    PORTAL#<name>    BREAKER                  … and of everybody's
    SUPPLIER#<id>    INVOICE#<document>       one invoice; index by_list (list_sort), by_readiness (ready_*)
    SUPPLIER#<id>    FOLLOWING                how far its invoices were retrieved; index by_readiness: when it goes on
    SUPPLIER#<id>    EVENT#<document>#<n>     its audit trail, one line per version
    SUPPLIER#<id>    NUMBER#<number>          who claims an invoice number
    SUPPLIER#<id>    CONTENT#<sha256>         who holds a file
    SIRET#<siret>    SIRET                    which tenant a SIRET is
    PRINCIPAL#<id>   SUPPLIER#<id>            the same rights, as every request asks for them
    INSTALLATION     SUPPLIER#<id>            every tenant's id
    INSTALLATION     DEFAULT_SUPPLIER         the tenant of a new installation was made, and never again
    INSTALLATION     DELETED#<id>             what stays of a deleted tenant
    IDEMPOTENCY#<h>  IDEMPOTENCY              the answer to a request that carried a key, for a day
    RECIPIENT#<siret> RECIPIENT               a directory answer, shared: it is public

Records are stored as JSON text in ``data`` beside the few attributes that keys and conditions need, so that
an amount is never a float. Only a failed condition is translated; anything else goes up as it is.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from chorus_connector.adapters.dynamodb_items import Item, encode_cursor, failed_conditions, key, stamp, start_key
from chorus_connector.domain.access import Member
from chorus_connector.domain.breaker import Breaker, Circuit
from chorus_connector.domain.errors import AlreadyExists, NotFound, NumberTaken, StaleWrite
from chorus_connector.domain.following import Following, portal_document_id
from chorus_connector.domain.invoice import Invoice, List, State
from chorus_connector.domain.recipient import Recipient
from chorus_connector.domain.supplier import Role, Supplier
from chorus_connector.port_values import DeletedSupplier, Event, InvoicePage, SupplierIdPage, Work

if TYPE_CHECKING:
    from chorus_connector.domain.audit import Change
    from chorus_connector.domain.portal import FoundInvoice

READY_SHARDS = 4
"""Partitions of the index of what is due: enough that no single one is hot, few enough to ask them all."""

_BATCH_READ = 100

_FILTERED_READS = 10
"""Queries one filtered page may cost: somebody who sees one document in a thousand gets a short page and a cursor."""

_EVENT = TypeAdapter(Event)
DELETED = TypeAdapter(DeletedSupplier)


class DynamoInvoices:
    """``ports.InvoiceStore`` on the table, made for one supplier."""

    def __init__(self, client: Any, table: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._supplier_id = supplier_id
        self._pk = f"SUPPLIER#{supplier_id}"

    def get(self, document_id: str) -> Invoice:
        item = self._item(f"INVOICE#{document_id}")
        if item is None:
            raise NotFound
        return Invoice.model_validate_json(item["data"]["S"])

    def add(self, invoice: Invoice, *, by: str) -> None:
        try:
            self._client.transact_write_items(
                TransactItems=[
                    {"Put": self._put(self._invoice_item(invoice), "attribute_not_exists(PK)")},
                    {"Put": self._event_put(invoice, by=by, action="received", detail="")},
                ]
            )
        except ClientError as error:
            if failed_conditions(error):
                raise AlreadyExists("Ce document existe déjà.", "This document exists already.") from None
            raise

    def save(self, invoice: Invoice, *, by: str, action: str, detail: str = "") -> None:
        try:
            self._client.transact_write_items(TransactItems=self._next_version(invoice, by, action, detail))
        except ClientError as error:
            if failed_conditions(error):
                raise StaleWrite from None
            raise

    def reschedule(self, invoice: Invoice) -> None:
        same = {":version": {"N": str(invoice.version)}}
        try:
            self._client.put_item(**self._put(self._invoice_item(invoice), "version = :version", same))
        except ClientError as error:
            if failed_conditions(error):
                raise StaleWrite from None
            raise

    def at_portal(self, deposits: Sequence[FoundInvoice]) -> dict[int, Invoice]:
        claims = self._read([f"NUMBER#{each.invoice_number}" for each in deposits if each.invoice_number])
        holders = {sort: item["document_id"]["S"] for sort, item in claims.items()}
        wanted = [*holders.values(), *(portal_document_id(each.chorus_id) for each in deposits)]
        items = self._read([f"INVOICE#{document_id}" for document_id in wanted])
        known = {sort: Invoice.model_validate_json(item["data"]["S"]) for sort, item in items.items()}
        ours: dict[int, Invoice] = {}
        for each in deposits:
            holder = known.get(f"INVOICE#{holders.get(f'NUMBER#{each.invoice_number}')}")
            adopted = known.get(f"INVOICE#{portal_document_id(each.chorus_id)}")
            if (found := _the_one(each.chorus_id, holder, adopted)) is not None:
                ours[each.chorus_id] = found
        return ours

    def adopt(self, invoice: Invoice, *, by: str) -> None:
        absent = "attribute_not_exists(PK)"
        number = invoice.deposit.invoice_number if invoice.deposit else ""
        claim: Item = {**self._key(f"NUMBER#{number}"), "document_id": {"S": invoice.document_id}}
        there = supplier_is_there(self._table, self._supplier_id)
        record = {"Put": self._put(self._invoice_item(invoice), absent)}
        line = {"Put": self._event_put(invoice, by=by, action="found_at_portal", detail="")}
        try:
            self._client.transact_write_items(TransactItems=[there, record, line, {"Put": self._put(claim, absent)}])
        except ClientError as error:
            failed = failed_conditions(error)
            if not failed:
                raise
            if failed[0]:
                raise NotFound from None
            if failed[1]:
                raise AlreadyExists("Ce document existe déjà.", "This document exists already.") from None
            self._adopt_unclaimed(invoice, [there, record, line], number)

    def _adopt_unclaimed(self, invoice: Invoice, writes: list[dict[str, Any]], number: str) -> None:
        """Another document claims the number; it may be on its way to the portal with it, then this is that one."""
        holder_id = self.number_holder(number)
        if holder_id is not None and (holder := self.get(holder_id)).state is not State.REFUSED:
            ours = holder.deposit.chorus_id if holder.deposit else None
            if invoice.deposit is None or ours in (None, invoice.deposit.chorus_id):
                raise AlreadyExists("Ce document existe déjà.", "This document exists already.") from None
        try:
            self._client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if failed_conditions(error):
                raise AlreadyExists("Ce document existe déjà.", "This document exists already.") from None
            raise

    def save_claiming_number(self, invoice: Invoice, number: str, *, by: str, action: str) -> None:
        claim: Item = {**self._key(f"NUMBER#{number}"), "document_id": {"S": invoice.document_id}}
        condition = "attribute_not_exists(PK) OR document_id = :document"
        values = {":document": {"S": invoice.document_id}}
        try:
            self._client.transact_write_items(
                TransactItems=[
                    {"Put": self._put(claim, condition, values)},
                    *self._next_version(invoice, by, action, ""),
                ]
            )
        except ClientError as error:
            failed = failed_conditions(error)
            if failed and failed[0]:
                raise NumberTaken(self.number_holder(number) or "") from None
            if failed:
                raise StaleWrite from None
            raise

    def number_holder(self, number: str) -> str | None:
        return self._holder(f"NUMBER#{number}")

    def release_number(self, number: str, document_id: str) -> None:
        try:
            self._client.delete_item(
                TableName=self._table,
                Key=self._key(f"NUMBER#{number}"),
                ConditionExpression="document_id = :document",
                ExpressionAttributeValues={":document": {"S": document_id}},
            )
        except ClientError as error:
            if not failed_conditions(error):
                raise

    def claim_content(self, sha256: str, document_id: str) -> str:
        key = f"CONTENT#{sha256}"
        try:
            self._client.put_item(
                TableName=self._table,
                Item={**self._key(key), "document_id": {"S": document_id}},
                ConditionExpression="attribute_not_exists(PK)",
            )
        except ClientError as error:
            if not failed_conditions(error):
                raise
            return self._holder(key) or document_id
        return document_id

    def content_holder(self, sha256: str) -> str | None:
        return self._holder(f"CONTENT#{sha256}")

    def page(
        self,
        listed_in: List | None,
        *,
        limit: int,
        cursor: str | None,
        sees: Callable[[Invoice], bool] | None = None,
    ) -> InvoicePage:
        prefix = f"{listed_in}#" if listed_in else "INVOICE#"
        sort_key = "list_sort" if listed_in else "SK"
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": f"PK = :pk AND begins_with({sort_key}, :prefix)",
            "ExpressionAttributeValues": {":pk": {"S": self._pk}, ":prefix": {"S": prefix}},
            "ScanIndexForward": False,
            "Limit": limit if sees is None else max(2 * limit, 25),
        }
        if listed_in:
            request["IndexName"] = "by_list"
        if cursor:
            request["ExclusiveStartKey"] = start_key(cursor, self._pk, prefix, sort_key=sort_key)
        if sees is not None:
            return self._filtered_page(request, sees, limit, sort_key)
        answer = self._client.query(**request)
        last = answer.get("LastEvaluatedKey")
        return InvoicePage(
            invoices=tuple(Invoice.model_validate_json(item["data"]["S"]) for item in answer["Items"]),
            cursor=encode_cursor(last) if last else None,
        )

    def _filtered_page(
        self, request: dict[str, Any], sees: Callable[[Invoice], bool], limit: int, sort_key: str
    ) -> InvoicePage:
        """Read on until the page is full, the list ends or enough was read; the cursor is the last one looked at."""
        found: list[Invoice] = []
        last_kept: Item = {}
        for _ in range(_FILTERED_READS):
            answer = self._client.query(**request)
            for item in answer["Items"]:
                invoice = Invoice.model_validate_json(item["data"]["S"])
                if not sees(invoice):
                    continue
                if len(found) == limit:  # one more than fits: there is a next page, and it begins here
                    return InvoicePage(tuple(found), encode_cursor(last_kept))
                found.append(invoice)
                last_kept = {name: item[name] for name in ("PK", "SK", sort_key)}
            if "LastEvaluatedKey" not in answer:
                return InvoicePage(tuple(found), None)
            if len(found) == limit:
                return InvoicePage(tuple(found), encode_cursor(last_kept))
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return InvoicePage(tuple(found), encode_cursor(request["ExclusiveStartKey"]))

    def events(self, document_id: str) -> Sequence[Event]:
        paginator = self._client.get_paginator("query")
        pages = paginator.paginate(
            TableName=self._table,
            KeyConditionExpression="PK = :pk AND begins_with(SK, :prefix)",
            ExpressionAttributeValues={":pk": {"S": self._pk}, ":prefix": {"S": f"EVENT#{document_id}#"}},
        )
        return [_EVENT.validate_json(item["data"]["S"]) for page in pages for item in page["Items"]]

    # --- items -------------------------------------------------------------------------------------------

    def _key(self, sort_key: str) -> Item:
        return {"PK": {"S": self._pk}, "SK": {"S": sort_key}}

    def _item(self, sort_key: str) -> Item | None:
        answer = self._client.get_item(TableName=self._table, Key=self._key(sort_key), ConsistentRead=True)
        return cast("Item | None", answer.get("Item"))

    def _read(self, sort_keys: Iterable[str]) -> dict[str, Item]:
        """Those of the items that are there, by their sort key."""
        distinct = list(dict.fromkeys(sort_keys))
        found: dict[str, Item] = {}
        for start in range(0, len(distinct), _BATCH_READ):
            keys = [self._key(each) for each in distinct[start : start + _BATCH_READ]]
            wanted: dict[str, Any] = {self._table: {"Keys": keys, "ConsistentRead": True}}
            while wanted:
                answer = self._client.batch_get_item(RequestItems=wanted)
                found |= {item["SK"]["S"]: item for item in answer["Responses"].get(self._table, [])}
                wanted = answer.get("UnprocessedKeys") or {}
        return found

    def _holder(self, sort_key: str) -> str | None:
        item = self._item(sort_key)
        return cast(str, item["document_id"]["S"]) if item else None

    def _invoice_item(self, invoice: Invoice) -> Item:
        item: Item = {
            **self._key(f"INVOICE#{invoice.document_id}"),
            "version": {"N": str(invoice.version)},
            "state": {"S": invoice.state},
            "list_sort": {"S": f"{invoice.listed_in}#{stamp(invoice.received_at)}#{invoice.document_id}"},
            "data": {"S": invoice.model_dump_json(exclude_defaults=True)},
        }
        if invoice.due_at is not None:
            item["ready_shard"] = {"S": _due_shard(invoice)}
            # the date goes along so that a drain can be ordered without reading the invoices
            invoice_date = invoice.form.value("invoice_date") or ""
            item["ready_sort"] = {"S": f"{stamp(invoice.due_at)}#{invoice_date}#{invoice.document_id}"}
        return item

    def _put(self, item: Item, condition: str, values: Item | None = None) -> dict[str, Any]:
        put: dict[str, Any] = {"TableName": self._table, "Item": item, "ConditionExpression": condition}
        if values:
            put["ExpressionAttributeValues"] = values
        return put

    def _next_version(self, invoice: Invoice, by: str, action: str, detail: str) -> list[dict[str, Any]]:
        expected = {":version": {"N": str(invoice.version - 1)}}
        return [
            {"Put": self._put(self._invoice_item(invoice), "version = :version", expected)},
            {"Put": self._event_put(invoice, by=by, action=action, detail=detail)},
        ]

    def _event_put(self, invoice: Invoice, *, by: str, action: str, detail: str) -> dict[str, Any]:
        event = Event(at=invoice.changed_at, by=by, action=action, state=invoice.state, detail=detail)
        item: Item = {
            **self._key(f"EVENT#{invoice.document_id}#{invoice.version:08d}"),
            "data": {"S": _EVENT.dump_json(event).decode()},
        }
        return self._put(item, "attribute_not_exists(PK)")


class DynamoFollowing:
    """``ports.FollowingStore`` on the table, made for one supplier."""

    def __init__(self, client: Any, table: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._supplier_id = supplier_id
        self._key = key(f"SUPPLIER#{supplier_id}", "FOLLOWING")

    def get(self) -> Following:
        item = self._client.get_item(TableName=self._table, Key=self._key, ConsistentRead=True).get("Item")
        return Following.model_validate_json(item["data"]["S"]) if item else Following()

    def save(self, following: Following) -> Following:
        written = following.model_copy(update={"version": following.version + 1})
        put = {
            "TableName": self._table,
            "Item": self._item(written),
            "ConditionExpression": "attribute_not_exists(PK) OR version = :version",
            "ExpressionAttributeValues": {":version": {"N": str(following.version)}},
        }
        try:
            # the very first is written where nothing is: it must not bring back a supplier that is gone
            self._client.transact_write_items(
                TransactItems=[supplier_is_there(self._table, self._supplier_id), {"Put": put}]
            )
        except ClientError as error:
            if failed_conditions(error):
                raise StaleWrite from None
            raise
        return written

    def _item(self, following: Following) -> Item:
        item: Item = {
            **self._key,
            "version": {"N": str(following.version)},
            "data": {"S": following.model_dump_json(exclude_defaults=True)},
        }
        # what was cut off goes on by day; else the night is next
        due_at = following.retry_at or following.nightly_due_at
        if due_at is not None:
            kind = "LOOK" if following.retry_at else "NIGHT"
            item["ready_shard"] = {"S": f"{kind}#{_shard(self._supplier_id)}"}
            item["ready_sort"] = {"S": f"{stamp(due_at)}##{self._supplier_id}"}
        return item


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
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "PK = :pk AND begins_with(SK, :prefix)",
            "ExpressionAttributeValues": {":pk": {"S": "INSTALLATION"}, ":prefix": {"S": "SUPPLIER#"}},
            "Limit": limit,
        }
        if cursor:
            request["ExclusiveStartKey"] = start_key(cursor, "INSTALLATION", "SUPPLIER#")
        answer = self._client.query(**request)
        last = answer.get("LastEvaluatedKey")
        ids = tuple(item["SK"]["S"].removeprefix("SUPPLIER#") for item in answer["Items"])
        return SupplierIdPage(ids, encode_cursor(last) if last else None)

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
        keys = [key(f"PRINCIPAL#{principal}", f"SUPPLIER#{supplier_id}") for principal in dict.fromkeys(principals)]
        wanted: dict[str, Any] = {self._table: {"Keys": keys[:100], "ConsistentRead": True}}
        held: frozenset[Role] = frozenset()
        while wanted:
            answer = self._client.batch_get_item(RequestItems=wanted)
            held = held.union(*(_roles(item) for item in answer["Responses"].get(self._table, [])))
            wanted = answer.get("UnprocessedKeys", {})
        return held

    def deleted(self, supplier_id: str) -> DeletedSupplier | None:
        item = self._client.get_item(
            TableName=self._table, Key=key("INSTALLATION", f"DELETED#{supplier_id}"), ConsistentRead=True
        ).get("Item")
        return DELETED.validate_json(item["data"]["S"]) if item else None

    def due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        return [_work(item) for item in self._due("READY", now, limit)]

    def looks_due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        return [_work(item) for item in self._due("LOOK", now, limit)]

    def nights_due(self, now: datetime, *, limit: int) -> Sequence[str]:
        return [item["PK"]["S"].removeprefix("SUPPLIER#") for item in self._due("NIGHT", now, limit)]

    def probes_due(self, now: datetime, *, limit: int) -> Sequence[str]:
        return [item["PK"]["S"].removeprefix("SUPPLIER#") for item in self._due("PROBE", now, limit)]

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


class DynamoBreakers:
    """``ports.Breakers`` on the table: the breaker of one portal and of one supplier."""

    def __init__(self, client: Any, table: str, *, portal: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._supplier_id = supplier_id
        self._keys = (_breaker_key(f"PORTAL#{portal}"), _breaker_key(f"SUPPLIER#{supplier_id}"))

    def get(self) -> Circuit:
        wanted = {self._table: {"Keys": list(self._keys), "ConsistentRead": True}}
        found: dict[str, Breaker] = {}
        while wanted:
            answer = self._client.batch_get_item(RequestItems=wanted)
            for item in answer["Responses"].get(self._table, []):
                found[item["PK"]["S"]] = Breaker.model_validate_json(item["data"]["S"])
            wanted = answer.get("UnprocessedKeys") or {}
        portal, supplier = (found.get(key["PK"]["S"], Breaker()) for key in self._keys)
        return Circuit(portal, supplier)

    def save(self, before: Circuit, after: Circuit) -> Circuit:
        portal, supplier = _next_version(before.portal, after.portal), _next_version(before.supplier, after.supplier)
        changed = [
            {"Put": self._put(key, breaker)}
            for key, old, breaker in zip(self._keys, (before.portal, before.supplier), (portal, supplier), strict=True)
            if breaker.version != old.version
        ]
        if supplier.version != before.supplier.version:
            changed.append(supplier_is_there(self._table, self._supplier_id))
        try:
            self._client.transact_write_items(TransactItems=changed)
        except ClientError as error:
            if failed_conditions(error):
                raise StaleWrite from None
            raise
        return Circuit(portal, supplier)

    def _put(self, key: Item, breaker: Breaker) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Item": {
                **key,
                "version": {"N": str(breaker.version)},
                "data": {"S": breaker.model_dump_json(exclude_defaults=True)},
            },
            "ConditionExpression": "attribute_not_exists(PK) OR version = :version",
            "ExpressionAttributeValues": {":version": {"N": str(breaker.version - 1)}},
        }


def supplier_is_there(table: str, supplier_id: str) -> dict[str, Any]:
    """The condition that a tenant still exists, for writes that would bring back some of one that is gone.

    Not for writes of which one supplier makes many at a time: two such transactions get into each other's way. What
    those leave behind is swept away after the end.
    """
    where = {"TableName": table, "Key": key(f"SUPPLIER#{supplier_id}", "SUPPLIER")}
    return {"ConditionCheck": {**where, "ConditionExpression": "attribute_exists(PK)"}}


def _next_version(before: Breaker, after: Breaker) -> Breaker:
    return before if after == before else after.model_copy(update={"version": before.version + 1})


def _breaker_key(partition: str) -> Item:
    return {"PK": {"S": partition}, "SK": {"S": "BREAKER"}}


def _work(item: Item) -> Work:
    """The work a key of the index names; its sort key is ``<due>#<invoice date or nothing>#<document>``."""
    invoice_date = item["ready_sort"]["S"].split("#")[1]
    kind, _, document_id = item["SK"]["S"].partition("#")
    return Work(
        supplier_id=item["PK"]["S"].removeprefix("SUPPLIER#"),
        document_id=document_id if kind == "INVOICE" else "",
        invoice_date=date.fromisoformat(invoice_date) if invoice_date else None,
    )


def read_suppliers(client: Any, table: str, supplier_ids: Iterable[str]) -> list[Supplier]:
    """Those suppliers' records in this order, a hundred at most; what is not there is left out."""
    keys = [key(f"SUPPLIER#{supplier_id}", "SUPPLIER") for supplier_id in supplier_ids]
    wanted: dict[str, Any] = {table: {"Keys": keys, "ConsistentRead": True}} if keys else {}
    found: dict[str, Supplier] = {}
    while wanted:
        answer = client.batch_get_item(RequestItems=wanted)
        for item in answer["Responses"].get(table, []):
            found[item["PK"]["S"]] = Supplier.model_validate_json(item["data"]["S"])
        wanted = answer.get("UnprocessedKeys", {})
    return [found[each["PK"]["S"]] for each in keys if each["PK"]["S"] in found]


class DynamoRecipients:
    """``ports.RecipientCache`` on the table."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, siret: str) -> Recipient | None:
        item = self._client.get_item(TableName=self._table, Key=_recipient_key(siret)).get("Item")
        return Recipient.model_validate_json(item["data"]["S"]) if item else None

    def put(self, recipient: Recipient) -> None:
        data = {"data": {"S": recipient.model_dump_json()}}
        self._client.put_item(TableName=self._table, Item={**_recipient_key(recipient.siret), **data})


def ready_shard(document_id: str) -> str:
    """The partition of the index of what is due in which a document stands, the same for ever."""
    return f"READY#{_shard(document_id)}"


def _due_shard(invoice: Invoice) -> str:
    """What is at the portal is looked at by another box than what is on its way there."""
    if invoice.state is State.SUBMITTED:
        return f"LOOK#{_shard(invoice.document_id)}"
    return ready_shard(invoice.document_id)


def _the_one(chorus_id: int, holder: Invoice | None, adopted: Invoice | None) -> Invoice | None:
    """Which of the two records that invoice is: the one submitted as it, the one found as it, or who may become it."""
    if adopted is not None:
        return adopted
    if holder is None or holder.state is State.REFUSED:
        return None
    return holder if holder.deposit is None or holder.deposit.chorus_id == chorus_id else None


def _shard(key: str) -> int:
    return zlib.crc32(key.encode()) % READY_SHARDS


def _supplier_item(supplier: Supplier) -> Item:
    item: Item = {
        "PK": {"S": f"SUPPLIER#{supplier.supplier_id}"},
        "SK": {"S": "SUPPLIER"},
        "version": {"N": str(supplier.version)},
        "data": {"S": supplier.model_dump_json()},
    }
    if supplier.probe_due_at is not None:
        item["ready_shard"] = {"S": f"PROBE#{_shard(supplier.supplier_id)}"}
        item["ready_sort"] = {"S": f"{stamp(supplier.probe_due_at)}#{supplier.supplier_id}"}
    return item


def _siret_item(supplier: Supplier) -> Item:
    return {**key(f"SIRET#{supplier.siret}", "SIRET"), "supplier_id": {"S": supplier.supplier_id}}


def _tenant_items(supplier: Supplier, administrator: str) -> list[Item]:
    """What every tenant begins with: its record, its place in the list, and one member with both rights."""
    first = Member(principal=administrator, kind="person", roles=("administer", "use"))
    listed = key("INSTALLATION", f"SUPPLIER#{supplier.supplier_id}")
    return [_supplier_item(supplier), listed, *membership_items(supplier.supplier_id, first)]


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


def change_item(supplier_id: str, change: Change) -> Item:
    """A line of the configuration's audit trail."""
    return {
        **key(f"SUPPLIER#{supplier_id}", f"AUDIT#{stamp(change.at)}#{change.change_id}"),
        "data": {"S": change.model_dump_json()},
    }


def _roles(item: Item) -> frozenset[Role]:
    return frozenset(cast("list[Role]", item["roles"]["SS"]))


def _siret_taken() -> AlreadyExists:
    return AlreadyExists("Un fournisseur a déjà ce SIRET.", "A supplier already has this SIRET.")


def _recipient_key(siret: str) -> Item:
    return {"PK": {"S": f"RECIPIENT#{siret}"}, "SK": {"S": "RECIPIENT"}}
