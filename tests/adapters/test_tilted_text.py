"""A text layer that runs at an angle, as on a sheet that was laid askew under a recognising scanner."""

import io

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from chorus_connector.adapters.pdf import open_pdf
from chorus_connector.domain.reading.layouts.stored_words import pages_from_bytes, pages_to_bytes
from chorus_connector.domain.reading.paper.lines import lay_out
from chorus_connector.domain.reading.paper.page import Page

LINES = [
    ((60, 100, "Désignation"), (300, 100, "Quantité"), (430, 100, "Montant hors taxes")),
    ((60, 116, "Tonte des espaces verts"), (300, 116, "7"), (430, 116, "3 622,64")),
    ((60, 132, "Taille des haies"), (300, 132, "10"), (430, 132, "1 457,80")),
    ((330, 600, "Net à payer"), (430, 600, "5 080,44")),
]


def tilted(degrees: float) -> Page:
    """A page with these lines, turned about its middle."""
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=A4)
    canvas.translate(A4[0] / 2, A4[1] / 2)
    canvas.rotate(-degrees)
    for line in LINES:
        for x, y, text in line:
            canvas.drawString(x - A4[0] / 2, A4[1] / 2 - y, text)
    canvas.showPage()
    canvas.save()
    pdf = open_pdf(data.getvalue())
    try:
        return pdf.pages()[0]
    finally:
        pdf.close()


@pytest.mark.parametrize("degrees", [-8.0, -3.5, 0.0, 4.0, 8.0])
def test_the_rows_and_columns_of_a_tilted_page_are_those_of_a_straight_one(degrees: float) -> None:
    page = tilted(degrees)
    for each in (page, *pages_from_bytes(pages_to_bytes([page]))):
        rows = lay_out(each).rows
        assert [[cell.text for cell in row.cells] for row in rows] == [[text for *_, text in line] for line in LINES]
        for row, line in zip(rows, LINES, strict=True):
            assert [cell.left for cell in row.cells] == pytest.approx([x for x, *_ in line], abs=2)


def test_a_word_of_a_tilted_page_keeps_its_place_on_the_page() -> None:
    straight, turned = ({word.text: word.box for word in tilted(degrees).words} for degrees in (0.0, 8.0))
    assert turned["5"].top > straight["5"].top + 0.005
    assert turned["Désignation"].top < straight["Désignation"].top - 0.02
