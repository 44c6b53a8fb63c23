"""Documents to process: what the list says of each, and one action on many of them."""

import json
import re
from html import unescape
from typing import Any

from tests.console.browsing import Browser

LIST = "/suppliers/s1/documents"


def a_line(browser: Browser, **changed: Any) -> dict[str, Any]:
    (line,) = browser.api.example("tracking.to_process")["invoices"]
    return dict(line | changed)


def the_list(browser: Browser, *lines: dict[str, Any]) -> str:
    browser.api.plan("tracking.to_process", browser.api.example("tracking.to_process") | {"invoices": list(lines)})
    return unescape(browser.get(LIST)["body"])


def chosen(*names: str) -> list[str]:
    return [json.dumps({"id": f"d{n}", "version": 1, "name": name}) for n, name in enumerate(names)]


def press(browser: Browser, action: str, *names: str, **more: str) -> str:
    form = {"document": chosen(*names), "action": action, "counter": "waiting", **more}
    return unescape(browser.post(f"{LIST}/batch", form)["body"])


def test_a_deletion_of_many_is_asked_about_before_anything_is_deleted(browser: Browser) -> None:
    asked = press(browser, "delete", "a.pdf", "b.pdf")
    assert not browser.api.asked("batches.run")
    assert "Supprimer 2 documents ?" in asked
    assert "a.pdf" in asked
    assert re.search(r'class="danger"[^>]*>Oui, supprimer définitivement', asked)
    assert re.search(r'class="button primary"[^>]*>Ne rien supprimer', asked)
    form = dict(re.findall(r'type="hidden" name="(sure|counter)" value="([^"]*)"', asked))
    press(browser, "delete", "a.pdf", "b.pdf", **form)
    (request,) = browser.api.asked("batches.run")
    assert json.loads(request.content)["action"] == "delete"


def test_a_deletion_is_never_the_main_button_of_a_list(browser: Browser) -> None:
    for counter in ("waiting", "unusable", "duplicate", "set_aside"):
        body = browser.get(LIST, counter=counter)["body"]
        (tag,) = re.findall(r'<button[^>]*value="delete"[^>]*>', body)
        assert 'class="danger"' in tag, counter


def test_a_validated_document_that_cannot_leave_is_not_called_done(browser: Browser) -> None:
    taken = {"field": "invoice_number", "code": "number_taken", "fr": "Numéro déjà pris.", "en": "", "blocking": True}
    result = {"outcome": "done", "state": "TO_COMPLETE", "version": 2, "problem": None, "problems": [taken]}
    ready = {**result, "state": "READY", "problems": []}
    browser.api.plan("batches.run", {"results": [{**result, "document_id": "d0"}, {**ready, "document_id": "d1"}]})
    shown = press(browser, "validate", "a.pdf", "b.pdf")
    assert "1 document traité sur 2." in shown or "1 documents traités sur 2." in shown
    assert re.search(r"reste à compléter</span>.*Numéro déjà pris\.", shown, re.DOTALL)
    assert shown.count("fait</span>") == 1


def test_a_line_names_its_recipient_and_gives_every_reason(browser: Browser) -> None:
    problems = [{"field": None, "code": f"p{n}", "fr": f"Raison {n}.", "en": "", "blocking": True} for n in range(3)]
    body = the_list(browser, a_line(browser, recipient_name="Rodez Agglomération", problems=problems))
    assert "Rodez Agglomération" in body
    assert "210 000 311 00014".replace(" ", "\u00a0") in body
    assert all(each["fr"] in body for each in problems)


def test_a_sent_back_invoice_cannot_be_chosen_for_what_is_done_before_a_submission(browser: Browser) -> None:
    task = {"actions": ["recycle"], "status": "A_RECYCLER", "fr": "", "en": "", "motive": "", "under_way": False}
    sent_back = a_line(browser, state="SUBMITTED", task=task)
    alone = the_list(browser, sent_back)
    assert 'name="document"' not in alone
    assert 'name="action"' not in alone
    both = the_list(browser, sent_back, a_line(browser, document_id="d2"))
    assert both.count('name="document"') == 1
    assert 'name="action"' in both
