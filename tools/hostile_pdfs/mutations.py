"""Sound invoices, and damage to them. Most damaged files still open: the code behind the opening is tried too."""

import re
from collections.abc import Callable, Sequence
from functools import cache
from io import BytesIO
from random import Random

from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, StreamObject

from tools.invoice_generator import broken
from tools.invoice_generator.corpus import documents

Mutation = Callable[[bytes, Random], bytes]

_OBJECT = re.compile(rb"\d+ \d+ obj\b(.*?)endobj", re.DOTALL)
_REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
_NUMBER = re.compile(rb"(?<=[ \[])-?\d+(?:\.\d+)?(?=[ \]\n>])")
_NAME = re.compile(rb"/[A-Za-z][A-Za-z0-9]*")
_OPERATOR = re.compile(
    rb"(?<=[ \n)\]])(?:Tj|TJ|Td|Tm|Tf|cm|re|Do|BT|ET|q|Q|gs|sh|BDC|EMC|scn|W|n|f|S|m|l|c|h|d0|BI|ID|EI)\b"
)
_EXTREMES = (
    b"0", b"-1", b"1", b"65535", b"65536", b"2147483647", b"-2147483648", b"4294967295", b"9223372036854775807", b"1e9",
    b"0.0000001", b"99999999999999999999999", b"null", b"true", b"(x)", b"/X", b"[ ]", b"<< >>", b"1 0 R", b"3 0 R",
)  # fmt: skip


@cache
def sound_pdfs() -> tuple[bytes, ...]:
    """Invoices of the generator, deflated and in clear, some with XML inside, some that need OCR."""
    drawn = [document.pdf for document in documents(14, 24, facturx=0.4)]
    scans = [document.pdf for document in documents(15, 1, scans=1.0)]
    plain = [broken.plain_pdf(pages=pages) for pages in (1, 3)]
    return (*drawn, *map(in_clear, drawn), *scans, *plain)


def in_clear(pdf: bytes) -> bytes:
    """The same document with every stream but the pictures in clear, so that damage reaches what is inside."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
    for place, each in enumerate(writer._objects):  # pypdf offers no public way to replace an object
        if isinstance(each, StreamObject) and "/Filter" in each and each.get("/Subtype") != "/Image":
            clear = DecodedStreamObject()
            clear.update(
                {name: value for name, value in each.items() if name not in ("/Filter", "/DecodeParms", "/Length")}
            )
            clear.set_data(each.get_data())
            writer._objects[place] = clear
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def damaged(pdf: bytes, rng: Random) -> bytes:
    """The file after one to three mutations."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        pdf = rng.choice(MUTATIONS)(pdf, rng)
    return pdf


def flip_bits(pdf: bytes, rng: Random) -> bytes:
    """A few bits turned."""
    data = bytearray(pdf)
    for _ in range(rng.choice((1, 2, 5, 20))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def truncate(pdf: bytes, rng: Random) -> bytes:
    """The file broken off, mostly with a new end."""
    return pdf[: rng.randrange(len(pdf))] + (b"\n%%EOF\n" if rng.random() < 0.8 else b"")


def cut_out(pdf: bytes, rng: Random) -> bytes:
    """Some bytes removed from the middle."""
    start = rng.randrange(len(pdf))
    return pdf[:start] + pdf[start + rng.choice((1, 2, 16, 300)) :]


def repeat_part(pdf: bytes, rng: Random) -> bytes:
    """A part of the file twice, or many times."""
    start = rng.randrange(len(pdf))
    part = pdf[start : start + rng.choice((1, 20, 2_000))]
    return pdf[:start] + part * rng.choice((1, 1, 50, 1000)) + pdf[start:]


def splice(pdf: bytes, rng: Random) -> bytes:
    """The head of this file and the tail of another one."""
    other = rng.choice(sound_pdfs())
    return pdf[: rng.randrange(len(pdf))] + other[rng.randrange(len(other)) :]


def put_another_object(pdf: bytes, rng: Random) -> bytes:
    """The body of one object replaced by that of another, of this file or of another one."""
    there = [match.span(1) for match in _OBJECT.finditer(pdf)]
    source = rng.choice((pdf, rng.choice(sound_pdfs())))
    bodies = [match[1] for match in _OBJECT.finditer(source)]
    if not there or not bodies:
        return pdf
    start, end = rng.choice(there)
    return pdf[:start] + rng.choice(bodies) + pdf[end:]


def redirect_references(pdf: bytes, rng: Random) -> bytes:
    """References that lead to other objects, also to those that contain them."""
    numbers = [match[1] for match in _REFERENCE.finditer(pdf)]
    return _replaced(pdf, rng, _REFERENCE, [number + b" 0 R" for number in numbers])


def put_extreme_numbers(pdf: bytes, rng: Random) -> bytes:
    """Numbers replaced by extreme ones and by other types."""
    return _replaced(pdf, rng, _NUMBER, _EXTREMES)


def exchange_names(pdf: bytes, rng: Random) -> bytes:
    """Names replaced by others of the file."""
    return _replaced(pdf, rng, _NAME, _NAME.findall(pdf))


def exchange_operators(pdf: bytes, rng: Random) -> bytes:
    """Drawing operators replaced by others; without effect on a deflated file."""
    return _replaced(pdf, rng, _OPERATOR, [*_OPERATOR.findall(pdf), b"Do", b"BDC", b"q", b"sh"])


def put_noise(pdf: bytes, rng: Random) -> bytes:
    """Random bytes over or between others."""
    start, noise = rng.randrange(len(pdf)), rng.randbytes(rng.choice((1, 4, 100, 3_000)))
    return pdf[:start] + noise + pdf[start + rng.choice((0, len(noise))) :]


def damage_the_table(pdf: bytes, rng: Random) -> bytes:
    """A file whose cross-reference table or trailer is wrong, and must be rebuilt."""
    if rng.random() < 0.5:
        return pdf.replace(b"startxref", rng.choice((b"startxre_", b"startxref\n9", b"%")), 1)
    return pdf.replace(b" 00000 n", rng.choice((b" 00000 f", b" 65535 n", b" 0000 nn")), rng.choice((1, 3, 999)))


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits, truncate, cut_out, repeat_part, splice, put_another_object, redirect_references, put_extreme_numbers,
    exchange_names, exchange_operators, put_noise, damage_the_table,
)  # fmt: skip


def _replaced(pdf: bytes, rng: Random, pattern: re.Pattern[bytes], replacements: Sequence[bytes]) -> bytes:
    """The file with a few places of the pattern replaced."""
    places = [match.span() for match in pattern.finditer(pdf)]
    if not places or not replacements:
        return pdf
    for start, end in sorted(rng.sample(places, min(len(places), rng.choice((1, 2, 5, 30)))), reverse=True):
        pdf = pdf[:start] + rng.choice(replacements) + pdf[end:]
    return pdf
