"""The search for an invoice: what is asked of the API, and how new the shown statuses are."""

from tests.console.browsing import Browser


def two_found(browser: Browser) -> None:
    answer = browser.api.example("invoices.list")
    deposit = browser.api.example("tracking.list")["invoices"][0]
    age = answer["portal"] | {"retrieved_at": "2026-11-30T16:46:00Z"}
    browser.api.plan("invoices.list", answer | {"invoices": [deposit, deposit], "portal": age})


def test_a_search_at_one_company_asks_the_portal_and_says_how_new_the_statuses_are(browser: Browser) -> None:
    two_found(browser)
    assert "Statuts de Chorus Pro au 30/11/2026 17:46" in browser.get("/suppliers/s1/find", text="abc")["body"]
    assert browser.api.asked("invoices.list")[0].url.params["portal"] == "ask"


def test_a_search_at_all_companies_asks_no_portal_and_says_how_old_the_statuses_are(browser: Browser) -> None:
    two_found(browser)
    summary = browser.api.example("me.summary")
    summary["suppliers"] = [summary["suppliers"][0] | {"roles": ["use"]}]
    browser.api.plan("me.summary", summary)
    assert "Statuts de Chorus Pro au 30/11/2026 17:46" in browser.get("/find", text="abc")["body"]
    assert browser.api.asked("invoices.list")[0].url.params["portal"] == "known"


def test_an_empty_search_says_what_can_be_found(browser: Browser) -> None:
    for page in ("/find", "/suppliers/s1/find"):
        answer = browser.get(page, text=" ")
        assert answer["statusCode"] == 200
        assert "Tapez un numéro de facture" in answer["body"].replace("&#39;", "'")
    assert not browser.api.asked("invoices.list")
