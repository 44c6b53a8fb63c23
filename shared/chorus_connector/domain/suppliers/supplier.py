"""A supplier is a tenant: its identity, its switches and the rules its documents are read by.

Secrets are not here: the record only knows whether credentials were saved, and when.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, model_validator

from chorus_connector.domain.invoices.attachments import AttachmentPolicy
from chorus_connector.domain.invoices.fields import FormFieldName
from chorus_connector.domain.portal.credentials import CredentialMode, CredentialsStatus
from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.removal import Export, Removal

DEFAULT_SUPPLIER = "default"
"""The tenant a new installation starts with."""

Role = Literal["administer", "use"]
"""Two independent rights: to configure, and to use."""
Status = Literal["active", "suspended", "deleting"]
LoadingMode = Literal["remote", "local"]
"""Remote: the portal is asked at each reading. Local: the nightly run retrieves what changed."""
OcrUse = Literal["when_needed", "always"]
"""When_needed: only pages without usable text, and none where XML is inside. Always: every page of every document."""


class BankAccount(Record):
    """Bank details entered on the supplier's sheet in the portal, which never tells the IBAN."""

    portal_id: int
    name: str = ""


class Criterion(Record):
    """What makes a document an invoice to send: its classification rule or its folder.

    Exactly one of the two is set. Comparison ignores case and surrounding spaces.
    """

    criterion_id: str
    classification_rule: str | None = None
    folder: str | None = None

    def matches(self, *, classification_rule: str | None, folder: str | None) -> bool:
        if self.classification_rule is not None:
            return _same(self.classification_rule, classification_rule)
        return self.folder is not None and _same(self.folder, folder)


class Supplier(Record):
    """One tenant's settings. ``version`` counts changes, for optimistic concurrency.

    The API's views, their descriptions and the body of a change are made from these fields: ``INTERNAL`` and
    ``SETTINGS`` say which.
    """

    supplier_id: str
    name: str
    siret: str = Field(description="14 digits; empty for the default supplier until it is configured.")
    #: suspended: nothing comes in and nothing leaves; deleting: its deletion has begun and will be completed
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
        default=0.9, ge=0, le=1, description="Values read with less confidence ask for a person."
    )
    #: OCR is paid by the page. "always" is for a supplier whose files carry wrong text
    ocr: OcrUse = Field(default="when_needed", description="Which pages go to OCR: those without usable text, or all.")
    #: Off by default: the portal judges a flow minutes later, and only on its XML, which must hold the SIRETs, the
    #: service and the framework
    facturx_as_flow: bool = Field(
        default=False, description="true: a consistent Factur-X goes to the portal as a structured flow."
    )
    attachments: AttachmentPolicy = AttachmentPolicy()
    user_label_metadata: str = Field(default="user_label", description="The metadata that says whose a document is.")
    credentials_saved_at: datetime | None = Field(default=None, description="null: no credentials yet.")
    credentials_mode: CredentialMode | None = Field(
        default=None, description="How the supplier signs in to the portal."
    )
    credentials_status: CredentialsStatus | None = Field(
        default=None,
        description="What the last trial of the credentials showed, with the expiry date of the password.",
    )
    #: when the daily probe must try the credentials again; None: there are none
    probe_due_at: datetime | None = None
    bank_accounts: tuple[BankAccount, ...] = Field(
        default=(), description="The bank details the portal knew at the last trial."
    )
    #: the portal's technical id of this structure (`idStructureCPP`), learnt when the credentials were tried
    portal_structure_id: int | None = None
    #: how far its deletion has come
    removal: Removal | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_an_older_release(cls, record: Any) -> Any:
        """Until 2026-11-22 a supplier on its way out noted its export alone; it was complete by then."""
        if not isinstance(record, dict) or "export_key" not in record:
            return record
        older = dict(record)
        export_key = older.pop("export_key")
        if export_key and older.get("status") == "deleting":
            export = Export(key=export_key, upload_id="", cursor=None)
            older["removal"] = Removal(by="", asked_at=older["created_at"], export=export, exported=True)
        return older

    @property
    def active(self) -> bool:
        return self.status == "active"

    def criterion_for(self, *, classification_rule: str | None, folder: str | None) -> Criterion | None:
        """The first criterion the document matches; any one is enough."""
        for criterion in self.criteria:
            if criterion.matches(classification_rule=classification_rule, folder=folder):
                return criterion
        return None

    def associations_for(self, classification_rule: str | None) -> dict[FormFieldName, str]:
        """The metadata feeding each field for a document of that rule; the rule's own beat the general ones."""
        general = self.associations.get("", {})
        return {**general, **self.associations.get(classification_rule or "", {})}


INTERNAL = frozenset({"portal_structure_id", "probe_due_at", "removal"})
"""Attributes that the API never shows."""

SETTINGS = frozenset(
    {
        "name",
        "siret",
        "automatic_submission",
        "loading_mode",
        "associations",
        "defaults",
        "confidence_threshold",
        "ocr",
        "facturx_as_flow",
        "attachments",
        "user_label_metadata",
    }
)
"""Attributes that an administrator of the supplier changes."""


def _same(wanted: str, given: str | None) -> bool:
    return given is not None and wanted.strip().casefold() == given.strip().casefold()
