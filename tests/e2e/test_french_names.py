"""Names and values as French people write them, on the local stack, through the HTTP API: nothing is without effect."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Running
from tools.demo import Sample

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

TOWN = "21000031100014"
RULE = "Facture publique d’État"


class Integrator:
    """The administrator of one supplier, who uploads the same page again and again with other metadata."""

    def __init__(self, stack: Running, admin: httpx.Client, supplier_id: str, siret: str, page: bytes) -> None:
        self.stack, self.admin, self.page = stack, admin, page
        self.base = f"metadata.Siret={siret}&metadata.Client={TOWN}"
        self.path = f"/suppliers/{supplier_id}"
        self.supplier_id = supplier_id
        self.uploads = 0

    def change(self, path: str, body: dict[str, Any], *, method: str = "PATCH") -> httpx.Response:
        version = {"If-Match": self.admin.get(self.path).headers["etag"]}
        return self.admin.request(method, f"{self.path}{path}", json=body, headers=version)

    def upload(self, query: str) -> httpx.Response:
        self.uploads += 1
        return self.admin.post(
            f"{self.path}/documents?file_name=f.pdf&metadata.Numero=FR-{self.uploads}&{query}",
            content=self.page + f"\n%{self.uploads}".encode(),
            headers={"Content-Type": "application/pdf"},
        )

    def settled(self, query: str) -> dict[str, Any]:
        taken = self.upload(query)
        assert taken.status_code == 202, taken.text
        return self.stack.wait_for(
            self.supplier_id, taken.json()["document_id"], "READY", "TO_COMPLETE", "SET_ASIDE", "HELD"
        )

    def form(self, document: dict[str, Any]) -> dict[str, Any]:
        return dict(self.admin.get(f"{self.path}/invoices/{document['document_id']}/form").json())

    def values(self, query: str) -> dict[str, Any]:
        return {name: field["value"] for name, field in self.form(self.settled(query))["fields"].items()}


@pytest.fixture(scope="module")
def integrator(stack: Running, samples: dict[str, Sample]) -> Iterator[Integrator]:
    siret = "70000000700014"
    supplier_id = stack.new_supplier(name="Œuvres & Métaux", siret=siret)
    headers = {"Authorization": f"Bearer {stack.stack.admin_token()}"}
    with httpx.Client(base_url=stack.stack.api_url, headers=headers, trust_env=False, timeout=60) as admin:
        made = Integrator(stack, admin, supplier_id, siret, samples["lettre-assistance-mairie.pdf"].data)
        feeds = {
            "invoice_number": "Numéro",
            "supplier_siret": "Siret",
            "recipient_siret": "Client",
            "invoice_type": "Type",
            "payment_method": "Paiement",
            "vat_regime": "Régime",
            "framework": "Cadre",
            "currency": "Devise",
        }
        changed = made.change("", {"associations": {"": feeds, RULE: {"engagement_number": "Bon-de-commande"}}})
        assert changed.status_code == 200, changed.text
        added = made.change("/configuration/criteria", {"classification_rule": RULE}, method="POST")
        assert added.status_code == 201, added.text
        yield made


def filed(integrator: Integrator, query: str = "", *, rule: str = RULE) -> str:
    return f"{integrator.base}&classification_rule={rule}&{query}"


def codes(answer: httpx.Response) -> list[str]:
    return [each["code"] for each in answer.json()["problems"]]


@pytest.mark.row("S26", "S32", "S33")
@pytest.mark.parametrize("rule", ["FACTURE PUBLIQUE D'ETAT", "facture  publique d'état", "Facture-publique d’État "])
@pytest.mark.parametrize("name", ["Bon-de-commande", "BON DE COMMANDE"])
def test_every_spelling_of_a_rule_and_of_a_metadata_feeds_the_same_field(
    integrator: Integrator, rule: str, name: str
) -> None:
    assert integrator.values(filed(integrator, f"metadata.{name}=BC-77", rule=rule))["engagement_number"] == "BC-77"


@pytest.mark.row("S33")
def test_values_in_french_and_the_portals_codes_fill_the_form(integrator: Integrator) -> None:
    french = integrator.values(
        filed(
            integrator,
            "metadata.Paiement=Prélèvement&metadata.Régime=Sur les débits&metadata.Cadre=a1&metadata.Devise=€",
        )
    )
    codes = integrator.values(
        filed(
            integrator,
            "metadata.paiement=PRELEVEMENT&metadata.regime=TVA_SUR_DEBIT&metadata.cadre=A1_FACTURE_FOURNISSEUR"
            "&metadata.devise=EUR",
        )
    )
    wanted = {"payment_method": "direct_debit", "vat_regime": "on_debits", "framework": "A1", "currency": "EUR"}
    assert {name: french[name] for name in wanted} == {name: codes[name] for name in wanted} == wanted
    spoken = integrator.values(
        filed(
            integrator,
            "metadata.PAIEMENT=« Mandat administratif »&metadata.Régime=TVA d’après les débits&metadata.CADRE=A 1"
            "&metadata.devise=euros&metadata.Type=Facture",
        )
    )
    assert spoken["invoice_type"] == "invoice"
    assert {name: spoken[name] for name in wanted} == {**wanted, "payment_method": "transfer"}
    assert integrator.values(filed(integrator, "metadata.Type=Avoir"))["invoice_type"] == "credit_note"


@pytest.mark.row("S33", "S34")
def test_a_value_that_does_not_convert_is_answered_with_those_that_do_and_the_form_offers_their_names(
    integrator: Integrator,
) -> None:
    document = integrator.settled(filed(integrator, "metadata.Paiement=par pigeon"))
    assert document["state"] == "TO_COMPLETE"
    (problem,) = (each for each in document["problems"] if each["code"] == "metadata_not_convertible")
    assert "« Virement », " in problem["fr"]
    offered = integrator.form(document)["choices"]["payment_method"]
    assert {"value": "transfer", "name": "Virement", "name_en": "Transfer"} in offered


@pytest.mark.row("S31")
def test_a_metadata_given_twice_is_refused(integrator: Integrator) -> None:
    refused = integrator.upload(filed(integrator, "metadata.Montant=1&metadata.montant=2"))
    assert (refused.status_code, codes(refused)) == (422, ["metadata_repeated"])


@pytest.mark.row("S27", "S28")
def test_a_folder_takes_its_subfolders_only_where_the_criterion_says_so(integrator: Integrator) -> None:
    criteria = "/configuration/criteria"
    added = integrator.change(criteria, {"folder": "Clients/Factures émises"}, method="POST")
    assert added.status_code == 201, added.text
    base = integrator.base
    for folder, state in (
        ("/CLIENTS/FACTURES EMISES/", "READY"),
        ("Clients\\Factures-émises", "READY"),
        ("Clients/Factures émises/2026", "SET_ASIDE"),
    ):
        assert integrator.settled(f"{base}&folder={folder}")["state"] == state, folder
    again = integrator.change(criteria, {"folder": "clients/factures-emises/"}, method="POST")
    assert (again.status_code, codes(again)) == (422, ["criterion_repeated"])
    blank = integrator.change(criteria, {"classification_rule": "   "}, method="POST")
    assert (blank.status_code, codes(blank)) == (422, ["criterion_blank"])
    deep = integrator.change(criteria, {"folder": "Archives", "include_subfolders": True}, method="POST")
    assert deep.status_code == 201, deep.text
    assert integrator.settled(f"{base}&folder=archives/2026/mai")["state"] == "READY"


@pytest.mark.row("S33")
def test_associations_without_effect_are_refused(integrator: Integrator) -> None:
    for associations, code in (
        ({"": {"total_ttc": ""}}, "metadata_name_blank"),
        ({"Achats": {"total_ttc": "A"}, "ACHATS": {"total_ht": "B"}}, "rule_repeated"),
    ):
        refused = integrator.change("", {"associations": associations})
        assert (refused.status_code, codes(refused)) == (422, [code])


@pytest.mark.row("S35", "S36")
@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Mairie d'Annecy", "MAIRIE D’ANNECY"),
        ("Saint-Étienne", "Saint Etienne"),
        ("Œuvres universitaires", "Oeuvres  universitaires"),
    ],
)
def test_a_label_is_found_as_it_is_written_elsewhere(integrator: Integrator, typed: str, printed: str) -> None:
    row = {"label": typed, "value": TOWN, "recipient_siret": None}
    saved = integrator.admin.put(f"{integrator.path}/configuration/tables/recipients/rows", json=row)
    assert saved.status_code == 200, saved.text
    query = filed(integrator).replace(f"metadata.Client={TOWN}", f"metadata.Client={printed}")
    field = integrator.form(integrator.settled(query))["fields"]["recipient_siret"]
    assert (field["value"], field["source"]) == (TOWN, "table")


@pytest.mark.row("S45")
def test_the_guides_pj_sends_the_attachments_and_a_person_decides_where_the_switch_cannot_be_read(
    integrator: Integrator,
) -> None:
    policy = {
        "send": True,
        "switch_metadata": "PJ",
        "default_type": "DOCUMENT_ANNEXE",
        "rules": [{"classification_rule": RULE, "metadata": "Commande"}],
    }
    saved = integrator.change("/configuration/attachments", policy, method="PUT")
    assert saved.status_code == 200, saved.text
    attached = integrator.admin.post(
        f"{integrator.path}/documents/attachments",
        params={"file_name": "bon.pdf", "classification_rule": RULE, "metadata.Commande": "C-1"},
        content=b"%PDF-1.4 bon",
    )
    assert attached.status_code == 201, attached.text
    sent = integrator.form(integrator.settled(filed(integrator, "metadata.Commande=C-1&metadata.PJ=PJ")))
    assert ([each["file_name"] for each in sent["attachments"]], sent["problems"]) == (["bon.pdf"], [])
    without = integrator.settled(filed(integrator, "metadata.Commande=C-2&metadata.PJ=on verra"))
    assert without["state"] == "READY"
    unclear = integrator.settled(filed(integrator, "metadata.Commande=C-1&metadata.PJ=on verra"))
    assert [each["code"] for each in unclear["problems"]] == ["attachment_switch"]
    path = f"{integrator.path}/invoices/{unclear['document_id']}/form"
    version = {"If-Match": integrator.admin.get(path).headers["etag"]}
    decided = integrator.admin.patch(path, json={"send_attachments": False}, headers=version).json()
    assert (decided["state"], decided["attachments"], decided["send_attachments"]) == ("READY", [], False)


@pytest.mark.row("B11", "S29")
def test_a_document_is_corrected_withdrawn_and_released_before_it_leaves(integrator: Integrator) -> None:
    switched = integrator.change("", {"automatic_submission": True})
    assert switched.status_code == 200, switched.text
    run = integrator.stack.stack.run_schedule_now
    document = integrator.settled(filed(integrator, "metadata.Bon-de-commande=BC-1"))
    path = f"{integrator.path}/invoices/{document['document_id']}"
    assert document["state"] == "READY"

    def version() -> dict[str, str]:
        return {"If-Match": integrator.admin.get(path).headers["etag"]}

    withdrawn = integrator.admin.post(f"{path}/withdraw", json={"reason": "mauvais bon de commande"})
    assert (withdrawn.status_code, withdrawn.json()["state"]) == (200, "HELD"), withdrawn.text
    run()
    assert integrator.admin.get(path).json()["state"] == "HELD"
    change = {"metadata": {"bon de commande": "BC-2"}}
    corrected = integrator.admin.patch(f"{path}/metadata", json=change, headers=version())
    assert (corrected.status_code, corrected.json()["engagement_number"]) == (200, "BC-2"), corrected.text
    released = integrator.admin.post(f"{path}/release", headers=version())
    assert (released.status_code, released.json()["state"]) == (200, "READY"), released.text
    run()
    sent = integrator.stack.wait_for(integrator.supplier_id, document["document_id"], "SUBMITTED", "TO_COMPLETE")
    assert (sent["state"], sent["engagement_number"]) == ("SUBMITTED", "BC-2")
    late = integrator.admin.post(f"{path}/withdraw")
    assert (late.status_code, late.json()["code"]) == (409, "too_late")
    aside = integrator.settled(filed(integrator, rule="Nouvelle règle"))
    assert aside["state"] == "SET_ASIDE"
    integrator.change("/configuration/criteria", {"classification_rule": "nouvelle-regle"}, method="POST")
    taken = integrator.admin.post(f"{integrator.path}/invoices/take-matching")
    assert aside["document_id"] in taken.json()["taken"], taken.text
    integrator.stack.wait_for(integrator.supplier_id, aside["document_id"], "READY", "SUBMITTED", "TO_COMPLETE")
