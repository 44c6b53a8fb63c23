"""Pictures of pages over HTTP: what the boxes of the form are on, drawn once, and harmless when a file is hostile."""

import io
import time
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.e2e.conftest import Running
from tools.demo import Sample
from tools.hostile_pdfs.kinds import hostile_pdf

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

SITE = "facture-site-internet.pdf"


def page(stack: Running, supplier_id: str, document: str, number: int = 1, **headers: str) -> httpx.Response:
    path = f"/suppliers/{supplier_id}/invoices/{document}/pages/{number}"
    token = {"Authorization": f"Bearer {stack.stack.admin_token()}"}
    return httpx.get(f"{stack.stack.api_url}{path}", headers=token | headers, timeout=60, trust_env=False)


@pytest.fixture(scope="module")
def read(stack: Running, samples: dict[str, Sample]) -> tuple[str, str, dict[str, Any]]:
    """A supplier, a document of its own that was read, and the document's form."""
    supplier_id = stack.new_supplier(name="Pages")
    document = stack.api.upload(supplier_id, samples[SITE])
    stack.wait_for(supplier_id, document, "TO_COMPLETE", "READY", "SUBMITTED")
    return supplier_id, document, stack.api.call("GET", f"/suppliers/{supplier_id}/invoices/{document}/form")


@pytest.mark.row("B12", "B05")
def test_every_value_that_was_read_is_printed_in_its_box_on_the_picture_of_its_page(
    stack: Running, read: tuple[str, str, dict[str, Any]]
) -> None:
    supplier_id, document, form = read
    shown = page(stack, supplier_id, document)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert len(shown.content) <= 250_000
    picture = Image.open(io.BytesIO(shown.content)).convert("L")
    boxes = [
        each[name]
        for each in form["fields"].values()
        if each["source"] == "text" and each["page"] == 1
        for name in ("box", "label_box")
        if each[name]
    ]
    assert len(boxes) > 10
    for box in boxes:
        left, top = box["left"] * picture.width, box["top"] * picture.height
        right, bottom = left + box["width"] * picture.width, top + box["height"] * picture.height
        assert 0 <= left < right <= picture.width
        darkest, _ = picture.crop((round(left), round(top), round(right), round(bottom))).getextrema()
        assert darkest < 160


@pytest.mark.row("B12")
def test_the_second_request_is_answered_from_what_is_kept_and_a_known_picture_is_a_304(
    stack: Running, read: tuple[str, str, dict[str, Any]]
) -> None:
    supplier_id, document, _ = read
    first = page(stack, supplier_id, document)
    again = page(stack, supplier_id, document)
    assert again.content == first.content
    known = page(stack, supplier_id, document, **{"If-None-Match": first.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    missing = page(stack, supplier_id, document, 2)
    assert (missing.status_code, missing.json()["code"]) == (404, "no_such_page")
    hidden = page(stack, stack.new_supplier(name="Autre"), document)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found")


@pytest.mark.row("B13")
def test_a_page_that_exhausts_its_process_is_refused_and_another_tenant_sees_its_own(
    stack: Running, read: tuple[str, str, dict[str, Any]]
) -> None:
    """The bomb explodes only when its page is drawn: the reading refused it, and its file is still there."""
    hostile = stack.new_supplier(name="Bombes")
    document = stack.api.upload(hostile, Sample("bombe.pdf", hostile_pdf("ascii85_filter")))
    stack.wait_for(hostile, document, "UNUSABLE", patience=180)
    for _ in range(2):
        refused = page(stack, hostile, document)
        assert (refused.status_code, refused.json()["code"]) == (422, "page_not_drawable")
        assert [each["code"] for each in refused.json()["problems"]] == ["pdf_too_complex"]
    supplier_id, good, _ = read
    begun = time.monotonic()
    assert page(stack, supplier_id, good).status_code == 200
    assert time.monotonic() - begun < 10
