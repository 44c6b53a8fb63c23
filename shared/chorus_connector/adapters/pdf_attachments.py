"""The XML files attached to a PDF, wherever it keeps them, under any name. What they are is decided by their content.

A file can be listed in the catalogue's name tree, in the ``/AF`` array of the catalogue or of a page, or belong to an
annotation of a page. Any of these may be in a compressed object stream. Nothing is inflated but what begins like an
invoice, and all of it together not beyond ``MAX_XML``.
"""

from __future__ import annotations

import io
import logging
import re
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import pypdf
from pypdf.errors import LimitReachedError, PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from chorus_connector.domain.reading.attached_xml import HEAD, AttachedXml, may_be_an_invoice, root_of

if TYPE_CHECKING:
    from pypdf.generic import PdfObject

MAX_ATTACHMENTS = 1000
MAX_NODES = 5000  # of the page tree and of the pages' annotations
MAX_XML = 20 * 1024 * 1024  # all XML files inside together, inflated

PYPDF_ERRORS = (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError)
_EMBEDDED = b"/EF"
_OBJECT_STREAM = re.compile(rb"/ObjStm.{0,500}?stream\r?\n", re.DOTALL)
FILE_KEYS = ("/UF", "/F", "/Unix", "/Mac", "/DOS")
"""The keys of a file specification, by preference, for its name and for its content."""


class InflatesTooMuch(Exception):
    """The XML files inside are larger than ``MAX_XML`` when they are inflated."""


class UnreadableAttachments(Exception):
    """The PDF's structure cannot be followed to its attachments."""


def may_have_attachments(data: bytes) -> bool:
    """Whether it is worth searching: every attached file has an ``/EF`` entry, in the bytes or in an object stream.

    This takes a tenth of the time that the search does.
    """
    return _EMBEDDED in data or any(_EMBEDDED in content for content in _object_streams(data))


def _object_streams(data: bytes) -> Iterator[bytes]:
    """The content of the compressed object streams; ``/EF`` for one that only the search can decode."""
    view, room = memoryview(data), MAX_XML
    for sign in _OBJECT_STREAM.finditer(data):
        try:
            content = zlib.decompressobj().decompress(view[sign.end() :], room)
        except zlib.error:
            content = _EMBEDDED
        yield content
        room -= len(content)
        if room <= 0:
            yield _EMBEDDED
            return


def attached_xml(data: bytes) -> list[AttachedXml]:
    """The XML files that may be an invoice. Raises InflatesTooMuch and UnreadableAttachments."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings would quote the document
    try:
        return list(_xml_files(pypdf.PdfReader(io.BytesIO(data), strict=False)))
    except PYPDF_ERRORS as error:
        raise UnreadableAttachments from error


def _xml_files(reader: pypdf.PdfReader) -> Iterator[AttachedXml]:
    room = MAX_XML
    seen: set[IndirectObject | None] = set()
    for name, stream in islice(_attachments(reader), MAX_ATTACHMENTS):
        if stream.indirect_reference in seen:
            continue
        seen.add(stream.indirect_reference)
        if not may_be_an_invoice(name, head_of(stream)):
            continue
        content = _inflated(stream, room)
        room -= len(content)
        yield AttachedXml(name, root_of(content), content)


def head_of(stream: StreamObject) -> bytes | None:
    """How the content begins; None where only inflating all of it could tell."""
    raw = stream._data  # pypdf has no public name for the bytes as they are in the file
    match stream.get("/Filter"):
        case None | []:
            return raw[:HEAD]
        case "/FlateDecode" | "/Fl" | ["/FlateDecode" | "/Fl"] if not stream.get("/DecodeParms"):
            try:
                return zlib.decompressobj().decompress(raw, HEAD)
            except zlib.error:
                return None
    return None


def _inflated(stream: StreamObject, room: int) -> bytes:
    """The content of a stream, empty if it is damaged. Raises InflatesTooMuch when it is larger than ``room``."""
    try:
        with pypdf.apply_configuration(zlib_maximum_output_length=max(room, 1)):
            content = stream.get_data()
    except LimitReachedError:
        raise InflatesTooMuch from None
    except MemoryError:
        raise
    except Exception:
        return b""
    if len(content) > room:
        raise InflatesTooMuch
    return content


def _attachments(reader: pypdf.PdfReader) -> Iterator[tuple[str, StreamObject]]:
    """The names, without regard to case, and the streams of the attached files, which are not inflated."""
    for specification in _file_specifications(reader):
        files = _dictionary(specification.get("/EF"))
        name = next((str(specification[key]) for key in FILE_KEYS if key in specification), "")
        for key in FILE_KEYS:
            stream = _resolved(files.get(key))
            if isinstance(stream, StreamObject):
                yield name.casefold(), stream


def _file_specifications(reader: pypdf.PdfReader) -> Iterator[DictionaryObject]:
    catalogue = _dictionary(reader.trailer["/Root"])
    yield from _dictionaries(catalogue.get("/AF"))
    names = _dictionary(catalogue.get("/Names"))
    for node in _tree(names.get("/EmbeddedFiles")):
        yield from _dictionaries(ArrayObject(_array(node.get("/Names"))[1::2]))
    for page in _tree(catalogue.get("/Pages")):
        yield from _dictionaries(page.get("/AF"))
        for annotation in _dictionaries(page.get("/Annots")):
            if annotation.get("/Subtype") == "/FileAttachment":
                yield _dictionary(annotation.get("/FS"))


def _tree(root: PdfObject | None) -> Iterator[DictionaryObject]:
    """The nodes of a tree, each once."""
    waiting = [root]
    seen: set[IndirectObject] = set()
    for _ in range(MAX_NODES):
        if not waiting:
            return
        reference = waiting.pop()
        if isinstance(reference, IndirectObject):
            if reference in seen:
                continue
            seen.add(reference)
        node = _dictionary(reference)
        waiting.extend(islice(reversed(_array(node.get("/Kids"))), MAX_NODES))
        yield node


def _dictionaries(listed: PdfObject | None) -> Iterator[DictionaryObject]:
    for item in islice(_array(listed), MAX_NODES):
        found = _resolved(item)
        if isinstance(found, DictionaryObject):
            yield found


def _dictionary(item: PdfObject | None) -> DictionaryObject:
    found = _resolved(item)
    return found if isinstance(found, DictionaryObject) else DictionaryObject()


def _array(item: PdfObject | None) -> ArrayObject:
    found = _resolved(item)
    return found if isinstance(found, ArrayObject) else ArrayObject()


def _resolved(item: Any) -> PdfObject | None:
    """The object itself; None for one that is not there or cannot be read."""
    try:
        return item.get_object() if item is not None else None
    except LimitReachedError:
        raise
    except PYPDF_ERRORS:
        return None
