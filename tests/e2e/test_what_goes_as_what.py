"""What goes to the portal as what: a flow, the PDF as it is, or the PDF without its XML; and both files can be had."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Running
from tests.facturx_sample import MEANS, facturx_pdf, facturx_xml
from tests.real_portal import TOWN
from tools.demo import FOLDER
from tools.hostile_pdfs.draft import Draft

pytestmark = [pytest.mark.stack, pytest.mark.acceptance, pytest.mark.row("B10")]


@dataclass
class Sender:
    """A supplier of its own and what it does through the API."""

    stack: Running
    as_flow: bool = False
    supplier_id: str = field(init=False)
    siret: str = field(init=False)

    def __post_init__(self) -> None:
        self.supplier_id = self.stack.new_supplier()
        shown = self.stack.api.call("GET", self.path)
        self.siret = shown["siret"]
        change = {"facturx_as_flow": self.as_flow, "automatic_submission": False}
        self.stack.api.call("PATCH", self.path, json=change, headers={"If-Match": f'"{shown["version"]}"'})

    @property
    def path(self) -> str:
        return f"/suppliers/{self.supplier_id}"

    def xml(self, **changes: str) -> bytes:
        return facturx_xml(supplier=self.siret, recipient=TOWN, **changes)

    def upload(self, data: bytes, *states: str) -> str:
        document = self.stack.api.call(
            "POST",
            f"{self.path}/documents",
            params={"file_name": "facture.pdf", "folder": FOLDER},
            content=data,
            headers={"Content-Type": "application/pdf"},
        )["document_id"]
        self.stack.wait_for(self.supplier_id, document, *states)
        return str(document)

    def get(self, document: str, what: str) -> dict[str, Any]:
        return dict(self.stack.api.call("GET", f"{self.path}/invoices/{document}/{what}"))

    def submit(self, document: str, **choice: Any) -> dict[str, Any]:
        version = self.get(document, "form")["version"]
        headers = {"If-Match": f'"{version}"'}
        self.stack.api.call("POST", f"{self.path}/invoices/{document}/submit", json=choice, headers=headers)
        return self.stack.wait_for(self.supplier_id, document, "SUBMITTED")

    def content(self, document: str, which: str) -> bytes:
        """The file behind the link, which has the hash and the size that the answer says."""
        link = self.get(document, which)
        content = httpx.get(link["url"], trust_env=False).content
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (link["sha256"], link["size"])
        return content

    def status(self, document: str, which: str) -> tuple[int, str]:
        answer = httpx.get(
            f"{self.stack.stack.api_url}{self.path}/invoices/{document}/{which}",
            headers={"Authorization": f"Bearer {self.stack.stack.admin_token()}"},
            trust_env=False,
        )
        return answer.status_code, answer.json().get("code", "")

    def at_the_portal(self, number: str) -> Any:
        held = [each for each in self.stack.simulator.portal.invoices.all() if each.number == number]
        (ours,) = [each for each in held if each.supplier.siret == self.siret]
        return ours


def test_a_factur_x_of_the_reform_goes_as_a_pdf_without_its_xml_and_both_files_can_be_had(stack: Running) -> None:
    sender = Sender(stack, as_flow=True)
    document = sender.upload(facturx_pdf(sender.xml(framework="B1")), "READY")
    sending = sender.get(document, "form")["sending"]
    assert (sending["way"], sending["reason"], sending["detail"]) == (
        "plain_pdf_without_xml",
        "process_of_reform",
        "B1",
    )
    assert "« B1 »" in sending["fr"]
    assert sender.status(document, "sent") == (404, "not_sent")
    invoice = sender.submit(document)
    received, sent = sender.content(document, "original"), sender.content(document, "sent")
    assert b"EmbeddedFile" in received
    assert b"EmbeddedFile" not in sent
    assert sender.at_the_portal(invoice["invoice_number"]).main_file.content == sent
    story = sender.get(document, "history")
    assert story["sending"] == sending
    assert story["files"]["received"]["sha256"] == hashlib.sha256(received).hexdigest()
    assert story["files"]["sent"] == {
        "sha256": hashlib.sha256(sent).hexdigest(),
        "size": len(sent),
        "same_as_original": False,
    }
    (line,) = [each for each in story["events"] if each["action"] == "sending"]
    assert line["detail"] == "plain_pdf_without_xml:process_of_reform:B1"


def test_a_pdf_without_xml_is_sent_as_it_came(stack: Running) -> None:
    sender = Sender(stack)
    draft = Draft()
    draft.page(b"")
    data = draft.pdf()
    document = sender.upload(data, "TO_COMPLETE")
    values = {
        "invoice_number": "PLAIN-1", "invoice_date": "2026-11-02", "recipient_siret": TOWN, "total_ht": "500.00",
        "total_tva": "100.00", "total_ttc": "600.00", "supplier_siret": sender.siret,
    }  # fmt: skip
    version = sender.get(document, "form")["version"]
    path = f"{sender.path}/invoices/{document}/form"
    stack.api.call("PATCH", path, json={"fields": values}, headers={"If-Match": f'"{version}"'})
    assert sender.get(document, "form")["sending"]["reason"] == "no_xml"
    sender.submit(document)
    assert sender.content(document, "sent") == sender.content(document, "original") == data
    assert sender.get(document, "sent")["same_as_original"] is True


@pytest.fixture
def lenient(stack: Running) -> Iterator[Running]:
    """A portal that ignores the XML inside a PDF. By default it refuses such a PDF."""
    dialect = f"{stack.simulator.base_url}/_admin/dialect"
    httpx.post(dialect, json={"embedded_xml": "ignored"}, trust_env=False).raise_for_status()
    yield stack
    httpx.post(dialect, json={"embedded_xml": "refused"}, trust_env=False).raise_for_status()


def test_a_signed_pdf_with_xml_asks_a_person_and_is_sent_as_it_is(lenient: Running) -> None:
    sender = Sender(lenient)
    draft = Draft()
    stream = draft.stream(sender.xml())
    draft.catalogue = (
        b"/Names << /EmbeddedFiles << /Names [ (a) << /Type /Filespec /UF (factur-x.xml) /EF << /F %s >> >> ] >> >> "
        b"/AcroForm << /SigFlags 3 /Fields [ << /FT /Sig /T (s) /V << /Contents <00> /ByteRange [0 1 2 3] >> >> ] >>"
    ) % stream
    data = draft.pdf()
    document = sender.upload(data, "TO_COMPLETE")
    form = sender.get(document, "form")
    assert form["sending"]["way"] == "undecided"
    (problem,) = [each for each in form["problems"] if each["blocking"]]
    assert problem["code"] == "pdf_signed"
    sender.submit(document, keep_xml=True)
    assert sender.content(document, "sent") == data
    assert sender.get(document, "history")["sending"]["reason"] == "xml_kept"


def test_a_credit_note_carries_no_payment_method_and_the_form_says_so(stack: Running) -> None:
    sender = Sender(stack)
    document = sender.upload(facturx_pdf(sender.xml(kind="381", payment_means=MEANS)), "READY")
    form = sender.get(document, "form")
    assert form["fields"]["invoice_type"]["value"] == "credit_note"
    assert "payment_method" not in form["fields"]
    assert "no_payment_method" in [each["code"] for each in form["problems"]]
    invoice = sender.submit(document)
    references = sender.at_the_portal(invoice["invoice_number"]).received["references"]
    assert (references["typeFacture"], "modePaiement" in references) == ("AVOIR", False)


@pytest.mark.row("B04")
def test_an_invoice_that_is_issued_again_has_the_file_received_and_names_the_one_that_was_sent(stack: Running) -> None:
    sender = Sender(stack)
    document = sender.upload(facturx_pdf(sender.xml(number="AGAIN-1")), "READY")
    invoice = sender.submit(document)
    portal = stack.simulator.portal
    with portal.lock:
        held = portal.invoices.get(invoice["deposit"]["chorus_id"])
        assert held is not None
        portal.lives.by_hand(held, "REJETEE", portal.catch_up(), "Erreur")
    stack.api.call("GET", f"{sender.path}/tracking")
    rejected = stack.api.call("GET", f"{sender.path}/invoices/{document}")
    new = stack.api.call(
        "POST",
        f"{sender.path}/invoices/{document}/reissue",
        json={"invoice_number": "AGAIN-2"},
        headers={"If-Match": f'"{rejected["version"]}"'},
    )["document_id"]
    story = sender.get(document, "history")
    (line,) = [each for each in story["events"] if each["action"] == "reissued"]
    for which in ("received", "sent"):
        assert f"{which}={story['files'][which]['sha256']}" in line["detail"]
    assert sender.content(new, "original") == sender.content(document, "original")
    assert sender.get(new, "history")["files"]["received"] == story["files"]["received"]
