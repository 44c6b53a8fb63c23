"""« Mes messages » on the table: each structure, whether it is a tenant or a public body, has partitions of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, TypeVar, cast

from botocore.exceptions import ClientError
from pydantic import BaseModel, TypeAdapter

from chorus_connector.adapters.table import claims, keys, recipients
from chorus_connector.adapters.table.items import (
    ABSENT,
    PRESENT,
    failed_condition_raises,
    failed_conditions,
    get_item,
    put_if,
    put_next,
    read_many,
    read_page,
    rights_of,
    write_many,
)
from chorus_connector.adapters.table.keys import primary_key
from chorus_connector.domain.errors import AlreadyExists, NotFound, StaleWrite
from chorus_connector.domain.identifiers import is_public_body
from chorus_connector.domain.messages.access import MessageSubscription, PublicBodyMember, StructureRight
from chorus_connector.domain.messages.delivery import Dispatch, Received, RecipientDelivery
from chorus_connector.domain.messages.display import sortable_utc
from chorus_connector.domain.messages.distribution import DistributionList
from chorus_connector.domain.messages.message import Message
from chorus_connector.domain.messages.structure import Address, Counterparty, Relation, Structure, StructureService
from chorus_connector.domain.portal.recipient import TECHNICAL_SERVICE, Recipient
from chorus_connector.domain.suppliers.access import Member
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.domain.suppliers.supplier import Role, Supplier
from chorus_connector.ports.values import ChangePage, TrailLine

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef, TransactWriteItemTypeDef, WriteRequestTypeDef

    from chorus_connector.adapters.table.items import Item
    from chorus_connector.adapters.table.keys import Attributes
    from chorus_connector.ports.messages import Parts

_FIRST_READ = 25
_LARGEST_READ = 1000
"""Items per query: few at first (a page of five needs no more), then as many as one megabyte usually holds."""
_WRITERS = 10
"""Concurrent conditional puts; also the size of boto3's connection pool."""
_LAST_REFERENCE = 999_999_999
_AFTER_ALL = "\U0010ffff"  # sorts after every character

_ADDRESSES = TypeAdapter(tuple[Address, ...])

Model = TypeVar("Model", bound=BaseModel)


class _Table:
    """The calls that the stores below share."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self.client = client
        self.name = table

    def item(self, partition: str, sort: str) -> Item | None:
        return get_item(self.client, self.name, primary_key(partition, sort))

    def items(self, wanted: Iterable[tuple[str, str]]) -> Iterator[Item]:
        """The items that exist, in no order; a key may occur twice."""
        return self.read(primary_key(*each) for each in dict.fromkeys(wanted))

    def read(self, wanted: Iterable[Attributes]) -> Iterator[Item]:
        """The items that exist, in no order. The keys must be distinct."""
        return read_many(self.client, self.name, wanted)

    def query(
        self,
        partition: str,
        prefix: str,
        *,
        forward: bool = True,
        low: str | None = None,
        high: str | None = None,
        index: str | None = None,
        first: int = _FIRST_READ,
    ) -> Iterator[Item]:
        """The partition's items under the prefix, read on demand; ``low`` and ``high`` (inclusive) narrow the range."""
        sort_key = keys.LIST_SORT if index else "SK"
        low, high = low or prefix, high or prefix + _AFTER_ALL
        if low > high:  # DynamoDB rejects an empty range
            return
        request: QueryInputTypeDef = {
            "TableName": self.name,
            "KeyConditionExpression": f"PK = :pk AND {sort_key} BETWEEN :low AND :high",
            "ExpressionAttributeValues": {
                ":pk": {"S": partition},
                ":low": {"S": low},
                ":high": {"S": high},
            },
            "ScanIndexForward": forward,
            "Limit": first,
        }
        if index:
            request["IndexName"] = index
        limit = first
        while True:
            answer = self.client.query(**request)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
            limit = min(4 * limit, _LARGEST_READ)
            request["Limit"] = limit

    def put(self, item: Attributes) -> None:
        self.client.put_item(TableName=self.name, Item=item)

    def put_if(
        self,
        item: Attributes,
        condition: str,
        values: Attributes | None = None,
        names: Mapping[str, str] | None = None,
    ) -> bool:
        """Write the item. False when the condition failed."""
        try:
            self.client.put_item(**put_if(self.name, item, condition, values, names))
        except ClientError as error:
            if failed_conditions(error):
                return False
            raise
        return True

    def put_next(self, item: Attributes, version: int) -> None:
        """Write an item with this version. Raises StaleWrite unless the stored one has the version before it."""
        with failed_condition_raises(StaleWrite()):
            self.client.put_item(**put_next(self.name, item, version))

    def write_many(self, requests: Iterable[WriteRequestTypeDef]) -> None:
        write_many(self.client, self.name, requests)

    def add(self, actions: Sequence[TransactWriteItemTypeDef], taken: Exception) -> None:
        """All writes or none; raises ``taken`` when the first one's condition fails, NotFound for any other."""
        try:
            self.client.transact_write_items(TransactItems=actions)
        except ClientError as error:
            if failed := failed_conditions(error):
                raise (taken if failed[0] else NotFound()) from None
            raise

    def transact(self, actions: Sequence[TransactWriteItemTypeDef], refusal: Exception) -> None:
        """All writes or none; raises ``refusal`` when a condition fails."""
        with failed_condition_raises(refusal):
            self.client.transact_write_items(TransactItems=actions)


class DynamoStructures:
    """``ports.Structures`` on the table.

    ``session_of`` gives the client that reaches one structure's partitions; without one, ``client`` does everything.
    """

    def __init__(
        self, client: DynamoDBClient, table: str, session_of: Callable[[str], DynamoDBClient] | None = None
    ) -> None:
        self._table = _Table(client, table)
        self._session_of = session_of or (lambda _: client)

    def _of(self, siret: str) -> _Table:
        """The table as the session for that structure sees it."""
        return _Table(self._session_of(siret), self._table.name)

    def get(self, siret: str) -> Structure | None:
        return self.get_many([siret]).get(siret)

    def get_many(self, sirets: Iterable[str], *, service: str | None = None) -> dict[str, Structure]:
        wanted = list(dict.fromkeys(sirets))
        found: defaultdict[str, list[Item]] = defaultdict(list)
        for each in self._table.read(key for siret in wanted for key in _sources(siret, service)):
            found[each["PK"]["S"]].append(each)

        def item(key: Attributes) -> Item | None:
            return next(iter(found[key["PK"]["S"]]), None)

        held = (claim["supplier_id"]["S"] for siret in wanted if (claim := item(keys.siret_claim(siret))))
        tenants = self._tenants(held)
        described = {
            siret: _composed(
                item(keys.structure_record(siret)),
                tenants.get(siret),
                self._listed(found[keys.recipient(siret)["PK"]["S"]], service),
                siret=siret,
            )
            for siret in wanted
        }
        return {siret: structure for siret, structure in described.items() if structure is not None}

    def _listed(self, items: Sequence[Item], service: str | None) -> Recipient | None:
        """The portal's entry; without a ``service`` with all of them, also if there are many."""
        listed = recipients.composed(items)
        if listed is None or not listed.partial or service is not None:
            return listed
        return recipients.DynamoRecipients(self._table.client, self._table.name).whole(listed.siret)

    def _tenants(self, supplier_ids: Iterable[str]) -> dict[str, Supplier]:
        wanted = {supplier_id: keys.supplier_record(supplier_id) for supplier_id in supplier_ids}
        tenants = (_read(Supplier, item) for item in self._table.read(wanted.values()))
        return {tenant.identifier_key: tenant for tenant in tenants}

    def recorded(self, siret: str) -> Structure | None:
        item = get_item(self._of(siret).client, self._table.name, keys.structure_record(siret))
        return _composed(item, None, None, siret=siret)

    def owner(self, siret: str) -> str:
        return claims.owner(self._of(siret).client, self._table.name, siret)

    def save(self, structure: Structure, *, owner: str) -> None:
        siret, name = structure.siret, self._table.name
        actions: list[TransactWriteItemTypeDef] = [{"Update": claims.write_structure(name, structure, owner=owner)}]
        if owner:
            actions.append(claims.tenant_is(name, siret, owner))
        elif structure.version == 1:
            actions.append(claims.no_tenant(name, siret))
        self._of(siret).transact(actions, _structure_exists() if structure.version == 1 else StaleWrite())

    def rights(self, wanted: Iterable[tuple[str, str]]) -> frozenset[StructureRight]:
        pairs = list(wanted)
        tenants = self.tenants(siret for siret, _ in pairs)
        spaces = {(keys.space(siret), keys.member(who)): (siret, who, "") for siret, who in pairs}
        lists = {
            (keys.access_list(tenants[siret]), keys.member(who)): (siret, who, tenants[siret])
            for siret, who in pairs
            if siret in tenants
        }
        return frozenset(
            StructureRight(*places[item["PK"]["S"], item["SK"]["S"]], role, _through(item, role))
            for places in (spaces, lists)  # in two calls: a function may read the two by different permissions
            for item in self._table.items(places)
            for role in _roles(item)
        )

    def memberships(self, principals: Iterable[str]) -> Mapping[str, frozenset[Role]]:
        found: dict[str, frozenset[Role]] = {}
        for who in principals:
            for siret, item in self._rights_of(who, keys.MEMBERS):
                found[siret] = found.get(siret, frozenset()) | frozenset(_roles(item))
        return found

    def members(self, siret: str) -> Sequence[PublicBodyMember]:
        items = self._of(siret).query(keys.space(siret), keys.MEMBERS)
        return [
            PublicBodyMember(principal=item["SK"]["S"].removeprefix(keys.MEMBERS), role=role)
            for item in items
            for role in _roles(item)
        ]

    def set_member(self, siret: str, member: PublicBodyMember, *, change: Change) -> None:
        item: Attributes = {
            **primary_key(keys.space(siret), keys.member(member.principal)),
            **keys.held_by(member.principal),
            "roles": {"SS": [member.role]},
        }
        account: TransactWriteItemTypeDef = {
            "Update": {
                "TableName": self._table.name,
                "Key": keys.structure_record(siret),
                "UpdateExpression": "SET account = :yes",
                "ConditionExpression": f"{PRESENT} AND attribute_not_exists(tenant)",
                "ExpressionAttributeValues": {":yes": {"BOOL": True}},
            }
        }
        self._of(siret).transact(
            [
                {"Put": put_if(self._table.name, item)},
                account,
                claims.line(self._table.name, siret, TrailLine("", change)),
            ],
            NotFound(),
        )

    def remove_member(self, siret: str, principal: str, *, change: Change) -> None:
        deleted = _delete_present(self._table.name, primary_key(keys.space(siret), keys.member(principal)))
        self._of(siret).transact([deleted, claims.line(self._table.name, siret, TrailLine("", change))], NotFound())

    def subscriptions_of(self, principals: Iterable[str]) -> Sequence[MessageSubscription]:
        found = (item for each in principals for _, item in self._rights_of(each, keys.SUBSCRIBERS))
        return [_read(MessageSubscription, item) for item in found]

    def subscriptions(self, siret: str, principals: Iterable[str]) -> Sequence[MessageSubscription]:
        items = self._table.items((keys.space(siret), keys.subscriber(each)) for each in principals)
        return [_read(MessageSubscription, item) for item in items]

    def subscribers(self, siret: str) -> Sequence[MessageSubscription]:
        items = self._of(siret).query(keys.space(siret), keys.SUBSCRIBERS)
        return [_read(MessageSubscription, item) for item in items]

    def subscribe(self, subscription: MessageSubscription, *, line: TrailLine) -> None:
        siret, put = subscription.siret, put_if(self._table.name, _subscription_item(subscription))
        self._of(siret).transact([{"Put": put}, claims.line(self._table.name, siret, line)], StaleWrite())

    def accept(self, invited: MessageSubscription, accepted: MessageSubscription, *, line: TrailLine) -> None:
        siret = invited.siret
        unchanged: Attributes = {":invited": _data(invited)["data"]}
        put = put_if(
            self._table.name, _subscription_item(accepted), "#data = :invited", unchanged, names={"#data": "data"}
        )
        self._of(siret).transact([{"Put": put}, claims.line(self._table.name, siret, line)], StaleWrite())

    def unsubscribe(self, subscription: MessageSubscription, *, line: TrailLine) -> None:
        siret = subscription.siret
        key = primary_key(keys.space(siret), keys.subscriber(subscription.principal))
        deleted = _delete_present(self._table.name, key)
        self._of(siret).transact([deleted, claims.line(self._table.name, siret, line)], NotFound())

    def tenants(self, sirets: Iterable[str]) -> Mapping[str, str]:
        items = self._table.read(keys.siret_claim(each) for each in dict.fromkeys(sirets))
        return {item["PK"]["S"].removeprefix(keys.SIRETS): item["supplier_id"]["S"] for item in items}

    def holds_messages(self, siret: str) -> bool:
        return claims.any_exists(self._of(siret).client, self._table.name, keys.messages_and_lists(siret))

    def changes(self, siret: str, *, limit: int, cursor: str | None) -> ChangePage:
        lines = keys.structure_audit_lines(self.owner(siret))
        items, next_cursor = read_page(
            self._of(siret).client,
            self._table.name,
            keys.structure(siret),
            lines,
            limit=limit,
            cursor=cursor,
            newest_first=True,
        )
        return ChangePage(tuple(_read(Change, item) for item in items), next_cursor)

    def _rights_of(self, principal: str, kind: str) -> Iterator[tuple[str, Item]]:
        """A principal's rights of one kind on structures, with their SIRETs."""
        for item in rights_of(self._table.client, self._table.name, principal, keys.SPACES):
            if item["SK"]["S"].startswith(kind):
                yield item["PK"]["S"].removeprefix(keys.SPACES), item


class DynamoReferences:
    """``ports.MessageReferences``: one atomic counter. A crash may skip a number, and no number is given twice."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def next(self) -> str:
        answer = self._client.update_item(
            TableName=self._table,
            Key=keys.last_reference(),
            UpdateExpression="ADD #last :one",
            ConditionExpression="attribute_not_exists(#last) OR #last < :end",
            ExpressionAttributeNames={"#last": "last"},
            ExpressionAttributeValues={":one": {"N": "1"}, ":end": {"N": str(_LAST_REFERENCE)}},
            ReturnValues="UPDATED_NEW",
        )
        return f"MSG_{int(answer['Attributes']['last']['N']):09d}"


class DynamoCounterparties:
    """``ports.Counterparties`` on the table, made for one structure."""

    def __init__(self, client: DynamoDBClient, table: str, siret: str) -> None:
        self._table = _Table(client, table)
        self._partition = keys.structure(siret)

    def record(self, relation: Relation, counterparty: Counterparty) -> None:
        sort = keys.counterparty(relation, counterparty.siret, counterparty.service)
        item = self._table.item(self._partition, sort)
        before = _read(Counterparty, item) if item else None
        after = counterparty.model_copy(update={"first_at": before.first_at}) if before else counterparty
        if after == before:
            return
        if not counterparty.service:  # a search finds structures, and through them their services
            self._table.write_many(self._search_writes(relation, before, after))
        # last: a recorded counterparty can always be found by a search, even after a crash in between
        self._table.put({**primary_key(self._partition, sort), **_data(after)})

    def _search_writes(
        self, relation: Relation, before: Counterparty | None, after: Counterparty
    ) -> Iterator[WriteRequestTypeDef]:
        found_by = after.found_by()
        for field, word in (each for each in (before.found_by() if before else []) if each not in found_by):
            yield {"DeleteRequest": {"Key": self._search_key(relation, field, word, after.siret)}}
        for field, word in found_by:
            yield {"PutRequest": {"Item": {**self._search_key(relation, field, word, after.siret), **_data(after)}}}

    def _search_key(self, relation: Relation, field: str, word: str, siret: str) -> Attributes:
        return primary_key(self._partition, keys.counterparty_found_by(relation, field, word, siret))

    def known(self, relation: Relation, addresses: Iterable[Address]) -> set[Address]:
        wanted = [(self._partition, keys.counterparty(relation, each.siret, each.service)) for each in addresses]
        return {_read(Counterparty, item).address for item in self._table.items(wanted)}

    def starting_with(self, relation: Relation, prefix: str, *, limit: int) -> Sequence[Counterparty]:
        items = self._table.query(self._partition, f"{keys.counterparties(relation)}{prefix}", first=limit)
        return [_read(Counterparty, item) for item in islice(items, limit)]

    def found_by(self, relation: Relation, field: str, word: str) -> Iterator[Counterparty]:
        items = self._table.query(self._partition, keys.counterparties_found_by(relation, field, word), first=100)
        return (_read(Counterparty, item) for item in items)

    def page(self, relation: Relation, *, after: str | None, limit: int) -> tuple[Sequence[Counterparty], str | None]:
        prefix = keys.counterparties(relation)
        low = f"{prefix}{after}{_AFTER_ALL}" if after else None
        items = self._table.query(self._partition, prefix, low=low, first=2 * limit)
        structures = (each for each in (_read(Counterparty, item) for item in items) if not each.service)
        found = list(islice(structures, limit))
        return found, found[-1].siret if len(found) == limit else None


class DynamoOutbox:
    """``ports.Outbox`` on the table, made for one structure; a message is added while ``tenant`` has its SIRET."""

    def __init__(self, client: DynamoDBClient, table: str, siret: str, tenant: str = "") -> None:
        self._table = _Table(client, table)
        self._tenant_has_siret = [claims.adding(table, siret, tenant)] if tenant else []
        self._partition = keys.structure(siret)

    def get(self, reference: str) -> Message:
        return _found(Message, self._table.item(self._partition, keys.message(reference)))

    def add(self, message: Message, dispatch: Dispatch | None = None, parts: Parts = ()) -> None:
        taken = AlreadyExists("Ce message existe déjà.", "This message exists already.")
        put: TransactWriteItemTypeDef = {"Put": put_if(self._table.name, self._message_item(message), ABSENT)}
        self._table.add([put, *self._tenant_has_siret, *self._dispatch_puts(dispatch, parts)], taken)

    def save(self, message: Message, dispatch: Dispatch | None = None, parts: Parts = ()) -> None:
        put: TransactWriteItemTypeDef = {
            "Put": put_next(self._table.name, self._message_item(message), message.version)
        }
        self._table.transact([put, *self._dispatch_puts(dispatch, parts)], StaleWrite())

    def delete(self, message: Message) -> None:
        key = primary_key(self._partition, keys.message(message.reference))
        self._table.transact([_delete(self._table.name, key, message.version)], StaleWrite())

    def messages(self, *, newest_first: bool, start: str | None) -> Iterator[Message]:
        limit = keys.message(start) if start else None
        low, high = (None, limit) if newest_first else (limit, None)
        items = self._table.query(self._partition, keys.MESSAGES, forward=not newest_first, low=low, high=high)
        return (_read(Message, item) for item in items)

    def dispatch(self, reference: str, key: str) -> Dispatch:
        return _found(Dispatch, self._table.item(self._partition, keys.dispatch(reference, key)))

    def dispatches(self, reference: str) -> Sequence[Dispatch]:
        items = self._table.query(self._partition, keys.first_dispatches(reference))
        return [_read(Dispatch, item) for item in items]

    def members_of(self, dispatch: Dispatch, part: int) -> Sequence[Address]:
        item = self._table.item(self._partition, keys.dispatch_members(dispatch.reference, dispatch.key, part))
        return _ADDRESSES.validate_json(item["data"]["S"]) if item else ()

    def save_dispatch(self, dispatch: Dispatch) -> None:
        self._table.put_next(self._dispatch_item(dispatch), dispatch.version)

    def claim(
        self, reference: str, deliveries: Sequence[RecipientDelivery], *, source: str
    ) -> Sequence[RecipientDelivery]:
        with ThreadPoolExecutor(_WRITERS) as pool:
            ours = list(pool.map(lambda each: self._claim_one(reference, each, source), deliveries))
        return [delivery for delivery, claimed in zip(deliveries, ours, strict=True) if claimed]

    def _claim_one(self, reference: str, delivery: RecipientDelivery, source: str) -> bool:
        key = primary_key(self._partition, keys.delivery(reference, delivery.siret, delivery.service))
        return self._table.put_if(
            {**key, **_data(delivery), "source": {"S": source}},
            f"{ABSENT} OR #source = :source",
            {":source": {"S": source}},
            {"#source": "source"},
        )

    def emailed(self, reference: str, siret: str) -> bool:
        return self._table.item(self._partition, keys.emailed(reference, siret)) is not None

    def note_emailed(self, reference: str, siret: str) -> None:
        self._table.put(primary_key(self._partition, keys.emailed(reference, siret)))

    def deliveries(
        self, reference: str, *, after: str | None, limit: int
    ) -> tuple[Sequence[RecipientDelivery], str | None]:
        prefix = keys.deliveries(reference)
        low = f"{prefix}{after}\x00" if after else None
        items = self._table.query(self._partition, prefix, low=low, first=limit)
        found = [_read(RecipientDelivery, item) for item in islice(items, limit)]
        return found, f"{found[-1].siret}#{found[-1].service}" if len(found) == limit else None

    def _message_item(self, message: Message) -> Attributes:
        key = primary_key(self._partition, keys.message(message.reference))
        return {**key, **_data(message), "version": {"N": str(message.version)}}

    def _dispatch_puts(self, dispatch: Dispatch | None, parts: Parts) -> Iterator[TransactWriteItemTypeDef]:
        if dispatch is None:
            return
        yield {"Put": put_if(self._table.name, self._dispatch_item(dispatch), ABSENT)}
        for part, members in enumerate(parts):
            if members:
                key = primary_key(self._partition, keys.dispatch_members(dispatch.reference, dispatch.key, part))
                item = {**key, "data": {"S": _ADDRESSES.dump_json(tuple(members)).decode()}}
                yield {"Put": put_if(self._table.name, item)}

    def _dispatch_item(self, dispatch: Dispatch) -> Attributes:
        key = primary_key(self._partition, keys.dispatch(dispatch.reference, dispatch.key))
        return {**key, **_data(dispatch), "version": {"N": str(dispatch.version)}}


class DynamoInbox:
    """``ports.Inbox`` on the table, made for one structure."""

    def __init__(self, client: DynamoDBClient, table: str, siret: str) -> None:
        self._table = _Table(client, table)
        self._partition = keys.structure(siret)
        self._inbox = keys.inbox(siret)

    def get(self, reference: str, service: str) -> Received:
        return _found(Received, self._table.item(self._inbox, keys.received_message(reference, service)))

    def received(self, *, newest_first: bool, start: str | None, until: datetime) -> Iterator[Received]:
        last = f"{keys.received_at(sortable_utc(until))}{_AFTER_ALL}"
        here = keys.received_at(start) if start else None
        if newest_first:
            low, high = None, min(last, f"{here}{_AFTER_ALL}") if here else last
        else:
            low, high = here, last
        items = self._table.query(
            self._inbox,
            keys.RECEIVED_MESSAGES,
            forward=not newest_first,
            low=low,
            high=high,
            index=keys.LIST_INDEX,
        )
        return (_read(Received, item) for item in items)

    def read_by(self, principal: str, references: Iterable[str]) -> set[str]:
        wanted = [(self._partition, keys.read_message(principal, reference)) for reference in references]
        return {keys.last_part(item["SK"]["S"]) for item in self._table.items(wanted)}

    def mark(self, principal: str, reference: str, *, read: bool) -> None:
        key = primary_key(self._partition, keys.read_message(principal, reference))
        if read:
            self._table.put(key)
        else:
            self._table.client.delete_item(TableName=self._table.name, Key=key)


class DynamoInboxes:
    """``ports.Inboxes`` on the table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._table = _Table(client, table)

    def put(self, messages: Sequence[Received]) -> None:
        self._table.write_many({"PutRequest": {"Item": _received_item(each)}} for each in messages)

    def redate(self, messages: Sequence[Received]) -> None:
        with ThreadPoolExecutor(_WRITERS) as pool:
            list(pool.map(self._redate_one, messages))

    def _redate_one(self, message: Received) -> None:
        newer = {":new": {"N": str(message.display_version)}}
        self._table.put_if(_received_item(message), "display_version < :new", newer)


class DynamoLists:
    """``ports.Lists`` on the table, made for one structure; a list is added while ``tenant`` has its SIRET."""

    def __init__(self, client: DynamoDBClient, table: str, siret: str, tenant: str = "") -> None:
        self._table = _Table(client, table)
        self._tenant_has_siret = [claims.adding(table, siret, tenant)] if tenant else []
        self._partition = keys.structure(siret)

    def get(self, list_id: str) -> DistributionList:
        return _found(DistributionList, self._table.item(self._partition, keys.distribution_list(list_id)))

    def get_many(self, list_ids: Iterable[str]) -> Mapping[str, DistributionList]:
        items = self._table.items((self._partition, keys.distribution_list(list_id)) for list_id in list_ids)
        found = (_read(DistributionList, item) for item in items)
        return {each.list_id: each for each in found}

    def add(self, distribution_list: DistributionList) -> None:
        taken = AlreadyExists("Cette liste existe déjà.", "This list exists already.")
        put: TransactWriteItemTypeDef = {"Put": put_if(self._table.name, self._item(distribution_list), ABSENT)}
        self._table.add([put, *self._tenant_has_siret], taken)

    def save(self, distribution_list: DistributionList) -> None:
        self._table.put_next(self._item(distribution_list), distribution_list.version)

    def delete(self, list_id: str, version: int) -> None:
        key = primary_key(self._partition, keys.distribution_list(list_id))
        self._table.transact([_delete(self._table.name, key, version)], StaleWrite())

    def all(self) -> Sequence[DistributionList]:
        return [_read(DistributionList, item) for item in self._table.query(self._partition, keys.LISTS)]

    def _item(self, each: DistributionList) -> Attributes:
        key = primary_key(self._partition, keys.distribution_list(each.list_id))
        return {**key, **_data(each), "version": {"N": str(each.version)}}


# --- items ---------------------------------------------------------------------------------------------------


def _sources(siret: str, service: str | None) -> list[Attributes]:
    return [keys.structure_record(siret), keys.siret_claim(siret), *recipients.wanted_keys(siret, service)]


def _composed(
    recorded: Item | None, tenant: Supplier | None, directory: Recipient | None, *, siret: str
) -> Structure | None:
    """A structure from up to three sources: its own record first, then its tenant, then the portal's directory."""
    services = tuple(
        StructureService(code=each.code, label=each.name)
        for each in (directory.services if directory else ())
        if each.active and each.code != TECHNICAL_SERVICE
    )
    if recorded and "data" in recorded:
        structure = _read(Structure, recorded)
        more = tuple(each for each in services if structure.service(each.code) is None)
        has_account = tenant is not None or "account" in recorded
        suspended = tenant is not None and not tenant.active
        version = int(recorded["version"]["N"])
        return structure.model_copy(
            update={
                "services": (*structure.services, *more),
                "has_account": has_account,
                "suspended": suspended,
                "version": version,
            }
        )
    if tenant:
        public = is_public_body(siret)
        return Structure(
            siret=siret,
            name=tenant.name,
            public=public,
            services=services,
            has_account=True,
            suspended=not tenant.active,
        )
    if directory:
        return Structure(siret=siret, name=directory.name, public=True, services=services)
    return None


def _roles(item: Item) -> Iterable[Role]:
    """The roles of a member; none of one that was invited."""
    return cast("list[Role]", item["roles"]["SS"] if "roles" in item else [])


def _through(item: Item, role: Role) -> str:
    """The group that a member's role depends on; only a supplier's members have such roles."""
    return Member.model_validate_json(item["data"]["S"]).through.get(role, "") if "data" in item else ""


def _subscription_item(subscription: MessageSubscription) -> Attributes:
    """A subscription. One that was not accepted is not in the index of its principal's rights."""
    return {
        **primary_key(keys.space(subscription.siret), keys.subscriber(subscription.principal)),
        **(keys.held_by(subscription.principal) if subscription.accepted else {}),
        **_data(subscription),
    }


def _received_item(message: Received) -> Attributes:
    place = f"{sortable_utc(message.received_at)}#{message.reference}#{message.service}"
    return {
        **primary_key(keys.inbox(message.siret), keys.received_message(message.reference, message.service)),
        **_data(message),
        keys.LIST_SORT: {"S": keys.received_at(place)},
        "display_version": {"N": str(message.display_version)},
    }


def _data(record: BaseModel) -> Attributes:
    return {"data": {"S": record.model_dump_json(exclude_defaults=True)}}


def _read(model: type[Model], item: Item) -> Model:
    return model.model_validate_json(item["data"]["S"])


def _found(model: type[Model], item: Item | None) -> Model:
    if item is None:
        raise NotFound
    return _read(model, item)


def _delete_present(table: str, key: Attributes) -> TransactWriteItemTypeDef:
    return {"Delete": {"TableName": table, "Key": key, "ConditionExpression": PRESENT}}


def _delete(table: str, key: Attributes, version: int) -> TransactWriteItemTypeDef:
    """The deletion of exactly that version."""
    return {
        "Delete": {
            "TableName": table,
            "Key": key,
            "ConditionExpression": "version = :version",
            "ExpressionAttributeValues": {":version": {"N": str(version)}},
        }
    }


def _structure_exists() -> AlreadyExists:
    return AlreadyExists("Cette structure existe déjà.", "This structure exists already.")
