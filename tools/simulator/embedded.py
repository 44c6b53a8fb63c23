"""The structured invoice (XML) inside a PDF, in every place from which a reader reaches an attached file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tools.simulator.refusals import UnreadableFlow

if TYPE_CHECKING:
    from pypdf import PdfReader

_NAMES = ("factur-x.xml", "zugferd-invoice.xml")
"""The names under which a flow expects its invoice."""
_ROOTS = (b"CrossIndustryInvoice", b"CrossIndustryDocument", b":Invoice-2", b":CreditNote-2")
_HEAD = 4096


def attached_invoice(pdf: bytes) -> bytes:
    """The XML of a Factur-X flow, by its name; raises UnreadableFlow."""
    files = dict(reversed(_attached(pdf)))
    for wanted in _NAMES:
        for name, content in files.items():
            if name.lower() == wanted:
                return content
    raise UnreadableFlow("no_xml_inside")


def has_structured_invoice(pdf: bytes) -> bool:
    """Whether any attached file, whatever its name, is an invoice in XML; False for a PDF that cannot be read."""
    try:
        return any(_is_invoice(content) for _, content in _attached(pdf))
    except UnreadableFlow:
        return False


def _is_invoice(content: bytes) -> bool:
    head = content[:_HEAD].replace(b"\0", b"")  # UTF-16 reads as UTF-8 then
    return b"<" in head[:16] and any(root in head for root in _ROOTS)


def _attached(pdf: bytes) -> list[tuple[str, bytes]]:
    if b"/EF" not in pdf and b"/ObjStm" not in pdf:
        return []  # no file specification, neither in plain sight nor in a compressed object
    from pypdf import PdfReader  # noqa: PLC0415 - 90 ms that only a PDF with attachments costs
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    try:
        return list(_files(PdfReader(io.BytesIO(pdf))))
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise UnreadableFlow("unreadable_pdf") from problem


def _files(reader: PdfReader) -> Iterator[tuple[str, bytes]]:
    catalog: Any = reader.root_object
    if "/Names" in catalog:
        yield from _named(catalog["/Names"].get_object().get("/EmbeddedFiles"))
    yield from _associated(catalog)
    for page in reader.pages:
        yield from _associated(page)
        for entry in page.get("/Annots", []) or []:
            annotation = entry.get_object()
            if annotation.get("/Subtype") == "/FileAttachment":
                yield from _file(annotation.get("/FS"))


def _named(tree: Any) -> Iterator[tuple[str, bytes]]:
    if tree is None:
        return
    node = tree.get_object()
    for specification in node.get("/Names", [])[1::2]:
        yield from _file(specification)
    for kid in node.get("/Kids", []):
        yield from _named(kid)


def _associated(holder: Any) -> Iterator[tuple[str, bytes]]:
    held = holder.get("/AF")
    held = held.get_object() if held is not None else []
    for specification in held if isinstance(held, list) else [held]:
        yield from _file(specification)


def _file(specification: Any) -> Iterator[tuple[str, bytes]]:
    if specification is None:
        return
    found = specification.get_object()
    if isinstance(found, dict) and "/EF" in found:
        streams = found["/EF"].get_object()
        yield str(found.get("/UF") or found.get("/F") or ""), next(iter(streams.values())).get_object().get_data()
