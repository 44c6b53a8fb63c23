"""Where the lists lead: a send-back is answered on its page of the tracking, all else on the document's page."""

import pytest

from tests.console.browsing import Browser


@pytest.mark.parametrize(("task", "part"), [(None, "documents"), ("recycle", "tracking")])
def test_the_list_leads_to_where_a_person_acts(browser: Browser, task: str | None, part: str) -> None:
    listing = browser.api.example("tracking.to_process")
    (invoice, *_) = listing["invoices"]
    tracked = browser.api.example("tracking.list")["invoices"][0]
    invoice |= {"document_id": "d1", "task": {"kind": task} if task else None}
    invoice |= {"deposit": tracked["deposit"]} if task else {}
    listing["invoices"] = [invoice]
    browser.api.plan("tracking.to_process", listing)
    assert f'href="/console/suppliers/49f9e0583749/{part}/d1"' in browser.get("/suppliers/s1/documents")["body"]
