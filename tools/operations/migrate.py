"""``chorus-connector migrate``: rewrite records that an older release wrote, in the words of this one.

Not needed to run: a record is read by whatever release wrote it (a field that is absent has its default, and a
model's ``_of_an_older_release`` says the rest). It is needed before such a reader is taken out of the code. Each
record is written on condition that nobody changed it since it was read, so it may run while the installation works,
and be cut off and run again. A record whose rewriting tells nobody anything is all it makes: no version, no line.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from pydantic import BaseModel, ValidationError

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.items import failed_conditions, query_all
from chorus_connector.domain.invoices.attachments import Attachment
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.messages.delivery import Dispatch, Received, RecipientDelivery
from chorus_connector.domain.messages.distribution import DistributionList
from chorus_connector.domain.messages.message import Message
from chorus_connector.domain.messages.structure import Counterparty
from chorus_connector.domain.notifications.notification import Notification
from chorus_connector.domain.notifications.webhooks import Endpoint
from chorus_connector.domain.notifications.webhooks import WebhookDelivery as WebhookTry
from chorus_connector.domain.portal.tracking import TrackingProgress
from chorus_connector.domain.suppliers.access import Member, Subscriber
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.domain.suppliers.supplier import Supplier
from chorus_connector.domain.suppliers.tables import Proposal, TableRow

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from chorus_connector.adapters.table.items import Item

MODELS: dict[str, type[BaseModel]] = {
    "SUPPLIER": Supplier,
    "INVOICE": Invoice,
    "FOLLOWING": TrackingProgress,
    "AUDIT": Change,
    "MEMBER": Member,
    "NOTIFY": Subscriber,
    "TABLE": TableRow,
    "PROPOSAL": Proposal,
    "ATTACHMENT": Attachment,
    "FEED": Notification,
    "DIGEST_LINE": Notification,
    "WEBHOOK": Endpoint,
    "WEBHOOK_TRY": WebhookTry,
    "MESSAGE": Message,
    "DISPATCH": Dispatch,
    "DELIVERY": RecipientDelivery,
    "INBOX": Received,
    "LIST": DistributionList,
    "EXCHANGE": Counterparty,
    "SEARCH": Counterparty,
}
"""What stands in ``data``, by the first word of the sort key. What is not here has no model that could change."""


@dataclass
class Migrated:
    """By kind: how many were looked at, how many an older release wrote, and how many cannot be read at all."""

    looked_at: Counter[str] = field(default_factory=Counter)
    older: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Migrate:
    """One supplier's records and its space of messages. ``client`` is DynamoDB's."""

    client: "DynamoDBClient"
    table: str

    def run(self, supplier_id: str, siret: str, *, do: bool, done: Migrated) -> None:
        for partition in (keys.supplier(supplier_id), *([keys.structure(siret)] if siret else [])):
            for item in query_all(self.client, self.table, partition, "", consistent=True):
                self._poll(item, do, done)

    def _poll(self, item: "Item", do: bool, done: Migrated) -> None:
        kind = keys.kind_and_rest(item["SK"]["S"])[0]
        model = MODELS.get(kind)
        if model is None or "data" not in item:
            return
        done.looked_at[kind] += 1
        before = item["data"]["S"]
        try:
            after = _in_todays_words(model, before)
        except ValidationError:
            done.unreadable.append(f"{item['PK']['S']} {item['SK']['S']}")
            return
        if after is not None:
            done.older[kind] += 1
            if do:
                self._write(item, after)

    def _write(self, item: "Item", after: str) -> None:
        try:
            self.client.update_item(
                TableName=self.table,
                Key=keys.primary_key(item["PK"]["S"], item["SK"]["S"]),
                UpdateExpression="SET #data = :after",
                ConditionExpression="#data = :before",
                ExpressionAttributeNames={"#data": "data"},
                ExpressionAttributeValues={":after": {"S": after}, ":before": item["data"]},
            )
        except ClientError as error:
            if not failed_conditions(error):
                raise  # whoever was first wrote it in today's words


def _in_todays_words(model: type[BaseModel], before: str) -> str | None:
    """The record anew; None when this release says all it says in the same words."""
    read = model.model_validate_json(before)
    if _says_all(json.loads(before), read.model_dump(mode="json")):
        return None  # what is absent has its default, and needs no rewriting
    return read.model_dump_json(exclude_defaults=True)


def _says_all(before: Any, today: Any) -> bool:
    """Whether everything of the first is in the second, however deep."""
    if isinstance(before, dict) and isinstance(today, dict):
        return all(name in today and _says_all(value, today[name]) for name, value in before.items())
    if isinstance(before, list) and isinstance(today, list):
        return len(before) == len(today) and all(map(_says_all, before, today))
    return bool(before == today)
