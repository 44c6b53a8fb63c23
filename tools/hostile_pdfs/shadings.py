"""Attacks on patterns, shadings and functions."""

from random import Random

from tools.hostile_pdfs.draft import MEGABYTE, Draft, between, hostile

_TILE = b"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9] "


@hostile
def pattern_paints_itself(rng: Random, size: float) -> bytes:
    """A tiling pattern that is painted with itself."""
    draft = Draft()
    pattern = draft.reserve()
    resources = b"/Pattern << /P %s >>" % pattern
    drawing = b"/Pattern cs /P scn 0 0 9 9 re f " * between(size, 1, 50_000)
    draft.stream(drawing, _TILE + b"/XStep 9 /YStep 9 /Resources << %s >>" % resources, at=pattern)
    draft.page(drawing, resources)
    return draft.pdf()


@hostile
def tiny_tiles(rng: Random, size: float) -> bytes:
    """A page filled with tiles a thousandth of a point wide."""
    draft = Draft()
    step = b"%.9f" % (1 / between(size, 1, 10**8))
    pattern = draft.stream(b"0 0 1 1 re f", _TILE + b"/XStep %s /YStep %s /Resources << >>" % (step, step))
    draft.page(b"/Pattern cs /P scn 0 0 595 842 re f", b"/Pattern << /P %s >>" % pattern)
    return draft.pdf()


def _shaded(draft: Draft, function: bytes, times: int = 1, kind: int = 2) -> bytes:
    """The file with a page that paints a shading of this function."""
    shading = draft.add(
        b"<< /ShadingType %d /ColorSpace /DeviceRGB /Coords [0 0 595 842] /Domain [0 1 0 1] /Function %s "
        b"/Extend [true true] >>" % (kind, function)
    )
    pattern = draft.add(b"<< /Type /Pattern /PatternType 2 /Shading %s >>" % shading)
    draft.page(
        b"/S sh /Pattern cs /P scn 0 0 595 842 re f " * times,
        b"/Shading << /S %s >> /Pattern << /P %s >>" % (shading, pattern),
    )
    return draft.pdf()


@hostile
def calculator(rng: Random, size: float) -> bytes:
    """A shading of a PostScript calculator with a million steps, or braces without an end."""
    draft = Draft()
    steps = rng.choice((b"dup mul ", b"{ ", b"dup dup ", b"9 1 roll ", b"2147483647 copy ", b"{ 1 } { 2 } ifelse "))
    function = draft.stream(
        b"{ %s }" % (steps * between(size, 1, MEGABYTE)), b"/FunctionType 4 /Domain [0 1 0 1] /Range [0 1 0 1 0 1]"
    )
    return _shaded(draft, function, kind=1)


@hostile
def stitched_functions(rng: Random, size: float) -> bytes:
    """Functions stitched of functions, thousands deep."""
    draft = Draft()
    function = draft.add(b"<< /FunctionType 2 /Domain [0 1] /C0 [0 0 0] /C1 [1 1 1] /N 1 >>")
    for _ in range(between(size, 1, 20_000)):
        function = draft.add(
            b"<< /FunctionType 3 /Domain [0 1] /Functions [ %s %s ] /Bounds [0.5] /Encode [0 1 0 1] >>"
            % (function, function)
        )
    return _shaded(draft, function)


@hostile
def function_of_itself(rng: Random, size: float) -> bytes:
    """A function stitched of itself."""
    draft = Draft()
    function = draft.reserve()
    draft.add(
        b"<< /FunctionType 3 /Domain [0 1] /Functions [ %s ] /Bounds [0.5] /Encode [0 1 0 1] >>"
        % ((function + b" ") * between(size, 1, 100_000)),
        at=function,
    )
    return _shaded(draft, function)


@hostile
def sampled_function(rng: Random, size: float) -> bytes:
    """A sampled function of eight dimensions and 65,535 samples in each."""
    draft = Draft()
    count = between(size, 2, 2_147_483_647)
    entries = b"/FunctionType 0 /Domain [ %s ] /Range [ %s ] /Size [ %s ] /BitsPerSample 32 /Order 3"
    many = between(size, 1, 10_000)
    function = draft.stream(b"\0" * 400, entries % (b"0 1 " * 8, b"0 1 " * many, b"%d " % count * 8))
    return _shaded(draft, function)


@hostile
def meshes(rng: Random, size: float) -> bytes:
    """Meshes of millions of patches."""
    draft = Draft()
    kind = rng.choice((4, 5, 6, 7))
    shading = draft.stream(
        b"\0\1\2\3" * between(size, 10, 3 * MEGABYTE),
        b"/ShadingType %d /ColorSpace /DeviceRGB /BitsPerCoordinate 8 /BitsPerComponent 8 /BitsPerFlag 8 "
        b"/VerticesPerRow 2 /Decode [0 595 0 842 0 1 0 1 0 1]" % kind,
    )
    draft.page(b"/S sh " * between(size, 1, 100), b"/Shading << /S %s >>" % shading)
    return draft.pdf()


@hostile
def shadings_without_end(rng: Random, size: float) -> bytes:
    """A shading painted hundreds of thousands of times."""
    draft = Draft()
    function = draft.add(b"<< /FunctionType 2 /Domain [0 1] /C0 [0 0 0] /C1 [1 1 1] /N 1 >>")
    return _shaded(draft, function, times=between(size, 1, 200_000))
