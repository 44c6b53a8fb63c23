"""A page is read in the direction in which its text runs, and boxes stay where a person sees them."""

from io import BytesIO

import pytest
from pypdf import PdfWriter
from reportlab.pdfgen.canvas import Canvas

from chorus_connector.adapters.pdf import open_pdf
from chorus_connector.domain.reading.layouts.stored_words import pages_from_bytes, pages_to_bytes
from chorus_connector.domain.reading.paper.page import Page
from chorus_connector.domain.reading.read import read_document
from tests.domain.reading.paper import value

SHORT, LONG = 595.0, 842.0
LINES = (
    (60, 780, "Fleurs du Plateau SARL"),
    (60, 766, "4 rue des Orgues, 48000 Mende"),
    (60, 752, "SIRET 44306184100047"),
    (330, 700, "Commune de Badaroux"),
    (330, 686, "SIRET 21480013000015"),
    (60, 640, "Facture n° FP-2026-077"),
    (60, 624, "Date de facture : 14/04/2026"),
    (60, 300, "Total HT 250,00 €"),
    (60, 284, "TVA 20 % 50,00 €"),
    (60, 268, "Total TTC 300,00 €"),
)
FOUND = {
    "invoice_number": "FP-2026-077",
    "invoice_date": "2026-04-14",
    "supplier_siret": "44306184100047",
    "recipient_siret": "21480013000015",
    "total_ttc": "300.00",
}


def sheet(turned: int, rotate: int, margin: str = "") -> bytes:
    """The invoice typed with ``turned`` quarter turns against the clock on a page displayed ``rotate`` degrees on."""
    out = BytesIO()
    size = (LONG, SHORT) if turned % 2 else (SHORT, LONG)
    canvas = Canvas(out, pagesize=size)
    canvas.translate(*{0: (0, 0), 1: (LONG, 0), 2: (SHORT, LONG), 3: (0, SHORT)}[turned])
    canvas.rotate(90 * turned)
    canvas.setFont("Helvetica", 10)
    for x, y, text in LINES:
        canvas.drawString(x, y, text)
    if margin:
        canvas.translate(24, 120)
        canvas.rotate(90)
        canvas.drawString(0, 0, margin)
    canvas.save()
    writer = PdfWriter(clone_from=out)
    writer.pages[0].rotate(rotate)
    displayed = BytesIO()
    writer.write(displayed)
    return displayed.getvalue()


def page_of(data: bytes) -> Page:
    (page,) = open_pdf(data).pages()
    return page


@pytest.mark.parametrize("turned", range(4))
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_an_invoice_is_read_whichever_way_it_lies(turned: int, rotate: int) -> None:
    reading = read_document([page_of(sheet(turned, rotate))])
    assert {field: value(reading, field) for field in FOUND} == FOUND


def test_a_box_is_where_a_person_sees_the_value_on_a_page_on_its_side() -> None:
    upright = read_document([page_of(sheet(0, 0))]).fields["invoice_number"].box
    lying = read_document([page_of(sheet(0, 90))]).fields["invoice_number"].box
    assert upright
    assert lying
    turned = (1 - upright.bottom, upright.left, upright.height, upright.width)
    assert (lying.left, lying.top, lying.width, lying.height) == pytest.approx(turned, abs=0.002)


def test_a_turned_page_that_was_stored_for_teaching_is_read_as_it_was() -> None:
    page = page_of(sheet(1, 0, "IBAN FR14 2004 1010 0505 0001 3M02 606"))
    (stored,) = pages_from_bytes(pages_to_bytes([page]))
    assert [word.turn for word in stored.words] == [word.turn for word in page.words]
    assert value(read_document([stored]), "total_ttc") == "300.00"


def test_text_in_the_margin_is_read_in_its_own_direction() -> None:
    margin = "Capital 8 000 € - RCS Mende 443 061 841 - IBAN FR14 2004 1010 0505 0001 3M02 606"
    reading = read_document([page_of(sheet(0, 0, margin))])
    assert value(reading, "iban") == "FR1420041010050500013M02606"
    assert {field: value(reading, field) for field in FOUND} == FOUND
    box = reading.fields["iban"].box
    assert box
    assert box.right < 0.06
    assert box.height > box.width
