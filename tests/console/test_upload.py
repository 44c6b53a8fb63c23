"""Uploads without JavaScript: a ZIP goes to the bucket too, and the page leads to what became of it."""

from typing import Any

import httpx
import pytest

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
    browser.api.plan("archives.get", browser.api.example("archives.get") | {"lines": [], **changes})
    return str(browser.get("/suppliers/s1/archives/z1")["body"])


def test_a_zip_is_sent_as_a_zip_and_its_own_page_says_what_became_of_it(sender: Browser) -> None:
    answer = sender.post_files(UPLOAD, {"file": ZIP}, folder="factures")
    assert answer["headers"]["Location"] == "/console/suppliers/s1/archives/z1"
    (bucket,) = sent_to_the_bucket(sender)
    assert b"PK damaged" in bucket.read()
    assert not sender.api.asked("documents.upload")
    waiting = archive(sender, state="EXPECTED", problem=None)
    assert "n&#39;est pas encore ouvert" in waiting
    problem = {"field": None, "code": "zip_unreadable", "fr": "Ce n'est pas un ZIP lisible.", "en": "Unreadable."}
    refused = archive(sender, state="REFUSED", problem=problem)
    assert "Le ZIP est refusé" in refused
    assert "pas un ZIP lisible" in refused


def test_a_zip_beside_other_files_keeps_its_line_with_the_way_to_its_page(sender: Browser) -> None:
    page = sender.post_files(UPLOAD, {"file": PDF, "other": ZIP})["body"]
    assert "1 fichier est arrivé" in page
    assert 'href="/console/suppliers/s1/archives/z1"' in page
    assert "envoyé, pas encore ouvert" in page


def test_a_bucket_that_does_not_take_the_zip_is_a_page_that_says_so(sender: Browser) -> None:
    sender.api.plan_file(f"{HERE.upload_origin}/bucket", httpx.Response(403))
    assert sender.post_files(UPLOAD, {"file": ZIP})["statusCode"] == 503


def test_a_file_that_gives_no_invoice_is_not_only_called_read(browser: Browser) -> None:
    unusable = browser.api.example("invoices.get") | {"document_id": "d1", "state": "UNUSABLE"}
    browser.api.plan("invoices.get", unusable)
    page = browser.get(f"{UPLOAD}/status", document="d1")["body"]
    assert "1 fichier est inutilisable" in page
