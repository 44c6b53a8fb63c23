"""Tracking in a browser: what was sent back is found and answered, the list is filtered, sorted and exported."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect
from pydantic import SecretStr

from chorus_connector.domain.invoices.submission import Submission
from chorus_connector.domain.portal.credentials import OAuthCredentials
from tests.e2e.conftest import Running
from tests.e2e.console.conftest import Visit, no_fault
from tests.e2e.console.hand import HANDS, Hand
from tests.e2e.console.seen import violations
from tests.real_portal import TOWN, gateway, the_supplier
from tools.demo import CREDENTIALS

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

HOSTILE = "<img src=x onerror=alert(1)>\u202eEGATOT\u202c </td></table>" + "é" * 900
_POST = "async ([url, form]) => (await fetch(url, {method: 'POST', body: new URLSearchParams(form)})).status"
STATUSES = {
    "REC": ("A_RECYCLER", "engagement manquant"),
    "SUS": ("SUSPENDUE", "Merci de joindre le bon de livraison"),
    "REJ": ("REJETEE", "Facture en double"),
    "MAD": ("MISE_A_DISPOSITION", ""),
}


class Desk:
    """A supplier with an invoice in each status for each way to use the page; they were typed at the portal."""

    def __init__(self, stack: Running) -> None:
        self.stack = stack
        self.supplier_id = stack.new_supplier(name="Atelier <b>Suivi</b>")
        self.root = f"/suppliers/{self.supplier_id}"
        self.siret = stack.api.call("GET", self.root)["siret"]
        names = ("client_id", "client_secret", "technical_login", "technical_password")
        keys = OAuthCredentials(**{name: SecretStr(CREDENTIALS[name]) for name in names})
        self.chorus_ids: dict[str, int] = {}
        with httpx.Client(trust_env=False) as http:
            portal = gateway(stack.simulator, http, supplier=the_supplier(siret=self.siret), credentials=keys)
            file_id = portal.upload("facture.pdf", b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n")
            for place, name in enumerate(f"{kind}-{way}" for way in (*HANDS, "axe") for kind in STATUSES):
                deposit = portal.submit(_typed(name, place), file_id=file_id, file_name="facture.pdf")
                self.chorus_ids[name] = deposit.chorus_id
                self.becomes(name, *STATUSES[name[:3]])
        self.becomes("MAD-axe", "MISE_A_DISPOSITION", HOSTILE)
        stack.api.call("GET", f"{self.root}/tracking")

    def becomes(self, name: str, status: str, comment: str) -> None:
        """The recipient sets that status."""
        portal = self.stack.simulator.portal
        with portal.lock:
            invoice = portal.invoices.get(self.chorus_ids[name])
            assert invoice is not None
            portal.lives.by_hand(invoice, status, portal.catch_up(), comment)

    def let_in(self, name: str) -> None:
        """A person who may use the supplier."""
        principal = self.stack.stack.subject(self.stack.stack.user_token(name))
        path = f"{self.root}/configuration/access/{principal}"
        self.stack.api.call("PUT", path, json={"roles": ["use"], "kind": "person"})

    def page_of(self, name: str) -> str:
        return f"{self.root}/tracking/portal-{self.chorus_ids[name]}"


def _typed(number: str, place: int) -> Submission:
    none = ("service_code", "engagement_number", "contract_number", "original_invoice_number", "vat_exemption_reason")
    more = ("validator_siret", "validator_service", "bank_account", "comment")
    return Submission(
        invoice_number=number,
        invoice_type="invoice",
        invoice_date=date(2026, 10, 2),
        recipient_siret=TOWN,
        currency="EUR",
        total_ht=Decimal("500.00") + place,
        total_tva=Decimal("100.00"),
        total_ttc=Decimal("600.00") + place,
        amount_due=Decimal("600.00") + place,
        vat_regime="on_debits",
        payment_method="transfer",
        framework="A1",
        **dict.fromkeys((*none, *more)),
    )


@pytest.fixture(scope="module")
def desk(stack: Running) -> Desk:
    return Desk(stack)


def download_of(hand: Hand, act: Callable[[], None]) -> bytes:
    """The file that the browser saves."""
    with hand.page.expect_download() as saving:
        act()
    return Path(saving.value.path()).read_bytes()


def lists(page: Page, *numbers: str) -> None:
    """Fail unless the list has these invoices in this order within a few seconds."""
    expect(page.locator("table.list tbody th a")).to_have_text(list(numbers))


@pytest.mark.row("C04", "C10")
def test_what_was_sent_back_is_found_and_answered(desk: Desk, visit: Visit, way: str) -> None:
    desk.let_in(f"tracking-{way}")
    hand = visit(f"tracking-{way}", way)
    with no_fault(hand.page):
        hand.go(f"{desk.root}/tracking")
        hand.sees("attendent votre réponse")
        hand.follow("Voir les factures renvoyées")
        hand.sees("engagement manquant")
        hand.follow(f"REC-{way}")
        hand.sees("Corrigez le destinataire, le service ou l'engagement")
        hand.press("Renvoyer la facture")
        hand.sees("Changez le destinataire, le service ou l'engagement")
        hand.fill("Numéro d'engagement", "EJ-2026-9")
        hand.press("Renvoyer la facture")
        hand.sees("La facture est repartie sous le même numéro.")

        hand.go(desk.page_of(f"SUS-{way}"))
        hand.sees("Merci de joindre le bon de livraison")
        hand.press("Envoyer la réponse")
        hand.sees("Cette réponse ne peut pas partir ainsi.")
        hand.fill("Commentaire", "Voici le bon.")
        hand.attach("Fichiers à joindre", {"name": "bon.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n"})
        hand.press("Envoyer la réponse")
        hand.sees("Votre réponse est envoyée au destinataire.")

        hand.go(desk.page_of(f"REJ-{way}"))
        hand.sees("Facture en double")
        hand.press("Marquer comme traité")
        hand.sees("Le rejet est marqué comme traité sur Chorus Pro.")
        hand.fill("Nouveau numéro", f"REJ-{way}")
        hand.press("Émettre la nouvelle facture")
        hand.sees("Une facture réémise porte un nouveau numéro.")
        hand.fill("Nouveau numéro", f"NEW-{way}")
        hand.press("Émettre la nouvelle facture")
        hand.sees("La nouvelle facture est créée")
        expect(hand.page.get_by_role("link", name="Ouvrir la nouvelle facture")).to_be_visible()


@pytest.mark.row("C04", "C10")
def test_the_list_is_filtered_sorted_exported_and_a_file_is_read(desk: Desk, visit: Visit, way: str) -> None:
    desk.let_in(f"tracking-{way}")
    hand = visit(f"tracking-{way}", way)
    with no_fault(hand.page):
        hand.go(f"{desk.root}/tracking")
        hand.sees("Cette page interroge Chorus Pro chaque fois que vous l'ouvrez.")
        hand.use(hand.page.get_by_text("Filtrer et trier", exact=True))
        hand.fill("Numéro, destinataire ou fichier contient", "MAD-")
        hand.fill("Total TTC minimal", "600,00 €")
        hand.choose("Trier par", "Total TTC")
        hand.choose("Ordre", "croissant")
        hand.press("Appliquer")
        in_order = [f"MAD-{each}" for each in (*HANDS, "axe")]
        lists(hand.page, *in_order)
        hand.use(hand.page.locator("thead").get_by_role("link", name="Total TTC"))
        lists(hand.page, *in_order[::-1])
        hand.press("Exporter en CSV")
        hand.sees(f"{len(in_order)} lignes")
        hand.sees("Ce qu'il laisse de côté")
        text = download_of(hand, lambda: hand.follow("Télécharger le fichier")).decode("utf-8-sig")
        assert [f"MAD-{way}" in text, "REC-" in text] == [True, False]
        hand.follow("Revenir au suivi")
        hand.follow(f"MAD-{way}")
        hand.sees("0 jour sur 30")
        hand.sees("Mise à disposition")
        hand.press("Demander le fichier à Chorus Pro")
        hand.sees("Le fichier de Chorus Pro est prêt.")
        assert download_of(hand, lambda: hand.follow("Télécharger le fichier")).startswith(b"%PDF")
        hand.follow("Voir l'historique de cette facture")
        hand.sees("trouvée sur Chorus Pro")


@pytest.mark.row("C04", "C10")
def test_axe_finds_nothing_and_what_others_wrote_is_shown_as_text(desk: Desk, visit: Visit) -> None:
    desk.let_in("tracking-axe")
    hand = visit("tracking-axe")
    pages = [
        f"{desk.root}/tracking",
        f"{desk.root}/tracking?text=%3Cb%3E&total_ttc_min=douze",
        f"{desk.root}/tracking?counter=sent_back",
        *(desk.page_of(f"{kind}-axe") for kind in STATUSES),
        f"{desk.page_of('MAD-axe')}/trail",
    ]
    with no_fault(hand.page):
        for language in ("fr", "en"):
            hand.go(f"/language/{language}?to=/console/suppliers")
            for page in pages:
                hand.go(page)
                for scheme in ("light", "dark"):
                    hand.page.emulate_media(color_scheme=scheme)
                    assert violations(hand.page) == [], (page, language, scheme)
                assert hand.page.locator("main img").count() == 0
            hand.go(f"{desk.root}/tracking?number=MAD-axe")
            hand.press({"fr": "Exporter en CSV", "en": "Export as CSV"}[language])
            assert violations(hand.page) == []
        hand.go(desk.page_of("MAD-axe"))
        hand.sees("<img src=x onerror=alert(1)>")
        hand.go(f"{desk.root}/tracking?text={'x' * 3000}&number=%3Cscript%3E&cursor=%3Cb%3E&sort=%27")
        hand.sees("Filter and sort")
        for width in (360, 800, 1024):
            hand.page.set_viewport_size({"width": width, "height": 800})
            for page in pages:
                hand.go(page)
                assert hand.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (page, width)


@pytest.mark.row("C04")
def test_another_tenants_invoices_do_not_exist(stack: Running, desk: Desk, visit: Visit) -> None:
    other = stack.new_supplier(name="Voisin")
    principal = stack.stack.subject(stack.stack.user_token("tracking-neighbour"))
    access = {"roles": ["administer", "use"], "kind": "person"}
    stack.api.call("PUT", f"/suppliers/{other}/configuration/access/{principal}", json=access)
    hand = visit("tracking-neighbour")
    theirs = f"portal-{desk.chorus_ids['MAD-axe']}"
    pages = ["", f"/{theirs}", f"/{theirs}/trail", f"/{theirs}/files/original", f"/{theirs}/files/sent", "/file?link=A"]
    mine = f"/suppliers/{other}/tracking"
    wanted = [desk.root + "/tracking" + page for page in pages] + [mine + page for page in pages[1:5]]
    with no_fault(hand.page):
        for page in wanted:
            answer = hand.page.goto(f"{hand.console_url}{page}")
            assert answer is not None
            assert answer.status == 404, page
        hand.go(mine)
        csrf = hand.page.locator("input[name=csrf]").first.get_attribute("value") or ""
        actions = [
            *(f"/{theirs}/answer/{each}" for each in ("recycle", "complete", "reissue")),
            f"/{theirs}/portal-file",
        ]
        targets = [desk.root + "/tracking" + each for each in (*actions, "/export")] + [mine + each for each in actions]
        for target in targets:
            form = {"csrf": csrf, "version": "1", "invoice_number": "N-1", "comment": HOSTILE}
            status = hand.page.evaluate(_POST, [f"{hand.console_url}{target}", form])
            assert status == 404, target
