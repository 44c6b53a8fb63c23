"""What the answers about tables, criteria and attachments look like, for the OpenAPI document (see ``shapes``)."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from chorus_connector.domain.invoices.attachments import AttachmentPolicy, AttachmentType, LinkedAttachment
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.supplier import BankAccount
from chorus_connector.domain.suppliers.tables import TableKind


class RowShape(BaseModel):
    """One row of a correspondence table; ``verified`` is false when the portal could not be asked."""

    row_id: str
    kind: TableKind
    label: str
    value: str
    recipient_siret: str | None
    verified: bool
    changed_at: datetime
    changed_by: str


class RowList(BaseModel):
    """Some rows, and where the table goes on."""

    rows: list[RowShape]
    cursor: str | None


class RefusalShape(BaseModel):
    """A line of a file that was not taken, and why."""

    line: int
    problems: list[Problem]


class ImportShape(BaseModel):
    """What became of a file: at most 500 refusals and 500 unverified lines are named, all are counted."""

    dry_run: bool
    accepted: int
    refused_count: int
    unverified_count: int
    refused: list[RefusalShape]
    unverified_lines: list[int]


class ProposalShape(BaseModel):
    """A row that somebody's correction of an accepted invoice suggests."""

    proposal_id: str
    status: Literal["proposed", "dismissed"]
    document_id: str
    row: RowShape


class ProposalList(BaseModel):
    """Some proposals, and where the list goes on."""

    proposals: list[ProposalShape]
    cursor: str | None


class BankAccountList(BaseModel):
    """The bank details the portal offers, and the one used when nothing else says which."""

    bank_accounts: list[BankAccount]
    default: str | None


class AttachmentTypeList(BaseModel):
    """The portal's types of attachments."""

    types: list[AttachmentType]


class PolicyShape(AttachmentPolicy):
    """What the supplier decided about attachments."""


class TriedDocument(BaseModel):
    """A document that is here, and whether the criteria take it: as they are, and as they would be."""

    document_id: str
    file_name: str
    state: str
    classification_rule: str | None
    folder: str | None
    taken_now: bool
    would_be_taken: bool


class DryRunShape(BaseModel):
    """One page of documents, and where the list goes on: send the cursor along with the same criteria."""

    documents: list[TriedDocument]
    newly_taken: int
    no_longer_taken: int
    cursor: str | None


class Gone(BaseModel):
    """Nothing is left to show."""


class AttachmentShape(BaseModel):
    """A file that may go with invoices; ``size`` is null until it has arrived."""

    attachment_id: str
    file_name: str
    classification_rule: str
    metadata: dict[str, str]
    attachment_type: str | None
    size: int | None
    uploaded_at: datetime
    uploaded_by: str


class LinkedList(BaseModel):
    """The files that go along with an invoice now, and what is wrong with that."""

    attachments: list[LinkedAttachment]
    problems: list[Problem]


class ExpectedAttachment(AttachmentShape):
    """An attachment that was announced, and where its file goes: a form for a POST to the bucket."""

    upload: dict[str, Any]


class AttachmentList(BaseModel):
    """Some attachments, and where the list goes on."""

    attachments: list[AttachmentShape]
    cursor: str | None
