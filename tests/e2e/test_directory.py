"""The directory of recipients on the local stack, over HTTP: searched, read, and used by forms and tables."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Running
from tests.patience import eventually
from tests.real_portal import fault
from tools.invoice_generator import world
from tools.invoice_generator.corpus import layouts
from tools.invoice_generator.demo import DEMO_SUPPLIER
from tools.invoice_generator.document import print_invoice
from tools.invoice_generator.model import Invoice, Item, Party

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

SUPPLIER = "70000002900004"
SERVICES = [
    {"code": "CANTINE", "name": "Restauration scolaire"},
    {"code": "VOIRIE-EJ", "name": "Voirie", "engagement_required": True},
    {"code": "VIEUX", "name": "Ancien service", "active": False},
    {"code": "EAU", "name": "Régie de l'eau"},
    {"code": "LECTURE-1", "name": "Lecture publique"},
    {"code": "LECTURE-2", "name": "Lecture Publique"},
]
TOWN = {
    "siret": "21000043600001",
    "name": "COMMUNE DE SAINTE-ŒUVRE-L’ÉPINE",
    "postcode": "51980",
    "city": "STE OEUVRE L EPINE",
    "services": SERVICES,
}
STRICT = {**TOWN, "siret": "21000044400005", "name": "CCAS DE SAINTE-ŒUVRE-L’ÉPINE", "service_required": True}


class Directory:
    """One supplier of the stack, and the API as its administrator or as one of its users."""

    def __init__(self, stack: Running, supplier_id: str) -> None:
        self.stack, self.supplier_id = stack, supplier_id
        self.path = f"/suppliers/{supplier_id}"
        self.numbers = 0

    def as_(self, token: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.stack.stack.api_url, headers=headers, trust_env=False, timeout=60)

    def get(self, path: str, **query: str) -> httpx.Response:
        with self.as_(self.stack.stack.admin_token()) as admin:
            return admin.get(f"{self.path}{path}", params=query or None)

    def found(self, **query: str) -> list[str]:
        answer = self.get("/recipients/search", **query)
        assert answer.status_code == 200, answer.text
        return [each["siret"] for each in answer.json()["recipients"]]

    def uploaded(self, recipient: dict[str, Any], service: str | None) -> dict[str, Any]:
        """The form of an invoice that prints this text in the place of its service code."""
        self.numbers += 1
        data = _printed(f"FA-SVC-{self.numbers}", recipient, service)
        with self.as_(self.stack.stack.admin_token()) as admin:
            sent = admin.post(
                f"{self.path}/documents?file_name=f.pdf&folder=factures",
                content=data,
                headers={"Content-Type": "application/pdf"},
            )
        assert sent.status_code == 202, sent.text
        document = sent.json()["document_id"]
        self.stack.wait_for(self.supplier_id, document, "READY", "TO_COMPLETE", "SUBMITTED")
        return dict(self.get(f"/invoices/{document}/form").json())


def _printed(number: str, recipient: dict[str, Any], service: str | None) -> bytes:
    issued = (datetime.now(UTC) - timedelta(days=3)).date()
    invoice = Invoice(
        number=number,
        issued=issued,
        supplier=Party(**{**DEMO_SUPPLIER, "siret": SUPPLIER}, vat=world.vat_number(SUPPLIER[:9])),
        recipient=Party(
            recipient["name"],
            recipient["siret"],
            street="1 place de la Mairie",
            postcode=recipient["postcode"],
            town=recipient["city"],
        ),
        items=(Item("A1", "Fournitures", "u", Decimal(2), Decimal(50), Decimal(20)),),
        due=issued + timedelta(days=30),
        service_code=service,
        engagement=None,
        bank=world.bank_account(Random("directory/bank")),
        subject="Fournitures",
    )
    return print_invoice(invoice, layouts("dev")["classique"], Random(number), number).pdf


@pytest.fixture(scope="module")
def directory(stack: Running) -> Directory:
    supplier_id = stack.new_supplier(name="Atelier d’Œuvre", siret=SUPPLIER)
    crowd = [
        {"siret": f"2100{number:06}00{number % 90 + 10}", "name": f"Syndicat des eaux n° {number}", "postcode": "51970"}
        for number in range(250, 280)
    ]
    httpx.post(
        f"{stack.simulator.base_url}/_admin/structures", json=[TOWN, STRICT, *crowd], trust_env=False
    ).raise_for_status()
    return Directory(stack, supplier_id)


@pytest.mark.row("S34", "S35")
@pytest.mark.parametrize(
    "query",
    [
        {"siret": TOWN["siret"]},
        {"siret": "210 000 436"},
        {"name": "commune sainte oeuvre"},
        {"name": "Sainte-Œuvre-l'Épine", "postal_code": "519"},
        {"town": "Sainte Œuvre", "name": "COMMUNE"},
        {"town": "STE OEUVRE", "name": "commune"},
        {"postal_code": "51980", "name": "Épine commune"},
    ],
    ids=str,
)
def test_a_recipient_is_found_however_its_name_is_written(directory: Directory, query: dict[str, str]) -> None:
    assert TOWN["siret"] in directory.found(**query)


@pytest.mark.row("S34")
def test_a_search_without_accents_finds_and_one_that_finds_nothing_is_complete_by_digits_only(
    directory: Directory,
) -> None:
    for word in ("lycee", "communaute", "CC", "region", "dept", "ministere"):
        assert directory.found(name=word), word
    by_words = directory.get("/recipients/search", name="Introuvable").json()
    assert (by_words["complete"], by_words["incomplete_because"]) == (False, "accents")
    by_digits = directory.get("/recipients/search", postal_code="00999").json()
    assert (by_digits["recipients"], by_digits["complete"], by_digits["incomplete_because"]) == ([], True, None)


@pytest.mark.row("S34")
def test_a_search_is_paged_and_a_too_broad_one_is_explained(directory: Directory) -> None:
    seen: list[str] = []
    cursor: str | None = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = directory.get("/recipients/search", postal_code="51970", limit="12", **more).json()
        assert answer["complete"]
        assert not answer["stale"]
        seen += [each["siret"] for each in answer["recipients"]]
        cursor = answer["cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 30
    refused = directory.get("/recipients/search", name="a")
    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (422, "search_too_broad")
    assert directory.found(name="Commune qui n'existe pas") == []


@pytest.mark.row("S34", "S37", "S38")
def test_a_recipient_shows_what_it_requires_and_its_services(directory: Directory) -> None:
    strict = directory.get(f"/recipients/{STRICT['siret']}").json()
    assert (strict["service_required"], strict["active"], strict["stale"]) == (True, True, False)
    shown = {each["code"]: (each["name"], each["active"]) for each in strict["services"]}
    assert shown == {each["code"]: (each["name"], each.get("active", True)) for each in SERVICES}
    found = directory.get(f"/recipients/{STRICT['siret']}", search="lecture publique").json()["services"]
    assert [each["code"] for each in found] == ["LECTURE-1", "LECTURE-2"]
    one = directory.get(f"/recipients/{STRICT['siret']}", service="VOIRIE-EJ").json()["services"]
    assert [(each["code"], each["engagement_required"]) for each in one] == [("VOIRIE-EJ", True)]
    for unknown in ("21999999900011", "x1"):
        assert directory.get(f"/recipients/{unknown}").status_code == 404


@pytest.mark.row("S34")
def test_a_restricted_user_searches_too_and_a_stranger_does_not(stack: Running, directory: Directory) -> None:
    token = stack.stack.user_token("secretaire")
    with directory.as_(token) as user:
        me = user.get("/me").json()["principal"]
        assert user.get(f"{directory.path}/recipients/search?town=oeuvre").status_code == 404
        access = f"{directory.path}/configuration/access"
        with directory.as_(stack.stack.admin_token()) as admin:
            given = admin.put(
                f"{access}/{me}", json={"kind": "person", "roles": ["use"]}, headers=_version(admin, access)
            )
            assert given.status_code == 200, given.text
            row = {"label": "Nord", "value": me, "recipient_siret": None}
            admin.put(f"{directory.path}/configuration/tables/users/rows", json=row).raise_for_status()
        answer = user.get(f"{directory.path}/recipients/search?name=sainte oeuvre&town=oeuvre")
        assert (answer.status_code, len(answer.json()["recipients"])) == (200, 2)
        assert user.get(f"{directory.path}/recipients/{TOWN['siret']}").status_code == 200
        with directory.as_(stack.stack.admin_token()) as admin:
            admin.delete(f"{access}/{me}", headers=_version(admin, access))


def _version(admin: httpx.Client, path: str) -> dict[str, str]:
    return {"If-Match": admin.get(path).headers["etag"]}


@pytest.mark.row("S34")
def test_with_the_portal_down_the_last_answer_says_its_age_and_an_unknown_one_is_no_empty_list(
    directory: Directory,
) -> None:
    known = {"town": "Ste Œuvre"}
    assert directory.found(**known)
    fault(directory.stack.simulator, "transverses/rechercher/destinataire", effect="status", status=500, times=None)
    try:
        answer = directory.get("/recipients/search", **known).json()
        assert len(answer["recipients"]) == 2
        assert answer["age_seconds"] >= 0
        unknown = directory.get("/recipients/search", town="Ambreville")
        assert (unknown.status_code, unknown.json()["code"]) == (503, "temporarily_unavailable")
        assert "rien n'a été fait" in unknown.json()["fr"]
    finally:
        directory.stack.simulator.portal.faults.clear()
    assert eventually(lambda: directory.get("/recipients/search", town="Ambreville").status_code == 200)


@pytest.mark.row("S37")
@pytest.mark.parametrize("printed", ["Restauration scolaire", "restauration-scolaire", "Restauration  Scolaire"])
def test_the_printed_name_of_a_service_becomes_its_code(directory: Directory, printed: str) -> None:
    form = directory.uploaded(TOWN, printed)
    field = form["fields"]["service_code"]
    assert (field["value"], field["source"]) == ("CANTINE", "directory")
    assert form["complete"], form["problems"]


@pytest.mark.row("S37")
def test_the_printed_name_of_a_service_is_read_to_its_end(directory: Directory) -> None:
    form = directory.uploaded(TOWN, "Régie de l’eau")
    assert (form["fields"]["service_code"]["value"], form["problems"]) == ("EAU", [])


@pytest.mark.row("S34", "S37", "S38")
def test_the_form_names_a_printed_service_that_is_unknown_and_the_table_gives_it_its_code(directory: Directory) -> None:
    before = directory.uploaded(STRICT, "Pôle Petite Enfance")
    assert "service_code" not in before["fields"]
    problems = {each["code"]: each for each in before["problems"]}
    assert set(problems) == {"service_required", "service_label_unknown"}
    assert "« Pôle Petite Enfance »" in problems["service_label_unknown"]["fr"]
    twice = directory.uploaded(TOWN, "Lecture publique")
    assert ("service_code" in twice["fields"], twice["complete"]) == (False, True)
    assert [each["code"] for each in twice["problems"]] == ["service_label_unknown"]
    row = {"label": "pole petite-enfance", "value": "CANTINE", "recipient_siret": STRICT["siret"]}
    with directory.as_(directory.stack.stack.admin_token()) as admin:
        saved = admin.put(f"{directory.path}/configuration/tables/services/rows", json=row)
        assert saved.status_code == 200, saved.text
    after = directory.uploaded(STRICT, "Pôle Petite Enfance")
    assert (after["fields"]["service_code"]["value"], after["fields"]["service_code"]["source"]) == ("CANTINE", "table")
    assert after["complete"], after["problems"]


@pytest.mark.row("S34")
def test_the_form_leads_to_the_recipient_and_its_services_and_takes_what_was_found(directory: Directory) -> None:
    form = directory.uploaded(STRICT, None)
    assert "service_code" not in form["fields"]
    with directory.as_(directory.stack.stack.admin_token()) as admin:
        found = admin.get(form["searches"]["recipient_siret"])
        assert STRICT["siret"] in {each["siret"] for each in found.json()["recipients"]}, found.text
        services = admin.get(form["searches"]["service_code"]).json()["services"]
        code = next(each["code"] for each in services if each["active"] and each["name"] == "Restauration scolaire")
        path = f"{directory.path}/invoices/{form['document_id']}/form"
        change = {"fields": {"service_code": code}}
        completed = admin.patch(path, json=change, headers={"If-Match": f'"{form["version"]}"'}).json()
    assert (completed["state"], completed["complete"]) == ("READY", True), completed["problems"]


@pytest.mark.row("S35", "S38")
def test_a_dry_run_offers_recipients_for_names_and_the_import_takes_none_by_itself(directory: Directory) -> None:
    lines = (
        f"label;siret\nNotre client;Commune de Ste Œuvre\nCCAS de Sainte-Œuvre;99999999999999\nVide;{TOWN['siret']}\n"
    )
    path = f"{directory.path}/configuration/tables/recipients/imports"
    with directory.as_(directory.stack.stack.admin_token()) as admin:
        headers = {"Content-Type": "text/csv"}
        tried = admin.post(f"{path}?dry_run=true", content=lines.encode(), headers=headers).json()
        offered = {each["line"]: [one["value"] for one in each["suggestions"]] for each in tried["refused"]}
        assert offered == {2: [TOWN["siret"]], 3: [STRICT["siret"]]}
        taken = admin.post(path, content=lines.encode(), headers=headers).json()
        assert (taken["accepted"], [each["suggestions"] for each in taken["refused"]]) == (1, [[], []])
        rows = admin.get(f"{directory.path}/configuration/tables/recipients").json()["rows"]
    assert [each["label"] for each in rows] == ["Vide"]


@pytest.mark.row("S33")
def test_a_request_of_the_wrong_shape_says_in_french_what_is_expected(directory: Directory) -> None:
    with directory.as_(directory.stack.stack.admin_token()) as admin:
        version = _version(admin, directory.path)
        refused = admin.patch(
            directory.path,
            json={"associations": {"Facture": {"champ": "Numéro"}}, "name": ""},
            headers={**version, "Accept-Language": "fr"},
        ).json()
    texts = {each["field"]: each["fr"] for each in refused["problems"]}
    assert texts["body.name"] == "Texte trop court : au moins 1 caractère."
    assert texts["body.associations.Facture.champ"].startswith("Valeurs possibles : invoice_number, ")
