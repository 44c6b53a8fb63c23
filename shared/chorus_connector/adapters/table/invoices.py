"""One supplier's invoices on the table, with their audit trails, and the progress of its tracking."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.ahead import ReadAhead
from chorus_connector.adapters.table.invoice_items import (
    attributes_of,
    invoice_of,
    line_of,
    lines_of,
    listed_invoice_of,
)
from chorus_connector.adapters.table.invoice_lists import InvoiceLists
from chorus_connector.adapters.table.items import (
    ABSENT,
    audit_item,
    delete_if,
    failed_condition_ignored,
    failed_condition_raises,
    failed_conditions,
    get_item,
    put_if,
    put_next,
    query_all,
    read_many,
    replacing,
    supplier_exists,
)
from chorus_connector.domain.errors import AlreadyExists, ContentTaken, NotFound, NumberTaken, StaleWrite
from chorus_connector.domain.invoices.states import List, State
from chorus_connector.domain.portal.tracking import TrackingProgress, portal_document_id
from chorus_connector.domain.reading.result import Reading
from chorus_connector.ports.values import ALWAYS, AuditEvent, InvoicePage, Move, ReceivedBetween, ValueChange

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        PutTypeDef,
        TransactWriteItemTypeDef,
        UpdateTypeDef,
    )

    from chorus_connector.adapters.table.items import Item
    from chorus_connector.adapters.table.keys import Attributes
    from chorus_connector.domain.invoices.invoice import Invoice, ListedInvoice
    from chorus_connector.domain.portal.answers import FoundInvoice
    from chorus_connector.domain.suppliers.audit import Change

_EVENT = TypeAdapter(AuditEvent)

MOST_LINES = 20
"""Lines of the audit trail in the record itself. A line has 80 bytes; an invoice is submitted with six."""

_IN_ONE_DELETION = 80
"""Items of a history that go in the transaction of the deletion, which takes a hundred actions."""

_OPTIONAL = ("more", keys.DUE_KIND, keys.DUE_SORT)
_APPENDED = "SET trail = list_append(if_not_exists(trail, :none), :lines)"


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
        return invoice_of(item)

    def reading(self, invoice: Invoice) -> Reading:
        if not invoice.was_read:
            return Reading()
        if invoice.reading_version == 0 and "reading" in (inside := invoice.model_extra or {}):
            return Reading.model_validate(inside["reading"])  # a record of an older release
        key = keys.reading(invoice.document_id)
        for _ in range(2):  # the record and its reading may have been read one after the other
            item = self._item(key)
            if item is not None and item["version"]["N"] == str(invoice.reading_version):
                return Reading.model_validate_json(item["data"]["S"])
        raise StaleWrite

    def add(self, invoice: Invoice, *, by: str, reading: Reading | None = None) -> None:
        put = self._first_version(invoice, by, "received")
        with failed_condition_raises(_document_exists()):
            if reading is None:
                with _repeats_ignored(put["Item"], [line_of(Move(invoice, by, "received"))]):
                    self._client.put_item(**put)
            else:
                self._write([{"Put": put}, *self._reading_put(invoice, reading)])

    def save(
        self,
        invoice: Invoice,
        *,
        by: str,
        action: str,
        detail: str = "",
        reading: Reading | None = None,
        changes: tuple[ValueChange, ...] = (),
    ) -> None:
        self.save_steps(Move(invoice, by, action, detail, changes), reading=reading)

    def save_steps(self, *steps: Move, reading: Reading | None = None) -> None:
        last = steps[-1].invoice
        update = self._next_version(*steps)
        with failed_condition_raises(StaleWrite()):
            if reading is None:
                with _repeats_ignored(self._invoice_item(last), [line_of(each) for each in steps]):
                    stored = self._client.update_item(**update, ReturnValues="UPDATED_NEW")
                    self._move_lines(last, stored["Attributes"]["trail"]["L"])
            else:
                self._write([{"Update": update}, *self._reading_put(last, reading)])

    def delete(self, invoice: Invoice, *, change: Change) -> None:
        document_id = invoice.document_id
        beside = query_all(self._client, self._table, self._partition, keys.events(document_id), consistent=True)
        events = [self._key(each["SK"]["S"]) for each in beside]
        record, reading = keys.document(self._supplier_id, document_id)
        version = {":version": {"N": str(invoice.version)}}
        deletions = [
            delete_if(self._table, record, "version = :version", version),
            delete_if(self._table, reading),
            *(delete_if(self._table, each) for each in events[:_IN_ONE_DELETION]),
            *(delete_if(self._table, each, *self._own(document_id)) for each in self._claims_of(invoice)),
        ]
        actions: list[TransactWriteItemTypeDef] = [{"Delete": each} for each in deletions]
        with failed_condition_raises(StaleWrite()):
            self._write([*actions, {"Put": put_if(self._table, audit_item(self._supplier_id, change))}])
        for each in events[_IN_ONE_DELETION:]:
            self._client.delete_item(TableName=self._table, Key=each)

    def _claims_of(self, invoice: Invoice) -> Iterator[Attributes]:
        """The keys of the number and of the content that the document claims."""
        number = invoice.form.value("invoice_number")
        if number and self.number_holder(number) == invoice.document_id:
            yield self._key(keys.number_claim(number))
        if invoice.sha256 and self.content_holder(invoice.sha256) == invoice.document_id:
            yield self._key(keys.content_claim(invoice.sha256))

    def _own(self, document_id: str) -> tuple[str, Attributes]:
        """The condition that this document has the claim."""
        return "document_id = :document", {":document": {"S": document_id}}

    def reschedule(self, invoice: Invoice) -> None:
        with failed_condition_raises(StaleWrite()):
            self._client.update_item(**replacing(self._table, self._invoice_item(invoice), invoice.version, _OPTIONAL))

    def at_portal(self, deposits: Sequence[FoundInvoice]) -> dict[int, Invoice]:
        claims = self._read([keys.number_claim(each.invoice_number) for each in deposits if each.invoice_number])
        holders = {sort: item["document_id"]["S"] for sort, item in claims.items()}
        wanted = [*holders.values(), *(portal_document_id(each.chorus_id) for each in deposits)]
        items = self._read([keys.invoice(document_id) for document_id in wanted])
        known = {sort: invoice_of(item) for sort, item in items.items()}
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
            {"Put": self._first_version(invoice, by, "found_at_portal")},
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

    def save_claiming_number(self, invoice: Invoice, number: str, *, by: str, action: str, detail: str = "") -> None:
        if not self._save_claiming(keys.number_claim(number), Move(invoice, by, action, detail)):
            raise NumberTaken(self.number_holder(number) or "")

    def save_claiming_content(self, invoice: Invoice, sha256: str, *, by: str, action: str) -> None:
        if not self._save_claiming(keys.content_claim(sha256), Move(invoice, by, action)):
            raise ContentTaken(self.content_holder(sha256) or "")

    def _save_claiming(self, claimed: str, move: Move) -> bool:
        """Save the invoice with its claim on that key; False, and nothing is written, if another document has it."""
        claim = {**self._key(claimed), "document_id": {"S": move.invoice.document_id}}
        condition = f"{ABSENT} OR document_id = :document"
        values = {":document": {"S": move.invoice.document_id}}
        try:
            self._client.transact_write_items(
                TransactItems=[
                    {"Put": put_if(self._table, claim, condition, values)},
                    {"Update": self._next_version(move)},
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
        item: Attributes = {
            **self._key(keys.note(invoice.document_id, action, detail)),
            "version": {"N": str(invoice.version)},  # its place among the lines; in the key, each version had a note
            "data": {"S": _EVENT.dump_json(event).decode()},
        }
        with failed_condition_ignored():
            self._client.put_item(**put_if(self._table, item, ABSENT))

    def page(
        self,
        listed_in: List | None,
        *,
        limit: int,
        cursor: str | None,
        sees: Callable[[ListedInvoice], bool] | None = None,
        received: ReceivedBetween = ALWAYS,
    ) -> InvoicePage:
        lists = InvoiceLists(self._client, self._table, self._partition)
        return lists.page(listed_in, limit=limit, cursor=cursor, sees=sees, received=received)

    def oldest(self, listed_in: List, *, limit: int) -> Sequence[ListedInvoice]:
        return InvoiceLists(self._client, self._table, self._partition).oldest(listed_in, limit=limit)

    def every_listed(self) -> Iterator[ListedInvoice]:
        items = query_all(self._client, self._table, self._partition, keys.INVOICES, consistent=True)
        return map(listed_invoice_of, items)

    def all(self) -> Iterator[Invoice]:
        return map(invoice_of, query_all(self._client, self._table, self._partition, keys.INVOICES, consistent=True))

    def events(self, document_id: str) -> Sequence[AuditEvent]:
        record = get_item(self._client, self._table, self._key(keys.invoice(document_id)))
        beside = query_all(self._client, self._table, self._partition, keys.events(document_id), consistent=True)
        items = [*beside, record] if record else beside
        # lines that were moved between the two reads are in both
        found = dict.fromkeys(line for item in items for line in _lines_in(item))
        # not by time: that of a worker is from its start, and another may have overtaken it since
        return [line.event for line in sorted(found, key=lambda line: (line.version, line.noted, line.event.at))]

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
            **attributes_of(invoice),
        }
        if invoice.due_at is None:
            return item
        # submitted invoices are polled by another function than those still to be sent
        kind: keys.DueKind = "LOOK" if invoice.state is State.SUBMITTED else "READY"
        invoice_date = invoice.form.value("invoice_date") or ""
        sort = keys.due_invoice(invoice.due_at, invoice_date, invoice.document_id)
        return item | keys.due(kind, sort)

    def _first_version(self, invoice: Invoice, by: str, action: str) -> PutTypeDef:
        lines: dict[str, Any] = {"L": [line_of(Move(invoice, by, action))]}
        put = put_if(self._table, {**self._invoice_item(invoice), "trail": lines}, ABSENT)
        put["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return put

    def _next_version(self, *steps: Move) -> UpdateTypeDef:
        """The record after these moves, with their lines: neither is stored without the other."""
        before, last = steps[0].invoice.version - 1, steps[-1].invoice
        update = replacing(self._table, self._invoice_item(last), before, _OPTIONAL)
        update["UpdateExpression"] = f"{_APPENDED}, {update['UpdateExpression'].removeprefix('SET ')}"
        update["ExpressionAttributeValues"] = {
            **update["ExpressionAttributeValues"],
            ":lines": {"L": [line_of(each) for each in steps]},
            ":none": {"L": []},
        }
        update["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return update

    def _move_lines(self, invoice: Invoice, lines: Sequence[Any]) -> None:
        """Move the trail's lines from the record to an item of their own when they are many.

        Until that is done they stay in the record: a worker that dies here leaves them to the next save.
        """
        if len(lines) < MOST_LINES:
            return
        moved = {**self._key(keys.event(invoice.document_id, invoice.version)), "trail": {"L": [*lines]}}
        with suppress(StaleWrite), failed_condition_ignored():  # another save was first
            self._write(
                [
                    {"Put": put_if(self._table, moved, ABSENT)},
                    {
                        "Update": {
                            "TableName": self._table,
                            "Key": self._key(keys.invoice(invoice.document_id)),
                            "UpdateExpression": "REMOVE trail",
                            "ConditionExpression": "version = :version",
                            "ExpressionAttributeValues": {":version": {"N": str(invoice.version)}},
                        }
                    },
                ]
            )

    def _write(self, actions: list[TransactWriteItemTypeDef]) -> None:
        self._client.transact_write_items(TransactItems=actions)

    def _reading_put(self, invoice: Invoice, reading: Reading | None) -> list[TransactWriteItemTypeDef]:
        if reading is None:
            return []
        item: Attributes = {
            **self._key(keys.reading(invoice.document_id)),
            "version": {"N": str(invoice.reading_version)},
            "data": {"S": _compact(reading)},
        }
        return [{"Put": put_if(self._table, item)}]


@contextmanager
def _repeats_ignored(item: Mapping[str, Any], lines: Sequence[Any]) -> Iterator[None]:
    """A failed condition is a success when the table has just what this write was to make of the item.

    Its answer was lost then, and the SDK repeated the call. For a transaction DynamoDB knows that by its token.
    """
    try:
        yield
    except ClientError as error:
        stored = cast("Mapping[str, Any]", error.response.get("Item", {}))
        same = all(stored.get(name) == item.get(name) for name in ("version", "data", "more"))
        if not (same and stored.get("trail", {"L": []})["L"][-len(lines) :] == lines):
            raise


def _compact(reading: Reading) -> str:
    """The reading in JSON, boxes to a ten-thousandth of the page: further digits are a third of its size."""
    whole = reading.model_dump_json(exclude_defaults=True)
    rounded = json.loads(whole, parse_float=lambda digits: round(float(digits), 4))
    return json.dumps(rounded, ensure_ascii=False, separators=(",", ":"))


class _Line(NamedTuple):
    """A line of a trail. ``noted``: about something that changed no version; it comes after the version's own line."""

    version: int
    noted: bool
    event: AuditEvent


def _lines_in(item: Mapping[str, Any]) -> Iterator[_Line]:
    """The lines in a record, in an item of moved lines, or in an item of one line.

    The last of a record's lines is its version's, the last of moved lines that of the version in their key. Each line
    before it is of the version before.
    """
    sort_key = item["SK"]["S"]
    version = int(item["version"]["N"]) if "version" in item else keys.version_of_event(sort_key)
    lines = [*lines_of(item)]
    for number, line in enumerate(lines, start=version + 1 - len(lines)):
        yield _Line(number, noted=False, event=_EVENT.validate_python(line))
    if "data" in item and not sort_key.startswith(keys.INVOICES):
        yield _Line(version, noted=keys.is_note(sort_key), event=_EVENT.validate_json(item["data"]["S"]))


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
