"""The connection to Chorus Pro as guided steps, in a browser: each trial says which step the portal refuses."""

import pytest
from playwright.sync_api import FilePayload, expect

from tests.e2e.conftest import Running
from tests.e2e.console.conftest import Visit, no_fault
from tests.e2e.console.hand import Hand
from tests.e2e.console.seen import violations
from tests.e2e.console.test_configuration import Form, Office
from tools.demo import CREDENTIALS, seed

pytestmark = pytest.mark.acceptance


def _sees_steps(hand: Hand, *verdicts: str) -> None:
    """Wait for a page whose steps have these verdicts, in their order."""
    expect(hand.page.locator(".steps > li")).to_have_class([f"card {each}" for each in verdicts], timeout=20_000)


def _type(hand: Hand, **keys: str) -> None:
    given = {**CREDENTIALS, **keys}
    hand.fill("Client id", given["client_id"])
    hand.fill("Client secret", given["client_secret"])
    hand.fill("Identifiant technique", given["technical_login"])
    hand.fill("Mot de passe du compte technique", given["technical_password"])
    hand.press("Essayer et enregistrer")


@pytest.mark.row("C07")
@pytest.mark.row("C10")
def test_a_supplier_is_connected_step_by_step(stack: Running, visit: Visit, way: str) -> None:
    siret = f"81{['mouse', 'keyboard', 'no_script'].index(way)}00000000017"
    seed(stack.simulator.base_url, siret=siret, name="Menuiserie Raccordée", structures=())
    supplier = stack.api.call("POST", "/suppliers", json={"name": "Menuiserie Raccordée", "siret": siret})
    path = f"/suppliers/{supplier['supplier_id']}"
    name = f"connects-{way}"
    principal = stack.stack.subject(stack.stack.user_token(name))
    rights = {"roles": ["administer", "use"], "kind": "person"}
    stack.api.call("PUT", f"{path}/configuration/access/{principal}", json=rights)
    stack.as_user(name).call("PUT", f"/me{path}")
    hand = visit(name, way)
    hand.go(f"{path}/connection")
    with no_fault(hand.page):
        hand.sees("pas encore connecté")
        _sees_steps(hand, *["unknown"] * 6)
        _type(hand, client_secret="wrong")
        _sees_steps(hand, "wrong", *["unknown"] * 5)
        hand.sees("La connexion n'est pas acceptée : rien n'a été enregistré.")
        expect(hand.page.get_by_label("Client id")).to_have_value(CREDENTIALS["client_id"])
        assert CREDENTIALS["technical_password"] not in hand.page.content()
        _type(hand, technical_password="wrong")
        _sees_steps(hand, "ok", "ok", "wrong", *["unknown"] * 3)
        assert stack.api.call("GET", f"{path}/credentials")["credentials_saved_at"] is None
        _type(hand)
        hand.sees("Chorus Pro accepte la connexion")
        hand.sees("jours restants")
        _sees_steps(hand, *["ok"] * 6)
        assert not any(each in hand.page.content() for each in CREDENTIALS.values())
        hand.press("Essayer la connexion enregistrée")
        hand.sees("La connexion enregistrée vient d'être essayée : Chorus Pro l'accepte.")
        _type(hand, technical_password="wrong")
        _sees_steps(hand, "ok", "ok", "wrong", *["unknown"] * 3)
        expect(hand.page.get_by_role("alert")).to_contain_text("n'a pas changé et fonctionne toujours")
        assert stack.api.call("POST", f"{path}/credentials")["refused"] is None


@pytest.mark.row("C07")
def test_a_certificate_is_tried_and_its_file_explained(stack: Running, visit: Visit) -> None:
    office = Office(stack, "certificate")
    hand = visit(office.name)
    hand.go(f"{office.path}/connection")
    with no_fault(hand.page):
        hand.follow("Certificat (ancien)")
        file: FilePayload = {"name": "key.p12", "mimeType": "application/x-pkcs12", "buffer": b"no certificate"}
        hand.attach("Fichier du certificat (p12 ou PEM)", file)
        hand.fill("Identifiant technique", "TECH_1_1@cpro.fr")
        hand.fill("Mot de passe du compte technique", "x")
        hand.press("Essayer et enregistrer")
        _sees_steps(hand, "wrong", *["unknown"] * 4)
        expect(hand.page.get_by_role("alert")).to_be_visible()
    assert office.get("/credentials")["credentials_mode"] == "oauth_piste"  # the old keys stay


def test_another_suppliers_connection_is_not_found(stack: Running, visit: Visit) -> None:
    office = Office(stack, "neighbour")
    other = stack.new_supplier(name="Autre fournisseur")
    hand = visit(office.name)
    hand.go(f"{office.path}/connection")
    csrf = str(hand.page.locator("input[name=csrf]").first.get_attribute("value"))
    path = f"/suppliers/{other}/connection"
    keys: Form = {"csrf": csrf, **CREDENTIALS}
    assert hand.answer(path)[0] == 404
    assert hand.answer(path, keys)[0] == 404


@pytest.mark.row("C10")
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_axe_finds_nothing_on_the_connections_pages(stack: Running, visit: Visit, language: str, *, dark: bool) -> None:
    office = Office(stack, f"axe-connection-{language}-{dark}")
    hand = visit(office.name, language=language, dark=dark, width=360 if dark else 1280)
    for mode in ("oauth_piste", "certificate"):
        hand.go(f"{office.path}/connection?mode={mode}")
        assert violations(hand.page) == []
        assert hand.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    hand.page.locator("#technical_login").fill("x")
    hand.page.locator("#technical_password").fill("x")
    hand.page.locator("#file").set_input_files({"name": "k.pem", "mimeType": "text/plain", "buffer": b"-----"})
    hand.page.locator("main form button").last.click()
    expect(hand.page.get_by_role("alert")).to_be_visible()
    assert violations(hand.page) == []
