"""One supplier's invoices on the table, with their audit trails, and how far its retrieval from the portal is.

Amounts are in JSON text, so that none is ever a float. Only a failed condition is translated; anything else goes up
as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from chorus_connector.adapters.table.items import (
    Item,
    encode_cursor,
    failed_conditions,
    if_it_holds,
    key,
    read_many,
    refused_as,
    shard,
    stamp,
    start_key,
    supplier_is_there,
)
from chorus_connector.domain.errors import AlreadyExists, NotFound, NumberTaken, StaleWrite
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import List, State
from chorus_connector.domain.portal.tracking import TrackingProgress, portal_document_id
from chorus_connector.ports.values import Event, InvoicePage

if TYPE_CHECKING:
    from chorus_connector.domain.portal.answers import FoundInvoice

_FILTERED_READS = 10
"""Queries one filtered page may cost: somebody who sees one document in a thousand gets a short page and a cursor."""

_EVENT = TypeAdapter(Event)


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
        with refused_as(_document_exists()):
            self._client.transact_write_items(
                TransactItems=[
                    {"Put": self._put(self._invoice_item(invoice), "attribute_not_exists(PK)")},
                    {"Put": self._event_put(invoice, by=by, action="received", detail="")},
                ]
            )

    def save(self, invoice: Invoice, *, by: str, action: str, detail: str = "") -> None:
        with refused_as(StaleWrite()):
            self._client.transact_write_items(TransactItems=self._next_version(invoice, by, action, detail))

    def reschedule(self, invoice: Invoice) -> None:
        same = {":version": {"N": str(invoice.version)}}
        with refused_as(StaleWrite()):
            self._client.put_item(**self._put(self._invoice_item(invoice), "version = :version", same))

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
                raise _document_exists() from None
            self._adopt_unclaimed(invoice, [there, record, line], number)

    def _adopt_unclaimed(self, invoice: Invoice, writes: list[dict[str, Any]], number: str) -> None:
        """Another document claims the number; it may be on its way to the portal with it, then this is that one."""
        holder_id = self.number_holder(number)
        if holder_id is not None and (holder := self.get(holder_id)).state is not State.REFUSED:
            ours = holder.deposit.chorus_id if holder.deposit else None
            if invoice.deposit is None or ours in (None, invoice.deposit.chorus_id):
                raise _document_exists() from None
        with refused_as(_document_exists()):
            self._client.transact_write_items(TransactItems=writes)

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
        with if_it_holds():
            self._client.delete_item(
                TableName=self._table,
                Key=self._key(f"NUMBER#{number}"),
                ConditionExpression="document_id = :document",
                ExpressionAttributeValues={":document": {"S": document_id}},
            )

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
        keys = [self._key(each) for each in dict.fromkeys(sort_keys)]
        return {item["SK"]["S"]: item for item in read_many(self._client, self._table, keys)}

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


class DynamoTrackingProgress:
    """``ports.TrackingProgressStore`` on the table, made for one supplier."""

    def __init__(self, client: Any, table: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._supplier_id = supplier_id
        self._key = key(f"SUPPLIER#{supplier_id}", "FOLLOWING")

    def get(self) -> TrackingProgress:
        item = self._client.get_item(TableName=self._table, Key=self._key, ConsistentRead=True).get("Item")
        return TrackingProgress.model_validate_json(item["data"]["S"]) if item else TrackingProgress()

    def save(self, following: TrackingProgress) -> TrackingProgress:
        written = following.model_copy(update={"version": following.version + 1})
        put = {
            "TableName": self._table,
            "Item": self._item(written),
            "ConditionExpression": "attribute_not_exists(PK) OR version = :version",
            "ExpressionAttributeValues": {":version": {"N": str(following.version)}},
        }
        with refused_as(StaleWrite()):
            # the very first is written where nothing is: it must not bring back a supplier that is gone
            self._client.transact_write_items(
                TransactItems=[supplier_is_there(self._table, self._supplier_id), {"Put": put}]
            )
        return written

    def _item(self, following: TrackingProgress) -> Item:
        item: Item = {
            **self._key,
            "version": {"N": str(following.version)},
            "data": {"S": following.model_dump_json(exclude_defaults=True)},
        }
        # what was cut off goes on by day; else the night is next
        due_at = following.retry_at or following.nightly_due_at
        if due_at is not None:
            kind = "LOOK" if following.retry_at else "NIGHT"
            item["ready_shard"] = {"S": f"{kind}#{shard(self._supplier_id)}"}
            item["ready_sort"] = {"S": f"{stamp(due_at)}##{self._supplier_id}"}
        return item


def ready_shard(document_id: str) -> str:
    """The partition of the index of what is due in which a document stands, the same for ever."""
    return f"READY#{shard(document_id)}"


def _due_shard(invoice: Invoice) -> str:
    """What is at the portal is looked at by another box than what is on its way there."""
    if invoice.state is State.SUBMITTED:
        return f"LOOK#{shard(invoice.document_id)}"
    return ready_shard(invoice.document_id)


def _the_one(chorus_id: int, holder: Invoice | None, adopted: Invoice | None) -> Invoice | None:
    """Which of the two records that invoice is: the one submitted as it, the one found as it, or who may become it."""
    if adopted is not None:
        return adopted
    if holder is None or holder.state is State.REFUSED:
        return None
    return holder if holder.deposit is None or holder.deposit.chorus_id == chorus_id else None


def _document_exists() -> AlreadyExists:
    return AlreadyExists("Ce document existe déjà.", "This document exists already.")
