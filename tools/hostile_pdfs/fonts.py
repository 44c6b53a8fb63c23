"""Attacks on fonts: glyphs that draw themselves, programs without end, tables and maps of millions of entries."""

import struct
from random import Random

from tools.hostile_pdfs.draft import MEGABYTE, Draft, between, hostile

_ALL = bytes(range(65, 91))


def _written_in(draft: Draft, font: bytes, text: bytes = _ALL, times: int = 1) -> bytes:
    """The file with a page that shows the text in the font."""
    draft.resources = b"/H %s" % font
    draft.page(b"BT /H 9 Tf 60 700 Td " + b"<%s> Tj " % text.hex().encode() * times + b"ET")
    return draft.pdf()


def _descriptor(draft: Draft, program: bytes) -> bytes:
    return draft.add(
        b"<< /Type /FontDescriptor /FontName /Hostile /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 "
        b"/Ascent 900 /Descent -200 /CapHeight 700 /StemV 80 %s >>" % program
    )


def _simple(draft: Draft, program: bytes, subtype: bytes = b"/TrueType", entries: bytes = b"") -> bytes:
    return draft.add(
        b"<< /Type /Font /Subtype %s /BaseFont /Hostile /FirstChar 65 /LastChar 90 /Widths [ %s ] "
        b"/FontDescriptor %s %s >>" % (subtype, b"500 " * 26, _descriptor(draft, program), entries)
    )


@hostile
def type3_draws_itself(rng: Random, size: float) -> bytes:
    """A Type 3 glyph that shows itself."""
    draft = Draft()
    font = draft.reserve()
    glyph = draft.stream(b"1000 0 d0 BT /H 1 Tf (%s) Tj ET" % (b"A" * between(size, 2, 100_000)))
    draft.add(
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1000 1000] /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar 65 "
        b"/LastChar 65 /Widths [1000] /CharProcs << /A %s >> /Encoding << /Differences [65 /A] >> "
        b"/Resources << /Font << /H %s >> >> >>" % (glyph, font),
        at=font,
    )
    return _written_in(draft, font, b"A" * 100)


@hostile
def type3_glyphs_show_the_next(rng: Random, size: float) -> bytes:
    """Type 3 fonts one inside the other, each glyph showing ten of the next."""
    draft = Draft()
    font = draft.font
    for _ in range(between(size, 1, 30)):
        glyph = draft.stream(b"1000 0 0 0 1000 1000 d1 BT /H 1 Tf (%s) Tj ET" % (b"A" * 10))
        font = draft.add(
            b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 0 0] /FontMatrix [1 0 0 1 0 0] /FirstChar 65 /LastChar 65 "
            b"/Widths [1000] /CharProcs << /A %s >> /Encoding << /Differences [65 /A] >> "
            b"/Resources << /Font << /H %s >> >> >>" % (glyph, font)
        )
    return _written_in(draft, font, b"A" * 100)


@hostile
def type3_heavy_glyphs(rng: Random, size: float) -> bytes:
    """Type 3 glyphs of many megabytes of instructions each."""
    draft = Draft()
    glyph = draft.stream(b"1000 0 d0 " + b"0 0 m 9 9 l S " * between(size, 10, MEGABYTE))
    names = b" ".join(b"/g%d %s" % (n, glyph) for n in range(26))
    font = draft.add(
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 0 0] /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar 65 "
        b"/LastChar 90 /Widths [ %s ] /CharProcs << %s >> /Encoding << /Differences [65 %s] >> >>"
        % (b"500 " * 26, names, b" ".join(b"/g%d" % n for n in range(26)))
    )
    return _written_in(draft, font)


@hostile
def to_unicode_ranges(rng: Random, size: float) -> bytes:
    """A map to Unicode with overlapping ranges of 65,536 codes, thousands of times."""
    draft = Draft()
    ranges = b"<0000> <FFFF> <0041>\n" * between(size, 1, 20_000)
    cmap = draft.stream(b"begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange 100 beginbfrange\n" + ranges)
    font = draft.add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode %s >>" % cmap)
    return _written_in(draft, font)


@hostile
def to_unicode_long_texts(rng: Random, size: float) -> bytes:
    """A map that makes one letter a text of thousands."""
    draft = Draft()
    text = b"00410031" * between(size, 1, 4_000)
    rows = b"".join(b"<%02X> <%s>\n" % (code, text) for code in _ALL)
    cmap = draft.stream(
        b"begincmap 1 begincodespacerange <00> <FF> endcodespacerange 26 beginbfchar\n%sendbfchar" % rows
    )
    font = draft.add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode %s >>" % cmap)
    return _written_in(draft, font, times=between(size, 1, 20_000))


@hostile
def to_unicode_entries(rng: Random, size: float) -> bytes:
    """A map of a million single entries, used by many fonts."""
    draft = Draft()
    rows = b"".join(b"<%04X> <%04X>\n" % (n & 0xFFFF, n * 7 & 0xFFFF) for n in range(between(size, 10, 700_000)))
    cmap = draft.stream(b"begincmap 1 beginbfchar\n%sendbfchar" % rows)
    draft.resources = b" ".join(
        b"/H%d %s" % (n, draft.add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /ToUnicode %s >>" % cmap))
        for n in range(between(size, 1, 200))
    )
    draft.page(b"BT " + b"".join(b"/H%d 9 Tf (A1) Tj " % n for n in range(between(size, 1, 200))) + b"ET")
    return draft.pdf()


@hostile
def encoding_map_uses_itself(rng: Random, size: float) -> bytes:
    """A character map that is based on itself, with ranges of every code."""
    draft = Draft()
    cmap = draft.reserve()
    ranges = b"<00000000> <FFFFFFFF> 0\n" * between(size, 1, 50_000)
    draft.stream(
        b"begincmap /Self usecmap 1 begincodespacerange <00000000> <FFFFFFFF> endcodespacerange "
        b"100 begincidrange\n%sendcidrange" % ranges,
        b"/Type /CMap /CMapName /Self /UseCMap %s" % cmap,
        at=cmap,
    )
    return _written_in(draft, _composite(draft, b"", cmap), times=100)


def _composite(draft: Draft, entries: bytes, encoding: bytes = b"/Identity-H", program: bytes = b"") -> bytes:
    inner = draft.add(
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Hostile /FontDescriptor %s "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> %s >>"
        % (_descriptor(draft, program), entries)
    )
    return draft.add(
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Hostile /Encoding %s /DescendantFonts [ %s ] >>" % (encoding, inner)
    )


@hostile
def width_arrays(rng: Random, size: float) -> bytes:
    """Widths of a composite font in hundreds of thousands of overlapping ranges."""
    draft = Draft()
    count = between(size, 1, 300_000)
    entries = b"/W [ %s ] /W2 [ %s ]" % (b"0 2147483647 500 " * count, b"0 65535 1 2 3 " * count)
    return _written_in(draft, _composite(draft, entries), times=1_000)


@hostile
def simple_widths(rng: Random, size: float) -> bytes:
    """Millions of widths, and first and last characters beyond every type."""
    draft = Draft()
    last = rng.choice((255, 2_147_483_647, -1))
    font = draft.add(
        b"<< /Type /Font /Subtype /TrueType /BaseFont /Arial /FirstChar %d /LastChar %d /Widths [ %s ] >>"
        % (rng.choice((0, -2_147_483_648)), last, b"500 " * between(size, 10, 2_000_000))
    )
    return _written_in(draft, font)


@hostile
def encoding_differences(rng: Random, size: float) -> bytes:
    """An encoding of a million differences."""
    draft = Draft()
    names = b" ".join(b"%d /g%d" % (n * 7919, n) for n in range(between(size, 10, 500_000)))
    font = draft.add(
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding << /Differences [ %s ] >> >>" % names
    )
    return _written_in(draft, font)


@hostile
def fonts_by_the_thousand(rng: Random, size: float) -> bytes:
    """A page that changes its font 30,000 times."""
    draft = Draft()
    count = between(size, 2, 30_000)
    bases = (b"/Helvetica", b"/Courier", b"/Unknown", b"/Arial,Bold", b"/MSung-Light")
    draft.resources = b" ".join(
        b"/H%d %s" % (n, draft.add(b"<< /Type /Font /Subtype /Type1 /BaseFont %s >>" % rng.choice(bases)))
        for n in range(count)
    )
    draft.page(b"BT " + b"".join(b"/H%d 9 Tf (A) Tj " % n for n in range(count)) + b"ET")
    return draft.pdf()


@hostile
def fonts_in_circles(rng: Random, size: float) -> bytes:
    """Fonts whose descendants, descriptors, encodings and maps are the font itself."""
    draft = Draft()
    font = draft.reserve()
    subtype = rng.choice((b"/Type0", b"/Type1", b"/Type3", b"/TrueType", b"/CIDFontType2"))
    draft.add(
        b"<< /Type /Font /Subtype %s /BaseFont /H /DescendantFonts [ %s ] /FontDescriptor %s /Encoding %s "
        b"/ToUnicode %s /CharProcs %s /Resources %s /Widths %s /W [ %s ] /FontFile2 %s /CIDToGIDMap %s >>"
        % (subtype, *([font] * 7), (font + b" ") * between(size, 1, 50_000), font, font),
        at=font,
    )
    return _written_in(draft, font)


def _sfnt(tables: dict[bytes, bytes]) -> bytes:
    """A TrueType file of these tables, without checksums."""
    directory, body = b"", b""
    for tag, data in sorted(tables.items()):
        directory += tag + struct.pack(">III", 0, 12 + 16 * len(tables) + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    return struct.pack(">IHHHH", 0x10000, len(tables), 16, 0, 0) + directory + body


def _truetype(glyphs: list[bytes], cmap: bytes, program: bytes = b"") -> bytes:
    count = len(glyphs)
    places = [0]
    for glyph in glyphs:
        places.append(places[-1] + len(glyph))
    head = struct.pack(">IIIIHHQQ", 0x10000, 0, 0, 0x5F0F3CF5, 0, 1000, 0, 0)
    limits = (65535, 65535, 65535, 65535, 2, *[65535] * 8)
    return _sfnt(
        {
            b"head": head + struct.pack(">hhhhHHhhh", 0, 0, 1000, 1000, 0, 8, 2, 1, 0),
            b"hhea": struct.pack(">IhhhH", 0x10000, 900, -200, 0, 1000) + b"\0" * 22 + struct.pack(">H", count),
            b"maxp": struct.pack(">IH13H", 0x10000, count, *limits),
            b"hmtx": struct.pack(">Hh", 500, 0) * count,
            b"loca": struct.pack(f">{count + 1}I", *places),
            b"glyf": b"".join(glyphs) or b"\0",
            b"cmap": cmap,
            b"fpgm": program,
            b"prep": program,
            b"cvt ": b"\0\0" * 100,
        }
    )


def _character_map(groups: int) -> bytes:
    """A format 12 table in which every group maps all of Unicode."""
    subtable = struct.pack(">HHIII", 12, 0, 16 + 12 * groups, 0, groups) + struct.pack(">III", 0, 0x10FFFF, 1) * groups
    return struct.pack(">HH", 0, 1) + struct.pack(">HHI", 3, 10, 12) + subtable


@hostile
def truetype_composites(rng: Random, size: float) -> bytes:
    """TrueType glyphs made of ten others each, fifteen deep, without a single point."""
    glyphs = [b"", b"\0\1" + b"\0" * 14]
    for number in range(1, between(size, 2, 15)):
        parts = [struct.pack(">HHbb", 0x0022 if place < 9 else 0x0002, number, 0, 0) for place in range(10)]
        glyphs.append(struct.pack(">hhhhh", -1, 0, 0, 1000, 1000) + b"".join(parts))
    glyphs[1:] = reversed(glyphs[1:])
    glyphs[1:] = [_renumbered(glyph, len(glyphs)) for glyph in glyphs[1:]]
    draft = Draft()
    program = draft.stream(_truetype(glyphs, _character_map(1)), b"/Length1 1000")
    return _written_in(draft, _simple(draft, b"/FontFile2 %s" % program), times=between(size, 1, 1000))


def _renumbered(glyph: bytes, count: int) -> bytes:
    """The glyph with its parts counted from the other end of the list."""
    if glyph[:2] != b"\xff\xff":
        return glyph
    parts = [struct.unpack(">HHbb", glyph[at : at + 6]) for at in range(10, len(glyph), 6)]
    return glyph[:10] + b"".join(struct.pack(">HHbb", flags, count - number, x, y) for flags, number, x, y in parts)


@hostile
def truetype_programs(rng: Random, size: float) -> bytes:
    """Font programs that jump back or call without end."""
    loop = b"\xb8" + struct.pack(">h", -4) + b"\x1c"
    calls = b"\xb0\0\x2c" + b"\xb8\x7f\xff\xb0\0\x2a" * between(size, 1, 5_000) + b"\x2d\xb8\x7f\xff\xb0\0\x2a"
    draft = Draft()
    data = _truetype([b""] * 30, _character_map(between(size, 1, 50_000)), rng.choice((loop, calls)))
    program = draft.stream(data, b"/Length1 %d" % len(data))
    return _written_in(draft, _simple(draft, b"/FontFile2 %s" % program), times=10)


@hostile
def truetype_tables(rng: Random, size: float) -> bytes:
    """Tables of a TrueType file that overlap, lie outside or claim 65,535 glyphs."""
    data = bytearray(_truetype([b""] * 30, _character_map(between(size, 1, 100_000))))
    for _ in range(between(size, 1, 100)):
        data[rng.randrange(12, min(len(data), 1000))] = rng.randrange(256)
    draft = Draft()
    program = draft.stream(bytes(data), b"/Length1 %d" % len(data))
    return _written_in(draft, _simple(draft, b"/FontFile2 %s" % program), times=10)


def _index(items: list[bytes]) -> bytes:
    """A CFF index."""
    if not items:
        return b"\0\0"
    offsets = [1]
    for item in items:
        offsets.append(offsets[-1] + len(item))
    return struct.pack(">HB", len(items), 4) + struct.pack(f">{len(offsets)}I", *offsets) + b"".join(items)


def _operand(number: int) -> bytes:
    return b"\x1d" + struct.pack(">i", number)


def _cff(glyphs: list[bytes], subroutines: list[bytes]) -> bytes:
    head = b"\1\0\4\4" + _index([b"Hostile"])
    behind = _index([]) + _index(subroutines)
    names = b"\2" + struct.pack(">HH", 34, len(glyphs) - 2)  # a charset of one range from `A`

    def top(charset: int, charstrings: int) -> bytes:
        return _index([_operand(charset) + b"\x0f" + _operand(charstrings) + b"\x11"])

    charset = len(head) + len(top(0, 0)) + len(behind)
    return head + top(charset, charset + len(names)) + behind + names + _index(glyphs)


@hostile
def cff_subroutines(rng: Random, size: float) -> bytes:
    """CFF glyphs whose subroutines call the next one many times: as many steps as the interpreter allows."""
    depth, width = 9, between(size, 1, 60)
    bias = 107

    def call(number: int) -> bytes:
        return bytes([number - bias + 139]) + b"\x1d"

    subroutines = [call(level + 1) * width + b"\x0b" for level in range(depth)] + [b"\x8b\x8b\x05\x0b"]
    glyphs = [b"\x0e"] + [b"\x8b\x8b\x15" + call(0) + b"\x0e"] * 27
    draft = Draft()
    fonts = [
        _simple(draft, b"/FontFile3 %s" % draft.stream(_cff(glyphs, subroutines), b"/Subtype /Type1C"), b"/Type1")
        for _ in range(between(size, 1, 100))
    ]
    draft.resources = b" ".join(b"/H%d %s" % pair for pair in enumerate(fonts))
    draft.page(b"BT " + b"".join(b"/H%d 9 Tf (%s) Tj " % (n, _ALL) for n, _ in enumerate(fonts)) + b"ET")
    return draft.pdf()


@hostile
def cff_noise(rng: Random, size: float) -> bytes:
    """A CFF font of random charstrings and random tables."""
    glyphs = [b"\x0e"] + [rng.randbytes(between(size, 4, 30_000)) for _ in range(27)]
    draft = Draft()
    data = _cff(glyphs, [rng.randbytes(100) for _ in range(50)])
    program = draft.stream(data, rng.choice((b"/Subtype /Type1C", b"/Subtype /CIDFontType0C", b"/Subtype /OpenType")))
    return _written_in(draft, _simple(draft, b"/FontFile3 %s" % program, b"/Type1"))


@hostile
def type1_program(rng: Random, size: float) -> bytes:
    """A Type 1 font program in clear with endless arrays and names."""
    draft = Draft()
    body = rng.choice((b"dup 5 /x put\n", b"/Private 99 dict begin\n", b"[ ", b"{ ", b"<< "))
    body *= between(size, 10, 300_000)
    data = b"%!PS-AdobeFont-1.0: Hostile\n/FontMatrix [0.001 0 0 0.001 0 0] def /Encoding 256 array\n" + body
    program = draft.stream(data, b"/Length1 %d /Length2 0 /Length3 0" % len(data))
    return _written_in(draft, _simple(draft, b"/FontFile %s" % program, b"/Type1"))


@hostile
def glyph_map(rng: Random, size: float) -> bytes:
    """A composite font with a glyph map of many megabytes and vertical writing."""
    draft = Draft()
    glyph_ids = draft.stream(b"\0\1" * between(size, 10, 9 * MEGABYTE))
    program = draft.stream(_truetype([b""] * 30, _character_map(1)), b"/Length1 1000")
    font = _composite(draft, b"/CIDToGIDMap %s" % glyph_ids, b"/Identity-V", b"/FontFile2 %s" % program)
    return _written_in(draft, font, times=1000)
