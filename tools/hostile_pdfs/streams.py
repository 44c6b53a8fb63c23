"""Attacks on what finds and inflates streams: keywords without end, filters in disguise, data that explode."""

import base64
import zlib
from random import Random

from tools.hostile_pdfs.draft import MEGABYTE, WORDS, Draft, between, hostile, spaces

_LINES = b"0 0 m 1 1 l S\n"


def _drawn(size: float, high: int = 190) -> bytes:
    """Deflated drawing instructions of 1 to ``high`` megabytes."""
    return spaces(between(size, 1, high), _LINES * 64)


@hostile
def stream_keywords(rng: Random, size: float) -> bytes:
    """A scan that looks back for `obj` and forward for `endstream` at each keyword."""
    return b"%PDF-1.7\n1 0 obj<<" + b"stream\nx\x9c" * between(size, 10, 1_000_000) + b"\n%%EOF"


@hostile
def stream_lines(rng: Random, size: float) -> bytes:
    """The same with nothing between the keywords."""
    return b"%PDF-1.7\n1 0 obj<<>>" + b"stream\n" * between(size, 10, 1_400_000) + b"\n%%EOF"


@hostile
def streams_in_comments(rng: Random, size: float) -> bytes:
    """A sound page, and stream keywords that never end inside comments before it."""
    head, _, rest = Draft().pdf().partition(b"\n")
    return head + b"\n%1 0 obj stream\n" * between(size, 10, 500_000) + rest


@hostile
def many_small_streams(rng: Random, size: float) -> bytes:
    """A cost for each stream: 60,000 of a few bytes."""
    draft = Draft()
    for _ in range(between(size, 10, 60_000)):
        draft.raw(b"x\x9c\x03\x00\x00\x00\x00\x01", b"/Filter /FlateDecode")
    return draft.pdf()


@hostile
def plain_bomb(rng: Random, size: float) -> bytes:
    """One page whose instructions inflate to 190 MB."""
    draft = Draft()
    draft.page(contents=draft.raw(_drawn(size), b"/Filter /FlateDecode"))
    return draft.pdf()


@hostile
def indirect_filter(rng: Random, size: float) -> bytes:
    """A filter that is a reference to an array of two Flates."""
    draft = Draft()
    filters = draft.add(b"[ /FlateDecode /FlateDecode ]")
    draft.page(contents=draft.raw(zlib.compress(_drawn(size)), b"/Filter %s" % filters))
    return draft.pdf()


@hostile
def escaped_filter_names(rng: Random, size: float) -> bytes:
    """Filter names written with escapes."""
    draft = Draft()
    filters = b"/Filter [ /Fl#61teDecode /F#6cateDecode ]"
    draft.page(contents=draft.raw(zlib.compress(_drawn(size)), filters))
    return draft.pdf()


@hostile
def hex_filter(rng: Random, size: float) -> bytes:
    """Deflated data written in hexadecimal."""
    draft = Draft()
    data = _drawn(size).hex().encode() + b">"
    draft.page(contents=draft.raw(data, b"/Filter [ /ASCIIHexDecode /FlateDecode ]"))
    return draft.pdf()


@hostile
def ascii85_filter(rng: Random, size: float) -> bytes:
    """Deflated data written in base 85, the filter's name abbreviated."""
    draft = Draft()
    data = base64.a85encode(_drawn(size)) + b"~>"
    draft.page(contents=draft.raw(data, b"/Filter [ /A85 /Fl ]"))
    return draft.pdf()


@hostile
def run_length_filter(rng: Random, size: float) -> bytes:
    """Deflated run lengths: 1,000 times 64."""
    draft = Draft()
    data = spaces(between(size, 1, 60), b"\x81q" * 64)
    draft.page(contents=draft.raw(data, b"/Filter [ /FlateDecode /RunLengthDecode ]"))
    return draft.pdf()


@hostile
def lzw_filter(rng: Random, size: float) -> bytes:
    """LZW codes, each one letter longer than the one before, deflated on top."""
    codes = "".join(f"{code:09b}" for code in (256, 113, *range(258, 511)))
    packed = int(codes + "0" * (-len(codes) % 8), 2).to_bytes((len(codes) + 7) // 8, "big")
    block = int(codes * 8, 2).to_bytes(len(codes), "big") * between(size, 1, 5_000) + packed
    draft = Draft()
    draft.page(contents=draft.raw(zlib.compress(block), b"/Filter [ /FlateDecode /LZWDecode ]"))
    return draft.pdf()


@hostile
def many_filters(rng: Random, size: float) -> bytes:
    """A chain of thousands of filters over one stream."""
    draft = Draft()
    chain = b"/ASCIIHexDecode " * between(size, 2, 200_000)
    draft.page(contents=draft.raw(WORDS.hex().encode(), b"/Filter [ %s ]" % chain))
    return draft.pdf()


@hostile
def predictor(rng: Random, size: float) -> bytes:
    """A predictor with rows of two thousand million bytes."""
    draft = Draft()
    columns = between(size, 100, 2_147_483_647)
    parameters = b"/Filter /FlateDecode /DecodeParms << /Predictor %d /Columns %d /Colors %d /BitsPerComponent 16 >>"
    data = zlib.compress(b"\x02" * 4000 + WORDS)
    draft.page(contents=draft.raw(data, parameters % (rng.choice((2, 10, 15)), columns, rng.choice((1, 3, 32)))))
    return draft.pdf()


@hostile
def colour_profile_in_name_only(rng: Random, size: float) -> bytes:
    """Drawing instructions that claim to be a colour profile."""
    draft = Draft()
    draft.page(contents=draft.raw(_drawn(size), b"/Filter /FlateDecode /N 3"))
    return draft.pdf()


@hostile
def picture_in_name_only(rng: Random, size: float) -> bytes:
    """Drawing instructions that claim to be a picture, a font program or an attachment."""
    draft = Draft()
    claim = rng.choice((b"/Subtype /Image", b"/Length1 1000", b"/Type /EmbeddedFile", b"/Subtype /XML"))
    draft.page(contents=draft.raw(_drawn(size), b"/Filter /FlateDecode " + claim))
    return draft.pdf()


@hostile
def keyword_with_a_blank(rng: Random, size: float) -> bytes:
    """A `stream` keyword with a blank behind it, which a pattern misses."""
    draft = Draft()
    data = _drawn(size)
    body = b"<< /Length %d /Filter /FlateDecode >>\nstream \n%s\nendstream" % (len(data), data)
    draft.page(contents=draft.add(body))
    return draft.pdf()


@hostile
def long_dictionary(rng: Random, size: float) -> bytes:
    """A dictionary so long that its filter is outside what a scan reads."""
    draft = Draft()
    padding = b"/P (%s) " % (b"." * between(size, 100, 1_000_000))
    data = zlib.compress(_drawn(size))
    draft.page(contents=draft.raw(data, b"/Filter [ /FlateDecode /FlateDecode ] %s" % padding))
    return draft.pdf()


@hostile
def hidden_filter(rng: Random, size: float) -> bytes:
    """A filter that is defined inside a compressed object stream."""
    draft = Draft()
    filters = draft.reserve()
    number = int(filters.split()[0])
    packed = zlib.compress(b"%d 0 [ /FlateDecode /FlateDecode ]" % number)
    draft.raw(packed, b"/Type /ObjStm /N 1 /First %d /Filter /FlateDecode" % len(b"%d 0 " % number))
    draft.page(contents=draft.raw(zlib.compress(_drawn(size)), b"/Filter %s" % filters))
    return draft.pdf().replace(b"startxref", b"%startxref", 1)  # the reader must rebuild the table


@hostile
def lying_length(rng: Random, size: float) -> bytes:
    """A stream whose length is negative, huge, itself, or a loop."""
    draft = Draft()
    draft.page()
    at, loop = draft.reserve(), draft.reserve()
    draft.add(loop, at=loop)
    length = rng.choice((b"-1", b"%d" % between(size, 10, 2**62), at, loop, b"9" * 400, b"<<>>", b"null"))
    draft.add(b"<< /Length %s >>\nstream\n%s\nendstream" % (length, WORDS), at=at)
    draft.page(contents=at)
    return draft.pdf()


@hostile
def contents_repeat_one_stream(rng: Random, size: float) -> bytes:
    """A page that draws one stream of 20 MB 200 times."""
    draft = Draft()
    content = draft.raw(_drawn(size, 19), b"/Filter /FlateDecode")
    draft.page(contents=b"[ %s ]" % (b" ".join([content] * between(size, 2, 200))))
    return draft.pdf()


@hostile
def pages_share_one_stream(rng: Random, size: float) -> bytes:
    """Three hundred pages that draw the same 20 MB."""
    draft = Draft()
    content = draft.raw(_drawn(size, 19), b"/Filter /FlateDecode")
    for _ in range(between(size, 2, 300)):
        draft.page(contents=content)
    return draft.pdf()


@hostile
def content_in_small_parts(rng: Random, size: float) -> bytes:
    """A page of 100,000 content streams, each counted alone."""
    draft = Draft()
    part = draft.stream(b"0 0 m\n")
    draft.page(contents=b"[ %s ]" % (b" ".join([part] * between(size, 2, 100_000))))
    return draft.pdf()


@hostile
def just_below_the_bounds(rng: Random, size: float) -> bytes:
    """Many streams of harmless kinds, each of them nearly as large as allowed."""
    draft = Draft()
    data = spaces(between(size, 1, 19))
    for claim in (b"/Subtype /Image /Width 1 /Height 1", b"/Length1 9", b"/Type /Metadata /Subtype /XML"):
        for _ in range(between(size, 1, 40)):
            draft.raw(data, b"/Filter /FlateDecode " + claim)
    draft.page(contents=draft.raw(_drawn(size, 18), b"/Filter /FlateDecode"))
    return draft.pdf()


@hostile
def checksum_and_trailing_data(rng: Random, size: float) -> bytes:
    """A deflated stream with a wrong checksum and megabytes of noise behind its end."""
    draft = Draft()
    data = zlib.compress(WORDS)[:-4] + rng.randbytes(4 + between(size, 10, 4 * MEGABYTE))
    draft.page(contents=draft.raw(data, b"/Filter /FlateDecode"))
    return draft.pdf()
