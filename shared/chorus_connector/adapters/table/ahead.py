"""Reads by key, several in one call: what one invocation is known to need is planned, then read together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from chorus_connector.adapters.table.items import get_item, read_many

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from chorus_connector.adapters.table.items import Item
    from chorus_connector.adapters.table.keys import Attributes


class ReadAhead:
    """Reads items by key, consistently. The first read of a planned item reads all that were planned with it.

    What was read ahead answers one read of its key. The next read of the same key goes to the table: it is made because
    something was written since, by this worker or by another one.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table
        self._planned: dict[tuple[str, str], Attributes] = {}
        self._ahead: dict[tuple[str, str], Item | None] = {}

    def plan(self, wanted: Iterable[Attributes]) -> None:
        """Read these items together once one of them is asked for, also those that were read ahead before."""
        self._planned |= {_id(key): key for key in wanted}
        for each in self._planned:
            self._ahead.pop(each, None)

    def get(self, key: Attributes) -> Item | None:
        return self.get_many([key])[0]

    def get_many(self, wanted: Sequence[Attributes]) -> list[Item | None]:
        """The items in the order of their keys, None for each that does not exist."""
        ids = {_id(key): key for key in wanted}
        missing = {each: key for each, key in ids.items() if each not in self._ahead}
        if missing.keys() & self._planned.keys():
            missing |= self._planned
            self._planned = {}
        self._ahead |= self._read(missing)
        found = {each: self._ahead.pop(each) for each in ids}
        return [found[_id(key)] for key in wanted]

    def _read(self, wanted: dict[tuple[str, str], Attributes]) -> dict[tuple[str, str], Item | None]:
        if len(wanted) == 1:
            ((only, key),) = wanted.items()
            return {only: get_item(self._client, self._table, key)}
        found = {_id(item): item for item in read_many(self._client, self._table, wanted.values())}
        return {each: found.get(each) for each in wanted}


def _id(key: Attributes | Item) -> tuple[str, str]:
    return key["PK"]["S"], key["SK"]["S"]
