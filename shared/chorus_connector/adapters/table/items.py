"""The single table. One partition per supplier; every write is conditional.

    PK               SK                       what
    SUPPLIER#<id>    SUPPLIER                 the tenant's settings; index by_readiness: its next probe
    SUPPLIER#<id>    AUDIT#<time>#<id>        one change of the configuration
    SUPPLIER#<id>    ACCESS                   how often the access list changed
    SUPPLIER#<id>    MEMBER#<principal>       somebody's rights, as the list shows them
    SUPPLIER#<id>    NOTIFY#<kind>#<principal>  who is told of what
    SUPPLIER#<id>    SUPPLIER_EVENT#<n>       what people were told of it, one line per version that told something
    SUPPLIER#<id>    BREAKER                  the outage pilot's memory of this supplier's calls
    PORTAL#<name>    BREAKER                  … and of everybody's
    SUPPLIER#<id>    INVOICE#<document>       one invoice; index by_list (list_sort), by_readiness (ready_*)
    SUPPLIER#<id>    FOLLOWING                how far its invoices were retrieved; index by_readiness: when it goes on
    SUPPLIER#<id>    EVENT#<document>#<n>     its audit trail, one line per version
    SUPPLIER#<id>    NUMBER#<number>          who claims an invoice number
    SUPPLIER#<id>    CONTENT#<sha256>         who holds a file
    SIRET#<siret>    SIRET                    which tenant a SIRET is
    PRINCIPAL#<id>   SUPPLIER#<id>            the same rights, as every request asks for them
    INSTALLATION     SUPPLIER#<id>            every tenant's id
    INSTALLATION     DEFAULT_SUPPLIER         the tenant of a new installation was made, and never again
    INSTALLATION     DELETED#<id>             what stays of a deleted tenant
    IDEMPOTENCY#<h>  IDEMPOTENCY              the answer to a request that carried a key, for a day
    RECIPIENT#<siret> RECIPIENT               a directory answer, shared: it is public

Records are stored as JSON text in ``data`` beside the few attributes that keys and conditions need, so that
an amount is never a float. Only a failed condition is translated; anything else goes up as it is.

Here is what every store on it does alike: keys, times, cursors, many items at once, failed conditions.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar, cast

from botocore.exceptions import ClientError

from chorus_connector.domain.errors import Invalid

if TYPE_CHECKING:
    from chorus_connector.domain.suppliers.audit import Change

Item = dict[str, dict[str, Any]]
Thing = TypeVar("Thing")

READ_AT_ONCE, WRITTEN_AT_ONCE = 100, 25
"""What DynamoDB takes in one call."""

READY_SHARDS = 4
"""Partitions of the index of what is due: enough that no single one is hot, few enough to ask them all."""


def key(partition: str, sort: str) -> Item:
    """A primary key of the table."""
    return {"PK": {"S": partition}, "SK": {"S": sort}}


def stamp(moment: datetime) -> str:
    """UTC text that sorts as time does: always the same width."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def shard(each: str) -> int:
    """The partition of the index of what is due in which a document or a supplier stands, the same for ever."""
    return zlib.crc32(each.encode()) % READY_SHARDS


def supplier_is_there(table: str, supplier_id: str) -> dict[str, Any]:
    """The condition that a tenant still exists, for writes that would bring back some of one that is gone.

    Not for writes of which one supplier makes many at a time: two such transactions get into each other's way. What
    those leave behind is swept away after the end.
    """
    where = {"TableName": table, "Key": key(f"SUPPLIER#{supplier_id}", "SUPPLIER")}
    return {"ConditionCheck": {**where, "ConditionExpression": "attribute_exists(PK)"}}


def change_item(supplier_id: str, change: Change) -> Item:
    """A line of the configuration's audit trail."""
    return {
        **key(f"SUPPLIER#{supplier_id}", f"AUDIT#{stamp(change.at)}#{change.change_id}"),
        "data": {"S": change.model_dump_json()},
    }


def batches(things: Iterable[Thing], size: int) -> Iterator[list[Thing]]:
    """The things in their order, so many at a time."""
    remaining = iter(things)
    while batch := list(islice(remaining, size)):
        yield batch


def read_many(client: Any, table: str, keys: Iterable[Item], *, consistent: bool = True) -> Iterator[Item]:
    """Those of the items that are there, in no order; no key may come twice."""
    for batch in batches(keys, READ_AT_ONCE):
        wanted: dict[str, Any] = {table: {"Keys": batch, "ConsistentRead": consistent}}
        while wanted:  # what was throttled comes back
            answer = client.batch_get_item(RequestItems=wanted)
            yield from answer["Responses"].get(table, [])
            wanted = answer.get("UnprocessedKeys") or {}


def read_page(
    client: Any, table: str, partition: str, prefix: str, *, limit: int, cursor: str | None, newest_first: bool = False
) -> tuple[list[Item], str | None]:
    """Some of the partition's items under that prefix, and the next page's cursor. Raises Invalid on a foreign one."""
    request: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "PK = :pk AND begins_with(SK, :prefix)",
        "ExpressionAttributeValues": {":pk": {"S": partition}, ":prefix": {"S": prefix}},
        "ScanIndexForward": not newest_first,
        "Limit": limit,
    }
    if cursor:
        request["ExclusiveStartKey"] = start_key(cursor, partition, prefix)
    answer = client.query(**request)
    last = answer.get("LastEvaluatedKey")
    return answer["Items"], encode_cursor(last) if last else None


def write_many(client: Any, table: str, requests: Iterable[dict[str, Any]]) -> None:
    """Puts and deletes under no condition; a worker that dies between them has done some of them."""
    for batch in batches(requests, WRITTEN_AT_ONCE):
        wanted: dict[str, Any] = {table: batch}
        while wanted:  # what was throttled comes back
            wanted = client.batch_write_item(RequestItems=wanted).get("UnprocessedItems") or {}


@contextmanager
def refused_as(refusal: Exception) -> Iterator[None]:
    """A condition that fails inside is that refusal; any other error goes up as it is."""
    try:
        yield
    except ClientError as error:
        if failed_conditions(error):
            raise refusal from None
        raise


@contextmanager
def if_it_holds() -> Iterator[None]:
    """A condition that fails inside leaves everything as it was; any other error goes up as it is."""
    try:
        yield
    except ClientError as error:
        if not failed_conditions(error):
            raise


def failed_conditions(error: ClientError) -> list[bool]:
    """Which items' conditions failed; empty when the error is about something else."""
    code = error.response["Error"]["Code"]
    if code == "ConditionalCheckFailedException":
        return [True]
    if code == "TransactionCanceledException":
        reasons = cast(Any, error.response).get("CancellationReasons", [])
        failed = [reason.get("Code") == "ConditionalCheckFailed" for reason in reasons]
        return failed if any(failed) else []
    return []


def encode_cursor(last: Item) -> str:
    """Where a query stopped, as text; the edge signs it."""
    return base64.urlsafe_b64encode(json.dumps(last, separators=(",", ":")).encode()).decode().rstrip("=")


def start_key(cursor: str, partition: str, prefix: str, *, sort_key: str = "SK") -> Item:
    """The cursor's key. Raises Invalid unless it lies in that partition, under that prefix."""
    start = _decoded(cursor)
    inside = start.get("PK") == {"S": partition} and str(start.get(sort_key, {}).get("S", "")).startswith(prefix)
    if not inside:
        raise _bad_cursor()
    return start


def _decoded(cursor: str) -> Item:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        start = json.loads(base64.urlsafe_b64decode(padded.encode()))
    except (binascii.Error, ValueError):
        raise _bad_cursor() from None
    if not isinstance(start, dict) or not all(isinstance(value, dict) for value in start.values()):
        raise _bad_cursor()
    return start


def _bad_cursor() -> Invalid:
    return Invalid("Curseur inconnu : reprenez la liste au début.", "Unknown cursor: start the list again.")
