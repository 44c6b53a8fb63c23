"""The structures that one structure exchanged invoices with, on the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.keys import primary_key
from chorus_connector.adapters.table.message_table import (
    AFTER_ALL,
    MessageTable,
    data_of,
    stored_record,
)
from chorus_connector.domain.messages.structure import Address, Counterparty, Relation
from chorus_connector.ports.values import FoundCounterparty

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

    from chorus_connector.adapters.table.keys import Attributes


_FOUND_AS = 2
"""The version of ``Counterparty.found_by``: a record with an older one gets its search words again when it is recorded.
"""


class DynamoCounterparties:
    """``ports.Counterparties`` on the table, made for one structure."""

    def __init__(self, client: DynamoDBClient, table: str, siret: str) -> None:
        self._table = MessageTable(client, table)
        self._partition = keys.structure(siret)

    def record(self, relation: Relation, counterparty: Counterparty) -> None:
        sort = keys.counterparty(relation, counterparty.siret, counterparty.service)
        item = self._table.item(self._partition, sort)
        before = stored_record(Counterparty, item) if item else None
        first_at = before.first_at if before else counterparty.first_at
        after = counterparty.model_copy(update={"first_at": first_at, "found_as": _FOUND_AS})
        if after == before:
            return
        self._table.write_many(self._search_writes(relation, before, after))
        # last: a recorded counterparty can always be found by a search, even after a crash in between
        self._table.put({**primary_key(self._partition, sort), **data_of(after)})

    def _search_writes(
        self, relation: Relation, before: Counterparty | None, after: Counterparty
    ) -> Iterator[WriteRequestTypeDef]:
        found_by = after.found_by()
        for field, word in (each for each in (before.found_by() if before else []) if each not in found_by):
            yield {"DeleteRequest": {"Key": self._search_key(relation, field, word, after.address)}}
        for field, word in found_by:
            key = self._search_key(relation, field, word, after.address)
            yield {"PutRequest": {"Item": {**key, **data_of(after)}}}

    def _search_key(self, relation: Relation, field: str, word: str, found: Address) -> Attributes:
        sort = keys.counterparty_found_by(relation, field, word, found.siret, found.service)
        return primary_key(self._partition, sort)

    def known(self, relation: Relation, addresses: Iterable[Address]) -> set[Address]:
        return set(self.recorded(relation, addresses))

    def recorded(self, relation: Relation, addresses: Iterable[Address]) -> Mapping[Address, Counterparty]:
        wanted = [(self._partition, keys.counterparty(relation, each.siret, each.service)) for each in addresses]
        found = (stored_record(Counterparty, item) for item in self._table.items(wanted))
        return {each.address: each for each in found}

    def starting_with(
        self, relation: Relation, prefix: str, *, after: str | None = None
    ) -> Iterator[FoundCounterparty]:
        kind = keys.counterparties(relation)
        return self._found(kind, f"{kind}{prefix}", after)

    def found_by(
        self, relation: Relation, field: str, word: str, *, after: str | None = None
    ) -> Iterator[FoundCounterparty]:
        kind = keys.counterparties_found_by(relation, field, "")
        return self._found(kind, keys.counterparties_found_by(relation, field, word), after)

    def _found(self, kind: str, prefix: str, after: str | None) -> Iterator[FoundCounterparty]:
        low = f"{kind}{after}\x00" if after and f"{kind}{after}" >= prefix else None
        for item in self._table.query(self._partition, prefix, low=low):
            place = item["SK"]["S"].removeprefix(kind)
            yield FoundCounterparty(place, place.partition("#")[0], stored_record(Counterparty, item))

    def page(self, relation: Relation, *, after: str | None, limit: int) -> tuple[Sequence[Counterparty], str | None]:
        prefix = keys.counterparties(relation)
        low = f"{prefix}{after}{AFTER_ALL}" if after else None
        items = self._table.query(self._partition, prefix, low=low, first=2 * limit)
        structures = (each for each in (stored_record(Counterparty, item) for item in items) if not each.service)
        found = list(islice(structures, limit))
        return found, found[-1].siret if len(found) == limit else None
