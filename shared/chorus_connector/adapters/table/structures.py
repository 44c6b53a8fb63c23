"""The structures on the table: descriptions, members, rights and subscriptions. Each has partitions of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from chorus_connector.adapters.table import claims, keys, recipients
from chorus_connector.adapters.table.items import (
    PRESENT,
    get_item,
    put_if,
    read_page,
    rights_of,
)
from chorus_connector.adapters.table.keys import primary_key
from chorus_connector.adapters.table.message_table import (
    MessageTable,
    data_of,
    deletion_of_present,
    stored_record,
)
from chorus_connector.domain.errors import AlreadyExists, NotFound, StaleWrite
from chorus_connector.domain.identifiers import is_public_body
from chorus_connector.domain.messages.access import MessageSubscription, PublicBodyMember, StructureRight
from chorus_connector.domain.messages.structure import Structure, StructureService
from chorus_connector.domain.portal.recipient import TECHNICAL_SERVICE, Recipient
from chorus_connector.domain.suppliers.access import Member
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.domain.suppliers.supplier import Role, Supplier
from chorus_connector.ports.values import ChangePage, TrailLine

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

    from chorus_connector.adapters.table.items import Item
    from chorus_connector.adapters.table.keys import Attributes


_TRIES = 5
"""How often a removal is tried again because another member or subscriber came or went at the same moment."""


class DynamoStructures:
    """``ports.Structures`` on the table.

    ``session_of`` gives the client that reaches one structure's partitions; without one, ``client`` does everything.
    """

    def __init__(
        self, client: DynamoDBClient, table: str, session_of: Callable[[str], DynamoDBClient] | None = None
    ) -> None:
        self._table = MessageTable(client, table)
        self._session_of = session_of or (lambda _: client)

    def _of(self, siret: str) -> MessageTable:
        """The table as the session for that structure sees it."""
        return MessageTable(self._session_of(siret), self._table.name)

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
        tenants = (stored_record(Supplier, item) for item in self._table.read(wanted.values()))
        return {tenant.identifier_key: tenant for tenant in tenants}

    def recorded(self, siret: str) -> Structure | None:
        item = get_item(self._of(siret).client, self._table.name, keys.structure_record(siret))
        return _composed(item, None, None, siret=siret)

    def owner(self, siret: str) -> str:
        return claims.owner(self._of(siret).client, self._table.name, siret)

    def save(self, structure: Structure, *, owner: str, change: Change | None = None) -> None:
        siret, name = structure.siret, self._table.name
        actions: list[TransactWriteItemTypeDef] = [{"Update": claims.write_structure(name, structure, owner=owner)}]
        if owner:
            actions.append(claims.tenant_is(name, siret, owner))
        elif structure.version == 1:
            actions.append(claims.no_tenant(name, siret))
        if change is not None:
            actions.append(claims.line(name, siret, TrailLine(owner, change)))
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
        self._of(siret).transact(
            [
                {"Put": put_if(self._table.name, item)},
                self._of_its_people("SET account = :yes", siret),
                claims.line(self._table.name, siret, TrailLine("", change)),
            ],
            NotFound(),
        )

    def remove_member(self, siret: str, principal: str, *, change: Change) -> None:
        self._remove(siret, keys.member(principal), TrailLine("", change))

    def subscriptions_of(self, principals: Iterable[str]) -> Sequence[MessageSubscription]:
        found = (item for each in principals for _, item in self._rights_of(each, keys.SUBSCRIBERS))
        return [stored_record(MessageSubscription, item) for item in found]

    def subscriptions(self, siret: str, principals: Iterable[str]) -> Sequence[MessageSubscription]:
        items = self._table.items((keys.space(siret), keys.subscriber(each)) for each in principals)
        return [stored_record(MessageSubscription, item) for item in items]

    def subscribers(self, siret: str) -> Sequence[MessageSubscription]:
        items = self._of(siret).query(keys.space(siret), keys.SUBSCRIBERS)
        return [stored_record(MessageSubscription, item) for item in items]

    def subscribe(self, subscription: MessageSubscription, *, line: TrailLine) -> None:
        siret, put = subscription.siret, put_if(self._table.name, _subscription_item(subscription))
        self._of(siret).transact([{"Put": put}, *self._accepted(subscription, line)], StaleWrite())

    def accept(self, invited: MessageSubscription, accepted: MessageSubscription, *, line: TrailLine) -> None:
        siret = invited.siret
        unchanged: Attributes = {":invited": data_of(invited)["data"]}
        put = put_if(
            self._table.name, _subscription_item(accepted), "#data = :invited", unchanged, names={"#data": "data"}
        )
        self._of(siret).transact([{"Put": put}, *self._accepted(accepted, line)], StaleWrite())

    def unsubscribe(self, subscription: MessageSubscription, *, line: TrailLine) -> None:
        self._remove(subscription.siret, keys.subscriber(subscription.principal), line)

    def _accepted(self, subscription: MessageSubscription, line: TrailLine) -> Iterator[TransactWriteItemTypeDef]:
        """The line of a subscription; its reader gives a structure that exists on its own an account."""
        if subscription.accepted and not subscription.supplier_id and self._own_record(subscription.siret):
            yield self._of_its_people("SET account = :yes", subscription.siret)
        yield claims.line(self._table.name, subscription.siret, line)

    def _remove(self, siret: str, sort: str, line: TrailLine) -> None:
        """Remove a member or a subscription. Raises NotFound.

        With the last of them, the account of a structure that exists on its own ends in the same write. ``people``
        counts the changes, so that no other one comes or goes between that reading and the write.
        """
        table, space = self._of(siret), keys.space(siret)
        removed = [
            deletion_of_present(self._table.name, primary_key(space, sort)),
            claims.line(self._table.name, siret, line),
        ]
        for _ in range(_TRIES):
            record = self._own_record(siret)
            if record is None:
                table.transact(removed, NotFound())
                return
            kinds = (keys.MEMBERS, keys.SUBSCRIBERS)
            people = (item for kind in kinds for item in table.query(space, kind, consistent=True))
            left = any(_gives_account(item) for item in people if item["SK"]["S"] != sort)
            ended = self._of_its_people("" if left else "REMOVE account", siret, record=record)
            with suppress(StaleWrite):
                table.add([ended, *removed], StaleWrite())
                return
        raise StaleWrite

    def _own_record(self, siret: str) -> Item | None:
        """The record of a structure that exists on its own; None: it is a part of a supplier, or not recorded."""
        record = get_item(self._of(siret).client, self._table.name, keys.structure_record(siret))
        return record if record is not None and "tenant" not in record else None

    def _of_its_people(self, change: str, siret: str, record: Item | None = None) -> TransactWriteItemTypeDef:
        """A change to the account of a structure that exists on its own, whose people come or go.

        With ``record`` it fails when others came or went since that was read.
        """
        conditions = [PRESENT, "attribute_not_exists(tenant)"]
        values: dict[str, AttributeValueTypeDef] = {":one": {"N": "1"}}
        if ":yes" in change:
            values[":yes"] = {"BOOL": True}
        if record is not None:
            before = record.get("people")
            conditions.append("people = :people" if before else "attribute_not_exists(people)")
            values |= {":people": before} if before else {}
        return {
            "Update": {
                "TableName": self._table.name,
                "Key": keys.structure_record(siret),
                "UpdateExpression": f"ADD people :one {change}",
                "ConditionExpression": " AND ".join(conditions),
                "ExpressionAttributeValues": values,
            }
        }

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
        return ChangePage(tuple(stored_record(Change, item) for item in items), next_cursor)

    def _rights_of(self, principal: str, kind: str) -> Iterator[tuple[str, Item]]:
        """A principal's rights of one kind on structures, with their SIRETs."""
        for item in rights_of(self._table.client, self._table.name, principal, keys.SPACES):
            if item["SK"]["S"].startswith(kind):
                yield item["PK"]["S"].removeprefix(keys.SPACES), item


def _sources(siret: str, service: str | None) -> list[Attributes]:
    return [keys.structure_record(siret), keys.siret_claim(siret), *recipients.wanted_keys(siret, service)]


def _composed(
    recorded: Item | None, tenant: Supplier | None, directory: Recipient | None, *, siret: str
) -> Structure | None:
    """A structure from up to three sources: its own record first, then its tenant, then the portal's directory.

    What the record leaves empty comes from the other two, so their later changes are seen.
    """
    here = recorded is not None and "data" in recorded
    if not (here or tenant or directory):
        return None
    services = tuple(
        StructureService(code=each.code, label=each.name)
        for each in (directory.services if directory else ())
        if each.active and each.code != TECHNICAL_SERVICE
    )
    own = stored_record(Structure, recorded) if recorded and here else Structure(siret=siret, public=False)
    declared = here and own.public_by == "installation"
    listed_name = directory.name if directory else ""
    return own.model_copy(
        update={
            "name": own.name or (tenant.name if tenant else "") or listed_name,
            "postal_code": own.postal_code or (directory.postal_code if directory else ""),
            "town": own.town or (directory.town if directory else ""),
            **({} if declared else _stated_public(own, tenant, directory)),
            "services": (*own.services, *(each for each in services if own.service(each.code) is None)),
            "has_account": tenant is not None or (recorded is not None and "account" in recorded),
            **_sending_of(tenant, part_of_it=recorded is None or "tenant" in recorded),
            "tenant": tenant is not None,
            "version": int(recorded["version"]["N"]) if recorded and here else 0,
        }
    )


def _sending_of(tenant: Supplier | None, *, part_of_it: bool) -> dict[str, bool]:
    """What keeps a structure from sending: its tenant is suspended, or being deleted and the structure goes with it."""
    removal = tenant.removal if tenant else None
    suspended = tenant is not None and (removal.suspended if removal else not tenant.active)
    return {"suspended": suspended, "deleting": removal is not None and part_of_it}


def _stated_public(own: Structure, tenant: Supplier | None, directory: Recipient | None) -> dict[str, object]:
    """Whether a structure is public when no administrator has said so: the portal's word, else INSEE's range."""
    if directory and (directory.public is not None or tenant is None):
        return {"public": directory.public is not False, "public_by": "portal"}
    return {"public": is_public_body(own.siret), "public_by": "siren"}


def _roles(item: Item) -> Iterable[Role]:
    """The roles of a member; none of one that was invited."""
    return cast("list[Role]", item["roles"]["SS"] if "roles" in item else [])


def _through(item: Item, role: Role) -> str:
    """The group that a member's role depends on; only a supplier's members have such roles."""
    return Member.model_validate_json(item["data"]["S"]).through.get(role, "") if "data" in item else ""


def _gives_account(item: Item) -> bool:
    """Whether a member, or a subscription, is a reason for the structure to have an account of its own.

    An invitation is none until it is accepted; nor is a subscription that was granted under a supplier's SIRET.
    """
    if item["SK"]["S"].startswith(keys.MEMBERS):
        return True
    subscription = stored_record(MessageSubscription, item)
    return subscription.accepted and not subscription.supplier_id


def _subscription_item(subscription: MessageSubscription) -> Attributes:
    """A subscription. One that was not accepted is not in the index of its principal's rights."""
    return {
        **primary_key(keys.space(subscription.siret), keys.subscriber(subscription.principal)),
        **(keys.held_by(subscription.principal) if subscription.accepted else {}),
        **data_of(subscription),
    }


def _structure_exists() -> AlreadyExists:
    return AlreadyExists("Cette structure existe déjà.", "This structure exists already.")
