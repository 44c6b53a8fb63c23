"""The history of a document and the journal of the configuration: a sentence for each event that the API names."""

import json
import re
from collections.abc import Iterator
from html import unescape

import pytest

from console.catalogue import has_text
from tests.console.browsing import ROOT, Browser

SCHEMAS = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))["components"]["schemas"]


def named(schema: str, field: str) -> list[str]:
    names: list[str] = SCHEMAS[schema]["properties"][field]["x-extensible-enum"]
    assert names
    return names


def events() -> Iterator[tuple[str, str]]:
    yield from (("invoice.done", each) for each in named("HistoryEvent", "action"))
    yield from (("journal", each) for each in named("ConfigurationChange", "event"))


def test_each_event_that_the_api_names_has_its_sentence() -> None:
    assert [each for each in events() if not has_text(".".join(each))] == []


HISTORIES = ("/suppliers/s1/documents/d1/history", "/suppliers/s1/tracking/d1/trail")
JOURNALS = (
    ("/suppliers/s1/configuration/audit", "audit.list"),
    ("/structures/20000035400015/audit", "structures.audit"),
)


@pytest.mark.parametrize("page", HISTORIES)
def test_a_history_has_sentences_and_an_unknown_action_by_its_name(browser: Browser, page: str) -> None:
    history = browser.api.example("invoices.history")
    history["events"] = [history["events"][0] | {"action": each} for each in ("repair_refused", "moved_to_mars")]
    browser.api.plan("invoices.history", history)
    shown = browser.get(page)["body"]
    assert "Chorus Pro a refusé la réponse." in shown
    assert "repair_refused" not in shown
    assert "<code>moved_to_mars</code>" in shown


@pytest.mark.parametrize("page", HISTORIES)
def test_a_history_has_words_for_its_details_and_the_newest_comes_first(browser: Browser, page: str) -> None:
    history = browser.api.example("invoices.history")
    one = history["events"][0]
    history["events"] = [
        one | {"by": by, "action": action, "detail": detail}
        for by, action, detail in (
            ("textract_ocr", "read", "18 field(s)"),
            ("1", "completed", "document:layout_unconfirmed, invoice_number:number_taken"),
            ("somebody", "repair_started", "recycle"),
            ("tracking_sync", "status_changed", "MISE_A_DISPOSITION → A_RECYCLER"),
        )
    ]
    browser.api.plan("invoices.history", history)
    statuses = [
        {"code": code, "actor": "recipient", "fr": fr, "en": fr, "end": False, "known": True, "neutral": None}
        for code, fr in (("MISE_A_DISPOSITION", "Mise à disposition"), ("A_RECYCLER", "À recycler"))
    ]
    browser.api.plan("tracking.statuses", {"statuses": statuses})
    table = unescape(browser.get(page)["body"]).partition("<tbody>")[2].partition("</tbody>")[0]
    shown = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in table.split("</tr>")[:-1]]
    assert "Mise à disposition → À recycler le connecteur (suivi)" in shown[0]
    assert "Renvoyer à la bonne adresse une autre personne ou un système : somebody" in shown[1]
    assert "Reste à régler : le document lui-même, Numéro de facture vous" in shown[2]
    assert "18 valeurs lues le connecteur (lecture)" in shown[3]


@pytest.mark.parametrize("page", HISTORIES)
def test_a_history_says_which_values_a_person_changed(browser: Browser, page: str) -> None:
    history = browser.api.example("invoices.history")
    changes = [
        {"field": "service_code", "before": "TRANSPORTS", "after": "DRI"},
        {"field": "contract_number", "before": "", "after": "M-7"},
        {"field": "status", "before": "A_RECYCLER", "after": "DEPOSEE"},
    ]
    history["events"] = [history["events"][0] | {"changes": changes}]
    browser.api.plan("invoices.history", history)
    shown = unescape(re.sub(r"<[^>]+>", "", browser.get(page)["body"]))
    assert "Code service : TRANSPORTS → DRI" in shown
    assert "Numéro de marché : (vide) → M-7" in shown
    assert "Statut : " in shown


@pytest.mark.parametrize(("page", "operation"), JOURNALS)
def test_a_journal_has_sentences_and_an_unknown_event_by_its_name(browser: Browser, page: str, operation: str) -> None:
    trail = browser.api.example(operation)
    known = trail["changes"][0] | {"item": "access/alice", "action": "removed", "event": "access.removed"}
    trail["changes"] = [known, known | {"item": "mars", "action": "moved", "event": "mars.moved"}]
    browser.api.plan(operation, trail)
    shown = browser.get(page)["body"]
    assert "Des droits ont été retirés." in shown
    assert "<code>alice</code>" in shown
    assert "access.removed" not in shown
    assert "<code>mars.moved</code>" in shown


def test_a_change_of_the_settings_names_the_fields_as_their_form_does(browser: Browser) -> None:
    trail = browser.api.example("audit.list")
    values = {"before": {"invoice_date": None, "keep_xml": False}, "after": {"invoice_date": "x", "keep_xml": True}}
    trail["changes"] = [trail["changes"][0] | {"item": "supplier", "action": "changed", "event": "supplier.changed"}]
    trail["changes"][0] |= values
    browser.api.plan("audit.list", trail)
    shown = browser.get("/suppliers/s1/configuration/audit")["body"]
    assert "Date de facture" in shown or "Date de la facture" in shown
    assert ": oui" in shown
