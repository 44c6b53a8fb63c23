"""Upload, documents to process, the search and the notifications, in a browser."""

import re
import time
from dataclasses import dataclass

import pytest
from playwright.sync_api import FilePayload, expect

from tests.e2e.conftest import Running
from tests.e2e.console.conftest import Visit, no_fault
from tests.e2e.console.hand import Hand
from tests.e2e.console.seen import violations
from tools.demo import Sample

pytestmark = pytest.mark.acceptance

TWO = ("facture-site-internet.pdf", "departement-sans-service.pdf")
_READING_MS = 90_000
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>\u202eabc'


@dataclass
class Desk:
    """A supplier and a person who may do everything there."""

    supplier_id: str
    person: str

    @property
    def root(self) -> str:
        return f"/suppliers/{self.supplier_id}"


@pytest.fixture
def desk(stack: Running, request: pytest.FixtureRequest) -> Desk:
    supplier_id = stack.new_supplier(name="Bureau de la console")
    person = f"desk-{supplier_id}"
    principal = stack.stack.subject(stack.stack.user_token(person))
    wish = {"roles": ["administer", "use"], "kind": "person"}
    stack.api.call("PUT", f"/suppliers/{supplier_id}/configuration/access/{principal}", json=wish)
    for kind in ("waiting", "held"):
        path = f"/suppliers/{supplier_id}/configuration/notifications/{kind}/{principal}"
        stack.api.call("PUT", path, json={})
    return Desk(supplier_id, person)


def _payloads(samples: dict[str, Sample], *names: str) -> list[FilePayload]:
    return [{"name": name, "mimeType": "application/pdf", "buffer": samples[name].data} for name in names]


def _wait_until_read(hand: Hand, way: str) -> None:
    """Wait on the page of an upload: a script loads it again; without one, a person presses « Actualiser »."""
    main, read = hand.page.locator("main"), "Tous les fichiers sont lus"
    until = time.monotonic() + _READING_MS / 1000
    while way == "no_script" and read not in main.inner_text() and time.monotonic() < until:
        with hand.page.expect_navigation():
            hand.follow("Actualiser")
    expect(main).to_contain_text(read, timeout=_READING_MS)


@pytest.mark.row("C02", "C05", "C08", "C10")
def test_files_are_uploaded_wait_are_stopped_together_found_and_notified(
    stack: Running, samples: dict[str, Sample], desk: Desk, visit: Visit, way: str
) -> None:
    hand = visit(desk.person, way)
    page = hand.page
    with no_fault(page):
        hand.follow("Bureau de la console")
        hand.follow("Ajouter des fichiers")
        hand.attach("Fichiers PDF ou ZIP", *_payloads(samples, *TWO))
        hand.use(page.locator("summary", has_text="Dossier et classement"))
        hand.fill("Dossier", "factures")
        hand.press("Envoyer")
        page.wait_for_url("**/upload/status**")
        _wait_until_read(hand, way)

        hand.follow("Documents à traiter")
        expect(page.get_by_role("row")).to_have_count(3)
        hand.sees("n'est pas celui de ce fournisseur")
        for box in page.get_by_role("checkbox", name=re.compile("^Choisir ")).all():
            hand.use_box(box)
        hand.fill("Motif (pour retenir ou mettre de côté)", "En attente du bon de commande")
        hand.press("Mettre de côté")
        hand.sees("2 documents traités sur 2.")
        hand.follow("Revenir aux documents")
        hand.sees("2 documents sont mis de côté")
        hand.follow_like("Mis de côté")
        hand.sees("En attente du bon de commande")

        hand.fill("Trouver une facture", "FA2026-1041")
        hand.press("Trouver")
        page.wait_for_url("**/documents/*")

        hand.go(f"{desk.root}/notifications")
        hand.sees("Un document attend une personne")
        hand.press("Tout marquer comme lu")
        hand.sees("Les notifications sont marquées comme lues.")
        hand.follow_like("Non lues")
        hand.sees("Vous avez tout lu.")


def test_a_larger_file_goes_to_the_bucket_and_a_wrong_one_says_why(stack: Running, desk: Desk, visit: Visit) -> None:
    hand = visit(desk.person)
    large = b"%PDF-1.4\n" + b"0" * 4_300_000
    with no_fault(hand.page):
        hand.go(f"{desk.root}/upload")
        hand.attach("Fichiers PDF ou ZIP", {"name": "grand.pdf", "mimeType": "application/pdf", "buffer": large})
        hand.press("Envoyer")
        hand.page.wait_for_url("**/upload/status**")
        expect(hand.page.locator("main")).to_contain_text("inutilisable", timeout=_READING_MS)


def test_files_of_every_kind_have_one_page_of_results_and_say_why_they_are_not_sent(
    samples: dict[str, Sample], desk: Desk, visit: Visit
) -> None:
    hand = visit(desk.person)
    pdf, *_ = _payloads(samples, *TWO)
    large: FilePayload = {"name": "gros.pdf", "mimeType": "application/pdf", "buffer": b"%PDF" + b"0" * 11_000_000}
    damaged: FilePayload = {"name": "abime.zip", "mimeType": "application/zip", "buffer": b"PK no zip"}
    with no_fault(hand.page):
        hand.go(f"{desk.root}/upload")
        hand.attach("Fichiers PDF ou ZIP", pdf, damaged, large)
        hand.press("Envoyer")
        hand.sees("gros.pdf : ce fichier dépasse 10 Mo")
        hand.sees("abime.zip : envoyé")
        hand.follow("Voir ce qu'il en advient")
        main = hand.page.locator("main")
        expect(main).to_contain_text("Le ZIP est refusé", timeout=_READING_MS)
        expect(main).to_contain_text("à compléter", timeout=_READING_MS)
        hand.go(f"{desk.root}/upload")
        hand.attach("Fichiers PDF ou ZIP", pdf)
        hand.press("Envoyer")
        hand.page.wait_for_url("**/upload/status**")
        hand.sees("Ce fichier est déjà ici depuis le")
        hand.go(f"{desk.root}/documents?counter=reading")
        assert "gros.pdf" not in hand.page.content()


def test_axe_finds_nothing_on_these_pages(samples: dict[str, Sample], desk: Desk, visit: Visit) -> None:
    for language, dark in (("fr", False), ("en", True)):
        hand = visit(desk.person, language=language, dark=dark)
        for path in ("/documents", "/documents?counter=held&text=x", "/upload", "/find?text=abc", "/notifications"):
            hand.go(f"{desk.root}{path}")
            assert violations(hand.page) == [], path


def test_anothers_pages_are_a_404_and_markup_is_text(stack: Running, desk: Desk, visit: Visit) -> None:
    hand = visit(f"stranger-{desk.supplier_id}")
    for path in ("documents", "upload", "find?text=a", "notifications", "upload/status?document=x", "archives/x"):
        answer = hand.page.goto(f"{hand.console_url}{desk.root}/{path}")
        assert answer is not None
        assert answer.status == 404, path
        hand.sees("Cette page n'existe pas")
    own = visit(desk.person)
    with no_fault(own.page):
        for value in (HOSTILE, "x" * 10_000):
            own.go(f"{desk.root}/documents")
            own.fill("Trouver une facture", value)
            own.press("Trouver")
            own.sees("Aucune facture ne correspond")
        assert own.page.locator("main img, main script").count() == 0
