"""Attacks on pictures and colours: dimensions, decoders, masks of masks, colour spaces in circles."""

import struct
import zlib
from random import Random

from tools.hostile_pdfs.draft import Draft, between, hostile, spaces

_PICTURE = b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent %d /ColorSpace %s "


def _shown(draft: Draft, *pictures: bytes) -> bytes:
    """The file with a page that paints each picture."""
    names = [b"I%d" % place for place, _ in enumerate(pictures)]
    drawing = b"".join(b"q 500 0 0 700 40 40 cm /%s Do Q " % name for name in names)
    found = b" ".join(b"/%s %s" % pair for pair in zip(names, pictures, strict=True))
    draft.page(drawing, b"/XObject << %s >>" % found)
    return draft.pdf()


@hostile
def picture_dimensions(rng: Random, size: float) -> bytes:
    """A picture that claims 60,000 by 60,000 points, or more than a type holds."""
    draft = Draft()
    side = between(size, 8, 2_147_483_647)
    entries = _PICTURE % (side, rng.choice((1, side)), rng.choice((1, 8, 16, 33)), b"/DeviceRGB")
    return _shown(draft, draft.stream(b"\0" * 64, entries))


@hostile
def picture_bomb(rng: Random, size: float) -> bytes:
    """Several pictures that each inflate to 190 MB."""
    draft = Draft()
    megabytes = between(size, 1, 190)
    entries = b"/Filter /FlateDecode " + _PICTURE % (1024, 1024 * megabytes, 8, b"/DeviceGray")
    return _shown(draft, *[draft.raw(spaces(megabytes, b"\0"), entries) for _ in range(between(size, 1, 30))])


@hostile
def jpeg2000_dimensions(rng: Random, size: float) -> bytes:
    """A JPEG 2000 header of 60,000 by 60,000 points and 16,384 components."""
    draft = Draft()
    side, components = between(size, 8, 60_000), rng.choice((1, 3, between(size, 4, 16_384)))
    size_marker = (
        struct.pack(">HIIIIIIIIH", 0, side, side, 0, 0, side, side, 0, 0, components) + b"\x07\1\1" * components
    )
    codestream = b"\xff\x4f\xff\x51" + struct.pack(">H", len(size_marker) + 2 & 0xFFFF) + size_marker
    codestream += b"\xff\x52\x00\x0c\x00\x00\x00\x01\x00\x05\x04\x04\x00\x00\xff\x5c\x00\x13\x40" + b"\x40" * 16
    codestream += b"\xff\x90\x00\x0a\x00\x00\x00\x00\x00\x00\x00\x01\xff\x93" + rng.randbytes(200) + b"\xff\xd9"
    return _shown(draft, draft.raw(codestream, b"/Filter /JPXDecode " + _PICTURE % (side, side, 8, b"/DeviceRGB")))


@hostile
def jbig2_dimensions(rng: Random, size: float) -> bytes:
    """A JBIG2 page of 60,000 by 60,000 with symbol dictionaries that refer to each other."""
    draft = Draft()
    side = between(size, 8, 2_147_483_647)
    page = struct.pack(">IBBBI", 0, 48, 0, 1, 19) + struct.pack(">IIIIBH", side, side, 0, 0, 0, 0)
    data = page
    for number in range(1, between(size, 2, 3_000)):
        body = struct.pack(">H8bII", 0, 3, -1, -3, -1, 2, -2, -2, -2, 65_535, 65_535) + rng.randbytes(20)
        data += struct.pack(">IBB", number, 0, 0x20) + struct.pack(">BBI", number - 1 & 0xFF, 1, len(body)) + body
    entries = b"/Filter /JBIG2Decode " + _PICTURE % (side, side, 1, b"/DeviceGray")
    return _shown(draft, draft.raw(data, entries))


@hostile
def fax_dimensions(rng: Random, size: float) -> bytes:
    """A fax page of endless rows and columns."""
    draft = Draft()
    side = between(size, 8, 2_147_483_647)
    parameters = b"/DecodeParms << /K %d /Columns %d /Rows %d /EndOfBlock false >>"
    entries = _PICTURE % (side, side, 1, b"/DeviceGray") + parameters % (rng.choice((-1, 0, 4)), side, side)
    return _shown(draft, draft.raw(rng.randbytes(400), b"/Filter /CCITTFaxDecode " + entries))


@hostile
def jpeg_scans(rng: Random, size: float) -> bytes:
    """A progressive JPEG of 65,500 by 65,500 with thousands of scans."""
    side = between(size, 8, 65_500)
    tables = b"\xff\xdb\x00\x43\x00" + b"\1" * 64 + b"\xff\xc4\x00\x14\x00\1" + b"\0" * 16
    frame = b"\xff\xc2\x00\x0b\x08" + struct.pack(">HH", side, side) + b"\1\1\x11\0"
    scans = b"\xff\xda\x00\x08\x01\x01\x00\x00\x00\x00\0" * between(size, 1, 30_000)
    draft = Draft()
    entries = b"/Filter /DCTDecode " + _PICTURE % (side, side, 8, b"/DeviceGray")
    return _shown(draft, draft.raw(b"\xff\xd8" + tables + frame + scans + b"\xff\xd9", entries))


@hostile
def masks_of_masks(rng: Random, size: float) -> bytes:
    """Soft masks that have soft masks, in a circle or a long chain."""
    draft = Draft()
    ring = [draft.reserve() for _ in range(between(size, 1, 5_000))]
    for this, following in zip(ring, ring[1:] + ring[:1], strict=True):
        mask = rng.choice((b"/SMask %s", b"/Mask %s")) % following
        draft.stream(b"\0" * 64, _PICTURE % (8, 8, 8, b"/DeviceGray") + mask, at=this)
    return _shown(draft, ring[0])


@hostile
def pictures_painted_often(rng: Random, size: float) -> bytes:
    """One small picture painted hundreds of thousands of times."""
    draft = Draft()
    picture = draft.stream(b"\0" * 64, _PICTURE % (8, 8, 8, b"/DeviceGray"))
    draft.page(b"/I Do " * between(size, 2, 700_000), b"/XObject << /I %s >>" % picture)
    return draft.pdf()


@hostile
def colour_spaces_in_circles(rng: Random, size: float) -> bytes:
    """Colour spaces that are their own base, alternate or component."""
    draft = Draft()
    space, function = draft.reserve(), draft.add(b"<< /FunctionType 2 /Domain [0 1] /N 1 >>")
    body = rng.choice(
        (
            b"[ /Indexed %s 255 (abc) ]" % space,
            b"[ /Separation /S %s %s ]" % (space, function),
            b"[ /DeviceN [ %s ] %s %s ]" % (b"/C " * between(size, 1, 100_000), space, function),
            b"[ /ICCBased %s ]" % draft.stream(b"\0" * 128, b"/N 3 /Alternate %s" % space),
            b"[ /Pattern %s ]" % space,
        )
    )
    draft.add(body, at=space)
    picture = draft.stream(b"\0" * 64, _PICTURE % (8, 8, 8, space))
    draft.page(b"/C cs 1 scn 0 0 9 9 re f /I Do", b"/ColorSpace << /C %s >> /XObject << /I %s >>" % (space, picture))
    return draft.pdf()


@hostile
def nested_colour_spaces(rng: Random, size: float) -> bytes:
    """A straight chain of colour spaces: recursion."""
    draft = Draft()
    function = draft.add(b"<< /FunctionType 2 /Domain [0 1] /N 1 >>")
    space = b"/DeviceGray"
    for _ in range(between(size, 1, 20_000)):
        space = draft.add(b"[ /Separation /S %s %s ]" % (space, function))
    draft.page(b"/C cs 1 scn 0 0 9 9 re f ", b"/ColorSpace << /C %s >>" % space)
    return draft.pdf()


@hostile
def colour_profiles(rng: Random, size: float) -> bytes:
    """Hundreds of colour profiles with tables of millions of entries."""
    draft = Draft()
    profile = bytearray(b"\0" * 128 + struct.pack(">I4sII", between(size, 1, 2**31), b"A2B0", 144, 2**31 - 1))
    profile[0:4], profile[12:24], profile[36:40] = struct.pack(">I", 2**31), b"mntrRGB Lab ", b"acsp"
    data = bytes(profile) + b"mft2" + rng.randbytes(400)
    spaces_ = [b"[ /ICCBased %s ]" % draft.stream(data, b"/N 3") for _ in range(between(size, 1, 3_000))]
    names = b" ".join(b"/C%d %s" % pair for pair in enumerate(spaces_))
    draft.page(b"".join(b"/C%d cs " % n for n, _ in enumerate(spaces_)), b"/ColorSpace << %s >>" % names)
    return draft.pdf()


@hostile
def picture_alternates(rng: Random, size: float) -> bytes:
    """Alternate pictures and optional content groups that refer to the picture itself."""
    draft = Draft()
    picture = draft.reserve()
    alternates = b"[ %s ]" % (b"<< /Image %s /DefaultForPrinting true >> " % picture * between(size, 1, 50_000))
    entries = _PICTURE % (8, 8, 8, b"/DeviceGray") + b"/Alternates %s /OC %s /OPI %s" % (alternates, picture, picture)
    draft.stream(b"\0" * 64, entries, at=picture)
    return _shown(draft, picture)


def _scan(draft: Draft, rng: Random, side: int) -> bytes:
    """A picture of noise, as large as a scanned page."""
    entries = b"/Filter /FlateDecode " + _PICTURE % (side, side, 8, b"/DeviceGray")
    return draft.raw(zlib.compress(rng.randbytes(64) * (side * side // 64 + 1), 1), entries)


@hostile
def scan_of_many_megabytes(rng: Random, size: float) -> bytes:
    """Pages that are one honest scan each, as large as the bounds allow, without a text layer."""
    draft = Draft()
    picture = _scan(draft, rng, between(size, 64, 9_000))
    content = draft.stream(b"q 595 0 0 842 0 0 cm /I Do Q")
    for _ in range(between(size, 1, 300)):
        draft.page(contents=content, resources=b"/XObject << /I %s >>" % picture)
    return draft.pdf()


@hostile
def scans_among_text(rng: Random, size: float) -> bytes:
    """Scans between pages of text: the file that is cut out for OCR takes along all that the scans refer to."""
    draft = Draft()
    picture = _scan(draft, rng, between(size, 64, 3_000))
    content = draft.stream(b"q 595 0 0 842 0 0 cm /I Do Q")
    first = draft.page()
    notes = draft.add(
        b"[ %s ]"
        % b" ".join(
            draft.add(b"<< /Subtype /Link /Rect [0 0 9 9] /P %s /Dest [ %s /Fit ] >>" % (first, first))
            for _ in range(between(size, 1, 60_000))
        )
    )
    entries = b"/Annots %s /B %s /PieceInfo << /A << /LastModified (D:2026) /Private %s >> >>" % (notes, notes, notes)
    for _ in range(between(size, 1, 298)):
        draft.page(contents=content, resources=b"/XObject << /I %s >>" % picture, entries=entries)
    return draft.pdf()
