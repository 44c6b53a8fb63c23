"""Where in a list a person is: an action on one of its later pages comes back to that page, with its filters."""

import json
import re
from html import unescape
from urllib.parse import parse_qs, urlencode

import pytest

from tests.console.browsing import Browser

LATER = {"cursor": "c 2&é", "unread": "1"}
TABLE = "/suppliers/s1/configuration/tables/recipients"
FORMS = [
    ("/installation", "/installation/s1", {"what": "suspend", "version": '"1"'}),
    ("/installation", "/installation/s1/identifier", {"scheme": "SIRET", "value": "1", "version": '"1"'}),
    ("/suppliers/s1/notifications", "/suppliers/s1/notifications/read", {"action": "chosen", "id": "n1"}),
    ("/suppliers/s1/documents", "/suppliers/s1/documents/batch", {"action": "submit"}),
    ("/messages", "/messages/inbox/11111111111111/r1/read", {"read": "no"}),
    ("/suppliers/s1/configuration/proposals",) * 2 + ({"what": "dismiss", "proposal": "p1"},),
]


def place_of(shown: str) -> str:
    return unescape(re.findall(r'name="back" value="([^"]*)"', shown)[0])


def location(answer: dict[str, object]) -> str:
    assert answer["statusCode"] == 303
    headers = answer["headers"]
    assert isinstance(headers, dict)
    return str(headers["Location"])


@pytest.mark.parametrize(("page", "form", "fields"), FORMS)
def test_an_action_comes_back_to_the_page_of_the_list(
    browser: Browser, page: str, form: str, fields: dict[str, str]
) -> None:
    back = place_of(browser.get(page, **LATER)["body"])
    came = location(browser.post(form, {**fields, "back": back}))
    assert came.partition("&done=")[0] == f"/console{page}?{urlencode(LATER)}"


@pytest.mark.parametrize(("page", "form", "fields"), FORMS)
@pytest.mark.parametrize(
    "changed", ["https://evil.example/", "//evil.example", "/console/suppliers/s2/documents?cursor=1", "?\r\nX: 1", "é"]
)
def test_a_changed_place_leads_to_the_first_page(
    browser: Browser, page: str, form: str, fields: dict[str, str], changed: str
) -> None:
    came = location(browser.post(form, {**fields, "back": changed}))
    assert re.fullmatch(rf"/console{page}(\?done=\w+)?", came)


def test_what_the_last_action_said_is_not_repeated(browser: Browser) -> None:
    back = "/console/suppliers/s1/notifications?unread=1&done=notifications_read"
    came = location(browser.post("/suppliers/s1/notifications/read", {"action": "chosen", "back": back}))
    assert came == "/console/suppliers/s1/notifications?unread=1"


def test_a_row_of_a_later_page_leads_back_there_through_its_own_page(browser: Browser) -> None:
    table = unescape(browser.get(TABLE, cursor="c2", search="Vil")["body"])
    (link,) = set(re.findall(r'href="/console(/[^"]*/row\?[^"]*)"', table))
    path, _, query = link.partition("?")
    back = place_of(browser.get(path, **parse_qs(query))["body"])
    row = {"row_id": "r1", "label": "Ville", "value": "21000031100014", "back": back}
    for form in (TABLE, f"{TABLE}/delete"):
        came = location(browser.post(form, row))
        assert came.partition("&done=")[0] == f"/console{TABLE}?cursor=c2&search=Vil"


def test_the_results_of_many_documents_lead_back_to_the_list_with_its_filters(browser: Browser) -> None:
    root = "/console/suppliers/s1/documents"
    back = f"{root}?counter=held&text=Ville&cursor=c2"
    document = json.dumps({"id": "d1", "version": 1, "name": "a.pdf"})
    for action in ("hold", "delete"):
        form = {"action": action, "document": document, "back": back}
        shown = unescape(browser.post("/suppliers/s1/documents/batch", form)["body"])
        assert f'class="button primary" href="{back}"' in shown, action


def test_a_later_page_has_a_way_to_the_first_one(browser: Browser) -> None:
    shown = unescape(browser.get("/suppliers/s1/notifications", cursor="c2", unread="1")["body"])
    assert '<a href="?unread=1">Première page</a>' in shown
    assert "Première page" not in browser.get("/suppliers/s1/notifications", unread="1")["body"]
