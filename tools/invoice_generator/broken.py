"""Bad input that must be refused with a clear problem, in bounded time and memory.

Each function returns bytes. The bombs have a few kilobytes to a few megabytes and become huge in a reader that
expands them.
"""

import zlib
from io import BytesIO

from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject
from reportlab.pdfgen.canvas import Canvas

MEGABYTE = 1024 * 1024


def plain_pdf(text: str = "FACTURE F2026-001", pages: int = 1) -> bytes:
    """A sound little PDF, to break."""
    out = BytesIO()
    canvas = Canvas(out, invariant=1)
    for number in range(pages):
        canvas.drawString(60, 780, f"{text} page {number + 1}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def drawing_bomb() -> bytes:
    """A page of some kilobytes whose instructions to draw inflate to 21 MB."""
    writer = PdfWriter()
    page = writer.add_blank_page(595, 842)
    content = DecodedStreamObject()
    content.set_data(b"0 0 m 1 1 l S\n" * (21 * MEGABYTE // 14))
    page[NameObject("/Contents")] = content.flate_encode()
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def too_much_text() -> bytes:
    """Forty pages that are one page of 30 000 characters each."""
    (page,) = PdfReader(BytesIO(plain_pdf("1 234,56 " * 3400))).pages
    writer = PdfWriter()
    for _ in range(40):
        writer.add_page(page)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def empty() -> bytes:
    """A file of no bytes."""
    return b""


def not_a_pdf() -> bytes:
    """A word processor's file under a PDF's name."""
    return b"PK\x03\x04\x14\x00\x06\x00" + b"word/document.xml" * 40


def html_page() -> bytes:
    """A log-in page that was saved instead of the invoice."""
    return b"<!DOCTYPE html><html><body><h1>Veuillez vous connecter</h1></body></html>"


def truncated() -> bytes:
    """A PDF whose upload stopped half way: no cross-reference, no trailer, an open stream."""
    whole = plain_pdf()
    return whole[: whole.index(b"stream") + 12]


def encrypted(password: str = "secret") -> bytes:
    """A PDF that cannot be opened without a password."""
    writer = PdfWriter(clone_from=BytesIO(plain_pdf()))
    writer.encrypt(user_password=password, owner_password=password + "-owner", algorithm="RC4-128")
    return _written(writer)


def too_big() -> bytes:
    """A sound PDF of a little over 10 MB."""
    writer = PdfWriter(clone_from=BytesIO(plain_pdf()))
    writer.add_attachment("padding.bin", bytes(range(256)) * (10 * MEGABYTE // 256 + 1024))
    return _written(writer)


def no_pages() -> bytes:
    """A PDF with a page tree that has no leaf."""
    return _assemble({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [] /Count 0 >>"})


def too_many_pages(count: int = 20_000) -> bytes:
    """A page tree naming the same small page over and over: under a megabyte, thousands of pages."""
    kids = b" ".join([b"3 0 R"] * count)
    return _assemble(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        }
    )


def lying_page_count(count: int = 2_000_000_000) -> bytes:
    """One page, and a ``/Count`` that promises two thousand million."""
    return _assemble(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [3 0 R] /Count %d >>" % count,
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        }
    )


def recursive_page_tree() -> bytes:
    """A page tree whose branches are their own parents' children."""
    return _assemble(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [3 0 R 4 0 R 3 0 R] /Count 3 >>",
            3: b"<< /Type /Pages /Parent 2 0 R /Kids [2 0 R 4 0 R] /Count 2 >>",
            4: b"<< /Type /Pages /Parent 3 0 R /Kids [3 0 R] /Count 1 >>",
        }
    )


def exponential_page_tree(levels: int = 28) -> bytes:
    """Each level lists the next one twice: 2**levels pages out of thirty objects."""
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R >>"}
    for level in range(levels):
        number = level + 2
        objects[number] = b"<< /Type /Pages /Kids [%d 0 R %d 0 R] /Count %d >>" % (
            number + 1,
            number + 1,
            2 ** (levels - level),
        )
    objects[levels + 2] = b"<< /Type /Page /MediaBox [0 0 200 200] >>"
    return _assemble(objects)


def deep_nesting(depth: int = 50_000) -> bytes:
    """An object nested so deep that a recursive parser runs out of stack."""
    return _assemble(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R /Names 4 0 R >>",
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
            4: b"[" * depth + b"]" * depth,
        }
    )


def attachment_bomb(gigabytes: int = 2) -> bytes:
    """A ``factur-x.xml`` of a few kilobytes that inflates to gigabytes (deflated twice, as filters allow)."""
    bomb = zlib.compress(_spaces(gigabytes * 1024), 9)
    return _with_attachment(bomb, b"[/FlateDecode /FlateDecode]")


def content_bomb(megabytes: int = 600) -> bytes:
    """A page whose content stream inflates to hundreds of megabytes of spaces."""
    packed = _spaces(megabytes)
    return _assemble(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>",
            4: b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
        }
    )


def self_drawing_form(pages: int = 1) -> bytes:
    """Pages that share one form, which draws itself twice: under a kilobyte for one page."""
    return _drawn_pages(pages, b"/F0 Do", {"F0": _form(b"/F0 Do /F0 Do", b"/F0 10 0 R")})


def stacked_forms(depth: int = 13, width: int = 10) -> bytes:
    """Forms that each draw the next one so many times: ``width`` to the power of ``depth`` drawings."""
    forms = {
        f"F{level}": _form(b"/F%d Do " % (level + 1) * width, b"/F%d %d 0 R" % (level + 1, level + 11))
        for level in range(depth)
    }
    return _drawn_pages(1, b"/F0 Do", forms | {f"F{depth}": _form(b"0 0 m 1 1 l S", b"")})


def twice_deflated(megabytes: int = 180) -> bytes:
    """A page whose instructions are deflated twice, with the filters in an object of their own: about a kilobyte."""
    packed = zlib.compress(_deflated(b"0 0 m 1 1 l S\n", megabytes), 9)
    return _drawn_pages(1, None, {}, contents=b"4 0 R", stream=(packed, b"/Filter 5 0 R"))


def repeated_contents(times: int = 200, megabytes: int = 20, pages: int = 1) -> bytes:
    """Pages that draw one stream of instructions again and again."""
    packed = _deflated(b"0 0 m 1 1 l S\n", megabytes)
    contents = b"[" + b"4 0 R " * times + b"]"
    return _drawn_pages(pages, None, {}, contents=contents, stream=(packed, b"/Filter /FlateDecode"))


def dense_text(characters: int = 8_000_000, pages: int = 1) -> bytes:
    """Pages that share one text of millions of characters: some kilobytes."""
    lines = b"(1 234,56 1 234,56) Tj T*\n" * (characters // 18)
    packed = zlib.compress(b"BT /F1 9 Tf 9 TL 20 800 Td " + lines + b"ET", 9)
    return _drawn_pages(pages, None, {}, contents=b"4 0 R", stream=(packed, b"/Filter /FlateDecode"))


def many_attachments(count: int = 60, megabytes: int = 20, root: bytes = b"x") -> bytes:
    """So many XML files inside, each of that size, with this root element."""
    packed = _deflated(b"<?xml version='1.0'?><%s>   </%s>" % (root, root), megabytes)
    names = b" ".join(b"(%03d.xml) %d 0 R" % (index, 10 + 2 * index) for index in range(count))
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [%s] >> >> >>" % names,
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
    }
    for index in range(count):
        number = 10 + 2 * index
        name = b"(%03d.xml)" % index
        objects[number] = b"<< /Type /Filespec /F %s /UF %s /EF << /F %d 0 R >> >>" % (name, name, number + 1)
        objects[number + 1] = _stream(packed, b"/Type /EmbeddedFile /Filter /FlateDecode")
    return _assemble(objects)


def stream_keywords(count: int = 1_400_000) -> bytes:
    """A sound page and a comment-like object that consists of the word that begins a stream."""
    return _drawn_pages(1, b"", {"F0": b"1 0 obj<<" + b"stream\n" * count})


def xml_bomb() -> bytes:
    """A Factur-X attachment whose entities multiply (« billion laughs »)."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    xml = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "rire">{entities}]><CrossIndustryInvoice>&e9;'
    xml += "</CrossIndustryInvoice>"
    return _with_attachment(zlib.compress(xml.encode()), b"/FlateDecode")


def damaged_xml() -> bytes:
    """A Factur-X attachment that breaks off in the middle of an element."""
    return _with_attachment(
        zlib.compress(b"<?xml version='1.0'?><rsm:CrossIndustryInvoice xmlns:rsm='urn:x'><rsm:Exch"), b"/FlateDecode"
    )


def all_broken() -> dict[str, bytes]:
    """Every kind by name: to be refused, or (the odd page trees, the nesting) answered in bounded time and memory."""
    return {
        "empty": empty(),
        "not_a_pdf": not_a_pdf(),
        "html_page": html_page(),
        "truncated": truncated(),
        "encrypted": encrypted(),
        "too_big": too_big(),
        "no_pages": no_pages(),
        "too_many_pages": too_many_pages(),
        "lying_page_count": lying_page_count(),
        "recursive_page_tree": recursive_page_tree(),
        "exponential_page_tree": exponential_page_tree(),
        "deep_nesting": deep_nesting(),
        "attachment_bomb": attachment_bomb(),
    }


def _spaces(megabytes: int) -> bytes:
    """A zlib stream that inflates to so many megabytes of spaces, made without creating them here.

    One deflated megabyte is repeated (a full flush makes it stand alone); the checksum of n equal bytes c is
    known: a = 1 + n·c and b = n + c·n·(n + 1)/2, both modulo 65521 (RFC 1950).
    """
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = compressor.compress(b" " * MEGABYTE) + compressor.flush(zlib.Z_FULL_FLUSH)
    count, space = megabytes * MEGABYTE, ord(" ")
    low, high = (1 + count * space) % 65521, (count + space * count * (count + 1) // 2) % 65521
    return b"\x78\xda" + block * megabytes + b"\x03\x00" + ((high << 16) | low).to_bytes(4, "big")


def _deflated(unit: bytes, megabytes: int) -> bytes:
    """The unit again and again, deflated."""
    compressor = zlib.compressobj(9)
    block = unit * (MEGABYTE // len(unit))
    return b"".join(compressor.compress(block) for _ in range(megabytes)) + compressor.flush()


def _stream(data: bytes, entries: bytes) -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


def _form(content: bytes, uses: bytes) -> bytes:
    resources = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << %s >> >>" % uses
    return _stream(content, resources)


def _drawn_pages(
    pages: int,
    drawing: bytes | None,
    forms: dict[str, bytes],
    *,
    contents: bytes = b"4 0 R",
    stream: tuple[bytes, bytes] = (b"", b""),
) -> bytes:
    """Pages with the same contents: the drawing, or a stream with its entries; forms are the objects from 10."""
    uses = b" ".join(b"/%s %d 0 R" % (name.encode(), 10 + index) for index, name in enumerate(forms))
    resources = b"<< /XObject << %s >> /Font << /F1 6 0 R >> >>" % uses
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b"3 0 R " * pages, pages),
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources %s /Contents %s >>"
        % (resources, contents),
        4: _stream(*stream) if drawing is None else _stream(drawing, b""),
        5: b"[/FlateDecode /FlateDecode]",
        6: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    return _assemble(objects | {10 + index: form for index, form in enumerate(forms.values())})


def _with_attachment(stream: bytes, filters: bytes) -> bytes:
    return _assemble(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R /AF [4 0 R] "
            b"/Names << /EmbeddedFiles << /Names [(factur-x.xml) 4 0 R] >> >> >>",
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
            4: b"<< /Type /Filespec /F (factur-x.xml) /UF (factur-x.xml) /AFRelationship /Data /EF << /F 5 0 R >> >>",
            5: b"<< /Type /EmbeddedFile /Subtype /text#2Fxml /Length %d /Filter %s >>\nstream\n%s\nendstream"
            % (len(stream), filters, stream),
        }
    )


def _assemble(objects: dict[int, bytes]) -> bytes:
    """A PDF of these objects with a right cross-reference table; object 1 is the catalogue."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = {}
    for number, body in sorted(objects.items()):
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % offsets[number] if number in offsets else b"0000000000 65535 f \n"
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return bytes(out)


def _written(writer: PdfWriter) -> bytes:
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
