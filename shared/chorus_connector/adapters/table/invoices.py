"""One supplier's invoices on the table, with their audit trails, and the progress of its tracking."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.ahead import ReadAhead
from chorus_connector.adapters.table.items import (
    ABSENT,
    encode_cursor,
    failed_condition_ignored,
    failed_condition_raises,
    failed_conditions,
    get_item,
    put_if,
    put_next,
    query_all,
    read_many,
    start_key,
    supplier_exists,
)
from chorus_connector.domain.errors import AlreadyExists, ContentTaken, NotFound, NumberTaken, StaleWrite
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import List, State
from chorus_connector.domain.portal.tracking import TrackingProgress, portal_document_id
from chorus_connector.domain.reading.result import Reading
from chorus_connector.ports.values import AuditEvent, InvoicePage, Step

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        QueryInputTypeDef,
        TransactWriteItemTypeDef,
    )

    from chorus_connector.adapters.table.items import Item
    from chorus_connector.adapters.table.keys import Attributes
    from chorus_connector.domain.portal.answers import FoundInvoice

_FILTERED_READS = 10
"""Queries per filtered page: a user who may see one document in a thousand gets a short page and a cursor."""

_EVENT = TypeAdapter(AuditEvent)


class DynamoInvoices:
    """``ports.InvoiceStore`` on the table, made for one supplier."""

    def __init__(self, client: DynamoDBClient, table: str, supplier_id: str, reads: ReadAhead | None = None) -> None:
        self._client = client
        self._reads = reads or ReadAhead(client, table)
        self._table = table
        self._supplier_id = supplier_id
        self._partition = keys.supplier(supplier_id)

    def get(self, document_id: str) -> Invoice:
        item = self._item(keys.invoice(document_id))
        if item is None:
            raise NotFound
        return Invoice.model_validate_json(item["data"]["S"])

    def reading(self, invoice: Invoice) -> Reading:
        if not invoice.was_read:
            return Reading()
        key = keys.reading(invoice.document_id)
        for _ in range(2):  # the record and its reading may have been read one after the other
            item = self._item(key)
            if item is not None and item["version"]["N"] == str(invoice.reading_version):
                return Reading.model_validate_json(item["data"]["S"])
        if "reading" in (inside := invoice.model_extra or {}):  # a record of an older release
            return Reading.model_validate(inside["reading"])
        raise StaleWrite

    def add(self, invoice: Invoice, *, by: str, reading: Reading | None = None) -> None:
        with failed_condition_raises(_document_exists()):
            self._client.transact_write_items(
                TransactItems=[
                    {"Put": put_if(self._table, self._invoice_item(invoice), ABSENT)},
                    self._line(invoice, by, "received"),
                    *self._reading_put(invoice, reading),
                ]
            )

    def save(self, invoice: Invoice, *, by: str, action: str, detail: str = "", reading: Reading | None = None) -> None:
        self.save_steps(Step(invoice, by, action, detail), reading=reading)

    def save_steps(self, *steps: Step, reading: Reading | None = None) -> None:
        first, last = steps[0].invoice, steps[-1].invoice
        record: TransactWriteItemTypeDef = {"Put": put_next(self._table, self._invoice_item(last), first.version)}
        lines = [self._line(*each) for each in steps]
        with failed_condition_raises(StaleWrite()):
            self._client.transact_write_items(TransactItems=[record, *lines, *self._reading_put(last, reading)])

    def reschedule(self, invoice: Invoice) -> None:
        same_version = put_next(self._table, self._invoice_item(invoice), invoice.version + 1)
        with failed_condition_raises(StaleWrite()):
            self._client.put_item(**same_version)

    def at_portal(self, deposits: Sequence[FoundInvoice]) -> dict[int, Invoice]:
        claims = self._read([keys.number_claim(each.invoice_number) for each in deposits if each.invoice_number])
        holders = {sort: item["document_id"]["S"] for sort, item in claims.items()}
        wanted = [*holders.values(), *(portal_document_id(each.chorus_id) for each in deposits)]
        items = self._read([keys.invoice(document_id) for document_id in wanted])
        known = {sort: Invoice.model_validate_json(item["data"]["S"]) for sort, item in items.items()}
        ours: dict[int, Invoice] = {}
        for each in deposits:
            claimed_by = holders.get(keys.number_claim(each.invoice_number))
            claimant = known.get(keys.invoice(claimed_by)) if claimed_by else None
            adopted = known.get(keys.invoice(portal_document_id(each.chorus_id)))
            if (found := _local_record(each.chorus_id, claimant, adopted)) is not None:
                ours[each.chorus_id] = found
        return ours

    def adopt(self, invoice: Invoice, *, by: str) -> None:
        number = invoice.deposit.invoice_number if invoice.deposit else ""
        claim = {**self._key(keys.number_claim(number)), "document_id": {"S": invoice.document_id}}
        writes: list[TransactWriteItemTypeDef] = [
            supplier_exists(self._table, self._supplier_id),
            {"Put": put_if(self._table, self._invoice_item(invoice), ABSENT)},
            self._line(invoice, by, "found_at_portal"),
        ]
        try:
            self._client.transact_write_items(TransactItems=[*writes, {"Put": put_if(self._table, claim, ABSENT)}])
        except ClientError as error:
            failed = failed_conditions(error)
            if not failed:
                raise
            if failed[0]:
                raise NotFound from None
            if failed[1]:
                raise _document_exists() from None
            self._adopt_unclaimed(invoice, writes, number)

    def _adopt_unclaimed(self, invoice: Invoice, writes: list[TransactWriteItemTypeDef], number: str) -> None:
        """Adopt without claiming the number, which another document claims.

        Raises AlreadyExists when that document may be the portal's invoice itself: it is not refused, and its deposit
        is unknown or the same.
        """
        holder_id = self.number_holder(number)
        if holder_id is not None and (holder := self.get(holder_id)).state is not State.REFUSED:
            ours = holder.deposit.chorus_id if holder.deposit else None
            if invoice.deposit is None or ours in (None, invoice.deposit.chorus_id):
                raise _document_exists() from None
        with failed_condition_raises(_document_exists()):
            self._client.transact_write_items(TransactItems=writes)

    def save_claiming_number(self, invoice: Invoice, number: str, *, by: str, action: str) -> None:
        if not self._save_claiming(keys.number_claim(number), invoice, by, action):
            raise NumberTaken(self.number_holder(number) or "")

    def save_claiming_content(self, invoice: Invoice, sha256: str, *, by: str, action: str) -> None:
        if not self._save_claiming(keys.content_claim(sha256), invoice, by, action):
            raise ContentTaken(self.content_holder(sha256) or "")

    def _save_claiming(self, claimed: str, invoice: Invoice, by: str, action: str) -> bool:
        """Save the invoice with its claim on that key; False, and nothing is written, if another document has it."""
        claim = {**self._key(claimed), "document_id": {"S": invoice.document_id}}
        condition = f"{ABSENT} OR document_id = :document"
        values = {":document": {"S": invoice.document_id}}
        try:
            self._client.transact_write_items(
                TransactItems=[
                    {"Put": put_if(self._table, claim, condition, values)},
                    *self._next_version(invoice, by, action, ""),
                ]
            )
        except ClientError as error:
            failed = failed_conditions(error)
            if failed and failed[0]:
                return False
            if failed:
                raise StaleWrite from None
            raise
        return True

    def number_holder(self, number: str) -> str | None:
        return self._holder(keys.number_claim(number))

    def release_number(self, number: str, document_id: str) -> None:
        with failed_condition_ignored():
            self._client.delete_item(
                TableName=self._table,
                Key=self._key(keys.number_claim(number)),
                ConditionExpression="document_id = :document",
                ExpressionAttributeValues={":document": {"S": document_id}},
            )

    def content_holder(self, sha256: str) -> str | None:
        return self._holder(keys.content_claim(sha256))

    def note(self, invoice: Invoice, *, at: datetime, by: str, action: str, detail: str) -> None:
        event = AuditEvent(at=at, by=by, action=action, state=invoice.state, detail=detail)
        key = f"{keys.event(invoice.document_id, invoice.version)}#{action}#{detail}"
        item = {**self._key(key), "data": {"S": _EVENT.dump_json(event).decode()}}
        with failed_condition_ignored():
            self._client.put_item(**put_if(self._table, item, ABSENT))

    def page(
        self,
        listed_in: List | None,
        *,
        limit: int,
        cursor: str | None,
        sees: Callable[[Invoice], bool] | None = None,
    ) -> InvoicePage:
        prefix = keys.listed_in(listed_in) if listed_in else keys.INVOICES
        sort_key = keys.LIST_SORT if listed_in else "SK"
        request: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": f"PK = :pk AND begins_with({sort_key}, :prefix)",
            "ExpressionAttributeValues": {":pk": {"S": self._partition}, ":prefix": {"S": prefix}},
            "ScanIndexForward": False,
            "Limit": limit if sees is None else max(2 * limit, 25),
        }
        if listed_in:
            request["IndexName"] = keys.LIST_INDEX
        if cursor:
            request["ExclusiveStartKey"] = start_key(cursor, self._partition, prefix, sort_key=sort_key)
        if sees is not None:
            return self._filtered_page(request, sees, limit, sort_key)
        answer = self._client.query(**request)
        last = answer.get("LastEvaluatedKey")
        return InvoicePage(
            invoices=tuple(Invoice.model_validate_json(item["data"]["S"]) for item in answer["Items"]),
            cursor=encode_cursor(last) if last else None,
        )

    def _filtered_page(
        self, request: QueryInputTypeDef, sees: Callable[[Invoice], bool], limit: int, sort_key: str
    ) -> InvoicePage:
        """Query until the page is full, the list ends or the limit of queries is reached."""
        found: list[Invoice] = []
        last_kept: dict[str, AttributeValueTypeDef] = {}
        for _ in range(_FILTERED_READS):
            answer = self._client.query(**request)
            for item in answer["Items"]:
                invoice = Invoice.model_validate_json(item["data"]["S"])
                if not sees(invoice):
                    continue
                if len(found) == limit:  # one more than fits: the next page starts with it
                    return InvoicePage(tuple(found), encode_cursor(last_kept))
                found.append(invoice)
                last_kept = {name: item[name] for name in ("PK", "SK", sort_key)}
            if "LastEvaluatedKey" not in answer:
                return InvoicePage(tuple(found), None)
            if len(found) == limit:
                return InvoicePage(tuple(found), encode_cursor(last_kept))
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return InvoicePage(tuple(found), encode_cursor(request["ExclusiveStartKey"]))

    def events(self, document_id: str) -> Sequence[AuditEvent]:
        items = query_all(self._client, self._table, self._partition, keys.events(document_id))
        return [_EVENT.validate_json(item["data"]["S"]) for item in items]

    # --- items -------------------------------------------------------------------------------------------

    def _key(self, sort_key: str) -> Attributes:
        return keys.primary_key(self._partition, sort_key)

    def _item(self, sort_key: str) -> Item | None:
        return self._reads.get(self._key(sort_key))

    def _read(self, sort_keys: Iterable[str]) -> dict[str, Item]:
        """The items that exist, by their sort key."""
        wanted = [self._key(each) for each in dict.fromkeys(sort_keys)]
        return {item["SK"]["S"]: item for item in read_many(self._client, self._table, wanted)}

    def _holder(self, sort_key: str) -> str | None:
        item = self._item(sort_key)
        return item["document_id"]["S"] if item else None

    def _invoice_item(self, invoice: Invoice) -> Attributes:
        item: Attributes = {
            **self._key(keys.invoice(invoice.document_id)),
            **keys.listed_invoice(invoice.listed_in, invoice.received_at, invoice.document_id),
            "version": {"N": str(invoice.version)},
            "state": {"S": invoice.state},
            "data": {"S": invoice.model_dump_json(exclude_defaults=True)},
        }
        if invoice.due_at is None:
            return item
        # submitted invoices are polled by another function than those still to be sent
        kind: keys.DueKind = "LOOK" if invoice.state is State.SUBMITTED else "READY"
        invoice_date = invoice.form.value("invoice_date") or ""
        sort = keys.due_invoice(invoice.due_at, invoice_date, invoice.document_id)
        return item | keys.due(kind, sort)

    def _next_version(self, invoice: Invoice, by: str, action: str, detail: str) -> list[TransactWriteItemTypeDef]:
        return [
            {"Put": put_next(self._table, self._invoice_item(invoice), invoice.version)},
            self._line(invoice, by, action, detail),
        ]

    def _reading_put(self, invoice: Invoice, reading: Reading | None) -> list[TransactWriteItemTypeDef]:
        if reading is None:
            return []
        item: Attributes = {
            **self._key(keys.reading(invoice.document_id)),
            "version": {"N": str(invoice.reading_version or 0)},
            "data": {"S": reading.model_dump_json(exclude_defaults=True)},
        }
        return [{"Put": put_if(self._table, item)}]

    def _line(self, invoice: Invoice, by: str, action: str, detail: str = "") -> TransactWriteItemTypeDef:
        event = AuditEvent(at=invoice.changed_at, by=by, action=action, state=invoice.state, detail=detail)
        item = {
            **self._key(keys.event(invoice.document_id, invoice.version)),
            "data": {"S": _EVENT.dump_json(event).decode()},
        }
        return {"Put": put_if(self._table, item, ABSENT)}


class DynamoTrackingProgress:
    """``ports.TrackingProgressStore`` on the table, made for one supplier."""

    def __init__(self, client: DynamoDBClient, table: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._supplier_id = supplier_id
        self._key = keys.primary_key(keys.supplier(supplier_id), keys.TRACKING)

    def get(self) -> TrackingProgress:
        item = get_item(self._client, self._table, self._key)
        return TrackingProgress.model_validate_json(item["data"]["S"]) if item else TrackingProgress()

    def save(self, following: TrackingProgress) -> TrackingProgress:
        written = following.model_copy(update={"version": following.version + 1})
        put = put_next(self._table, self._item(written), written.version, or_absent=written.version == 1)
        with failed_condition_raises(StaleWrite()):
            if following.version == 0:  # it finds no item, and must not recreate a part of a deleted supplier
                self._client.transact_write_items(
                    TransactItems=[supplier_exists(self._table, self._supplier_id), {"Put": put}]
                )
            else:
                self._client.put_item(**put)
        return written

    def _item(self, following: TrackingProgress) -> Attributes:
        item: Attributes = {
            **self._key,
            "version": {"N": str(following.version)},
            "data": {"S": following.model_dump_json(exclude_defaults=True)},
        }
        # an interrupted run resumes by day; otherwise the next night is due
        due_at = following.retry_at or following.nightly_due_at
        if due_at is None:
            return item
        kind: keys.DueKind = "LOOK" if following.retry_at else "NIGHT"
        return item | keys.due(kind, keys.due_invoice(due_at, "", self._supplier_id))


def _local_record(chorus_id: int, claimant: Invoice | None, adopted: Invoice | None) -> Invoice | None:
    """The local record of a portal invoice: the adopted one first, else the one that claimed its number.

    A claimant that was refused, or that is another deposit at the portal, is not that invoice.
    """
    if adopted is not None:
        return adopted
    if claimant is None or claimant.state is State.REFUSED:
        return None
    return claimant if claimant.deposit is None or claimant.deposit.chorus_id == chorus_id else None


def _document_exists() -> AlreadyExists:
    return AlreadyExists("Ce document existe déjà.", "This document exists already.")
