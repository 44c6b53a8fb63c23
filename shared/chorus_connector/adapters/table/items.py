"""What every store on the single table does alike: conditional writes, batches, pages and cursors.

``keys`` describes the table. A record is JSON text in ``data`` beside the few attributes that keys and conditions need:
an amount never becomes a float. A failed condition becomes a domain error; every other error is raised as it is.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from time import sleep
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.conflicts import is_conflict, pause_before
from chorus_connector.domain.errors import Invalid, StaleWrite

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        DeleteTypeDef,
        KeysAndAttributesTypeDef,
        PutTypeDef,
        QueryInputTypeDef,
        TransactWriteItemTypeDef,
        UpdateTypeDef,
        WriteRequestTypeDef,
        WriteRequestUnionTypeDef,
    )

    from chorus_connector.adapters.table.keys import Attributes
    from chorus_connector.domain.suppliers.audit import Change

    Item = dict[str, AttributeValueTypeDef]
    """An item as the table returns it; ``Attributes`` is one as we write it."""

Element = TypeVar("Element")

READ_AT_ONCE, WRITTEN_AT_ONCE = 100, 25
"""DynamoDB's limits for one batch."""

ABSENT, PRESENT = "attribute_not_exists(PK)", "attribute_exists(PK)"
"""The conditions that no item, or one, has this key."""


def put_if(
    table: str,
    item: Attributes,
    condition: str = "",
    values: Attributes | None = None,
    names: Mapping[str, str] | None = None,
) -> PutTypeDef:
    """A put, alone or in a transaction; without a condition it overwrites."""
    put: PutTypeDef = {"TableName": table, "Item": item}
    if condition:
        put["ConditionExpression"] = condition
    if values:
        put["ExpressionAttributeValues"] = values
    if names:
        put["ExpressionAttributeNames"] = names
    return put


def delete_if(table: str, key: Attributes, condition: str = "", values: Attributes | None = None) -> DeleteTypeDef:
    """A deletion in a transaction; without a condition the item may be absent."""
    deletion: DeleteTypeDef = {"TableName": table, "Key": key}
    if condition:
        deletion["ConditionExpression"] = condition
    if values:
        deletion["ExpressionAttributeValues"] = values
    return deletion


def put_next(table: str, item: Attributes, version: int, *, or_absent: bool = False) -> PutTypeDef:
    """A put of an item with this version, on condition that the stored one has the version before it.

    ``or_absent``: the item may also not exist yet."""
    condition = f"{ABSENT} OR version = :version" if or_absent else "version = :version"
    return put_if(table, item, condition, {":version": {"N": str(version - 1)}})


def replacing(table: str, item: Attributes, version: int, optional: Sequence[str]) -> UpdateTypeDef:
    """An update that writes the item's attributes and removes the optional ones it lacks; others stay as they are.

    On condition that the stored item has that version.
    """
    key = {name: item[name] for name in ("PK", "SK")}
    written = {name: value for name, value in item.items() if name not in key}
    removed = [name for name in optional if name not in item]
    names = {f"#{number}": name for number, name in enumerate([*written, *removed])}
    placeholder = {name: short for short, name in names.items()}
    sets = ", ".join(f"{placeholder[name]} = :{placeholder[name][1:]}" for name in written)
    removes = ", ".join(placeholder[name] for name in removed)
    return {
        "TableName": table,
        "Key": key,
        "UpdateExpression": f"SET {sets}" + (f" REMOVE {removes}" if removes else ""),
        "ConditionExpression": "version = :version",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {
            ":version": {"N": str(version)},
            **{f":{placeholder[name][1:]}": value for name, value in written.items()},
        },
    }


def supplier_exists(table: str, supplier_id: str) -> TransactWriteItemTypeDef:
    """The condition that a tenant still exists, for the first write of an item that a tenant has once.

    Not for frequent writes: two transactions that check the same item at the same time conflict. These read the
    tenant's record first, and the removal of a tenant deletes what a late one leaves behind.
    """
    where = keys.supplier_record(supplier_id)
    return {"ConditionCheck": {"TableName": table, "Key": where, "ConditionExpression": PRESENT}}


def audit_item(supplier_id: str, change: Change) -> Attributes:
    """A line of the configuration's audit trail."""
    where = keys.primary_key(keys.supplier(supplier_id), keys.audit_line(change.at, change.change_id))
    return {**where, "data": {"S": change.model_dump_json()}}


def batches(elements: Iterable[Element], size: int) -> Iterator[list[Element]]:
    """Lists of at most ``size`` elements, in their order."""
    remaining = iter(elements)
    while batch := list(islice(remaining, size)):
        yield batch


def get_item(client: DynamoDBClient, table: str, key: Attributes) -> Item | None:
    """The item, read consistently."""
    return client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")


def read_many(
    client: DynamoDBClient, table: str, wanted: Iterable[Attributes], *, consistent: bool = True
) -> Iterator[Item]:
    """The items that exist, in no order. The keys must be distinct."""
    for batch in batches(wanted, READ_AT_ONCE):
        first: KeysAndAttributesTypeDef = {"Keys": batch, "ConsistentRead": consistent}
        request: Mapping[str, Any] = {table: first}
        attempt = 0
        while request:  # throttled keys are returned as unprocessed
            answer = client.batch_get_item(RequestItems=request)
            yield from answer["Responses"].get(table, [])
            if request := answer.get("UnprocessedKeys") or {}:
                attempt += 1
                sleep(pause_before(attempt))


def query_all(
    client: DynamoDBClient, table: str, partition: str, prefix: str, *, consistent: bool = False
) -> Iterator[Item]:
    """Every item of the partition under the prefix, page by page; an empty prefix means the whole partition."""
    condition, values = "PK = :pk", {":pk": {"S": partition}}
    if prefix:  # DynamoDB accepts no empty text in begins_with
        condition, values = f"{condition} AND begins_with(SK, :prefix)", values | {":prefix": {"S": prefix}}
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
        ConsistentRead=consistent,
    )
    return (item for page in pages for item in page["Items"])


def rights_of(client: DynamoDBClient, table: str, principal: str, partitions: str) -> Iterator[Item]:
    """The rights that a principal has, in the partitions with that prefix.

    An index is updated after the table, usually within a second: it answers who sees what in a list. Whether a request
    may be done is read from the right itself.
    """
    pages = client.get_paginator("query").paginate(
        TableName=table,
        IndexName=keys.PRINCIPAL_INDEX,
        KeyConditionExpression="principal = :principal AND begins_with(PK, :partitions)",
        ExpressionAttributeValues={":principal": {"S": principal}, ":partitions": {"S": partitions}},
    )
    return (item for page in pages for item in page["Items"])


def due_keys(
    client: DynamoDBClient, table: str, kind: keys.DueKind, now: datetime, *, limit: int, begin: str = keys.DUE_BEGIN
) -> Iterator[Item]:
    """The due keys of one kind, longest due first. With a ``begin`` that includes leases, these come before them."""
    pages = client.get_paginator("query").paginate(
        TableName=table,
        IndexName=keys.DUE_INDEX,
        KeyConditionExpression="ready_kind = :kind AND ready_sort BETWEEN :begin AND :now",
        ExpressionAttributeValues={":kind": {"S": kind}, ":begin": {"S": begin}, ":now": {"S": keys.due_until(now)}},
        PaginationConfig={"MaxItems": limit},
    )
    return (item for page in pages for item in page["Items"])


def read_page(
    client: DynamoDBClient,
    table: str,
    partition: str,
    prefix: str,
    *,
    limit: int,
    cursor: str | None,
    newest_first: bool = False,
    consistent: bool = False,
) -> tuple[list[Item], str | None]:
    """One page of the partition's items under the prefix, and the cursor of the next. Raises Invalid (cursor)."""
    request: QueryInputTypeDef = {
        "TableName": table,
        "KeyConditionExpression": "PK = :pk AND begins_with(SK, :prefix)",
        "ExpressionAttributeValues": {":pk": {"S": partition}, ":prefix": {"S": prefix}},
        "ScanIndexForward": not newest_first,
        "ConsistentRead": consistent,
        "Limit": limit,
    }
    if cursor:
        request["ExclusiveStartKey"] = start_key(cursor, partition, prefix)
    answer = client.query(**request)
    last = answer.get("LastEvaluatedKey")
    return answer["Items"], encode_cursor(last) if last else None


def write_many(client: DynamoDBClient, table: str, requests: Iterable[WriteRequestTypeDef]) -> None:
    """Puts and deletes without conditions, in batches. Not atomic: a crash leaves some of them done."""
    for batch in batches(requests, WRITTEN_AT_ONCE):
        wanted: Mapping[str, list[WriteRequestUnionTypeDef]] = {table: [*batch]}
        while wanted:  # throttled writes are returned as unprocessed
            unprocessed = client.batch_write_item(RequestItems=wanted).get("UnprocessedItems") or {}
            wanted = {name: [*requests] for name, requests in unprocessed.items()}


@contextmanager
def failed_condition_raises(refusal: Exception) -> Iterator[None]:
    """A failed condition raises ``refusal``, a lost race StaleWrite; any other error is raised as it is."""
    try:
        yield
    except ClientError as error:
        if failed_conditions(error):
            raise refusal from None
        raise


@contextmanager
def failed_condition_ignored() -> Iterator[None]:
    """A failed condition changes nothing and raises nothing. A lost race raises StaleWrite, any other error itself."""
    try:
        yield
    except ClientError as error:
        if not failed_conditions(error):
            raise


def failed_conditions(error: ClientError) -> list[bool]:
    """Per transaction item, whether its condition failed; empty when the error has another cause.

    Raises StaleWrite when other writers held the items through every attempt.
    """
    if is_conflict(error.response):
        raise StaleWrite from None
    code = error.response["Error"]["Code"]
    if code == "ConditionalCheckFailedException":
        return [True]
    if code == "TransactionCanceledException":
        reasons = error.response.get("CancellationReasons", [])
        failed = [reason.get("Code") == "ConditionalCheckFailed" for reason in reasons]
        return failed if any(failed) else []
    return []


def encode_cursor(last: Mapping[str, Any]) -> str:
    """The last key that a query read, as text. The API signs it."""
    return base64.urlsafe_b64encode(json.dumps(last, separators=(",", ":")).encode()).decode().rstrip("=")


def start_key(cursor: str, partition: str, prefix: str, *, sort_key: str = "SK") -> dict[str, dict[str, Any]]:
    """The key in the cursor. Raises Invalid unless it is in that partition and under that prefix."""
    start = _decoded(cursor)
    inside = start.get("PK") == {"S": partition} and str(start.get(sort_key, {}).get("S", "")).startswith(prefix)
    if not inside:
        raise _bad_cursor()
    return start


def _decoded(cursor: str) -> dict[str, dict[str, Any]]:
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
