"""Every page with the examples of the API's description: it renders, in both languages, and asks little."""

import json
import re
from html.parser import HTMLParser

import pytest

from tests.console.browsing import Browser

PAGES = (
    "/suppliers",
    "/suppliers/s1/documents",
    "/suppliers/s1/documents?counter=set_aside",
    "/suppliers/s1/upload",
    "/suppliers/s1/upload/status?document=d1",
    "/suppliers/s1/archives/a1",
    "/suppliers/s1/find?text=abc",
    "/find?text=abc",
    "/suppliers/s1/documents/d1",
    "/suppliers/s1/documents/d1/history",
    "/suppliers/s1/documents/d1/recipients",
    "/suppliers/s1/documents/d1/recipients?town=Lyon",
    "/suppliers/s1/documents/d1/services",
    "/suppliers/s1/documents/d1/attachments",
    "/suppliers/s1/tracking",
    "/suppliers/s1/tracking?counter=sent_back",
    "/suppliers/s1/tracking/export",
    "/suppliers/s1/tracking/file",
    "/suppliers/s1/tracking/d1",
    "/suppliers/s1/tracking/d1/trail",
    "/suppliers/s1/tracking/d1/files/original",
    "/suppliers/s1/tracking/d1/answer/recycle",
    "/suppliers/s1/tracking/d1/portal-file",
    "/suppliers/s1/notifications",
    "/suppliers/s1/notifications?unread=1",
    "/suppliers/s1/notifications/open?id=evt_1&document=d1",
    "/installation",
    "/installation/s1",
    "/installation/s1/removal",
    "/invitations",
    "/invitations/s1",
    "/suppliers/s1/connection",
    "/suppliers/s1/connection/trial",
    "/suppliers/s1/configuration",
    "/suppliers/s1/configuration/fields",
    "/suppliers/s1/configuration/attachments",
    "/suppliers/s1/configuration/criteria",
    "/suppliers/s1/configuration/criteria/try",
    "/suppliers/s1/configuration/criteria/take",
    "/suppliers/s1/configuration/lifecycle",
    "/suppliers/s1/configuration/lifecycle/export",
    "/suppliers/s1/configuration/layouts",
    "/suppliers/s1/configuration/layouts/l1",
    "/suppliers/s1/configuration/audit",
    "/suppliers/s1/configuration/access",
    "/suppliers/s1/configuration/access/revoke",
    "/suppliers/s1/configuration/notifications",
    "/suppliers/s1/configuration/notifications/change",
    "/suppliers/s1/configuration/bank-accounts",
    "/suppliers/s1/configuration/tables/recipients",
    "/suppliers/s1/configuration/tables/recipients/row?row_id=r1",
    "/suppliers/s1/configuration/tables/recipients/import",
    "/suppliers/s1/configuration/tables/recipients/export",
    "/suppliers/s1/configuration/tables/recipients/delete",
    "/suppliers/s1/configuration/proposals",
    "/suppliers/s1/configuration/webhooks",
    "/suppliers/s1/configuration/webhooks/w1",
    "/suppliers/s1/configuration/webhooks/w1/secret",
    "/suppliers/s1/configuration/webhooks/w1/replay",
    "/messages",
    "/messages?cursor=x&sort=-title&text=mot",
    "/messages/inbox/20000035400015/MSG_000000001",
    "/messages/outbox",
    "/messages/outbox/90123450000014/MSG_000000001",
    "/messages/outbox/90123450000014/MSG_000000001/edit",
    "/messages/outbox/90123450000014/MSG_000000001/add",
    "/messages/new",
    "/messages/recipients?sender=90123450000014&text=2000",
    "/messages/lists",
    "/messages/lists/new",
    "/messages/lists/90123450000014/l1",
    "/structures",
    "/structures/open?siret=200",
    "/structures/20000035400015",
    "/structures/20000035400015/people",
    "/structures/20000035400015/audit",
)
"""Every page of the console that a GET shows; a test below compares them with the routes."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def read(body: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = _Reader()
    reader.feed(body)
    return reader.tags


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_rendered_from_what_the_api_answers(browser: Browser, page: str, language: str) -> None:
    browser.language = language
    path, _, query = page.partition("?")
    answer = browser.get(path, **dict(each.split("=") for each in query.split("&") if each))
    assert answer["statusCode"] in (200, 303), answer["body"][:2000]
    if answer["statusCode"] == 200 and answer["body"].startswith("<!doctype"):
        assert f'<html lang="{language}">' in answer["body"]
        assert len(answer["body"]) < 120_000
        assert len(browser.api.requests) <= 4


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_no_script_style_or_handler_of_its_own(browser: Browser, page: str) -> None:
    path, _, query = page.partition("?")
    body = browser.get(path, **dict(each.split("=") for each in query.split("&") if each))["body"]
    for tag, attributes in read(body):
        assert not any(name == "style" or name.startswith("on") for name in attributes), (tag, attributes)
        if tag in ("script", "link"):
            assert (attributes.get("src") or attributes.get("href") or "").startswith("/console/static/")
    assert not re.search(r"<style|<script(?![^>]* src=)", body)


@pytest.mark.parametrize("page", PAGES)
def test_every_form_that_changes_something_carries_the_sessions_mark(browser: Browser, page: str) -> None:
    path, _, query = page.partition("?")
    body = browser.get(path, **dict(each.split("=") for each in query.split("&") if each))["body"]
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", body, re.DOTALL):
        assert 'name="csrf"' in form or "https://" in form


def test_the_pages_here_are_all_pages() -> None:
    from console.app import app

    routes = {
        route.path.removeprefix("/console")
        for route in app._static_routes + app._dynamic_routes
        if "GET" in route.method
    }
    shown = {re.sub(r"<[^>]+>", "[^/]+", path) for path in routes} - WITHOUT_SESSION - FILES - BY_RIGHT
    missing = [path for path in shown if not any(re.fullmatch(path, page.partition("?")[0]) for page in PAGES)]
    assert missing == []


FILES = {"/suppliers/[^/]+/documents/[^/]+/pages/[^/]+", "/suppliers/[^/]+/documents/[^/]+/file"}


def test_only_an_administrator_of_the_installation_gets_the_form_of_a_new_supplier(browser: Browser) -> None:
    assert browser.get("/new-supplier")["statusCode"] == 403
    browser.api.plan("me.get", browser.api.example("me.get") | {"administers_installation": True})
    assert browser.get("/new-supplier")["statusCode"] == 200


WITHOUT_SESSION = {"", "/sign-in", "/callback", "/language/[^/]+", "/static/[^/]+"}
BY_RIGHT = {"/new-supplier"}


def test_the_tab_of_notifications_has_the_number_of_unread_ones_on_every_page(browser: Browser) -> None:
    supplier = browser.api.example("me.supplier")
    for total, more, shown in ((0, False, None), (1, False, "1"), (100, True, "100+")):
        browser.api.plan("me.supplier", supplier | {"unread_notifications": {"total": total, "more": more}})
        for page in ("/suppliers/s1/tracking", "/suppliers/s1/tracking/d1"):
            tab = re.search(r">Notifications(.*?)</a>", browser.get(page)["body"])
            assert tab
            assert (f">{shown}<" in tab[1]) if shown else not tab[1], page


def test_the_notifications_are_a_page_of_three_calls(browser: Browser) -> None:
    browser.get("/suppliers/s1/notifications")
    assert len(browser.api.requests) <= 3


def test_the_front_page_of_three_hundred_suppliers_reads_and_shows_one_page_of_them(browser: Browser) -> None:
    """The API pages the summary: 50 lines of it are the most that the page asks for, with a way to search the rest."""
    summary = browser.api.example("me.summary")
    (line,) = summary["suppliers"]
    counters = dict.fromkeys(line["counters"] or ("waiting", "held"), 12_345)
    line |= {"name": "Établissements Duchemin & Fils " * 3, "counters": counters, "counters_missing": None}
    line |= {"waiting_since": "2026-11-01T09:00:00Z", "paused_until": "2026-11-30T12:00:00Z", "status": "suspended"}
    lines = [line | {"supplier_id": f"{number:012x}"} for number in range(50)]
    browser.api.plan("me.summary", {"suppliers": lines, "cursor": "more"})
    page = browser.get("/suppliers", text="Duchemin")["body"]
    assert len(page) < 120_000
    assert page.count("<tr>") == 51
    assert "cursor=more" in page
    assert "text=Duchemin" in page
    (asked,) = browser.api.asked("me.summary")
    assert dict(asked.url.params) == {"limit": "50", "text": "Duchemin", "administered": "true"}
    assert [dict(each.url.params) for each in browser.api.asked("me.get")] == [{"brief": "true"}]
    assert len(browser.api.requests) == 2


def test_a_supplier_that_a_person_only_configures_leads_to_its_configuration(browser: Browser) -> None:
    summary = browser.api.example("me.summary")
    (line,) = summary["suppliers"]
    line |= {"roles": ["administer"], "counters": None, "counters_missing": "no_right_to_use", "supplier_id": "s9"}
    browser.api.plan("me.summary", summary)
    page = browser.get("/suppliers")["body"]
    assert 'href="/console/suppliers/s9/configuration"' in page
    assert "À configurer seulement" in page


def test_to_open_a_notification_marks_it_as_read_and_leads_to_its_document(browser: Browser) -> None:
    listed = browser.api.example("notifications.list")
    (one, *_) = listed["notifications"]
    browser.api.plan("notifications.list", listed | {"notifications": [one | {"document_id": "d1", "read": False}]})
    page = browser.get("/suppliers/s1/notifications")["body"]
    assert f"/notifications/open?id={one['id']}&amp;document=d1" in page
    answer = browser.get("/suppliers/s1/notifications/open", id=one["id"], document="d1")
    assert answer["headers"]["Location"] == "/console/suppliers/s1/documents/d1"
    (marked,) = browser.api.asked("notifications.mark_read")
    assert json.loads(marked.content) == {"ids": [one["id"]]}


def test_a_document_that_was_deleted_leaves_the_tabs_of_its_company_on_the_page(browser: Browser) -> None:
    for operation in ("forms.get", "invoices.get"):
        browser.api.plan(operation, {"code": "not_found", "title": "Introuvable"}, status=404)
    answer = browser.get("/suppliers/s1/documents/d1")
    assert answer["statusCode"] == 404
    assert ">Suivi</a>" in answer["body"]
    assert re.search(r'class="button" href="/console/suppliers/\w+/documents"', answer["body"])


def test_a_company_with_nothing_to_watch_has_an_empty_cell_which_shows_no_label(browser: Browser) -> None:
    summary = browser.api.example("me.summary")
    (line,) = summary["suppliers"]
    line["credentials"] |= {"saved": True, "refused": None, "suspected": False, "password_days_left": 90}
    line |= {"status": "active", "paused_until": None, "automatic_submission": True}
    line["counters"] = dict.fromkeys(line["counters"], 0)
    browser.api.plan("me.summary", summary)
    assert 'data-label="À surveiller"></td>' in browser.get("/suppliers")["body"]
