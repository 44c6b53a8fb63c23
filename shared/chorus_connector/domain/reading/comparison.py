"""Shows where the embedded XML and the page say different things, field by field.

The XML's value stays in the form, because it is what the portal processes; a person sees both.
"""

from collections.abc import Iterator, Mapping

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, FieldName
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.paper.lines import fold
from chorus_connector.domain.reading.result import FieldReading, VatLine

_SURE_ENOUGH = 0.9  # a page value read with less confidence than this does not contradict the XML


def xml_differences(
    in_xml: Mapping[FieldName, FieldReading], on_page: Mapping[FieldName, FieldReading]
) -> Iterator[Problem]:
    """One problem for each field whose page value differs from the XML's and was read with enough confidence."""
    for name, from_xml in in_xml.items():
        from_page = on_page.get(name)
        if from_page is None or from_page.confidence < _SURE_ENOUGH:
            continue
        if not same_value(name, from_xml.value, from_page.value):
            yield _difference(name, _shown(from_xml.value), _shown(from_page.value))


def same_value(name: FieldName, first: str | tuple[VatLine, ...], second: str | tuple[VatLine, ...]) -> bool:
    """Whether two values say the same: names and codes apart from case, accents, spaces and punctuation."""
    if isinstance(first, tuple) or isinstance(second, tuple):
        return set(first) == set(second)
    if INVOICE_FIELDS[name].kind == "name":
        one, other = _letters(first), _letters(second)
        return one in other or other in one
    return first == second or _letters(first) == _letters(second)


def _letters(text: str) -> str:
    return "".join(char for char in fold(text) if char.isalnum())


def _shown(value: str | tuple[VatLine, ...]) -> str:
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
