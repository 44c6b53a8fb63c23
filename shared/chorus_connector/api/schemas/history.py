"""What the answer about a document's audit trail looks like, for the API's description only."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from chorus_connector.api.schemas.invoices import SendingView
from chorus_connector.domain.invoices.states import State

HISTORY_ACTIONS = (
    "answer_lost",
    "attempt_abandoned",
    "attempt_started",
    "completed",
    "examined",
    "flow_deposited",
    "flow_incident",
    "flow_pending",
    "flow_rejected_for_format",
    "flow_report_failed",
    "found_at_portal",
    "gone_from_portal",
    "green_light_lost",
    "handed_over",
    "held",
    "held_by_a_person",
    "later_file_dropped",
    "layout_contradicted",
    "layout_not_taught",
    "layout_taught",
    "layout_untaught",
    "not_found_yet",
    "number_taken",
    "number_taken_at_portal",
    "ocr_started",
    "proven_absent",
    "read",
    "reading_overdue",
    "received",
    "reconciliation_failed",
    "refiled",
    "refused",
    "reissued",
    "released",
    "repair_done",
    "repair_in_doubt",
    "repair_not_done",
    "repair_refused",
    "repair_started",
    "replayed",
    "rescheduled",
    "resolved",
    "sending",
    "set_aside",
    "status_changed",
    "status_detailed",
    "submit_requested",
    "submitted",
    "taken",
    "unusable",
    "withdrawn",
    "worker_lost",
    "xml_not_removed",
)


class ChangedValue(BaseModel):
    """What a person's act made of one field of the form, or of the portal's `status`."""

    field: str
    before: str = Field(description="Empty: it had no value.")
    after: str = Field(description="Empty: it has none.")


class HistoryEvent(BaseModel):
    """One line of a document's audit trail."""

    at: datetime
    by: str = Field(description="The principal, or the name of the function of ours.")
    action: Annotated[str, Field(json_schema_extra={"x-extensible-enum": list(HISTORY_ACTIONS)})] = Field(
        description="What was done; later versions may add some."
    )
    state: State = Field(description="The state after it.")
    detail: str
    changes: list[ChangedValue] = Field(
        description="The values that a person changed; what older releases wrote has none."
    )


class ReceivedFile(BaseModel):
    """The file that was uploaded."""

    sha256: str | None = Field(description="Of its content, in hexadecimal; null: it was not examined yet.")
    size: int | None = Field(description="Bytes; null: it was not examined yet.")


class FileSent(BaseModel):
    """The file that was sent to the portal."""

    sha256: str = Field(description="Of its content, in hexadecimal; empty in records of older releases.")
    size: int = Field(description="Bytes.")
    same_as_original: bool = Field(description="true: it is the uploaded file itself, byte for byte.")


class DocumentFiles(BaseModel):
    """What was received and what was sent. The routes `…/original` and `…/sent` give the files."""

    received: ReceivedFile = Field(description="The uploaded file.")
    sent: FileSent | None = Field(description="null: nothing was sent yet, or the portal refused it.")


class DocumentHistory(BaseModel):
    """A document's audit trail, oldest first, and its files."""

    events: list[HistoryEvent]
    sending: SendingView | None = Field(description="How the document goes, or went, to the portal, and why.")
    files: DocumentFiles = Field(description="What was received and what was sent.")
