"""Attacks on what finds objects: cross-references, page trees, object streams, nesting, numbers, encryption."""

import zlib
from random import Random

from tools.hostile_pdfs.draft import MEGABYTE, WORDS, Draft, between, hostile, written

_LEAF = b"<< /Type /Page /MediaBox [0 0 595 842] /Resources << >> %s >>"


@hostile
def cross_references_in_circles(rng: Random, size: float) -> bytes:
    """Cross-reference sections that name each other as the one before."""
    pdf = Draft().pdf()
    sections = between(size, 1, 5_000)
    for _ in range(sections):
        start = len(pdf)
        before = rng.choice((start, pdf.rfind(b"xref\n0"), rng.randrange(start)))
        keyword = rng.choice((b"/Prev", b"/XRefStm"))
        pdf += b"xref\n0 0\ntrailer\n<< /Size 9 /Root 1 0 R %s %d >>\nstartxref\n%d\n%%%%EOF\n" % (
            keyword,
            before,
            start,
        )
    return pdf


@hostile
def incremental_updates(rng: Random, size: float) -> bytes:
    """Ten thousand updates, one on the other."""
    parts = [Draft().pdf()]
    length, before = len(parts[0]), parts[0].rfind(b"xref\n0")
    for _ in range(between(size, 1, 10_000)):
        body = b"3 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\nendobj\n"
        start = length + len(body)
        parts.append(
            b"%sxref\n3 1\n%010d 00000 n \ntrailer\n<< /Size 9 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
            % (body, length, before, start)
        )
        length, before = length + len(parts[-1]), start
    return b"".join(parts)


@hostile
def cross_reference_stream(rng: Random, size: float) -> bytes:
    """A cross-reference stream whose widths and index claim two thousand million entries."""
    widths = rng.choice((b"1 4 2", b"0 0 0", b"%d 1 1" % between(size, 1, 2**31 - 1), b"1 8 8", b"-1 4 2"))
    index = b"0 %d" % between(size, 5, 2**31 - 1)
    data = zlib.compress(b"\1\0\0\0\x0f\0\0" * between(size, 5, MEGABYTE))
    head = Draft().pdf().partition(b"xref\n")[0]
    body = b"<< /Type /XRef /Size %d /W [ %s ] /Index [ %s ] /Root 1 0 R /Filter /FlateDecode /Length %d >>" % (
        between(size, 5, 2**31 - 1), widths, index, len(data),
    )  # fmt: skip
    return b"%s9 0 obj\n%s\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (head, body, data, len(head))


@hostile
def no_cross_reference(rng: Random, size: float) -> bytes:
    """A file whose table must be rebuilt from hundreds of thousands of objects."""
    again = b"%d 0 obj << >> endobj\n"
    head = Draft().pdf().partition(b"xref\n")[0]
    more = b"".join(again % rng.randrange(5, 4_000_000) for _ in range(between(size, 5, 250_000)))
    tail = b"trailer << /Root 1 0 R >>\n" * between(size, 1, 50_000)
    return head + more + tail + b"%%EOF\n"


@hostile
def many_objects(rng: Random, size: float) -> bytes:
    """Two hundred thousand objects that are all referred to."""
    draft = Draft()
    all_ = [draft.add(b"<< /A (b) >>") for _ in range(between(size, 5, 150_000))]
    draft.catalogue = b"/Everything [ %s ]" % b" ".join(all_)
    return draft.pdf()


@hostile
def page_tree_in_circles(rng: Random, size: float) -> bytes:
    """A page tree whose branches are their own descendants."""
    count = between(size, 2, 2_000)
    bodies = {1: b"<< /Type /Catalog /Pages 2 0 R >>", 3: _LEAF % b"/Parent 2 0 R"}
    for number in (2, *range(4, 4 + count)):
        kids = b" ".join(b"%d 0 R" % rng.choice((2, 3, *range(4, 4 + count))) for _ in range(3))
        parent = rng.randrange(4, 4 + count)
        bodies[number] = b"<< /Type /Pages /Kids [ 3 0 R %s ] /Count 3 /Parent %d 0 R >>" % (kids, parent)
    return written(bodies)


@hostile
def deep_page_tree(rng: Random, size: float) -> bytes:
    """A page tree of 100,000 levels with one page at its end."""
    depth = between(size, 1, 100_000)
    bodies = {1: b"<< /Type /Catalog /Pages 2 0 R >>"}
    for number in range(2, 2 + depth):
        bodies[number] = b"<< /Type /Pages /Kids [ %d 0 R ] /Count 1 /Parent %d 0 R >>" % (number + 1, number - 1)
    bodies[2 + depth] = _LEAF % (b"/Parent %d 0 R" % (1 + depth))
    return written(bodies)


@hostile
def page_tree_multiplies(rng: Random, size: float) -> bytes:
    """Two to the power of 60 pages out of sixty objects."""
    levels = between(size, 1, 60)
    bodies = {1: b"<< /Type /Catalog /Pages 2 0 R >>"}
    for number in range(2, 2 + levels):
        count = rng.choice((1, 2 ** (levels - number + 2)))
        bodies[number] = b"<< /Type /Pages /Kids [ %d 0 R %d 0 R ] /Count %d >>" % (number + 1, number + 1, count)
    bodies[2 + levels] = _LEAF % b""
    return written(bodies)


@hostile
def parents_in_circles(rng: Random, size: float) -> bytes:
    """A page whose inherited entries are sought in a circle of parents."""
    count = between(size, 1, 20_000)
    bodies = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [ 3 0 R ] /Count 1 >>",
        3: b"<< /Type /Page /Parent 4 0 R >>",
    }
    for number in range(4, 4 + count):
        bodies[number] = b"<< /Type /Pages /Parent %d 0 R >>" % (number + 1)
    bodies[4 + count] = b"<< /Type /Pages /Parent 4 0 R >>"
    return written(bodies)


@hostile
def reference_chain(rng: Random, size: float) -> bytes:
    """A reference to a reference to a reference, or to itself."""
    draft = Draft()
    end = draft.reserve()
    draft.add(rng.choice((end, b"[ 0 0 595 842 ]")), at=end)
    for _ in range(between(size, 1, 100_000)):
        end = draft.add(end)
    draft.page(entries=b"/MediaBox %s /Annots %s" % (end, end))
    return draft.pdf()


@hostile
def object_streams(rng: Random, size: float) -> bytes:
    """Object streams that extend themselves, contain themselves, or claim two thousand million objects."""
    draft = Draft()
    this = draft.reserve()
    number = int(this.split()[0])
    inside = b"".join(b"%d 0 " % (number + place) for place in range(between(size, 1, 100_000)))
    count = rng.choice((1, between(size, 1, 2**31 - 1), -1))
    first = rng.choice((len(inside), 0, 2**31 - 1))
    entries = b"/Type /ObjStm /N %d /First %d /Extends %s" % (count, first, this)
    draft.stream(inside + rng.choice((this, b"<< >>", b"[" * 10_000)), entries, at=this)
    draft.catalogue = b"/Inside %d 0 R" % (number + 1)
    pdf = draft.pdf()
    return rng.choice((pdf, pdf.replace(b"startxref", b"startxrex")))


@hostile
def objects_in_an_inflating_stream(rng: Random, size: float) -> bytes:
    """An object stream that inflates to many megabytes of objects, behind a cross-reference stream."""
    count = between(size, 1, 100_000)
    inner = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [ 3 0 R ] /Count 1 >>",
        _LEAF % b"/Parent 2 0 R",
    ]
    inner += [b"(%s)" % (b" " * between(size, 1, 900))] * count
    offsets, at = [], 0
    for place, body in enumerate(inner):
        offsets.append(b"%d %d" % (place + 1, at))
        at += len(body) + 1
    head = b" ".join(offsets) + b" "
    packed = zlib.compress(head + b" ".join(inner))
    out = b"%%PDF-1.7\n%d 0 obj\n<< /Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d >>\nstream\n" % (
        len(inner) + 1, len(inner), len(head), len(packed),
    )  # fmt: skip
    out += packed + b"\nendstream\nendobj\n"
    rows = b"\0\0\0\0\0" + b"".join(
        b"\2" + (len(inner) + 1).to_bytes(3, "big") + min(place, 255).to_bytes(1, "big") for place in range(len(inner))
    )
    rows += b"\1" + (9).to_bytes(3, "big") + b"\0"
    table = zlib.compress(rows)
    entries = b"<< /Type /XRef /Size %d /W [1 3 1] /Root 1 0 R /Filter /FlateDecode /Length %d >>" % (
        len(inner) + 2, len(table),
    )  # fmt: skip
    return out + b"%d 0 obj\n%s\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (
        len(inner) + 2, entries, table, len(out),
    )  # fmt: skip


@hostile
def nesting(rng: Random, size: float) -> bytes:
    """Arrays and dictionaries nested until a parser's stack ends, closed or not."""
    draft = Draft()
    depth = between(size, 5, 1_000_000)
    opening, closing = rng.choice(((b"[", b"]"), (b"<</A ", b">>"), (b"(", b")"), (b"[<</A ", b">>]")))
    deep = opening * depth + (closing * depth if rng.random() < 0.7 else b"")
    place = rng.randrange(3)
    if place == 0:
        draft.catalogue = b"/Deep " + deep
    elif place == 1:
        draft.add(deep)
    else:
        draft.page(entries=b"/Deep " + deep)
    return draft.pdf()


@hostile
def long_tokens(rng: Random, size: float) -> bytes:
    """Numbers, names, comments and strings of megabytes where a small one is expected."""
    draft = Draft()
    letter, count = (
        rng.choice((b"9", b"/a", b"%", b" ", b"\0", b"#41", b"-", b".", b"<", b"R ")),
        between(size, 5, MEGABYTE),
    )
    token = letter * count
    draft.catalogue = b"/Version %s\n/Lang %s\n" % (token, token)
    draft.trailer = b"/Info %s\n" % token
    draft.page(entries=b"/Rotate %s\n" % token)
    return draft.pdf()


@hostile
def broken_dictionaries(rng: Random, size: float) -> bytes:
    """Dictionaries with missing values, doubled keys and keys that are not names, by the thousand."""
    draft = Draft()
    bad = rng.choice((b"/A /A ", b"(a) 1 ", b"/A << ", b"/ ", b"1 0 obj ", b"endobj ", b"/Type /Page "))
    draft.catalogue = bad * between(size, 2, 500_000)
    return draft.pdf()


@hostile
def ends_and_starts(rng: Random, size: float) -> bytes:
    """Hundreds of thousands of `%%EOF`, `startxref`, `trailer` and headers."""
    word = rng.choice((b"%%EOF\n", b"startxref\n9\n", b"trailer\n<< >>\n", b"%PDF-1.4\n", b"xref\n0 1\n", b"endobj\n"))
    return Draft().pdf() + word * between(size, 2, 500_000) + b"%%EOF\n"


@hostile
def linearized(rng: Random, size: float) -> bytes:
    """A file that claims to be linearized, with hint tables of every size."""
    draft = Draft()
    far = between(size, 100, 2**62)
    body = draft.pdf()
    first = b"%%PDF-1.7\n90 0 obj\n<< /Linearized 1 /L %d /H [ %d %d ] /O %d /E %d /N %d /T %d >>\nendobj\n" % (
        len(body), far, far, far, far, far, far,
    )  # fmt: skip
    return first + body[len(first) :] if rng.random() < 0.3 else first + body


@hostile
def encryption(rng: Random, size: float) -> bytes:
    """Encryption dictionaries with huge lengths, unknown versions, and filters in circles."""
    draft = Draft()
    crypt = draft.reserve()
    version, revision = rng.choice((1, 2, 4, 5, 6, 99)), rng.choice((2, 3, 4, 5, 6, 99))
    key = b"A" * between(size, 32, MEGABYTE)
    draft.add(
        b"<< /Filter /Standard /V %d /R %d /Length %d /P -4 /O (%s) /U (%s) /OE (%s) /UE (%s) /Perms (%s) "
        b"/CF << /StdCF << /CFM /AESV3 /Length %d /Self %s >> >> /StmF /StdCF /StrF /StdCF >>"
        % (version, revision, between(size, 40, 2**31 - 1), key, key, key[:32], key[:32], key[:16], 2**31 - 1, crypt),
        at=crypt,
    )
    draft.trailer = b"/Encrypt %s /ID [ (a) (%s) ]" % (crypt, key)
    return draft.pdf()


@hostile
def polyglot(rng: Random, size: float) -> bytes:
    """A PDF that is also a ZIP, a page of HTML, a picture or another PDF."""
    pdf, filler = Draft().pdf(), rng.randbytes(between(size, 1, 900))
    front = rng.choice((b"PK\3\4", b"<html><script>", b"GIF89a", b"\xff\xd8\xff\xe0", b"MZ", b"\x7fELF", b"%!PS\n"))
    back = rng.choice((b"", b"PK\5\6" + b"\0" * 18, b"</html>", Draft().pdf()))
    return front + filler + pdf + back + b"\n%%EOF\n"


@hostile
def inherited_content(rng: Random, size: float) -> bytes:
    """Pages without resources or boxes whose parents hold arrays of thousands."""
    draft = Draft()
    fonts = b" ".join(b"/F%d %s" % (n, draft.font) for n in range(between(size, 1, 200_000)))
    content = draft.stream(WORDS)
    pages = [draft.add(b"<< /Type /Page /Parent 2 0 R /Contents %s >>" % content) for _ in range(between(size, 1, 300))]
    draft.add(
        b"<< /Type /Pages /Kids [ %s ] /Count %d /MediaBox [0 0 595 842] /Resources << /Font << %s >> >> >>"
        % (b" ".join(pages), len(pages), fonts),
        at=b"2 0 R",
    )
    return draft.pdf()
