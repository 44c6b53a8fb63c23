"""What the pages of tracking decide: which list is asked, how filters are understood, what an answer sends."""

import json
import re
from base64 import b64decode
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from console.formats import PARIS
from console.routes.tracked_invoice import ANSWERS, offered_answers, wish
from console.routes.tracking import plain_amount
from tests.console.browsing import Browser

PAGE = "/suppliers/s1/tracking"
HOSTILE = "</td><script>alert(1)</script>\u202eEGATOT\u202c" + "x" * 10_000


def sent_back(browser: Browser, *actions: str, **changes: Any) -> dict[str, Any]:
    """An invoice that waits for these answers; the API shows it from now on."""
    invoice = dict(browser.api.example("tracking.list")["invoices"][0])
    task: dict[str, Any] = {"actions": list(actions), "status": "A_RECYCLER", "fr": "Corrigez.", "en": "Correct it."}
    task |= {"motive": "engagement manquant", "under_way": False}
    task |= {"proposal": {"recipient_siret": "21000031100014", "service_code": "MAIRIE", "engagement_number": None}}
    invoice |= {"task": task, "version": 3, **changes}
    browser.api.plan("invoices.get", invoice)
    return invoice


def asked(browser: Browser, operation: str) -> httpx.QueryParams:
    return browser.api.asked(operation)[-1].url.params


def test_the_list_asks_the_api_with_the_filters_as_it_takes_them(browser: Browser) -> None:
    filters = {"text": "mairie", "recipient": "210 000 311 00014", "total_ttc_min": "1 234,50 €", "status": "DEPOSEE"}
    browser.get(PAGE, **filters, sort="total_ttc", direction="ascending", counter="ended")
    wanted = dict(asked(browser, "tracking.list"))
    assert wanted == {
        "text": "mairie",
        "recipient": "21000031100014",
        "total_ttc_min": "1234.50",
        "status": "DEPOSEE",
        "sort": "total_ttc",
        "direction": "ascending",
        "counter": "ended",
        "limit": "50",
    }


def test_an_invoice_that_was_sent_back_while_the_list_was_read_is_on_the_page_once(browser: Browser) -> None:
    listing = browser.api.example("tracking.list")
    moved = sent_back(browser, "recycle", document_id="moved", invoice_number="FA-MOVED")
    browser.api.plan("tracking.list", {**listing, "moved": [moved]})
    page = browser.get(PAGE)["body"]
    assert page.count('/tracking/moved"') == 1
    assert "1 facture vient d&#39;être renvoyée" in page


def test_the_counters_agree_with_the_list_when_its_own_question_to_the_portal_brought_news(browser: Browser) -> None:
    counts = browser.api.example("invoices.counts")
    for name, count in (("in_flight", 3), ("sent_back", 0), ("ended", 0)):
        counts["counters"][name] = {"count": count, "since": None}
    counts["lists"]["tracking"] = 3
    browser.api.plan("invoices.counts", counts)
    news = {"recounted": {"in_flight": -2, "sent_back": 1, "waiting": 1, "ended": 1}}
    browser.api.plan("tracking.list", browser.api.example("tracking.list") | news)
    counters = browser.get(PAGE)["body"].partition('class="counters"')[2].partition("</ul>")[0]
    assert re.findall(r"(En cours et terminées|En cours|Renvoyées|Terminées) <b>(\d+)</b>", counters) == [
        ("En cours et terminées", "2"),
        ("En cours", "1"),
        ("Renvoyées", "1"),
        ("Terminées", "1"),
    ]


@pytest.mark.parametrize(
    ("typed", "plain"), [("1 234,5", "1234.5"), ("1,234.50", "1234.50"), ("€12", "12"), ("douze", "douze"), ("", "")]
)
def test_an_amount_may_be_typed_as_people_write_it(typed: str, plain: str) -> None:
    assert plain_amount(typed) == plain


def test_who_must_act_is_a_filter_by_all_statuses_of_that_actor(browser: Browser) -> None:
    statuses = [
        {"code": code, "actor": actor, "fr": code, "en": code, "end": False, "known": True, "neutral": None}
        for code, actor in (("A_RECYCLER", "supplier"), ("MISE_A_DISPOSITION", "recipient"))
    ]
    browser.api.plan("tracking.statuses", {"statuses": statuses})
    browser.get(PAGE, status="@recipient")
    assert asked(browser, "tracking.list")["status"] == "MISE_A_DISPOSITION"


def test_what_was_sent_back_is_read_where_the_api_has_it_and_announced_on_the_list(browser: Browser) -> None:
    counts = browser.api.example("invoices.counts")
    counts["counters"]["sent_back"] = {"count": 2, "since": "2026-11-28T09:00:00Z"}
    browser.api.plan("invoices.counts", counts)
    assert "2 factures renvoyées attendent votre réponse" in browser.get(PAGE)["body"]
    browser.get(PAGE, counter="sent_back")
    assert asked(browser, "tracking.to_process")["counter"] == "sent_back"
    assert not browser.api.asked("tracking.list")[1:]


def test_a_filter_that_the_api_refuses_is_explained_and_stays_in_the_form(browser: Browser) -> None:
    problem = {"field": "query.total_ttc_min", "code": "x", "fr": "Donnez un montant.", "en": "Give an amount."}
    browser.api.plan("tracking.list", {"title": "Valeurs refusées", "detail": "", "problems": [problem]}, status=422)
    answer = browser.get(PAGE, total_ttc_min="douze")
    assert answer["statusCode"] == 422
    assert "Donnez un montant." in answer["body"]
    assert 'value="douze" aria-invalid="true" aria-describedby="total_ttc_min-help"' in answer["body"]


def test_a_list_that_is_not_fresh_says_why_and_since_when(browser: Browser) -> None:
    found = browser.api.example("tracking.list")
    why = {"code": "x", "fr": "Chorus Pro est en panne.", "en": "Chorus Pro is down."}
    found |= {"stale": True, "stale_because": why, "asked_again_at": "2026-11-30T10:00:00Z", "cursor": "next"}
    browser.api.plan("tracking.list", found)
    page = browser.get(PAGE, text="a b")["body"]
    assert "Chorus Pro est en panne." in page
    assert "30/11/2026 11:00" in page
    assert "text=a+b&amp;cursor=next" in page or "text=a%20b&amp;cursor=next" in page


def test_markup_and_long_texts_are_shown_as_text(browser: Browser) -> None:
    found = browser.api.example("tracking.list")
    invoice = found["invoices"][0] | {"invoice_number": HOSTILE, "engagement_number": HOSTILE}
    invoice["deposit"] |= {"recipient_name": HOSTILE, "status_comment": HOSTILE}
    browser.api.plan("tracking.list", found | {"invoices": [invoice]})
    browser.api.plan("invoices.get", sent_back(browser, "recycle") | invoice)
    for page in (PAGE, f"{PAGE}/d1", f"{PAGE}/d1/trail"):
        answer = browser.get(page, text=HOSTILE[:90])
        assert answer["statusCode"] == 200
        assert "<script>alert" not in answer["body"]
        assert "&lt;script&gt;alert" in answer["body"]


def test_an_export_shows_its_lines_what_it_leaves_out_and_a_link_through_the_console(browser: Browser) -> None:
    made = browser.api.example("tracking.export") | {"rows": 3, "cursor": "following"}
    browser.api.plan("tracking.export", made)
    lines = httpx.Response(200, content=b"a;b\r\n", headers={"Content-Type": "text/csv; charset=utf-8"})
    browser.api.plan_file(made["url"], lines)
    page = browser.post(f"{PAGE}/export", {"text": "mairie", "counter": ""})["body"]
    assert asked(browser, "tracking.export")["text"] == "mairie"
    assert asked(browser, "tracking.export")["format"] == "french"
    assert "3 lignes" in page
    assert "renvoyées" in page
    assert 'name="cursor" value="following"' in page
    assert made["url"] not in page
    link = page.partition("file?link=")[2].partition('"')[0].replace("%3D", "=")
    file = browser.get(f"{PAGE}/file", link=link)
    assert file["statusCode"] == 200
    assert b64decode(file["body"]) == b"a;b\r\n"
    assert "suivi.csv" in file["headers"]["Content-Disposition"]


def test_what_was_sent_back_has_an_export_of_its_own(browser: Browser) -> None:
    assert "Exporter en CSV" in browser.get(PAGE, counter="sent_back")["body"]
    page = browser.post(f"{PAGE}/export", {"counter": "sent_back"})["body"]
    assert asked(browser, "tracking.export")["counter"] == "sent_back"
    assert "Les factures renvoyées, qui attendent votre réponse." in page
    assert "Les factures en cours et terminées : leur liste a son propre export." in page


def test_the_list_is_sorted_by_the_due_date(browser: Browser) -> None:
    page = browser.get(PAGE, sort="due_date", direction="ascending")["body"]
    assert asked(browser, "tracking.list")["sort"] == "due_date"
    assert page.count("Échéance</a>") + page.count("Échéance <span") == 1


def test_a_link_that_is_none_of_this_session_gives_no_file(browser: Browser) -> None:
    answer = browser.get(f"{PAGE}/file", link="AAAA")
    assert answer["statusCode"] == 410
    assert browser.api.files == {}


def test_a_large_file_comes_from_the_api_s_link_itself(browser: Browser) -> None:
    sent_back(browser)
    url = browser.api.example("invoices.original")["url"]
    browser.api.plan_file(url, httpx.Response(200, headers={"Content-Length": "9000000"}))
    answer = browser.get(f"{PAGE}/d1/files/original")
    assert (answer["statusCode"], answer["headers"]["Location"]) == (303, str(httpx.URL(url)))


@pytest.mark.parametrize(
    ("action", "form", "body"),
    [
        (
            "recycle",
            {"recipient_siret": "210 000 311 00014", "service_code": "", "engagement_number": "EJ-1", "comment": ""},
            {"recipient_siret": "21000031100014", "service_code": "", "engagement_number": "EJ-1", "comment": None},
        ),
        ("complete", {"comment": "voici", "attachment": "a1"}, {"comment": "voici", "attachment_ids": ["a1"]}),
        ("correct_validator", {"validator_siret": "21000031100014"}, {"validator_siret": "21000031100014"}),
        ("reissue", {"invoice_number": "N-2", "service_code": ""}, {"invoice_number": "N-2", "fields": {}}),
    ],
)
def test_an_answer_sends_what_its_form_has(
    browser: Browser, action: str, form: dict[str, str], body: dict[str, Any]
) -> None:
    answer = browser.post(f"{PAGE}/d1/answer/{action}", {**form, "version": "3"})
    assert answer["statusCode"] == 303
    assert answer["headers"]["Location"].endswith(f"/tracking/d1?done=answer_{action}")
    (request,) = browser.api.asked(f"repairs.{action}")
    assert json.loads(request.content) == body
    assert (request.headers["If-Match"], request.headers["Idempotency-Key"]) == ('"3"', "a-key")


def test_an_acknowledged_rejection_has_no_values() -> None:
    assert wish("treat_rejection", {}, []) is None


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("action", ANSWERS)
def test_each_answer_has_its_form_with_the_proposal_of_the_api(browser: Browser, action: str, language: str) -> None:
    browser.language = language
    invoice = sent_back(browser, action)
    browser.api.plan("invoices.get", invoice | {"task": invoice["task"] | {"proposal": {"service_code": "MAIRIE"}}})
    page = browser.get(f"{PAGE}/d1")["body"]
    assert f'/tracking/{invoice["document_id"]}/answer/{action}"' in page
    assert "engagement manquant" in page
    assert ('value="MAIRIE"' in page) == (action == "recycle")


def test_a_refused_answer_is_shown_again_with_its_values_and_the_problem_beside_its_field(browser: Browser) -> None:
    sent_back(browser, "recycle")
    problem = {"field": "engagement_number", "code": "x", "fr": "Engagement inconnu.", "en": "Unknown."}
    refusal = {"title": "Cette réponse ne peut pas partir ainsi.", "detail": "", "problems": [problem]}
    browser.api.plan("repairs.recycle", refusal, status=422)
    answer = browser.post(
        f"{PAGE}/d1/answer/recycle", {"engagement_number": "EJ-?", "comment": "voilà", "version": "3"}
    )
    assert answer["statusCode"] == 422
    assert 'value="EJ-?"' in answer["body"]
    assert "voilà</textarea>" in answer["body"]
    assert '<span class="problem">Engagement inconnu.</span>' in answer["body"]


@pytest.mark.parametrize("action", ["recycle", "reissue"])
def test_a_service_is_searched_at_the_recipient_that_was_typed_and_put_into_the_answer(
    browser: Browser, action: str
) -> None:
    sent_back(browser, action)
    form = {"recipient_siret": "210 000 444 00005", "engagement_number": "EJ-1", "version": "3"}
    page = browser.post(f"{PAGE}/d1/answer/{action}", {**form, "do": "services", "search": "cant"})["body"]
    request = browser.api.asked("directory.get")[0].url
    assert (request.path.rpartition("/")[2], request.params["search"]) == ("21000044400005", "cant")
    assert 'name="take" value="CANTINE"' in page
    assert 'name="engagement_number" value="EJ-1"' in page
    chosen = browser.post(f"{PAGE}/d1/answer/{action}", {**form, "take": "CANTINE"})
    assert chosen["statusCode"] == 200
    assert 'value="CANTINE"' in chosen["body"]
    assert 'value="EJ-1"' in chosen["body"]
    assert not browser.api.asked(f"repairs.{action}")


def test_the_suppliers_own_comment_is_not_called_the_recipients_reason(browser: Browser) -> None:
    listing = browser.api.example("tracking.list")
    deposit = listing["invoices"][0]["deposit"]
    life = browser.api.example("invoices.portal_history")
    for status, said in (("DEPOSEE", "Votre commentaire :"), ("SUSPENDUE", "Motif du destinataire :")):
        deposit |= {"status": status, "status_comment": "Bon joint"}
        browser.api.plan("tracking.list", listing)
        sent_back(browser, deposit=deposit, task=None)
        life["steps"] = [life["steps"][0] | {"status": status, "comment": "Bon joint"}]
        browser.api.plan("invoices.portal_history", life)
        for page in (PAGE, f"{PAGE}/d1"):
            shown = " ".join(re.sub(r"<[^>]+>", " ", browser.get(page)["body"]).split())
            assert f"{said} Bon joint" in shown


def test_a_refused_new_issue_names_its_fields_as_its_form_does_and_leads_to_them(browser: Browser) -> None:
    sent_back(browser, "reissue")
    problem = {"field": "fields.recipient_siret", "code": "x", "fr": "SIRET inconnu.", "en": "Unknown SIRET."}
    number = {"field": "invoice_number", "code": "y", "fr": "Numéro déjà pris.", "en": "Taken."}
    refusal = {"title": "Refusé", "detail": "", "problems": [problem, number]}
    browser.api.plan("repairs.reissue", refusal, status=422)
    body = unescape(browser.post(f"{PAGE}/d1/answer/reissue", {"invoice_number": "N-1", "version": "3"})["body"])
    assert '<a href="#reissue-recipient_siret">SIRET du destinataire</a> : SIRET inconnu.' in body
    assert '<a href="#reissue-invoice_number">Nouveau numéro</a> : Numéro déjà pris.' in body
    assert ">recipient_siret<" not in body


def test_a_new_issue_says_that_the_printed_number_remains_and_where_a_corrected_pdf_goes(browser: Browser) -> None:
    sent_back(browser, "reissue")
    body = unescape(browser.get(f"{PAGE}/d1")["body"])
    assert "le numéro imprimé sur la page reste l'ancien" in body
    assert re.search(r'href="/console/suppliers/[^"]+/upload">Envoyer le PDF corrigé</a>', body)


def test_an_acknowledged_rejection_keeps_its_motive_and_its_term_does_not_run(browser: Browser) -> None:
    deposit = browser.api.example("tracking.list")["invoices"][0]["deposit"]
    rejected = deposit | {
        "status": "REJETEE",
        "rejection_treated": True,
        "ended": True,
        "status_comment": "bon de commande manquant",
    }
    sent_back(browser, deposit=rejected, task=None)
    life = browser.api.example("invoices.portal_history")
    browser.api.plan("invoices.portal_history", life | {"payment": None})
    answers = browser.get(f"{PAGE}/d1")["body"].partition('id="answers"')[2]
    assert "bon de commande manquant" in answers.partition("</section>")[0]
    assert "ne court pas" in answers


def test_only_the_newest_step_says_who_must_act_as_the_page_does(browser: Browser) -> None:
    life = browser.api.example("invoices.portal_history")
    step = life["steps"][0]
    steps = [step | {"meaning": step["meaning"] | {"actor": "supplier"}}] * 2
    browser.api.plan("invoices.portal_history", life | {"steps": steps})
    sent_back(browser, task=None)
    table = browser.get(f"{PAGE}/d1")["body"].partition('id="life"')[2].partition("</table>")[0]
    cells = [each.strip() for each in re.findall(r'data-label="Qui doit agir">(.*?)</td>', table, re.DOTALL)]
    assert "vous" not in cells
    assert cells[1:] == [""]


def test_files_that_arrived_before_a_refusal_are_not_asked_for_again(browser: Browser) -> None:
    sent_back(browser, "complete")
    browser.api.plan("repairs.complete", {"title": "Refusé", "detail": "", "problems": []}, status=409)
    answer = browser.post_files(f"{PAGE}/d1/answer/complete", {"file": ("rib.png", b"image")}, version="3", comment="")
    arrived = browser.api.example("attachments.upload")["attachment_id"]
    assert answer["statusCode"] == 409
    assert f'value="{arrived}" checked' in answer["body"]


def test_an_answer_offers_no_file_that_was_sent_for_another_invoice(browser: Browser) -> None:
    sent_back(browser, "complete")
    (one,) = browser.api.example("attachments.list")["attachments"]
    files = [
        one | {"attachment_id": of or "unsaid", "file_name": f"{of}.pdf", "document_id": of, "size": 9}
        for of in ("d1", "d2", None)
    ]
    browser.api.plan("attachments.list", {"attachments": files, "cursor": None})
    page = unescape(browser.get(f"{PAGE}/d1")["body"])
    assert re.findall(r'name="attachment" value="(\w+)"', page) == ["unsaid", "d1"]
    assert "vérifiez avant de cocher" in page.partition('value="unsaid"')[0]
    browser.post_files(f"{PAGE}/d1/answer/complete", {"file": ("rib.png", b"image")}, version="3", comment="")
    assert browser.api.asked("attachments.upload")[0].url.params["document_id"] == "d1"


@pytest.mark.parametrize(
    ("status", "plain"), [("A_RECYCLER", "à corriger, puis à renvoyer"), ("REJETEE", "à refaire sous un autre numéro")]
)
def test_a_status_that_asks_for_an_act_is_explained_in_plain_words_and_stands_out(
    browser: Browser, status: str, plain: str
) -> None:
    listing = browser.api.example("tracking.list")
    deposit = listing["invoices"][0]["deposit"]
    meaning = deposit["status_meaning"] | {"code": status, "fr": "Statut", "actor": "supplier"}
    deposit |= {"status": status, "status_meaning": meaning, "ended": status == "REJETEE"}
    browser.api.plan("tracking.list", listing)
    sent_back(browser, deposit=deposit, task=None)
    for page in (PAGE, f"{PAGE}/d1", "/suppliers/s1/documents/d1"):
        assert plain in browser.get(page)["body"], page
    colour = "bad" if status == "REJETEE" else "warn"
    assert f'<span class="badge {colour}">Statut</span>' in browser.get(PAGE)["body"]


def test_an_answer_whose_outcome_is_unknown_says_so(browser: Browser) -> None:
    browser.api.plan("repairs.recycle", browser.api.example("repairs.recycle"), status=202)
    answer = browser.post(f"{PAGE}/d1/answer/recycle", {"version": "3"})
    assert answer["headers"]["Location"].endswith("done=answer_in_doubt")
    doubtful = {"kind": "recycle", "phase": "IN_DOUBT", "by": "lea", "started_at": "2026-11-30T09:00:00Z"}
    invoice = sent_back(browser, "recycle", repair={**doubtful, "status": "A_RECYCLER", "status_at": None})
    browser.api.plan("invoices.get", invoice | {"task": invoice["task"] | {"under_way": True}})
    page = browser.get(f"{PAGE}/d1")["body"]
    assert "s&#39;est perdue" in page
    assert "/answer/recycle" not in page


def test_a_rejection_that_was_acknowledged_can_still_be_issued_anew() -> None:
    rejected = {"task": None, "deposit": {"rejection_treated": True}, "replaced_by": None}
    assert offered_answers(rejected) == ["reissue"]
    assert offered_answers({**rejected, "replaced_by": "d2"}) == []


def test_an_unknown_answer_or_file_is_a_page_that_does_not_exist(browser: Browser) -> None:
    assert browser.post(f"{PAGE}/d1/answer/pay", {})["statusCode"] == 404
    assert browser.get(f"{PAGE}/d1/files/secret")["statusCode"] == 404


def test_the_portals_file_says_when_attachments_are_not_in_it(browser: Browser) -> None:
    sent_back(browser)
    browser.api.plan(
        "invoices.portal_file", browser.api.example("invoices.portal_file") | {"attachments_left_out": True}
    )
    page = browser.post(f"{PAGE}/d1/portal-file", {"attachments": "yes"})["body"]
    assert "Les pièces jointes n&#39;y sont pas" in page
    assert "file?link=" in page


@pytest.mark.parametrize(
    ("days", "language", "said"),
    [
        (12, "fr", "dans 12 jours"),
        (0, "fr", "aujourd&#39;hui"),
        (-1, "fr", "dépassée de 1 jour"),
        (-3, "en", "3 days late"),
    ],
)
def test_the_list_says_the_days_until_and_since_the_due_date(
    browser: Browser, days: int, language: str, said: str
) -> None:
    browser.language = language
    listing = browser.api.example("tracking.list")
    (line,) = listing["invoices"]
    due = (datetime.now(PARIS) + timedelta(days=days)).date().isoformat()
    line |= {"due_date": due, "deposit": line["deposit"] | {"ended": False}}
    browser.api.plan("tracking.list", listing)
    assert said in browser.get(PAGE)["body"]
    line["deposit"]["ended"] = True
    browser.api.plan("tracking.list", listing)
    assert said not in browser.get(PAGE)["body"]
    line["due_date"] = None
    browser.api.plan("tracking.list", listing)
    assert browser.get(PAGE)["statusCode"] == 200


def test_days_are_shown_against_the_term_of_payment(browser: Browser) -> None:
    sent_back(browser)
    life = browser.api.example("invoices.portal_history")
    waited = {"available_on": "2026-10-01", "body": "hospital", "days": 60, "overdue": True, "term_days": 50}
    browser.api.plan("invoices.portal_history", life | {"payment": waited})
    page = browser.get(f"{PAGE}/d1")["body"]
    assert "60 jours sur 50" in page
    assert "dépassé de 10 jours" in page
    ended = {"overdue": False, "ended_on": "2026-11-30", "suspended": False}
    browser.api.plan("invoices.portal_history", life | {"payment": waited | ended})
    assert "au dernier statut du 30/11/2026" in browser.get(f"{PAGE}/d1")["body"]
    suspended = {"overdue": False, "ended_on": None, "suspended": True}
    browser.api.plan("invoices.portal_history", life | {"payment": waited | suspended})
    assert "le destinataire a suspendu la facture" in browser.get(f"{PAGE}/d1")["body"]


def test_an_invoice_that_changed_at_the_portal_meanwhile_is_read_again(browser: Browser) -> None:
    sent_back(browser, version=2)
    life = browser.api.example("invoices.portal_history")
    browser.api.plan("invoices.portal_history", life, headers={"ETag": '"3-abc"'})
    browser.get(f"{PAGE}/d1")
    assert len(browser.api.asked("invoices.get")) == 2
