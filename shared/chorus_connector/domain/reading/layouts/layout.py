"""What is known of one design of a supplier's invoices: what a person confirmed, and what was learnt from it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chorus_connector.domain.invoices.fields import FieldName
from chorus_connector.domain.reading.result import KnownLayout
from chorus_connector.domain.record import Record

KEPT_DOCUMENTS = 8
"""A layout is learnt from the latest documents of it that a person confirmed, at most this many."""

AnchorKind = Literal["before", "row", "above", "offset", "place", "nth"]
"""How an anchor finds a value: by the words before it, in its row or above it, by its distance to words, by its place
on the page, or by its number among the values of its type."""


class Anchor(Record):
    """One way to find a field's value that was right on every taught document."""

    kind: AnchorKind
    #: the words it looks for, in lower case, without accents, spaces or punctuation
    words: str = ""
    #: numbers whose meaning depends on the kind
    at: tuple[float, ...] = ()
    #: which of several values it takes: ``next``, ``last``, an edge…
    choice: str = ""


class TaughtField(Record):
    """What was learnt of one field. ``given`` and ``right`` count the kept documents that the layout read."""

    anchors: tuple[Anchor, ...] = ()
    #: the forms that its values had: ``A1-9999`` is a letter, a digit, a dash and four digits
    shapes: tuple[str, ...] = ()
    #: on how many of the kept documents it was printed
    printed: int = 0
    #: how many times the layout gave a value of it, and how many of these a person left as they were
    given: int = 0
    right: int = 0


class TaughtDocument(Record):
    """A document that a person confirmed.

    ``values``: what the person confirmed; None: confirmed as not printed; a field without entry was not judged.
    ``given``: the fields that the layout, as it was then, gave a trusted value of; ``wrong``: those of them that the
    person corrected.
    """

    document_id: str
    at: datetime
    values: dict[FieldName, str | None]
    given: tuple[FieldName, ...] = ()
    wrong: tuple[FieldName, ...] = ()


class Layout(Record):
    """One design of a supplier's invoices.

    Everything but ``layout_id``, ``earlier`` and ``last_seen`` follows from the taught documents and their words.
    """

    layout_id: str
    #: how many documents of it a person confirmed since it was last contradicted
    confirmed: Annotated[int, Field(ge=0)] = 0
    #: the latest documents, oldest first
    documents: Annotated[tuple[TaughtDocument, ...], Field(max_length=KEPT_DOCUMENTS)] = ()
    #: of ``confirmed``, those that are no longer among the documents
    earlier: int = 0
    #: words that all taught documents print, each with its column in fortieths of the page's width
    fingerprint: dict[str, int] = Field(default_factory=dict)
    fields: dict[FieldName, TaughtField] = Field(default_factory=dict)
    last_seen: datetime | None = None

    @property
    def known(self) -> KnownLayout:
        """What a reading says of the layout it used."""
        return KnownLayout(id=self.layout_id, confirmed=self.confirmed)
