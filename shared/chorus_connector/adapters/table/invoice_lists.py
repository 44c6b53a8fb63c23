"""Pages of one supplier's invoices from the index of lists, newest first: of one list, or of all of them merged.

A cursor is a place: the time and the id of the last document that was looked at. So a document that moves to another
list between two pages is shown once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.invoice_items import listed_invoice_of
from chorus_connector.adapters.table.items import encode_cursor, start_key
from chorus_connector.domain.invoices.states import List
from chorus_connector.ports.values import ALWAYS, InvoicePage, ReceivedBetween

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef

    from chorus_connector.adapters.table.items import Item
    from chorus_connector.domain.invoices.invoice import ListedInvoice

_FILTERED_READS = 10
"""Queries per filtered page: a user who may see one document in a thousand gets a short page and a cursor."""
_ALL, _BEFORE = "all", "before"


@dataclass(frozen=True)
class InvoiceLists:
    """The lists of the supplier with that partition."""

    client: DynamoDBClient
    table: str
    partition: str

    def page(
        self,
        listed_in: List | None,
        *,
        limit: int,
        cursor: str | None,
        sees: Callable[[ListedInvoice], bool] | None,
        received: ReceivedBetween,
    ) -> InvoicePage:
        """A page of one list, or of all. Raises Invalid for a cursor of another list."""
        name = keys.listed_in(listed_in or _ALL)
        place = self._place(cursor, name)
        size = limit if sees is None else max(2 * limit, 25)
        lists: tuple[List, ...] = (listed_in,) if listed_in else get_args(List)
        readers = [_Reader(self.client, self._request(each, place, received, size), each, place) for each in lists]
        found: list[ListedInvoice] = []
        reads = looked_at = 0
        while True:
            wanting = [each for each in readers if each.wants_more]
            if wanting and (len(found) == limit or (sees is not None and reads >= _FILTERED_READS)):
                break
            if wanting:
                for each in wanting:
                    each.read()
                reads += len(wanting)
                continue
            heads = [each for each in readers if each.items]
            if not heads:
                return InvoicePage(tuple(found), None, looked_at)
            if sees is None and len(found) == limit:
                break
            newest = max(heads, key=lambda each: each.place)
            invoice = listed_invoice_of(newest.items[0])
            if sees is None or sees(invoice):
                if len(found) == limit:  # one more than fits: the next page begins with it
                    break
                found.append(invoice)
            place = newest.take()
            looked_at += 1
        return InvoicePage(tuple(found), self._cursor(name, place), looked_at)

    def oldest(self, listed_in: List, *, limit: int) -> list[ListedInvoice]:
        """The documents of one list that came first."""
        request = self._request(listed_in, "", ALWAYS, limit)
        request["ScanIndexForward"] = True
        return [listed_invoice_of(item) for item in self.client.query(**request)["Items"]]

    def _cursor(self, name: str, place: str) -> str:
        return encode_cursor({"PK": {"S": self.partition}, _BEFORE: {"S": f"{name}{place}"}})

    def _place(self, cursor: str | None, name: str) -> str:
        if cursor is None:
            return ""
        where: str = start_key(cursor, self.partition, name, sort_key=_BEFORE)[_BEFORE]["S"]
        return where.removeprefix(name)

    def _request(self, listed_in: List, place: str, received: ReceivedBetween, size: int) -> QueryInputTypeDef:
        prefix = keys.listed_in(listed_in)
        begin = keys.sortable_time(received.begin) if received.begin else ""
        end = keys.sortable_time(received.end) if received.end else keys.LAST
        high = min(place, end) if place else end
        return {
            "TableName": self.table,
            "IndexName": keys.LIST_INDEX,
            "KeyConditionExpression": f"PK = :pk AND {keys.LIST_SORT} BETWEEN :low AND :high",
            "ExpressionAttributeValues": {
                ":pk": {"S": self.partition},
                ":low": {"S": f"{prefix}{min(begin, high)}"},
                ":high": {"S": f"{prefix}{high}"},
            },
            "ScanIndexForward": False,
            "Limit": size,
        }


@dataclass
class _Reader:
    """One list, as far as it was read. ``before``: the place that its documents come after."""

    client: DynamoDBClient
    request: QueryInputTypeDef
    listed_in: List
    before: str
    items: deque[Item] = field(default_factory=deque)
    ended: bool = False

    @property
    def wants_more(self) -> bool:
        return not self.items and not self.ended

    @property
    def place(self) -> str:
        """The place of its next document."""
        return self.items[0][keys.LIST_SORT]["S"].removeprefix(keys.listed_in(self.listed_in))

    def read(self) -> None:
        answer = self.client.query(**self.request)
        self.items.extend(answer["Items"])
        if self.before and self.items and self.place == self.before:
            self.items.popleft()  # the range includes its ends
        if "LastEvaluatedKey" in answer:
            self.request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        else:
            self.ended = True

    def take(self) -> str:
        """Remove its next document; gives that document's place."""
        place = self.place
        self.items.popleft()
        return place
