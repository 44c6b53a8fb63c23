"""Shows where the embedded XML and the page say different things, field by field.

The XML's value stays in the form, because it is what the portal processes; a person sees both. A warning that is often
false is soon read no more, so a page contradicts the XML only if it prints another value under that field's own label
and does not print the XML's value anywhere.
"""

from collections.abc import Iterator, Mapping

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, FieldName
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.paper.lines import fold
from chorus_connector.domain.reading.printed import Printed, initials, telling_words
from chorus_connector.domain.reading.result import FieldReading, VatLine

_SURE_ENOUGH = 0.9  # a page value read with less confidence than this does not contradict the XML
_LABELLED_KINDS = ("code",)  # any text may look like a code: only a label makes it this one
# Fields that are easily exchanged in the XML: there the XML's value is printed, but as the other field's.
_EXCHANGED: Mapping[FieldName, tuple[FieldName, ...]] = {
    "supplier_siret": ("recipient_siret",),
    "recipient_siret": ("supplier_siret",),
    "invoice_date": ("due_date",),
    "due_date": ("invoice_date",),
    "total_ht": ("total_tva", "total_ttc"),
    "total_tva": ("total_ht", "total_ttc"),
    "total_ttc": ("total_ht", "total_tva"),
    "supplier_name": ("recipient_name",),
    "recipient_name": ("supplier_name",),
}

Readings = Mapping[FieldName, FieldReading]
Value = str | tuple[VatLine, ...]


def xml_differences(in_xml: Readings, on_page: Readings, document: Document) -> Iterator[Problem]:
    """One problem for each field whose value on the page contradicts the XML's."""
    printed = Printed(document)
    sure = {name: reading for name, reading in on_page.items() if _is_sure(name, reading)}
    for name in in_xml:
        if name in sure and _contradicts(name, in_xml[name].value, sure, printed):
            yield _difference(name, _shown(in_xml[name].value), _shown(sure[name].value))


def _is_sure(name: FieldName, reading: FieldReading) -> bool:
    labelled = reading.label_box is not None or INVOICE_FIELDS[name].kind not in _LABELLED_KINDS
    return labelled and reading.confidence >= _SURE_ENOUGH


def _contradicts(name: FieldName, value: Value, sure: Readings, printed: Printed) -> bool:
    if same_value(name, value, sure[name].value):
        return False
    others = (sure[other].value for other in _EXCHANGED.get(name, ()) if other in sure)
    return not is_printed(name, value, printed) or any(same_value(name, value, other) for other in others)


def is_printed(name: FieldName, value: Value, printed: Printed) -> bool:
    """Whether the pages print a value as one of its kind, wherever that is. A kind that cannot be looked up is."""
    if isinstance(value, tuple):
        return all(printed.amount(line.base) and printed.amount(line.amount) for line in value)
    kind = INVOICE_FIELDS[name].kind
    if kind == "amount":
        return printed.amount(value)
    if kind == "date":
        return printed.day(value)
    if kind == "name":
        return printed.name(value)
    return printed.code(value)


def same_value(name: FieldName, first: Value, second: Value) -> bool:
    """Whether two values say the same, apart from case, accents, spaces and punctuation; names also if abbreviated."""
    if isinstance(first, tuple) or isinstance(second, tuple):
        return set(first) == set(second)
    if INVOICE_FIELDS[name].kind == "name":
        one, other = set(telling_words(first)), set(telling_words(second))
        return bool(one & other) or initials(first) in other or initials(second) in one
    return _letters(first) == _letters(second)


def _letters(text: str) -> str:
    return "".join(char for char in fold(text) if char.isalnum())


def _shown(value: Value) -> str:
    if isinstance(value, str):
        return value
    return ", ".join(f"{line.rate} % : {line.base} → {line.amount}" for line in value)


def _difference(name: FieldName, in_xml: str, on_page: str) -> Problem:
    return Problem(
        field=name,
        code="xml_page_difference",
        fr=f"Le XML contenu dans le PDF dit « {in_xml} », la page « {on_page} ». Le XML est retenu ; vérifiez.",
        en=f"The XML inside the PDF says “{in_xml}”, the page “{on_page}”. The XML's value is kept; please check.",
        blocking=False,
    )
