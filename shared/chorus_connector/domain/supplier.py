"""A supplier is a tenant: its identity, its switches and the rules its documents are read by.

Secrets are not here: the record only knows whether credentials were saved, and when.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from chorus_connector.domain.form import FormFieldName

Role = Literal["administer", "use"]


class Criterion(BaseModel):
    """What makes a document an invoice to send: its classification rule (S26) or its folder (S27).

    Exactly one of the two is set. Comparison ignores case and surrounding spaces.
    """

    model_config = ConfigDict(frozen=True)

    criterion_id: str
    classification_rule: str | None = None
    folder: str | None = None

    def matches(self, *, classification_rule: str | None, folder: str | None) -> bool:
        if self.classification_rule is not None:
            return _same(self.classification_rule, classification_rule)
        return self.folder is not None and _same(self.folder, folder)


class Supplier(BaseModel):
    """One tenant's settings. ``version`` counts changes, for optimistic concurrency."""

    model_config = ConfigDict(frozen=True)

    supplier_id: str
    name: str
    siret: str
    version: int = 0
    created_at: datetime
    automatic_submission: bool = False
    criteria: tuple[Criterion, ...] = ()
    #: classification rule → form field → name of the metadata that feeds it (S32, S33); "" is "any rule"
    associations: dict[str, dict[FormFieldName, str]] = Field(default_factory=dict)
    #: values for fields an invoice does not print (VAT regime, payment method, bank account…)
    defaults: dict[FormFieldName, str] = Field(default_factory=dict)
    #: below this confidence a value that was read asks for a person
    confidence_threshold: float = Field(default=0.9, ge=0, le=1)
    credentials_saved_at: datetime | None = None
    #: the portal's technical id of this structure (`idStructureCPP`), learnt when the credentials were tried
    portal_structure_id: int | None = None

    def criterion_for(self, *, classification_rule: str | None, folder: str | None) -> Criterion | None:
        """The first criterion the document matches; any one is enough (S28)."""
        for criterion in self.criteria:
            if criterion.matches(classification_rule=classification_rule, folder=folder):
                return criterion
        return None

    def associations_for(self, classification_rule: str | None) -> dict[FormFieldName, str]:
        """The metadata feeding each field for a document of that rule; the rule's own beat the general ones."""
        general = self.associations.get("", {})
        return {**general, **self.associations.get(classification_rule or "", {})}


def _same(wanted: str, given: str | None) -> bool:
    return given is not None and wanted.strip().casefold() == given.strip().casefold()
