"""A message that announces a service code becomes a proposal of the supplier that received it, through the HTTP API."""

from typing import Any

import pytest

from tests.e2e.conftest import Running
from tests.e2e.messages_world import User, World, comes, recipient
from tools.demo import FOLDER, Sample, seed

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

TOWN, ACME = "21790042200015", "70000000300017"
NEW_CODE = {
    "title": "Nouveau code service",
    "content": "Bonjour, les factures destinées à notre service technique devront être déposées sur le code service "
    "STECH. Merci.",
}
OPEN_AGAIN = {
    "title": "Ouverture au public",
    "content": "Les départements A, B et C sont maintenant ouverts au public. Merci d'envoyer vos messages directement "
    "dans leur BAL.",
}


@pytest.mark.row("M01")
def test_the_guides_new_service_code_is_proposed_and_serves_once_a_person_activates_it(
    stack: Running, samples: dict[str, Sample]
) -> None:
    services = [{"code": "STECH", "name": "Centre technique municipal"}, {"code": "SCOL", "name": "Écoles"}]
    town = {"siret": TOWN, "name": "Mairie des Annonces", "postcode": "79000", "city": "Niort", "services": services}
    seed(stack.simulator.base_url, siret=ACME, name="Ateliers Acmé", structures=[town])
    supplier = stack.api.provision(name="Ateliers Acmé", siret=ACME)
    stranger = stack.new_supplier(name="Autre tenant")
    world = World(stack, acme=ACME, town=TOWN)
    tom = _town_that_writes(world, supplier)
    for words in (OPEN_AGAIN, NEW_CODE):
        tom.send(TOWN, recipient_kind="supplier", recipients=[recipient(ACME)], **words)

    admin = world.administrator
    proposals = f"/suppliers/{supplier}/configuration/proposals"
    (proposal,) = comes(lambda: admin.ok("GET", proposals)["proposals"])
    row = proposal["row"]
    assert (row["kind"], row["recipient_siret"], row["value"]) == ("services", TOWN, "STECH")
    assert (row["label"], proposal["origin"]) == ("service technique", "message")
    assert (proposal["first_day"], proposal["last_day"]) == (None, None)
    assert proposal["statement"]["fr"].startswith(f"Mairie des Annonces annonce (message {proposal['reference']}) : ")
    table = f"/suppliers/{supplier}/configuration/tables/services"
    assert admin.ok("GET", table)["rows"] == [], "nothing is applied without a person"

    other = f"/suppliers/{stranger}/configuration/proposals"
    assert admin.ok("GET", other)["proposals"] == []
    assert admin.refused("POST", f"{other}/{proposal['proposal_id']}/activate") == (404, "not_found")
    assert tom.refused("GET", proposals)[0] == 404

    activated = admin.ok("POST", f"{proposals}/{proposal['proposal_id']}/activate")
    assert (activated["verified"], activated["caution"]) == (True, None)
    assert admin.ok("GET", proposals)["proposals"] == []
    assert _code_of_the_next_invoice(admin, stack, supplier, samples) == ("STECH", "table")


def _town_that_writes(world: World, supplier: str) -> User:
    """A user of the town, which has received an invoice of the supplier."""
    world.public_body(TOWN, name="Mairie des Annonces")
    mayor = world.user("mayor").principal
    world.administrator.ok("PUT", f"/structures/{TOWN}/members/{mayor}", json={"role": "administer"})
    tom = world.subscribe("tom", TOWN, "write")
    world.invoice_passed(supplier, TOWN)
    sought = {"sender": TOWN, "prefix": ACME, "kind": "supplier"}
    comes(lambda: tom.ok("GET", "/messages/recipients/completion", params=sought)["recipients"])
    return tom


def _code_of_the_next_invoice(
    admin: User, stack: Running, supplier: str, samples: dict[str, Sample]
) -> tuple[Any, Any]:
    """The service code, and its source, of an invoice whose metadata name the town and its technical service."""
    path = f"/suppliers/{supplier}"
    associations = {"": {"supplier_siret": "Fournisseur", "recipient_siret": "Client", "service_code": "Service"}}
    version = admin.ok("GET", path)["version"]
    admin.ok("PATCH", path, version=version, json={"associations": associations})
    label = {"label": "La ville", "value": TOWN}
    admin.ok("PUT", f"{path}/configuration/tables/recipients/rows", json=label)
    metadata = {"Fournisseur": ACME, "Client": "La ville", "Service": "Service Technique"}
    answer = admin.http.post(
        f"{path}/documents",
        params={"file_name": "f.pdf", "folder": FOLDER} | {f"metadata.{name}": text for name, text in metadata.items()},
        content=samples["departement-sans-service.pdf"].data,
        headers={"Content-Type": "application/pdf"},
    )
    assert answer.status_code == 202, answer.text
    document = answer.json()["document_id"]
    stack.wait_for(supplier, document, "READY", "SUBMITTED", "TO_COMPLETE")
    field = admin.ok("GET", f"{path}/invoices/{document}/form")["fields"]["service_code"]
    return field["value"], field["source"]
