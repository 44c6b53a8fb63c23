"""What a PDF carries besides its pages, as far as it decides how the file is sent (``sending``)."""

from typing import Literal

from pydantic import Field

from chorus_connector.domain.invoices.fields import FieldName
from chorus_connector.domain.record import Record

MAX_PROCESS = 50
"""Characters of BT-23 that are kept."""

FlowFault = Literal[
    "xml_unusable",
    "not_facturx",
    "profile_ctc_fr",
    "process_missing",
    "process_of_reform",
    "process_unknown",
    "identifier_written_otherwise",
    "type_of_its_own",
    "payment_means_missing",
    "payment_means_on_credit_note",
    "gross_price_without_allowance",
    "reference_without_file",
]
"""Why the portal would reject the XML as a flow, whatever the form says."""


class FileFacts(Record):
    """``xml``: an XML file is attached, or the metadata announces an invoice XML. ``process`` is BT-23 as written.

    ``said`` are the values that a flow would carry; none where there is a ``fault``.
    """

    xml: bool = False
    signed: bool = False
    other_files: int = Field(default=0, ge=0)
    process: str = Field(default="", max_length=MAX_PROCESS)
    fault: FlowFault | None = None
    said: dict[FieldName, str] = Field(default_factory=dict)
