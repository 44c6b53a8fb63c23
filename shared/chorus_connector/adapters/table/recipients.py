"""What the portal's directory answered about recipients, on the table; shared by all suppliers, for it is public."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chorus_connector.domain.portal.recipient import Recipient

if TYPE_CHECKING:
    from chorus_connector.adapters.table.items import Item


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


def _recipient_key(siret: str) -> Item:
    return {"PK": {"S": f"RECIPIENT#{siret}"}, "SK": {"S": "RECIPIENT"}}
