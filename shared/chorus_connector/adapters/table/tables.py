"""One supplier's correspondence tables and attachments, on the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.ahead import ReadAhead
from chorus_connector.adapters.table.items import (
    ABSENT,
    PRESENT,
    WRITTEN_AT_ONCE,
    batches,
    failed_condition_ignored,
    failed_condition_raises,
    get_item,
    put_if,
    query_all,
    read_many,
    read_page,
)
from chorus_connector.domain.errors import AlreadyExists, NotFound, StaleWrite, Transient
from chorus_connector.domain.invoices.attachments import Attachment
from chorus_connector.domain.suppliers.tables import Proposal, TableKind, TableRow, user_prefix
from chorus_connector.ports.values import AttachmentPage, ProposalPage, RowPage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        DeleteTypeDef,
        PutTypeDef,
        TransactWriteItemTypeDef,
        WriteRequestUnionTypeDef,
    )

    from chorus_connector.adapters.table.keys import Attributes

_TRIES = 8
"""For a batch that the table accepted only in part; boto3 retries and waits within each of them."""


class DynamoTables:
    """``ports.Tables`` on the table, made for one supplier."""

    def __init__(self, client: DynamoDBClient, table: str, supplier_id: str, reads: ReadAhead | None = None) -> None:
        self._client = client
        self._reads = reads or ReadAhead(client, table)
        self._table = table
        self._partition = keys.supplier(supplier_id)
        self._unrestricted = keys.unrestricted(supplier_id)

    def row(self, kind: TableKind, key: str) -> TableRow | None:
        item = self._reads.get(self._key(keys.table_row(kind, key)))
        return TableRow.model_validate_json(item["data"]["S"]) if item else None

    def page(self, kind: TableKind, *, limit: int, cursor: str | None, key_prefix: str = "") -> RowPage:
        prefix = keys.table_row(kind, key_prefix)
        items, next_cursor = read_page(self._client, self._table, self._partition, prefix, limit=limit, cursor=cursor)
        return RowPage(tuple(TableRow.model_validate_json(item["data"]["S"]) for item in items), next_cursor)

    def put(self, rows: Sequence[TableRow]) -> None:
        self._before_writing(rows)
        for batch in batches(rows, WRITTEN_AT_ONCE):
            self._write([{"PutRequest": {"Item": self._row_item(row)}} for row in batch])

    def delete(self, kind: TableKind, key: str) -> None:
        with failed_condition_raises(NotFound()):
            self._client.delete_item(
                TableName=self._table, Key=self._key(keys.table_row(kind, key)), ConditionExpression=PRESENT
            )

    def unrestricted(self) -> bool:
        return self._reads.get(self._unrestricted) is not None

    def _before_writing(self, rows: Sequence[TableRow]) -> None:
        """End the mark that the users table has no row, before it has one: a request that sees the mark sees all."""
        if any(row.kind == "users" for row in rows):
            self._client.delete_item(TableName=self._table, Key=self._unrestricted)

    def labels_of(self, principal: str) -> frozenset[str]:
        prefix = keys.table_row("users", user_prefix(principal))
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="PK = :pk AND begins_with(SK, :prefix)",
            ExpressionAttributeValues={":pk": {"S": self._partition}, ":prefix": {"S": prefix}},
            ProjectionExpression="SK",
            ConsistentRead=True,  # a removed right ends at once
        )
        return frozenset(item["SK"]["S"].removeprefix(prefix) for page in pages for item in page["Items"])

    def propose(self, proposal: Proposal) -> None:
        put = self._proposal_put(proposal, ABSENT)
        with failed_condition_ignored():
            self._client.put_item(**put)

    def proposal(self, key: str) -> Proposal:
        item = self._client.get_item(TableName=self._table, Key=self._key(keys.proposal(key))).get("Item")
        if item is None:
            raise NotFound
        return Proposal.model_validate_json(item["data"]["S"])

    def proposals(self, *, limit: int, cursor: str | None) -> ProposalPage:
        items, next_cursor = read_page(
            self._client, self._table, self._partition, keys.PROPOSALS, limit=limit, cursor=cursor
        )
        return ProposalPage(tuple(Proposal.model_validate_json(item["data"]["S"]) for item in items), next_cursor)

    def activate(self, proposal: Proposal, row: TableRow) -> None:
        self._before_writing([row])
        delete: DeleteTypeDef = {
            "TableName": self._table,
            "Key": self._key(keys.proposal(proposal.key)),
            "ConditionExpression": PRESENT,
        }
        with failed_condition_raises(NotFound()):
            self._client.transact_write_items(
                TransactItems=[{"Delete": delete}, {"Put": put_if(self._table, self._row_item(row))}]
            )

    def dismiss(self, proposal: Proposal) -> None:
        dismissed = proposal.model_copy(update={"status": "dismissed"})
        with failed_condition_raises(NotFound()):
            self._client.put_item(**self._proposal_put(dismissed, PRESENT))

    def _proposal_put(self, proposal: Proposal, condition: str) -> PutTypeDef:
        item = {**self._key(keys.proposal(proposal.key)), "data": {"S": proposal.model_dump_json()}}
        return put_if(self._table, item, condition)

    def _row_item(self, row: TableRow) -> Attributes:
        return {**self._key(keys.table_row(row.kind, row.key)), "data": {"S": row.model_dump_json()}}

    def _write(self, requests: Sequence[WriteRequestUnionTypeDef]) -> None:
        wanted: Mapping[str, Sequence[WriteRequestUnionTypeDef]] = {self._table: requests}
        for _ in range(_TRIES):
            wanted = self._client.batch_write_item(RequestItems=wanted).get("UnprocessedItems") or {}
            if not wanted:
                return
        raise Transient("La base est saturée : reprenez l'import.", "The table is saturated: import again.")

    def _key(self, sort: str) -> Attributes:
        return keys.primary_key(self._partition, sort)


class DynamoAttachments:
    """``ports.AttachmentStore`` on the table, made for one supplier."""

    def __init__(self, client: DynamoDBClient, table: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._partition = keys.supplier(supplier_id)

    def add(self, attachment: Attachment) -> None:
        links = [{**link, "attachment_id": {"S": attachment.attachment_id}} for link in self._links(attachment)]
        puts: list[TransactWriteItemTypeDef] = [{"Put": self._put(attachment, ABSENT)}]
        puts += [{"Put": put_if(self._table, link)} for link in links]
        with failed_condition_raises(
            AlreadyExists("Cette pièce jointe existe déjà.", "This attachment exists already.")
        ):
            self._client.transact_write_items(TransactItems=puts)

    def get(self, attachment_id: str) -> Attachment:
        item = get_item(self._client, self._table, self._key(keys.attachment(attachment_id)))
        if item is None:
            raise NotFound
        return Attachment.model_validate_json(item["data"]["S"])

    def arrived(self, attachment: Attachment) -> None:
        with failed_condition_raises(NotFound()):
            self._client.put_item(**self._put(attachment, PRESENT))

    def delete(self, attachment: Attachment) -> None:
        deleted = [self._key(keys.attachment(attachment.attachment_id)), *self._links(attachment)]
        with failed_condition_raises(StaleWrite()):
            self._client.transact_write_items(
                TransactItems=[{"Delete": {"TableName": self._table, "Key": each}} for each in deleted]
            )

    def found_by(self, key: tuple[str, str]) -> Iterator[Attachment]:
        prefix = keys.attachment_links(*key)
        links = query_all(self._client, self._table, self._partition, prefix, consistent=True)
        return self._read(item["attachment_id"]["S"] for item in links)

    def page(self, *, limit: int, cursor: str | None) -> AttachmentPage:
        items, next_cursor = read_page(
            self._client, self._table, self._partition, keys.ATTACHMENTS, limit=limit, cursor=cursor
        )
        return AttachmentPage(tuple(Attachment.model_validate_json(item["data"]["S"]) for item in items), next_cursor)

    def _read(self, attachment_ids: Iterable[str]) -> Iterator[Attachment]:
        wanted = (self._key(keys.attachment(attachment_id)) for attachment_id in attachment_ids)
        items = read_many(self._client, self._table, wanted)
        return (Attachment.model_validate_json(item["data"]["S"]) for item in items)

    def _put(self, attachment: Attachment, condition: str) -> PutTypeDef:
        item = {**self._key(keys.attachment(attachment.attachment_id)), "data": {"S": attachment.model_dump_json()}}
        return put_if(self._table, item, condition)

    def _links(self, attachment: Attachment) -> list[Attributes]:
        links = sorted(attachment.link_keys)
        return [self._key(keys.attachment_link(name, value, attachment.attachment_id)) for name, value in links]

    def _key(self, sort: str) -> Attributes:
        return keys.primary_key(self._partition, sort)
