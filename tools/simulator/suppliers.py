"""Who may call: PISTE applications, suppliers' structures, their bank details and technical accounts.

Only credentials and attachments live here; tokens are in `oauth.py`. Secrets are kept as given and never shown.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr

from tools.simulator.clock import later
from tools.simulator.requests import IdentifierType
from tools.simulator.tables import table

FAMILIES = ("factures", "facturesTravaux", "structures", "transverses", "utilisateurs", "engagements")


class BankAccountSeed(BaseModel):
    """Bank details as the supplier entered them in the portal; the API only ever shows id and name."""

    model_config = ConfigDict(extra="forbid")

    id: int | None = None
    name: str = "Compte principal"


class SupplierSeed(BaseModel):
    """A supplier with everything needed to call: its structure, technical account and PISTE application."""

    model_config = ConfigDict(extra="forbid")

    siret: str
    """The identifier: a SIRET, unless ``identifier_type`` says otherwise."""
    identifier_type: IdentifierType = "SIRET"
    name: str = "Fournisseur"
    login: str
    password: SecretStr
    client_id: str
    client_secret: SecretStr
    bank_accounts: list[BankAccountSeed] = [BankAccountSeed()]
    services: list[str] = []
    active: bool = True
    families: list[str] = list(FAMILIES)
    linked: bool = True
    """The raccordement: whether the PISTE application is declared for this structure."""
    attached: bool = True
    """Whether the technical account is attached to this structure."""
    password_age_days: float = 0
    usable_after_minutes: float = 0
    """A new technical account of the real portal works some 30 minutes after its creation."""


@dataclass
class BankAccount:
    id: int
    name: str


@dataclass
class Supplier:
    """A supplier's structure (`idFournisseur` = `id`)."""

    id: int
    siret: str
    name: str
    active: bool
    identifier_type: IdentifierType = "SIRET"
    bank_accounts: dict[int, BankAccount] = field(default_factory=dict)
    services: dict[int, str] = field(default_factory=dict)


@dataclass
class Account:
    """A technical account and the structures it is attached to."""

    login: str
    password: SecretStr
    password_set: datetime
    usable_from: datetime
    supplier_ids: set[int] = field(default_factory=set)

    def password_expires(self, lifetime_days: int) -> datetime:
        return later(self.password_set, timedelta(days=lifetime_days))


@dataclass
class Application:
    """A PISTE application: its API families and the structures that declared it."""

    client_id: str
    secret: SecretStr
    families: set[str] = field(default_factory=set)
    supplier_ids: set[int] = field(default_factory=set)


class Suppliers:
    """All suppliers, accounts and applications."""

    def __init__(self) -> None:
        self._ids = itertools.count(26_000_001)
        self._small_ids = itertools.count(2001)
        self._suppliers: dict[int, Supplier] = {}
        self._by_identifier: dict[tuple[IdentifierType, str], Supplier] = {}
        self.accounts: dict[str, Account] = {}
        self.applications: dict[str, Application] = {}

    def put(self, seed: SupplierSeed, now: datetime) -> Supplier:
        """Add a supplier, or replace the one with this identifier; the id is kept."""
        identifier = (seed.identifier_type, seed.siret)
        supplier = self._by_identifier.get(identifier) or Supplier(
            next(self._ids), seed.siret, seed.name, seed.active, seed.identifier_type
        )
        supplier.name, supplier.active = seed.name, seed.active
        banks = [BankAccount(bank.id or next(self._small_ids), bank.name) for bank in seed.bank_accounts]
        supplier.bank_accounts = {bank.id: bank for bank in banks}
        supplier.services = {next(self._small_ids): code for code in seed.services}
        self._suppliers[supplier.id] = self._by_identifier[identifier] = supplier
        self._put_account(seed, supplier, now)
        self._put_application(seed, supplier)
        return supplier

    def _put_account(self, seed: SupplierSeed, supplier: Supplier, now: datetime) -> None:
        known = self.accounts.get(seed.login)
        account = Account(
            login=seed.login,
            password=seed.password,
            password_set=later(now, -timedelta(days=seed.password_age_days)),
            usable_from=later(now, timedelta(minutes=seed.usable_after_minutes)),
            supplier_ids=known.supplier_ids if known else set(),
        )
        _belongs(account.supplier_ids, supplier.id, seed.attached)
        self.accounts[seed.login] = account

    def _put_application(self, seed: SupplierSeed, supplier: Supplier) -> None:
        application = self.applications.get(seed.client_id) or Application(seed.client_id, seed.client_secret)
        application.secret = seed.client_secret
        application.families = set(seed.families)
        _belongs(application.supplier_ids, supplier.id, seed.linked)
        self.applications[seed.client_id] = application

    def get(self, supplier_id: int) -> Supplier | None:
        return self._suppliers.get(supplier_id)

    def find(self, siret: str) -> Supplier | None:
        return self._by_identifier.get(("SIRET", siret))

    def all(self) -> list[Supplier]:
        return list(self._suppliers.values())

    def of(self, account: Account) -> list[Supplier]:
        """The structures an account is attached to, in the order of their ids."""
        return [self._suppliers[supplier_id] for supplier_id in sorted(account.supplier_ids)]


def default_supplier() -> SupplierSeed:
    """The supplier that is ready when the simulator starts."""
    return SupplierSeed.model_validate(table("default_supplier"))


def other_suppliers() -> list[SupplierSeed]:
    """Fictitious suppliers without SIRET, which are ready too; each has an account and an application of its own."""
    return [SupplierSeed.model_validate(each) for each in table("other_suppliers")["supplier"]]


def describe(supplier: Supplier) -> dict[str, Any]:
    """A supplier as the admin API shows it: never a secret."""
    return {
        "idStructureCPP": supplier.id,
        "siret": supplier.siret,
        "identifier_type": supplier.identifier_type,
        "name": supplier.name,
        "active": supplier.active,
        "bank_accounts": [{"id": bank.id, "name": bank.name} for bank in supplier.bank_accounts.values()],
        "services": [{"id": key, "code": code} for key, code in supplier.services.items()],
    }


def _belongs(ids: set[int], supplier_id: int, wanted: bool) -> None:
    if wanted:
        ids.add(supplier_id)
    else:
        ids.discard(supplier_id)
