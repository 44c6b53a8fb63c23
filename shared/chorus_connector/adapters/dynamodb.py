"""The single table. One partition per supplier; every write is conditional.

    PK               SK                       what
    SUPPLIER#<id>    SUPPLIER                 the tenant's settings
    SUPPLIER#<id>    INVOICE#<document>       one invoice; index by_list (list_sort), by_readiness (ready_*)
    SUPPLIER#<id>    EVENT#<document>#<n>     its audit trail, one line per version
    SUPPLIER#<id>    NUMBER#<number>          who claims an invoice number
    SUPPLIER#<id>    CONTENT#<sha256>         who holds a file
    SIRET#<siret>    SIRET                    which tenant a SIRET is
    PRINCIPAL#<id>   SUPPLIER#<id>            a membership and its role
    RECIPIENT#<siret> RECIPIENT               a directory answer, shared: it is public

Records are stored as JSON text in ``data`` beside the few attributes that keys and conditions need, so that
an amount is never a float. Only a failed condition is translated; anything else goes up as it is.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from chorus_connector.domain.errors import AlreadyExists, Invalid, NotFound, NumberTaken, StaleWrite
from chorus_connector.domain.invoice import Invoice, List
from chorus_connector.domain.recipient import Recipient
from chorus_connector.domain.supplier import Role, Supplier
from chorus_connector.ports import Event, InvoicePage, Work

READY_SHARDS = 4
"""Partitions of the index of what is due: enough that no single one is hot, few enough to ask them all."""

_EVENT = TypeAdapter(Event)

Item = dict[str, dict[str, Any]]


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
            if _failed_conditions(error):
                raise AlreadyExists("Ce document existe déjà.", "This document exists already.") from None
            raise

    def save(self, invoice: Invoice, *, by: str, action: str, detail: str = "") -> None:
        try:
            self._client.transact_write_items(TransactItems=self._next_version(invoice, by, action, detail))
        except ClientError as error:
            if _failed_conditions(error):
                raise StaleWrite from None
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
            failed = _failed_conditions(error)
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
            if not _failed_conditions(error):
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
            if not _failed_conditions(error):
                raise
            return self._holder(key) or document_id
        return document_id

    def content_holder(self, sha256: str) -> str | None:
        return self._holder(f"CONTENT#{sha256}")

    def page(self, listed_in: List | None, *, limit: int, cursor: str | None) -> InvoicePage:
        prefix = f"{listed_in}#" if listed_in else "INVOICE#"
        sort_key = "list_sort" if listed_in else "SK"
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": f"PK = :pk AND begins_with({sort_key}, :prefix)",
            "ExpressionAttributeValues": {":pk": {"S": self._pk}, ":prefix": {"S": prefix}},
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if listed_in:
            request["IndexName"] = "by_list"
        if cursor:
            request["ExclusiveStartKey"] = self._start_key(cursor, prefix, sort_key)
        answer = self._client.query(**request)
        last = answer.get("LastEvaluatedKey")
        return InvoicePage(
            invoices=tuple(Invoice.model_validate_json(item["data"]["S"]) for item in answer["Items"]),
            cursor=_encode_cursor(last) if last else None,
        )

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

    def _holder(self, sort_key: str) -> str | None:
        item = self._item(sort_key)
        return cast(str, item["document_id"]["S"]) if item else None

    def _invoice_item(self, invoice: Invoice) -> Item:
        item: Item = {
            **self._key(f"INVOICE#{invoice.document_id}"),
            "version": {"N": str(invoice.version)},
            "state": {"S": invoice.state},
            "list_sort": {"S": f"{invoice.listed_in}#{_stamp(invoice.received_at)}#{invoice.document_id}"},
            "data": {"S": invoice.model_dump_json(exclude_defaults=True)},
        }
        if invoice.due_at is not None:
            item["ready_shard"] = {"S": ready_shard(invoice.document_id)}
            item["ready_sort"] = {"S": f"{_stamp(invoice.due_at)}#{invoice.document_id}"}
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

    def _start_key(self, cursor: str, prefix: str, sort_key: str) -> Item:
        """The cursor's key, refused unless it lies in this supplier's partition and this very view."""
        key = _decode_cursor(cursor)
        inside = key.get("PK") == {"S": self._pk} and key.get(sort_key, {}).get("S", "").startswith(prefix)
        if not inside:
            raise _bad_cursor()
        return key


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

    def save(self, supplier: Supplier) -> None:
        try:
            self._client.put_item(
                TableName=self._table,
                Item=_supplier_item(supplier),
                ConditionExpression="version = :version",
                ExpressionAttributeValues={":version": {"N": str(supplier.version - 1)}},
            )
        except ClientError as error:
            if _failed_conditions(error):
                raise StaleWrite from None
            raise


class DynamoInstallation:
    """``ports.Installation`` on the table."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def create_supplier(self, supplier: Supplier, *, administrator: str) -> None:
        siret: Item = {
            "PK": {"S": f"SIRET#{supplier.siret}"},
            "SK": {"S": "SIRET"},
            "supplier_id": {"S": supplier.supplier_id},
        }
        membership = _membership_item(administrator, supplier.supplier_id, "administer")
        absent = "attribute_not_exists(PK)"
        try:
            self._client.transact_write_items(
                TransactItems=[
                    {"Put": {"TableName": self._table, "Item": item, "ConditionExpression": absent}}
                    for item in (siret, _supplier_item(supplier), membership)
                ]
            )
        except ClientError as error:
            if _failed_conditions(error):
                raise AlreadyExists("Un fournisseur a déjà ce SIRET.", "A supplier already has this SIRET.") from None
            raise

    def suppliers_of(self, principal: str) -> dict[str, Role]:
        paginator = self._client.get_paginator("query")
        pages = paginator.paginate(
            TableName=self._table,
            KeyConditionExpression="PK = :pk",
            ExpressionAttributeValues={":pk": {"S": f"PRINCIPAL#{principal}"}},
        )
        return {
            item["SK"]["S"].removeprefix("SUPPLIER#"): item["role"]["S"] for page in pages for item in page["Items"]
        }

    def role(self, principal: str, supplier_id: str) -> Role | None:
        key = {"PK": {"S": f"PRINCIPAL#{principal}"}, "SK": {"S": f"SUPPLIER#{supplier_id}"}}
        item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return cast(Role, item["role"]["S"]) if item else None

    def due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        keys: list[tuple[str, Work]] = []
        for shard in range(READY_SHARDS):
            keys.extend(self._due_in(f"READY#{shard}", now, limit))
        return [work for _, work in sorted(keys, key=lambda key: key[0])[:limit]]

    def _due_in(self, shard: str, now: datetime, limit: int) -> list[tuple[str, Work]]:
        paginator = self._client.get_paginator("query")
        pages = paginator.paginate(
            TableName=self._table,
            IndexName="by_readiness",
            KeyConditionExpression="ready_shard = :shard AND ready_sort <= :now",
            # "~" sorts after every character of a document id: what is due this very microsecond counts
            ExpressionAttributeValues={":shard": {"S": shard}, ":now": {"S": f"{_stamp(now)}#~"}},
            PaginationConfig={"MaxItems": limit},
        )
        return [
            (
                item["ready_sort"]["S"],
                Work(
                    supplier_id=item["PK"]["S"].removeprefix("SUPPLIER#"),
                    document_id=item["SK"]["S"].removeprefix("INVOICE#"),
                ),
            )
            for page in pages
            for item in page["Items"]
        ]


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
    return f"READY#{zlib.crc32(document_id.encode()) % READY_SHARDS}"


def _stamp(moment: datetime) -> str:
    """UTC text that sorts as time does: always the same width."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _supplier_item(supplier: Supplier) -> Item:
    return {
        "PK": {"S": f"SUPPLIER#{supplier.supplier_id}"},
        "SK": {"S": "SUPPLIER"},
        "version": {"N": str(supplier.version)},
        "data": {"S": supplier.model_dump_json()},
    }


def _membership_item(principal: str, supplier_id: str, role: Role) -> Item:
    return {
        "PK": {"S": f"PRINCIPAL#{principal}"},
        "SK": {"S": f"SUPPLIER#{supplier_id}"},
        "role": {"S": role},
    }


def _recipient_key(siret: str) -> Item:
    return {"PK": {"S": f"RECIPIENT#{siret}"}, "SK": {"S": "RECIPIENT"}}


def _failed_conditions(error: ClientError) -> list[bool]:
    """Which items' conditions failed; empty when the error is about something else."""
    code = error.response["Error"]["Code"]
    if code == "ConditionalCheckFailedException":
        return [True]
    if code == "TransactionCanceledException":
        reasons = cast(Any, error.response).get("CancellationReasons", [])
        failed = [reason.get("Code") == "ConditionalCheckFailed" for reason in reasons]
        return failed if any(failed) else []
    return []


def _encode_cursor(key: Item) -> str:
    return base64.urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def _decode_cursor(cursor: str) -> Item:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key = json.loads(base64.urlsafe_b64decode(padded.encode()))
    except (binascii.Error, ValueError):
        raise _bad_cursor() from None
    if not isinstance(key, dict) or not all(isinstance(value, dict) for value in key.values()):
        raise _bad_cursor()
    return key


def _bad_cursor() -> Invalid:
    return Invalid("Curseur inconnu : reprenez la liste au début.", "Unknown cursor: start the list again.")
