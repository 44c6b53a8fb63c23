"""Cached answers of the portal's directory, on the table. All suppliers share them: the data is public.

A structure is one item. If it has many services (the State has thousands), these are in items of their own, compressed.
The code of a service leads to one of these items, its label to another, and both have the service. So one service is
found with two keys, however many there are. What was learnt about one service is an attribute of its own in its items:
two workers that learn about two services at the same time overwrite nothing.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.ahead import ReadAhead
from chorus_connector.adapters.table.items import failed_condition_ignored, get_item, put_if, read_many
from chorus_connector.domain.errors import NotCached, StaleWrite
from chorus_connector.domain.portal.recipient import Recipient, Service
from chorus_connector.domain.suppliers.matching import matching_form

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from chorus_connector.adapters.table.items import Item
    from chorus_connector.adapters.table.keys import Attributes

_INLINE_BYTES = 3_000
"""A structure whose record is no longer than this keeps its services in its own item, which is one read unit."""

_LARGEST_ITEM, _LARGEST_WRITE = 380_000, 3_800_000
"""Below DynamoDB's limits of 400 KB an item and 4 MB a transaction, with room for the other attributes."""

_LEARNT = "engagement#"
_ASKED = {"engagement_required", "engagement_asked_at"}


class DynamoRecipients:
    """``ports.RecipientCache`` on the table."""

    def __init__(self, client: DynamoDBClient, table: str, reads: ReadAhead | None = None) -> None:
        self._client = client
        self._reads = reads or ReadAhead(client, table)
        self._table = table

    def get(self, siret: str, service: str | None = None) -> Recipient | None:
        wanted = wanted_keys(siret, service)
        return composed(_all_or_none(wanted, filter(None, self._reads.get_many(wanted))))

    def whole(self, siret: str) -> Recipient | None:
        header = self._client.get_item(TableName=self._table, Key=keys.recipient(siret)).get("Item")
        if header is None:
            return None
        shards = [keys.recipient_services(siret, int(shard)) for shard in _digests(header)]
        services = read_many(self._client, self._table, shards, consistent=False)
        found = composed(_all_or_none(shards, [header, *services]))
        return found.model_copy(update={"partial": False}) if found else None

    def put(self, recipient: Recipient) -> None:
        before = get_item(self._client, self._table, keys.recipient(recipient.siret)) or {}
        written = before.get("fetched_at", {}).get("S", "")
        if written > keys.sortable_time(recipient.fetched_at):
            return
        header, *changed = _items(recipient, _digests(before))
        _check_size([header, *changed])
        # of two workers that read the same state before, the first one writes
        unchanged = "fetched_at = :before" if written else "attribute_not_exists(fetched_at)"
        put = put_if(self._table, header, unchanged, {":before": {"S": written}} if written else None)
        with _kept():
            if changed:
                services: list[TransactWriteItemTypeDef] = [{"Put": put_if(self._table, each)} for each in changed]
                self._client.transact_write_items(TransactItems=[{"Put": put}, *services])
            else:
                self._client.put_item(**put)

    def learn(self, recipient: Recipient, service: Service) -> None:
        where = [keys.recipient(recipient.siret)]
        if _kept_apart(recipient):
            where = [keys.recipient_services(recipient.siret, shard) for shard in sorted(_shards_of(service))]
        for key in where:
            with _kept():
                self._client.update_item(
                    TableName=self._table,
                    Key=key,
                    UpdateExpression="SET #learnt = :learnt",
                    ConditionExpression="attribute_exists(PK)",
                    ExpressionAttributeNames={"#learnt": f"{_LEARNT}{service.portal_id}"},
                    ExpressionAttributeValues={":learnt": {"S": service.model_dump_json(include=_ASKED)}},
                )


def wanted_keys(siret: str, service: str | None) -> list[Attributes]:
    """The keys of the items that tell of the structure, and of its services with that code or label."""
    shard = [keys.recipient_services(siret, keys.service_shard(matching_form(service)))] if service else []
    return [keys.recipient(siret), *shard]


def _all_or_none(wanted: Iterable[Attributes], items: Iterable[Item]) -> list[Item]:
    """The items; none when the structure's own item names one of ``wanted`` that is not among them.

    One call reads several items at different moments: the others of the first write may not have been there yet.
    """
    found = {item["SK"]["S"]: item for item in items}
    named = _digests(found.get(keys.RECIPIENT, {}))
    missing = {key["SK"]["S"] for key in wanted} - found.keys()
    return [] if any(keys.last_part(sort) in named for sort in missing) else [*found.values()]


def composed(items: Iterable[Item]) -> Recipient | None:
    """The structure of these items, which are all of one; None without its own item."""
    by_sort = {item["SK"]["S"]: item for item in items}
    header = by_sort.pop(keys.RECIPIENT, None)
    if header is None:
        return None
    known = Recipient.model_validate_json(header["data"]["S"])
    services = {each.portal_id: each for each in _learnt(header, known.services)}
    for item in by_sort.values() if known.partial else ():
        rows = json.loads(zlib.decompress(item["services"]["B"]))
        services |= {each.portal_id: each for each in _learnt(item, map(Service.model_validate, rows))}
    return known.model_copy(update={"services": tuple(services.values())})


def _learnt(item: Item, services: Iterable[Service]) -> Iterator[Service]:
    """The services with what was learnt about each of them since they were written."""
    for service in services:
        learnt = item.get(f"{_LEARNT}{service.portal_id}")
        yield service.model_copy(update=_asked(learnt["S"])) if learnt else service


def _asked(learnt: str) -> dict[str, Any]:
    judged = Service.model_validate({"portal_id": 0, "code": "", **json.loads(learnt)})
    return {name: getattr(judged, name) for name in _ASKED}


def _kept_apart(recipient: Recipient) -> bool:
    return recipient.partial or len(recipient.model_dump_json().encode()) > _INLINE_BYTES


def _items(recipient: Recipient, known: Mapping[str, str]) -> Iterator[Attributes]:
    """The structure's own item, then those items of its services that differ from the ``known`` digests."""
    apart = _kept_apart(recipient)
    shards = _shards(recipient) if apart else {}
    texts = {f"{shard:02d}": _json(shards.get(shard, [])) for shard in {*shards, *map(int, known)}}
    digests = {shard: hashlib.sha256(text).hexdigest()[:12] for shard, text in texts.items()}
    header = recipient.model_copy(update={"services": (), "partial": True}) if apart else recipient
    yield {
        **keys.recipient(recipient.siret),
        "data": {"S": header.model_dump_json()},
        "fetched_at": {"S": keys.sortable_time(recipient.fetched_at)},
        "shards": {"S": json.dumps(digests, sort_keys=True)},
    }
    for shard, text in texts.items():
        if known.get(shard) != digests[shard]:
            key = keys.recipient_services(recipient.siret, int(shard))
            yield {**key, "services": {"B": zlib.compress(text)}}


def _shards(recipient: Recipient) -> dict[int, list[dict[str, Any]]]:
    """The services by the number of their items, in an order that does not depend on the portal's."""
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for service in sorted(recipient.services, key=lambda each: each.portal_id):
        row = service.model_dump(mode="json", exclude_defaults=True)
        for shard in _shards_of(service):
            found[shard].append(row)
    return found


def _shards_of(service: Service) -> set[int]:
    forms = {matching_form(text) for text in (service.code, service.name) if text}
    return {keys.service_shard(form) for form in forms}


def _json(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()


def _digests(header: Item) -> dict[str, str]:
    """By number of each item with services, a digest of these; empty for a structure with few, or an older record."""
    digests: dict[str, str] = json.loads(header["shards"]["S"]) if "shards" in header else {}
    return digests


def _check_size(items: Iterable[Attributes]) -> None:
    sizes = [sum(len(name) + len(_bytes(value)) for name, value in item.items()) for item in items]
    if max(sizes) > _LARGEST_ITEM or sum(sizes) > _LARGEST_WRITE:
        raise NotCached("too_large")


def _bytes(value: dict[str, Any]) -> bytes:
    """A text or binary attribute's value as the table counts it."""
    text: bytes = value["B"] if "B" in value else value["S"].encode()
    return text


@contextmanager
def _kept() -> Iterator[None]:
    """Nothing is kept when another worker wrote first, which is no failure. Any other refusal raises NotCached."""
    try:
        with failed_condition_ignored():
            yield
    except StaleWrite:
        return
    except ClientError as error:
        raise NotCached(error.response["Error"]["Code"]) from error
