"""Decides which of the XML files attached to a PDF is its invoice: by root element and content, never by name alone.

A PDF may carry an order beside its invoice, the same invoice in two profiles, or another invoice. Only one invoice can
be submitted, so two different ones are a question for a person, and no value is taken from either.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.cii import CII_ROOTS, CiiInvoice, parse_cii

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.fields import FieldName

HEAD = 64 * 1024  # bytes in which a root element must begin
_UBL_ROOTS = ("Invoice", "CreditNote")
_STANDARD_NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "cii.xml")
_SHOWN = 3  # invoices that a problem names
_BEFORE_THE_ROOT = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[[^\]]*\])?\s*>)*", re.DOTALL)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
_IDENTITY: tuple[FieldName, ...] = ("invoice_number", "invoice_type", "invoice_date", "total_ttc")
"""What two files must say alike to be the same invoice."""


@dataclass(frozen=True)
class AttachedXml:
    """A file attached to a PDF that may be an invoice: its name in lower case, its root element, its content."""

    name: str
    root: str | None
    content: bytes


@dataclass(frozen=True)
class ChosenXml:
    """The invoice among the attached files, if there is exactly one, and what a person must know of the others."""

    content: bytes | None = None
    problems: tuple[Problem, ...] = ()


def may_be_an_invoice(name: str, head: bytes | None) -> bool:
    """Whether a file that begins like this must be inflated: its root or name is an invoice's, or no root is seen."""
    root = root_of(head or b"")
    named = name in _STANDARD_NAMES or (root is None and name.endswith(".xml"))
    return named or root in (*CII_ROOTS, *_UBL_ROOTS)


def chosen(files: Sequence[AttachedXml]) -> ChosenXml:
    """The invoice's XML among these files."""
    different = list({file.content: file for file in reversed(files) if file.root in CII_ROOTS}.values())
    if len(different) == 1:
        return ChosenXml(different[0].content)
    if different:
        return _only_one(different)
    if any(file.root in _UBL_ROOTS for file in files):
        return ChosenXml(problems=(_not_read(),))
    named = next((file.content for file in files if file.name in _STANDARD_NAMES), None)
    return ChosenXml(named)  # it is shown as unreadable


def _only_one(files: Sequence[AttachedXml]) -> ChosenXml:
    """The fullest of several files that say the same invoice. One that cannot be read is none."""
    invoices: dict[tuple[str, ...], list[AttachedXml]] = {}
    kinds: set[tuple[str | None, str | None]] = set()
    for file in files:
        read = parse_cii(file.content)
        if read.fields:
            identity = tuple(str(read.fields[name].value) if name in read.fields else "" for name in _IDENTITY)
            invoices.setdefault(identity, []).append(file)
            kinds.add(_kind(read))
    if len(invoices) > 1 or _contradict(kinds):
        return ChosenXml(problems=(_ambiguous(invoices),))
    same = next(iter(invoices.values()), files)
    return ChosenXml(max(same, key=lambda file: (file.name in _STANDARD_NAMES, len(file.content))).content)


def _kind(read: CiiInvoice) -> tuple[str | None, str | None]:
    """The type and the business process that a file says: sent by one of them, the other would be lost."""
    return (read.facts.type_code, read.facts.business_process) if read.facts else (None, None)


def _contradict(kinds: Iterable[tuple[str | None, str | None]]) -> bool:
    """Whether two files say different things. One that says nothing, as a short profile does, contradicts none."""
    return any(len({said for said in each if said}) > 1 for each in zip(*kinds, strict=True))


def root_of(content: bytes) -> str | None:
    """The local name of the root element, or None if the content does not begin as XML does."""
    text = content[:HEAD].replace(b"\0", b"")  # UTF-16 and UTF-32: only ASCII matters here
    for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF8):
        text = text.removeprefix(mark)
    readable = text.decode("latin-1")
    before = _BEFORE_THE_ROOT.match(readable)
    root = _ROOT.match(readable, before.end() if before else 0)
    return root[1] if root else None


def _ambiguous(invoices: dict[tuple[str, ...], list[AttachedXml]]) -> Problem:
    """Blocks until a person says which invoice this is."""
    named = [f"{number or '?'} ({file.name})" for (number, *_), files in invoices.items() for file in files]
    listed = ", ".join(named[:_SHOWN]) + (", …" if len(named) > _SHOWN else "")
    return Problem(
        field="invoice_number",
        code="xml_ambiguous",
        fr=f"Le PDF contient plusieurs factures XML : {listed}. Aucune n'est retenue ; les pages ont été lues. Ajoutez "
        "un PDF qui n'en contient qu'une, ou vérifiez les valeurs puis confirmez le numéro de facture.",
        en=f"The PDF holds several invoice XML files: {listed}. None was used; the pages were read. Upload a PDF that "
        "holds only one, or check the values and confirm the invoice number.",
    )


def _not_read() -> Problem:
    return Problem(
        field=None,
        code="xml_not_read",
        fr="Le PDF contient une facture XML au format UBL, qui n'est pas lu ici ; les pages ont été lues à sa place. "
        "Vérifiez les valeurs.",
        en="The PDF holds an invoice XML in the UBL format, which is not read here; the pages were read instead. Check "
        "the values.",
        blocking=False,
    )
