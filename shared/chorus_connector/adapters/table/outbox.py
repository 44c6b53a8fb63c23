"""What a structure wrote, on the table: its messages, their deliveries, and the counter of references."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from chorus_connector.adapters.table import claims, keys
from chorus_connector.adapters.table.items import (
    ABSENT,
    PRESENT,
    put_if,
    put_next,
)
from chorus_connector.adapters.table.keys import primary_key
from chorus_connector.adapters.table.message_table import (
    WRITERS,
    MessageTable,
    data_of,
    deletion_of_version,
    found_record,
    stored_record,
)
from chorus_connector.domain.errors import AlreadyExists, NotFound, StaleWrite, SupplierDeleting
from chorus_connector.domain.messages.delivery import MAILING, Dispatch, RecipientDelivery
from chorus_connector.domain.messages.message import Message
from chorus_connector.domain.messages.structure import Address

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from chorus_connector.adapters.table.keys import Attributes
    from chorus_connector.ports.messages import Parts


_LAST_REFERENCE = 999_999_999

_ADDRESSES = TypeAdapter(tuple[Address, ...])


class DynamoReferences:
    """``ports.MessageReferences``: one atomic counter. A crash may skip a number, and no number is given twice."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def next(self) -> str:
        answer = self._client.update_item(
            TableName=self._table,
            Key=keys.last_reference(),
            UpdateExpression="ADD #last :one",
            ConditionExpression="attribute_not_exists(#last) OR #last < :end",
            ExpressionAttributeNames={"#last": "last"},
            ExpressionAttributeValues={":one": {"N": "1"}, ":end": {"N": str(_LAST_REFERENCE)}},
            ReturnValues="UPDATED_NEW",
        )
        return f"MSG_{int(answer['Attributes']['last']['N']):09d}"


class DynamoOutbox:
    """``ports.Outbox`` on the table, made for one structure.

    A message is written and sent while ``tenant`` has its SIRET and does not leave.
    """

    def __init__(self, client: DynamoDBClient, table: str, siret: str, tenant: str = "") -> None:
        self._table = MessageTable(client, table)
        self._tenant_sends = [claims.adding(table, siret, tenant, sends=True)] if tenant else []
        self._siret, self._tenant = siret, tenant
        self._partition = keys.structure(siret)

    def get(self, reference: str) -> Message:
        return found_record(Message, self._table.item(self._partition, keys.message(reference)))

    def add(self, message: Message, dispatch: Dispatch | None = None, parts: Parts = ()) -> None:
        taken = AlreadyExists("Ce message existe déjà.", "This message exists already.")
        put: TransactWriteItemTypeDef = {"Put": put_if(self._table.name, self._message_item(message), ABSENT)}
        self._send([put, *self._tenant_sends, *self._dispatch_puts(dispatch, parts)], taken)

    def save(self, message: Message, dispatch: Dispatch | None = None, parts: Parts = ()) -> None:
        put: TransactWriteItemTypeDef = {
            "Put": put_next(self._table.name, self._message_item(message), message.version)
        }
        allowed = self._tenant_sends if dispatch is not None else []
        self._send([put, *allowed, *self._dispatch_puts(dispatch, parts)], StaleWrite())

    def _send(self, actions: Sequence[TransactWriteItemTypeDef], taken: Exception) -> None:
        """All writes or none; raises ``taken`` when the first one's condition fails, else why it may not send."""
        try:
            self._table.add(actions, taken)
        except NotFound:
            if self._tenant and claims.leaving(self._table.client, self._table.name, self._siret):
                raise SupplierDeleting from None
            raise

    def close(self) -> None:
        claims.begin_leaving(self._table.client, self._table.name, self._siret, self._tenant)

    def take(self, message: Message, *, sender_siret: str) -> None:
        there = primary_key(keys.structure(sender_siret), keys.message(message.reference))
        left = deletion_of_version(self._table.name, there, message.version - 1)
        put: TransactWriteItemTypeDef = {"Put": put_if(self._table.name, self._message_item(message), ABSENT)}
        self._send([left, put, *self._tenant_sends], StaleWrite())

    def delete(self, message: Message) -> None:
        key = primary_key(self._partition, keys.message(message.reference))
        self._table.transact([deletion_of_version(self._table.name, key, message.version)], StaleWrite())

    def messages(self, *, newest_first: bool, start: str | None, consistent: bool = False) -> Iterator[Message]:
        limit = keys.message(start) if start else None
        low, high = (None, limit) if newest_first else (limit, None)
        items = self._table.query(
            self._partition, keys.MESSAGES, forward=not newest_first, low=low, high=high, consistent=consistent
        )
        return (stored_record(Message, item) for item in items)

    def dispatch(self, reference: str, key: str) -> Dispatch:
        return found_record(Dispatch, self._table.item(self._partition, keys.dispatch(reference, key)))

    def dispatches(self, reference: str) -> Sequence[Dispatch]:
        items = self._table.query(self._partition, keys.first_dispatches(reference))
        return [stored_record(Dispatch, item) for item in items]

    def every_dispatch(self, reference: str) -> Sequence[Dispatch]:
        items = self._table.query(self._partition, keys.dispatch(reference, ""), consistent=True)
        return [stored_record(Dispatch, item) for item in items]

    def members_of(self, dispatch: Dispatch, part: int) -> Sequence[Address]:
        item = self._table.item(self._partition, keys.dispatch_members(dispatch.reference, dispatch.key, part))
        return _ADDRESSES.validate_json(item["data"]["S"]) if item else ()

    def save_dispatch(self, dispatch: Dispatch) -> None:
        self._table.put_next(self._dispatch_item(dispatch), dispatch.version)

    def claim(
        self, reference: str, deliveries: Sequence[RecipientDelivery], *, source: str
    ) -> Sequence[RecipientDelivery]:
        with ThreadPoolExecutor(WRITERS) as pool:
            written = list(pool.map(lambda each: self._claim_one(reference, each, source), deliveries))
        taken = [each for each, new in zip(deliveries, written, strict=True) if not new]
        places = [(self._partition, keys.delivery(reference, each.siret, each.service)) for each in taken]
        items = self._table.items(places)
        before = [stored_record(RecipientDelivery, item) for item in items if item["source"]["S"] == source]
        ours = {each.address: each for each in before}
        return [
            ours.get(each.address, each)
            for each, new in zip(deliveries, written, strict=True)
            if new or each.address in ours
        ]

    def _claim_one(self, reference: str, delivery: RecipientDelivery, source: str) -> bool:
        key = primary_key(self._partition, keys.delivery(reference, delivery.siret, delivery.service))
        return self._table.put_if({**key, **data_of(delivery), "source": {"S": source}}, ABSENT)

    def emailed(self, reference: str, siret: str) -> bool:
        return self._table.item(self._partition, keys.emailed(reference, siret)) is not None

    def mailing(self, reference: str) -> Dispatch | None:
        item = self._table.item(self._partition, keys.dispatch(reference, MAILING))
        return stored_record(Dispatch, item) if item else None

    def add_dispatch(self, dispatch: Dispatch) -> None:
        message = primary_key(self._partition, keys.message(dispatch.reference))
        check: TransactWriteItemTypeDef = {
            "ConditionCheck": {"TableName": self._table.name, "Key": message, "ConditionExpression": PRESENT}
        }
        self._table.transact([*self._dispatch_puts(dispatch, ()), check], StaleWrite())

    def deliveries(
        self, reference: str, *, after: str | None, limit: int, consistent: bool = False
    ) -> tuple[Sequence[RecipientDelivery], str | None]:
        prefix = keys.deliveries(reference)
        low = f"{prefix}{after}\x00" if after else None
        items = self._table.query(self._partition, prefix, low=low, first=limit, consistent=consistent)
        found = [stored_record(RecipientDelivery, item) for item in islice(items, limit)]
        return found, f"{found[-1].siret}#{found[-1].service}" if len(found) == limit else None

    def _message_item(self, message: Message) -> Attributes:
        key = primary_key(self._partition, keys.message(message.reference))
        return {**key, **data_of(message), "version": {"N": str(message.version)}}

    def _dispatch_puts(self, dispatch: Dispatch | None, parts: Parts) -> Iterator[TransactWriteItemTypeDef]:
        if dispatch is None:
            return
        yield {"Put": put_if(self._table.name, self._dispatch_item(dispatch), ABSENT)}
        for part, members in enumerate(parts):
            if members:
                key = primary_key(self._partition, keys.dispatch_members(dispatch.reference, dispatch.key, part))
                item = {**key, "data": {"S": _ADDRESSES.dump_json(tuple(members)).decode()}}
                yield {"Put": put_if(self._table.name, item)}

    def _dispatch_item(self, dispatch: Dispatch) -> Attributes:
        key = primary_key(self._partition, keys.dispatch(dispatch.reference, dispatch.key))
        due = keys.due("MESSAGE", keys.due_message(dispatch.due_at, *dispatch.of_message)) if dispatch.due_at else {}
        return {**key, **data_of(dispatch), "version": {"N": str(dispatch.version)}, **due}
