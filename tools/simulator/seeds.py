"""Public structures and their services as the directory file, a scenario or the admin API describes them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ServiceSeed(BaseModel):
    """A service as the directory file, a scenario or the admin API describes it."""

    model_config = ConfigDict(extra="forbid")

    code: str
    name: str = ""
    active: bool = True
    engagement_required: bool = False


class TwinSeed(BaseModel):
    """Another structure under the same SIRET, which a search lists first and which receives nothing."""

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    active: bool = False
    private: bool = False


class StructureSeed(BaseModel):
    """A public structure as the directory file, a scenario or the admin API describes it."""

    model_config = ConfigDict(extra="forbid")

    siret: str
    """The identifier: a SIRET, unless ``identifier_type`` says otherwise."""
    identifier_type: Literal["SIRET", "RIDET", "TAHITI"] = "SIRET"
    name: str = ""
    postcode: str = "75000"
    city: str = "PARIS"
    active: bool = True
    service_required: bool = False
    engagement_required: bool = False
    service_or_engagement: bool = False
    works_owner_only: bool = False
    reports_payment: bool = True
    state: bool = False
    engagements: list[str] = []
    life: str | None = None
    services: list[ServiceSeed] = []
    twins: list[TwinSeed] = []
    """Other structures under the same SIRET; the last one is listed first."""
    generated_services: int = Field(0, ge=0, le=100_000)
