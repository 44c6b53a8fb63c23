"""Uploads: what the pages tell before and after, with a script and without; a ZIP goes to the bucket too."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from console.rendering import STATIC, TEMPLATES
from tests.console.browsing import HERE, Browser

UPLOAD = "/suppliers/s1/upload"
ZIP = ("novembre.zip", b"PK damaged")
PDF = ("facture.pdf", b"%PDF-1.7")


@pytest.fixture
def sender(browser: Browser) -> Browser:
    """A browser without JavaScript; a ZIP is announced as « z1 »."""
    announced = browser.api.example("archives.announce")
    announced["upload"]["url"] = f"{HERE.upload_origin}/bucket"
    browser.api.plan("archives.announce", announced | {"archive_id": "z1"}, status=202)
    return browser


def sent_to_the_bucket(browser: Browser) -> list[httpx.Request]:
    return [each for each in browser.api.requests if each.url.path == "/bucket"]


def archive(browser: Browser, **changes: Any) -> str:
    now = datetime.now(UTC).isoformat()
    planned = browser.api.example("archives.get") | {"lines": [], "received_at": now, **changes}
    browser.api.plan("archives.get", planned)
    return str(browser.get("/suppliers/s1/archives/z1")["body"])


def status(browser: Browser, **changes: Any) -> str:
    """The page of results of one document, which is d1."""
    browser.api.plan("invoices.get", browser.api.example("invoices.get") | {"document_id": "d1", **changes})
    return str(browser.get(f"{UPLOAD}/status", document="d1")["body"])


def test_a_zip_is_sent_as_a_zip_and_the_page_of_results_leads_to_its_files(sender: Browser) -> None:
    answer = sender.post_files(UPLOAD, {"file": ZIP}, folder="factures")
    assert answer["headers"]["Location"] == f"/console{UPLOAD}/status?archive=z1"
    (bucket,) = sent_to_the_bucket(sender)
    assert b"PK damaged" in bucket.read()
    assert not sender.api.asked("documents.upload")
    waiting = archive(sender, state="EXPECTED", problem=None)
    assert "n&#39;est pas encore ouvert" in waiting
    problem = {"field": None, "code": "zip_unreadable", "fr": "Ce n'est pas un ZIP lisible.", "en": "Unreadable."}
    refused = archive(sender, state="REFUSED", problem=problem)
    assert "Le ZIP est refusé" in refused
    assert "pas un ZIP lisible" in refused


def test_several_files_with_a_zip_have_one_page_of_results(sender: Browser) -> None:
    new = sender.api.example("documents.upload") | {"document_id": "d1", "known": False, "differs": []}
    sender.api.plan("documents.upload", new, status=202)
    answer = sender.post_files(UPLOAD, {"file": PDF, "other": ZIP})
    assert answer["headers"]["Location"] == f"/console{UPLOAD}/status?document=d1&archive=z1"
    problem = {"field": None, "code": "zip_unreadable", "fr": "Ce n'est pas un ZIP lisible.", "en": "Unreadable."}
    archive(sender, archive_id="z1", file_name="abime.zip", state="REFUSED", problem=problem)
    page = sender.get(f"{UPLOAD}/status", document="d1", archive="z1")["body"]
    assert "Le ZIP est refusé" in page
    assert "pas un ZIP lisible" in page
    assert "Tous les fichiers sont lus" not in page


def test_a_zip_that_never_arrived_is_not_waited_for(browser: Browser) -> None:
    long_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    page = archive(browser, state="EXPECTED", problem=None, received_at=long_ago)
    assert "n&#39;est pas arrivé" in page
    assert "reload.js" not in page


def test_a_bucket_that_does_not_take_the_zip_is_a_page_that_says_so(sender: Browser) -> None:
    sender.api.plan_file(f"{HERE.upload_origin}/bucket", httpx.Response(403))
    assert sender.post_files(UPLOAD, {"file": ZIP})["statusCode"] == 503


def test_a_file_that_gives_no_invoice_is_not_called_read(browser: Browser) -> None:
    page = status(browser, state="UNUSABLE")
    assert "1 fichier est inutilisable" in page
    assert "Tous les fichiers sont lus" not in page
    assert "Tous les fichiers sont lus" in status(browser, state="TO_COMPLETE")
    assert "Tous les fichiers sont lus" not in status(browser, state="SET_ASIDE")


def test_files_are_read_at_once_unless_the_person_says_otherwise(browser: Browser) -> None:
    page = browser.get(UPLOAD)["body"]
    assert re.search(r'name="release" value="yes" checked', page)
    assert "est mis de côté" in page
    browser.post_files(UPLOAD, {"file": PDF}, release="yes")
    browser.post_files(UPLOAD, {"file": PDF})
    browser.post(f"{UPLOAD}/large", {"file_name": "grand.pdf", "release": "yes"})
    asked = [each.url.params["release"] for each in browser.api.asked("documents.upload")]
    (announced,) = browser.api.asked("documents.announce")
    assert (asked, json.loads(announced.content)["release"]) == (["true", "false"], True)


@pytest.mark.parametrize("differs", [[], ["folder"]])
def test_a_file_that_is_known_says_so_since_when_and_what_became_of_it(browser: Browser, differs: list[str]) -> None:
    known = browser.api.example("tracking.list")["invoices"][0] | {"document_id": "d1"}
    said = {"known": True, **({"differs": differs, "correct": "/x"} if differs else {})}
    browser.api.plan("documents.upload", known | said, status=200 if differs else 202)
    answer = browser.post_files(UPLOAD, {"file": PDF}, folder="autre")
    address = answer["headers"]["Location"]
    assert ("known=d1" in address, "ignored=d1" in address) == (True, bool(differs))
    known["received_at"] = "2026-11-30T16:48:00Z"
    browser.api.plan("invoices.get", known)
    marks = {"known": "d1", **({"ignored": "d1"} if differs else {})}
    page = browser.get(f"{UPLOAD}/status", document="d1", **marks)["body"]
    assert "déjà ici depuis le 30/11/2026 17:48" in page
    assert known["deposit"]["status_meaning"]["fr"] in page
    assert ("n&#39;y changent rien" in page) == bool(differs)


@pytest.mark.parametrize(
    ("minutes", "word"), [(10, "fichier attendu"), (-10, "fichier jamais arrivé")], ids=["in time", "too late"]
)
def test_a_file_that_was_announced_and_did_not_come_is_not_being_read(
    browser: Browser, minutes: int, word: str
) -> None:
    until = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()
    page = status(browser, state="RECEIVED", upload_until=until)
    assert word in page
    assert ("reload.js" in page) == (minutes > 0)
    document = browser.get("/suppliers/s1/documents/d1")["body"]
    assert word in document
    assert 'value="delete"' in document
    assert "il n&#39;arrivera plus" in document


def test_the_list_of_files_that_did_not_come_lets_them_be_deleted(browser: Browser) -> None:
    counts = browser.api.example("invoices.counts")
    counts["counters"]["expected"] = {"count": 1, "since": None}
    browser.api.plan("invoices.counts", counts)
    page = browser.get("/suppliers/s1/documents", counter="expected")["body"]
    assert "Fichier attendu" in page
    assert 'name="action" value="delete"' in page
    assert 'name="action" value="set_aside"' not in page


def test_a_refused_announcement_is_explained_above_the_form(browser: Browser) -> None:
    problem = {"title": "Ce nom n'est pas accepté.", "detail": "", "code": "invalid", "problems": []}
    browser.api.plan("documents.announce", problem, status=422)
    page = browser.post(f"{UPLOAD}/large", {"file_name": "x\u202e.pdf"})
    assert (page["statusCode"], "Ce nom n&#39;est pas accepté." in page["body"]) == (422, True)


def test_a_person_learns_the_limit_before_the_file_is_sent(browser: Browser) -> None:
    form = browser.get(UPLOAD)["body"]
    assert 'data-largest-pdf="10485760"' in form
    assert "recommencer n&#39;y change rien" in browser.post(f"{UPLOAD}/large", {"file_name": "g.pdf"})["body"]


def test_released_documents_are_shown_on_the_page_that_follows_their_reading(browser: Browser) -> None:
    done = {"document_id": "d1", "outcome": "done", "state": "READING", "problem": None}
    browser.api.plan("batches.run", browser.api.example("batches.run") | {"results": [done]})
    chosen = json.dumps({"id": "d1", "version": 2, "name": "a.pdf"})
    answer = browser.post("/suppliers/s1/documents/batch", {"document": chosen, "action": "release"})
    assert answer["headers"]["Location"] == f"/console{UPLOAD}/status?document=d1"


def test_the_form_names_what_the_criteria_take(browser: Browser) -> None:
    criterion = {"criterion_id": "c", "folder": "factures", "classification_rule": None, "include_subfolders": False}
    line = browser.api.example("me.supplier")
    browser.api.plan("me.supplier", line | {"criteria": [criterion]})
    page = browser.get(UPLOAD)["body"]
    assert "le dossier « factures »" in page
    assert '<option value="factures">' in page
    browser.api.plan("me.supplier", line | {"criteria": []})
    assert "aucun critère." in browser.get(UPLOAD)["body"]


def test_a_list_is_not_called_empty_while_documents_are_set_aside(browser: Browser) -> None:
    browser.api.plan("tracking.to_process", browser.api.example("tracking.to_process") | {"invoices": []})
    counts = browser.api.example("invoices.counts")
    counts["counters"]["set_aside"] = {"count": 3, "since": None}
    browser.api.plan("invoices.counts", counts)
    page = browser.get("/suppliers/s1/documents")["body"]
    assert "Rien ne vous attend" not in page
    assert "3 documents sont mis de côté" in page


def test_a_document_that_was_set_aside_has_its_button_in_sight(browser: Browser) -> None:
    document = browser.api.example("invoices.get") | {"document_id": "d1", "state": "SET_ASIDE"}
    browser.api.plan("invoices.get", document)
    page = browser.get("/suppliers/s1/documents/d1")["body"]
    folded = "".join(re.findall(r"<details.*?</details>", page, re.DOTALL))
    assert page.count('name="do" value="release"') == 1
    assert 'value="release"' not in folded


def test_no_two_scripts_keep_their_own_word_where_a_template_keeps_a_text() -> None:
    """The guard against sending twice wrote « yes » over the text for a sent file."""
    pattern = r"dataset\.(\w+) = |delete [\w.]*dataset\.(\w+)"
    written = {
        name
        for path in STATIC.glob("*.js")
        for pair in re.findall(pattern, path.read_text(encoding="utf-8"))
        for name in pair
    } - {""}
    given = {
        re.sub(r"-(\w)", lambda found: found[1].upper(), name)
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r'\bdata-([a-z-]+)="', path.read_text(encoding="utf-8"))
    }
    assert written & given == set()
    assert written
