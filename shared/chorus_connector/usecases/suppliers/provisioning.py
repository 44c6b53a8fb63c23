"""Box supplier_api: bring a tenant into being and set its rules.

A tenant is its record, its secret and its first administrator. Credentials are tried before they are kept.
Every change is written together with its line in the audit trail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chorus_connector.domain.errors import Conflict, Invalid, NotFound, StaleWrite, refuse_if_any
from chorus_connector.domain.identifiers import is_siret
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.values import normalise, normalise_all
from chorus_connector.domain.portal.answers import CredentialsRefused, PortalFailure
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.audit import Change, differences
from chorus_connector.domain.suppliers.supplier import (
    DEFAULT_SUPPLIER,
    SETTINGS,
    Criterion,
    LoadingMode,
    Status,
    Supplier,
)
from chorus_connector.usecases.invoices.waiting import credentials_problem, portal_problem
from chorus_connector.usecases.portal.credential_probe import forgive, in_state, passed, wake_held

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.fields import FormFieldName
    from chorus_connector.domain.portal.credentials import Credentials
    from chorus_connector.ports.invoices import InvoiceStore
    from chorus_connector.ports.portal import Breakers, Portal, TrackingProgressStore
    from chorus_connector.ports.suppliers import Installation, SecretStore, SupplierStore


_TRIES = 5
_FOUND_OUT = {"credentials_status", "probe_due_at", "bank_accounts", "portal_structure_id", "removal"}
"""What the portal told of the supplier: no part of its configuration, and not for the audit trail."""


@dataclass(frozen=True)
class Provision:
    """``strict_siret`` off lets test SIRETs through that fail their check digit, as the portal's own do."""

    installation: Installation
    strict_siret: bool

    def create(self, *, supplier_id: str, name: str, siret: str, by: str, now: datetime) -> Supplier:
        """A new tenant, whose first member ``by`` has both rights. Raises Invalid, AlreadyExists."""
        digits = checked_siret(siret, strict=self.strict_siret)
        supplier = Supplier(supplier_id=supplier_id, name=name, siret=digits, created_at=now)
        self.installation.create_supplier(supplier, administrator=by)
        return supplier

    def begin(self, *, by: str, now: datetime) -> None:
        """See to it that a new installation has its default supplier, without a SIRET and ready to configure.

        Made once: one that was deleted does not come back.
        """
        default = Supplier(supplier_id=DEFAULT_SUPPLIER, name="Fournisseur par défaut", siret="", created_at=now)
        self.installation.create_default_supplier(default, administrator=by)


@dataclass(frozen=True)
class Configure:
    """Changes to one supplier, made by ``by``. ``portal`` makes the gateway for credentials that are not saved yet."""

    suppliers: SupplierStore
    invoices: InvoiceStore
    secrets: SecretStore
    portal: Callable[[Credentials], Portal]
    breakers: Breakers
    by: str
    strict_siret: bool
    progress: TrackingProgressStore | None = None

    def save_credentials(self, credentials: Credentials, *, now: datetime) -> Supplier:
        """Try the credentials, then keep them. Raises Invalid with what is wrong and who must mend it.

        What is only to be wished for (bank details, a password that ends soon) is a warning in the status.
        """
        supplier = self.suppliers.get()
        if supplier.status == "deleting":  # its secret would outlive it
            raise _on_its_way_out()
        try:
            account = self.portal(credentials).account()
        except CredentialsRefused as error:
            problem = credentials_problem(error.fault).model_copy(update={"blocking": True})
            raise Invalid.about(problem) from None
        except PortalFailure:
            raise Invalid.about(portal_problem()) from None
        self.secrets.put(credentials)
        keys = {"credentials_saved_at": now, "credentials_mode": credentials.mode}
        changes = {**keys, **passed(account, saved_at=now, now=now)}
        saved = self._save(supplier, changes, now=now, item="credentials", action="saved")
        forgive(self.breakers)
        wake_held(self.invoices, now=now, by="supplier_api")
        return saved

    def change(self, *, version: int, now: datetime, **settings: Any) -> Supplier:
        """Set what is given (``SETTINGS`` by name; None leaves it as it is), leave the rest.

        The SIRET may change while nothing was submitted under it. Turning automatic submission on makes the waiting
        documents due at once; turning it off lets none of them leave. Raises Invalid, Conflict, AlreadyExists, and
        StaleWrite when ``version`` is not the current one.
        """
        assert settings.keys() <= SETTINGS
        supplier = self._current(version)
        given = {name: value for name, value in settings.items() if value is not None}
        if "defaults" in given:
            given["defaults"] = _normalised(given["defaults"])
        _refuse_vat_lines(given.get("associations", {}))
        another_siret = self._another_siret(supplier, given.pop("siret", None))
        changed = self._save(supplier, {**given, **another_siret}, now=now)
        if changed.loading_mode != supplier.loading_mode:
            self._retrieve_as(changed.loading_mode, now)
        if "automatic_submission" in given:  # also said again: the call that changed it may have died on its way
            self._reschedule_waiting(changed, now)
        return changed

    def suspend(self, *, version: int, now: datetime) -> Supplier:
        """Nothing comes in and nothing leaves until ``resume``; reading stays open. Raises StaleWrite, Conflict."""
        return self._turn("suspended", version, now)

    def resume(self, *, version: int, now: datetime) -> Supplier:
        """Active again: what waited goes with the next tick. Raises StaleWrite, Conflict."""
        resumed = self._turn("active", version, now)
        wake_held(self.invoices, now=now, by="supplier_api")
        return resumed

    def add_criterion(self, criterion: Criterion, *, version: int, now: datetime) -> Supplier:
        """One more criterion; any one that matches is enough. Raises Invalid, StaleWrite."""
        if (criterion.classification_rule is None) == (criterion.folder is None):
            raise Invalid(
                "Un critère porte sur une règle de classement ou sur un dossier, l'un des deux.",
                "A criterion is on a classification rule or on a folder, one of the two.",
            )
        supplier = self._current(version)
        criteria = (*supplier.criteria, criterion)
        return self._save(supplier, {"criteria": criteria}, now=now, item="criteria", action="added")

    def remove_criterion(self, criterion_id: str, *, version: int, now: datetime) -> Supplier:
        """Without that criterion; documents already taken stay taken. Raises NotFound, StaleWrite."""
        supplier = self._current(version)
        kept = tuple(each for each in supplier.criteria if each.criterion_id != criterion_id)
        if len(kept) == len(supplier.criteria):
            raise NotFound
        return self._save(supplier, {"criteria": kept}, now=now, item="criteria", action="removed")

    def _current(self, version: int) -> Supplier:
        supplier = self.suppliers.get()
        if supplier.version != version:
            raise StaleWrite
        return supplier

    def _save(
        self,
        supplier: Supplier,
        changes: Mapping[str, object],
        *,
        now: datetime,
        item: str = "supplier",
        action: str = "changed",
    ) -> Supplier:
        """The next version and its line in the audit trail, written together."""
        changed = supplier.model_copy(update={**changes, "version": supplier.version + 1})
        before, after = differences(_configured(supplier), _configured(changed))
        change = Change(
            change_id=f"{changed.version:08d}", at=now, by=self.by, item=item, action=action, before=before, after=after
        )
        if changed.siret == supplier.siret:
            self.suppliers.save(changed, change=change)
        else:
            self.suppliers.save_claiming_siret(changed, before=supplier.siret, change=change)
        return changed

    def _another_siret(self, supplier: Supplier, siret: str | None) -> dict[str, object]:
        """What a new SIRET changes: the portal knows another structure, so what it told of the old one is void."""
        if siret is None or (digits := checked_siret(siret, strict=self.strict_siret)) == supplier.siret:
            return {}
        sent_back = self.invoices.page("to_process", limit=1, cursor=None, sees=lambda each: each.deposit is not None)
        if self.invoices.page("tracking", limit=1, cursor=None).invoices or sent_back.invoices:
            raise Conflict(
                "siret_in_use",
                "Des factures ont été déposées sous ce SIRET : créez un autre fournisseur.",
                "Invoices were submitted under this SIRET: create another supplier.",
            )
        return {"siret": digits, "portal_structure_id": None, "bank_accounts": (), "credentials_status": None}

    def _turn(self, status: Status, version: int, now: datetime) -> Supplier:
        supplier = self._current(version)
        if supplier.status == "deleting":
            raise _on_its_way_out()
        return self._save(supplier, {"status": status}, now=now)

    def _retrieve_as(self, mode: LoadingMode, now: datetime) -> None:
        """Everything is asked for soon, and from then on as the mode says."""
        if self.progress is not None:
            for _ in range(_TRIES):
                with suppress(StaleWrite):  # a run is under way; it has no mode to set
                    self.progress.save(self.progress.get().in_mode(mode, now))
                    return

    def _reschedule_waiting(self, supplier: Supplier, now: datetime) -> None:
        for invoice in in_state(self.invoices, State.READY):
            wanted = supplier.automatic_submission or invoice.submit_requested_by is not None
            if (invoice.due_at is not None) != wanted:
                moved = invoice.ready(now, automatic=supplier.automatic_submission)
                with suppress(StaleWrite):  # somebody moved it meanwhile, knowing more than we do
                    self.invoices.save(moved, by="supplier_api", action="rescheduled")


def checked_siret(text: str, *, strict: bool) -> str:
    """The SIRET's digits. Raises Invalid when it is none; ``strict`` wants its check digit right."""
    digits, problem = normalise("supplier_siret", text)
    if problem is not None or not digits or (strict and not is_siret(digits)):
        raise _bad_siret()
    return digits


def _configured(supplier: Supplier) -> dict[str, object]:
    return supplier.model_dump(mode="json", exclude=_FOUND_OUT)


def _refuse_vat_lines(associations: Mapping[str, Mapping[FormFieldName, str]]) -> None:
    """Raises Invalid: VAT lines are read as evidence, no metadata has their shape."""
    if any("vat_lines" in fields for fields in associations.values()):
        raise Invalid.about(
            Problem(
                field="vat_lines",
                code="not_associable",
                fr="Les lignes de TVA ne peuvent pas venir d'une métadonnée.",
                en="VAT lines cannot come from a metadata.",
            )
        )


def _normalised(defaults: Mapping[FormFieldName, str]) -> dict[FormFieldName, str]:
    values, problems = normalise_all(defaults)
    refuse_if_any("Valeur par défaut invalide.", "Invalid default value.", *problems)
    return values


def _on_its_way_out() -> Conflict:
    return Conflict("supplier_deleting", "Ce fournisseur est en cours de suppression.", "It is being deleted.")


def _bad_siret() -> Invalid:
    return Invalid.about(
        Problem(
            field="siret",
            code="not_a_siret",
            fr="Un SIRET a 14 chiffres et une clé juste : recopiez-le depuis l'avis de situation.",
            en="A SIRET has 14 digits and a right check digit: copy it from the official notice.",
        )
    )
