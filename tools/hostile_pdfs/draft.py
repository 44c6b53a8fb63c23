"""Writes PDF files by hand, byte for byte: also what no sound program would write."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

MEGABYTE = 1024 * 1024
WORDS = b"BT /F1 12 Tf 60 780 Td (FACTURE F2026-001) Tj 0 -20 Td (Total TTC 600,00 EUR) Tj ET\n"
"""Drawing instructions of a harmless page, which hostile pages start with."""

_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


@dataclass(frozen=True)
class Kind:
    """One kind of attack. ``make(rng, size)`` draws a file; size 0 is almost harmless, 1 is as bad as 10 MB allow."""

    name: str
    family: str
    attacks: str
    make: Callable[[Random, float], bytes]


KINDS: dict[str, Kind] = {}
"""Every kind by name; importing ``tools.hostile_pdfs.kinds`` fills it."""


def hostile(make: Callable[[Random, float], bytes]) -> Callable[[Random, float], bytes]:
    """Register a kind: its name is the function's, its docstring says what it attacks."""
    name, family = make.__name__, make.__module__.rpartition(".")[2]
    KINDS[name] = Kind(name, family, (make.__doc__ or "").strip(), make)
    return make


def between(size: float, low: int, high: int) -> int:
    """A count from ``low`` at size 0 to ``high`` at size 1, growing by a constant factor."""
    return int(low * (high / low) ** size + 0.5)


class Draft:
    """A PDF under construction. A reference is bytes such as ``b"7 0 R"``, ready to be written into an object."""

    def __init__(self) -> None:
        self.catalogue = b""
        self.trailer = b""
        self.resources = b""
        self._bodies: dict[int, bytes] = {}
        self._last = 2
        self._pages: list[bytes] = []
        self.font = self.add(_FONT)

    def reserve(self) -> bytes:
        """A reference to an object that is written later, by ``add`` or ``stream`` with ``at``."""
        self._last += 1
        return b"%d 0 R" % self._last

    def add(self, body: bytes, at: bytes | None = None) -> bytes:
        """Write an object; returns its reference."""
        at = at or self.reserve()
        self._bodies[int(at.split()[0])] = body
        return at

    def stream(self, data: bytes, entries: bytes = b"", *, at: bytes | None = None) -> bytes:
        """Write a deflated stream."""
        return self.raw(zlib.compress(data), b"/Filter /FlateDecode " + entries, at=at)

    def raw(self, data: bytes, entries: bytes = b"", *, at: bytes | None = None) -> bytes:
        """Write a stream whose bytes are already encoded as its entries say."""
        return self.add(b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data), at)

    def page(
        self, drawing: bytes = b"", resources: bytes = b"", entries: bytes = b"", *, contents: bytes | None = None
    ) -> bytes:
        """Add a page with the harmless words and this drawing, or with these contents (a reference or an array)."""
        contents = contents or self.stream(WORDS + drawing)
        reference = self.add(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %s "
            b"/Resources << /Font << /F1 %s %s >> %s >> %s >>"
            % (contents, self.font, self.resources, resources, entries)
        )
        self._pages.append(reference)
        return reference

    def pdf(self) -> bytes:
        """The file, with a right cross-reference table and a flat page tree unless objects 1 and 2 were written."""
        if not self._pages and 2 not in self._bodies:
            self.page()
        self._bodies.setdefault(1, b"<< /Type /Catalog /Pages 2 0 R %s >>" % self.catalogue)
        kids = b" ".join(self._pages)
        self._bodies.setdefault(2, b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(self._pages)))
        return written(self._bodies, self.trailer)


def written(bodies: dict[int, bytes], trailer: bytes = b"") -> bytes:
    """A file of these objects with a right cross-reference table; object 1 is the catalogue."""
    parts, offsets, length = [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"], {}, 15
    for number, body in sorted(bodies.items()):
        offsets[number] = length
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        length += len(parts[-1])
    size = max(bodies) + 1
    entries = [
        b"%010d 00000 n \n" % offsets[number] if number in offsets else b"0000000000 00000 f \n"
        for number in range(1, size)
    ]
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, b"".join(entries)))
    parts.append(b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, length))
    return b"".join(parts)


def spaces(megabytes: int, filler: bytes = b" ") -> bytes:
    """A zlib stream that inflates to so many megabytes, made without creating them here.

    The deflated megabyte is repeated (a full flush makes each copy independent). The checksum is left out: pdfium
    and zlib's streaming reader do not need it.
    """
    block = filler * (MEGABYTE // len(filler))
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"\x78\xda" + (compressor.compress(block) + compressor.flush(zlib.Z_FULL_FLUSH)) * megabytes + b"\x03\x00"
