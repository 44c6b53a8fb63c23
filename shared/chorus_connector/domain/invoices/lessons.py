"""What a submitted document teaches about its supplier's layouts. The learning itself is in ``reading.layouts``."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast, get_args

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, FieldName
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.status import REJECTED
from chorus_connector.domain.reading import weights

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.domain.reading.layouts.layout import Layout
    from chorus_connector.domain.reading.result import Reading

MOST_LAYOUTS = 20
"""Layouts of one supplier. Beyond, the one that was seen longest ago is forgotten."""

_NEVER = datetime.min.replace(tzinfo=UTC)
_ON_THE_PAGE = frozenset({"text", "ocr", "person"})
"""Sources of a value that the page may print. A person's value is learnt only where the page prints it."""


def may_teach(invoice: "Invoice") -> bool:
    """Whether something may be learnt from a submitted document: its form was confirmed or corrected."""
    return invoice.confirmed_by is not None or bool(invoice.corrections)


def counts(invoice: "Invoice") -> bool:
    """Whether the portal and the recipient have taken the document as it was sent, as far as is known."""
    deposit = invoice.deposit
    return invoice.state is State.SUBMITTED and deposit is not None and deposit.status != REJECTED


def confirmed_values(invoice: "Invoice") -> dict[FieldName, str | None]:
    """What the person confirmed of each field; None: not printed.

    A field that is sent and empty is confirmed as not printed. Values from metadata, tables or settings say nothing
    about the page: they are left out.
    """
    values: dict[FieldName, str | None] = {}
    for name in cast("tuple[FieldName, ...]", get_args(FieldName)):
        field = invoice.form.fields.get(name)
        if field is None:
            if INVOICE_FIELDS[name].sent or name in invoice.corrections:
                values[name] = None
        elif field.source in _ON_THE_PAGE and isinstance(field.value, str):
            values[name] = field.value
    return values


def contradicted_fields(invoice: "Invoice", reading: "Reading") -> frozenset[FieldName]:
    """The sent fields whose value was read surely and then corrected to another one."""
    return frozenset(
        name
        for name, read in reading.fields.items()
        if INVOICE_FIELDS[name].sent
        and read.confidence >= weights.SURE
        and name in invoice.corrections
        and invoice.form.value(name) != read.value
    )


def new_layout_id(document_id: str) -> str:
    """The id of the layout that a document is the first of: the same when the lesson is repeated."""
    return hashlib.sha256(document_id.encode()).hexdigest()[:12]


def without_room(layouts: Sequence["Layout"]) -> tuple["Layout", ...]:
    """The layouts to forget before another is added: those that were seen longest ago."""
    return tuple(by_last_seen(layouts)[MOST_LAYOUTS - 1 :])


def by_last_seen(layouts: Sequence["Layout"]) -> list["Layout"]:
    """The layouts, the last seen first."""
    return sorted(layouts, key=lambda each: each.last_seen or _NEVER, reverse=True)
