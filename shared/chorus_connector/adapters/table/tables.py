"""The correspondence tables and the attachments of one supplier, in the single table.

PK               SK                                  what
SUPPLIER#<id>    TABLE#<kind>#<key>                  one row, keyed by its label's matching form
SUPPLIER#<id>    PROPOSAL#<kind>#<value>#<key>       a row that waits for a person's word
SUPPLIER#<id>    ATTACHMENT#<attachment>             one attachment
SUPPLIER#<id>    ATTACHED_BY#<metadata>#<attachment> what it is found by: a digest of a metadata's name and value
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from chorus_connector.adapters.table.items import (
    WRITTEN_AT_ONCE,
    Item,
    batches,
    if_it_holds,
    key,
    read_many,
    read_page,
    refused_as,
)
from chorus_connector.domain.errors import AlreadyExists, NotFound, Transient
from chorus_connector.domain.invoices.attachments import Attachment
from chorus_connector.domain.suppliers.tables import Proposal, TableKind, TableRow, user_prefix
from chorus_connector.ports.values import AttachmentPage, ProposalPage, RowPage

_TRIES = 8
"""Of a batch the table took only in part; boto3 has waited between its own tries already."""


class DynamoTables:
    """``ports.Tables`` on the table, made for one supplier."""

    def __init__(self, client: Any, table: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._pk = f"SUPPLIER#{supplier_id}"

    def row(self, kind: TableKind, key: str) -> TableRow | None:
        item = self._client.get_item(TableName=self._table, Key=self._key(_row_sort(kind, key))).get("Item")
        return TableRow.model_validate_json(item["data"]["S"]) if item else None

    def page(self, kind: TableKind, *, limit: int, cursor: str | None, key_prefix: str = "") -> RowPage:
        items, last = read_page(
            self._client, self._table, self._pk, _row_sort(kind, key_prefix), limit=limit, cursor=cursor
        )
        return RowPage(tuple(TableRow.model_validate_json(item["data"]["S"]) for item in items), last)

    def put(self, rows: Sequence[TableRow]) -> None:
        for batch in batches(rows, WRITTEN_AT_ONCE):
            self._write([{"PutRequest": {"Item": self._row_item(row)}} for row in batch])

    def delete(self, kind: TableKind, key: str) -> None:
        with refused_as(NotFound()):
            self._client.delete_item(
                TableName=self._table,
                Key=self._key(_row_sort(kind, key)),
                ConditionExpression="attribute_exists(PK)",
            )

    def labels_of(self, principal: str) -> frozenset[str]:
        prefix = _row_sort("users", user_prefix(principal))
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="PK = :pk AND begins_with(SK, :prefix)",
            ExpressionAttributeValues={":pk": {"S": self._pk}, ":prefix": {"S": prefix}},
            ProjectionExpression="SK",
            ConsistentRead=True,  # a right taken away is gone at once
        )
        return frozenset(item["SK"]["S"].removeprefix(prefix) for page in pages for item in page["Items"])

    def propose(self, proposal: Proposal) -> None:
        put = self._proposal_put(proposal, "attribute_not_exists(PK)")
        with if_it_holds():
            self._client.put_item(**put)

    def proposal(self, key: str) -> Proposal:
        item = self._client.get_item(TableName=self._table, Key=self._key(f"PROPOSAL#{key}")).get("Item")
        if item is None:
            raise NotFound
        return Proposal.model_validate_json(item["data"]["S"])

    def proposals(self, *, limit: int, cursor: str | None) -> ProposalPage:
        items, last = read_page(self._client, self._table, self._pk, "PROPOSAL#", limit=limit, cursor=cursor)
        return ProposalPage(tuple(Proposal.model_validate_json(item["data"]["S"]) for item in items), last)

    def activate(self, proposal: Proposal, row: TableRow) -> None:
        forget = {
            "TableName": self._table,
            "Key": self._key(f"PROPOSAL#{proposal.key}"),
            "ConditionExpression": "attribute_exists(PK)",
        }
        put = {"TableName": self._table, "Item": self._row_item(row)}
        with refused_as(NotFound()):
            self._client.transact_write_items(TransactItems=[{"Delete": forget}, {"Put": put}])

    def dismiss(self, proposal: Proposal) -> None:
        dismissed = proposal.model_copy(update={"status": "dismissed"})
        with refused_as(NotFound()):
            self._client.put_item(**self._proposal_put(dismissed, "attribute_exists(PK)"))

    def _proposal_put(self, proposal: Proposal, condition: str) -> dict[str, Any]:
        item = {**self._key(f"PROPOSAL#{proposal.key}"), "data": {"S": proposal.model_dump_json()}}
        return {"TableName": self._table, "Item": item, "ConditionExpression": condition}

    def _row_item(self, row: TableRow) -> Item:
        return {**self._key(_row_sort(row.kind, row.key)), "data": {"S": row.model_dump_json()}}

    def _write(self, requests: list[dict[str, Any]]) -> None:
        wanted = {self._table: requests}
        for _ in range(_TRIES):
            wanted = self._client.batch_write_item(RequestItems=wanted).get("UnprocessedItems") or {}
            if not wanted:
                return
        raise Transient("La base est saturée : reprenez l'import.", "The table is saturated: import again.")

    def _key(self, sort: str) -> Item:
        return key(self._pk, sort)


class DynamoAttachments:
    """``ports.AttachmentStore`` on the table, made for one supplier."""

    def __init__(self, client: Any, table: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._pk = f"SUPPLIER#{supplier_id}"

    def add(self, attachment: Attachment) -> None:
        record = self._put(attachment, "attribute_not_exists(PK)")
        links = [
            {"Put": {"TableName": self._table, "Item": {**link, "attachment_id": {"S": attachment.attachment_id}}}}
            for link in self._links(attachment)
        ]
        with refused_as(AlreadyExists("Cette pièce jointe existe déjà.", "This attachment exists already.")):
            self._client.transact_write_items(TransactItems=[{"Put": record}, *links])

    def get(self, attachment_id: str) -> Attachment:
        item = self._client.get_item(
            TableName=self._table, Key=key(self._pk, f"ATTACHMENT#{attachment_id}"), ConsistentRead=True
        ).get("Item")
        if item is None:
            raise NotFound
        return Attachment.model_validate_json(item["data"]["S"])

    def arrived(self, attachment: Attachment) -> None:
        with refused_as(NotFound()):
            self._client.put_item(**self._put(attachment, "attribute_exists(PK)"))

    def delete(self, attachment: Attachment) -> None:
        keys = [key(self._pk, f"ATTACHMENT#{attachment.attachment_id}"), *self._links(attachment)]
        self._client.transact_write_items(
            TransactItems=[{"Delete": {"TableName": self._table, "Key": each}} for each in keys]
        )

    def found_by(self, key: tuple[str, str], *, limit: int) -> Sequence[Attachment]:
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="PK = :pk AND begins_with(SK, :prefix)",
            ExpressionAttributeValues={":pk": {"S": self._pk}, ":prefix": {"S": _link_prefix(key)}},
            Limit=limit,
            ConsistentRead=True,
        )
        return self._read(item["attachment_id"]["S"] for item in answer["Items"])

    def page(self, *, limit: int, cursor: str | None) -> AttachmentPage:
        items, last = read_page(self._client, self._table, self._pk, "ATTACHMENT#", limit=limit, cursor=cursor)
        return AttachmentPage(tuple(Attachment.model_validate_json(item["data"]["S"]) for item in items), last)

    def _read(self, attachment_ids: Iterable[str]) -> list[Attachment]:
        keys = (key(self._pk, f"ATTACHMENT#{attachment_id}") for attachment_id in attachment_ids)
        items = read_many(self._client, self._table, keys)
        return [Attachment.model_validate_json(item["data"]["S"]) for item in items]

    def _put(self, attachment: Attachment, condition: str) -> dict[str, Any]:
        item = {
            **key(self._pk, f"ATTACHMENT#{attachment.attachment_id}"),
            "data": {"S": attachment.model_dump_json()},
        }
        return {"TableName": self._table, "Item": item, "ConditionExpression": condition}

    def _links(self, attachment: Attachment) -> list[Item]:
        return [
            key(self._pk, f"{_link_prefix(each)}{attachment.attachment_id}") for each in sorted(attachment.link_keys)
        ]


def _row_sort(kind: TableKind, row_key: str) -> str:
    return f"TABLE#{kind}#{row_key}"


def _link_prefix(link: tuple[str, str]) -> str:
    """A digest: values may be 2,000 characters long, and need not be readable here."""
    digest = hashlib.sha256("\0".join(link).encode()).hexdigest()[:32]
    return f"ATTACHED_BY#{digest}#"
