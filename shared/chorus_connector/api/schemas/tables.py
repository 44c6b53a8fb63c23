"""What the answers about tables, criteria and attachments look like, for the API's description only."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from chorus_connector.api.schemas.errors import TwoLanguages
from chorus_connector.api.schemas.invoices import UploadForm
from chorus_connector.domain.invoices.attachments import AttachmentType, LinkedAttachment
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.supplier import BankAccount
from chorus_connector.domain.suppliers.tables import TableKind


class TableRowView(BaseModel):
    """One row of a correspondence table; ``verified`` is false when the portal could not be asked."""

    row_id: str
    kind: TableKind
    label: str
    value: str
    recipient_siret: str | None
    verified: bool
    changed_at: datetime
    changed_by: str
    warning: Problem | None = Field(description="What is odd about the saved row: its SIRET fails its check digit.")


class TableRowList(BaseModel):
    """Some rows, and the cursor of the next page."""

    rows: list[TableRowView]
    cursor: str | None


class SuggestedValue(BaseModel):
    """A value of the portal's directory that may be meant by a line of a file. No line is changed by itself."""

    value: str = Field(description="A SIRET, or a service code.")
    name: str
    postal_code: str = Field(description="Empty for a service, or when the portal gives none.")
    town: str = Field(description="Empty for a service, or when the portal gives none.")


class RefusedLine(BaseModel):
    """A line of a file that was not taken, and why."""

    line: int
    problems: list[Problem]
    suggestions: list[SuggestedValue] = Field(description="Filled by a dry run only.")


class TableImport(BaseModel):
    """What became of a file: at most 500 lines of each sort are named, all are counted."""

    dry_run: bool
    accepted: int
    refused_count: int
    unverified_count: int
    refused: list[RefusedLine]
    unverified_lines: list[int]
    doubtful_count: int = Field(description="Accepted lines whose SIRET fails its check digit.")
    doubtful_lines: list[int] = Field(description="Their numbers in the file, the first 500.")


class ActivatedRow(TableRowView):
    """A row that was proposed and is in its table now."""

    caution: TwoLanguages | None = Field(
        description="What the announced days say against it, for the person; null: nothing. It is in use all the same."
    )


class ProposalView(BaseModel):
    """A row that a correction of an accepted invoice suggests, or a received message.

    The table has no periods: the announced days are shown and not applied.
    """

    proposal_id: str
    status: Literal["proposed", "dismissed"]
    origin: Literal["correction", "message"]
    document_id: str = Field(description="The corrected document; empty: it comes from a message.")
    reference: str | None = Field(description="The message's reference; null: it comes from a correction.")
    first_day: date | None = Field(description="The first day that the message announces; null: it says none.")
    last_day: date | None = Field(description="The last day, for a temporary code; null: the message says none.")
    in_directory: bool | None = Field(
        description="Whether the directory, as remembered then, had the code as an open service; null: a correction."
    )
    statement: TwoLanguages = Field(description="What is proposed and why, for the person who decides.")
    row: TableRowView


class DismissedProposal(BaseModel):
    """Which proposal was dismissed."""

    dismissed: str = Field(description="Its id.")


class ProposalList(BaseModel):
    """Some proposals, and the cursor of the next page."""

    proposals: list[ProposalView]
    cursor: str | None


class BankAccountList(BaseModel):
    """The bank details the portal offers, and the one used when nothing else says which."""

    bank_accounts: list[BankAccount]
    default: str | None


class AttachmentTypeList(BaseModel):
    """The portal's types of attachments."""

    types: list[AttachmentType]


class TriedDocument(BaseModel):
    """A document that is here, and whether the criteria take it: as they are, and as they would be."""

    document_id: str
    file_name: str
    state: State
    classification_rule: str | None
    folder: str | None
    taken_now: bool
    would_be_taken: bool


class DryRunResult(BaseModel):
    """One page of documents, and the cursor of the next page: send the cursor along with the same criteria."""

    documents: list[TriedDocument]
    newly_taken: int
    no_longer_taken: int
    cursor: str | None


class AttachmentView(BaseModel):
    """A file that may go with invoices; ``size`` is null until it has arrived."""

    attachment_id: str
    file_name: str
    classification_rule: str
    metadata: dict[str, str]
    attachment_type: str | None
    document_id: str | None = Field(description="The document it was uploaded for; null: it was not said.")
    size: int | None
    uploaded_at: datetime
    uploaded_by: str


class LinkedAttachmentList(BaseModel):
    """The files that go along with an invoice now, and what is wrong with that."""

    attachments: list[LinkedAttachment]
    problems: list[Problem]


class ExpectedAttachment(AttachmentView):
    """An attachment that was announced, and where its file goes: a form for a POST to the bucket."""

    upload: UploadForm


class AttachmentList(BaseModel):
    """Some attachments, and the cursor of the next page."""

    attachments: list[AttachmentView]
    cursor: str | None
