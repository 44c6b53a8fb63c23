"""The invoice beside its form: what is open, what a press asks of the API, what is shown after a refusal."""

import json
import re
from html import unescape
from typing import Any

import httpx
import pytest

from tests.console.browsing import Browser

PAGE = "/suppliers/s1/documents/d1"
LAYOUT = {"field": None, "code": "layout_unconfirmed", "fr": "Modèle pas confirmé.", "en": "Not confirmed."}
MISSING = {"field": "service_code", "code": "service_required", "fr": "Il exige un service.", "en": "It needs one."}


def a_form(browser: Browser, *problems: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """The example's form with these problems; its document waits for a person unless a test says otherwise."""
    form = browser.api.example("forms.get") | {"problems": [{"blocking": True, **each} for each in problems]} | changed
    browser.api.plan("forms.get", form)
    browser.api.plan("invoices.get", browser.api.example("invoices.get") | {"state": form["state"]})
    return dict(form)


def a_problem(code: str, status: int, *problems: dict[str, Any]) -> dict[str, Any]:
    return {"code": code, "title": f"Refus {code}.", "detail": "", "status": status, "problems": list(problems)}


def sent(browser: Browser, operation: str) -> Any:
    (request,) = browser.api.asked(operation)
    return json.loads(request.content)


def focused(body: str) -> list[str]:
    """The id, or the value of a button without one, of each element that asks for the focus."""
    tags = re.findall(r"<[a-z0-9]+ [^>]*\bautofocus\b[^>]*>", body)
    return [(re.findall(r'id="([^"]*)"', each) or re.findall(r'value="([^"]*)"', each))[0] for each in tags]


def form_part(body: str) -> str:
    return body[body.index('id="form"') :]


def test_only_fields_with_a_problem_are_open_and_the_first_has_the_focus(browser: Browser) -> None:
    a_form(browser, {**MISSING, "field": "total_ttc"}, MISSING)
    shown = form_part(browser.get(PAGE)["body"])
    opened, _, settled = shown.partition("<details")
    assert re.findall(r'name="f\.(\w+)"', opened) == ["service_code", "total_ttc"]
    assert re.findall(r'name="f\.(\w+)"[^>]*autofocus', shown) == ["service_code"]
    assert 'name="f.invoice_number"' in settled


def test_a_submitted_document_asks_the_portal_and_says_how_new_its_status_is(browser: Browser) -> None:
    deposit = browser.api.example("tracking.list")["invoices"][0]["deposit"]
    document = browser.api.example("invoices.get") | {"state": "SUBMITTED", "deposit": deposit, "task": None}
    age = document["portal"] | {"retrieved_at": "2026-11-30T16:46:00Z"}
    browser.api.plan("invoices.get", document | {"portal": age})
    body = unescape(browser.get(PAGE)["body"])
    assert browser.api.asked("invoices.get")[0].url.params["portal"] == "ask"
    assert len(browser.api.requests) == 3
    assert "D'après ce qu'il a répondu le 30/11/2026 17:46, vous n'avez rien à faire." in body
    assert "Statuts de Chorus Pro au 30/11/2026 17:46" in body
    why = {"code": "x", "fr": "Chorus Pro est en panne.", "en": "Chorus Pro is down."}
    browser.api.plan("invoices.get", document | {"portal": age | {"stale": True, "stale_because": why}})
    body = browser.get(PAGE)["body"]
    assert "Chorus Pro est en panne." in body
    assert 'class="note" id="leaves"' in body
    del document["portal"]
    browser.api.plan("invoices.get", document)
    assert "pas encore été interrogé" in browser.get(PAGE)["body"]


def test_a_form_that_waits_for_a_word_only_begins_at_its_title_so_that_enter_files_nothing(browser: Browser) -> None:
    a_form(browser, LAYOUT)
    body = browser.get(PAGE)["body"]
    assert focused(body) == ["title"]
    assert "Ce modèle de facture n&#39;est pas encore confirmé" in body
    assert "à confirmer</span>" in body
    assert "Aucune valeur ne manque" in body


def test_a_typed_number_that_is_not_the_pages_is_warned_of_and_the_document_waits_for_its_submission(
    browser: Browser,
) -> None:
    warning = "La page porte un autre numéro : 2402-118."
    a_form(browser, {"field": "invoice_number", "code": "number_differs", "fr": warning, "en": ""})
    body = unescape(browser.get(PAGE)["body"])
    assert warning in form_part(body).partition("<details")[0]
    assert "Il ne part pas sans vous" in body
    assert "Aucune valeur ne manque" not in body
    assert focused(body) == ["title"]


@pytest.mark.parametrize(
    ("problems", "focus"),
    [((), ["none-open"]), ((MISSING,), ["f-service_code"]), (({**MISSING, "field": None},), ["none-open"])],
)
def test_a_saved_form_never_gives_the_focus_to_its_submission(
    browser: Browser, problems: tuple[dict[str, Any], ...], focus: list[str]
) -> None:
    a_form(browser, *problems)
    body = browser.post(f"{PAGE}/form", {"do": "save", "version": '"7"'}, partial=True)["body"]
    assert focused(body) == focus


def test_a_form_without_an_open_field_says_whether_something_else_blocks(browser: Browser) -> None:
    a_form(browser, {**MISSING, "field": None})
    body = unescape(browser.get(PAGE)["body"])
    assert "Aucun champ n'est en cause : ce qui bloque est dit ci-dessus." in body
    assert "Aucune valeur ne manque" not in body


def test_a_refused_submission_does_not_list_the_question_that_it_answers(browser: Browser) -> None:
    a_form(browser, MISSING, LAYOUT)
    refusal = a_problem("form_incomplete", 422, {"blocking": True, **MISSING}, {"blocking": True, **LAYOUT})
    browser.api.plan("forms.submit", refusal, status=422)
    answer = browser.post(f"{PAGE}/form", {"do": "submit", "version": '"7"'})
    assert answer["statusCode"] == 422
    assert "Il exige un service." in answer["body"]
    assert LAYOUT["fr"] not in answer["body"]
    assert focused(answer["body"]) == ["f-service_code"]


def test_each_value_says_where_it_was_read_how_surely_and_what_it_beat(browser: Browser) -> None:
    form = browser.api.example("forms.get")
    read = {**form["fields"]["amount_due"], "value": "1500.00", "source": "ocr", "confidence": 0.974}
    beats = {**read, "value": "1800.00", "source": "metadata", "page": None, "box": None, "beaten": [read]}
    a_form(browser, fields={**form["fields"], "amount_due": beats})
    said = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", browser.get(PAGE)["body"])))
    assert "d'une métadonnée ; la reconnaissance dit 1 500,00 €" in said


@pytest.mark.parametrize(
    ("name", "problems", "said"),
    [
        ("service_code", (), "sûr à 85 % seulement, mais l'annuaire de Chorus Pro a ce service"),
        ("supplier_siret", (), "sûr à 85 % seulement, mais comparé à celui de votre entreprise"),
        ("recipient_name", (), "sûr à 85 % seulement ; cette valeur n'est pas envoyée"),
        ("total_ttc", ({**MISSING, "field": "total_ttc", "code": "low_confidence"},), "sûr à 85 %"),
        ("amount_due", (), ""),
    ],
)
def test_a_value_read_less_surely_than_asked_says_so_and_why_it_is_not_among_those_to_check(
    browser: Browser, name: str, problems: tuple[dict[str, Any], ...], said: str
) -> None:
    form = browser.api.example("forms.get")
    read = {**form["fields"]["amount_due"], "confidence": 0.85 if said else 0.99}
    fields = {name: {**read, "value": form["fields"].get(name, read)["value"]}}
    a_form(browser, *problems, fields=fields, confidence_asked=0.9)
    shown = unescape(browser.get(PAGE)["body"]).replace("\u00a0", " ")
    without_titles = re.sub(r'title="[^"]*"', "", shown)
    assert said in without_titles
    assert ("sûr à" in without_titles) == bool(said)


def test_what_was_not_changed_is_not_sent(browser: Browser) -> None:
    a_form(browser, MISSING)
    typed = {"f.service_code": "ACHATS", "was.service_code": "", "f.comment": "a\r\nb", "was.comment": "a\nb"}
    answer = browser.post(f"{PAGE}/form", {**typed, "do": "save", "version": '"7"'})
    assert (answer["statusCode"], answer["headers"]["Location"]) == (303, f"/console{PAGE}?done=saved")
    assert sent(browser, "forms.update") == {"fields": {"service_code": "ACHATS"}}
    assert browser.api.asked("forms.update")[0].headers["If-Match"] == '"7"'


def test_a_press_takes_another_value_or_takes_the_persons_back(browser: Browser) -> None:
    a_form(browser)
    browser.post(f"{PAGE}/form", {"take": "total_ttc=1800.00", "version": '"7"'})
    assert sent(browser, "forms.update") == {"fields": {"total_ttc": "1800.00"}}
    browser.api.requests.clear()
    browser.post(f"{PAGE}/form", {"undo": "total_ttc", "version": '"7"'})
    assert sent(browser, "forms.update") == {"fields": {"total_ttc": None}}


def test_a_submission_sends_what_was_typed_and_shows_the_next_document(browser: Browser) -> None:
    form = a_form(browser, MISSING)
    following = {"document_id": "d2", "file_name": "f.pdf", "href": "/x"}
    browser.api.plan("forms.update", form, headers={"ETag": '"8-x"'})
    browser.api.plan("forms.submit", form | {"next": following}, status=202)
    typed = {"f.service_code": "ACHATS", "was.service_code": "", "do": "submit", "version": '"7"'}
    answer = browser.post(f"{PAGE}/form", typed)
    assert browser.api.asked("forms.submit")[0].headers["If-Match"] == '"8-x"'
    following_page = "/console/suppliers/s1/documents/d2?after=d1&of=L975d-001&done=invoice_submitted"
    assert (answer["statusCode"], answer["headers"]["Location"]) == (303, following_page)
    by_script = browser.post(f"{PAGE}/form", typed, partial=True)
    assert by_script["headers"]["X-Go"] == following_page
    browser.api.plan("forms.submit", form | {"next": None}, status=202)
    answer = browser.post(f"{PAGE}/form", typed)
    assert answer["headers"]["Location"] == "/console/suppliers/s1/documents?of=L975d-001&done=invoice_submitted_last"


def test_the_page_after_a_submission_names_the_invoice(browser: Browser) -> None:
    a_form(browser)
    body = browser.get(PAGE, after="d0", of="<b>2402-118", done="invoice_submitted")["body"]
    assert "Le dépôt de la facture &lt;b&gt;2402-118 est demandé" in body


@pytest.mark.parametrize("what", ["recipients", "services"])
@pytest.mark.parametrize("partial", [False, True])
def test_a_search_saves_what_was_typed_first_so_that_its_choice_meets_no_change(
    browser: Browser, what: str, partial: bool
) -> None:
    form = a_form(browser, MISSING)
    browser.api.plan("forms.update", form, headers={"ETag": '"8-x"'})
    typed = {"f.comment": "Vu", "was.comment": "", "version": '"7"', "do": f"search_{what}"}
    answer = browser.post(f"{PAGE}/form", typed, partial=partial)
    assert sent(browser, "forms.update") == {"fields": {"comment": "Vu"}}
    assert answer["headers"]["X-Go" if partial else "Location"] == f"/console{PAGE}/{what}"
    assert f'name="do" value="search_{what}"' in browser.get(PAGE)["body"]


def test_a_save_without_leaving_the_page_says_what_was_saved(browser: Browser) -> None:
    a_form(browser)
    typed = {"f.service_code": "ACHATS", "was.service_code": "", "do": "save", "version": '"7"'}
    body = browser.post(f"{PAGE}/form", typed, partial=True)["body"]
    assert "Enregistré : Code service." in body
    assert (
        "vérifié à nouveau" in browser.post(f"{PAGE}/form", {"do": "validate", "version": '"7"'}, partial=True)["body"]
    )


def test_the_fields_of_a_new_layout_are_unfolded_because_each_has_to_be_compared(browser: Browser) -> None:
    a_form(browser, MISSING, LAYOUT)
    assert '<details class="settled" open>' in browser.get(PAGE)["body"]
    a_form(browser, MISSING)
    assert '<details class="settled">' in browser.get(PAGE)["body"]


def test_a_taken_number_leads_to_the_invoice_that_has_it(browser: Browser) -> None:
    taken = {"field": "invoice_number", "code": "number_taken", "fr": "Déjà pris.", "en": ""}
    a_form(browser, taken, same_number_as="d9")
    assert re.search(r'Déjà pris\. <a href="/console/suppliers/[^/]+/documents/d9">', browser.get(PAGE)["body"])
    a_form(browser, taken)
    assert "Voir cette autre facture" not in browser.get(PAGE)["body"]


def test_a_refusal_comes_before_what_the_page_says_of_the_document_and_says_a_limit_once(browser: Browser) -> None:
    a_form(browser)
    long = {"field": "comment", "code": "too_long", "fr": "200 caractères au plus : trop long.", "en": ""}
    browser.api.plan("forms.update", a_problem("invalid", 422, long), status=422)
    body = browser.post(f"{PAGE}/form", {"f.comment": "x" * 201, "was.comment": "", "version": '"7"'})["body"]
    assert body.index('id="refusal"') < body.index('id="leaves"')
    assert form_part(body).count("200 caractères au plus") == 1


def test_a_refused_value_stays_as_it_was_typed_with_its_reason_beside_it(browser: Browser) -> None:
    a_form(browser)
    refusal = {"field": "invoice_date", "code": "not_a_date", "fr": "Date illisible.", "en": "Not a date."}
    browser.api.plan("forms.update", a_problem("invalid", 422, refusal), status=422)
    typed = {"f.invoice_date": "<b>hier</b>", "was.invoice_date": "27/11/2026", "do": "save", "version": '"7"'}
    answer = browser.post(f"{PAGE}/form", typed)
    assert answer["statusCode"] == 422
    opened = form_part(answer["body"]).partition("<details")[0]
    assert 'value="&lt;b&gt;hier&lt;/b&gt;"' in opened
    assert "Date illisible." in opened
    assert "<b>hier" not in answer["body"]


def test_a_change_by_another_person_keeps_what_was_typed(browser: Browser) -> None:
    a_form(browser, MISSING)
    browser.api.plan("forms.update", a_problem("stale", 412), status=412)
    answer = browser.post(f"{PAGE}/form", {"f.service_code": "ACHATS", "was.service_code": "", "version": '"7"'})
    assert answer["statusCode"] == 412
    assert 'name="f.service_code"' in answer["body"]
    assert 'value="ACHATS"' in answer["body"]
    assert "Ce document a été modifié entre-temps" in answer["body"]
    assert "avec ce que vous avez saisi" in answer["body"]
    assert focused(answer["body"]) == ["refusal"]


@pytest.mark.parametrize(
    ("state", "events", "sentence"),
    [
        (
            "READY",
            [("completed", "READY"), ("submit_requested", "READY")],
            "Le dépôt de ce document a déjà été demandé",
        ),
        ("SUBMITTED", [("submit_requested", "READY"), ("submitted", "SUBMITTED")], "Ce document a déjà été déposé"),
    ],
)
def test_a_second_submission_from_an_old_page_says_that_the_first_has_left(
    browser: Browser, state: str, events: list[tuple[str, str]], sentence: str
) -> None:
    a_form(browser, state=state)
    a_trail(browser, *events)
    browser.api.plan("forms.submit", a_problem("stale", 412), status=412)
    answer = browser.post(f"{PAGE}/form", {"do": "submit", "version": '"7"'})
    assert answer["statusCode"] == 412
    assert sentence in answer["body"]
    assert "note done" not in answer["body"]
    assert 'value="submit"' not in answer["body"]


@pytest.mark.parametrize("later", [("submit_requested", "TO_COMPLETE"), ("withdrawn", "READY"), ("refiled", "READY")])
def test_a_request_that_was_refused_or_taken_back_is_none(browser: Browser, later: tuple[str, str]) -> None:
    a_form(browser, state="READY")
    a_trail(browser, ("submit_requested", "READY"), later, ("completed", "READY"))
    browser.api.plan("forms.submit", a_problem("stale", 412), status=412)
    body = browser.post(f"{PAGE}/form", {"do": "submit", "version": '"7"'})["body"]
    assert "Ce document a été modifié entre-temps" in body
    assert "note done" not in body
    assert 'value="submit"' in body


def test_the_part_of_a_script_brings_the_state_and_the_actions_as_they_are_now(browser: Browser) -> None:
    a_form(browser, state="SUBMITTED")
    browser.api.plan("forms.submit", a_problem("wrong_state", 409), status=409)
    body = browser.post(f"{PAGE}/form", {"do": "submit", "version": '"7"'}, partial=True)["body"]
    assert "déposé</span>" in body.partition('id="new-state"')[2].partition("</template>")[0]
    assert "/act" not in body.partition('id="new-acts"')[2].partition("</template>")[0]


def a_trail(browser: Browser, *events: tuple[str, str]) -> None:
    at = {"at": "2026-11-30T09:00:00Z", "by": "lea", "detail": ""}
    trail = browser.api.example("invoices.history")
    shown = [{**at, "action": action, "state": state} for action, state in events]
    browser.api.plan("invoices.history", trail | {"events": shown})


@pytest.mark.parametrize("under_way", [False, True])
def test_a_sent_back_invoice_says_so_with_its_motive_and_the_way_to_answer(browser: Browser, under_way: bool) -> None:
    sent_back(browser, under_way=under_way)
    body = browser.get(PAGE)["body"]
    assert "note done" not in body
    assert "badge good" not in body
    assert "engagement manquant" in body
    assert "<dt>Qui doit agir</dt><dd>vous" in re.sub(r"\s*\n\s*", "", body)
    assert re.search(r'href="/console/suppliers/[^"]+/tracking/[^"]+"', body)
    assert ("Répondre au renvoi" in body) != under_way
    assert ("votre réponse est en route" in body) == under_way


def sent_back(browser: Browser, *, under_way: bool) -> None:
    a_form(browser, state="SUBMITTED")
    invoice = browser.api.example("tracking.list")["invoices"][0]
    task = {"actions": ["recycle"], "status": "A_RECYCLER", "fr": "Corrigez.", "en": "Correct it.", "proposal": {}}
    task |= {"motive": "engagement manquant", "under_way": under_way}
    browser.api.plan("invoices.get", invoice | {"task": task})


def test_a_sent_service_is_shown_by_its_code_and_its_name(browser: Browser) -> None:
    a_form(browser, state="SUBMITTED")
    assert "MAIRIE · Services généraux" in browser.get(PAGE)["body"]


def test_a_name_in_place_of_the_recipients_siret_is_searched(browser: Browser) -> None:
    a_form(browser)
    typed = {"f.recipient_siret": "Montclair sur Loire", "was.recipient_siret": "", "version": '"7"'}
    answer = browser.post(f"{PAGE}/form", typed)
    assert answer["headers"]["Location"] == f"/console{PAGE}/recipients?name=Montclair+sur+Loire"
    assert not browser.api.asked("forms.update")


def test_dates_and_amounts_are_typed_as_people_write_them(browser: Browser) -> None:
    a_form(browser, {**MISSING, "field": "invoice_date"}, {**MISSING, "field": "amount_due"})
    french = form_part(browser.get(PAGE)["body"])
    assert 'value="27/11/2026"' in french
    assert 'value="493,20"' in french
    browser.language = "en"
    english = form_part(browser.get(PAGE)["body"])
    assert 'value="2026-11-27"' in english
    assert 'value="493.20"' in english
    form = browser.api.example("forms.get")
    form["fields"]["total_ht"]["value"] = "10625.76"
    a_form(browser, fields=form["fields"])
    assert 'value="10,625.76"' in browser.get(PAGE)["body"]
    browser.language = "fr"
    assert 'value="10\u202f625,76"' in browser.get(PAGE)["body"]


def test_another_persons_claim_is_shown(browser: Browser) -> None:
    claim = browser.api.example("claims.get")["claims"][0]
    a_form(browser, claims=[{**claim, "yours": False, "person": "m.durand", "minutes": 3}])
    body = browser.get(PAGE)["body"]
    assert "m.durand travaille sur ce document depuis 3 minutes" in body
    assert "Dire que je m&#39;en occupe" in body


@pytest.mark.parametrize("state", ["SUBMITTED", "UNUSABLE"])
def test_a_document_with_nothing_to_do_offers_no_claim(browser: Browser, state: str) -> None:
    a_form(browser, state=state)
    assert f"{PAGE}/claim" not in browser.get(PAGE)["body"]


def test_the_pages_of_a_document_show_how_many_notifications_are_unread(browser: Browser) -> None:
    a_form(browser)
    for page in (PAGE, f"{PAGE}/history"):
        assert re.search(r'/notifications"[^<]*<span class="badge">\s*3<', browser.get(page)["body"]), page


@pytest.mark.parametrize(
    ("state", "line", "sentence"),
    [
        ("READY", {"automatic_submission": True}, "au prochain passage"),
        ("READY", {"automatic_submission": False}, "dépose à la main"),
        ("READY", {"paused_until": "2026-11-30T09:40:00+00:00"}, "reprennent le 30/11/2026 10:40"),
        ("READY", {"status": "suspended"}, "entreprise est suspendue"),
        ("HELD", {}, "repart seul"),
        ("SUBMITTED", {}, "Cette facture est sur Chorus Pro"),
        ("IN_DOUBT", {}, "La réponse de Chorus Pro s&#39;est perdue"),
    ],
)
def test_the_page_says_when_the_document_leaves_and_why_it_does_not(
    browser: Browser, state: str, line: dict[str, Any], sentence: str
) -> None:
    supplier = browser.api.example("me.supplier")
    supplier["summary"] = supplier["summary"] | {"paused_until": None} | line
    browser.api.plan("me.supplier", supplier)
    a_form(browser, state=state)
    body = browser.get(PAGE)["body"]
    assert sentence in body
    assert ('id="form"' in body) == (state in ("READY", "HELD"))


@pytest.mark.parametrize(("stop", "word"), [({"kind": "hold", "reason": ""}, "retenu"), (None, "en attente")])
def test_what_a_person_holds_is_not_called_as_what_waits_for_the_portal(
    browser: Browser, stop: dict[str, str] | None, word: str
) -> None:
    a_form(browser, state="HELD")
    document = browser.api.example("invoices.get") | {"state": "HELD", "stopped": stop}
    browser.api.plan("invoices.get", document)
    assert f">{word}</span>" in browser.get(PAGE)["body"]


def test_the_pages_can_be_enlarged_without_a_script_and_boxes_leave_the_print_free(browser: Browser) -> None:
    a_form(browser)
    body = browser.get(PAGE)["body"]
    assert '<input type="checkbox" id="enlarge">' in body
    box = browser.api.example("forms.get")["fields"]["amount_due"]["box"]
    assert f'x="{round(box["left"] * 1000 - 2.5, 1)}"' in body


def test_the_picture_of_a_page_is_passed_on(browser: Browser) -> None:
    browser.api.planned["pages.get"] = lambda _: httpx.Response(
        200, content=b"\x89PNG", headers={"Content-Type": "image/png"}
    )
    answer = browser.get(f"{PAGE}/pages/2")
    assert (answer["headers"]["Content-Type"], answer["isBase64Encoded"]) == ("image/png", True)
    assert browser.api.requests[0].url.path == "/suppliers/s1/invoices/d1/pages/2"


def test_a_document_is_deleted_only_by_a_person_who_is_sure(browser: Browser) -> None:
    a_form(browser)
    assert browser.post(f"{PAGE}/act", {"do": "delete", "version": '"7"'})["statusCode"] == 422
    assert not browser.api.asked("filing.delete")
    answer = browser.post(f"{PAGE}/act", {"do": "delete", "sure": "yes", "version": '"7"'})
    assert answer["headers"]["Location"] == "/console/suppliers/s1/documents?done=invoice_deleted"


@pytest.mark.parametrize("page", ["", "/services", "/recipients", "/attachments"])
def test_a_document_without_any_value_has_all_its_pages(browser: Browser, page: str) -> None:
    a_form(browser, MISSING, fields={})
    assert browser.get(f"{PAGE}{page}")["statusCode"] == 200


def test_a_metadata_whose_value_is_emptied_is_removed(browser: Browser) -> None:
    a_form(browser)
    named = {"name": ["PJ", "Service", ""], "value": ["oui", "", ""], "folder": "factures", "version": '"7"'}
    browser.post(f"{PAGE}/filing", named)
    metadata = {"PJ": "oui", "Service": None}
    assert sent(browser, "filing.change") == {"folder": "factures", "classification_rule": None, "metadata": metadata}


def test_an_attachment_is_filed_as_its_document(browser: Browser) -> None:
    a_form(browser)
    document = browser.api.example("invoices.get") | {"metadata": {"Commande": "BC-1"}, "classification_rule": "R"}
    browser.api.plan("invoices.get", document)
    answer = browser.post_files(f"{PAGE}/attachments/add", {"file": ("bon.pdf", b"%PDF")}, type="01")
    (upload,) = browser.api.asked("attachments.upload")
    query = dict(upload.url.params)
    assert query == {
        "file_name": "bon.pdf",
        "attachment_type": "01",
        "document_id": "d1",
        "classification_rule": "R",
        "metadata": "Commande=BC-1",
    }
    assert answer["statusCode"] == 200
    assert "ne les relient pas" in answer["body"]


def test_an_unknown_document_is_a_page_that_says_so(browser: Browser) -> None:
    browser.api.plan("invoices.get", a_problem("not_found", 404), status=404)
    assert browser.get(PAGE)["statusCode"] == 404
    may_not_use = {k: v for k, v in browser.api.example("me.supplier").items() if k != "summary"}
    browser.api.plan("me.supplier", may_not_use)
    browser.api.planned.pop("invoices.get")
    assert browser.get(PAGE)["statusCode"] == 404


def test_the_page_of_attachments_says_its_limits_and_what_becomes_of_a_zip(browser: Browser) -> None:
    shown = browser.get("/suppliers/s1/documents/d1/attachments")["body"]
    assert "4 Mo au plus ici, 10 Mo par l&#39;envoi en deux étapes" in shown
    assert "Un ZIP part tel quel" in shown


def test_an_attachment_above_4_mb_is_announced_and_sent_from_a_page_of_its_own(browser: Browser) -> None:
    form = {"file_name": "plans.zip", "type": "RIB"}
    shown = browser.post("/suppliers/s1/documents/d1/attachments/large", form)
    assert shown["statusCode"] == 200
    (asked,) = browser.api.asked("attachments.announce")
    document = browser.api.example("invoices.get")
    assert json.loads(asked.content) == {
        "file_name": "plans.zip",
        "attachment_type": "RIB",
        "document_id": "d1",
        "classification_rule": document["classification_rule"] or "",
        "metadata": document["metadata"],
    }
    upload = browser.api.example("attachments.announce")["upload"]
    assert f'action="{upload["url"]}"' in shown["body"]
    assert 'href="/console/suppliers/s1/documents/d1/attachments"' in shown["body"]


def test_a_file_that_is_too_large_for_a_request_is_refused_in_words_of_the_page(browser: Browser) -> None:
    refused = {"code": "too_large_for_a_request", "title": "Trop grand", "detail": "annoncez-le (POST …/uploads)"}
    browser.api.plan("attachments.upload", {**refused, "problems": []}, status=413)
    shown = browser.post_files("/suppliers/s1/documents/d1/attachments/add", {"file": ("plans.pdf", b"x")})
    assert shown["statusCode"] == 413
    assert "Envoyez un fichier plus gros en deux étapes" in shown["body"]
    assert "POST" not in re.sub(r"<footer.*", "", shown["body"], flags=re.DOTALL)
