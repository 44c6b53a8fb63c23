"""The picture of a page over HTTP: to whom, of what, and how it is repeated."""

import pytest

from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.reading.result import Reading
from chorus_connector.domain.suppliers.tables import new_row
from tests.api.functions import Functions
from tests.builders import NOW, add_read
from tools.invoice_generator import broken

PAGE = "/suppliers/s1/invoices/d1/pages/1"


def stored(functions: Functions, data: bytes, state: State = State.READY) -> None:
    version = functions.tenant().documents.put_original("d1", data)
    add_read(functions.tenant().invoices, Reading(), state, object_version=version, metadata={"Secteur": "Nord"})


@pytest.mark.row("B12")
def test_a_page_is_shown_as_a_picture_that_a_client_may_keep_and_ask_about(functions: Functions) -> None:
    stored(functions, broken.plain_pdf(pages=2))
    shown = functions.send("GET", PAGE, by="bob")
    assert (shown.status, shown.headers["Content-Type"]) == (200, "image/png")
    assert shown.body.startswith(b"\x89PNG")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert functions.send("GET", PAGE, known=shown.headers["ETag"]).status == 304
    other = functions.send("GET", "/suppliers/s1/invoices/d1/pages/2")
    assert (other.status, other.body != shown.body) == (200, True)


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("/suppliers/s1/invoices/d1/pages/2", (404, "no_such_page")),
        ("/suppliers/s1/invoices/d1/pages/99999", (404, "no_such_page")),
        ("/suppliers/s1/invoices/d1/pages/0", (422, "invalid_request")),
        ("/suppliers/s1/invoices/d1/pages/x", (422, "invalid_request")),
        ("/suppliers/s1/invoices/other/pages/1", (404, "not_found")),
    ],
)
def test_what_is_no_page_of_the_document_is_refused(functions: Functions, path: str, refusal: tuple[int, str]) -> None:
    stored(functions, broken.plain_pdf())
    assert functions.send("GET", path).refusal == refusal


def test_a_document_that_is_no_pdf_or_not_examined_says_so(functions: Functions) -> None:
    stored(functions, b"GIF89a", State.UNUSABLE)
    refused = functions.send("GET", PAGE)
    assert refused.refusal == (422, "page_not_drawable")
    assert [each["code"] for each in refused.body["problems"]] == ["pdf_not_a_pdf"]


def test_a_document_whose_file_is_still_to_come_has_no_picture_yet(functions: Functions) -> None:
    stored(functions, broken.plain_pdf(), State.RECEIVED)
    assert functions.send("GET", PAGE).refusal == (409, "file_not_examined")


def test_a_stranger_and_a_restricted_user_find_nothing(functions: Functions) -> None:
    stored(functions, broken.plain_pdf())
    assert functions.send("GET", PAGE, by="eve").refusal == (404, "not_found")
    restricted(functions, "bob", "Sud")
    assert functions.send("GET", PAGE, by="bob").refusal == (404, "not_found")
    assert functions.send("GET", PAGE, by="alice").status == 200, "the picture that is kept by now"
    assert functions.send("GET", PAGE, by="bob").refusal == (404, "not_found")


def restricted(functions: Functions, principal: str, label: str) -> None:
    """Let the principal see only documents with that label."""
    tenant = functions.tenant()
    supplier = tenant.suppliers.get()
    tenant.suppliers.save(
        supplier.model_copy(update={"user_label_metadata": "Secteur", "version": supplier.version + 1})
    )
    tenant.tables.put([new_row("users", label=label, value=principal, by="alice", now=NOW)])
