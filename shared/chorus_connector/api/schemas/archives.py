"""What the answers about ZIPs of documents look like, for the API's description only (see ``schemas.suppliers``)."""

from datetime import datetime

from pydantic import BaseModel, Field

from chorus_connector.api.schemas.invoices import UploadForm
from chorus_connector.domain.invoices.archive import ArchiveState, LineState
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.problem import Problem


class ArchiveLineView(BaseModel):
    """What became of one entry of a ZIP."""

    name: str = Field(description="The path inside the ZIP. Its last part is the document's file name.")
    state: LineState = Field(
        description="`TAKEN`: it became a document. `KNOWN`: the file was there before; the line names its document. "
        "`REFUSED`: `problem` says why. `SKIPPED`: a folder, or a file that a system added. `WAITING`: not yet."
    )
    document_id: str | None = Field(description="null: there is none, or the caller may not see it.")
    document_state: State | None = Field(description="The document's state now.")
    problem: Problem | None = Field(
        description="Why it became no document; of a `KNOWN` file: what this ZIP said otherwise (`filing_differs`)."
    )


class ArchiveView(BaseModel):
    """A ZIP of documents, and what became of each of its entries."""

    archive_id: str = Field(description="The ZIP's id.")
    file_name: str
    classification_rule: str | None
    folder: str | None
    metadata: dict[str, str]
    append_folders: bool = Field(description="Whether the folders inside the ZIP are appended to `folder`.")
    state: ArchiveState = Field(
        description="`EXPECTED`: the ZIP has not arrived or was not opened yet. `TAKING`: its files are being taken. "
        "`DONE`: every line has its outcome. `REFUSED`: nothing was taken; `problem` says why."
    )
    problem: Problem | None = Field(description="Why nothing was taken.")
    received_at: datetime
    changed_at: datetime
    counts: dict[str, int] = Field(description="How many lines there are in each state.")
    lines: list[ArchiveLineView] = Field(description="One for each entry, in the order of the ZIP.")


class AnnouncedArchive(ArchiveView):
    """A ZIP that is still to come."""

    upload: UploadForm
