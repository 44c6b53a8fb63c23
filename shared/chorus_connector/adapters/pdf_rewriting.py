"""Removes the XML from a PDF, or says that it cannot be done. Pages, text and other attached files stay as they are.

Every XML file goes, whatever its root: how the portal recognises a Factur-X is not published. The file is written
anew, because an incremental update would leave the XML in its bytes. The result is compared with the file that came
in: every object that a page uses, its streams as they are in the file, the text, and the pictures of the first pages.
It runs in the child process of ``sandbox``, whose limits bound it.
"""

from __future__ import annotations

import io
import logging
import math
import zlib
from collections.abc import Iterator
from typing import Any
from xml.parsers.expat import ExpatError

import pypdf
import pypdfium2 as pdfium
from defusedxml import minidom
from defusedxml.common import DefusedXmlException
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NullObject,
    StreamObject,
)

from chorus_connector.adapters.pdf import MAX_READ_BYTES
from chorus_connector.adapters.pdf_attachments import FILE_KEYS, PYPDF_ERRORS, UnreadableAttachments, head_of
from chorus_connector.domain.reading.attached_xml import root_of

MAX_OBJECTS = 200_000
_COMPARED_PAGES = 10
"""The first pages, whose pictures are compared. Drawing a page takes 20 to 100 ms."""
_SCALE = 110 / 72
_MAX_PIXELS = 4_000_000
_EMBEDDED = "/EmbeddedFile"
_HYBRID = b":pdfa:CrossIndustryDocument:"
"""A part of the namespaces of Factur-X and ZUGFeRD in a PDF's metadata."""
_NAMESPACES = ("urn:factur-x:", "urn:zugferd:", "urn:ferd:")
_SCHEMA = "http://www.aiim.org/pdfa/ns/schema#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_CHANGED = frozenset({"/AF", "/MCAF", "/EF", "/RF", "/Annots", "/Metadata", "/Names", "/PageMode", "/Parent", "/FS"})
"""The keys that a removal may change, and the way up in the tree of pages."""


class NotRemovable(Exception):
    """The XML cannot be removed without a change of something else."""


def announces_xml(data: bytes) -> bool:
    """Whether the metadata says that an invoice XML is inside. PDF/A has its metadata uncompressed."""
    return _HYBRID in data


def files_inside(data: bytes) -> tuple[bool, int]:
    """Whether an XML file is inside, wherever it is, and how many other files. Raises UnreadableAttachments."""
    try:
        files = [each for each in _objects(_root(data)) if "/EF" in each]
        others = sum(not is_xml_file(each) for each in files)
    except PYPDF_ERRORS as error:
        raise UnreadableAttachments from error
    return others < len(files), others


def is_signed(data: bytes) -> bool:
    """Whether the PDF has, or had, a digital signature, or a field or permission of one. Raises UnreadableAttachments.

    In doubt it is: a signed file must never be changed.
    """
    if b"/ByteRange" in data:
        return True
    try:
        root = _root(data)
        form = _get(root, "/AcroForm")
        flags = _get(form, "/SigFlags") if isinstance(form, DictionaryObject) else None
        if isinstance(flags, int) and flags & 3:
            return True
        return isinstance(_get(root, "/Perms"), DictionaryObject) or any(
            "/ByteRange" in each or (_get(each, "/FT") == "/Sig" and "/V" in each) for each in _objects(root)
        )
    except PYPDF_ERRORS as error:
        raise UnreadableAttachments from error


def pdf_without_xml(data: bytes) -> bytes:
    """The PDF without any XML file and without the metadata that announces one. Raises NotRemovable."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings would quote the document
    try:
        if is_signed(data):
            raise NotRemovable("signed")
        written = _written(data)
        _compare(data, written)
    except (*PYPDF_ERRORS, UnreadableAttachments, pdfium.PdfiumError, ExpatError, DefusedXmlException) as error:
        raise NotRemovable(type(error).__name__) from error
    return written


def _written(data: bytes) -> bytes:
    reader = _reader(data)
    _clean(_catalogue(reader))
    writer = pypdf.PdfWriter(clone_from=reader)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def _clean(root: DictionaryObject) -> None:
    """Remove the XML from the objects of a reader, before they are copied."""
    names = _get(root, "/Names")
    if isinstance(names, DictionaryObject) and "/EmbeddedFiles" in names:
        kept = [pair for pair in _named(names.raw_get("/EmbeddedFiles")) if not is_xml_file(pair[1])]
        if kept:
            flat = ArrayObject([each for pair in kept for each in pair])
            names[NameObject("/EmbeddedFiles")] = DictionaryObject({NameObject("/Names"): flat})
        else:
            del names["/EmbeddedFiles"]
            if _get(root, "/PageMode") == "/UseAttachments":
                del root["/PageMode"]
    for each in list(_objects(root)):
        for key in ("/AF", "/MCAF"):
            _without_xml_in_list(each, key)
        if isinstance(_get(each, "/Annots"), ArrayObject):
            _clean_annotations(each)
        if isinstance(metadata := _get(each, "/Metadata"), StreamObject):
            _clean_metadata(each, metadata)
        if "/EF" in each and is_xml_file(each):  # from an action, a portfolio, or any other place
            for key in ("/EF", "/RF"):
                each.pop(NameObject(key), None)


def _without_xml_in_list(owner: DictionaryObject, key: str) -> None:
    if key not in owner:
        return
    listed = _get(owner, key)
    files = listed if isinstance(listed, ArrayObject) else [owner.raw_get(key)]
    kept = [each for each in files if not is_xml_file(each)]
    if len(kept) == len(files):
        return
    if kept:
        owner[NameObject(key)] = ArrayObject(kept)
    else:
        del owner[key]


def _clean_annotations(page: DictionaryObject) -> None:
    """An annotation of an XML file goes. One with a picture of its own becomes a stamp: the page must look the same."""
    kept = ArrayObject()
    for each in _get(page, "/Annots"):
        annotation = _resolved(each)
        attached = isinstance(annotation, DictionaryObject) and is_xml_file(annotation.get("/FS"))
        if not attached:
            kept.append(each)
        elif "/AP" in annotation:
            annotation.pop(NameObject("/FS"))
            annotation[NameObject("/Subtype")] = NameObject("/Stamp")
            kept.append(each)
    page[NameObject("/Annots")] = kept


def _clean_metadata(owner: DictionaryObject, metadata: StreamObject) -> None:
    """Remove what announces an invoice XML from XMP metadata, with the description of those properties (PDF/A)."""
    content = metadata.get_data()
    if not any(each.encode() in content for each in _NAMESPACES):
        return
    packet: Any = minidom.parse(io.BytesIO(content.strip(b"\0")), forbid_dtd=True)
    for schema in packet.getElementsByTagNameNS(_RDF, "li"):
        described = [
            each.firstChild.data if each.firstChild else ""
            for each in schema.childNodes
            if each.nodeType == each.ELEMENT_NODE and (each.namespaceURI, each.localName) == (_SCHEMA, "namespaceURI")
        ]
        described.append(schema.getAttributeNS(_SCHEMA, "namespaceURI"))
        if any(_of_hybrid(each.strip()) for each in described):
            _unlink(schema)
    for element in packet.getElementsByTagName("*"):
        if _of_hybrid(element.namespaceURI or ""):
            _unlink(element)
    for element in packet.getElementsByTagName("*"):
        for attribute in [*element.attributes.values()]:
            declared = attribute.value if attribute.name.startswith("xmlns") else attribute.namespaceURI
            if _of_hybrid(declared or ""):
                element.removeAttributeNode(attribute)
    cleaned = packet.toxml(encoding="utf-8").removeprefix(b'<?xml version="1.0" encoding="utf-8"?>').strip()
    if any(each.encode() in cleaned for each in _NAMESPACES):
        raise NotRemovable("metadata")
    new = DecodedStreamObject()
    new.update({key: value for key, value in metadata.items() if key not in ("/Filter", "/DecodeParms", "/Length")})
    new.set_data(cleaned)
    owner[NameObject("/Metadata")] = new


def _of_hybrid(namespace: str) -> bool:
    return namespace.lower().startswith(_NAMESPACES)


def _unlink(element: Any) -> None:
    """Remove the element, and what it leaves empty: a bag of schemas, their property, a description."""
    parent = element.parentNode
    if parent is None:
        return
    parent.removeChild(element)
    names = parent.attributes.keys() if parent.attributes else ()
    own = [name for name in names if not name.startswith("xmlns") and not name.endswith(":about")]
    full = any(each.nodeType == each.ELEMENT_NODE for each in parent.childNodes)
    if not (full or own) and parent.localName in ("Bag", "schemas", "Description"):
        _unlink(parent)


def is_xml_file(specification: Any) -> bool:
    """Whether a file specification has an embedded file that is XML by its content, its type or its name."""
    found = _resolved(specification)
    files = _get(found, "/EF") if isinstance(found, DictionaryObject) else None
    if not isinstance(files, DictionaryObject):
        return False
    names = [str(_resolved(found[key])) for key in FILE_KEYS if key in found]
    streams = [each for key in FILE_KEYS if isinstance(each := _get(files, key), StreamObject)]
    return any(name.casefold().endswith(".xml") for name in names) or any(map(_is_xml, streams))


def _is_xml(stream: StreamObject) -> bool:
    if str(stream.get("/Subtype", "")).casefold().endswith(("/xml", "+xml")):
        return True
    head = head_of(stream)
    return root_of(stream.get_data() if head is None else head) is not None


def _named(reference: Any) -> Iterator[tuple[Any, Any]]:
    """The entries of a name tree, in their order."""
    waiting, seen = [reference], set()
    while waiting:
        reference = waiting.pop()
        if isinstance(reference, IndirectObject):
            if reference in seen:
                continue
            seen.add(reference)
        node = _resolved(reference)
        if not isinstance(node, DictionaryObject):
            continue
        entries, kids = _get(node, "/Names"), _get(node, "/Kids")
        if isinstance(entries, ArrayObject):
            yield from zip(entries[0::2], entries[1::2], strict=False)
        if isinstance(kids, ArrayObject):
            waiting.extend(reversed(kids))


def _objects(root: DictionaryObject) -> Iterator[DictionaryObject]:
    """Every dictionary and stream that the catalogue leads to, each once. Raises UnreadableAttachments for too many."""
    waiting: list[Any] = [root]
    seen: set[int] = set()
    while waiting:
        found = _resolved(waiting.pop())
        if not isinstance(found, DictionaryObject | ArrayObject) or id(found) in seen:
            continue
        seen.add(id(found))
        if len(seen) > MAX_OBJECTS:
            raise UnreadableAttachments
        if isinstance(found, DictionaryObject):
            yield found
            waiting.extend(found.raw_get(key) for key in found)
        else:
            waiting.extend(list.__iter__(found))


# --- the comparison ------------------------------------------------------------------------------------------


def _compare(before: bytes, after: bytes) -> None:
    """Raise NotRemovable unless nothing but the XML has gone."""
    if len(after) > MAX_READ_BYTES:
        raise NotRemovable("size")
    new = _root(after)
    left = [each for each in _objects(new) if "/EF" in each and is_xml_file(each)]
    embedded = [each for each in _objects(new) if isinstance(each, StreamObject) and each.get("/Type") == _EMBEDDED]
    if left or announces_xml(after) or any(map(_is_xml, embedded)):
        raise NotRemovable("left")
    _same(_root(before), new)
    _same_pictures(before, after)


def _same(before: DictionaryObject, after: DictionaryObject) -> None:
    """Raise NotRemovable unless both have the same objects below them, whatever their numbers are."""
    waiting: list[tuple[Any, Any]] = [(before, after)]
    seen: set[tuple[int, int]] = set()
    while waiting:
        old, new = (_resolved(each) for each in waiting.pop())
        if (id(old), id(new)) in seen:
            continue
        if isinstance(old, DictionaryObject) and isinstance(new, DictionaryObject):
            seen.add((id(old), id(new)))
            if isinstance(old, StreamObject) and _content(old) != _content(new):
                raise NotRemovable("stream")
            waiting.extend(_pairs(old, new))
        elif isinstance(old, ArrayObject) and isinstance(new, ArrayObject) and len(old) == len(new):
            seen.add((id(old), id(new)))
            waiting.extend(zip(list.__iter__(old), list.__iter__(new), strict=True))
        elif type(old) is not type(new) or repr(old) != repr(new):  # a number as it is written, with six decimals
            raise NotRemovable("object")


def _pairs(old: DictionaryObject, new: DictionaryObject) -> Iterator[tuple[Any, Any]]:
    ignored = _CHANGED | ({"/Length"} if isinstance(old, StreamObject) else set())
    if old.get("/Subtype") == "/FileAttachment" and new.get("/Subtype") == "/Stamp":
        ignored |= {"/Subtype"}
    keys = {key for each in (old, new) for key in each if key not in ignored and not _is_null(each, key)}
    for key in keys:
        if (key in old) != (key in new):
            raise NotRemovable("key")
        yield old.raw_get(key), new.raw_get(key)


def _is_null(owner: DictionaryObject, key: str) -> bool:
    return isinstance(_resolved(owner.raw_get(key)), NullObject | None)


def _content(stream: Any) -> Any:
    return stream._data if isinstance(stream, StreamObject) else None  # pypdf has no public name for these bytes


def _same_pictures(before: bytes, after: bytes) -> None:
    """pdfium, which shares no code with pypdf, must see the same text on every page and the same first pages."""
    old, new = pdfium.PdfDocument(before), pdfium.PdfDocument(after)
    try:
        if len(old) != len(new):
            raise NotRemovable("pages")
        for index in range(len(old)):
            if _seen(old, index) != _seen(new, index):
                raise NotRemovable("picture")
    finally:
        old.close()
        new.close()


def _seen(document: Any, index: int) -> tuple[Any, ...]:
    page = document[index]
    text = page.get_textpage()
    try:
        seen = (page.get_size(), zlib.crc32(text.get_text_range().encode("utf-8", "surrogatepass")))
        if index >= _COMPARED_PAGES:
            return seen
        width, height = page.get_size()
        scale = min(_SCALE, math.sqrt(_MAX_PIXELS / max(1.0, width * height)))
        bitmap = page.render(scale=scale)
        try:
            return (*seen, zlib.crc32(bytes(bitmap.buffer)))
        finally:
            bitmap.close()
    finally:
        text.close()
        page.close()


def _reader(data: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(data), strict=False)


def _root(data: bytes) -> DictionaryObject:
    return _catalogue(_reader(data))


def _catalogue(reader: pypdf.PdfReader) -> DictionaryObject:
    root = reader.trailer["/Root"].get_object()
    if not isinstance(root, DictionaryObject):
        raise UnreadableAttachments
    return root


def _get(owner: Any, key: str) -> Any:
    return _resolved(owner.raw_get(key)) if isinstance(owner, DictionaryObject) and key in owner else None


def _resolved(item: Any) -> Any:
    """The object itself. Unlike a reading, a removal does not forgive one that cannot be read."""
    return item.get_object() if item is not None else None
