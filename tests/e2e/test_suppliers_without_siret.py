"""Suppliers without SIRET on the local stack: provisioned, sent for, followed, kept apart and deleted."""

import io
import time
from typing import Any

import httpx
import pytest
from reportlab.pdfgen.canvas import Canvas

from chorus_connector.domain.suppliers.identifier import IdentifierScheme
from tests.e2e.conftest import Running
from tests.patience import eventually
from tools.demo import CREDENTIALS, Sample, seed

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

SUPPLIERS: dict[IdentifierScheme, tuple[str, str]] = {
    "RIDET": ("0 999 123.001", "0999123001"),
    "TAHITI": ("z98765-001", "Z98765001"),
    "UE_HORS_FRANCE": ("de 987 654 321", "DE987654321"),
    "HORS_UE": ("CH Müller & Fils", "CHMULLERFILS"),
}
TOWN, RIDET_TOWN = "21000001400014", "0888888001"
_TOTALS = (("Total HT", "500,00 €"), ("TVA 20 %", "100,00 €"), ("Total TTC", "600,00 €"), ("Net à payer", "600,00 €"))


def _http(stack: Running, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=stack.stack.api_url, headers=headers, trust_env=False, timeout=30)


@pytest.fixture(scope="module")
def admin(stack: Running) -> httpx.Client:
    """The API as an administrator of the installation, answers as they come."""
    return _http(stack, stack.stack.admin_token())


def _invoice(number: str, recipient: str = TOWN) -> Sample:
    """An invoice on one page, of a seller that prints no SIRET, to a recipient with that SIRET or none."""
    lines = [
        (50, 800, "MENUISERIE DU LAGON SARL"),
        (50, 785, "12 rue de l'Alma - 98800 NOUMEA"),
        (320, 720, "Facturé à :"),
        (320, 705, "COMMUNE DE VALMORIN"),
        (320, 690, "1 place de la Mairie"),
        (320, 675, "35990 VALMORIN"),
        *([(320, 660, f"SIRET : {recipient}")] if recipient else []),
        (50, 620, f"FACTURE N° {number}"),
        (50, 605, "Date de facture : 02/11/2026"),
        *((360, 500 - 15 * row, label) for row, (label, _) in enumerate(_TOTALS)),
        *((450, 500 - 15 * row, amount) for row, (_, amount) in enumerate(_TOTALS)),
    ]
    file = io.BytesIO()
    page = Canvas(file)
    for x, y, text in lines:
        page.drawString(x, y, text)
    page.save()
    return Sample(f"{number}.pdf", file.getvalue())


def _change(admin: httpx.Client, path: str, body: dict[str, Any], method: str = "PATCH") -> httpx.Response:
    version = admin.get(path.partition("/configuration")[0]).headers["etag"]
    return admin.request(method, path, json=body, headers={"If-Match": version})


@pytest.fixture(scope="module")
def suppliers(stack: Running) -> dict[IdentifierScheme, str]:
    """One provisioned supplier of each scheme."""
    made: dict[IdentifierScheme, str] = {}
    for scheme, (spelled, _) in SUPPLIERS.items():
        seed(stack.simulator.base_url, siret=spelled, scheme=scheme, name=f"Fournisseur {scheme}", structures=())
        made[scheme] = stack.api.provision(name=f"Fournisseur {scheme}", siret=spelled, scheme=scheme)
    return made


def _submitted(stack: Running, documents: dict[str, str], patience: float = 120) -> dict[str, dict[str, Any]]:
    """The invoices by their supplier, once every one is submitted; the ten-minute run is repeated until then."""
    deadline = time.monotonic() + patience
    while True:
        found = {
            supplier_id: stack.wait_for(supplier_id, document, "READY", "SUBMITTED")
            for supplier_id, document in documents.items()
        }
        if all(each["state"] == "SUBMITTED" for each in found.values()):
            return found
        assert time.monotonic() < deadline, found
        stack.stack.run_schedule_now()
        time.sleep(0.5)


@pytest.mark.row("S03", "S05")
def test_a_supplier_without_siret_sends_its_invoices_and_follows_them(
    stack: Running, admin: httpx.Client, suppliers: dict[IdentifierScheme, str]
) -> None:
    documents = {
        supplier_id: stack.api.upload(supplier_id, _invoice(f"FA-2026-90{place}"))
        for place, supplier_id in enumerate(suppliers.values())
    }
    invoices = _submitted(stack, documents)
    for scheme, supplier_id in suppliers.items():
        shown = admin.get(f"/suppliers/{supplier_id}").json()
        assert shown["siret"] is None
        assert shown["identifier"] == {"scheme": scheme, "value": SUPPLIERS[scheme][1]}
        assert shown["credentials_status"]["problems"] == []
        invoice = invoices[supplier_id]
        (received,) = stack.received(invoice["invoice_number"])
        assert (received["modeDepot"], received["codeDestinataire"]) == ("DEPOT_PDF_API", TOWN)
        assert received["fournisseur"] == SUPPLIERS[scheme][0]
        rows = admin.get(f"/suppliers/{supplier_id}/tracking").json()["invoices"]
        assert [each["invoice_number"] for each in rows] == [invoice["invoice_number"]]
    listed = {each["supplier_id"]: each for each in admin.get("/me").json()["suppliers"]}
    assert {listed[each]["siret"] for each in suppliers.values()} == {None}


@pytest.mark.row("S05")
def test_a_public_body_without_siret_receives_an_invoice(
    stack: Running, admin: httpx.Client, suppliers: dict[IdentifierScheme, str]
) -> None:
    supplier_id = suppliers["TAHITI"]
    document = stack.api.upload(supplier_id, _invoice("FA-2026-909", recipient=""))
    stack.wait_for(supplier_id, document, "TO_COMPLETE")
    path = f"/suppliers/{supplier_id}/invoices/{document}/form"
    wrong = _change_form(admin, path, "RIDET 0 111 111.001")
    said = {each["code"]: each["blocking"] for each in wrong["problems"]}
    assert said == {"recipient_unknown": True, "supplier_not_compared": False}
    company = _change_form(admin, path, SUPPLIERS["RIDET"][1])
    assert [each["code"] for each in company["problems"] if each["blocking"]] == ["recipient_unknown"]
    right = _change_form(admin, path, "RIDET n° 0 888 888.001")
    assert right["fields"]["recipient_siret"]["value"] == RIDET_TOWN
    _submitted(stack, {supplier_id: document})
    (received,) = stack.received("FA-2026-909")
    assert received["codeDestinataire"] == RIDET_TOWN


def _change_form(admin: httpx.Client, path: str, recipient: str) -> dict[str, Any]:
    version = admin.get(path).headers["etag"]
    answer = admin.patch(path, json={"fields": {"recipient_siret": recipient}}, headers={"If-Match": version})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.row("S05")
def test_an_identifier_is_one_supplier_and_the_same_characters_of_another_scheme_are_another(
    stack: Running, admin: httpx.Client, suppliers: dict[IdentifierScheme, str]
) -> None:
    def create(**body: Any) -> httpx.Response:
        return admin.post("/suppliers", json={"name": "Essai", **body})

    again = create(identifier={"scheme": "RIDET", "value": "0999123 001"})
    assert (again.status_code, again.json()["code"]) == (409, "already_exists")
    # nine digits may be either: two suppliers
    both = [create(identifier={"scheme": scheme, "value": "987654001"}) for scheme in ("RIDET", "TAHITI")]
    assert [each.status_code for each in both] == [201, 201]
    a_ridet = {"scheme": "RIDET", "value": "987654003"}
    for refused, code in (
        (create(), "identifier_missing"),
        (create(identifier={"scheme": "TAHITI", "value": "A12345"}), "identifier_malformed"),
        (create(identifier={"scheme": "PARTICULIER", "value": "0123456789"}), "literal_error"),
        (create(siret="80000000800019", identifier={"scheme": "RIDET", "value": "987654002"}), "identifiers_differ"),
        (
            create(identifier=a_ridet, join_structure=True),
            "no_structure_without_siret",
        ),
    ):
        assert refused.status_code == 422, refused.text
        assert [each["code"] for each in refused.json()["problems"]] == [code]
    agreed = create(siret="80000000800019", identifier={"scheme": "SIRET", "value": "800 000 008 00019"})
    assert (agreed.json()["siret"], agreed.json()["identifier"]["value"]) == ("80000000800019", "80000000800019")

    stranger = _http(stack, stack.stack.user_token("stranger-overseas"))
    path = f"/suppliers/{suppliers['RIDET']}"
    assert stranger.get(path).status_code == stranger.get(f"{path}/invoices").status_code == 404
    for key in ("RIDET-0999123001", "0999123001"):
        assert admin.get(f"/structures/{key}").status_code == 422
    in_use = _change(admin, path, {"identifier": {"scheme": "RIDET", "value": "987654009"}})
    assert in_use.json()["code"] in ("siret_in_use", "already_exists")


@pytest.mark.row("S05")
def test_an_identifier_moves_only_to_one_that_the_portal_confirms(stack: Running, admin: httpx.Client) -> None:
    owner_token = stack.stack.user_token("owner-overseas")
    owner, subject = _http(stack, owner_token), stack.stack.subject(owner_token)
    login, url = f"TECH_{subject}@cpro.fr", stack.simulator.base_url
    seed(url, siret="Z98765002", scheme="TAHITI", name="Un", structures=(), login=login)
    new = {"name": "Un", "identifier": {"scheme": "TAHITI", "value": "Z98765002"}}
    path = f"/suppliers/{admin.post('/suppliers', json=new).json()['supplier_id']}"
    keys = {**CREDENTIALS, "technical_login": login}
    assert admin.put(f"{path}/credentials", json=keys).status_code == 200
    admin.put(f"{path}/configuration/access/{subject}", json={"roles": ["administer", "use"]})
    foreign = _change(owner, path, {"identifier": {"scheme": "RIDET", "value": "Z98765002"}})
    assert (foreign.status_code, foreign.json()["problems"][0]["code"]) == (422, "siret_not_confirmed")
    seed(url, siret="Z98765002", scheme="TAHITI", name="Un", structures=(), login=login, attached=False)
    seed(url, siret="0998765002", scheme="RIDET", name="Un", structures=(), login=login)
    moved = _change(owner, path, {"identifier": {"scheme": "RIDET", "value": "0 998 765.002"}})
    assert (moved.status_code, moved.json()["identifier"]["value"]) == (200, "0998765002"), moved.text
    back = _change(admin, f"{path}/configuration/siret", {"siret": "80000000900017"}, "PUT")
    assert (back.status_code, back.json()["siret"]) == (200, "80000000900017")
    trail = admin.get(f"{path}/configuration/audit").json()["changes"]
    assert trail[0]["after"]["siret"] == "80000000900017"
    assert trail[0]["before"]["identifier"] == {"scheme": "RIDET", "value": "0998765002"}
    assert admin.post("/suppliers", json=new).status_code == 201  # the first one is free again


@pytest.mark.row("S03")
def test_a_deleted_supplier_without_siret_leaves_nothing_and_its_identifier_is_free(
    stack: Running, admin: httpx.Client
) -> None:
    new = {"name": "Éphémère", "identifier": {"scheme": "HORS_UE", "value": "US Ephemeral Inc."}}
    created = admin.post("/suppliers", json=new).json()
    path = f"/suppliers/{created['supplier_id']}"
    where = admin.delete(path, headers={"If-Match": admin.get(path).headers["etag"]}).headers["location"]
    assert eventually(lambda: admin.get(where).json()["status"] == "deleted")
    table = stack.stack.boto_client("dynamodb")
    pages = table.get_paginator("scan").paginate(TableName=stack.stack.outputs["TableName"], ConsistentRead=True)
    keys = [
        f"{item['PK']['S']} {item['SK']['S']}" for page in pages for item in page["Items"] if "expires_at" not in item
    ]
    left = [each for each in keys if created["supplier_id"] in each or "USEPHEMERALINC" in each]
    assert left == [f"INSTALLATION DELETED#{created['supplier_id']}"]
    assert admin.post("/suppliers", json=new).status_code == 201
