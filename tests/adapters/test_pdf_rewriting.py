"""A PDF loses its XML and nothing else, whatever program drew it; one that would lose more is not rewritten."""

import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pypdf
import pypdfium2 as pdfium
import pytest
from pypdf.generic import DictionaryObject, StreamObject
from reportlab.pdfgen.canvas import Canvas

from chorus_connector.adapters.pdf_rewriting import NotRemovable, announces_xml, is_signed, pdf_without_xml
from tests.adapters.test_pdf_attachments import WAYS, compressed_pdf
from tests.facturx_sample import facturx_pdf, facturx_xml
from tools.hostile_pdfs.draft import Draft
from tools.invoice_generator import broken
from tools.invoice_generator.demo import demo_samples

XML = facturx_xml()
XMP = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:format>application/pdf</dc:format>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
  xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"><pdfaExtension:schemas><rdf:Bag>
<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X</pdfaSchema:schema>
<pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI></rdf:li>
OTHER</rdf:Bag></pdfaExtension:schemas></rdf:Description>
<rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#" ATTRIBUTE>
<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName><fx:Version>1.0</fx:Version></rdf:Description>
</rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""
OWN = """<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Own</pdfaSchema:schema>
<pdfaSchema:namespaceURI>urn:own#</pdfaSchema:namespaceURI></rdf:li>"""


# --- what must hold of every rewritten file --------------------------------------------------------------------


def contents(data: bytes) -> Iterator[bytes]:
    """The file's bytes, and every stream in them, also of objects that nothing leads to."""
    yield data
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
        try:
            yield zlib.decompressobj().decompress(found[1])
        except zlib.error:
            yield found[1]


def pictures(data: bytes) -> list[bytes]:
    document = pdfium.PdfDocument(data)
    return [hashlib.sha256(bytes(page.render(scale=110 / 72).buffer)).digest() for page in document]


def decoded(item: Any, seen: set[int]) -> Iterator[bytes]:
    """The decoded streams below an object of a page, in a stable order."""
    item = item.get_object() if item is not None else None
    if id(item) in seen:
        return
    seen.add(id(item))
    if isinstance(item, StreamObject):
        yield item.get_data()
    if isinstance(item, DictionaryObject):
        for key in sorted(item):
            if key not in ("/Parent", "/AF", "/Annots", "/Metadata", "/EF", "/RF"):
                yield from decoded(item.raw_get(key), seen)
    elif isinstance(item, list):
        for each in list.__iter__(item):
            yield from decoded(each, seen)


def streams(data: bytes) -> list[list[bytes]]:
    return [list(decoded(page, set())) for page in pypdf.PdfReader(io.BytesIO(data)).pages]


def assert_lost_its_xml_only(data: bytes, *, xml: bytes = XML) -> bytes:
    after = pdf_without_xml(data)
    for content in contents(after):
        assert xml[-200:] not in content
        assert b"CrossIndustryInvoice" not in content
        assert b"urn:factur-x:pdfa" not in content
    assert not announces_xml(after)
    assert pictures(after) == pictures(data)
    assert streams(after) == streams(data)
    assert pdf_without_xml(data) == after, "the same file must come out each time"
    return after


# --- files as programs draw them -------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_an_xml_goes_from_wherever_it_is_kept(way: Callable[[Draft, bytes], None]) -> None:
    draft = Draft()
    way(draft, XML)
    assert_lost_its_xml_only(draft.pdf())


def test_an_xml_goes_from_compressed_object_streams() -> None:
    assert_lost_its_xml_only(compressed_pdf(XML))


def drawn(*, pages: int = 2) -> bytes:
    """What reportlab draws: a picture, text in two fonts, a form that both pages use."""
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.beginForm("head")
    canvas.rect(50, 700, 200, 60, fill=1)
    canvas.endForm()
    for number in range(pages):
        canvas.setFont("Times-Roman", 14)
        canvas.drawString(60, 600, f"Facture F2026-001 page {number}")
        canvas.doForm("head")
        canvas.linkURL("https://example.org", (60, 600, 200, 620))
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def with_files(data: bytes, **files: bytes) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(data))
    for name, content in files.items():
        writer.add_attachment(name.replace("_", "."), content)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def test_an_xml_goes_from_what_reportlab_drew_and_other_files_stay() -> None:
    timesheet = broken.plain_pdf("heures")
    after = assert_lost_its_xml_only(with_files(drawn(), factur_x_xml=XML, heures_pdf=timesheet, a_csv=b"a;b"))
    reader = pypdf.PdfReader(io.BytesIO(after))
    assert {name: content[0] for name, content in reader.attachments.items()} == {
        "a.csv": b"a;b",
        "heures.pdf": timesheet,
    }


def test_an_xml_goes_from_what_pdfium_wrote() -> None:
    document = pdfium.PdfDocument.new()
    document.import_pages(pdfium.PdfDocument(drawn()))
    file = io.BytesIO()
    document.new_attachment("factur-x.xml").set_data(XML)
    document.save(file)
    assert_lost_its_xml_only(file.getvalue())


def test_an_xml_goes_from_the_demonstrations_factur_x() -> None:
    for _, data, _ in demo_samples(date(2026, 11, 2), "facture-formation-agents.pdf"):
        assert_lost_its_xml_only(data)


def updated(data: bytes, bodies: dict[int, bytes]) -> bytes:
    """The file with these objects in an incremental update."""
    start = int(re.findall(rb"startxref\s+(\d+)", data)[-1])
    table, out = b"", data
    for number, body in sorted(bodies.items()):
        table += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R /Prev %d >>\n" % (max(bodies) + 1, start)
    return out + b"xref\n%s%sstartxref\n%d\n%%%%EOF\n" % (table, trailer, len(out))


def test_an_xml_of_an_earlier_revision_is_not_left_in_the_bytes() -> None:
    draft = Draft()
    WAYS[0](draft, facturx_xml(number="OLD-1"))
    new = zlib.compress(XML)
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(new), new)
    catalogue = b"<< /Type /Catalog /Pages 2 0 R /AF [ << /Type /Filespec /UF (x.xml) /EF << /F 60 0 R >> >> ] >>"
    assert_lost_its_xml_only(updated(draft.pdf(), {1: catalogue, 60: stream}))


def test_an_xml_goes_from_a_hybrid_file() -> None:
    """Its classic table hides objects that only the cross-reference stream lists."""
    draft = Draft()
    spec = b"<< /Type /Filespec /UF (factur-x.xml) /EF << /F %s >> >>" % draft.stream(XML)
    draft.catalogue = b"/AF [ 60 0 R ]"
    data = draft.pdf()
    packed = zlib.compress(b"60 0 " + spec)
    start = int(re.findall(rb"startxref\s+(\d+)", data)[-1])
    at = len(data)
    head = b"<< /Type /ObjStm /N 1 /First 5 /Length %d /Filter /FlateDecode >>" % len(packed)
    data += b"61 0 obj\n%s\nstream\n%s\nendstream\nendobj\n" % (head, packed)
    rows = b"\2" + (61).to_bytes(4, "big") + b"\0" + b"\1" + at.to_bytes(4, "big") + b"\0"
    xref = len(data)
    head = b"<< /Type /XRef /Size 63 /W [1 4 1] /Index [60 2] /Root 1 0 R /Length 12 >>"
    data += b"62 0 obj\n%s\nstream\n%s\nendstream\nendobj\n" % (head, rows)
    trailer = b"trailer\n<< /Size 63 /Root 1 0 R /Prev %d /XRefStm %d >>\n" % (start, xref)
    data += b"xref\n0 0\n%sstartxref\n%d\n%%%%EOF\n" % (trailer, len(data))
    assert pypdf.PdfReader(io.BytesIO(data)).trailer["/Root"]["/AF"][0]["/UF"] == "factur-x.xml"  # type: ignore[index]
    assert_lost_its_xml_only(data)


def test_an_xml_goes_from_a_file_that_is_encrypted_without_a_password() -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(facturx_pdf(XML)))
    writer.encrypt("", "owner")
    file = io.BytesIO()
    writer.write(file)
    after = pdf_without_xml(file.getvalue())
    assert not pypdf.PdfReader(io.BytesIO(after)).is_encrypted
    assert b"CrossIndustryInvoice" not in b"".join(contents(after))


# --- annotations, metadata, other places -----------------------------------------------------------------------


def test_a_pin_that_has_a_picture_stays_as_a_picture() -> None:
    draft = Draft()
    file = draft.add(b"<< /Type /Filespec /UF (f) /EF << /F %s >> >>" % draft.stream(XML))
    drawing = draft.stream(b"1 0 0 rg 0 0 90 90 re f", b"/Subtype /Form /BBox [0 0 90 90]")
    pin = b"<< /Type /Annot /Subtype /FileAttachment /Rect [50 50 140 140] /F 4 /FS %s /AP << /N %s >> >>"
    draft.page(entries=b"/Annots [ %s ]" % (pin % (file, drawing)))
    after = assert_lost_its_xml_only(draft.pdf())
    (kept,) = pypdf.PdfReader(io.BytesIO(after)).pages[0]["/Annots"]  # type: ignore[misc]
    assert (kept.get_object()["/Subtype"], "/FS" in kept.get_object()) == ("/Stamp", False)


@pytest.mark.parametrize("other", ["", OWN])
@pytest.mark.parametrize("attribute", ["", 'fx:ConformanceLevel="BASIC"'])
def test_metadata_no_longer_announces_the_xml_and_keeps_the_rest(other: str, attribute: str) -> None:
    draft = Draft()
    packet = XMP.replace("OTHER", other).replace("ATTRIBUTE", attribute).encode()
    draft.catalogue = b"/Metadata %s" % draft.raw(packet, b"/Type /Metadata /Subtype /XML")
    data = draft.pdf()
    assert announces_xml(data)
    after = assert_lost_its_xml_only(data)
    root = pypdf.PdfReader(io.BytesIO(after)).trailer["/Root"]
    left = root["/Metadata"].get_data().decode()  # type: ignore[index]
    assert "<dc:format>application/pdf</dc:format>" in left
    assert ("urn:own#" in left) == bool(other)
    assert ("pdfaExtension:schemas" in left) == bool(other)
    assert "fx:" not in left
    assert left.startswith("<?xpacket begin")


def test_an_xml_goes_from_an_action_and_from_related_files() -> None:
    draft = Draft()
    stream = draft.stream(XML, b"/Type /EmbeddedFile")
    spec = draft.add(b"<< /UF (f) /EF << /F %s >> /RF << /F [ (x) %s ] >> >>" % (stream, stream))
    draft.page(entries=b"/AA << /O << /S /GoToE /F %s >> >>" % spec)
    assert_lost_its_xml_only(draft.pdf())


def test_a_file_without_a_pdf_structure_or_with_xml_that_cannot_go_is_not_rewritten() -> None:
    draft = Draft()
    draft.catalogue = b"/Strange %s" % draft.stream(XML, b"/Type /EmbeddedFile")
    for data in (b"", b"%PDF-1.7\n%%EOF", draft.pdf()):
        with pytest.raises(NotRemovable):
            pdf_without_xml(data)


# --- signatures ------------------------------------------------------------------------------------------------

SIGNED = {
    "a signature": b"/AcroForm << /Fields [ << /FT /Sig /T (s) /V << /Type /Sig /Filter /Adobe.PPKLite /Contents <00> "
    b"/ByteRange [0 1 2 3] >> >> ] >>",
    "a signature under an escaped name": b"/AcroForm << /Fields [ << /FT /Sig /T (s) /V << /Contents <00> "
    b"/Byte#52ange [0 1 2 3] >> >> ] >>",
    "a field with a value": b"/AcroForm << /Fields [ << /FT /Sig /T (s) /V << /Contents <00> >> >> ] >>",
    "a certification": b"/Perms << /DocMDP << /Type /Sig >> >>",
    "flags": b"/AcroForm << /Fields [ ] /SigFlags 3 >>",
}


@pytest.mark.parametrize("entries", SIGNED.values(), ids=SIGNED)
def test_a_signed_file_is_never_rewritten(entries: bytes) -> None:
    draft = Draft()
    WAYS[0](draft, XML)
    assert not is_signed(draft.pdf())
    draft = Draft()
    WAYS[0](draft, XML)
    draft.catalogue += entries
    assert is_signed(draft.pdf())
    with pytest.raises(NotRemovable):
        pdf_without_xml(draft.pdf())


def test_a_field_for_a_signature_that_is_still_empty_is_none() -> None:
    draft = Draft()
    WAYS[0](draft, XML)
    draft.catalogue += b"/AcroForm << /Fields [ << /FT /Sig /T (s) >> ] >>"
    assert_lost_its_xml_only(draft.pdf())
