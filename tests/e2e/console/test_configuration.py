"""The configuration of a supplier, in a browser: with a mouse, with the keyboard only, and without JavaScript."""

import itertools
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import FilePayload, expect

from tests.e2e.conftest import Running
from tests.e2e.console.conftest import Visit, no_fault
from tests.e2e.console.hand import Hand
from tests.e2e.console.seen import violations
from tools.demo import FOLDER, Sample
from tools.local_stack.deployed import ADMINISTRATORS

pytestmark = pytest.mark.acceptance

TOWN, COMMUNITY = "21000031100014", "20000035400015"
Form = dict[str, str]
HOSTILE = "<script>alert(1)</script><b>&\u0645\u0631\u062d\u0628\u0627 {{ 7*7 }} "
PAGES = (
    *("", "/criteria", "/criteria/try?kind=folder&criterion=devis", "/fields", "/tables/recipients"),
    *("/tables/services", "/tables/users", "/tables/bank", "/proposals", "/attachments", "/bank-accounts"),
    *("/notifications", "/access", "/webhooks", "/layouts", "/audit", "/lifecycle"),
)
FORMS = (
    *("", "/criteria", "/criteria/c1/remove", "/criteria/take", "/fields", "/tables/recipients"),
    *("/tables/recipients/delete", "/tables/recipients/import", "/tables/recipients/export", "/proposals"),
    *("/attachments", "/bank-accounts", "/notifications", "/notifications/change", "/access", "/access/revoke"),
    *("/webhooks", "/webhooks/w1", "/webhooks/w1/secret", "/webhooks/w1/delete", "/webhooks/w1/replay"),
    *("/layouts/l1/forget", "/audit", "/lifecycle", "/lifecycle/export"),
)

_NUMBERS = itertools.count(1)


class Office:
    """A supplier of its own, and the person who administers it at the console."""

    def __init__(self, stack: Running, name: str, *, called: str = "Menuiserie Réglages") -> None:
        self.stack, self.name = stack, f"{name}-{next(_NUMBERS)}"
        self.supplier_id = stack.new_supplier(name=called)
        self.join(self.name, ["administer", "use"])

    @property
    def path(self) -> str:
        return f"/suppliers/{self.supplier_id}"

    def join(self, name: str, roles: list[str]) -> str:
        """Give the person these rights, accepted; gives the person's id."""
        token = self.stack.stack.user_token(name)
        principal = self.stack.stack.subject(token)
        rights = {"roles": roles, "kind": "person"}
        self.stack.api.call("PUT", f"{self.path}/configuration/access/{principal}", json=rights)
        self.stack.as_user(name).call("PUT", f"/me{self.path}")
        return principal

    def get(self, path: str = "") -> Any:
        return self.stack.api.call("GET", f"{self.path}{path}")


Enter = Callable[..., tuple[Office, Hand]]


@pytest.fixture
def enter(stack: Running, visit: Visit) -> Enter:
    """A new supplier, and its administrator's hand at its configuration."""

    def entered(way: str = "mouse") -> tuple[Office, Hand]:
        office = Office(stack, f"office-{way}")
        hand = visit(office.name, way)
        hand.go(f"{office.path}/configuration")
        return office, hand

    return entered


def a_csv(text: str) -> FilePayload:
    return {"name": "table.csv", "mimeType": "text/csv", "buffer": text.encode()}


@pytest.mark.row("C06")
@pytest.mark.row("C10")
def test_an_administrator_configures_a_supplier(
    enter: Enter, stack: Running, samples: dict[str, Sample], way: str
) -> None:
    office, hand = enter(way)
    folder = "devis acceptés"
    content = next(iter(samples.values())).data
    uploaded = stack.api.call(
        "POST",
        f"{office.path}/documents",
        params={"file_name": "devis.pdf", "folder": folder},
        content=content,
        headers={"Content-Type": "application/pdf"},
    )
    with no_fault(hand.page):
        _settings(office, hand)
        _criteria(office, hand, folder)
        _fields(office, hand)
        _attachments(office, hand)
        _table(office, hand)
    assert stack.wait_for(office.supplier_id, uploaded["document_id"], "TO_COMPLETE", "READY", "HELD")


def _settings(office: Office, hand: Hand) -> None:
    hand.fill("Nom", "Menuiserie Réglée")
    hand.choose("Une facture d'un modèle nouveau", "attend qu'une personne la confirme")
    hand.fill("Confiance demandée, en pour cent", "250")
    hand.press("Enregistrer")
    expect(hand.page.get_by_role("alert")).to_be_visible()
    expect(hand.field("Confiance demandée, en pour cent", None)).to_have_value("250")
    hand.fill("Confiance demandée, en pour cent", "87,5")
    hand.press("Enregistrer")
    hand.sees("Les modifications sont enregistrées.")
    saved = office.get()
    assert (saved["name"], saved["new_layouts"], saved["confidence_threshold"]) == ("Menuiserie Réglée", "ask", 0.875)


def _criteria(office: Office, hand: Hand, folder: str) -> None:
    hand.follow("Critères")
    hand.fill("Nom du dossier ou de la règle", folder.upper())
    hand.press("Essayer sur les documents présents")
    hand.sees("1 de ces documents seraient pris en plus")
    assert len(office.get()["criteria"]) == 1  # nothing was changed yet
    hand.press("Ajouter ce critère")
    hand.sees("Le critère est ajouté.")
    assert len(office.get()["criteria"]) == 2
    hand.press("Prendre les documents qui correspondent")
    hand.sees("1 document est pris")
    hand.follow(f"Retirer {FOLDER}")
    hand.press("Retirer ce critère")
    hand.sees("Le critère est retiré.")
    assert [each["folder"] for each in office.get()["criteria"]] == [folder.upper()]


def _fields(office: Office, hand: Hand) -> None:
    hand.follow("Champs et métadonnées")
    hand.choose("Champ de la facture, ligne 1", "Code service")
    hand.fill("Métadonnée, ligne 1", "Service")
    hand.choose("Mode de paiement", "virement")
    hand.fill("Commentaire", "Merci")
    hand.press("Enregistrer")
    hand.sees("Les modifications sont enregistrées.")
    saved = office.get()
    assert saved["associations"] == {"": {"service_code": "Service"}}
    assert saved["defaults"] == {"payment_method": "transfer", "comment": "Merci"}


def _attachments(office: Office, hand: Hand) -> None:
    hand.follow("Pièces jointes")
    hand.check("Envoyer les pièces jointes")
    hand.fill("Métadonnée commune, ligne 1", "Commande")
    hand.press("Enregistrer")
    hand.sees("Les modifications sont enregistrées.")
    rules = [{"classification_rule": "", "metadata": "Commande", "attachment_type": None}]
    assert office.get("/configuration/attachments")["rules"] == rules


def _table(office: Office, hand: Hand) -> None:
    hand.follow("Destinataires")
    hand.fill("Libellé", "La mairie")
    hand.fill("SIRET", "12")
    hand.press("Enregistrer")
    expect(hand.page.get_by_role("alert")).to_be_visible()
    expect(hand.field("Libellé", None)).to_have_value("La mairie")
    hand.fill("SIRET", TOWN)
    hand.press("Enregistrer")
    hand.sees("La ligne est enregistrée.")
    hand.follow("Modifier La mairie")
    hand.fill("Libellé", "L'hôtel de ville")
    hand.press("Enregistrer")
    hand.sees("L'hôtel de ville")
    hand.attach("Fichier CSV", a_csv(f"label;siret\nPréfecture;{COMMUNITY}\nPersonne;12\n"))
    hand.press("Vérifier le fichier")
    hand.sees("rien n'est encore enregistré")
    hand.sees("1 ligne est refusée.")
    assert [each["label"] for each in office.get("/configuration/tables/recipients")["rows"]] == ["L'hôtel de ville"]
    hand.fill("Contenu du fichier : corrigez-le ici si besoin", f"label;siret\nPréfecture;{COMMUNITY}\n")
    hand.press("Importer les lignes valables")
    hand.sees("1 ligne est enregistrée.")
    hand.fill("Chercher ce qui commence par", "prefec")
    hand.press("Chercher")
    expect(hand.page.get_by_role("row")).to_have_count(2, timeout=20_000)
    hand.follow("Modifier Préfecture")
    hand.use(hand.page.locator("summary", has_text="Supprimer la ligne"))
    hand.press("Supprimer la ligne")
    hand.sees("La ligne est supprimée.")
    hand.press("Exporter la table")
    link = hand.page.get_by_role("link", name="Télécharger").get_attribute("href")
    assert link is not None
    assert "hôtel de ville" in httpx.get(link, trust_env=False).content.decode("utf-8-sig")


@pytest.mark.row("C06")
@pytest.mark.row("C10")
def test_an_administrator_invites_and_is_notified(enter: Enter, stack: Running, visit: Visit, way: str) -> None:
    office, hand = enter(way)
    name = f"invited-{office.name}"
    principal = stack.stack.subject(stack.stack.user_token(name))
    with no_fault(hand.page):
        hand.follow("Accès")
        hand.fill("Identifiant", principal)
        hand.check("travailler sur les factures")
        hand.press("Enregistrer les droits")
        hand.sees("invitation en attente")
        guest = visit(name, way)
        guest.go(f"/invitations/{office.supplier_id}")
        guest.sees("Menuiserie Réglages")
        guest.sees(office.name)
        guest.sees("Invité par")
        guest.press("Accepter l'invitation")
        guest.page.wait_for_url("**/documents**")
        hand.follow("Abonnements aux notifications")
        hand.choose("Identifiant", f"{name} · personne")
        hand.check("un document attend une personne")
        hand.press("Abonner un membre")
        hand.sees("sans e-mail")
        hand.use(hand.page.locator("summary", has_text="Mettre fin").last)
        hand.press("Mettre fin")
        hand.sees("L'abonnement est terminé.")
        hand.follow("Accès")
        row = hand.page.get_by_role("row").filter(has_text=principal)
        hand.use(row.locator("summary"))
        hand.press("Retirer l'accès", within=row)
        hand.sees("L'accès est retiré.")
    guest.go(f"{office.path}/documents")
    assert "n'existe pas" in guest.page.locator("h1").inner_text()


@pytest.mark.row("C06")
def test_a_webhooks_secret_is_shown_once_and_its_events_are_sent_again(enter: Enter) -> None:
    office, hand = enter()
    with no_fault(hand.page):
        hand.follow("Envois à vos logiciels (webhooks)")
        hand.fill("Adresse", "ftp://example.org/events")
        hand.press("Créer le webhook")
        expect(hand.page.get_by_role("alert")).to_be_visible()
        hand.fill("Adresse", "https://example.org/events")
        hand.press("Créer le webhook")
        secret = hand.page.get_by_label("Secret").input_value()
        assert secret.startswith("whsec_")
        hand.follow("Je l'ai copié")
        hand.sees("Rien n'a encore été envoyé.")
        assert secret not in hand.page.content()
        hand.page.get_by_label("Depuis").fill("2026-11-01T00:00")
        hand.press("Renvoyer")
        hand.sees("0 événement va être renvoyé.")
        hand.use(hand.page.locator("summary", has_text="Supprimer le webhook"))
        hand.press("Supprimer le webhook")
        hand.sees("Le webhook est supprimé.")
        hand.follow("Coordonnées bancaires")
        hand.use(hand.page.get_by_role("radio", name="Compte principal"))
        hand.press("Enregistrer")
        hand.sees("Les modifications sont enregistrées.")
        assert office.get()["defaults"]["bank_account"] == str(office.get()["bank_accounts"][0]["portal_id"])
        hand.follow("Journal")
        hand.sees("Les réglages ont été changés.")
        hand.press("Exporter le journal")
        hand.sees("Votre fichier est prêt.")
        hand.follow("Identité et export")
        hand.press("Préparer l'export")
        hand.sees("Votre fichier est prêt.")


@pytest.mark.row("C06")
def test_an_administrator_of_the_installation_makes_suspends_and_deletes_a_supplier(
    stack: Running, visit: Visit
) -> None:
    stack.stack.user_token("installer", groups=(ADMINISTRATORS,))
    hand = visit("installer")
    with no_fault(hand.page):
        hand.go("/suppliers")
        hand.follow("Nouvelle entreprise")
        hand.fill("Nom", "Fournisseur Éphémère")
        hand.choose("Genre d'identifiant", "RIDET")
        hand.fill("Valeur de l'identifiant", "0 765 432.001")
        hand.press("Créer l'entreprise")
        hand.sees("L'entreprise est créée.")
        hand.go("/installation")
        row = hand.page.get_by_role("row").filter(has_text="Fournisseur Éphémère")
        while not row.count():  # the other tests of the run have made pages of suppliers
            with hand.page.expect_navigation():
                hand.follow("Page suivante")
        hand.use(row.locator("summary"))
        hand.press("Suspendre", within=row)
        hand.sees("L'entreprise est suspendue.")
        hand.use(row.locator("summary"))
        hand.press("Reprendre", within=row)
        hand.sees("L'entreprise a repris.")
        hand.use(row.locator("summary"))
        hand.press("Exporter puis supprimer", within=row)
        hand.page.get_by_text("L'entreprise est supprimée").wait_for(timeout=90_000)
        hand.sees("Votre fichier est prêt.")


def test_another_suppliers_pages_and_forms_are_not_found(enter: Enter, stack: Running) -> None:
    _, hand = enter()
    other = stack.new_supplier(name="Autre fournisseur")
    with no_fault(hand.page):
        csrf = str(hand.page.locator("input[name=csrf]").first.get_attribute("value"))
        for path in (*PAGES, "/webhooks/w1", "/layouts/l1", "/tables/unknown", "/tables/recipients/row?row_id=eA"):
            status, text = hand.answer(f"/suppliers/{other}/configuration{path}")
            assert status == 404, path
            assert "Autre fournisseur" not in text
        for path in FORMS:
            form: Form = {
                "csrf": csrf,
                "key": "k",
                "version": '"1"',
                "criterion": "x",
                "csv": "label;siret",
                "url": "u",
            }
            form |= {"principal": "p", "kind": "waiting", "proposal": "p", "row_id": "r", "label": "l", "value": "v"}
            status, _ = hand.answer(f"/suppliers/{other}/configuration{path}", form)
            assert status == 404, path
        for path in ("/installation", "/new-supplier", f"/installation/{other}/removal"):
            assert hand.answer(path)[0] in (403, 404), path
        assert hand.answer(f"/invitations/{other}", {"csrf": csrf})[0] == 404


def test_hostile_texts_are_shown_as_text(enter: Enter) -> None:
    office, hand = enter()
    with no_fault(hand.page):
        for text in (HOSTILE.strip(), HOSTILE * 200):
            for path, label in (
                ("", "Nom"),
                ("/criteria", "Nom du dossier ou de la règle"),
                ("/access", "Identifiant"),
            ):
                hand.go(f"{office.path}/configuration{path}")
                hand.fill(label, text)
                hand.use(hand.page.locator("main form button").last)
                assert hand.page.locator("main h1").count() == 1
                assert hand.page.locator("main script, main b b").count() == 0
        rows = f"label;siret\n{HOSTILE};1\n{'x' * 10_000};2\n"
        hand.go(f"{office.path}/configuration/tables/recipients")
        hand.attach("Fichier CSV", a_csv(rows))
        hand.press("Vérifier le fichier")
        hand.sees("2 lignes sont refusées.")
        binary: FilePayload = {"name": "t.csv", "mimeType": "text/csv", "buffer": bytes(range(256)) * 40}
        hand.attach("Fichier CSV", binary)
        hand.press("Vérifier le fichier")
        expect(hand.page.get_by_role("alert")).to_be_visible()


@pytest.mark.row("C10")
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_axe_finds_nothing_on_the_configurations_pages(
    stack: Running, visit: Visit, language: str, *, dark: bool
) -> None:
    office = Office(stack, f"axe-{language}-{dark}")
    stack.api.call(
        "PUT",
        f"{office.path}/configuration/tables/recipients/rows",
        json={"label": "La mairie", "value": TOWN},
    )
    hand = visit(office.name, language=language, dark=dark, width=360 if dark else 1280)
    found = {}
    for path in PAGES:
        hand.go(f"{office.path}/configuration{path}")
        found[path] = violations(hand.page)
        assert hand.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert len(hand.page.content()) < 120_000
    hand.go("/invitations/unknown")
    found["invitation"] = violations(hand.page)
    assert {path: each for path, each in found.items() if each} == {}
