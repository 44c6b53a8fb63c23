"""The directory of public structures: who can receive an invoice, with which obligations and services.

In open mode any well-formed 14-digit SIRET becomes an active structure without obligations the first time it is asked
for, and any well-formed service code belongs to it: real invoices can then be tried without knowing their recipients.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tools.simulator.many_services import many_services
from tools.simulator.seeds import ServiceSeed, StructureSeed, TwinSeed
from tools.simulator.tables import table

PUBLIC_INVOICES = "FACTURES_PUBLIQUES"
"""A technical service present on every structure, reserved to invoices between public bodies."""
SERVICE_CODE = re.compile(r"[0-9A-Za-zÀ-ÖØ-öø-ÿ _-]{1,100}")
SIRET = re.compile(r"\d{14}")


@dataclass
class Service:
    """A service of a structure, with the portal's id."""

    id: int
    seed: ServiceSeed

    @property
    def code(self) -> str:
        return self.seed.code

    @property
    def active(self) -> bool:
        return self.seed.active


@dataclass
class Structure:
    """A public structure, with the portal's id."""

    id: int
    seed: StructureSeed
    services: dict[str, Service] = field(default_factory=dict)
    open: bool = False
    private: bool = False
    twins: list[Structure] = field(default_factory=list)
    """Other structures under this SIRET."""

    @property
    def siret(self) -> str:
        return self.seed.siret

    @property
    def name(self) -> str:
        return self.seed.name or f"Structure {self.seed.siret}"

    def listed_services(self) -> list[Service]:
        """The services that a search lists; an open structure, which accepts any code, lists the technical one."""
        if self.open:
            return [self.services[PUBLIC_INVOICES]]
        return list(self.services.values())


class Directory:
    """All public structures, found by SIRET or by the portal's id."""

    def __init__(self, *, opened: bool, created: datetime) -> None:
        self.opened = opened
        self.created = created
        self._ids = itertools.count(25_000_001)
        self._service_ids = itertools.count(4_000_001)
        self._by_siret: dict[str, Structure] = {}
        self._by_id: dict[int, Structure] = {}
        for entry in table("directory")["structure"]:
            self.put(StructureSeed.model_validate(entry))

    def put(self, seed: StructureSeed) -> Structure:
        """Add a structure, or replace the one with this SIRET; ids are kept."""
        known = self._by_siret.get(seed.siret)
        structure = Structure(known.id if known else next(self._ids), seed)
        old = known.services if known else {}
        self._by_siret[seed.siret] = self._by_id[structure.id] = structure
        technical = ServiceSeed(code=PUBLIC_INVOICES, name="Factures publiques")
        for service in [*many_services(seed.generated_services), *seed.services, technical]:
            self._put_service(structure, service, old.get(service.code))
        structure.twins = [self._put_twin(seed, twin) for twin in seed.twins]
        return structure

    def _put_twin(self, seed: StructureSeed, twin: TwinSeed) -> Structure:
        own = StructureSeed(siret=seed.siret, name=twin.name or seed.name, active=twin.active)
        structure = Structure(next(self._ids), own, private=twin.private)
        self._by_id[structure.id] = structure
        return structure

    def _put_service(self, structure: Structure, seed: ServiceSeed, known: Service | None = None) -> Service:
        service = Service(known.id if known else next(self._service_ids), seed)
        structure.services[seed.code] = service
        return service

    def find(self, siret: str) -> Structure | None:
        structure = self._by_siret.get(siret)
        if structure is None and self.opened and SIRET.fullmatch(siret):
            structure = self.put(StructureSeed(siret=siret, name=f"Structure ouverte {siret}"))
            structure.open = True
        return structure

    def get(self, structure_id: int) -> Structure | None:
        return self._by_id.get(structure_id)

    def service(self, structure: Structure, code: str) -> Service | None:
        """The service with this code; an open structure gets it when the code is well formed."""
        service = structure.services.get(code)
        if service is None and structure.open and SERVICE_CODE.fullmatch(code):
            service = self._put_service(structure, ServiceSeed(code=code, name=f"Service {code}"))
        return service

    def all(self) -> list[Structure]:
        return list(self._by_siret.values())


def describe(structure: Structure) -> dict[str, Any]:
    """A structure as the admin API shows it."""
    return {"idStructureCPP": structure.id, **structure.seed.model_dump(), "open": structure.open}
