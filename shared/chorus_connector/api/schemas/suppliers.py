"""What the answers about suppliers look like, for the API's description only; nothing is checked at run time.

The tests check real answers against the description. Routes name these schemas (``described.shows``), so that no
function loads them at its start.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from chorus_connector.api.schemas.errors import FileLink
from chorus_connector.domain.invoices.attachments import AttachmentPolicy
from chorus_connector.domain.invoices.fields import FormFieldName
from chorus_connector.domain.messages.access import Mode
from chorus_connector.domain.portal.credentials import CredentialMode, CredentialsStatus
from chorus_connector.domain.suppliers.access import Member, Subscriber
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.domain.suppliers.supplier import BankAccount, Criterion, LoadingMode, OcrUse, Role, Status


class SupplierSummary(BaseModel):
    """One line of the list of suppliers: its names, its status, and the caller's rights on it."""

    supplier_id: str
    name: str
    siret: str = Field(description="14 digits; empty for the default supplier until it is configured.")
    status: Status
    version: int
    roles: list[Role] = Field(description="The caller's rights: `administer` to configure, `use` to work with it.")


class SupplierList(BaseModel):
    """Some suppliers, and the cursor of the next page."""

    suppliers: list[SupplierSummary]
    cursor: str | None


class SupplierView(BaseModel):
    """A supplier's settings. Credentials are never shown: only when they were saved and what their last trial gave."""

    supplier_id: str
    name: str
    siret: str = Field(description="14 digits; empty for the default supplier until it is configured.")
    status: Status
    version: int
    created_at: datetime
    automatic_submission: bool = Field(description="true: complete documents are submitted without a person.")
    confidence_threshold: float = Field(description="Values read with less confidence ask for a person.", ge=0, le=1)
    ocr: OcrUse = Field(description="Which pages go to OCR.")
    facturx_as_flow: bool = Field(description="true: a consistent Factur-X goes to the portal as a structured flow.")
    attachments: AttachmentPolicy
    user_label_metadata: str = Field(description="The metadata that says whose a document is.")
    loading_mode: LoadingMode
    criteria: list[Criterion] = Field(description="A document that matches one of them is an invoice to send.")
    associations: dict[str, dict[FormFieldName, str]] = Field(
        description="By classification rule (an empty name is any rule): form field → metadata that feeds it."
    )
    defaults: dict[FormFieldName, str] = Field(description="Values for fields that a document does not print.")
    credentials_saved_at: datetime | None = Field(description="null: no credentials yet.")
    credentials_mode: CredentialMode | None = Field(description="How the supplier signs in to the portal.")
    credentials_status: CredentialsStatus | None = Field(
        description="What the last trial of the credentials showed, with the expiry date of the password."
    )
    bank_accounts: list[BankAccount] = Field(description="The bank details the portal knew at the last trial.")


class Announcement(BaseModel):
    """An announcement about the credentials."""

    at: datetime
    state: str
    codes: list[str] = Field(description="The codes of the problems that were announced.")


class CredentialsView(BaseModel):
    """What is known about a supplier's credentials, and what was announced about them."""

    credentials_mode: CredentialMode | None = Field(description="How the supplier signs in to the portal.")
    credentials_saved_at: datetime | None = Field(description="null: no credentials yet.")
    credentials_status: CredentialsStatus | None = Field(
        description="What the last trial of the credentials showed, with the expiry date of the password."
    )
    bank_accounts: list[BankAccount] = Field(description="The bank details the portal knew at the last trial.")
    announcements: list[Announcement]


class SupplierDeletion(BaseModel):
    """How far a supplier's deletion is; when it is over, `export` links to everything that was there."""

    status: Literal["deleting", "deleted"]
    doing: Literal["export", "files", "records"] | None = Field(description="The step under way; null: it is over.")
    exported: int | None = Field(description="Lines exported so far.")
    removed: int = Field(description="Records removed so far.")
    export: FileLink | None


class MemberList(BaseModel):
    """Who has which rights on a supplier."""

    members: list[Member]


class SubscriberList(BaseModel):
    """Who receives which notifications."""

    subscribers: list[Subscriber]


class ChangeList(BaseModel):
    """Lines of the configuration's audit trail, newest first, and the cursor of the next page."""

    changes: list[Change]
    cursor: str | None


class StructureRights(BaseModel):
    """What the caller may do for a structure: roles for a public body, and a right to its messages."""

    siret: str
    roles: list[Role] = Field(description="The caller's roles for a public body; a supplier's are under `suppliers`.")
    mode: Mode | None = Field(description="`read` its messages, or `write` them too; null: neither.")
    services: list[str] | None = Field(description="The services whose messages these are; null: all of them.")


class MeView(BaseModel):
    """The caller: who the token says it is, and what it may do here."""

    principal: str = Field(description="The token's `sub`: what rights are given to.")
    groups: list[str] = Field(description="The groups of the user pool the caller is in.")
    administers_installation: bool = Field(description="Whether the caller may create and delete suppliers.")
    suppliers: list[SupplierSummary]
    structures: list[StructureRights]
