"""« Mes messages » on the single table. One partition per structure, whatever else it is (tenant or public body).

    PK                 SK                                      what
    STRUCTURE#<siret>  STRUCTURE                               its description
    STRUCTURE#<siret>  MEMBER#<principal>                      a membership, as the structure's end asks for it
    STRUCTURE#<siret>  SUBSCRIBER#<principal>                  who is subscribed (also under the principal)
    STRUCTURE#<siret>  EXCHANGE#<relation>#<siret>#<service>   an invoice was exchanged with them
    STRUCTURE#<siret>  SEARCH#<relation>#<field>#<word>#<siret>  by what a counterparty is found
    STRUCTURE#<siret>  MESSAGE#<reference>                     a message of theirs
    STRUCTURE#<siret>  DISPATCH#<reference>#<key>              one delivery of it and how far it is
    STRUCTURE#<siret>  MEMBERS#<reference>#<key>#<part>        a list's members when it was sent
    STRUCTURE#<siret>  DELIVERY#<reference>#<siret>#<service>  what became of one recipient
    STRUCTURE#<siret>  EMAILED#<reference>#<siret>             a recipient without account was written to
    STRUCTURE#<siret>  INBOX#<reference>#<service>             a message they received; index by_list (list_sort)
    STRUCTURE#<siret>  READ#<principal>#<reference>            who has read what
    STRUCTURE#<siret>  LIST#<id>                               a distribution list
    PRINCIPAL#<id>     STRUCTURE#<siret>                       a membership and its roles
    PRINCIPAL#<id>     SUBSCRIPTION#<siret>                    a subscription
    COUNTER#messages   COUNTER                                 the last reference given

As ``dynamodb_items`` has it: JSON text in ``data``, conditional writes, and only a failed condition is translated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar, cast

from botocore.exceptions import ClientError
from pydantic import BaseModel, TypeAdapter

from chorus_connector.adapters.table.items import Item, failed_conditions, read_many, refused_as, write_many
from chorus_connector.adapters.table.items import key as _key
from chorus_connector.domain.errors import AlreadyExists, NotFound, StaleWrite
from chorus_connector.domain.identifiers import is_public_body
from chorus_connector.domain.messages.access import MessageSubscription
from chorus_connector.domain.messages.delivery import Dispatch, MessageDelivery, Received
from chorus_connector.domain.messages.display import sortable_utc
from chorus_connector.domain.messages.distribution import DistributionList
from chorus_connector.domain.messages.message import Message
from chorus_connector.domain.messages.structure import Address, Counterparty, Relation, Structure, StructureService
from chorus_connector.domain.portal.recipient import TECHNICAL_SERVICE, Recipient
from chorus_connector.domain.suppliers.supplier import Role, Supplier

if TYPE_CHECKING:
    from chorus_connector.ports.messages import Parts

FIRST_READ = 25
LARGEST_READ = 1000
"""Records per query: few at first (a page of five needs no more), then as many as a megabyte likely holds."""
WRITERS = 10
"""Conditional puts at a time; also the size of boto3's connection pool."""
LAST_REFERENCE = 999_999_999
_AFTER_ALL = "\U0010ffff"  # sorts after every character

_ADDRESSES = TypeAdapter(tuple[Address, ...])

Model = TypeVar("Model", bound=BaseModel)


class _Table:
    """The few calls every store below makes."""

    def __init__(self, client: Any, table: str) -> None:
        self.client = client
        self.name = table

    def item(self, key: Item) -> Item | None:
        answer = self.client.get_item(TableName=self.name, Key=key, ConsistentRead=True)
        return cast("Item | None", answer.get("Item"))

    def items(self, keys: Iterable[tuple[str, str]], *, consistent: bool = True) -> Iterator[Item]:
        """Those of the items that exist, in no order."""
        distinct = (_key(*each) for each in dict.fromkeys(keys))
        return read_many(self.client, self.name, distinct, consistent=consistent)

    def query(
        self,
        pk: str,
        prefix: str,
        *,
        forward: bool = True,
        low: str | None = None,
        high: str | None = None,
        index: str | None = None,
        first: int = FIRST_READ,
    ) -> Iterator[Item]:
        """Items of the partition under the prefix, lazily; ``low`` and ``high`` narrow the range (included)."""
        sort_key = "list_sort" if index else "SK"
        low, high = low or prefix, high or prefix + _AFTER_ALL
        if low > high:  # DynamoDB refuses an empty range
            return
        request: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": f"PK = :pk AND {sort_key} BETWEEN :low AND :high",
            "ExpressionAttributeValues": {
                ":pk": {"S": pk},
                ":low": {"S": low},
                ":high": {"S": high},
            },
            "ScanIndexForward": forward,
            "Limit": first,
        }
        if index:
            request["IndexName"] = index
        while True:
            answer = self.client.query(**request)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
            request["Limit"] = min(4 * request["Limit"], LARGEST_READ)

    def put(self, item: Item) -> None:
        self.client.put_item(TableName=self.name, Item=item)

    def put_if(self, item: Item, condition: dict[str, Any]) -> bool:
        """Whether the item was written: False when the condition failed."""
        try:
            self.client.put_item(TableName=self.name, Item=item, **condition)
        except ClientError as error:
            if failed_conditions(error):
                return False
            raise
        return True

    def put_next(self, item: Item, version: int) -> None:
        """Write that version over the one before it. Raises StaleWrite."""
        if not self.put_if({**item, "version": {"N": str(version)}}, _from_version(version - 1)):
            raise StaleWrite

    def write_many(self, requests: Iterable[dict[str, Any]]) -> None:
        write_many(self.client, self.name, requests)

    def transact(self, actions: Sequence[dict[str, Any]], refusal: Exception) -> None:
        """All of the writes or none; raises ``refusal`` when a condition fails."""
        named = [{kind: {"TableName": self.name, **action} for kind, action in each.items()} for each in actions]
        with refused_as(refusal):
            self.client.transact_write_items(TransactItems=named)


class DynamoStructures:
    """``ports_messages.Structures`` on the table."""

    def __init__(self, client: Any, table: str) -> None:
        self._table = _Table(client, table)

    def get(self, siret: str) -> Structure | None:
        return self.get_many([siret]).get(siret)

    def get_many(self, sirets: Iterable[str]) -> dict[str, Structure]:
        wanted = list(dict.fromkeys(sirets))
        kinds = (("STRUCTURE", "STRUCTURE"), ("SIRET", "SIRET"), ("RECIPIENT", "RECIPIENT"))
        keys = [(f"{partition}#{siret}", sort) for siret in wanted for partition, sort in kinds]
        items = {item["PK"]["S"]: item for item in self._table.items(keys)}
        tenants = self._tenants(items[key]["supplier_id"]["S"] for key in items if key.startswith("SIRET#"))
        composed = {
            siret: _composed(
                siret, items.get(f"STRUCTURE#{siret}"), tenants.get(siret), items.get(f"RECIPIENT#{siret}")
            )
            for siret in wanted
        }
        return {siret: structure for siret, structure in composed.items() if structure is not None}

    def _tenants(self, supplier_ids: Iterable[str]) -> dict[str, Supplier]:
        keys = [(f"SUPPLIER#{supplier_id}", "SUPPLIER") for supplier_id in supplier_ids]
        tenants = (_read(Supplier, item) for item in self._table.items(keys))
        return {tenant.siret: tenant for tenant in tenants}

    def save(self, structure: Structure) -> None:
        first = structure.version == 1
        values: Item = {
            ":data": {"S": structure.model_dump_json(exclude={"has_account", "suspended", "version"})},
            ":version": {"N": str(structure.version)},
        }
        if not first:
            values[":before"] = {"N": str(structure.version - 1)}
        try:
            # not a put: the mark of an account is its members' to set
            self._table.client.update_item(
                TableName=self._table.name,
                Key=_key(f"STRUCTURE#{structure.siret}", "STRUCTURE"),
                UpdateExpression="SET #data = :data, version = :version",
                ConditionExpression="attribute_not_exists(version)" if first else "version = :before",
                ExpressionAttributeNames={"#data": "data"},
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            if not failed_conditions(error):
                raise
            raise (_structure_exists() if first else StaleWrite()) from None

    def roles(self, siret: str, principals: Iterable[str]) -> frozenset[Role]:
        tenant = self._table.item(_key(f"SIRET#{siret}", "SIRET"))
        owners = [f"STRUCTURE#{siret}", *([f"SUPPLIER#{tenant['supplier_id']['S']}"] if tenant else [])]
        items = self._table.items((f"PRINCIPAL#{who}", owner) for who in principals for owner in owners)
        return frozenset(role for item in items for role in _roles(item))

    def add_member(self, siret: str, principal: str, role: Role) -> None:
        keys = (_key(f"PRINCIPAL#{principal}", f"STRUCTURE#{siret}"), _key(f"STRUCTURE#{siret}", f"MEMBER#{principal}"))
        members = [{"Put": {"Item": {**each, "roles": {"SS": [role]}}}} for each in keys]
        account = {
            "Key": _key(f"STRUCTURE#{siret}", "STRUCTURE"),
            "UpdateExpression": "SET account = :yes",
            "ConditionExpression": "attribute_exists(PK)",
            "ExpressionAttributeValues": {":yes": {"BOOL": True}},
        }
        self._table.transact([*members, {"Update": account}], NotFound())

    def subscriptions_of(self, principal: str) -> Sequence[MessageSubscription]:
        return [
            _read(MessageSubscription, item) for item in self._table.query(f"PRINCIPAL#{principal}", "SUBSCRIPTION#")
        ]

    def subscription(self, principal: str, siret: str) -> MessageSubscription | None:
        item = self._table.item(_key(f"PRINCIPAL#{principal}", f"SUBSCRIPTION#{siret}"))
        return _read(MessageSubscription, item) if item else None

    def subscribers(self, siret: str) -> Sequence[MessageSubscription]:
        return [_read(MessageSubscription, item) for item in self._table.query(f"STRUCTURE#{siret}", "SUBSCRIBER#")]

    def subscribe(self, subscription: MessageSubscription) -> None:
        keys = _subscription_keys(subscription.principal, subscription.siret)
        self._table.transact([{"Put": {"Item": {**key, **_data(subscription)}}} for key in keys], StaleWrite())

    def unsubscribe(self, principal: str, siret: str) -> None:
        keys = _subscription_keys(principal, siret)
        self._table.transact([{"Delete": {"Key": key}} for key in keys], StaleWrite())


class DynamoReferences:
    """``ports_messages.References``: one atomic counter; a crash leaves a gap, never a double."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def next(self) -> str:
        answer = self._client.update_item(
            TableName=self._table,
            Key=_key("COUNTER#messages", "COUNTER"),
            UpdateExpression="ADD #last :one",
            ConditionExpression="attribute_not_exists(#last) OR #last < :end",
            ExpressionAttributeNames={"#last": "last"},
            ExpressionAttributeValues={":one": {"N": "1"}, ":end": {"N": str(LAST_REFERENCE)}},
            ReturnValues="UPDATED_NEW",
        )
        return f"MSG_{int(answer['Attributes']['last']['N']):09d}"


class DynamoCounterparties:
    """``ports_messages.Counterparties`` on the table, made for one structure."""

    def __init__(self, client: Any, table: str, siret: str) -> None:
        self._table = _Table(client, table)
        self._pk = f"STRUCTURE#{siret}"

    def record(self, relation: Relation, counterparty: Counterparty) -> None:
        key = self._sort_key(relation, counterparty.address)
        item = self._table.item(_key(self._pk, key))
        before = _read(Counterparty, item) if item else None
        after = counterparty.model_copy(update={"first_at": before.first_at}) if before else counterparty
        if after == before:
            return
        if not counterparty.service:  # services are found through their structure
            self._table.write_many(self._search_writes(relation, before, after))
        # last: whoever finds it noted finds it searchable too, even after a crash in between
        self._table.put({**_key(self._pk, key), **_data(after)})

    def _search_writes(
        self, relation: Relation, before: Counterparty | None, after: Counterparty
    ) -> Iterator[dict[str, Any]]:
        found_by = after.found_by()
        for field, word in (each for each in (before.found_by() if before else []) if each not in found_by):
            yield {"DeleteRequest": {"Key": _key(self._pk, f"SEARCH#{relation}#{field}#{word}#{after.siret}")}}
        for field, word in found_by:
            item = {**_key(self._pk, f"SEARCH#{relation}#{field}#{word}#{after.siret}"), **_data(after)}
            yield {"PutRequest": {"Item": item}}

    def known(self, relation: Relation, addresses: Iterable[Address]) -> set[Address]:
        keys = [(self._pk, self._sort_key(relation, address)) for address in addresses]
        return {_read(Counterparty, item).address for item in self._table.items(keys)}

    def starting_with(self, relation: Relation, prefix: str, *, limit: int) -> Sequence[Counterparty]:
        items = self._table.query(self._pk, f"EXCHANGE#{relation}#{prefix}", first=limit)
        return [_read(Counterparty, item) for item in islice(items, limit)]

    def found_by(self, relation: Relation, field: str, word: str) -> Iterator[Counterparty]:
        items = self._table.query(self._pk, f"SEARCH#{relation}#{field}#{word}", first=100)
        return (_read(Counterparty, item) for item in items)

    def page(self, relation: Relation, *, after: str | None, limit: int) -> tuple[Sequence[Counterparty], str | None]:
        prefix = f"EXCHANGE#{relation}#"
        low = f"{prefix}{after}{_AFTER_ALL}" if after else None
        items = self._table.query(self._pk, prefix, low=low, first=2 * limit)
        structures = (each for each in (_read(Counterparty, item) for item in items) if not each.service)
        found = list(islice(structures, limit))
        return found, found[-1].siret if len(found) == limit else None

    def _sort_key(self, relation: Relation, address: Address) -> str:
        return f"EXCHANGE#{relation}#{address.siret}#{address.service}"


class DynamoOutbox:
    """``ports_messages.Outbox`` on the table, made for one structure."""

    def __init__(self, client: Any, table: str, siret: str) -> None:
        self._table = _Table(client, table)
        self._pk = f"STRUCTURE#{siret}"

    def get(self, reference: str) -> Message:
        return _found(Message, self._table.item(_key(self._pk, f"MESSAGE#{reference}")))

    def add(self, message: Message, dispatch: Dispatch | None = None, parts: Parts = ()) -> None:
        taken = AlreadyExists("Ce message existe déjà.", "This message exists already.")
        put = {"Put": {"Item": self._message_item(message), "ConditionExpression": "attribute_not_exists(PK)"}}
        self._table.transact([put, *self._dispatch_puts(dispatch, parts)], taken)

    def save(self, message: Message, dispatch: Dispatch | None = None, parts: Parts = ()) -> None:
        put = {"Put": {"Item": self._message_item(message), **_from_version(message.version - 1)}}
        self._table.transact([put, *self._dispatch_puts(dispatch, parts)], StaleWrite())

    def delete(self, message: Message) -> None:
        key = _key(self._pk, f"MESSAGE#{message.reference}")
        self._table.transact([{"Delete": {"Key": key, **_from_version(message.version)}}], StaleWrite())

    def messages(self, *, newest_first: bool, start: str | None) -> Iterator[Message]:
        limit = f"MESSAGE#{start}" if start else None
        low, high = (None, limit) if newest_first else (limit, None)
        items = self._table.query(self._pk, "MESSAGE#", forward=not newest_first, low=low, high=high)
        return (_read(Message, item) for item in items)

    def dispatch(self, reference: str, key: str) -> Dispatch:
        return _found(Dispatch, self._table.item(_key(self._pk, f"DISPATCH#{reference}#{key}")))

    def dispatches(self, reference: str) -> Sequence[Dispatch]:
        items = self._table.query(self._pk, f"DISPATCH#{reference}#deliver#")
        return [_read(Dispatch, item) for item in items]

    def members_of(self, dispatch: Dispatch, part: int) -> Sequence[Address]:
        item = self._table.item(_key(self._pk, f"MEMBERS#{dispatch.reference}#{dispatch.key}#{part:03d}"))
        return _ADDRESSES.validate_json(item["data"]["S"]) if item else ()

    def save_dispatch(self, dispatch: Dispatch) -> None:
        self._table.put_next(self._dispatch_item(dispatch), dispatch.version)

    def claim(self, reference: str, deliveries: Sequence[MessageDelivery], *, source: str) -> Sequence[MessageDelivery]:
        with ThreadPoolExecutor(WRITERS) as pool:
            ours = list(pool.map(lambda each: self._claim_one(reference, each, source), deliveries))
        return [delivery for delivery, claimed in zip(deliveries, ours, strict=True) if claimed]

    def _claim_one(self, reference: str, delivery: MessageDelivery, source: str) -> bool:
        key = _key(self._pk, f"DELIVERY#{reference}#{delivery.siret}#{delivery.service}")
        return self._table.put_if(
            {**key, **_data(delivery), "source": {"S": source}},
            {
                "ConditionExpression": "attribute_not_exists(PK) OR #source = :source",
                "ExpressionAttributeNames": {"#source": "source"},
                "ExpressionAttributeValues": {":source": {"S": source}},
            },
        )

    def emailed(self, reference: str, siret: str) -> bool:
        return self._table.item(_key(self._pk, f"EMAILED#{reference}#{siret}")) is not None

    def note_emailed(self, reference: str, siret: str) -> None:
        self._table.put(_key(self._pk, f"EMAILED#{reference}#{siret}"))

    def deliveries(
        self, reference: str, *, after: str | None, limit: int
    ) -> tuple[Sequence[MessageDelivery], str | None]:
        prefix = f"DELIVERY#{reference}#"
        low = f"{prefix}{after}\x00" if after else None
        items = self._table.query(self._pk, prefix, low=low, first=limit)
        found = [_read(MessageDelivery, item) for item in islice(items, limit)]
        return found, f"{found[-1].siret}#{found[-1].service}" if len(found) == limit else None

    def _message_item(self, message: Message) -> Item:
        version = {"version": {"N": str(message.version)}}
        return {**_key(self._pk, f"MESSAGE#{message.reference}"), **_data(message), **version}

    def _dispatch_puts(self, dispatch: Dispatch | None, parts: Parts) -> Iterator[dict[str, Any]]:
        if dispatch is None:
            return
        yield {"Put": {"Item": self._dispatch_item(dispatch), "ConditionExpression": "attribute_not_exists(PK)"}}
        for part, members in enumerate(parts):
            if members:
                key = _key(self._pk, f"MEMBERS#{dispatch.reference}#{dispatch.key}#{part:03d}")
                yield {"Put": {"Item": {**key, "data": {"S": _ADDRESSES.dump_json(tuple(members)).decode()}}}}

    def _dispatch_item(self, dispatch: Dispatch) -> Item:
        version = {"version": {"N": str(dispatch.version)}}
        return {**_key(self._pk, f"DISPATCH#{dispatch.reference}#{dispatch.key}"), **_data(dispatch), **version}


class DynamoInbox:
    """``ports_messages.Inbox`` on the table, made for one structure."""

    def __init__(self, client: Any, table: str, siret: str) -> None:
        self._table = _Table(client, table)
        self._pk = f"STRUCTURE#{siret}"

    def get(self, reference: str, service: str) -> Received:
        return _found(Received, self._table.item(_key(self._pk, f"INBOX#{reference}#{service}")))

    def received(self, *, newest_first: bool, start: str | None, until: datetime) -> Iterator[Received]:
        last = f"INBOX#{sortable_utc(until)}{_AFTER_ALL}"
        here = f"INBOX#{start}" if start else None
        if newest_first:
            low, high = None, min(last, f"{here}{_AFTER_ALL}") if here else last
        else:
            low, high = here, last
        items = self._table.query(self._pk, "INBOX#", forward=not newest_first, low=low, high=high, index="by_list")
        return (_read(Received, item) for item in items)

    def read_by(self, principal: str, references: Iterable[str]) -> set[str]:
        keys = [(self._pk, f"READ#{principal}#{reference}") for reference in references]
        return {item["SK"]["S"].rsplit("#", 1)[1] for item in self._table.items(keys)}

    def mark(self, principal: str, reference: str, *, read: bool) -> None:
        key = _key(self._pk, f"READ#{principal}#{reference}")
        if read:
            self._table.put(key)
        else:
            self._table.client.delete_item(TableName=self._table.name, Key=key)


class DynamoInboxes:
    """``ports_messages.Inboxes`` on the table."""

    def __init__(self, client: Any, table: str) -> None:
        self._table = _Table(client, table)

    def put(self, messages: Sequence[Received]) -> None:
        self._table.write_many({"PutRequest": {"Item": _received_item(each)}} for each in messages)

    def redate(self, messages: Sequence[Received]) -> None:
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(self._redate_one, messages))

    def _redate_one(self, message: Received) -> None:
        newer = {":new": {"N": str(message.display_version)}}
        self._table.put_if(
            _received_item(message),
            {"ConditionExpression": "display_version < :new", "ExpressionAttributeValues": newer},
        )


class DynamoLists:
    """``ports_messages.Lists`` on the table, made for one structure."""

    def __init__(self, client: Any, table: str, siret: str) -> None:
        self._table = _Table(client, table)
        self._pk = f"STRUCTURE#{siret}"

    def get(self, list_id: str) -> DistributionList:
        return _found(DistributionList, self._table.item(_key(self._pk, f"LIST#{list_id}")))

    def get_many(self, list_ids: Iterable[str]) -> Mapping[str, DistributionList]:
        items = self._table.items((self._pk, f"LIST#{list_id}") for list_id in list_ids)
        found = (_read(DistributionList, item) for item in items)
        return {each.list_id: each for each in found}

    def add(self, distribution_list: DistributionList) -> None:
        if not self._table.put_if(self._item(distribution_list), {"ConditionExpression": "attribute_not_exists(PK)"}):
            raise AlreadyExists("Cette liste existe déjà.", "This list exists already.")

    def save(self, distribution_list: DistributionList) -> None:
        self._table.put_next(self._item(distribution_list), distribution_list.version)

    def delete(self, list_id: str, version: int) -> None:
        key = _key(self._pk, f"LIST#{list_id}")
        self._table.transact([{"Delete": {"Key": key, **_from_version(version)}}], StaleWrite())

    def all(self) -> Sequence[DistributionList]:
        return [_read(DistributionList, item) for item in self._table.query(self._pk, "LIST#")]

    def _item(self, each: DistributionList) -> Item:
        version = {"version": {"N": str(each.version)}}
        return {**_key(self._pk, f"LIST#{each.list_id}"), **_data(each), **version}


# --- items ---------------------------------------------------------------------------------------------------


def _composed(siret: str, recorded: Item | None, tenant: Supplier | None, listed: Item | None) -> Structure | None:
    """What is known of a structure: what was recorded here first, then the tenant, then the directory."""
    directory = _read(Recipient, listed) if listed else None
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
    """The rights of a membership: a set, or one of the first version's."""
    return cast("list[Role]", item["roles"]["SS"] if "roles" in item else [item["role"]["S"]])


def _received_item(message: Received) -> Item:
    place = f"{sortable_utc(message.received_at)}#{message.reference}#{message.service}"
    return {
        **_key(f"STRUCTURE#{message.siret}", f"INBOX#{message.reference}#{message.service}"),
        **_data(message),
        "list_sort": {"S": f"INBOX#{place}"},
        "display_version": {"N": str(message.display_version)},
    }


def _subscription_keys(principal: str, siret: str) -> tuple[Item, Item]:
    return (
        _key(f"PRINCIPAL#{principal}", f"SUBSCRIPTION#{siret}"),
        _key(f"STRUCTURE#{siret}", f"SUBSCRIBER#{principal}"),
    )


def _data(record: BaseModel) -> Item:
    return {"data": {"S": record.model_dump_json(exclude_defaults=True)}}


def _read(model: type[Model], item: Item) -> Model:
    return model.model_validate_json(item["data"]["S"])


def _found(model: type[Model], item: Item | None) -> Model:
    if item is None:
        raise NotFound
    return _read(model, item)


def _from_version(version: int) -> dict[str, Any]:
    return {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(version)}},
    }


def _structure_exists() -> AlreadyExists:
    return AlreadyExists("Cette structure existe déjà.", "This structure exists already.")
