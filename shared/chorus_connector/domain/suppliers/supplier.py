"""A supplier is a tenant: its identity, its settings and its rules for incoming documents.

Secrets are stored elsewhere: this record only shows whether and when credentials were saved.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, model_validator

from chorus_connector.domain.invoices.attachments import AttachmentPolicy
from chorus_connector.domain.invoices.fields import FormFieldName
from chorus_connector.domain.portal.credentials import CredentialMode, CredentialsStatus
from chorus_connector.domain.reading.unattended import NewLayouts
from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.identifier import SupplierIdentifier
from chorus_connector.domain.suppliers.matching import folder_names, matching_form, same_name
from chorus_connector.domain.suppliers.removal import Export, Removal

DEFAULT_SUPPLIER = "default"
"""The id of the tenant that a new installation starts with."""

Role = Literal["administer", "use"]
"""Two independent rights: to configure the supplier, and to use it."""
Status = Literal["active", "suspended", "deleting"]
LoadingMode = Literal["remote", "local"]
"""Remote: a list asks the portal each time it is read. Local: the nightly run retrieves what changed."""
OcrUse = Literal["when_needed", "always"]
"""When_needed: OCR only for pages without usable text, and never for a file that contains XML. Always: OCR for every
page."""


class BankAccount(Record):
    """Bank details registered at the portal for the supplier. The portal never reveals the IBAN."""

    portal_id: int
    name: str = ""


class Criterion(Record):
    """A rule that makes an upload an invoice to send: its classification rule or its folder.

    Exactly one of the two is set. ``matching`` says when two names are the same.
    """

    criterion_id: str
    classification_rule: str | None = None
    folder: str | None = None
    include_subfolders: bool = False

    def matches(self, *, classification_rule: str | None, folder: str | None) -> bool:
        if self.classification_rule is not None:
            return same_name(self.classification_rule, classification_rule or "")
        if self.folder is None:
            return False
        wanted, given = folder_names(self.folder), folder_names(folder or "")
        return given[: len(wanted)] == wanted if self.include_subfolders else given == wanted

    @property
    def blank(self) -> bool:
        """Whether its name has nothing but separators."""
        return not any(self._place)

    def same_place(self, other: "Criterion") -> bool:
        """Whether both are on the same classification rule, or on the same folder."""
        return self._place == other._place

    @property
    def _place(self) -> tuple[str, tuple[str, ...]]:
        return matching_form(self.classification_rule or ""), folder_names(self.folder or "")


class Supplier(Record):
    """One tenant's settings. ``version`` counts changes, for optimistic concurrency.

    The API's views, their descriptions and the body of a change are made from these fields: ``INTERNAL`` and
    ``SETTINGS`` say which.
    """

    supplier_id: str
    name: str
    identifier: SupplierIdentifier | None = Field(
        description="How Chorus Pro identifies the supplier. null: the default supplier before it is configured."
    )
    #: suspended: no uploads and no submissions; deleting: its deletion has begun and will be completed
    status: Status = "active"
    version: int = 0
    created_at: datetime
    automatic_submission: bool = Field(
        default=False, description="true: complete documents are submitted without a person."
    )
    loading_mode: LoadingMode = "remote"
    criteria: tuple[Criterion, ...] = Field(
        default=(), description="A document that matches one of them is an invoice to send."
    )
    associations: dict[str, dict[FormFieldName, str]] = Field(
        default_factory=dict,
        description="By classification rule (an empty name is any rule): form field → metadata that feeds it.",
    )
    #: VAT regime, payment method, bank account…
    defaults: dict[FormFieldName, str] = Field(
        default_factory=dict, description="Values for fields that a document does not print."
    )
    confidence_threshold: float = Field(
        default=0.9, ge=0, le=1, description="A value read with less confidence must be checked by a person."
    )
    #: OCR costs per page; "always" is for a supplier whose files have a wrong text layer
    ocr: OcrUse = Field(default="when_needed", description="Which pages go to OCR: those without usable text, or all.")
    #: a record without it is older than the setting: such a supplier is asked, like a new one
    new_layouts: NewLayouts = Field(
        default="ask",
        description="ask: a document whose values were read from its page waits for a person until two documents of "
        "its layout were confirmed. send: it is submitted without.",
    )
    #: Off by default: the portal judges a flow minutes later, and only on its XML, which must hold the SIRETs, the
    #: service and the framework
    facturx_as_flow: bool = Field(
        default=False, description="true: a consistent Factur-X goes to the portal as a structured flow."
    )
    #: the portal's screen treats a PDF with an invoice XML as a flow; what its API does is not published
    keep_xml: bool = Field(
        default=False,
        description="true: a PDF that is not sent as a flow keeps the XML inside it. false: the XML is removed from "
        "the file that is sent; the uploaded file is kept as it is.",
    )
    attachments: AttachmentPolicy = AttachmentPolicy()
    user_label_metadata: str = Field(
        default="user_label",
        description="The metadata whose value limits the principals of the users table to their documents.",
    )
    credentials_saved_at: datetime | None = Field(default=None, description="null: no credentials yet.")
    credentials_mode: CredentialMode | None = Field(
        default=None, description="How the supplier signs in to the portal."
    )
    certificate_expires_at: datetime | None = Field(
        default=None,
        description="When the saved certificate ends. null: another mode, or saved before this was kept.",
    )
    credentials_status: CredentialsStatus | None = Field(
        default=None,
        description="Result of the last credentials check, with the expiry date of the password.",
    )
    #: when the daily probe must check the credentials again; None: no credentials are saved
    probe_due_at: datetime | None = None
    bank_accounts: tuple[BankAccount, ...] = Field(
        default=(), description="The bank details that the portal had at the last credentials check."
    )
    #: the codes of the portal's types of attachments at the last credentials check; empty: not known
    attachment_types: tuple[str, ...] = ()
    #: the portal's technical id of this structure (`idStructureCPP`), given by the last credentials check
    portal_structure_id: int | None = None
    #: the checkpoint of its deletion
    removal: Removal | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_an_older_release(cls, record: Any) -> Any:
        """Convert a record from before 2026-11-30, which has a SIRET instead of an identifier.

        One from before 2026-11-22, of a supplier in deletion, has only the key of its export.
        """
        if not isinstance(record, dict):
            return record
        older = dict(record)
        if "siret" in older:
            siret = older.pop("siret")
            older.setdefault("identifier", SupplierIdentifier(scheme="SIRET", value=siret) if siret else None)
        if "export_key" in older:
            export_key = older.pop("export_key")
            if export_key and older.get("status") == "deleting":
                export = Export(key=export_key, upload_id="", cursor=None)
                older["removal"] = Removal(by="", asked_at=older["created_at"], export=export, exported=True)
        return older

    @property
    def siret(self) -> str | None:
        """14 digits; None for a supplier with another identifier, empty for one that has none yet."""
        return self.identifier.siret if self.identifier else ""

    @property
    def identifier_key(self) -> str:
        """The text under which its claims and its structure are stored; empty for a supplier without identifier."""
        return self.identifier.key if self.identifier else ""

    @property
    def active(self) -> bool:
        return self.status == "active"

    def criterion_for(self, *, classification_rule: str | None, folder: str | None) -> Criterion | None:
        """The first criterion that the document matches; one match is enough."""
        for criterion in self.criteria:
            if criterion.matches(classification_rule=classification_rule, folder=folder):
                return criterion
        return None

    def associations_for(self, classification_rule: str | None) -> dict[FormFieldName, str]:
        """The metadata that feeds each field for a document of that rule; the rule's own replace the general ones."""
        wanted = matching_form(classification_rule or "")
        found: dict[FormFieldName, str] = dict(self.associations.get("", {}))
        for rule, fields in self.associations.items():
            if wanted and matching_form(rule) == wanted:
                found |= fields
        return found


INTERNAL = frozenset({"attachment_types", "portal_structure_id", "probe_due_at", "removal"})
"""Attributes that the API never shows."""

SETTINGS = frozenset(
    {
        "name",
        "siret",
        "identifier",
        "automatic_submission",
        "loading_mode",
        "associations",
        "defaults",
        "confidence_threshold",
        "ocr",
        "new_layouts",
        "facturx_as_flow",
        "keep_xml",
        "attachments",
        "user_label_metadata",
    }
)
"""Attributes that an administrator of the supplier changes."""
