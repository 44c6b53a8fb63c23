"""Values typed into a form are words of its page, as a person sees them; what is hidden or no text is not."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, BooleanObject, DictionaryObject, NameObject, NumberObject, TextStringObject
from reportlab.pdfgen.canvas import Canvas

from chorus_connector.adapters.pdf import open_pdf
from chorus_connector.domain.reading.paper.page import Word

Change = Callable[[PdfWriter, list[Any]], None]


def form(draw: Callable[[Any], None]) -> bytes:
    out = BytesIO()
    canvas = Canvas(out, pagesize=(600, 800))
    canvas.drawString(60, 700, "Objet")
    draw(canvas.acroForm)
    canvas.save()
    return out.getvalue()


def changed(data: bytes, change: Change) -> bytes:
    """The file after a change to its writer and the annotations of its page."""
    writer = PdfWriter(clone_from=BytesIO(data))
    change(writer, [each.get_object() for each in writer.pages[0]["/Annots"]])  # type: ignore[attr-defined]
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def typed(data: bytes) -> list[Word]:
    """The words of the page other than its printed one."""
    (page,) = open_pdf(data).pages()
    assert page.words[0].text == "Objet"
    return list(page.words[1:])


def texts(data: bytes) -> list[str]:
    return [word.text for word in typed(data)]


def one_field(**options: Any) -> bytes:
    options = {"value": "Taille de haies", **options}
    return form(lambda fields: fields.textfield(name="a", x=120, y=690, width=200, height=20, **options))


def test_a_typed_value_is_in_its_field() -> None:
    words = typed(one_field())
    assert [word.text for word in words] == ["Taille", "de", "haies"]
    assert all(word.box.left >= 120 / 600 and word.box.right <= 320 / 600 for word in words)
    assert all(word.box.top >= 90 / 800 and word.box.bottom <= 110 / 800 for word in words)
    assert words[0].box.right < words[1].box.left


def without_appearance(writer: PdfWriter, annotations: list[Any]) -> None:
    for each in annotations:
        del each["/AP"]


def with_an_empty_appearance(writer: PdfWriter, annotations: list[Any]) -> None:
    annotations[0]["/AP"]["/N"].get_object().set_data(b"/Tx BMC EMC")


def with_an_old_appearance(writer: PdfWriter, annotations: list[Any]) -> None:
    """As a program leaves it that asks the viewer to draw the new value."""
    annotations[0]["/AP"]["/N"].get_object().set_data(b"BT /F1 9 Tf 2 5 Td (Tonte) Tj ET")
    writer.root_object["/AcroForm"][NameObject("/NeedAppearances")] = BooleanObject(True)  # type: ignore[index]


def with_the_value_at_the_parent(writer: PdfWriter, annotations: list[Any]) -> None:
    (widget,) = annotations
    moved = {NameObject(key): widget.pop(key) for key in ("/T", "/FT", "/V")}
    kids = ArrayObject([widget.indirect_reference])
    parent = writer._add_object(DictionaryObject(moved | {NameObject("/Kids"): kids}))
    widget[NameObject("/Parent")] = parent
    del widget["/AP"]
    writer.root_object["/AcroForm"]["/Fields"][0] = parent  # type: ignore[index]


@pytest.mark.parametrize(
    "change",
    [without_appearance, with_an_empty_appearance, with_an_old_appearance, with_the_value_at_the_parent],
    ids=lambda change: change.__name__,
)
def test_a_value_is_read_however_a_program_left_its_appearance(change: Change) -> None:
    assert texts(changed(one_field(), change)) == ["Taille", "de", "haies"]


def test_what_a_person_sees_counts_where_the_value_is_formatted() -> None:
    def raw(writer: PdfWriter, annotations: list[Any]) -> None:
        annotations[0][NameObject("/V")] = TextStringObject("1234.5")

    assert texts(changed(one_field(value="1.234,50"), raw)) == ["1.234,50"]


def test_characters_in_cells_are_one_word() -> None:
    (word,) = typed(one_field(value="44306184100047", maxlen=14, fieldFlags="comb"))
    assert word.text == "44306184100047"
    assert (word.box.left, word.box.right) == pytest.approx((120 / 600, 320 / 600), abs=0.01)


def test_every_line_of_a_long_field_is_read_at_its_height() -> None:
    def draw(fields: Any) -> None:
        text = "Mairie de Mende\nPlace Urbain V"
        fields.textfield(name="a", x=120, y=600, width=200, height=60, value=text, fieldFlags="multiline")

    words = {word.text: word.box.top for word in typed(form(draw))}
    assert words["Mairie"] == pytest.approx(words["Mende"], abs=0.003)
    assert words["Place"] > words["Mairie"] + 0.01


def test_a_choice_is_read_and_buttons_are_not() -> None:
    def draw(fields: Any) -> None:
        fields.choice(name="a", x=120, y=690, width=90, height=20, value="Virement", options=["Virement", "Carte"])
        fields.checkbox(name="b", x=240, y=690, checked=True)

    assert texts(form(draw)) == ["Virement"]


@pytest.mark.parametrize("flags", [1, 2, 32, 34])
def test_a_value_that_a_person_does_not_see_is_not_read(flags: int) -> None:
    def hide(writer: PdfWriter, annotations: list[Any]) -> None:
        annotations[0][NameObject("/F")] = NumberObject(flags)

    assert texts(changed(one_field(), hide)) == []


def test_text_that_was_typed_as_an_annotation_is_read_and_a_stamp_or_a_comment_is_not() -> None:
    def annotate(writer: PdfWriter, annotations: list[Any]) -> None:
        drawn = writer._add_object(annotations[0]["/AP"]["/N"].get_object().clone(writer, force_duplicate=True))
        for kind in ("/FreeText", "/Stamp", "/Text"):
            rectangle = ArrayObject([NumberObject(each) for each in (120, 400, 320, 420)])
            names = {"/Type": NameObject("/Annot"), "/Subtype": NameObject(kind), "/Rect": rectangle}
            annotation = DictionaryObject({NameObject(key): value for key, value in names.items()})
            annotation[NameObject("/AP")] = DictionaryObject({NameObject("/N"): drawn})
            writer.pages[0]["/Annots"].append(writer._add_object(annotation))  # type: ignore[attr-defined]

    assert texts(changed(one_field(value="Muret"), annotate)) == ["Muret", "Muret"]


def on_its_side(writer: PdfWriter, annotations: list[Any]) -> None:
    writer.pages[0].rotate(90)


def test_a_field_on_a_turned_page_runs_as_the_page_does() -> None:
    words = typed(changed(one_field(), on_its_side))
    assert [(word.text, word.turn) for word in words] == [("Taille", 1), ("de", 1), ("haies", 1)]
    cells = one_field(value="443061841", maxlen=9, fieldFlags="comb")
    (word,) = typed(changed(cells, on_its_side))
    assert word.turn == 1
    assert word.box.height > word.box.width


def test_a_page_with_more_fields_than_a_form_has_is_read_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chorus_connector.adapters.pdf_forms.MAX_ANNOTATIONS", 0)
    assert texts(one_field()) == []
