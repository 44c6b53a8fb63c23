"""What the answers about taught layouts look like, for the API's description only."""

from datetime import datetime

from pydantic import BaseModel, Field, create_model

from chorus_connector.api.schemas.errors import sometimes
from chorus_connector.domain.invoices.fields import INVOICE_FIELDS


class LayoutView(BaseModel):
    """One design of the supplier's invoices, learnt from documents that persons confirmed."""

    layout_id: str = Field(description="The layout's id.")
    confirmed: int = Field(description="How many documents of it were confirmed since one was last corrected.")
    asks: bool = Field(description="true: a document of it waits for a person, if the supplier asks (`new_layouts`).")
    confirmations_missing: int = Field(description="How many confirmed documents it takes until it asks no more.")
    corrected_at: datetime | None = Field(
        description="When the kept document was taught that a correction contradicts last; null: none is contradicted."
    )
    given: int = Field(description="How many values it gave of documents that were confirmed afterwards.")
    right: int = Field(description="How many of these a person left as they were.")
    last_seen: datetime | None = Field(description="When a document of it was last read or taught, to the day.")


class LayoutList(BaseModel):
    """Every layout of the supplier, the last seen first."""

    layouts: list[LayoutView] = Field(description="At most 20.")


class LayoutFieldView(BaseModel):
    """What was learnt of one field."""

    printed: int = Field(description="How many of the kept documents print it.")
    anchors: int = Field(description="In how many ways its place is known.")
    given: int = Field(description="How many times the layout gave a value of it.")
    right: int = Field(description="How many of these a person left as they were.")


class LayoutDocument(BaseModel):
    """A document that taught the layout."""

    document_id: str
    taught_at: datetime = Field(description="When it taught the layout.")


LayoutFields = create_model(
    "LayoutFields",
    __doc__="What was learnt, by field; a field that no document showed is absent.",
    **{  # type: ignore[call-overload]  # pydantic does not type names that are made
        name: (LayoutFieldView, sometimes(f"{field.en[:1].upper()}{field.en[1:]}."))
        for name, field in INVOICE_FIELDS.items()
        if field.read
    },
)


class LayoutDetails(LayoutView):
    """A layout with its fields and the documents it is learnt from."""

    fields: LayoutFields = Field(description="What was learnt of each field.")
    documents: list[LayoutDocument] = Field(description="The latest, oldest first; those the caller may see.")


class ForgottenLayout(BaseModel):
    """Which layout was forgotten."""

    forgotten: str = Field(description="Its id.")
