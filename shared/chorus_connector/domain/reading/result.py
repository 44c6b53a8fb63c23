"""The result of a reading: for each field a value with its source, position and confidence, or no entry.

Values are text in one normal form (ISO dates, amounts as ``1234.56``, SIRET as 14 digits, IBAN without
spaces), so that a value from XML, a page or a person compares with ``==``. ``vat_lines`` is the exception.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from chorus_connector.domain.invoices.fields import FieldName
from chorus_connector.domain.invoices.file_facts import FileFacts
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.paper.page import Box, Source
from chorus_connector.domain.record import Record

MAX_PAGES = 300
MAX_READING = 100_000
"""Bytes of JSON. A document is one item of the table (400 KB), which repeats the values of its reading in its form."""

PageNumber = Annotated[int, Field(ge=1, le=MAX_PAGES)]


class VatLine(Record):
    """One line of the VAT table: rate in percent, base and VAT in euros, all as decimal text (``20.00``)."""

    rate: str
    base: str
    amount: str


class FieldReading(Record):
    """A value that was read. ``confidence`` is calibrated: of the values at 0.95 or more, 99 % are right."""

    value: str | tuple[VatLine, ...]
    confidence: float = Field(ge=0, le=1)
    source: Source
    page: PageNumber | None = None
    box: Box | None = None
    label_box: Box | None = None


class KnownLayout(Record):
    """The taught layout that a document was read by, and how many of its documents a person confirmed."""

    id: str
    confirmed: int = Field(ge=0, description="How many documents of the layout a person had confirmed then.")


_XmlText = Annotated[str, Field(max_length=255)]


class XmlFacts(Record):
    """What the invoice XML says that is no field of the form, or only after a decision. Texts as in the XML."""

    guideline: _XmlText | None = Field(default=None, description="The profile (BT-24).")
    business_process: _XmlText | None = Field(default=None, description="The business process (BT-23), as `S1`.")
    type_code: _XmlText | None = Field(default=None, description="The type (BT-3), as `380`.")
    preceding_invoice: _XmlText | None = Field(default=None, description="The invoice that it corrects (BT-25).")
    buyer_reference: _XmlText | None = Field(
        default=None, description="BT-10. It is the service only if the recipient lists it."
    )
    routing_code: _XmlText | None = Field(default=None, description="The service, or several (BT-46, scheme 0224).")
    supplier_siren: _XmlText | None = Field(default=None, description="The seller's SIREN (BT-30).")
    recipient_siren: _XmlText | None = Field(default=None, description="The buyer's SIREN (BT-47).")
    recipient_address: _XmlText | None = Field(default=None, description="The buyer's electronic address (BT-49).")


PrintedRegime = Literal["on_debits", "on_receipts"]


class Reading(Record):
    """Everything read from one document. A field that was not read is absent, never guessed."""

    fields: dict[FieldName, FieldReading] = Field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    pages: int = Field(default=0, ge=0, le=MAX_PAGES)
    ocr_pages: tuple[PageNumber, ...] = Field(default=(), max_length=MAX_PAGES)
    layout: KnownLayout | None = None
    #: None: an older release read the document, or it was not read
    file: FileFacts | None = None
    #: of the invoice XML inside the PDF; None: there is none, or the reading is of an older release
    xml: XmlFacts | None = None
    #: the VAT regime that the pages print; None: none, or two that contradict each other
    vat_regime: PrintedRegime | None = None


class FileReading(Record):
    """The outcome of opening a file: a ``problem`` (it can never be read), a ``reading``, or pages to recognise first.

    ``subset`` is a PDF of the pages to recognise, if these are not all. ``xml_inside``: it contains an invoice's XML.
    ``words`` are those of the pages that were read, as ``layouts.stored_words`` stores them: a layout is learnt from
    them. They are not to be trusted.
    """

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    problem: Problem | None = None
    reading: Reading | None = None
    to_recognise: tuple[PageNumber, ...] = Field(default=(), max_length=MAX_PAGES)
    subset: bytes | None = None
    words: bytes | None = None
    xml_inside: bool = False
