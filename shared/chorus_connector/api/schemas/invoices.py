"""What the answers about invoices look like, for the API's description only (see ``schemas.suppliers``)."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model

from chorus_connector.api.schemas.errors import ProblemView, sometimes
from chorus_connector.api.schemas.work import ClaimView
from chorus_connector.domain.invoices.attachments import LinkedAttachment
from chorus_connector.domain.invoices.choices import FieldChoice
from chorus_connector.domain.invoices.counting import CounterName
from chorus_connector.domain.invoices.fields import INVOICE_FIELDS
from chorus_connector.domain.invoices.form import ValueSource
from chorus_connector.domain.invoices.repair import Task
from chorus_connector.domain.invoices.sending import REASONS, Way
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.stopping import Stop
from chorus_connector.domain.portal.status import RepairKind, StatusMeaning, known_statuses
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.paper.page import Box
from chorus_connector.domain.reading.result import KnownLayout, VatLine, XmlFacts
from chorus_connector.domain.suppliers.supplier import LoadingMode

Euros = Annotated[str, Field(pattern=r"^-?[0-9]+\.[0-9]{2}$", examples=["3120.00"])]
"""An amount in euros, as decimal text with two decimals."""
PortalStatus = Annotated[str, Field(json_schema_extra={"x-extensible-enum": sorted(known_statuses())})]
"""A raw code of the portal, which may add some."""


class RepairView(BaseModel):
    """The supplier's last answer to a send-back, and whether the portal is known to have it."""

    kind: RepairKind
    phase: Literal["SENDING", "IN_DOUBT", "DONE", "REFUSED", "NOT_DONE"] = Field(
        description="IN_DOUBT: the portal's answer was lost. NOT_DONE: the portal does not have it."
    )
    by: str
    started_at: datetime
    status: PortalStatus = Field(description="The status of the portal that it answers.")
    status_at: datetime | None


class DepositView(BaseModel):
    """The portal's side of a submitted invoice."""

    chorus_id: int = Field(description="The portal's id of the invoice.")
    invoice_number: str
    status: PortalStatus = Field(description="The portal's raw code; the portal may add some.")
    status_meaning: StatusMeaning
    status_at: datetime | None
    status_comment: str | None = Field(description="The recipient's own words.")
    certificate: str | None = Field(description="The portal's proof of deposit.")
    recipient_name: str | None
    reports_payment: bool = Field(description="false: the payment order is the last status to come.")
    rejection_treated: bool = Field(description="Whether the supplier marked the rejection as dealt with.")
    missing_since: datetime | None = Field(description="Since when the portal no longer shows it.")
    unread: dict[str, str] = Field(description="The portal's values that could not be read, by the portal's names.")
    ended: bool = Field(description="Whether no further status is expected.")


class InvoiceView(BaseModel):
    """One document: its state, its main values, and its problems."""

    document_id: str
    file_name: str
    state: State
    version: int
    received_at: datetime
    changed_at: datetime
    classification_rule: str | None
    folder: str | None
    metadata: dict[str, str]
    duplicate_of: str | None = Field(description="The document with the very same file; `problems` say what to do.")
    size: int | None = Field(description="Bytes; null until the file has arrived.")
    upload_until: datetime | None = Field(
        description="Until when its announced file can be sent; null: it has arrived, or it came in a request. After "
        "that time the file can no longer be sent: delete the document, or announce the file again."
    )
    problems: list[Problem]
    stopped: Stop | None = Field(description="A person's word that it does not leave; null: no person stopped it.")
    invoice_number: str | None
    invoice_date: date | None
    recipient_siret: str | None
    recipient_name: str | None = Field(description="As the portal has it; before the submission, as the form has it.")
    service_code: str | None
    engagement_number: str | None
    total_ttc: Euros | None
    amount_due: Euros | None
    due_date: date | None
    deposit: DepositView | None = Field(description="null: the portal does not have it yet.")
    origin: Literal["upload", "portal"] = Field(description="`portal`: found there, sent by other means.")
    replaces: str | None = Field(description="The rejected document that this one replaces.")
    replaced_by: str | None = Field(description="The document that replaces this one.")
    repair: RepairView | None
    task: Task | None = Field(description="What the supplier is asked to do about a send-back; null: nothing.")


class UploadedFile(InvoiceView):
    """The document of a file that came in a request."""

    known: bool = Field(description="true: this very file was here already, and this is its document.")


class KnownFile(UploadedFile):
    """The document of a file that was here already, and that is filed otherwise. Nothing of it was changed."""

    differs: list[str] = Field(description="What this upload said otherwise (`metadata.PJ`, `folder`).")
    correct: str = Field(description="The path to PATCH in order to change it.")


class Why(BaseModel):
    """A reason in words."""

    code: str
    fr: str
    en: str


class PortalAge(BaseModel):
    """How new is what is shown of the portal; `stale` when the portal could not be asked now."""

    loading_mode: LoadingMode
    retrieved_at: datetime | None = Field(description="The age of what is shown; null: nothing was retrieved yet.")
    age_seconds: int | None = Field(description="Seconds since then.")
    stale: bool
    stale_because: Why | None = Field(description="Why the portal could not be asked now.")
    asked_again_at: datetime | None = Field(description="Until then requests do not ask it; null: the next one does.")
    complete: bool = Field(description="Whether everything was retrieved at least once.")
    incomplete_because: Why | None = Field(description="Why not everything is shown yet; null: everything is.")


_ON_DEMAND = sometimes("How new is what is shown of the portal. With the parameter `portal` only.")


class InvoiceRead(InvoiceView):
    """One document, and on demand how new its status at the portal is."""

    portal: PortalAge = _ON_DEMAND


class InvoicePageView(BaseModel):
    """Some documents and the cursor of the next page."""

    invoices: list[InvoiceView]
    cursor: str | None


class InvoiceList(InvoicePageView):
    """Some documents, newest first, and on demand how new their status at the portal is."""

    portal: PortalAge = _ON_DEMAND


class InvoiceListing(InvoicePageView, PortalAge):
    """Some documents as of `retrieved_at`; `stale` when the portal could not be asked now."""

    moved: list[InvoiceView] = Field(
        description="What the portal's answer to this request moved to the other list, of tracking or of documents to "
        "process: it is in none of this list's pages any more."
    )
    recounted: dict[CounterName, int] = Field(
        description="By how much that answer changed the counters of `invoices.counts`, which follow within seconds."
    )
    claims: dict[str, list[ClaimView]] = Field(
        description="Who works on which of these documents now, by document id. Of documents to process only."
    )


class StatusList(BaseModel):
    """Every status the portal is known to have."""

    statuses: list[StatusMeaning]


class UploadForm(BaseModel):
    """Where the file goes: a multipart POST with these form fields and, as the last one, `file`."""

    url: str = Field(description="The address of the POST; it takes no token.")
    fields: dict[str, str] = Field(description="The form fields to send before `file`.")
    expires_in: int


class AnnouncedDocument(InvoiceView):
    """A document whose file is still to come."""

    upload: UploadForm


class FormCandidate(BaseModel):
    """A value that was found for a field: where it comes from and how sure it is."""

    value: str = Field(description="Amounts are decimal text (`3120.00`), dates ISO (`2026-12-31`).")
    source: ValueSource
    confidence: float = Field(description="From 0 to 1; a person's value has 1.", ge=0, le=1)
    page: int | None = Field(description="The page it was read on, from 1; null: it was not read.")
    box: Box | None = Field(description="Where on the page the value is.")
    label_box: Box | None = Field(description="Where on the page its label is.")


class FormFieldView(FormCandidate):
    """The value the form offers for a field, and the values it was preferred to."""

    beaten: list[FormCandidate] = Field(description="The other values found, the strongest first.")


class VatLinesCandidate(BaseModel):
    """A VAT table that was found: where it comes from and how sure it is."""

    value: list[VatLine]
    source: ValueSource
    confidence: float = Field(description="From 0 to 1.", ge=0, le=1)
    page: int | None = Field(description="The page it was read on, from 1; null: it was not read.")
    box: Box | None = Field(description="Where on the page the table is.")
    label_box: Box | None = Field(description="Where on the page its label is.")


class VatLinesField(VatLinesCandidate):
    """The VAT table the form offers, and those it was preferred to."""

    beaten: list[VatLinesCandidate] = Field(description="The other tables found, the strongest first.")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_fields: dict[str, Any] = {
    name: (VatLinesField if field.kind == "vat_lines" else FormFieldView, sometimes(f"{_capital(field.en)}."))
    for name, field in INVOICE_FIELDS.items()
}
FormFields = create_model(
    "FormFields", __doc__="The fields that have a value, by name; a field without one is absent.", **_fields
)
_choices: dict[str, Any] = {
    name: (list[FieldChoice], sometimes("Absent: the answer does not offer choices."))
    for name in ("bank_account", "framework", "invoice_type", "payment_method", "service_code", "vat_regime")
}
FormChoices = create_model("FormChoices", __doc__="The values a person may choose from, by field.", **_choices)


class NextDocument(BaseModel):
    """The next document that waits for a person."""

    document_id: str
    file_name: str
    href: str = Field(description="The path of its form.")


class ServiceChoiceList(BaseModel):
    """One page of a recipient's open services."""

    services: list[FieldChoice]
    cursor: str | None


class SendingView(BaseModel):
    """How the document goes, or went, to the portal, and why."""

    way: Way = Field(description="`undecided`: a person must choose; `problems` say between what.")
    reason: Annotated[str, Field(json_schema_extra={"x-extensible-enum": list(REASONS)})] = Field(
        description="Why; later versions may add some."
    )
    detail: str = Field(description="The code (BT-23) or the field that the reason is about; else empty.")
    fr: str
    en: str


class FormView(BaseModel):
    """A document's form; `complete` when nothing blocks its submission."""

    document_id: str
    state: State
    version: int
    fields: FormFields
    problems: list[Problem]
    attachments: list[LinkedAttachment] = Field(description="The files that go with it, as last judged.")
    claims: list[ClaimView] = Field(description="Who works on the document now; the first one comes first.")
    send_attachments: bool | None = Field(
        description="A person's decision for this invoice; null: its metadata and the supplier's settings decide."
    )
    complete: bool
    confidence_asked: float = Field(
        description="The supplier's setting. A value that was read with less is a problem (`low_confidence`) if it is "
        "sent; a service code that the directory has is not."
    )
    same_number_as: str | None = Field(description="The other document that has its number; null: none that you see.")
    layout: KnownLayout | None = Field(description="null: it was read without one.")
    pages: int = Field(description="How many pages the file has; 0: it was not read yet.")
    sending: SendingView | None = Field(description="As last judged; null: the document was not read yet.")
    xml: XmlFacts | None = Field(description="What the XML inside the PDF says, unchanged; null: there is none.")
    searches: dict[Literal["recipient_siret", "service_code"], str] = Field(
        description="Paths of this API that search the value in the directory; change their query as you need."
    )
    choices: FormChoices = Field(description="Filled when the form is read, empty when it was changed.")
    next: NextDocument | None = Field(description="Given when the form was changed; null: none waits.")


class RefusedSubmission(FormView, ProblemView):
    """A form that cannot be submitted because of its problems, with the properties of every error."""
