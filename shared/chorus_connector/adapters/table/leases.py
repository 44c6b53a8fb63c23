"""Leases on due work. They are entries of the due index, so the query for what is due answers what is under lease too.

The index has keys only. A lease therefore carries its work in its sort key: a mark of eight characters for each entry.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Protocol, TypeVar

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.items import due_keys, write_many
from chorus_connector.domain.portal.pace import LEASE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from chorus_connector.adapters.table.items import Item
    from chorus_connector.adapters.table.keys import Attributes

_MARK_BYTES, _MARK_LENGTH = 6, 8
_MARKS_IN_A_KEY = 120
"""A sort key has at most 1,024 bytes."""
_KEPT = timedelta(days=1)

_Due = TypeVar("_Due")


class _HasEntry(Protocol):
    """Due work with its entry in the index."""

    @property
    def entry(self) -> str: ...


def due_work(
    client: DynamoDBClient,
    table: str,
    kind: keys.DueKind,
    now: datetime,
    *,
    limit: int,
    read: Callable[[Item, str, bool], _Due],
) -> list[_Due]:
    """What is due, longest first, each as ``read`` makes it of the item, its entry and whether it is under lease."""
    leased: set[str] = set()
    found: list[_Due] = []
    for item in due_keys(
        client, table, kind, now, limit=limit + _most_leases(limit), begin=keys.leased_since(now - LEASE)
    ):
        if keys.after(keys.LEASES, item["PK"]["S"]) is not None:
            marks = keys.last_part(item["SK"]["S"])
            leased.update(marks[start : start + _MARK_LENGTH] for start in range(0, len(marks), _MARK_LENGTH))
        elif len(found) < limit:
            entry = f"{kind}#{item['PK']['S']}#{item['SK']['S']}#{item[keys.DUE_SORT]['S']}"
            found.append(read(item, entry, _mark(entry) in leased))
    return found


def give_leases(client: DynamoDBClient, table: str, work: Iterable[_HasEntry], *, at: datetime) -> None:
    """Put the work, which is all of one kind, under lease: one call for each 3,000."""
    write_many(client, table, ({"PutRequest": {"Item": each}} for each in _leases(work, at)))


def _leases(work: Iterable[_HasEntry], at: datetime) -> Iterator[Attributes]:
    remaining = iter(work)
    while part := [each.entry for each in islice(remaining, _MARKS_IN_A_KEY)]:
        kind: keys.DueKind = keys.kind_and_rest(part[0])[0]  # type: ignore[assignment]  # as due_work wrote it
        lease = keys.lease(kind, at, "".join(map(_mark, part)))
        yield {**lease, keys.EXPIRES_AT: {"N": str(int((at + _KEPT).timestamp()))}}


def _mark(entry: str) -> str:
    """Six bytes that represent the entry. Two equal ones delay one of the two by a lease."""
    return urlsafe_b64encode(hashlib.blake2b(entry.encode(), digest_size=_MARK_BYTES).digest()).decode()


def _most_leases(limit: int) -> int:
    """More leases than an hour's runs can give on so much work."""
    return 100 + limit // 10
