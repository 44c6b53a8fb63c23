"""What the answers about counts and exports of documents look like, for the API's description only."""

from datetime import datetime

from pydantic import BaseModel, Field

from chorus_connector.domain.invoices.counting import CounterName
from chorus_connector.domain.invoices.states import List, State


class CounterView(BaseModel):
    """How many documents one counter has."""

    count: int
    since: datetime | None = Field(
        description="When the oldest of them came, or was sent back; null: none, or it is not among the 100 oldest of "
        "its list."
    )


class DocumentCounts(BaseModel):
    """How many documents there are, of those that the caller may see."""

    as_of: datetime = Field(description="The last change that is counted.")
    complete: bool = Field(description="false: there are more documents than were looked at.")
    kept: bool = Field(description="true: every change is counted. false: counted for this answer.")
    states: dict[State, int]
    lists: dict[List, int]
    counters: dict[CounterName, CounterView] = Field(
        description="`waiting`: a person has to act (TO_COMPLETE, REFUSED, sent back by the recipient). `stopped`: a "
        "person holds it; `held`: it waits for something else. `in_flight`: at the portal, its status may change. "
        "`expected`: announced, and its file has not arrived."
    )


class TrackingExport(BaseModel):
    """A link to a CSV file, and the cursor for the next file when the list did not fit into the time of a request."""

    url: str
    expires_in: int
    rows: int = Field(description="Lines in this file.")
    cursor: str | None
