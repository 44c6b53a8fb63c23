"""What becomes of a message after its delivery, on the table: outcomes that change, reading, and what is awaited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.items import ABSENT, PRESENT, due_keys, failed_conditions, put_if
from chorus_connector.adapters.table.keys import primary_key
from chorus_connector.adapters.table.message_table import MessageTable, data_of, stored_record
from chorus_connector.domain.messages.delivery import (
    MAILING,
    Awaited,
    DeliveryTotal,
    Dispatch,
    Progress,
    RecipientDelivery,
    delivery_keys,
)
from chorus_connector.domain.messages.display import begins_at

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from chorus_connector.adapters.table.keys import Attributes
    from chorus_connector.domain.messages.message import Message
    from chorus_connector.domain.messages.structure import Address

_KEPT_AFTER = timedelta(days=31)
"""How long an awaited message is kept after its display: a display that is made longer is written again."""


class DynamoOutcomes:
    """``ports.Outcomes`` on the table, made for one sender."""

    def __init__(self, client: DynamoDBClient, table: str, siret: str) -> None:
        self._table = MessageTable(client, table)
        self._partition = keys.structure(siret)

    def of(self, reference: str, addresses: Iterable[Address]) -> Sequence[RecipientDelivery]:
        wanted = ((self._partition, keys.delivery(reference, each.siret, each.service)) for each in addresses)
        return [stored_record(RecipientDelivery, item) for item in self._table.items(wanted)]

    def of_structure(self, reference: str, siret: str) -> Sequence[RecipientDelivery]:
        items = self._table.query(self._partition, keys.deliveries_to(reference, siret), consistent=True)
        return [stored_record(RecipientDelivery, item) for item in items]

    def change(
        self, reference: str, before: RecipientDelivery, after: RecipientDelivery, *, counted: bool = True
    ) -> bool:
        change: TransactWriteItemTypeDef = {
            "Update": {
                "TableName": self._table.name,
                "Key": primary_key(self._partition, keys.delivery(reference, before.siret, before.service)),
                "UpdateExpression": "SET #data = :after",
                "ConditionExpression": "#data = :before",
                "ExpressionAttributeNames": {"#data": "data"},
                "ExpressionAttributeValues": {":before": data_of(before)["data"], ":after": data_of(after)["data"]},
            }
        }
        progress = Progress.of_change(before.outcome, after.outcome)
        try:
            if counted:
                self._table.client.transact_write_items(TransactItems=[change, self._count(reference, progress)])
            else:
                self._table.client.update_item(**change["Update"])
        except ClientError as error:
            if failed_conditions(error):
                return False
            raise
        return True

    def note_read(self, reference: str, address: Address) -> None:
        key = primary_key(self._partition, keys.opened(reference, address.siret))
        if self._table.item(self._partition, keys.opened(reference, address.siret)) is not None:
            return
        sent: TransactWriteItemTypeDef = {
            "ConditionCheck": {
                "TableName": self._table.name,
                "Key": primary_key(self._partition, keys.delivery(reference, address.siret, address.service)),
                "ConditionExpression": PRESENT,
            }
        }
        first: TransactWriteItemTypeDef = {"Put": put_if(self._table.name, key, ABSENT)}
        try:
            self._table.client.transact_write_items(
                TransactItems=[sent, first, self._count(reference, Progress(read=1))]
            )
        except ClientError as error:
            if not failed_conditions(error):
                raise

    def read(self, reference: str, sirets: Iterable[str]) -> frozenset[str]:
        wanted = ((self._partition, keys.opened(reference, siret)) for siret in sirets)
        return frozenset(keys.last_part(item["SK"]["S"]) for item in self._table.items(wanted))

    def counts(self, reference: str) -> Progress:
        return self._totals({reference: ()})[reference].progress

    def totals(self, messages: Iterable[Message]) -> Mapping[str, DeliveryTotal]:
        return self._totals({each.reference: delivery_keys(each) for each in messages})

    def _totals(self, wanted: Mapping[str, Iterable[str]]) -> Mapping[str, DeliveryTotal]:
        """By reference, the sum of these deliveries, of the mailing and of what changed since then."""
        places = [
            (self._partition, place)
            for reference, deliveries in wanted.items()
            for place in (keys.outcomes(reference), *(keys.dispatch(reference, key) for key in (*deliveries, MAILING)))
        ]
        changes: defaultdict[str, Progress] = defaultdict(Progress)
        dispatches: defaultdict[str, list[Dispatch]] = defaultdict(list)
        for item in self._table.items(places):
            if "data" not in item:
                changed = {name: int(item[name]["N"]) for name in Progress.model_fields if name in item}
                changes[keys.last_part(item["SK"]["S"])] = Progress(**changed)
                continue
            dispatch = stored_record(Dispatch, item)
            dispatches[dispatch.reference].append(dispatch)
        return {each: DeliveryTotal.of(dispatches[each], changes[each]) for each in wanted}

    def _count(self, reference: str, progress: Progress) -> TransactWriteItemTypeDef:
        counts = {name: value for name, value in progress.model_dump().items() if value}
        return {
            "Update": {
                "TableName": self._table.name,
                "Key": primary_key(self._partition, keys.outcomes(reference)),
                "UpdateExpression": "ADD " + ", ".join(f"#{name} :{name}" for name in counts),
                "ExpressionAttributeNames": {f"#{name}": name for name in counts},
                "ExpressionAttributeValues": {f":{name}": {"N": str(value)} for name, value in counts.items()},
            }
        }


class DynamoAwaited:
    """``ports.AwaitedMessages`` on the table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._table = MessageTable(client, table)

    def get_many(self, reference: str, sirets: Iterable[str]) -> Mapping[str, Awaited]:
        wanted = ((keys.awaited(siret), keys.awaited_message(reference)) for siret in sirets)
        found = (stored_record(Awaited, item) for item in self._table.items(wanted))
        return {each.siret: each for each in found}

    def put(self, messages: Sequence[Awaited]) -> None:
        self._table.write_many({"PutRequest": {"Item": _awaited_item(each)}} for each in messages)

    def forget(self, siret: str, reference: str) -> None:
        key = primary_key(keys.awaited(siret), keys.awaited_message(reference))
        self._table.client.delete_item(TableName=self._table.name, Key=key)

    def of(self, siret: str, *, after: str, limit: int) -> Sequence[Awaited]:
        low = f"{keys.awaited_message(after)}\x00" if after else None
        items = self._table.query(keys.awaited(siret), keys.AWAITED_MESSAGES, low=low, first=limit, consistent=True)
        return [stored_record(Awaited, item) for item, _ in zip(items, range(limit), strict=False)]


class DynamoDueMailings:
    """``ports.DueMailings`` on the index of what is due."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def due(self, now: datetime, *, limit: int) -> Iterator[tuple[str, str, str]]:
        for item in due_keys(self._client, self._table, "MESSAGE", now, limit=limit):
            yield (item["PK"]["S"].removeprefix(keys.STRUCTURES), *keys.reference_and_dispatch(item["SK"]["S"]))


def _awaited_item(message: Awaited) -> Attributes:
    end = min(begins_at(message.display_end) + _KEPT_AFTER, datetime(2999, 1, 1, tzinfo=UTC))
    return {
        **primary_key(keys.awaited(message.siret), keys.awaited_message(message.reference)),
        **data_of(message),
        keys.EXPIRES_AT: {"N": str(int(end.timestamp()))},
    }
