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
