"""« Mes messages » and structures in a browser: written, sent, read, announced to lists, and people invited."""

import time
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page

from tests.e2e.conftest import Running
from tests.e2e.console.conftest import Visit, no_fault
from tests.e2e.console.hand import Hand
from tests.e2e.console.seen import violations
from tests.e2e.messages_world import World, build_world, recipient

pytestmark = pytest.mark.acceptance

SCHOOLS = "Mairie de Saint-Ouen · Écoles"
WORKS = "Mairie de Saint-Ouen · Services techniques"
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def world(stack: Running) -> World:
    return build_world(stack)


def find_and_choose(hand: Hand, way: str, typed: str, label: str) -> None:
    """Complete what is typed with the suggestion of that label: by the script's list, or by the search's button."""
    hand.fill("SIRET ou raison sociale", typed)
    if way == "no_script":
        hand.press("Chercher")
        hand.check(label)
        return
    option = hand.page.get_by_role("option", name=label)
    option.wait_for()
    if way == "mouse":
        option.click()
    else:
        while option.get_attribute("aria-selected") != "true":
            hand.page.keyboard.press("ArrowDown")
        hand.page.keyboard.press("Enter")
    assert hand.page.get_by_role("checkbox", name=label).is_checked()


def summary(page: Page, name: str) -> Locator:
    return page.locator("summary", has_text=name)


def comes(hand: Hand, way: str, text: str) -> None:
    """Wait for a text of a page that loads itself again; without a script the person follows its link."""
    awaited = hand.page.get_by_text(text).first
    deadline = time.monotonic() + 60
    while way == "no_script" and not awaited.is_visible():
        assert time.monotonic() < deadline, f"« {text} » never came"
        hand.follow("Actualiser")
    awaited.wait_for(timeout=60_000)


@pytest.mark.row("C09")
def test_a_message_is_drafted_previewed_sent_and_read(world: World, visit: Visit, way: str) -> None:
    title, alice = f"Fermeture en août ({way})", visit(f"alice-{world.acme}", way)
    with no_fault(alice.page):
        alice.go("/messages/outbox")
        alice.follow("Nouveau message")
        find_and_choose(alice, way, world.town[:8], SCHOOLS)
        alice.press("Voir qui le recevra")
        alice.sees("1 le recevra ici")
        alice.fill("Titre", title)
        alice.press("Enregistrer")
        alice.sees("Le brouillon est enregistré. Rien n'est envoyé.")
        alice.press("Envoyer")
        alice.sees("Le contenu est obligatoire pour envoyer.")
        alice.follow("Modifier")
        alice.fill("Contenu", "Nos bureaux sont fermés.")
        alice.press("Envoyer")
        alice.sees("Le message est envoyé.")
        comes(alice, way, "1 remis ici")
        alice.follow("Ajouter des destinataires")
        find_and_choose(alice, way, "ministère", "Ministère des Écluses")
        alice.press("Ajouter et envoyer")
        comes(alice, way, "1 ne l'a pas reçu")
        alice.sees("ni compte ici, ni adresse")
        alice.go("/messages/outbox")
        alice.fill("Titre", title)
        alice.press("Rechercher")
        alice.sees("1 résultat")
    tess = visit(f"tess-{world.acme}", way)
    with no_fault(tess.page):
        tess.go("/messages")
        tess.sees("1 non lu")
        tess.press(f"Marquer comme lu : {title}")
        tess.sees("Le message est marqué comme lu.")
        tess.follow(title)
        tess.sees("Nos bureaux sont fermés.")
        tess.sees("On ne répond pas à un message reçu")
        tess.press("Marquer comme non lu")
        tess.press("Marquer comme lus tous ceux de ces filtres")
        tess.sees("Les messages sont marqués comme lus.")
        assert "non lu" not in tess.page.locator("nav.places").inner_text()
    alice.follow("Consulter MSG_" + alice.page.locator("tbody th").inner_text().removeprefix("MSG_"))
    alice.sees("1 structure l'a lu")


@pytest.mark.row("C09")
def test_a_list_is_made_changed_used_and_deleted(world: World, visit: Visit, way: str) -> None:
    name, alice = f"Écoles ({way})", visit(f"alice-{world.acme}", way)
    with no_fault(alice.page):
        alice.go("/messages/lists")
        alice.follow("Nouvelle liste de diffusion")
        alice.fill("Nom de la liste", name)
        alice.press("Enregistrer")
        alice.sees("Au moins un destinataire")
        find_and_choose(alice, way, world.town[:8], SCHOOLS)
        alice.press("Enregistrer")
        alice.sees("La liste est créée.")
        find_and_choose(alice, way, "techniques", WORKS)
        alice.press("Ajouter à la liste")
        alice.sees("STECH · Services techniques")
        alice.fill("Nom de la liste", f"{name} et travaux")
        alice.press("Renommer")
        alice.sees(f"{name} et travaux")
        alice.check("Retirer : Mairie de Saint-Ouen STECH")
        alice.press("Retirer les membres cochés")
        alice.sees("Les modifications sont enregistrées.")
        assert alice.page.get_by_text("STECH").count() == 0
        at = alice.page.url
        alice.go("/messages/new")
        alice.check(f"{name} et travaux")
        alice.press("Voir qui le recevra")
        alice.sees("1 le recevra ici")
        alice.page.goto(at)
        alice.use(summary(alice.page, "Supprimer"))
        alice.press("Supprimer cette liste")
        alice.sees("La liste est supprimée.")


@pytest.mark.row("C09")
def test_a_public_body_chooses_the_kind_of_recipients_and_deletes_a_draft(world: World, visit: Visit, way: str) -> None:
    tom = visit(f"tom-{world.acme}", way)
    with no_fault(tom.page):
        tom.go("/messages/new")
        tom.check("fournisseurs")
        find_and_choose(tom, way, world.beta[:9], "Bêta Plomberie")
        tom.choose("Service émetteur", "Écoles (SCOL)")
        tom.press("Enregistrer")
        tom.sees("Mairie de Saint-Ouen · SCOL")
        tom.use(summary(tom.page, "Supprimer"))
        tom.press("Supprimer ce brouillon")
        tom.sees("Le brouillon est supprimé.")


@pytest.mark.row("C09")
def test_a_person_is_invited_accepts_and_leaves(world: World, visit: Visit, way: str) -> None:
    guest, mayor = world.user(f"guest-{way}"), visit(f"mayor-{world.acme}", way)
    with no_fault(mayor.page):
        mayor.go(f"/structures/{world.town}")
        mayor.follow("Droits aux messages et membres")
        mayor.fill("Identifiant de la personne ou du groupe", guest.principal)
        mayor.press("Donner")
        mayor.sees("La personne est invitée")
    invited = visit(f"guest-{way}-{world.acme}", way)
    with no_fault(invited.page):
        invited.go(f"/structures/{world.town}")
        invited.sees("Mairie de Saint-Ouen vous invite à ses messages.")
        invited.press("Accepter")
        invited.sees("L'invitation est acceptée")
        invited.follow("Mes structures")
        invited.sees("Mairie de Saint-Ouen")
        invited.go(f"/structures/{world.town}")
        invited.use(summary(invited.page, "Renoncer à mon droit aux messages"))
        invited.press("Mettre fin")
        invited.sees("Votre abonnement a pris fin.")
    mayor.follow("Journal")
    mayor.sees(guest.principal)


@pytest.fixture(scope="module")
def known(world: World) -> dict[str, str]:
    """What there is to see: a sent message, a draft, a received one, a list."""
    alice, tom = world.user("alice"), world.user("tom")
    sent = alice.send(world.acme, title=MARKUP, content=f"{MARKUP}\nمرحبا", recipients=[recipient(world.town)])
    draft = alice.draft(
        world.acme, title="Brouillon", recipients=[recipient(world.town), recipient(world.town, "SCOL")]
    )
    tom.send(world.town, recipient_kind="supplier", recipients=[recipient(world.acme)], title=MARKUP)
    members = [recipient(world.town, "SCOL")]
    made = alice.ok("POST", "/messages/lists", json={"owner_siret": world.acme, "name": MARKUP, "members": members})
    received = alice.ok("GET", "/messages/inbox")["messages"][0]["reference"]
    return {"sent": sent["reference"], "draft": draft["reference"], "received": received, "list": made["list_id"]}


def pages_of_alice(world: World, known: dict[str, str]) -> list[str]:
    outbox = f"/messages/outbox/{world.acme}"
    return [
        "/messages",
        f"/messages/inbox/{world.acme}/{known['received']}",
        "/messages/outbox",
        f"{outbox}/{known['draft']}",
        f"{outbox}/{known['draft']}/edit",
        f"{outbox}/{known['sent']}",
        f"{outbox}/{known['sent']}/add",
        "/messages/new",
        "/messages/lists",
        "/messages/lists/new",
        f"/messages/lists/{world.acme}/{known['list']}",
        "/structures",
    ]


def pages_of_the_mayor(world: World) -> list[str]:
    return [f"/structures/{world.town}{each}" for each in ("", "/people", "/audit")]


@pytest.mark.row("C10")
def test_axe_finds_nothing_in_either_language_light_or_dark(world: World, known: dict[str, str], visit: Visit) -> None:
    for name, pages in (("alice", pages_of_alice(world, known)), ("mayor", pages_of_the_mayor(world))):
        hand = visit(f"{name}-{world.acme}")
        for language in ("fr", "en"):
            hand.go(f"/language/{language}")
            for path in pages:
                hand.go(path)
                for scheme in ("light", "dark"):
                    hand.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                    assert violations(hand.page) == [], (path, language, scheme)


@pytest.mark.row("C10")
def test_pages_fit_a_phone_a_tablet_and_a_desk(world: World, known: dict[str, str], visit: Visit) -> None:
    hand = visit(f"alice-{world.acme}")
    for path in pages_of_alice(world, known):
        hand.go(path)
        for width in (360, 768, 1280):
            hand.page.set_viewport_size({"width": width, "height": 900})
            assert hand.page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


ASK = """async ([path, form]) => {
  const sent = form && {method: "POST", body: new URLSearchParams(form)};
  const answer = await fetch(path, sent || {});
  return [answer.status, await answer.text()];
}"""


def asked(hand: Hand, path: str, form: dict[str, Any] | None = None) -> tuple[int, str]:
    """The status and the page that the browser gets for a path, or for a form that is sent there."""
    status, body = hand.page.evaluate(ASK, [f"/console{path}", form])
    return int(status), str(body)


def posted(hand: Hand, path: str, **form: Any) -> int:
    """The status of a form that is sent with the session's mark; the page has one."""
    mark = hand.page.locator("input[name=csrf]").first.get_attribute("value") or ""
    return asked(hand, path, {"csrf": mark, "key": "k", **form})[0]


def test_another_tenants_ids_are_pages_that_do_not_exist(world: World, known: dict[str, str], visit: Visit) -> None:
    bea = visit(f"bea-{world.acme}")
    own = ("/messages", "/messages/outbox", "/messages/new", "/messages/lists", "/messages/lists/new", "/structures")
    theirs = [each for each in pages_of_alice(world, known) if each not in own]
    theirs += [*pages_of_the_mayor(world), f"/messages/recipients?sender={world.acme}&text=2000"]
    for path in theirs:
        answer = bea.page.goto(f"{bea.console_url}{path}")
        assert answer is not None
        assert answer.status == 404, path
    bea.go("/messages/new")
    message, its_list = (
        f"/messages/outbox/{world.acme}/{known['draft']}",
        f"/messages/lists/{world.acme}/{known['list']}",
    )
    typed = {"sender": world.acme, "shown_sender": world.acme, "version": '"1"'}
    for path, do in (
        (f"{message}/edit", "save"),
        (f"{message}/send", ""),
        (f"{message}/dates", ""),
        (f"{message}/delete", ""),
        (f"/messages/outbox/{world.acme}/{known['sent']}/add", "add"),
        (f"/messages/inbox/{world.acme}/{known['received']}/read", ""),
        ("/messages/new", "save"),
        (its_list, "rename"),
        (f"{its_list}/delete", ""),
        (f"/structures/{world.town}", ""),
        (f"/structures/{world.town}/people", "remove"),
        (f"/structures/{world.town}/answer", "accept"),
    ):
        assert posted(bea, path, do=do, name="x", **typed) == 404, path


def test_markup_long_texts_and_other_scripts_are_shown_as_text(
    world: World, known: dict[str, str], visit: Visit
) -> None:
    hand = visit(f"alice-{world.acme}")
    page, long = hand.page, "é" * 10_000
    page.on("dialog", lambda _: pytest.fail("a script ran"))
    with no_fault(page):
        for path in pages_of_alice(world, known):
            hand.go(path)
            assert page.locator("img").count() == 0, path
        hand.go(f"/messages/outbox/{world.acme}/{known['sent']}")
        hand.sees("مرحبا")
        names = ("text", "sender", "sort", "cursor", "limit", "title", "owner", "done", "recipient", "name")
        queries = [{name: MARKUP} for name in names]
        queries += [dict.fromkeys(names, odd) for odd in (long[:300], "\N{RIGHT-TO-LEFT OVERRIDE}abc", "\x00")]
        for place in ("/messages", "/messages/outbox", "/messages/lists", "/messages/new"):
            for query in queries:
                status, body = asked(hand, f"{place}?{urlencode(query)}")
                assert status < 500, (place, query)
                assert MARKUP not in body
        hand.go("/messages/new")
        page.fill("#title", MARKUP + long)
        page.fill("#message-content", long)
        hand.press("Envoyer")
        hand.sees("Le titre a 50 caractères au plus.")
        assert page.input_value("#title") == MARKUP + long
        assert page.input_value("#message-content") == long
        hand.go("/messages/new")
        sender = {"sender": world.acme, "shown_sender": world.acme, "owner": world.acme, "shown_owner": world.acme}
        for odd in (MARKUP, long, "\N{RIGHT-TO-LEFT OVERRIDE}abc", "a\tb\tc\td\te\n"):
            fields = ("title", "content", "recipient", "list", "service", "kind", "display_start", "find_identifier")
            for do in ("send", "find"):
                typed = {**dict.fromkeys(fields, odd), "name": odd, "owner_service": odd, "do": do, **sender}
                assert posted(hand, "/messages/new", **typed) < 500, (odd[:20], do)
                assert posted(hand, "/messages/lists/new", **typed) < 500, (odd[:20], do)
