"""Whether a document may leave without a person having seen it: one rule for the product, ``read`` and the measures."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, Protocol

from chorus_connector.domain.invoices.fields import fields_where
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.result import KnownLayout

NewLayouts = Literal["ask", "send"]
"""Whether a document of a layout that was not confirmed twice waits for a person."""

CONFIRMATIONS = 2
"""A layout reads without a person once this many documents of it were confirmed since it was last contradicted."""
KEY_FIELDS = (
    "invoice_number",
    "invoice_date",
    "supplier_siret",
    "recipient_siret",
    "total_ht",
    "total_tva",
    "total_ttc",
)
_NEEDED = (*KEY_FIELDS, "invoice_type")
_SUBMITTED = (*_NEEDED, *fields_where(lambda field: field.read and field.sent))
_FROM_THE_PAGE = ("text", "ocr")
_READ = ("xml", *_FROM_THE_PAGE)


class Given(Protocol):
    """A field's value as this module needs it: a reading's or a form's."""

    @property
    def source(self) -> str: ...
    @property
    def confidence(self) -> float: ...


LAYOUT_UNCONFIRMED = Problem(
    field=None,
    code="layout_unconfirmed",
    fr="Ce modèle de facture n'a pas encore été confirmé deux fois : vérifiez les valeurs, puis demandez le dépôt.",
    en="This invoice layout has not been confirmed twice yet: check the values, then submit.",
)


def needs_a_lesson(fields: Mapping[Any, Given], layout: KnownLayout | None, *, new_layouts: NewLayouts = "ask") -> bool:
    """Whether a person must confirm the layout: a submitted value comes from its words, and it is not confirmed twice.

    ``fields`` are those of a reading or of a form.
    """
    if new_layouts == "send" or (layout is not None and layout.confirmed >= CONFIRMATIONS):
        return False
    return from_the_page(fields)


def from_the_page(fields: Mapping[Any, Given]) -> bool:
    """Whether a submitted value comes from text or OCR."""
    return any((given := fields.get(name)) is not None and given.source in _FROM_THE_PAGE for name in _SUBMITTED)


def unattended(
    fields: Mapping[Any, Given],
    problems: Iterable[Problem],
    layout: KnownLayout | None,
    *,
    threshold: float = weights.SURE,
    new_layouts: NewLayouts = "ask",
) -> bool:
    """Whether nothing asks for a person.

    The key fields and the type are given, every submitted value that was read has at least the threshold's confidence,
    no problem blocks, and the values come from XML or from a layout that was confirmed twice.
    """
    complete = all(name in fields for name in _NEEDED)
    sure = all(
        given.confidence >= threshold
        for name in _SUBMITTED
        if (given := fields.get(name)) is not None and given.source in _READ
    )
    blocked = any(problem.blocking for problem in problems)
    return complete and sure and not blocked and not needs_a_lesson(fields, layout, new_layouts=new_layouts)
