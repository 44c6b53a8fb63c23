"""``chorus-connector migrate``: rewrites records of older releases in the form of this release.

It is not needed after an update, because this release reads the records of all older ones: an absent field has its
default, and a model's ``_of_an_older_release`` converts the rest. It is needed before such a conversion is removed
from the code. Each write is conditional on the record being unchanged since it was read, so the command can run while
the installation works, and can be interrupted and repeated. It creates no new version and no line of the audit trail.
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
from chorus_connector.domain.notifications.addresses import EmailAddress
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
    "EMAIL": EmailAddress,
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
"""The model of the attribute ``data``, by the first word of the sort key. Other items have no model."""


@dataclass
class Migrated:
    """By kind: how many records were read, how many have an older form, and how many are unreadable."""

    looked_at: Counter[str] = field(default_factory=Counter)
    older: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Migrate:
    """Rewrites the records of one supplier and of its structure's messages."""

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
                raise  # the concurrent write used the form of this release


def _in_todays_words(model: type[BaseModel], before: str) -> str | None:
    """The record in the form of this release; None when it has that form already."""
    read = model.model_validate_json(before)
    if _says_all(json.loads(before), read.model_dump(mode="json")):
        return None  # an absent field has its default and needs no rewriting
    return read.model_dump_json(exclude_defaults=True)


def _says_all(before: Any, today: Any) -> bool:
    """Whether the second value contains every field of the first, at every depth."""
    if isinstance(before, dict) and isinstance(today, dict):
        return all(name in today and _says_all(value, today[name]) for name, value in before.items())
    if isinstance(before, list) and isinstance(today, list):
        return len(before) == len(today) and all(map(_says_all, before, today))
    return bool(before == today)
