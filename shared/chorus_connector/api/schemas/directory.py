"""What the answers about the portal's directory look like, for the API's description only."""

from datetime import datetime

from pydantic import BaseModel, Field

from chorus_connector.domain.portal.recipient_search import Incomplete


class _Known(BaseModel):
    retrieved_at: datetime = Field(description="When the portal said so.")
    age_seconds: int = Field(description="Seconds since then.")
    stale: bool = Field(description="true: older than a day, because the portal does not answer.")


class RecipientFoundView(BaseModel):
    """One recipient of the directory."""

    siret: str = Field(description="Its SIRET, or its RIDET or TAHITI number.")
    name: str
    postal_code: str = Field(description="Empty when the portal gives none.")
    town: str = Field(description="Empty when the portal gives none.")


class RecipientSearch(_Known):
    """One page of the recipients found, by name."""

    recipients: list[RecipientFoundView]
    complete: bool = Field(description="false: the portal may have more of them; `incomplete_because` says why.")
    incomplete_because: Incomplete | None = Field(
        description="`too_many`: more rows than are read, narrow the search. `accents`: names may have other "
        "accents, give them, or digits of the SIRET or the postal code. `not_all_asked`: the portal failed midway, "
        "search again. null: complete."
    )
    cursor: str | None


class RecipientServiceView(BaseModel):
    """A service of a recipient."""

    code: str
    name: str
    active: bool = Field(description="false: closed, the portal refuses it.")
    engagement_required: bool | None = Field(
        description="Whether it requires an engagement number, whatever its recipient requires. null: not known yet; "
        "ask for this `service` alone."
    )


class DirectoryRecipient(_Known):
    """What a recipient requires of an invoice, and one page of its services, by code."""

    siret: str
    name: str
    active: bool = Field(description="false: closed, the portal refuses its invoices.")
    postal_code: str = Field(description="Of its seat; empty when the portal gives none.")
    town: str = Field(description="Of its seat; empty when the portal gives none.")
    service_required: bool = Field(description="Whether an invoice must have a service code.")
    engagement_required: bool = Field(description="Whether an invoice must have an engagement number.")
    service_or_engagement_required: bool = Field(description="Whether it must have one of the two.")
    works_invoices_only: bool = Field(description="Whether it takes invoices of public works only.")
    reports_payment: bool = Field(description="false: the payment order is the last status to come.")
    services: list[RecipientServiceView] = Field(
        description="Empty: it has none, and only the portal can judge a code."
    )
    cursor: str | None
