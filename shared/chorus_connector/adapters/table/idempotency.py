"""Answers stored for a day under the request's idempotency key, so that a repeated POST has its effect once.

Own code, because Powertools' idempotency adds 166 ms to every cold start. A claim without an answer (its worker
died) ends after a minute, which is longer than any request runs.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.items import failed_condition_ignored, failed_conditions, get_item
from chorus_connector.domain.errors import Conflict
from chorus_connector.ports.values import KeptAnswer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ANSWER_LIFETIME = timedelta(hours=24)
CLAIM_LIFETIME = timedelta(minutes=1)


class DynamoKeptAnswers:
    """``ports.KeptAnswers`` on the table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def claim(self, request: str, *, fingerprint: str, owner: str, now: datetime) -> KeptAnswer | None:
        item = {
            **keys.idempotency(request),
            "fingerprint": {"S": fingerprint},
            "owner": {"S": owner},
            "free_at": {"N": _seconds(now + CLAIM_LIFETIME)},
            keys.EXPIRES_AT: {"N": _seconds(now + ANSWER_LIFETIME)},
        }
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item,
                # DynamoDB deletes expired items late: treat them as absent
                ConditionExpression="attribute_not_exists(PK) OR expires_at <= :now OR free_at <= :now",
                ExpressionAttributeValues={":now": {"N": _seconds(now)}},
            )
        except ClientError as error:
            if not failed_conditions(error):
                raise
            return self._kept(request, owner)
        return None

    def keep(self, request: str, *, owner: str, answer: bytes) -> None:
        with failed_condition_ignored():  # another request claimed the key meanwhile
            self._client.update_item(
                TableName=self._table,
                Key=keys.idempotency(request),
                UpdateExpression="SET answer = :answer REMOVE free_at",
                ConditionExpression="#owner = :owner",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues={":answer": {"B": answer}, ":owner": {"S": owner}},
            )

    def release(self, request: str, *, owner: str) -> None:
        with failed_condition_ignored():
            self._client.delete_item(
                TableName=self._table,
                Key=keys.idempotency(request),
                ConditionExpression="#owner = :owner",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues={":owner": {"S": owner}},
            )

    def _kept(self, request: str, owner: str) -> KeptAnswer | None:
        """The other request's answer; None when the claim is our own, written although the call's answer was lost."""
        item = get_item(self._client, self._table, keys.idempotency(request))
        if item is None:  # released since the failed claim
            raise Conflict("idempotency_in_progress", "Redemandez dans un instant.", "Ask again in a moment.")
        answer = item.get("answer")
        if answer is None and item["owner"]["S"] == owner:
            return None
        return KeptAnswer(item["fingerprint"]["S"], bytes(answer["B"]) if answer else None)


def _seconds(moment: datetime) -> str:
    return str(int(moment.timestamp()))
