"""A structured invoice inside a PDF that is submitted as a PDF: three behaviours to choose from."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from tests.tools.simulator.portal_caller import DEPARTMENT, PDF, TOWN, Caller, in_process
from tests.tools.simulator.structured_files import cii, facturx
from tools.simulator.embedded import has_structured_invoice
from tools.simulator.refusals import refusal

SUBMIT = "factures/soumettre"


@pytest.fixture
def caller() -> Caller:
    return in_process()


def with_file(caller: Caller, content: bytes, **changes: Any) -> dict[str, Any]:
    piece = {"pieceJointePrincipaleDesignation": "f.pdf", "pieceJointePrincipaleId": caller.deposit_pdf(content)}
    return caller.invoice(pieceJointePrincipale=[piece], **changes)


@pytest.mark.row("B03")
def test_by_default_a_pdf_with_an_invoice_inside_is_refused(caller: Caller) -> None:
    payload = caller.refused(SUBMIT, with_file(caller, facturx()))
    assert payload["codeRetour"] == refusal(SUBMIT, "embedded_xml").code
    assert caller.found() == []


def test_a_file_that_was_only_added_is_refused_too(caller: Caller) -> None:
    piece = {"pieceJointePrincipaleDesignation": "f.pdf", "pieceJointePrincipaleId": caller.add_file(content=facturx())}
    assert "flux" in caller.refused(SUBMIT, caller.invoice(pieceJointePrincipale=[piece]))["libelle"]


def test_ignored_only_the_submitted_data_counts(caller: Caller) -> None:
    caller.admin("POST", "/dialect", {"embedded_xml": "ignored"})
    caller.ok(SUBMIT, with_file(caller, facturx(recipient=DEPARTMENT, framework="S5")))
    assert caller.found()[0]["codeDestinataire"] == TOWN


def test_as_a_flow_the_xml_decides_where_the_invoice_goes_and_what_it_costs(caller: Caller) -> None:
    caller.admin("POST", "/dialect", {"embedded_xml": "as_flow"})
    caller.ok(SUBMIT, with_file(caller, facturx(recipient=DEPARTMENT, service="DGS")))
    [row] = caller.found()
    assert (row["numeroFacture"], row["codeDestinataire"], row["montantTTC"]) == ("FA-1", DEPARTMENT, 120)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"framework": "B1"}, "A1 à A25"),
        ({"recipient": DEPARTMENT}, "code service est obligatoire"),
        ({"xml": cii()[:-9]}, "mal formé"),
    ],
)
def test_as_a_flow_an_xml_that_a_flow_refuses_rejects_the_accepted_invoice_later(
    caller: Caller, changes: dict[str, Any], text: str
) -> None:
    caller.admin("POST", "/dialect", {"embedded_xml": "as_flow"})
    assert caller.ok(SUBMIT, with_file(caller, facturx(**changes)))["statutFacture"] == "DEPOSEE"
    caller.admin("POST", "/clock", {"advance_seconds": 6})
    [row] = caller.found()
    assert (row["statut"], text in row["commentaireEtatCourant"]) == ("REJETEE", True)


@pytest.mark.parametrize("way", ["refused", "as_flow", "ignored"])
def test_a_plain_pdf_is_the_same_in_all_three(caller: Caller, way: str) -> None:
    caller.admin("POST", "/dialect", {"embedded_xml": way})
    assert caller.submit("FA-1")["statutFacture"] == "DEPOSEE"


def moved(place: str) -> bytes:
    """The sample with its file specification reachable from one other place only."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(facturx())))
    names: Any = writer.root_object["/Names"]
    specification = names["/EmbeddedFiles"]["/Names"][1]
    del writer.root_object[NameObject("/Names")]
    listed = ArrayObject([specification])
    if place == "associated file":
        writer.root_object[NameObject("/AF")] = listed
    if place == "page's associated file":
        writer.pages[0][NameObject("/AF")] = listed
    if place == "annotation":
        note = {NameObject("/Subtype"): NameObject("/FileAttachment"), NameObject("/FS"): specification}
        writer.pages[0][NameObject("/Annots")] = ArrayObject([DictionaryObject(note)])
    if place == "name tree with kids":
        leaf = DictionaryObject({NameObject("/Names"): ArrayObject([TextStringObject("a"), specification])})
        tree = DictionaryObject({NameObject("/Kids"): ArrayObject([leaf])})
        writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/EmbeddedFiles"): tree})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("place", ["associated file", "page's associated file", "annotation", "name tree with kids"])
def test_an_invoice_is_seen_in_every_place_a_reader_reaches(place: str) -> None:
    assert has_structured_invoice(moved(place))


def test_a_file_that_nothing_reaches_and_a_file_that_is_no_invoice_are_not_seen() -> None:
    assert not has_structured_invoice(moved("nowhere"))
    assert not has_structured_invoice(facturx(xml=b"<order/>"))
    assert not has_structured_invoice(PDF)
    assert not has_structured_invoice(b"%PDF-1.7 /EF broken")


@pytest.mark.parametrize("name", ["factur-x.xml", "facture.xml", "anything"])
def test_the_name_and_the_encoding_of_the_xml_do_not_hide_it(name: str) -> None:
    assert has_structured_invoice(facturx(name=name))
    assert has_structured_invoice(facturx(xml=cii().decode().replace("UTF-8", "UTF-16").encode("utf-16"), name=name))
