"""The actions of a transaction by which a SIRET comes to a supplier, leaves it, or gets a structure of its own.

A supplier without SIRET claims the key of its identifier in the same way. No structure exists under such a key.

``SIRET#<siret>`` names the supplier that has the SIRET. The structure's record (``STRUCTURE``) either names the
supplier that it is a part of (``tenant``), or exists on its own. So one condition on each of the two items is enough:
a supplier gets a SIRET without a record, and a structure gets a record of its own under a SIRET without a supplier. An
administrator of the installation joins the two explicitly.

No message and no list stays behind under a SIRET that a supplier releases. Each one that is added under a supplier's
SIRET requires the claim and raises its ``added``; the release requires the ``added`` that was read before it was seen
that nothing exists. A claim from before the first one has no ``added``.

``leaving``: the supplier's deletion has begun to deliver and withdraw its messages, so none is sent any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.items import ABSENT, failed_condition_raises, get_item, put_if, read_page
from chorus_connector.domain.errors import SiretHasMessages, StaleWrite

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef, UpdateTypeDef

    from chorus_connector.adapters.table.keys import Attributes
    from chorus_connector.domain.messages.structure import Structure
    from chorus_connector.ports.values import TrailLine


def owner(client: DynamoDBClient, table: str, siret: str) -> str:
    """The supplier that the structure is a part of; empty when it exists on its own, or not at all."""
    record = get_item(client, table, keys.structure_record(siret))
    if record is not None:
        return record["tenant"]["S"] if "tenant" in record else ""
    return tenant(client, table, siret)


def tenant(client: DynamoDBClient, table: str, siret: str) -> str:
    """The supplier that has the SIRET; empty: none."""
    claim = get_item(client, table, keys.siret_claim(siret))
    return claim["supplier_id"]["S"] if claim else ""


def claim(table: str, siret: str, supplier_id: str) -> TransactWriteItemTypeDef:
    """Give the SIRET to the supplier, if no supplier has it."""
    return {"Put": put_if(table, {**keys.siret_claim(siret), "supplier_id": {"S": supplier_id}}, ABSENT)}


def no_structure(table: str, siret: str) -> TransactWriteItemTypeDef:
    """The condition that no structure is recorded under the SIRET."""
    return _check(table, keys.structure_record(siret), ABSENT)


def no_tenant(table: str, siret: str) -> TransactWriteItemTypeDef:
    """The condition that no supplier has the SIRET."""
    return _check(table, keys.siret_claim(siret), ABSENT)


def tenant_is(table: str, siret: str, supplier_id: str) -> TransactWriteItemTypeDef:
    """The condition that this supplier has the SIRET."""
    check = _check(table, keys.siret_claim(siret), "supplier_id = :supplier")
    check["ConditionCheck"]["ExpressionAttributeValues"] = {":supplier": {"S": supplier_id}}
    return check


def adding(table: str, siret: str, supplier_id: str, *, sends: bool = False) -> TransactWriteItemTypeDef:
    """The condition that this supplier has the SIRET, for a new message or list of its structure.

    ``sends``: and that the supplier's deletion does not settle its messages yet.
    """
    stays = " AND attribute_not_exists(leaving)" if sends else ""
    return {
        "Update": {
            "TableName": table,
            "Key": keys.siret_claim(siret),
            "UpdateExpression": "ADD added :one",
            "ConditionExpression": f"supplier_id = :supplier{stays}",
            "ExpressionAttributeValues": {":supplier": {"S": supplier_id}, ":one": {"N": "1"}},
        }
    }


def leaving(client: DynamoDBClient, table: str, siret: str) -> bool:
    """Whether the deletion of the supplier with the SIRET settles its messages."""
    return "leaving" in (get_item(client, table, keys.siret_claim(siret)) or {})


def begin_leaving(client: DynamoDBClient, table: str, siret: str, supplier_id: str) -> None:
    """From now on no message of the supplier's structure is written or sent. Raises StaleWrite when it left already."""
    with failed_condition_raises(StaleWrite()):
        client.update_item(
            TableName=table,
            Key=keys.siret_claim(siret),
            UpdateExpression="SET leaving = :yes",
            ConditionExpression="supplier_id = :supplier",
            ExpressionAttributeValues={":supplier": {"S": supplier_id}, ":yes": {"BOOL": True}},
        )


def any_exists(client: DynamoDBClient, table: str, places: Iterable[tuple[str, str]]) -> bool:
    """Whether an item exists in one of these partitions under the prefix given with it, read consistently."""
    return any(read_page(client, table, *place, limit=1, cursor=None, consistent=True)[0] for place in places)


def release_empty(client: DynamoDBClient, table: str, siret: str, supplier_id: str) -> TransactWriteItemTypeDef:
    """``release`` of a structure without messages and lists, which fails when one is added from now on.

    Raises SiretHasMessages.
    """
    before = get_item(client, table, keys.siret_claim(siret)) or {}
    if any_exists(client, table, keys.messages_and_lists(siret)):
        raise SiretHasMessages
    action = release(table, siret, supplier_id)
    unchanged = "added = :added" if "added" in before else "attribute_not_exists(added)"
    action["Delete"]["ConditionExpression"] = f"{ABSENT} OR (supplier_id = :supplier AND {unchanged})"
    if "added" in before:
        action["Delete"]["ExpressionAttributeValues"] = {
            ":supplier": {"S": supplier_id},
            ":added": before["added"],
        }
    return action


def release(table: str, siret: str, supplier_id: str) -> TransactWriteItemTypeDef:
    """Take the SIRET from the supplier, if it has it."""
    return {
        "Delete": {
            "TableName": table,
            "Key": keys.siret_claim(siret),
            "ConditionExpression": f"{ABSENT} OR supplier_id = :supplier",
            "ExpressionAttributeValues": {":supplier": {"S": supplier_id}},
        }
    }


def delete_structure(table: str, siret: str, supplier_id: str) -> TransactWriteItemTypeDef:
    """Delete the record of a structure that is a part of the supplier."""
    return {
        "Delete": {
            "TableName": table,
            "Key": keys.structure_record(siret),
            "ConditionExpression": f"{ABSENT} OR tenant = :supplier",
            "ExpressionAttributeValues": {":supplier": {"S": supplier_id}},
        }
    }


def write_structure(table: str, structure: Structure, *, owner: str = "", joined: bool = False) -> UpdateTypeDef:
    """Write the structure's next version as a part of ``owner``, or on its own; ``joined``: from now on."""
    conditions = ["version = :before" if structure.version > 1 else "attribute_not_exists(version)"]
    expression = "SET #data = :data, version = :version"
    values: Attributes = {
        ":data": {
            "S": structure.model_dump_json(exclude={"has_account", "suspended", "deleting", "tenant", "version"})
        },
        ":version": {"N": str(structure.version)},
    }
    if structure.version > 1:
        values[":before"] = {"N": str(structure.version - 1)}
    if owner:
        expression += ", tenant = :owner"
        values[":owner"] = {"S": owner}
        conditions.append(f"({ABSENT} OR tenant = :owner)")
    elif joined:
        expression += " REMOVE tenant"
    else:
        conditions.append("attribute_not_exists(tenant)")
    return {
        "TableName": table,
        "Key": keys.structure_record(structure.siret),
        "UpdateExpression": expression,
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": {"#data": "data"},
        "ExpressionAttributeValues": values,
    }


def line(table: str, siret: str, added: TrailLine) -> TransactWriteItemTypeDef:
    """A line of the structure's audit trail, which begins anew with each owner."""
    change = added.change
    where = keys.primary_key(keys.structure(siret), keys.structure_audit_line(added.owner, change.at, change.change_id))
    return {"Put": put_if(table, {**where, "data": {"S": change.model_dump_json()}})}


def _check(table: str, key: Attributes, condition: str) -> TransactWriteItemTypeDef:
    return {"ConditionCheck": {"TableName": table, "Key": key, "ConditionExpression": condition}}
