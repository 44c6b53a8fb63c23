"""A SIRET proves nothing: who sets it gets no other structure's messages, members, exports or deletion."""

from typing import Any

import pytest

from chorus_connector.adapters.table.outbox import DynamoReferences
from chorus_connector.ports.values import SupplierWork
from chorus_connector.wiring.removal import remove_supplier, tenant_contents
from chorus_connector.wiring.tenant import Tenant
from tests.api.functions import Functions
from tests.builders import NOW, a_supplier

TOWN, BOBS = "21930070500011", "55203253400646"


@pytest.fixture
def town(functions: Functions) -> Functions:
    """A town hall whose mayor wrote a confidential draft, and a supplier that bob administers."""
    functions.directory.people["mayor"] = frozenset()
    functions.add_supplier(a_supplier(supplier_id="s2", siret=BOBS))
    functions.send("PUT", "/suppliers/s2/configuration/access/bob", body={"roles": ["administer", "use"]})
    functions.send("POST", "/structures", by="root", body={"siret": TOWN, "name": "Commune de Montclair"})
    functions.send("PUT", f"/structures/{TOWN}/members/mayor", by="root", body={"role": "administer"})
    functions.send("PUT", f"/structures/{TOWN}/subscriptions/mayor", by="mayor", body={"mode": "write"})
    draft = {"sender_siret": TOWN, "title": "CONFIDENTIEL budget", "content": "secret de la commune"}
    assert functions.send("POST", "/messages/outbox", by="mayor", body=draft).status == 201
    return functions


def claims(functions: Functions, siret: str, *, by: str = "bob", **more: Any) -> Any:
    version = functions.send("GET", "/suppliers/s2", by="bob").version
    return functions.send("PATCH", "/suppliers/s2", by=by, version=version, body={"siret": siret, **more})


def of_the_town(functions: Functions) -> list[dict[str, Any]]:
    """Everything in the town hall's partition, without its audit trail."""
    items = functions.dynamodb.query(
        TableName="t", KeyConditionExpression="PK = :pk", ExpressionAttributeValues={":pk": {"S": f"STRUCTURE#{TOWN}"}}
    )["Items"]
    return [each for each in items if not each["SK"]["S"].startswith("AUDIT#")]


def test_a_suppliers_administrator_takes_over_no_structure_by_its_siret(town: Functions) -> None:
    before = of_the_town(town)
    assert claims(town, TOWN).status in {409, 422}
    subscriptions = f"/structures/{TOWN}/subscriptions"
    assert town.send("GET", subscriptions, by="bob").status == 404
    assert town.send("PUT", f"{subscriptions}/bob", by="bob", body={"mode": "write"}).status == 404
    assert town.send("GET", f"/messages/outbox/{TOWN}/MSG_000000001", by="bob").status == 404
    assert town.send("DELETE", f"/messages/outbox/{TOWN}/MSG_000000001", by="bob", version=1).status == 404
    as_town = {"sender_siret": TOWN, "title": "Nouveau RIB", "content": "…", "send": True, "all_recipients": True}
    assert town.send("POST", "/messages/outbox", by="bob", body=as_town).status == 404
    assert of_the_town(town) == before


@pytest.mark.row("S05")
@pytest.mark.parametrize("next_tenant", [False, True])
def test_a_draft_that_is_being_written_while_the_siret_changes_stays_behind_for_no_other(
    functions: Functions, monkeypatch: pytest.MonkeyPatch, next_tenant: bool
) -> None:
    functions.add_supplier(a_supplier(supplier_id="s2", siret=BOBS))
    functions.send("PUT", f"/structures/{BOBS}/subscriptions/alice", body={"mode": "write"})
    number = DynamoReferences.next

    def meanwhile(references: DynamoReferences) -> str:
        version = functions.send("GET", "/suppliers/s2").version
        moved = {"siret": "35600000000048"}
        path = "/suppliers/s2/configuration/siret"
        assert functions.send("PUT", path, by="root", version=version, body=moved).status == 200
        if next_tenant:
            functions.add_supplier(a_supplier(supplier_id="s3", siret=BOBS))
        return number(references)

    monkeypatch.setattr(DynamoReferences, "next", meanwhile)
    draft = {"sender_siret": BOBS, "title": "secret", "content": "de s2"}
    assert functions.send("POST", "/messages/outbox", body=draft).status == 404
    left = functions.dynamodb.scan(TableName="t")["Items"]
    assert not [each for each in left if each["SK"]["S"].startswith("MESSAGE#")]


def test_the_export_and_the_deletion_of_a_supplier_leave_a_claimed_town_alone(town: Functions) -> None:
    claims(town, TOWN)
    before = of_the_town(town)
    tenant = Tenant(SupplierWork("s2"))
    assert not [line for line in tenant_contents(tenant).record_lines() if b'"partition": "structure"' in line]
    supplier = town.send("GET", "/suppliers/s2", by="bob")
    assert town.send("DELETE", "/suppliers/s2", by="root", version=supplier.version).status == 202
    while remove_supplier(Tenant(SupplierWork("s2"))).step(now=NOW) is None:
        pass
    assert of_the_town(town) == before
    assert town.send("GET", f"/messages/outbox/{TOWN}/MSG_000000001", by="mayor").body["title"] == "CONFIDENTIEL budget"


def test_no_supplier_squats_the_siret_of_a_later_customer(town: Functions) -> None:
    customer = "35600000000048"
    assert claims(town, customer).status in {409, 422}
    new = {"name": "La Poste", "siret": customer}
    assert town.send("POST", "/suppliers", by="root", body=new).status == 201


@pytest.mark.row("S05")
def test_a_siret_is_walled_alike_when_it_is_given_as_an_identifier(town: Functions) -> None:
    before = of_the_town(town)
    version = town.send("GET", "/suppliers/s2", by="bob").version
    body = {"identifier": {"scheme": "SIRET", "value": TOWN}}
    assert town.send("PATCH", "/suppliers/s2", by="bob", version=version, body=body).status in {409, 422}
    taken = town.send("POST", "/suppliers", by="root", body={"name": "X", **body})
    assert (taken.status, taken.body["code"]) == (409, "structure_exists")
    assert of_the_town(town) == before


@pytest.mark.parametrize("key", ["RIDET-0999999001", "HORS_UE-USACME", "0888888001"])
def test_no_structure_is_made_or_reached_under_an_identifier_other_than_a_siret(functions: Functions, key: str) -> None:
    scheme, _, value = key.rpartition("-")
    if scheme:
        new = {"name": "Lagon", "identifier": {"scheme": scheme, "value": value}}
        assert functions.send("POST", "/suppliers", by="root", body=new).status == 201
    assert functions.send("POST", "/structures", by="root", body={"siret": key, "name": "X"}).status == 422
    assert (
        functions.send("PUT", f"/structures/{key}/subscriptions/root", by="root", body={"mode": "write"}).status == 422
    )
    draft = {"sender_siret": key, "title": "t", "content": "c"}
    assert functions.send("POST", "/messages/outbox", by="root", body=draft).status in {404, 422}
