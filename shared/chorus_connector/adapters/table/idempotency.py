"""Answers kept for a day under the request's key, so that a repeated POST is one POST.

Small and our own: the library's costs 166 ms of every cold start. An answer that never came (the worker died) gives
its key back after a minute, longer than any request lives.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chorus_connector.adapters.table.items import Item, failed_conditions, if_it_holds, key
from chorus_connector.domain.errors import Conflict
from chorus_connector.ports.values import KeptAnswer

KEPT_FOR = timedelta(hours=24)
UNDER_WAY_FOR = timedelta(minutes=1)


class DynamoKeptAnswers:
    """``ports.KeptAnswers`` on the table."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def claim(self, request: str, *, fingerprint: str, owner: str, now: datetime) -> KeptAnswer | None:
        item = {
            **_key(request),
            "fingerprint": {"S": fingerprint},
            "owner": {"S": owner},
            "free_at": {"N": _seconds(now + UNDER_WAY_FOR)},
            "expires_at": {"N": _seconds(now + KEPT_FOR)},
        }
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item,
                # the time to live deletes late: what has expired counts as gone
                ConditionExpression="attribute_not_exists(PK) OR expires_at <= :now OR free_at <= :now",
                ExpressionAttributeValues={":now": {"N": _seconds(now)}},
            )
        except ClientError as error:
            if not failed_conditions(error):
                raise
            return self._kept(request, owner)
        return None

    def keep(self, request: str, *, owner: str, answer: bytes) -> None:
        self._if_owned(
            request,
            owner,
            UpdateExpression="SET answer = :answer REMOVE free_at",
            ExpressionAttributeValues={":answer": {"B": answer}},
        )

    def release(self, request: str, *, owner: str) -> None:
        with if_it_holds():
            self._client.delete_item(
                TableName=self._table,
                Key=_key(request),
                ConditionExpression="#owner = :owner",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues={":owner": {"S": owner}},
            )

    def _kept(self, request: str, owner: str) -> KeptAnswer | None:
        """What another has claimed; None when it is our own claim, written although its answer was lost."""
        item = self._client.get_item(TableName=self._table, Key=_key(request), ConsistentRead=True).get("Item")
        if item is None:  # released this very moment
            raise Conflict("idempotency_in_progress", "Redemandez dans un instant.", "Ask again in a moment.")
        answer = item.get("answer")
        if answer is None and item["owner"]["S"] == owner:
            return None
        return KeptAnswer(item["fingerprint"]["S"], bytes(answer["B"]) if answer else None)

    def _if_owned(self, request: str, owner: str, **update: Any) -> None:
        """Nothing happens when another took the key over meanwhile."""
        update["ExpressionAttributeValues"][":owner"] = {"S": owner}
        with if_it_holds():
            self._client.update_item(
                TableName=self._table,
                Key=_key(request),
                ConditionExpression="#owner = :owner",
                ExpressionAttributeNames={"#owner": "owner"},
                **update,
            )


def _key(request: str) -> Item:
    return key(f"IDEMPOTENCY#{request}", "IDEMPOTENCY")


def _seconds(moment: datetime) -> str:
    return str(int(moment.timestamp()))
