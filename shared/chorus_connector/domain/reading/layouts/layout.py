"""What is known of one design of a supplier's invoices: what a person confirmed, and what was learnt from it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chorus_connector.domain.invoices.fields import FieldName, fields_where
from chorus_connector.domain.reading.result import KnownLayout
from chorus_connector.domain.record import Record

KEPT_DOCUMENTS = 8
"""A layout is learnt from the latest documents of it that a person confirmed, at most this many."""

SENT = frozenset(fields_where(lambda field: field.read and field.sent))
"""What is sent to the portal, so that a wrong value does harm."""

AnchorKind = Literal["before", "row", "above", "below", "offset", "place", "nth"]
"""How an anchor finds a value: by the words before it, in its row, above it or below it, by its distance to words, by
its place on the page, or by its number among the values of its type."""
CAPTIONS: tuple[AnchorKind, ...] = ("before", "row", "above", "below")
"""The anchors that look for words next to the value."""


Extent = Literal["", "word", "cell", "shape"]
"""How far a code or a name goes from its first word: one word, to the end of its cell, or as far as a taught shape
fits. Other values have a form of their own."""


class Anchor(Record):
    """One way to find a field's value that was right on every taught document."""

    kind: AnchorKind
    #: the words it looks for, in lower case, without accents, spaces or punctuation
    words: str = ""
    #: numbers whose meaning depends on the kind
    at: tuple[float, ...] = ()
    #: which of several values it takes: ``next``, ``last``, an edge…
    choice: str = ""
    extent: Extent = ""


class TaughtField(Record):
    """What was learnt of one field. ``given`` and ``right`` count the kept documents that the layout had read."""

    anchors: tuple[Anchor, ...] = ()
    #: the forms that its values had, the longest first: ``A{2}-9{4}`` is two capitals, a dash and four digits
    shapes: tuple[str, ...] = ()
    #: on how many of the kept documents it was printed
    printed: int = 0
    #: on how many of them the rules alone gave the confirmed value, and on how many another one
    read: int = 0
    misread: int = 0
    #: the forms of the codes that the rules gave where another or none was confirmed
    misread_as: tuple[str, ...] = ()
    #: whether its value was wrong on the latest document
    doubtful: bool = False
    #: how many times the layout gave a sure value of it, and how many of these the person left as they were
    given: int = 0
    right: int = 0


class TaughtDocument(Record):
    """A document that a person confirmed, and what the reader had said of it before.

    ``values``: what the person confirmed; None: confirmed as not printed; a field without entry was not judged.
    """

    document_id: str
    at: datetime
    values: dict[FieldName, str | None]
    #: the fields that the layout, as it was then, had given surely; those of them that the person corrected
    given: tuple[FieldName, ...] = ()
    wrong: tuple[FieldName, ...] = ()
    #: whether a document like this one would have left without a person
    was_trusted: bool = False
    #: the fields that the rules alone read as the person confirmed them, and those that they read otherwise
    read: tuple[FieldName, ...] = ()
    misread: tuple[FieldName, ...] = ()
    #: the forms of the codes among these, as the rules gave them
    misread_as: dict[FieldName, str] = Field(default_factory=dict)
    #: the fields that a person corrected on documents read after this one, and that were not taught
    corrected_later: tuple[FieldName, ...] = ()

    @property
    def contradicts(self) -> bool:
        """Whether a value that would have left without a person was wrong."""
        return self.was_trusted and not SENT.isdisjoint(self.wrong)


class Layout(Record):
    """One design of a supplier's invoices.

    ``fingerprint``, ``fields`` and ``confirmed`` follow from the documents and their words.
    """

    layout_id: str
    #: how many documents of it a person confirmed since it was last contradicted
    confirmed: Annotated[int, Field(ge=0)] = 0
    #: the latest documents, oldest first
    documents: Annotated[tuple[TaughtDocument, ...], Field(max_length=KEPT_DOCUMENTS)] = ()
    #: how many documents before these were confirmed since the layout was contradicted
    earlier: Annotated[int, Field(ge=0)] = 0
    #: words that all taught documents print, each with its place in thousandths of the page's width and height (-1: it
    #: moves up and down)
    fingerprint: dict[str, tuple[int, int]] = Field(default_factory=dict)
    fields: dict[FieldName, TaughtField] = Field(default_factory=dict)
    last_seen: datetime | None = None

    @property
    def corrected_at(self) -> datetime | None:
        """When the last document was taught since which ``confirmed`` counts anew; None: no kept one is such."""
        return next((each.at for each in reversed(self.documents) if each.contradicts or each.corrected_later), None)

    @property
    def known(self) -> KnownLayout:
        """What a reading says of the layout it used."""
        return KnownLayout(id=self.layout_id, confirmed=self.confirmed)
