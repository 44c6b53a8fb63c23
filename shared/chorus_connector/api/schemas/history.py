"""What the answer about a document's audit trail looks like, for the API's description only."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

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
    "found_at_portal",
    "gone_from_portal",
    "green_light_lost",
    "held",
    "layout_contradicted",
    "layout_not_taught",
    "layout_taught",
    "layout_untaught",
    "number_taken",
    "number_taken_at_portal",
    "ocr_started",
    "proven_absent",
    "read",
    "reading_overdue",
    "received",
    "refused",
    "reissued",
    "repair_done",
    "repair_in_doubt",
    "repair_not_done",
    "repair_refused",
    "repair_started",
    "replayed",
    "rescheduled",
    "resolved",
    "sending",
    "status_changed",
    "status_detailed",
    "submit_requested",
    "submitted",
    "unusable",
    "worker_lost",
)


class HistoryEvent(BaseModel):
    """One line of a document's audit trail."""

    at: datetime
    by: str = Field(description="The principal, or the name of the function of ours.")
    action: Annotated[str, Field(json_schema_extra={"x-extensible-enum": list(HISTORY_ACTIONS)})] = Field(
        description="What was done; later versions may add some."
    )
    state: State = Field(description="The state after it.")
    detail: str


class DocumentHistory(BaseModel):
    """A document's audit trail, oldest first."""

    events: list[HistoryEvent]
