"""A page's picture: what a person sees of the page, in a small file, drawn in a process of its own."""

import io
from collections.abc import Iterator
from random import Random

import pytest
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import RectangleObject
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from chorus_connector.adapters import picture_tasks
from chorus_connector.adapters.page_drawer import DRAWING, DRAWING_IN_A_HURRY, SandboxedDrawer
from chorus_connector.adapters.pdf import open_pdf
from chorus_connector.adapters.sandbox import ChildDied, Limits, Sandbox
from chorus_connector.domain.errors import FileTooComplex
from chorus_connector.domain.reading.page_picture import MAX_PICTURE, kind_of_picture
from chorus_connector.domain.reading.read import read_document
from tools.hostile_pdfs.kinds import hostile_pdf
from tools.invoice_generator import broken
from tools.invoice_generator.corpus import documents
from tools.invoice_generator.scans import scanned

TASKS = "chorus_connector.adapters.picture_tasks"
INVOICE = next(iter(documents(3, 1, "classique")))


@pytest.fixture(scope="module")
def drawer() -> Iterator[SandboxedDrawer]:
    sandbox = Sandbox(TASKS)
    yield SandboxedDrawer(sandbox)
    sandbox.close()


def picture_of(data: bytes, number: int = 1) -> Image.Image:
    answer = picture_tasks.draw(data, number=number)
    return Image.open(io.BytesIO(answer.split(b"\n", 1)[1])).convert("L")


def noise(width: int, height: int) -> bytes:
    """A page that is one picture of noise, which no codec makes small."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(width, height))
    grain = Image.frombytes("RGB", (595, 842), Random("noise").randbytes(3 * 595 * 842))
    canvas.drawImage(ImageReader(grain), 0, 0, width, height)
    canvas.save()
    return out.getvalue()


def displayed(data: bytes, rotate: int, crop: tuple[float, ...] | None) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(data))
    for page in writer.pages:
        if crop:
            page.cropbox = RectangleObject(crop)
        page.rotate(rotate)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.row("B12")
def test_a_page_of_text_is_a_small_png_of_110_dots_to_the_inch(drawer: SandboxedDrawer) -> None:
    drawn = drawer.draw(INVOICE.pdf, 1)
    assert drawn.picture is not None
    assert kind_of_picture(drawn.picture) == "image/png"
    assert len(drawn.picture) < 80_000
    assert Image.open(io.BytesIO(drawn.picture)).size == (910, 1287)
    assert drawn.pages == open_pdf(INVOICE.pdf).page_count


def test_a_scan_is_a_jpeg(drawer: SandboxedDrawer) -> None:
    drawn = drawer.draw(scanned(INVOICE, Random(1), "plain").pdf, 1)
    assert drawn.picture is not None
    assert kind_of_picture(drawn.picture) == "image/jpeg"


@pytest.mark.acceptance
@pytest.mark.parametrize("side", [(595, 842), (2384, 3370), (3, 5000)])
def test_no_picture_is_larger_than_it_may_be_whatever_the_page_shows(
    drawer: SandboxedDrawer, side: tuple[int, int]
) -> None:
    picture = drawer.draw(noise(*side), 1).picture
    assert picture is not None
    assert 0 < len(picture) <= MAX_PICTURE
    assert max(Image.open(io.BytesIO(picture)).size) >= 600, "a person can still read it"


@pytest.mark.row("B12")
@pytest.mark.parametrize("crop", [None, (20, 60, 560, 835)])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_the_boxes_of_a_reading_are_where_the_picture_has_ink(rotate: int, crop: tuple[float, ...] | None) -> None:
    """The printed value is inside its box: paper just around it, ink in it. Without the page's rotation it is not."""
    data = displayed(INVOICE.pdf, rotate, crop)
    fields = read_document(open_pdf(data).pages()).fields
    picture = picture_of(data)
    number = fields["invoice_number"]
    for box in (number.box, number.label_box, fields["total_ttc"].box):
        assert box is not None
        corners = (box.left, box.top, box.left + box.width, box.top + box.height)
        assert all(0 <= each <= 1 for each in corners)
        x0, y0, x1, y1 = (round(each * side) for each, side in zip(corners, 2 * picture.size, strict=True))
        inside = picture.crop((x0, y0, x1, y1)).getextrema()
        assert inside[0] < 128, "there is ink in the box"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"GIF89a", "pdf_not_a_pdf"),
        (b"", "pdf_empty"),
        (broken.encrypted(), "pdf_encrypted"),
        (broken.truncated(), "pdf_truncated"),
    ],
)
def test_what_is_no_pdf_has_the_problem_of_its_kind(drawer: SandboxedDrawer, data: bytes, code: str) -> None:
    drawn = drawer.draw(data, 1)
    assert drawn.problem is not None
    assert drawn.problem.code == code
    assert drawn.picture is None


@pytest.mark.parametrize("number", [0, 2, 300])
def test_a_page_that_is_not_there_is_no_problem_and_no_picture(drawer: SandboxedDrawer, number: int) -> None:
    drawn = drawer.draw(broken.plain_pdf(), number)
    assert (drawn.pages, drawn.problem, drawn.picture) == (1, None, None)


def test_what_was_typed_into_a_form_is_in_the_picture() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(200, 100))
    canvas.acroForm.textfield(name="total", value="1 234,50", x=20, y=20, width=160, height=40, borderWidth=0)
    canvas.showPage()
    canvas.save()
    assert picture_of(out.getvalue()).crop((40, 60, 260, 120)).getextrema()[0] < 128


@pytest.mark.row("B13")
@pytest.mark.acceptance
@pytest.mark.parametrize("kind", ["form_draws_itself"])
def test_a_hostile_page_ends_its_own_process_and_the_next_page_is_drawn(kind: str) -> None:
    deaths: list[ChildDied] = []
    sandbox = Sandbox(TASKS, memory=400 * 1024 * 1024)
    drawer = SandboxedDrawer(sandbox, deaths.append, limits=Limits(cpu_seconds=3, wall_seconds=4.0))
    with pytest.raises(FileTooComplex):
        drawer.draw(hostile_pdf(kind, 0.5), 1)
    assert len(deaths) == 1
    assert drawer.draw(INVOICE.pdf, 1).picture
    sandbox.close()


class Answering:
    """A sandbox whose child is not what it should be."""

    def __init__(self, answer: bytes | ChildDied) -> None:
        self.answer = answer

    def call(self, *_: object, **__: object) -> bytes:
        if isinstance(self.answer, ChildDied):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"{}x",
        b'{"pages": 1}\n<script>',
        b'{"pages": 1}\n',
        b'{"pages": "x"}\n\xff\xd8\xff',
        b'{"pages": 1}\n\xff\xd8\xff' + bytes(MAX_PICTURE),
        b"x" * 5000,
    ],
)
def test_an_answer_that_is_no_picture_counts_as_a_death(answer: bytes) -> None:
    deaths: list[ChildDied] = []
    with pytest.raises(FileTooComplex) as died:
        SandboxedDrawer(Answering(answer), deaths.append).draw(b"%PDF", 1)  # type: ignore[arg-type]
    assert died.value.final
    assert [each.death for each in deaths] == ["error"]


@pytest.mark.parametrize(
    ("death", "limits", "final"),
    [("memory", DRAWING, True), ("time", DRAWING, False), ("processor", DRAWING_IN_A_HURRY, False)],
)
def test_only_what_the_file_alone_can_cause_is_final(death: str, limits: Limits, final: bool) -> None:
    died = ChildDied(death, "x", seconds=1)  # type: ignore[arg-type]
    with pytest.raises(FileTooComplex) as raised:
        SandboxedDrawer(Answering(died), limits=limits).draw(b"%PDF", 1)  # type: ignore[arg-type]
    assert raised.value.final is final
