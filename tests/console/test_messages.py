"""« Mes messages »: what the views decide, with the examples of the API's description."""

import json
import re
from typing import Any

import httpx
import pytest

from tests.console.browsing import Browser

SENDER = "90123450000014"
TOWN = "20000035400015"
DRAFT = f"/messages/outbox/{SENDER}/MSG_000000001"


@pytest.fixture
def writer(browser: Browser) -> Browser:
    """Writes for one supplier."""
    home = browser.api.example("messages.home")
    home["subscriptions"] = [{**home["subscriptions"][0], "siret": SENDER, "mode": "write", "services": None}]
    home["structures"] = [{"siret": SENDER, "name": "Atelier"}]
    browser.api.plan("messages.home", home)
    browser.api.plan("structures.get", {**browser.api.example("structures.get"), "public": False, "services": []})
    return browser


def draft_of(browser: Browser, **fields: Any) -> dict[str, Any]:
    message = browser.api.example("outbox.get")
    label = {"fr": "Brouillon", "en": "Draft"}
    return {**message, "sender_siret": SENDER, "sender_service": "", "state": "draft", "state_label": label, **fields}


def body_of(browser: Browser, operation: str) -> Any:
    return json.loads(browser.api.asked(operation)[-1].content)


def filled(**fields: Any) -> dict[str, Any]:
    return {"sender": SENDER, "shown_sender": SENDER, **fields}


def test_a_draft_is_shown_in_its_form_with_the_names_of_its_recipients(writer: Browser) -> None:
    recipients = [{"siret": TOWN, "service": ""}]
    writer.api.plan("outbox.get", draft_of(writer, recipients=recipients, list_ids=[]))
    named = [{"siret": TOWN, "service": "", "name": "Agglomération", "reach": "here"}]
    preview = {**writer.api.example("outbox.preview_recipients"), "recipients": named}
    writer.api.plan("outbox.preview_recipients", preview)
    page = writer.get(f"{DRAFT}/edit")
    assert page["statusCode"] == 200
    assert "Agglomération" in page["body"]
    assert 'name="content"' in page["body"]


def test_no_two_elements_of_the_form_have_one_id(writer: Browser) -> None:
    page = writer.get("/messages/new")["body"]
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_a_date_that_no_person_chose_is_left_to_the_day_of_sending(writer: Browser) -> None:
    dates = {"display_start": "2026-11-30", "default_start": "2026-11-30", "default_end": "2026-12-14"}
    writer.post("/messages/new", filled(do="save", **dates, display_end="2026-12-14"))
    assert not {"display_start", "display_end"} & set(body_of(writer, "outbox.create"))
    writer.post("/messages/new", filled(do="save", **dates, display_end="2026-12-20"))
    assert body_of(writer, "outbox.create")["display_end"] == "2026-12-20"
    assert "display_start" not in body_of(writer, "outbox.create")
    writer.post("/messages/new", filled(do="save", **dates, display_end=""))
    assert body_of(writer, "outbox.create")["display_end"] is None


def test_only_the_checked_recipients_are_sent_each_once(writer: Browser) -> None:
    boxes = [f"{TOWN}\tEAU\tAgglomération\tEaux", f"{TOWN}\tEAU\tAgglomération\t", f"{TOWN}\t\t\t"]
    kept = "10000000000001\t\t\t\n10000000000002\t\t\t"
    writer.post("/messages/new", filled(do="send", recipient=boxes, kept=kept, all_recipients="yes"))
    sent = body_of(writer, "outbox.create")
    assert [(each["siret"], each["service"]) for each in sent["recipients"]] == [
        (TOWN, "EAU"),
        (TOWN, ""),
        ("10000000000001", ""),
        ("10000000000002", ""),
    ]
    assert (sent["all_recipients"], sent["send"]) == (True, True)


def test_another_sender_is_not_sent_for_before_its_services_and_lists_were_shown(writer: Browser) -> None:
    answer = writer.post("/messages/new", filled(do="send", shown_sender=TOWN, title="Fermeture", content="Août"))
    assert writer.api.asked("outbox.create") == []
    assert "L&#39;émetteur a changé" in answer["body"]
    assert 'value="Fermeture"' in answer["body"]


def test_a_refused_sending_shows_all_that_was_typed_with_its_problems(writer: Browser) -> None:
    missing = {
        "field": "title",
        "code": "title_missing",
        "fr": "Le titre est obligatoire.",
        "en": "A title is required.",
    }
    refused = {"code": "title_missing", "title": "Refusée", "detail": "Refusée", "problems": [missing]}
    writer.api.plan("outbox.create", refused, status=422)
    answer = writer.post(
        "/messages/new", filled(do="send", content="Nos <b>bureaux</b>", recipient=f"{TOWN}\t\tVille\t")
    )
    assert answer["statusCode"] == 422
    assert answer["body"].count("Le titre est obligatoire.") == 2
    assert "Nos &lt;b&gt;bureaux&lt;/b&gt;" in answer["body"]
    assert "Ville" in answer["body"]


def test_a_draft_that_another_person_changed_keeps_the_text_and_takes_the_new_version(writer: Browser) -> None:
    writer.api.plan("outbox.update", {"code": "stale", "title": "Modifié", "detail": "", "problems": []}, status=412)
    writer.api.plan("outbox.get", draft_of(writer), headers={"ETag": '"9-new"'})
    answer = writer.post(f"{DRAFT}/edit", filled(do="save", title="Mon texte", version='"3-old"'))
    assert answer["statusCode"] == 412
    assert 'value="Mon texte"' in answer["body"]
    assert "&#34;9-new&#34;" in answer["body"]
    assert "entre-temps" in answer["body"]


def test_sending_a_draft_saves_it_first_and_a_refusal_leaves_it_saved(writer: Browser) -> None:
    writer.api.plan("outbox.update", draft_of(writer), headers={"ETag": '"4-saved"'})
    refused = {"code": "no_recipient", "title": "Refusée", "detail": "", "problems": []}
    writer.api.plan("outbox.send", refused, status=422)
    answer = writer.post(f"{DRAFT}/edit", filled(do="send", version='"3"'))
    assert writer.api.asked("outbox.send")[0].headers["If-Match"] == '"4-saved"'
    assert "&#34;4-saved&#34;" in answer["body"]


@pytest.mark.parametrize(
    ("typed", "operation", "query"),
    [
        ("2000 0035", "recipients.complete", "prefix=20000035"),
        ("mairie de saint", "recipients.search", "designation=mairie+de+saint"),
    ],
)
def test_digits_are_completed_and_words_are_searched(writer: Browser, typed: str, operation: str, query: str) -> None:
    answer = writer.get("/messages/recipients", sender=SENDER, text=typed)
    assert query in str(writer.api.asked(operation)[0].url)
    assert json.loads(answer["body"])["options"]


def test_who_may_write_for_no_structure_learns_whom_to_ask(browser: Browser) -> None:
    home = browser.api.example("messages.home")
    browser.api.plan("messages.home", {**home, "subscriptions": [{**home["subscriptions"][0], "mode": "read"}]})
    shown = browser.get("/messages/new")["body"]
    assert "il faut le droit d&#39;écrire" in shown
    assert "Un administrateur de votre structure vous le donne." in shown


def test_a_filter_that_the_api_refuses_is_explained_above_no_rows(browser: Browser) -> None:
    refused = {"code": "unknown_sort", "title": "Tri inconnu", "detail": "Tri inconnu.", "problems": []}
    browser.api.plan("outbox.list", refused, status=422)
    answer = browser.get("/messages/outbox", sort="x")
    assert answer["statusCode"] == 422
    assert "Tri inconnu" in answer["body"]


def test_an_opened_message_is_marked_as_read_once(browser: Browser) -> None:
    path = f"/messages/inbox/{TOWN}/MSG_000000001"
    browser.api.plan("inbox.get", {**browser.api.example("inbox.get"), "read": False})
    browser.get(path)
    assert len(browser.api.asked("inbox.mark_read")) == 1
    browser.api.plan("inbox.get", {**browser.api.example("inbox.get"), "read": True})
    browser.get(path)
    assert len(browser.api.asked("inbox.mark_read")) == 1


def test_after_a_mark_the_inbox_is_shown_and_no_other_site(browser: Browser) -> None:
    path = f"/messages/inbox/{TOWN}/MSG_000000001/read"
    to = browser.post(path, {"read": "no", "back": "https://example.org/"})["headers"]["Location"]
    assert to == "/console/messages?done=message_unread"
    to = browser.post(path, {"read": "yes", "back": "/console/messages?view=all"})["headers"]["Location"]
    assert to == "/console/messages?view=all&done=message_read"


def test_a_sent_message_offers_its_dates_and_more_recipients_until_its_display_is_over(writer: Browser) -> None:
    sent = {**writer.api.example("outbox.get"), "sender_siret": SENDER, "state": "sent", "over": False}
    writer.api.plan("outbox.get", sent)
    assert 'action="/console/messages/outbox/' in writer.get(DRAFT)["body"]
    writer.api.plan("outbox.get", {**sent, "over": True})
    over = writer.get(DRAFT)["body"]
    assert "rien n&#39;y change plus" in over
    assert "/dates" not in over
    assert "/add" not in over


def listed_with(browser: Browser, **counts: Any) -> str:
    """The outbox whose one sent message has these counts."""
    page = browser.api.example("outbox.list")
    (line,) = page["messages"]
    nothing = dict.fromkeys(line["progress"], 0)
    browser.api.plan("outbox.list", {**page, "messages": [{**line, "progress": {**nothing, "done": True, **counts}}]})
    return str(browser.get("/messages/outbox")["body"])


def test_the_outbox_shows_what_became_of_each_sent_message(browser: Browser) -> None:
    shown = listed_with(browser, delivered=2, emailed=1, not_here=3, read=1)
    for each in ("2 remis ici", "1 envoyé par courriel", "3 ne l&#39;ont pas reçu", "1 structure l&#39;a lu"):
        assert each in shown
    assert "reçu par aucun destinataire" not in shown


def test_a_message_that_reached_no_recipient_is_not_called_sent_alone(browser: Browser) -> None:
    assert "Envoyé, reçu par aucun destinataire" in listed_with(browser, not_here=2)
    assert "Envoi en cours" in listed_with(browser, done=False)
    assert "Envoyé</span>" in listed_with(browser, scheduled=2)


def test_members_of_a_list_are_taken_out_by_their_boxes(writer: Browser) -> None:
    writer.post(f"/messages/lists/{SENDER}/l1", {"do": "remove", "recipient": f"{TOWN}\tEAU", "version": '"2"'})
    assert body_of(writer, "lists.update") == {"remove": [{"siret": TOWN, "service": "EAU"}]}
    assert writer.api.asked("lists.update")[0].headers["If-Match"] == '"2"'


def test_who_is_invited_sees_the_invitation_and_a_stranger_a_page_that_does_not_exist(browser: Browser) -> None:
    unknown = {"code": "not_found", "title": "Introuvable", "detail": "", "problems": []}
    browser.api.plan("structures.get", unknown, status=404)
    invited = browser.get(f"/structures/{TOWN}")
    assert invited["statusCode"] == 200
    assert "vous invite" in invited["body"]
    browser.api.plan("me.structure", unknown, status=404)
    assert browser.get(f"/structures/{TOWN}")["statusCode"] == 404


def test_services_of_a_structure_are_lines_of_a_code_and_a_label(browser: Browser) -> None:
    lines = "STECH Services techniques\n\n  SCOL\n"
    browser.post(f"/structures/{TOWN}", {"name": "Ville", "services": lines, "version": '"1"'})
    assert body_of(browser, "structures.update") == {
        "name": "Ville",
        "services": [{"code": "STECH", "label": "Services techniques"}, {"code": "SCOL", "label": ""}],
    }


def test_the_number_of_unread_messages_is_shown_when_there_are_some(browser: Browser) -> None:
    unread = browser.api.example("messages.unread")
    browser.api.plan("messages.unread", {**unread, "count": 0, "count_is_exact": True})
    assert "0 non lu" not in browser.get("/messages")["body"]
    browser.api.plan("messages.unread", {**unread, "count": 2000, "count_is_exact": False})
    assert "2\u202f000 + non lus" in browser.get("/messages")["body"]


@pytest.mark.parametrize("page", ["/messages/new", "/messages/lists/new"])
def test_a_person_who_administers_gives_the_right_to_write_to_the_own_self_in_one_press(
    browser: Browser, page: str
) -> None:
    browser.api.plan("messages.home", {**browser.api.example("messages.home"), "subscriptions": []})
    supplier = {"supplier_id": "s1", "siret": SENDER, "name": "Atelier", "roles": ["administer"], "status": "active"}
    me = {**browser.api.example("me.get"), "structures": [], "suppliers": [supplier]}
    browser.api.plan("me.get", me)
    shown = browser.get(page)["body"]
    assert "Me donner le droit de lire et d&#39;écrire pour Atelier" in shown
    assert len(re.findall(r'aria-current="page"', shown)) == 1
    answer = browser.post("/messages/right", {"siret": SENDER})
    assert answer["headers"]["Location"] == f"/console/messages/new?sender={SENDER}&done=right_given"
    asked = browser.api.asked("structures.subscribe")[-1]
    assert asked.url.path == f"/structures/{SENDER}/subscriptions/{me['principal']}"
    assert json.loads(asked.content) == {"mode": "write", "services": None}


def test_a_person_who_administers_nothing_is_shown_whom_to_ask(browser: Browser) -> None:
    browser.api.plan("messages.home", {**browser.api.example("messages.home"), "subscriptions": []})
    browser.api.plan("me.get", {**browser.api.example("me.get"), "structures": [], "suppliers": []})
    shown = browser.get("/messages/new")["body"]
    assert "/console/messages/right" not in shown
    assert 'href="/console/structures"' in shown


def test_the_distribution_lists_are_asked_for_with_what_their_route_knows(writer: Browser) -> None:
    answer = writer.get("/messages/lists", owner=SENDER, limit="10")
    assert answer["statusCode"] == 200
    (asked,) = writer.api.asked("lists.list")
    assert dict(asked.url.params) == {"owner": SENDER, "limit": "10"}


def test_the_fake_api_refuses_what_the_description_does_not_declare(browser: Browser) -> None:
    api = browser.api
    root = "https://api.example.org"
    declared = {"owner_siret": SENDER, "members": [{"siret": TOWN}]}
    for query, body in (("?colour=red", None), ("", {**declared, "colour": 1}), ("", {"members": [{"colour": 1}]})):
        request = httpx.Request("POST" if body else "GET", f"{root}/messages/lists{query}", json=body)
        assert api(request).status_code == 422
    assert api.undeclared == [
        "lists.list: query.colour",
        "lists.create: body.colour",
        "lists.create: body.members.colour",
    ]
    api.undeclared.clear()
    assert api(httpx.Request("POST", f"{root}/messages/lists", json=declared)).status_code == 201


def test_a_message_that_reached_no_recipient_is_no_success_and_says_what_can_be_done(writer: Browser) -> None:
    page = writer.get(DRAFT, done="message_sent_to_none")["body"]
    (said,) = re.findall(r'<p class="note (\w+)" role="status">(.*?)</p>', page)
    assert said[0] == "warn"
    assert "Sollicitations" in said[1]
    assert 'class="note done" role="status"' in writer.get(DRAFT, done="message_sent")["body"]


def test_to_delete_a_draft_from_the_outbox_opens_the_question_at_once(writer: Browser) -> None:
    writer.api.plan("outbox.list", writer.api.example("outbox.list") | {"messages": [draft_of(writer)]})
    assert f'href="/console{DRAFT}?delete=yes#delete"' in writer.get("/messages/outbox")["body"]
    writer.api.plan("outbox.get", draft_of(writer))
    assert '<details id="delete" open>' in writer.get(DRAFT, delete="yes")["body"]
    assert '<details id="delete">' in writer.get(DRAFT)["body"]


def test_the_title_of_a_message_leads_to_it(writer: Browser) -> None:
    writer.api.plan("outbox.list", writer.api.example("outbox.list") | {"messages": [draft_of(writer, title="Août")]})
    assert f'<a href="/console{DRAFT}">Août</a>' in writer.get("/messages/outbox")["body"]
