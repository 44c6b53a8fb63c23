"""What the answers about a document's audit trail and its life at the portal look like, for the description only."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from chorus_connector.api.schemas.invoices import PortalStatus, SendingView, Why
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.status import BodyKind, StatusMeaning

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


class PortalStep(BaseModel):
    """One status of the portal in an invoice's life."""

    status: PortalStatus = Field(description="The portal's raw code; the portal may add some.")
    at: datetime | None
    comment: str | None
    meaning: StatusMeaning


class PaymentWait(BaseModel):
    """Days that the term of payment has run, against the term of that kind of body."""

    available_on: date
    days: int
    term_days: int
    body: BodyKind = Field(description="What kind of public body the recipient is.")
    overdue: bool
    ended_on: date | None = Field(description="The day of the last status: the days count until then; null: it runs.")
    suspended: bool = Field(description="Whether the term does not run, because the recipient suspended the invoice.")


class PortalHistory(BaseModel):
    """An invoice's life at the portal, oldest first."""

    document_id: str
    steps: list[PortalStep]
    complete: bool = Field(description="Whether the portal itself gave it; false: it is what was seen from here.")
    stale: bool = Field(description="Whether the portal could not be asked now.")
    stale_because: Why | None = Field(description="Why it could not be asked now.")
    payment: PaymentWait | None = Field(
        description="null: the recipient does not have the invoice, not yet or no longer."
    )
