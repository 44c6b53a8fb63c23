"""The invoice beside its form, in a browser: complete, look up, stop, submit, and the next one comes by itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chorus_connector.domain.paris import day_in_paris
from tests.e2e.conftest import Running
from tests.e2e.console.conftest import Visit, no_fault
from tests.e2e.console.hand import Keyboard
from tests.e2e.console.seen import violations
from tools.demo import Sample
from tools.invoice_generator import world
from tools.invoice_generator.corpus import layouts
from tools.invoice_generator.demo import DEMO_RECIPIENTS, DEMO_SUPPLIER
from tools.invoice_generator.document import print_invoice
from tools.invoice_generator.model import Invoice, Item, Party

pytestmark = pytest.mark.acceptance

TOWN, DEPARTMENT = DEMO_RECIPIENTS[0], DEMO_RECIPIENTS[1]
MOST_KEYS = 8
"""Keystrokes from the list to the submission of an invoice with one missing field, besides those of the value."""
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>\u202eabc'
LONG = "x" * 10_000


@dataclass
class Office:
    """A supplier whose submissions are asked by persons, a person who works for it, and invoices drawn for it."""

    stack: Running
    supplier_id: str
    siret: str
    person: str
    drawn: int = field(default=0)

    @property
    def root(self) -> str:
        return f"/suppliers/{self.supplier_id}"

    def upload(self, recipient: dict[str, Any] = DEPARTMENT, *, file_name: str = "") -> str:
        """Draw and upload the next invoice, which prints no service code; returns its id once it waits."""
        self.drawn += 1
        siret = recipient["siret"]
        invoice = Invoice(
            number=f"FA{self.siret[6:9]}-{self.drawn:04d}",
            issued=day_in_paris(datetime.now(UTC)) - timedelta(days=2 * self.drawn),
            supplier=Party(**DEMO_SUPPLIER | {"siret": self.siret}, vat=world.vat_number(self.siret[:9])),
            recipient=Party(recipient["name"], siret, "", "1 place du Marché", recipient["postcode"]),
            items=(Item("P01", "Conseil", "forf.", Decimal(1), Decimal(410 + self.drawn), Decimal(20)),),
            engagement=f"ENG{self.drawn:05d}",
        )
        pdf = print_invoice(invoice, layouts("dev")["grille"], Random(f"console/{self.drawn}"), "f.pdf").pdf
        document = self.stack.api.upload(self.supplier_id, Sample(file_name or f"f{self.drawn}.pdf", pdf))
        self.stack.wait_for(self.supplier_id, document, "TO_COMPLETE", "READY", patience=120)
        return document

    def page(self, document: str) -> str:
        return f"{self.root}/documents/{document}"

    def state(self, document: str) -> dict[str, Any]:
        return dict(self.stack.api.call("GET", f"{self.root}/invoices/{document}"))


@pytest.fixture
def office(stack: Running) -> Callable[..., Office]:
    def made(**settings: Any) -> Office:
        supplier_id = stack.new_supplier(name="Cabinet de la console", **settings)
        person = f"office-{supplier_id}"
        principal = stack.stack.subject(stack.stack.user_token(person))
        wish = {"roles": ["administer", "use"], "kind": "person"}
        stack.api.call("PUT", f"/suppliers/{supplier_id}/configuration/access/{principal}", json=wish)
        supplier = stack.api.call("GET", f"/suppliers/{supplier_id}")
        version = {"If-Match": f'"{supplier["version"]}"'}
        stack.api.call("PATCH", f"/suppliers/{supplier_id}", json={"automatic_submission": False}, headers=version)
        return Office(stack, supplier_id, supplier["siret"], person)

    return made


@pytest.mark.row("C03", "C10")
def test_one_missing_field_is_completed_and_submitted_and_the_next_invoice_comes(
    office: Callable[..., Office], visit: Visit, way: str
) -> None:
    desk = office()
    first, second = desk.upload(), desk.upload()
    hand = visit(desk.person, way)
    page = hand.page
    with no_fault(page):
        hand.go(f"{desk.root}/documents")
        hand.keys = 0
        hand.use(page.locator(f"a[href$='{first}']"))
        page.wait_for_url(f"**{desk.page(first)}")
        hand.sees("1 champ est à compléter")
        hand.sees("Ce destinataire exige le code service")
        expect(page.locator(".sheet img").first).to_have_js_property("complete", value=True)
        hand.fill("Code service", "FINANCES")
        if isinstance(hand, Keyboard):
            hand.key("Enter")
            expect(page.locator("#none-open")).to_be_focused()
            hand.press("Déposer")
        else:
            hand.press("Enregistrer")
            hand.sees("Aucune valeur ne manque")
            hand.press("Déposer")
        page.wait_for_url(f"**{desk.page(second)}?**done=invoice_submitted")
        hand.sees("Voici la suivante")
        if isinstance(hand, Keyboard):
            assert hand.keys <= MOST_KEYS
        # the value and the submission in one press, without saving in between
        hand.fill("Code service", "DRHV-TECH")
        hand.press("Déposer")
        page.wait_for_url("**/documents?**")
        hand.sees("Aucune autre n'est à compléter")
    for document, service in ((first, "FINANCES"), (second, "DRHV-TECH")):
        assert desk.stack.wait_for(desk.supplier_id, document, "SUBMITTED", patience=120)["service_code"] == service


@pytest.mark.row("C03", "C10")
def test_what_is_wrong_is_looked_up_stopped_corrected_and_taken_back(
    office: Callable[..., Office], visit: Visit, way: str
) -> None:
    desk = office()
    document = desk.upload(TOWN)
    hand = visit(desk.person, way)
    page = hand.page
    with no_fault(page):
        hand.go(desk.page(document))
        hand.sees("Cette entreprise dépose à la main")
        hand.use(page.locator("summary", has_text="Retenir, mettre de côté"))
        hand.fill("Raison", "Attend le bon de commande")
        hand.press("Retenir")
        hand.sees("Attend le bon de commande")
        hand.press("Reprendre le traitement")
        hand.sees("Le traitement du document reprend")

        hand.press("Chercher dans l'annuaire", within=page.locator("[data-field=recipient_siret]"))
        page.wait_for_url("**/recipients")
        hand.fill("Nom", "vesle")
        hand.press("Chercher", within=page.locator("main"))
        hand.press(f"Choisir {DEPARTMENT['name']}")
        page.wait_for_url(f"**{desk.page(document)}**")
        hand.sees("Ce destinataire exige le code service")
        hand.press("Chercher un service")
        page.wait_for_url("**/services")
        hand.fill("Code ou nom du service", "finances")
        hand.press("Chercher", within=page.locator("main"))
        hand.press("Choisir FINANCES")
        hand.sees("Aucune valeur ne manque")
        service = page.locator("[data-field=service_code]")
        hand.press("Annuler ma saisie : Code service", within=service)
        hand.sees("Ce destinataire exige le code service")

        if page.locator("details.settled[open]").count() == 0:  # a script leaves it as it was
            hand.use(page.locator("summary", has_text="Les autres champs"))
        hand.fill("Date d'échéance", "demain")
        hand.press("Enregistrer")
        hand.sees("date illisible")
        expect(page.get_by_label("Date d'échéance")).to_have_value("demain")
        hand.press("Déposer")
        hand.sees("date illisible")
        hand.fill("Date d'échéance", "31/12/2030")
        hand.press("Déposer")
        hand.sees("Ce destinataire exige le code service")  # refused, with what is missing
        hand.fill("Code service", "FINANCES")
        hand.press("Déposer")
        page.wait_for_url("**/documents?**")
        desk.stack.wait_for(desk.supplier_id, document, "SUBMITTED", patience=120)
        hand.go(desk.page(document))
        hand.sees("Cette facture est sur Chorus Pro")
        expect(page.locator("#form")).to_have_count(0)
        hand.follow("Historique")
        hand.sees("a demandé le dépôt")


@pytest.mark.row("C03")
def test_a_field_saves_itself_and_lights_its_box_and_a_layout_is_confirmed(
    office: Callable[..., Office], visit: Visit
) -> None:
    desk = office(new_layouts="ask")
    document = desk.upload(TOWN)
    hand = visit(desk.person)
    page = hand.page
    with no_fault(page):
        hand.go(desk.page(document))
        hand.sees("pas encore confirmé")
        expect(page.locator("#title")).to_be_focused()
        page.keyboard.press("Enter")
        assert desk.state(document)["state"] == "TO_COMPLETE", "Enter alone files nothing"
        page.get_by_label("Total TTC").focus()
        expect(page.locator("#b-total_ttc")).to_have_class("value lit")
        page.locator("#b-invoice_number").click()
        expect(page.get_by_label("Numéro de facture", exact=True)).to_be_focused()
        hand.fill("Commentaire", "Vu avec Mme Roux")
        page.get_by_label("Numéro de marché").focus()
        expect(page.locator("#d-comment")).to_contain_text("saisi par une personne")
        expect(page.get_by_label("Numéro de marché")).to_be_focused()
        form = desk.stack.api.call("GET", f"{desk.root}/invoices/{document}/form")
        assert form["fields"]["comment"]["value"] == "Vu avec Mme Roux"
        assert len(form["claims"]) == 1, "the page says that a person works on it"
        other = f"other-{desk.supplier_id}"
        principal = desk.stack.stack.subject(desk.stack.stack.user_token(other))
        path = f"{desk.root}/configuration/access/{principal}"
        desk.stack.api.call("PUT", path, json={"roles": ["use"], "kind": "person"})
        second = visit(other)
        second.go(desk.page(document))
        second.sees(f"{desk.person} travaille sur ce document")
        hand.press("Déposer")
        page.wait_for_url("**/documents?**")
        second.fill("Commentaire", "trop tard")
        second.press("Enregistrer")
        refusal = second.page.locator("#refusal")
        expect(refusal).to_contain_text("depuis une autre page ou par une autre personne")
        expect(refusal).to_be_focused()
        expect(second.page.get_by_role("button", name="Déposer", exact=True)).to_have_count(0)
    desk.stack.wait_for(desk.supplier_id, document, "SUBMITTED", patience=120)


@pytest.mark.row("C03", "C10")
def test_axe_finds_nothing_on_the_pages_of_an_invoice(office: Callable[..., Office], visit: Visit) -> None:
    desk = office()
    open_one, sent = desk.upload(), desk.upload(TOWN)
    version = {"If-Match": f'"{desk.state(sent)["version"]}"'}
    desk.stack.api.call("POST", f"{desk.root}/invoices/{sent}/submit", headers=version)
    desk.stack.wait_for(desk.supplier_id, sent, "SUBMITTED", patience=120)
    pages = [desk.page(sent), *(desk.page(open_one) + part for part in PARTS)]
    found = []
    for language, dark in (("fr", False), ("en", True)):
        hand = visit(desk.person, language=language, dark=dark)
        for path in pages:
            for scheme in ("light", "dark"):
                hand.page.emulate_media(color_scheme=scheme)
                hand.go(path)
                for part in hand.page.locator("main details").all():
                    part.evaluate("part => { part.open = true; }")
                found += [f"{language} {scheme} {path} {each}" for each in violations(hand.page)]
        for width in (360, 768):
            hand.page.set_viewport_size({"width": width, "height": 800})
            hand.go(desk.page(open_one))
            assert hand.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    assert found == []


PARTS = ("", "/history", "/recipients", "/services", "/attachments")


@pytest.mark.row("C03")
def test_another_tenants_invoice_is_a_page_that_does_not_exist_and_markup_is_text(
    office: Callable[..., Office], visit: Visit
) -> None:
    desk, others = office(), office()
    document, foreign = desk.upload(file_name=f"{HOSTILE[:40]}.pdf".replace("/", "-")), others.upload()
    hand = visit(desk.person)
    page = hand.page
    alerts: list[str] = []
    page.on("dialog", lambda shown: (alerts.append(shown.message), shown.dismiss()))
    with no_fault(page):
        hand.go(desk.page(document))
        csrf = page.locator("input[name=csrf]").first.get_attribute("value") or ""
        foreign_pages = (others.page(foreign), desk.page(foreign), others.page(document))
        for base in foreign_pages:
            for part in (*PARTS, "/pages/1", "/file"):
                assert _status(page, hand.console_url + base + part) == 404, base + part
        hand.go(desk.page(document))
        for base in foreign_pages:
            for part, form in ACTIONS.items():
                assert _post(page, hand.console_url + base + part, {**form, "csrf": csrf})[0] == 404, base + part
        for part, form in ACTIONS.items():
            for text in (HOSTILE, LONG, "\x00\u0000 nul", "'; --"):
                fuzzed = dict.fromkeys(form, text) | {"csrf": csrf, "version": '"1"'}
                got, shown = _post(page, hand.console_url + desk.page(document) + part, fuzzed)
                assert got < 500, (part, text[:20], got)
                assert "<script>alert" not in shown
        hand.go(desk.page(document))
        for label in ("Code service", "Commentaire"):
            hand.go(desk.page(document))
            page.locator("details.settled").evaluate("part => { part.open = true; }")
            hand.fill(label, HOSTILE)
            hand.press("Enregistrer")
            page.wait_for_timeout(500)
        page.reload()
    assert alerts == []
    assert others.state(foreign)["state"] == "TO_COMPLETE"


ACTIONS = {
    "/form": {"f.comment": "x", "was.comment": "", "version": '"1"'},
    "/act": {"do": "hold", "reason": "x", "version": '"1"'},
    "/filing": {"name": "PJ", "value": "oui", "folder": "f", "version": '"1"'},
    "/claim": {"do": "begin"},
    "/attachments/decide": {"send": "yes", "version": '"1"'},
}


_FETCH = """async ([url, form]) => {
  const answer = await fetch(url, {method: "POST", body: new URLSearchParams(form), redirect: "manual"});
  return [answer.status, await answer.text()];
}"""


def _status(page: Page, url: str) -> int:
    """What that address itself answers; an answer after a redirection counts as none."""
    answer = page.goto(url)
    assert answer is not None
    return 0 if answer.request.redirected_from else answer.status


def _post(page: Page, url: str, form: dict[str, str]) -> tuple[int, str]:
    """The status and the text that the console answers its own page; 0 and nothing for a redirection."""
    got, text = page.evaluate(_FETCH, [url, form])
    return got, text
