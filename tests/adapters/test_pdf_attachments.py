"""An invoice's XML is found wherever a PDF keeps it; its content distinguishes it from everything beside it."""

import zlib
from collections.abc import Callable

import pytest

from chorus_connector.adapters.pdf import PdfDocument, open_pdf
from chorus_connector.domain.reading.cii import parse_cii
from tests.facturx_sample import facturx_xml
from tools.hostile_pdfs.draft import Draft

XML = facturx_xml()
ORDER = (
    b"<?xml version='1.0'?><rsm:SCRDMCCBDACIOMessageStructure xmlns:rsm='x'><a/></rsm:SCRDMCCBDACIOMessageStructure>"
)
UBL = b"<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'><ID>1</ID></Invoice>"


def numbered(number: str, code: str = "380") -> bytes:
    return facturx_xml(number=number).replace(b">380<", f">{code}<".encode())


def specification(draft: Draft, content: bytes, name: bytes = b"(facture)") -> bytes:
    stream = draft.stream(content, b"/Type /EmbeddedFile")
    return draft.add(b"<< /Type /Filespec /UF %s /EF << /F %s >> >>" % (name, stream))


def in_the_name_tree(draft: Draft, content: bytes) -> None:
    spec = specification(draft, content)
    draft.catalogue = b"/Names << /EmbeddedFiles << /Names [ (a) %s ] >> >>" % spec


def in_a_branch_of_the_name_tree(draft: Draft, content: bytes) -> None:
    leaf = draft.add(b"<< /Limits [ (a) (a) ] /Names [ (a) %s ] >>" % specification(draft, content))
    empty = draft.add(b"<< /Names [ ] >>")
    branch = draft.add(b"<< /Kids [ %s %s ] >>" % (empty, leaf))
    draft.catalogue = b"/Names << /EmbeddedFiles << /Kids [ %s ] >> >>" % branch


def associated_with_the_catalogue(draft: Draft, content: bytes) -> None:
    draft.catalogue = b"/AF [ null (x) %s ]" % specification(draft, content)


def associated_through_a_reference(draft: Draft, content: bytes) -> None:
    draft.catalogue = b"/AF %s" % draft.add(b"[ %s ]" % specification(draft, content))


def associated_with_a_page(draft: Draft, content: bytes) -> None:
    draft.page()
    draft.page(entries=b"/AF [ %s ]" % specification(draft, content))


def annotated(draft: Draft, content: bytes) -> None:
    pin = b"<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] /FS %s >>" % specification(draft, content)
    draft.page(entries=b"/Annots [ << /Subtype /Text /Rect [0 0 9 9] >> %s ]" % draft.add(pin))


def with_the_file_under_another_key(draft: Draft, content: bytes) -> None:
    stream = draft.stream(content)
    spec = draft.add(b"<< /Type /Filespec /F (..\\\\facture.bin) /EF << /UF %s >> >>" % stream)
    draft.catalogue = b"/AF [ %s ]" % spec


def in_a_portfolio(draft: Draft, content: bytes) -> None:
    in_the_name_tree(draft, content)
    draft.catalogue += b" /Collection << /View /D >>"


def not_deflated(draft: Draft, content: bytes) -> None:
    stream = draft.raw(content)
    draft.catalogue = b"/AF [ << /UF (x) /EF << /F %s >> >> ]" % stream


def behind_two_filters(draft: Draft, content: bytes) -> None:
    stream = draft.raw(zlib.compress(content).hex().encode() + b">", b"/Filter [ /ASCIIHexDecode /FlateDecode ]")
    draft.catalogue = b"/AF [ << /UF (invoice.xml) /EF << /F %s >> >> ]" % stream


WAYS = (
    in_the_name_tree, in_a_branch_of_the_name_tree, associated_with_the_catalogue, associated_through_a_reference,
    associated_with_a_page, annotated, with_the_file_under_another_key, in_a_portfolio, not_deflated,
    behind_two_filters,
)  # fmt: skip


def opened(attach: Callable[[Draft, bytes], None], content: bytes = XML) -> PdfDocument:
    draft = Draft()
    attach(draft, content)
    return open_pdf(draft.pdf())


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_an_invoices_xml_is_found_wherever_it_is_kept(way: Callable[[Draft, bytes], None]) -> None:
    assert opened(way).embedded_xml == XML


def compressed_pdf(content: bytes) -> bytes:
    """A PDF with catalogue and file specification in an object stream: their names are not in its bytes."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R /AF [ 4 0 R ] >>",
        2: b"<< /Type /Pages /Kids [ 3 0 R ] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 595 842 ] >>",
        4: b"<< /Type /Filespec /UF (FA-77) /EF << /F 5 0 R >> >>",
    }
    heads, bodies = b"", b""
    for number, body in objects.items():
        heads += b"%d %d " % (number, len(bodies))
        bodies += body + b" "
    packed, file = zlib.compress(heads + bodies), zlib.compress(content)
    data = b"%PDF-1.7\n"
    streams = {
        5: b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(file), file),
        6: b"<< /Type /ObjStm /N 4 /First %d /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream"
        % (len(heads), len(packed), packed),
    }
    rows = [b"\0\0\0\0\0\xff"] + [b"\2\0\0\0\6" + bytes([index]) for index in range(4)]
    for number, body in streams.items():
        rows.append(b"\1" + len(data).to_bytes(4, "big") + b"\0")
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    rows.append(b"\1" + len(data).to_bytes(4, "big") + b"\0")
    table = b"".join(rows)
    start = len(data)
    entries = b"<< /Type /XRef /Size 8 /W [ 1 4 1 ] /Root 1 0 R /Length %d >>" % len(table)
    data += b"7 0 obj\n%s\nstream\n%s\nendstream\nendobj\n" % (entries, table)
    return data + b"startxref\n%d\n%%%%EOF\n" % start


def test_it_is_found_in_a_compressed_object_stream() -> None:
    assert open_pdf(compressed_pdf(XML)).embedded_xml == XML


TEXT = XML.decode().replace("Mairie", "Mairie de Châlons")
ENCODED = {
    "UTF-8 with a mark": b"\xef\xbb\xbf" + TEXT.encode(),
    "UTF-16, little end first, with a mark": TEXT.replace("UTF-8", "UTF-16").encode("utf-16"),
    "UTF-16, big end first, with a mark": b"\xfe\xff" + TEXT.replace("UTF-8", "UTF-16").encode("utf-16-be"),
    "UTF-16 without a mark": TEXT.replace("UTF-8", "UTF-16").encode("utf-16-le"),
    "UTF-16 that is declared as UTF-8": TEXT.encode("utf-16"),
    "UTF-8 that is declared as UTF-16": TEXT.replace("UTF-8", "utf-16").encode(),
    "Latin-1": TEXT.replace("UTF-8", "ISO-8859-1").encode("latin-1"),
    "padded": b"\r\n " + TEXT.encode() + b"\0\0\0",
    "after a comment": TEXT.replace("?>", "?><!-- <Invoice> ? > -->", 1).encode(),
    "without a declaration": TEXT[TEXT.index("?>") + 2 :].encode(),
}


@pytest.mark.parametrize("content", ENCODED.values(), ids=ENCODED.keys())
def test_an_invoice_is_read_in_every_usual_encoding(content: bytes) -> None:
    xml = opened(in_the_name_tree, content).embedded_xml
    assert xml
    fields = parse_cii(xml).fields
    assert fields["recipient_name"].value == "Mairie de Châlons"
    assert fields["total_ttc"].value == "600.00"


def several(*files: tuple[bytes, bytes]) -> PdfDocument:
    draft = Draft()
    specs = [specification(draft, content, b"(%s)" % name) for name, content in files]
    names = b" ".join(b"(%d) %s" % (index, spec) for index, spec in enumerate(specs))
    draft.catalogue = b"/AF [ %s ] /Names << /EmbeddedFiles << /Names [ %s ] >> >>" % (b" ".join(specs), names)
    return open_pdf(draft.pdf())


def test_an_order_beside_the_invoice_is_not_taken_for_it_whatever_their_names() -> None:
    assert several((b"factur-x.xml", ORDER), (b"order-x.xml", XML)).embedded_xml == XML
    alone = several((b"order-x.xml", ORDER))
    assert (alone.embedded_xml, alone.xml_problems) == (None, ())


def test_the_same_invoice_in_two_profiles_is_one_invoice_and_the_fuller_counts() -> None:
    short = XML.replace(b"<ram:ApplicableHeaderTradeDelivery/>", b"")
    assert several((b"a.xml", short), (b"b.xml", XML)).embedded_xml == XML
    assert several((b"factur-x.xml", short), (b"b.xml", XML)).embedded_xml == short


def test_two_different_invoices_are_a_question_for_a_person() -> None:
    pdf = several((b"a.xml", numbered("F-1")), (b"b.xml", numbered("F-2")))
    assert pdf.embedded_xml is None
    (problem,) = pdf.xml_problems
    assert (problem.code, problem.field, problem.blocking) == ("xml_ambiguous", "invoice_number", True)
    assert "F-2 (b.xml)" in problem.fr


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<ram:ID>A1</ram:ID>", b"<ram:ID>A9</ram:ID>"),
        (b"<ram:TypeCode>380</ram:TypeCode>", b"<ram:TypeCode>389</ram:TypeCode>"),
    ],
    ids=["business process", "type"],
)
def test_one_invoice_that_two_files_call_different_things_is_a_question(old: bytes, new: bytes) -> None:
    pdf = several((b"a.xml", XML), (b"b.xml", XML.replace(old, new)))
    assert pdf.embedded_xml is None
    assert [problem.code for problem in pdf.xml_problems] == ["xml_ambiguous"]


def test_a_file_without_a_business_process_contradicts_none() -> None:
    assert several((b"a.xml", XML), (b"b.xml", XML.replace(b"<ram:ID>A1</ram:ID>", b"<ram:ID/>"))).embedded_xml == XML


def test_an_invoice_beside_a_pro_forma_or_a_damaged_one_is_the_invoice() -> None:
    assert several((b"a.xml", numbered("P-1", "325")), (b"b.xml", XML)).embedded_xml == XML
    assert several((b"factur-x.xml", XML[:900]), (b"b.xml", XML)).embedded_xml == XML


def test_an_xml_that_is_neither_invoice_nor_credit_note_gives_no_values_and_says_so() -> None:
    found = parse_cii(numbered("P-1", "325"))
    assert found.fields == {}
    assert [problem.code for problem in found.problems] == ["xml_not_an_invoice"]


def test_an_invoice_in_ubl_is_named_as_one_that_is_not_read() -> None:
    pdf = several((b"invoice.xml", UBL))
    assert pdf.embedded_xml is None
    assert [problem.code for problem in pdf.xml_problems] == ["xml_not_read"]
    assert several((b"invoice.xml", UBL), (b"x", XML)).xml_problems == ()


@pytest.mark.parametrize("content", [b"garbage", b"", b"<html/>", ORDER])
def test_a_file_that_only_has_the_standards_name_is_shown_as_unreadable(content: bytes) -> None:
    xml = several((b"factur-x.xml", content)).embedded_xml
    assert xml is not None
    assert [problem.code for problem in parse_cii(xml).problems] == ["xml_unreadable"]


@pytest.mark.parametrize(
    "content", [b"", b"PK\3\4", b"%PDF-1.7", b"<html><body/></html>", b"<!-- <CrossIndustryInvoice>"]
)
def test_what_is_no_invoice_is_left_alone(content: bytes) -> None:
    pdf = several((b"annexe.xml", content))
    assert (pdf.embedded_xml, pdf.xml_problems) == (None, ())
