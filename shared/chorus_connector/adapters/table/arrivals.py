"""The arrivals of messages at suppliers' structures, on the table. One that is due is in the index of due work."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.items import ABSENT, due_keys, failed_condition_raises
from chorus_connector.adapters.table.message_table import MessageTable, data_of
from chorus_connector.domain.errors import StaleWrite
from chorus_connector.ports.values import DueArrival

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from chorus_connector.domain.messages.arrival import ArrivedMessage

_KEPT = timedelta(days=90)
"""As long as the notification in the feed; until then the same message is not notified of a second time."""


class DynamoArrivals:
    """``ports.Arrivals`` on the table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._table = MessageTable(client, table)

    def note(self, arrived: ArrivedMessage, *, now: datetime) -> None:
        item = {
            **keys.arrival(arrived.siret, arrived.reference),
            **data_of(arrived),
            keys.EXPIRES_AT: {"N": str(int((arrived.at + _KEPT).timestamp()))},
        }
        if arrived.at > now:
            item |= keys.due("ARRIVAL", keys.due_arrival(arrived.at, arrived.siret, arrived.reference))
        self._table.put_if(item, f"{ABSENT} OR attribute_exists({keys.DUE_KIND})")

    def forget(self, siret: str, reference: str) -> None:
        with suppress(StaleWrite), failed_condition_raises(StaleWrite()):  # it has begun, or there is none
            self._table.client.delete_item(
                TableName=self._table.name,
                Key=keys.arrival(siret, reference),
                ConditionExpression=f"attribute_exists({keys.DUE_KIND})",
            )

    def due(self, now: datetime, *, limit: int) -> Sequence[DueArrival]:
        found = due_keys(self._table.client, self._table.name, "ARRIVAL", now, limit=limit)
        return [
            DueArrival(*keys.siret_and_reference(each["PK"]["S"], each["SK"]["S"]), each[keys.DUE_SORT]["S"])
            for each in found
        ]

    def begin(self, due: DueArrival) -> bool:
        try:
            with failed_condition_raises(StaleWrite()):
                self._table.client.update_item(
                    TableName=self._table.name,
                    Key=keys.arrival(due.siret, due.reference),
                    UpdateExpression=f"REMOVE {keys.DUE_KIND}, {keys.DUE_SORT}",
                    ConditionExpression=f"{keys.DUE_SORT} = :due",
                    ExpressionAttributeValues={":due": {"S": due.place}},
                )
        except StaleWrite:  # its dates changed just now, or another run was first
            return False
        return True
