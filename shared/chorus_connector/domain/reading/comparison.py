"""Shows where the embedded XML and the page say different things, field by field.

The XML's value stays in the form, because it is what the portal processes; a person sees both. A warning that is often
false is soon read no more, so a page contradicts the XML only if it prints another value under that field's own label
and does not print the XML's value anywhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, FieldName
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.kinds import REFERENCES
from chorus_connector.domain.reading.paper.lines import fold
from chorus_connector.domain.reading.printed import Printed, initials, labelled_values, telling_words
from chorus_connector.domain.reading.result import FieldReading, VatLine
from chorus_connector.domain.reading.unattended import KEY_FIELDS

# Any text may look like a code: only a label makes it this one.
_LABELLED = frozenset(REFERENCES)
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

# What the page's own strong label settles even where the reader gives no value: totals that do not add up, two numbers.
_KEYS = frozenset(KEY_FIELDS)
_LABELS: Mapping[FieldName, tuple[FieldName, ...]] = {"total_ttc": ("total_ttc", "amount_due")}

_Readings = Mapping[FieldName, FieldReading]
_Value = str | tuple[VatLine, ...]


def xml_differences(in_xml: _Readings, on_page: _Readings, document: Document, whole: Document) -> Iterator[Problem]:
    """One problem for each field whose value on the invoice's pages contradicts the XML's.

    ``whole``: all pages of the PDF; a value that an annex prints is not contradicted either.
    """
    printed = Printed(whole)
    sure = {name: reading for name, reading in on_page.items() if _is_sure(name, reading)}
    if _is_only_the_total(sure):
        del sure["amount_due"]
    for name, said in in_xml.items():
        if name in sure and _contradicts(name, said.value, sure, printed):
            yield _difference(name, _shown(said.value), _shown(sure[name].value))
        elif name in _KEYS and isinstance(said.value, str) and not is_printed(name, said.value, printed):
            strength = "fair" if name == "total_ttc" or _has_one_rate(name, in_xml) else "strong"
            labelled = list(labelled_values(document.main, _LABELS.get(name, (name,)), strength))
            if labelled and not _adds_up(name, said.value, labelled):
                yield _difference(name, said.value, labelled[0])


def _has_one_rate(name: FieldName, in_xml: _Readings) -> bool:
    """Whether « TVA 20 % » announces the whole VAT, not that of one of several rates."""
    return name == "total_tva" and "vat_lines" in in_xml and len(in_xml["vat_lines"].value) == 1


def _adds_up(name: FieldName, value: str, labelled: Sequence[str]) -> bool:
    """Whether an amount is the sum of those that its label announces, as where each rate of VAT has its own line."""
    return INVOICE_FIELDS[name].kind == "amount" and abs(Decimal(value)) == sum(map(Decimal, labelled))


def _is_sure(name: FieldName, reading: FieldReading) -> bool:
    labelled = reading.label_box is not None or name not in _LABELLED
    return labelled and reading.confidence >= weights.CONTRADICTS_THE_XML


def _is_only_the_total(sure: _Readings) -> bool:
    """Whether the page's amount due is its total and has no label of its own."""
    due, total = sure.get("amount_due"), sure.get("total_ttc")
    return due is not None and due.label_box is None and (total is None or due.value == total.value)


def _contradicts(name: FieldName, value: _Value, sure: _Readings, printed: Printed) -> bool:
    if same_value(name, value, sure[name].value):
        return False
    others = (sure[other].value for other in _EXCHANGED.get(name, ()) if other in sure)
    return not is_printed(name, value, printed) or any(same_value(name, value, other) for other in others)


def is_printed(name: FieldName, value: _Value, printed: Printed) -> bool:
    """Whether the pages print a value as one of its kind, wherever that is. A kind that cannot be looked up is."""
    if isinstance(value, tuple):
        return all(printed.amount(line.base) and printed.amount(line.amount) for line in value)
    kind = INVOICE_FIELDS[name].kind
    if kind == "amount":
        return printed.amount(value)
    if kind == "date":
        return printed.day(name, value)
    if name == "invoice_type":
        return printed.type(value)
    if kind == "name":
        return printed.name(value)
    return printed.code(value)


def same_value(name: FieldName, first: _Value, second: _Value) -> bool:
    """Whether two values say the same, apart from case, accents, spaces and punctuation; names also if abbreviated."""
    if isinstance(first, tuple) or isinstance(second, tuple):
        return set(first) == set(second)
    if INVOICE_FIELDS[name].kind == "name":
        one, other = set(telling_words(first)), set(telling_words(second))
        return bool(one & other) or initials(first) in other or initials(second) in one
    return _letters(first) == _letters(second)


def _letters(text: str) -> str:
    return "".join(char for char in fold(text) if char.isalnum())


def _shown(value: _Value) -> str:
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
