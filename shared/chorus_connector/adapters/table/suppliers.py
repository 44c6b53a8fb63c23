"""Tenants on the table: one supplier's settings, and the installation that they all belong to.

The installation is what spans tenants: the roles of principals, and the keys of what is due without its content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from chorus_connector.adapters.table import claims, keys
from chorus_connector.adapters.table.ahead import ReadAhead
from chorus_connector.adapters.table.counts import counts_of
from chorus_connector.adapters.table.items import (
    ABSENT,
    audit_item,
    due_keys,
    failed_conditions,
    get_item,
    put_if,
    put_next,
    query_all,
    read_many,
    read_page,
    rights_of,
)
from chorus_connector.adapters.table.leases import due_work, give_leases
from chorus_connector.domain.errors import AlreadyExists, NotFound, SiretHasMessages, StaleWrite, StructureExists
from chorus_connector.domain.portal.breaker import Breaker
from chorus_connector.domain.suppliers.access import Member
from chorus_connector.domain.suppliers.supplier import Role, Supplier
from chorus_connector.ports.notification_values import DueWebhook
from chorus_connector.ports.values import AuditEvent, DeletedSupplier, SupplierIdPage, SupplierState, TrailLine, Work

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from chorus_connector.adapters.table.items import Item
    from chorus_connector.adapters.table.keys import Attributes
    from chorus_connector.domain.suppliers.audit import Change
    from chorus_connector.ports.values import Joining

_EVENT = TypeAdapter(AuditEvent)
_DELETED = TypeAdapter(DeletedSupplier)


class DynamoSupplier:
    """``ports.SupplierStore`` on the table, made for one supplier.

    ``with_sirets`` gives a client that reaches these SIRETs' claims too; ``client`` reaches none.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        supplier_id: str,
        with_sirets: Callable[..., DynamoDBClient] | None = None,
        reads: ReadAhead | None = None,
    ) -> None:
        self._client = client
        self._reads = reads or ReadAhead(client, table)
        self._with_sirets = with_sirets or (lambda *_: client)
        self._table = table
        self._partition = keys.supplier(supplier_id)
        self._key = keys.supplier_record(supplier_id)

    def get(self) -> Supplier:
        item = self._reads.get(self._key)
        if item is None:
            raise NotFound
        return Supplier.model_validate_json(item["data"]["S"])

    def save(self, supplier: Supplier, *, event: AuditEvent | None = None, change: Change | None = None) -> None:
        lines = [self._event_item(supplier.version, event)] if event else []
        lines += [audit_item(supplier.supplier_id, change)] if change else []
        self._write([self._next_version(supplier), *(self._put(line) for line in lines)])

    def save_claiming_siret(
        self, supplier: Supplier, *, before: str, change: Change, released: Change, joining: Joining | None = None
    ) -> None:
        siret, supplier_id = supplier.identifier_key, supplier.supplier_id
        actions = [self._next_version(supplier), self._put(audit_item(supplier_id, change))]
        if siret != before:
            actions += [*self._releasing(before, supplier_id, released), claims.claim(self._table, siret, supplier_id)]
        taken = len(actions)
        actions += _structure_actions(self._table, supplier, joining)
        try:
            self._write(actions, self._with_sirets(before, siret))
        except _FailedConditions as error:
            if error.flags[0]:
                raise StaleWrite from None
            if siret != before and error.flags[taken - 1]:
                raise _siret_taken() from None
            if siret != before and before and error.flags[2]:
                raise SiretHasMessages from None
            raise (StructureExists() if error.flags[taken] and joining is None else StaleWrite()) from None

    def _releasing(self, siret: str, supplier_id: str, released: Change) -> list[TransactWriteItemTypeDef]:
        if not siret:
            return []
        client = self._with_sirets(siret)
        if claims.owner(client, self._table, siret) == supplier_id:
            empty = claims.release_empty(client, self._table, siret, supplier_id)
            return [empty, claims.delete_structure(self._table, siret, supplier_id)]
        release = claims.release(self._table, siret, supplier_id)
        return [release, claims.line(self._table, siret, TrailLine("", released))]

    def _write(self, actions: list[TransactWriteItemTypeDef], client: DynamoDBClient | None = None) -> None:
        try:
            (client or self._client).transact_write_items(TransactItems=actions)
        except ClientError as error:
            if failed := failed_conditions(error):
                raise _FailedConditions(failed) from None
            raise

    def _next_version(self, supplier: Supplier) -> TransactWriteItemTypeDef:
        return {"Put": put_next(self._table, supplier_item(supplier), supplier.version)}

    def _put(self, item: Attributes, condition: str = "") -> TransactWriteItemTypeDef:
        return {"Put": put_if(self._table, item, condition)}

    def events(self) -> Sequence[AuditEvent]:
        items = query_all(self._client, self._table, self._partition, keys.SUPPLIER_EVENTS)
        return [_EVENT.validate_json(item["data"]["S"]) for item in items]

    def _event_item(self, version: int, event: AuditEvent) -> Attributes:
        where = keys.primary_key(self._partition, keys.supplier_event(version))
        return {**where, "data": {"S": _EVENT.dump_json(event).decode()}}


class _FailedConditions(StaleWrite):
    """Failed condition flags by transaction item. Unhandled ones surface as ``StaleWrite``."""

    def __init__(self, flags: list[bool]) -> None:
        super().__init__()
        self.flags = flags


class DynamoInstallation:
    """``ports.Installation`` on the table. ``with_sirets``: as for ``DynamoSupplier``, for a supplier's creation."""

    def __init__(
        self, client: DynamoDBClient, table: str, with_sirets: Callable[..., DynamoDBClient] | None = None
    ) -> None:
        self._client = client
        self._table = table
        self._with_sirets = with_sirets or (lambda *_: client)

    def create_supplier(self, supplier: Supplier, *, administrator: str, joining: Joining | None = None) -> None:
        actions = [
            claims.claim(self._table, supplier.identifier_key, supplier.supplier_id),
            *_structure_actions(self._table, supplier, joining),
            *self._new(_tenant_items(supplier, administrator)),
        ]
        failed = self._failed(actions, self._with_sirets(supplier.identifier_key))
        if failed and (failed[0] or not failed[1]):
            raise _siret_taken()
        if failed:
            raise StaleWrite if joining else StructureExists

    def create_default_supplier(self, supplier: Supplier, *, administrator: str) -> bool:
        created = keys.default_supplier()
        if get_item(self._client, self._table, created) is not None:
            return False  # the usual case costs one read
        return not self._failed(self._new([created, *_tenant_items(supplier, administrator)]), self._client)

    def _new(self, items: list[Attributes]) -> list[TransactWriteItemTypeDef]:
        return [{"Put": put_if(self._table, item, ABSENT)} for item in items]

    def _failed(self, actions: list[TransactWriteItemTypeDef], client: DynamoDBClient) -> list[bool]:
        """Write all or nothing; returns which conditions failed, empty when it is written."""
        try:
            client.transact_write_items(TransactItems=actions)
        except ClientError as error:
            if failed := failed_conditions(error):
                return failed
            raise
        return []

    def supplier_ids(self, *, limit: int, cursor: str | None) -> SupplierIdPage:
        items, next_cursor = read_page(
            self._client, self._table, keys.INSTALLATION, keys.SUPPLIERS, limit=limit, cursor=cursor
        )
        return SupplierIdPage(tuple(item["SK"]["S"].removeprefix(keys.SUPPLIERS) for item in items), next_cursor)

    def suppliers_of(self, *principals: str) -> dict[str, frozenset[Role]]:
        rights: dict[str, frozenset[Role]] = {}
        for principal in principals:
            for item in rights_of(self._client, self._table, principal, keys.ACCESS_LISTS):
                supplier_id = item["PK"]["S"].removeprefix(keys.ACCESS_LISTS)
                rights[supplier_id] = rights.get(supplier_id, frozenset()) | _roles(item)
        return rights

    def rights(self, supplier_id: str, *principals: str) -> frozenset[Role]:
        asked = list(dict.fromkeys(principals))[:100]  # one call, however many groups the caller is in
        wanted = [keys.primary_key(keys.access_list(supplier_id), keys.member(each)) for each in asked]
        return frozenset[Role]().union(*(_roles(item) for item in read_many(self._client, self._table, wanted)))

    def deleted(self, supplier_id: str) -> DeletedSupplier | None:
        item = get_item(self._client, self._table, keys.deleted_supplier(supplier_id))
        return _DELETED.validate_json(item["data"]["S"]) if item else None

    def due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        return due_work(self._client, self._table, "READY", now, limit=limit, read=_work)

    def tracking_due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        return due_work(self._client, self._table, "LOOK", now, limit=limit, read=_work)

    def webhooks_due(self, now: datetime, *, limit: int) -> Sequence[DueWebhook]:
        return due_work(self._client, self._table, "WEBHOOK", now, limit=limit, read=_webhook)

    def nightly_tracking_due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        return due_work(self._client, self._table, "NIGHT", now, limit=limit, read=_supplier_work)

    def probes_due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        return due_work(self._client, self._table, "PROBE", now, limit=limit, read=_supplier_work)

    def lease(self, work: Iterable[Work | DueWebhook], *, at: datetime) -> None:
        give_leases(self._client, self._table, work, at=at)

    def removals_begun(self, before: datetime, *, limit: int) -> Sequence[tuple[str, datetime]]:
        items = due_keys(self._client, self._table, "LEAVING", before, limit=limit)
        return [(_supplier_of(item), keys.due_at(item[keys.DUE_SORT]["S"])) for item in items]


def read_suppliers(client: DynamoDBClient, table: str, supplier_ids: Iterable[str]) -> list[Supplier]:
    """The suppliers that exist, in the order of the ids."""
    wanted = [keys.supplier_record(supplier_id) for supplier_id in supplier_ids]
    found = {item["PK"]["S"]: item for item in read_many(client, table, wanted)}
    items = (found[each["PK"]["S"]] for each in wanted if each["PK"]["S"] in found)
    return [Supplier.model_validate_json(item["data"]["S"]) for item in items]


def read_states(client: DynamoDBClient, table: str, supplier_ids: Sequence[str]) -> list[SupplierState]:
    """The suppliers that exist, in the order of the ids, each with its counts and its breaker."""
    wanted = [key for each in supplier_ids for key in _state_keys(each)]
    found = {(item["PK"]["S"], item["SK"]["S"]): item for item in read_many(client, table, wanted)}
    states = []
    for supplier_id in supplier_ids:
        record, counts, breaker, unrestricted = (
            found.get((key["PK"]["S"], key["SK"]["S"])) for key in _state_keys(supplier_id)
        )
        if record is not None:
            states.append(
                SupplierState(
                    Supplier.model_validate_json(record["data"]["S"]),
                    counts_of(counts) if counts else None,
                    Breaker.model_validate_json(breaker["data"]["S"]) if breaker else Breaker(),
                    unrestricted=unrestricted is not None,
                )
            )
    return states


def _state_keys(supplier_id: str) -> tuple[Attributes, Attributes, Attributes, Attributes]:
    own = keys.supplier(supplier_id)
    return (
        keys.supplier_record(supplier_id),
        keys.counts(supplier_id),
        keys.breaker(own),
        keys.unrestricted(supplier_id),
    )


def member_item(supplier_id: str, member: Member) -> Attributes:
    """A member's roles, as the access list shows them and as every request asks for them.

    An invited member has no ``roles`` here and is not in the index: it has no right before it accepts.
    """
    item: Attributes = {
        **keys.primary_key(keys.access_list(supplier_id), keys.member(member.principal)),
        "data": {"S": member.model_dump_json()},
    }
    if not member.accepted:
        return item
    return {**item, **keys.held_by(member.principal), "roles": {"SS": sorted(member.roles)}}


def supplier_item(supplier: Supplier) -> Attributes:
    """The supplier's record with its place in the due index: its removal, else its next credential probe."""
    supplier_id = supplier.supplier_id
    item: Attributes = {
        **keys.supplier_record(supplier_id),
        "version": {"N": str(supplier.version)},
        "data": {"S": supplier.model_dump_json()},
    }
    if supplier.removal is not None:
        return item | keys.due("LEAVING", keys.due_supplier(supplier.removal.asked_at, supplier_id))
    if supplier.probe_due_at is not None:
        return item | keys.due("PROBE", keys.due_supplier(supplier.probe_due_at, supplier_id))
    return item


def _structure_actions(table: str, supplier: Supplier, joining: Joining | None) -> list[TransactWriteItemTypeDef]:
    """The condition that no structure has the supplier's SIRET, or what joins the supplier with the structure."""
    if joining is None:
        return [claims.no_structure(table, supplier.identifier_key)]
    return [
        {"Update": claims.write_structure(table, joining.structure, joined=True)},
        claims.line(table, supplier.identifier_key, TrailLine("", joining.change)),
        {"Put": put_if(table, audit_item(supplier.supplier_id, joining.change))},
    ]


def _tenant_items(supplier: Supplier, administrator: str) -> list[Attributes]:
    """The items of a new tenant: its record, its entry in the installation, one member with both roles.

    Its users table has no row yet.
    """
    first = Member(principal=administrator, kind="person", roles=("administer", "use"))
    listed = keys.supplier_of_installation(supplier.supplier_id)
    unrestricted = keys.unrestricted(supplier.supplier_id)
    return [supplier_item(supplier), listed, member_item(supplier.supplier_id, first), unrestricted]


def _siret_taken() -> AlreadyExists:
    return AlreadyExists(
        "Un fournisseur a déjà ce SIRET (ou autre identifiant).", "A supplier already has this SIRET (or identifier)."
    )


def _roles(item: Item) -> frozenset[Role]:
    """The roles of a member; none of one that was invited."""
    return frozenset(cast("list[Role]", item["roles"]["SS"] if "roles" in item else []))


def _supplier_of(item: Item) -> str:
    return item["PK"]["S"].removeprefix(keys.SUPPLIERS)


def _webhook(item: Item, entry: str, leased: bool) -> DueWebhook:
    endpoint_id, notification_id = keys.endpoint_and_notification(item["SK"]["S"])
    return DueWebhook(_supplier_of(item), endpoint_id, notification_id, entry=entry, leased=leased)


def _supplier_work(item: Item, entry: str, leased: bool) -> Work:
    return Work(_supplier_of(item), "", entry=entry, leased=leased)


def _work(item: Item, entry: str, leased: bool) -> Work:
    """The work that a key of the due index names; a supplier's tracking has no document."""
    invoice_date = keys.invoice_date_of_due(item[keys.DUE_SORT]["S"])
    return Work(
        supplier_id=_supplier_of(item),
        document_id=keys.after(keys.INVOICES, item["SK"]["S"]) or "",
        invoice_date=date.fromisoformat(invoice_date) if invoice_date else None,
        entry=entry,
        leased=leased,
    )
