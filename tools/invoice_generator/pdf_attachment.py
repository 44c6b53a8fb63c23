"""Embeds an invoice's XML in its PDF, as Factur-X 1.0 chapter 6 and PDF/A-3 (ISO 19005-3) describe it."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from io import BytesIO

from pypdf import PdfWriter
from pypdf.generic import ArrayObject, ByteStringObject, NameObject, NumberObject, TextStringObject

_FACTURX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROPERTIES = (
    ("DocumentFileName", "name of the embedded XML invoice file"),
    ("DocumentType", "type of the document"),
    ("Version", "version of the Factur-X XML schema"),
    ("ConformanceLevel", "conformance level of the embedded Factur-X data"),
)
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>
<rdf:Description rdf:about="" xmlns:fx="{namespace}"><fx:DocumentType>INVOICE</fx:DocumentType>
<fx:DocumentFileName>{name}</fx:DocumentFileName><fx:Version>1.0</fx:Version>
<fx:ConformanceLevel>{level}</fx:ConformanceLevel></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{namespace}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


@dataclass(frozen=True)
class Attachment:
    """An XML to embed, with what the PDF says about it."""

    xml: bytes
    name: str
    relationship: str  # /Alternative, or /Data where the XML says less than the page
    level: str  # the profile, as the XMP calls it
    day: date


def attach(pdf: bytes, attachment: Attachment) -> bytes:
    """The PDF with the XML as an associated file, and an XMP that names the profile.

    Only the attachment is made as PDF/A-3 asks: the page keeps its own fonts and colours.
    """
    writer = PdfWriter(clone_from=BytesIO(pdf))
    embedded = writer.add_attachment(attachment.name, attachment.xml)
    embedded.alternative_name = TextStringObject(attachment.name)
    embedded.description = TextStringObject("Facture Factur-X")
    embedded.associated_file_relationship = NameObject(attachment.relationship)
    embedded.subtype = NameObject("/text/xml")
    embedded.size = NumberObject(len(attachment.xml))
    embedded.checksum = ByteStringObject(hashlib.md5(attachment.xml, usedforsecurity=False).digest())
    embedded.modification_date = datetime.combine(attachment.day, time(12), UTC)
    specification = embedded.pdf_object
    reference = specification.indirect_reference or writer._add_object(specification)
    writer.root_object[NameObject("/AF")] = ArrayObject([reference])
    writer.xmp_metadata = _xmp(attachment)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _xmp(attachment: Attachment) -> bytes:
    properties = "".join(
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text'
        "</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{what}</pdfaProperty:description></rdf:li>"
        for name, what in _PROPERTIES
    )
    return _XMP.format(namespace=_FACTURX, name=attachment.name, level=attachment.level, properties=properties).encode()
