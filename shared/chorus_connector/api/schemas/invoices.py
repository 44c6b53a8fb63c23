"""What the API's answers look like, for its OpenAPI document; nothing is checked against them at run time.

The tests check real answers against the document. Routes say these shapes by name (``described``), so that no function
that starts loads them.
"""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from chorus_connector.domain.invoices.attachments import AttachmentPolicy, LinkedAttachment
from chorus_connector.domain.invoices.choices import FieldChoice
from chorus_connector.domain.invoices.repair import Task
from chorus_connector.domain.portal.status import BodyKind, RepairKind, StatusMeaning
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.access import Member, Subscriber
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.domain.suppliers.supplier import Criterion, LoadingMode, OcrUse, Role, Status


class ProblemShape(BaseModel):
    """Why a request was refused (RFC 9457); ``code`` is stable, ``detail`` is in the caller's language."""

    type: str
    title: str
    detail: str
    status: int
    code: str
    fr: str
    en: str
    problems: list[Problem]


class SupplierSummary(BaseModel):
    """One line of the list of suppliers: what tells it apart, and the caller's rights on it."""

    supplier_id: str
    name: str
    siret: str
    status: Status
    version: int
    roles: list[Role]


class SupplierList(BaseModel):
    """Some suppliers, and where the list goes on."""

    suppliers: list[SupplierSummary]
    cursor: str | None


class SupplierShape(BaseModel):
    """A supplier's settings. Of its credentials, only when they were saved and what their last trial showed."""

    supplier_id: str
    name: str
    siret: str
    status: Status
    version: int
    created_at: datetime
    automatic_submission: bool
    confidence_threshold: float
    ocr: OcrUse
    facturx_as_flow: bool
    attachments: AttachmentPolicy
    user_label_metadata: str
    loading_mode: LoadingMode
    criteria: list[Criterion]
    associations: dict[str, dict[str, str]]
    defaults: dict[str, str]
    credentials_saved_at: datetime | None
    credentials_mode: str | None


class CredentialsShape(BaseModel):
    """What is known of a supplier's credentials, and what people were told about them."""

    credentials_mode: str | None
    credentials_saved_at: datetime | None
    announcements: list[dict[str, Any]]


class Link(BaseModel):
    """A link to a file, for a few minutes."""

    url: str
    expires_in: int = Field(description="seconds")


class Deletion(BaseModel):
    """How far a supplier's end is: lines exported and records removed so far; ``deleted`` has the export's link."""

    status: Literal["deleting", "deleted"]
    doing: Literal["export", "files", "records"] | None
    exported: int | None
    removed: int
    export: Link | None


class MemberList(BaseModel):
    """Who has which rights on a supplier."""

    members: list[Member]


class SubscriberList(BaseModel):
    """Who is told of what."""

    subscribers: list[Subscriber]


class ChangeList(BaseModel):
    """Lines of the configuration's audit trail, newest first, and where it goes on."""

    changes: list[Change]
    cursor: str | None


class RepairShape(BaseModel):
    """What the supplier last answered to a send-back, and whether the portal is known to have it."""

    kind: RepairKind
    phase: Literal["SENDING", "IN_DOUBT", "DONE", "REFUSED", "NOT_DONE"]
    by: str
    started_at: datetime
    status: str
    status_at: datetime | None


class DepositShape(BaseModel):
    """The portal's side of a submitted invoice; ``status`` is its raw code, known or not."""

    chorus_id: int
    invoice_number: str
    status: str
    status_meaning: StatusMeaning
    status_at: datetime | None
    status_comment: str | None = Field(description="the recipient's own words")
    certificate: str | None = Field(description="the portal's proof of deposit")
    recipient_name: str | None
    reports_payment: bool = Field(description="false: the payment order is the last status to come")
    rejection_treated: bool
    missing_since: datetime | None = Field(description="since when the portal no longer shows it")
    ended: bool


class InvoiceShape(BaseModel):
    """One document: where it stands, its main values, what stands in its way."""

    document_id: str
    file_name: str
    state: str
    version: int
    received_at: datetime
    changed_at: datetime
    classification_rule: str | None
    folder: str | None
    metadata: dict[str, str]
    duplicate_of: str | None = Field(description="the document with the very same file; `problems` say what to do")
    size: int | None
    problems: list[Problem]
    invoice_number: str | None
    invoice_date: date | None
    recipient_siret: str | None
    service_code: str | None
    engagement_number: str | None
    total_ttc: str | None
    amount_due: str | None
    deposit: DepositShape | None
    origin: Literal["upload", "portal"]
    replaces: str | None
    replaced_by: str | None
    repair: RepairShape | None
    task: Task | None


class InvoiceList(BaseModel):
    """Some documents, newest first, and where the list goes on."""

    invoices: list[InvoiceShape]
    cursor: str | None


class Listing(InvoiceList):
    """Some invoices as of ``retrieved_at``; ``stale`` when the portal could not be asked now."""

    loading_mode: LoadingMode
    retrieved_at: datetime | None
    age_seconds: int | None
    stale: bool
    complete: bool = Field(description="everything was retrieved at least once")


class StepShape(BaseModel):
    """One passage of an invoice to a status of the portal's."""

    status: str
    at: datetime | None
    comment: str | None
    meaning: StatusMeaning


class WaitShape(BaseModel):
    """Days since the recipient could see the invoice, against the term of that kind of body."""

    available_on: date
    days: int
    term_days: int
    body: BodyKind
    overdue: bool


class PortalHistory(BaseModel):
    """An invoice's life at the portal, oldest first."""

    document_id: str
    steps: list[StepShape]
    complete: bool = Field(description="told by the portal itself, not put together from what was seen")
    stale: bool
    payment: WaitShape | None


class StatusList(BaseModel):
    """Every status the portal is known to have."""

    statuses: list[StatusMeaning]


class ExportShape(BaseModel):
    """A link to a CSV file, and where the next one goes on when the list did not fit in the time."""

    url: str
    expires_in: int
    rows: int
    cursor: str | None


class UploadForm(BaseModel):
    """Where, and with which form fields, the file is sent straight to the bucket."""

    url: str
    fields: dict[str, str]
    expires_in: int


class AnnouncedShape(InvoiceShape):
    """A document whose file is still to come."""

    upload: UploadForm


class FieldShape(BaseModel):
    """A value of the form: where it comes from, how sure it is, and what it beat."""

    value: str
    source: str
    confidence: float
    beaten: list[dict[str, Any]]


class NextShape(BaseModel):
    """The next document that waits for a person."""

    document_id: str
    file_name: str
    href: str


class FormShape(BaseModel):
    """A document's form; ``complete`` when nothing blocks its sending."""

    document_id: str
    state: str
    version: int
    fields: dict[str, FieldShape]
    problems: list[Problem]
    attachments: list[LinkedAttachment]
    complete: bool
    #: by field, when the form is read: what a person may choose from
    choices: dict[str, list[FieldChoice]]
    #: when the form was changed: the next document that waits for a person
    next: NextShape | None


class EventShape(BaseModel):
    """One line of a document's audit trail."""

    at: datetime
    by: str
    action: str
    state: str
    detail: str


class History(BaseModel):
    """A document's audit trail, oldest first."""

    events: list[EventShape]
