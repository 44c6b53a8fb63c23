"""Attacks on attachments and on the reader of the invoice's XML."""

import zlib
from random import Random

from tools.hostile_pdfs.draft import Draft, between, hostile, spaces

_ROOT = (
    b'<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" '
    b'xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" '
    b'xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">'
)
_END = b"</rsm:CrossIndustryInvoice>"


def _attached(draft: Draft, files: list[tuple[bytes, bytes]]) -> bytes:
    """The file with these attachments: name and reference to the stream."""
    specs = [
        (name, draft.add(b"<< /Type /Filespec /F (%s) /UF (%s) /EF << /F %s /UF %s >> >>" % (name, name, file, file)))
        for name, file in files
    ]
    names = b" ".join(b"(%s) %s" % spec for spec in specs)
    listed = b" ".join(reference for _, reference in specs)
    draft.catalogue = b"/AF [ %s ] /Names << /EmbeddedFiles << /Names [ %s ] >> >>" % (listed, names)
    return draft.pdf()


def _invoice(xml: bytes, name: bytes = b"factur-x.xml") -> bytes:
    """The file with this XML as its invoice."""
    draft = Draft()
    return _attached(draft, [(name, draft.stream(xml, b"/Type /EmbeddedFile"))])


@hostile
def many_large_xml(rng: Random, size: float) -> bytes:
    """Four hundred XML files of 19 MB each."""
    draft = Draft()
    data = spaces(between(size, 1, 19))
    return _attached(
        draft,
        [
            (b"f%d.xml" % n, draft.raw(data, b"/Type /EmbeddedFile /Filter /FlateDecode"))
            for n in range(between(size, 1, 400))
        ],
    )


@hostile
def one_xml_many_names(rng: Random, size: float) -> bytes:
    """One XML of 19 MB under a thousand names."""
    draft = Draft()
    file = draft.raw(spaces(between(size, 1, 19)), b"/Type /EmbeddedFile /Filter /FlateDecode")
    return _attached(draft, [(b"f%d.xml" % n, file) for n in range(between(size, 1, 1_000))])


@hostile
def attachment_filters(rng: Random, size: float) -> bytes:
    """An invoice XML behind run lengths, LZW, hexadecimal or two Flates."""
    draft = Draft()
    data = spaces(between(size, 1, 190))
    filters, encoded = rng.choice(
        (
            (b"[ /FlateDecode /FlateDecode ]", zlib.compress(data)),
            (b"[ /FlateDecode /RunLengthDecode ]", spaces(between(size, 1, 190), b"\x81 ")),
            (b"[ /ASCIIHexDecode /FlateDecode ]", data.hex().encode()),
            (b"[ /FlateDecode /LZWDecode ]", data),
            (b"/JBIG2Decode", data[:1000]),
        )
    )
    return _attached(draft, [(b"factur-x.xml", draft.raw(encoded, b"/Type /EmbeddedFile /Filter %s" % filters))])


@hostile
def attachment_predictor(rng: Random, size: float) -> bytes:
    """An invoice XML with a predictor of endless rows."""
    draft = Draft()
    entries = b"/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns %d >>" % between(size, 1, 2**31 - 1)
    return _attached(draft, [(b"factur-x.xml", draft.raw(spaces(between(size, 1, 19)), entries))])


@hostile
def pdf_in_pdf(rng: Random, size: float) -> bytes:
    """A PDF attached to a PDF attached to a PDF."""
    inner = Draft().pdf()
    for _ in range(between(size, 1, 100)):
        draft = Draft()
        inner = _attached(draft, [(b"factur-x.xml", draft.stream(inner)), (b"inner.pdf", draft.stream(inner[:1000]))])
    return inner


@hostile
def attachment_names(rng: Random, size: float) -> bytes:
    """Attachment names of a megabyte, with zero bytes, paths and letters that turn the text round."""
    draft = Draft()
    name = rng.choice((b"../../etc/passwd", b"\\000", b"\xfe\xff\x20\x2e", b"factur-x.xml", b"a/", b"\xff"))
    file = draft.stream(_ROOT + _END)
    long = name.replace(b"(", b"").replace(b")", b"") * between(size, 1, 20_000)
    return _attached(draft, [(long, file), (b"factur-x.xml", file)])


@hostile
def file_specifications(rng: Random, size: float) -> bytes:
    """Specifications that are strings, streams, circles or nothing."""
    draft = Draft()
    odd = draft.reserve()
    draft.add(b"<< /EF %s /F %s /UF %s >>" % (odd, odd, odd), at=odd)
    items = [odd, b"(text)", b"null", b"99999 0 R", b"<< /EF << /F (text) >> >>", b"[ ]", draft.font, b"-1"]
    listed = b" ".join(rng.choices(items, k=between(size, 1, 200_000)))
    draft.catalogue = b"/AF [ %s ] /Names << /EmbeddedFiles << /Names [ (a) %s ] >> >>" % (listed, listed)
    return draft.pdf()


@hostile
def xml_entities(rng: Random, size: float) -> bytes:
    """Entities that multiply, that are as long as the file, or that fetch a file."""
    levels, length = between(size, 1, 30), between(size, 10, 100_000)
    last = levels - 1
    laughs = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, levels))
    doctype = rng.choice(
        (
            b'<!ENTITY e0 "rire">' + laughs,
            b'<!ENTITY e%d "%s">' % (last, b"a" * length),
            b'<!ENTITY e%d SYSTEM "file:///etc/passwd">' % last,
            b'<!ENTITY %% p SYSTEM "http://example.invalid/x.dtd"> %p;',
        )
    )
    use = b"<ram:ID>%s</ram:ID>" % (b"&e%d;" % last * between(size, 1, 50_000))
    return _invoice(b"<?xml version='1.0'?><!DOCTYPE x [ %s ]>" % doctype + _ROOT + use + _END)


@hostile
def xml_encodings(rng: Random, size: float) -> bytes:
    """An invoice in UTF-16, UTF-32, UTF-7 or an unknown encoding, with marks that contradict it."""
    text = (_ROOT + b"<ram:ID>F1</ram:ID>" * between(size, 1, 500_000) + _END).decode()
    name = rng.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp037", "latin-1"))
    mark = rng.choice((b"", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\0\0\xfe\xff"))
    claimed = rng.choice((name, "utf-8", "x-unknown", "base64", "idna"))
    return _invoice(mark + f"<?xml version='1.0' encoding='{claimed}'?>{text}".encode(name))


@hostile
def xml_depth(rng: Random, size: float) -> bytes:
    """Elements nested two million deep."""
    depth = between(size, 10, 2_000_000)
    name = rng.choice((b"a", b"ram:SupplyChainTradeTransaction"))
    close = b"</%s>" % name * depth if rng.random() < 0.7 else b""
    return _invoice((_ROOT + b"<%s>" % name * depth + close + _END)[: 19 * 1024 * 1024])


@hostile
def xml_width(rng: Random, size: float) -> bytes:
    """Millions of elements, attributes, namespaces, comments or instructions."""
    count = between(size, 10, 1_000_000)
    wide = rng.choice(
        (
            b"<a/>" * count,
            b"<a %s/>" % b" ".join(b"a%d=''" % n for n in range(count)),
            b"<a %s/>" % b" ".join(b"xmlns:n%d='u'" % n for n in range(count // 2)),
            b"<!--a-->" * count,
            b"<?a b?>" * count,
            b"<![CDATA[a]]>" * count,
            b"&#65;" * count,
        )
    )
    return _invoice(_ROOT + wide + _END)


_TRADE = (
    _ROOT + b"<rsm:ExchangedDocument><ram:ID>%s</ram:ID><ram:TypeCode>%s</ram:TypeCode><ram:IssueDateTime>"
    b'<udt:DateTimeString format="%s">%s</udt:DateTimeString></ram:IssueDateTime></rsm:ExchangedDocument>'
    b"<rsm:SupplyChainTradeTransaction><ram:ApplicableHeaderTradeSettlement>"
    b"<ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:TaxBasisTotalAmount>%s</ram:TaxBasisTotalAmount>"
    b"<ram:GrandTotalAmount>%s</ram:GrandTotalAmount><ram:DuePayableAmount>%s</ram:DuePayableAmount>"
    b"</ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>"
    b"</rsm:SupplyChainTradeTransaction>" + _END
)


@hostile
def xml_amounts(rng: Random, size: float) -> bytes:
    """Amounts with exponents and digits by the million, not-a-number, infinity, dates that do not exist."""
    digits = b"9" * between(size, 2, 1_000_000)
    amounts = (
        b"1E+999999999", b"1E-999999999", b"1e9999999999999", b"NaN", b"sNaN", b"-Infinity", digits, b"0." + digits,
        b"1_000", b"\xd9\xa1\xd9\xa2", b"-0", b"0x10", b"1E+5000000", b"", b"+-1", b"1,5", b" 600.00 ",
    )  # fmt: skip
    dates = (b"00000000", b"99999999", b"20260230", digits, b"-0261102", b"2026-11-02", b"\xd9\xa2026110")
    drawn = [rng.choice(amounts) for _ in range(3)]
    kind, form = rng.choice((b"380", digits)), rng.choice((b"102", digits))
    return _invoice(_TRADE % (digits, kind, form, rng.choice(dates), *drawn))


_LINE = (
    b"<ram:IncludedSupplyChainTradeLineItem><ram:SpecifiedTradeProduct><ram:Name>vis</ram:Name>"
    b"</ram:SpecifiedTradeProduct><ram:SpecifiedLineTradeSettlement><ram:ApplicableTradeTax>"
    b"<ram:RateApplicablePercent>%d.%d</ram:RateApplicablePercent></ram:ApplicableTradeTax>"
    b"</ram:SpecifiedLineTradeSettlement></ram:IncludedSupplyChainTradeLineItem>"
)
_TAX = (
    b"<ram:ApplicableTradeTax><ram:CalculatedAmount>1.00</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode>"
    b"<ram:BasisAmount>5.00</ram:BasisAmount><ram:RateApplicablePercent>%d</ram:RateApplicablePercent>"
    b"</ram:ApplicableTradeTax>"
)


@hostile
def xml_lines(rng: Random, size: float) -> bytes:
    """An invoice of 25,000 lines, taxes and notes."""
    count = between(size, 1, 25_000)
    lines = b"".join(_LINE % (n, n) for n in range(count))
    taxes = b"".join(_TAX % n for n in range(count))
    notes = b"<ram:IncludedNote><ram:Content>note</ram:Content></ram:IncludedNote>" * count
    return _invoice(
        _ROOT + b"<rsm:ExchangedDocument><ram:ID>F1</ram:ID>" + notes + b"</rsm:ExchangedDocument>"
        b"<rsm:SupplyChainTradeTransaction>" + lines + b"<ram:ApplicableHeaderTradeSettlement>" + taxes
        + b"</ram:ApplicableHeaderTradeSettlement></rsm:SupplyChainTradeTransaction>" + _END
    )  # fmt: skip


@hostile
def xml_noise(rng: Random, size: float) -> bytes:
    """An invoice XML with random bytes, zero bytes or surrogates in the middle."""
    whole = bytearray(_TRADE % (b"F1", b"380", b"102", b"20261102", b"500.00", b"600.00", b"600.00"))
    for _ in range(between(size, 1, 500)):
        at = rng.randrange(len(whole))
        whole[at : at + rng.randrange(3)] = rng.choice(
            (b"\0", b"\xff", b"&", b"<", b"]]>", b"&#xD800;", b"\xed\xa0\x80")
        )
    return _invoice(bytes(whole), rng.choice((b"factur-x.xml", b"other.xml", b"xrechnung.xml")))
