"""Create tenants and change their settings. Function: supplier_api.

A tenant consists of its record, its secret and its first administrator. Credentials are checked at the portal before
they are saved. Every change is written together with its line in the audit trail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chorus_connector.domain.errors import Conflict, Invalid, NotFound, StaleWrite, refuse_if_any
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.values import normalise_all
from chorus_connector.domain.portal.answers import CredentialsRefused, PortalFailure
from chorus_connector.domain.portal.credentials import CertificateCredentials
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.audit import Change, differences
from chorus_connector.domain.suppliers.filing import (
    check_associations,
    check_attachments,
    check_criteria,
    check_supplier_name,
    check_user_label,
)
from chorus_connector.domain.suppliers.supplier import (
    DEFAULT_SUPPLIER,
    SETTINGS,
    Criterion,
    LoadingMode,
    Status,
    Supplier,
)
from chorus_connector.usecases.invoices.attachments import known_types
from chorus_connector.usecases.invoices.waiting import trial_problem
from chorus_connector.usecases.portal.asking import nothing_kept
from chorus_connector.usecases.portal.credential_probe import (
    changes_after_success,
    close_supplier_breaker,
    documents_in_state,
    reschedule_held,
)
from chorus_connector.usecases.suppliers.siret import checked_identifier, joined, structure_change

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.fields import FormFieldName
    from chorus_connector.domain.portal.credentials import Credentials
    from chorus_connector.domain.suppliers.identifier import SpelledIdentifier
    from chorus_connector.domain.suppliers.supplier import BankAccount
    from chorus_connector.ports.invoices import InvoiceStore
    from chorus_connector.ports.messages import Structures
    from chorus_connector.ports.portal import Breakers, Portal, TrackingProgressStore
    from chorus_connector.ports.suppliers import Installation, SecretStore, SupplierStore
    from chorus_connector.ports.values import Joining
    from chorus_connector.usecases.suppliers.siret import ChangeIdentifier


_TRIES = 5
_NOT_CONFIGURATION = {
    "attachment_types",
    "credentials_status",
    "probe_due_at",
    "bank_accounts",
    "portal_structure_id",
    "removal",
}
"""Fields that the portal or a removal sets: not part of the configuration, and not in the audit trail."""


@dataclass(frozen=True)
class Provision:
    """``strict_siret`` False also accepts SIRETs with a wrong check digit, such as the portal's own test SIRETs."""

    installation: Installation
    structures: Structures
    strict_siret: bool

    def create(
        self,
        *,
        supplier_id: str,
        name: str,
        by: str,
        now: datetime,
        siret: str | None = None,
        identifier: SpelledIdentifier | None = None,
        join_structure: bool = False,
    ) -> Supplier:
        """A new tenant, with a SIRET or another identifier, whose first member ``by`` has both rights.

        Raises Invalid, AlreadyExists, and StructureExists unless it is to be joined with the structure.
        """
        check_supplier_name(name)
        checked = checked_identifier(siret, identifier, strict_siret=self.strict_siret)
        supplier = Supplier(supplier_id=supplier_id, name=name, identifier=checked, created_at=now)
        joining = joined(supplier, self.structures, by=by, now=now) if join_structure else None
        self.installation.create_supplier(supplier, administrator=by, joining=joining)
        return supplier

    def begin(self, *, by: str, now: datetime) -> None:
        """Create the default supplier of a new installation, without an identifier and ready to configure.

        It is created once: a deleted default supplier is not created again.
        """
        default = Supplier(supplier_id=DEFAULT_SUPPLIER, name="Fournisseur par défaut", identifier=None, created_at=now)
        self.installation.create_default_supplier(default, administrator=by)


@dataclass(frozen=True)
class Configure:
    """Changes to one supplier, made by ``by``. ``portal`` makes a client for credentials that are not saved yet.

    ``bank_accounts`` asks the portal for the supplier's, with the saved credentials. ``certificate_problem`` says what
    is wrong with a certificate before the portal is asked, and ``certificate_end`` when it ends.
    """

    suppliers: SupplierStore
    invoices: InvoiceStore
    secrets: SecretStore
    portal: Callable[[Credentials], Portal]
    breakers: Breakers
    by: str
    identifiers: ChangeIdentifier
    progress: TrackingProgressStore | None = None
    bank_accounts: Callable[[], tuple[BankAccount, ...]] = tuple
    certificate_problem: Callable[[CertificateCredentials, datetime], Problem | None] = lambda *_: None
    certificate_end: Callable[[CertificateCredentials], datetime | None] = lambda _: None

    def save_credentials(self, credentials: Credentials, *, now: datetime) -> Supplier:
        """Check the credentials at the portal, then save them. Raises Invalid with the fault and who must fix it, and
        Transient or Conflict when the portal cannot be asked: nothing is kept then.

        Missing bank details or a password that expires soon are only warnings in the status.
        """
        supplier = self.suppliers.get()
        if supplier.status == "deleting":  # the saved secret would outlive the supplier
            raise _being_deleted()
        ends: datetime | None = None
        if isinstance(credentials, CertificateCredentials):
            if mistake := self.certificate_problem(credentials, now):
                raise Invalid.about(mistake)
            ends = self.certificate_end(credentials)
        try:
            portal = self.portal(credentials)
            account = portal.account()
        except CredentialsRefused as error:
            raise Invalid.about(trial_problem(error)) from None
        except PortalFailure as failure:
            raise nothing_kept(failure) from None
        self.secrets.put(credentials)
        keys = {"credentials_saved_at": now, "credentials_mode": credentials.mode, "certificate_expires_at": ends}
        probed = changes_after_success(
            account, mode=credentials.mode, saved_at=now, now=now, certificate_expires_at=ends
        )
        changes = {**keys, **probed}
        changes |= known_types(portal)
        saved = self._save(supplier, changes, now=now, item="credentials", action="saved")
        close_supplier_breaker(self.breakers, now=now)
        reschedule_held(self.invoices, now=now, by="supplier_api")
        return saved

    def change(self, *, version: int, now: datetime, **settings: Any) -> Supplier:
        """Set the given ``SETTINGS`` by name (None keeps a value), and keep the others.

        The SIRET may change while nothing was submitted under it, when the portal confirms that the new one is the
        supplier's. Turning automatic submission on makes complete
        invoices due at once; turning it off stops new submissions. A change without effect creates no version. Raises
        Invalid, Conflict, AlreadyExists, StructureExists, and StaleWrite when ``version`` is not the current one.
        """
        assert settings.keys() <= SETTINGS
        supplier = self._current(version)
        given = {name: value for name, value in settings.items() if value is not None}
        if "defaults" in given:
            given |= self._checked_defaults(supplier, _normalised(given["defaults"]))
        _check(given)
        siret, identifier = given.pop("siret", None), given.pop("identifier", None)
        if siret is not None or identifier is not None:
            wanted = checked_identifier(siret, identifier, strict_siret=self.identifiers.strict_siret)
            given |= self.identifiers.changes(supplier, wanted, now=now)
        changed = self._save(supplier, given, now=now)
        if changed.loading_mode != supplier.loading_mode:
            self._restart_retrieval(changed.loading_mode, now)
        if "automatic_submission" in given:  # also when unchanged: an earlier call may have crashed before this step
            self._reschedule_waiting(changed, now)
        return changed

    def assign_identifier(
        self,
        siret: str | None = None,
        identifier: SpelledIdentifier | None = None,
        *,
        join_structure: bool,
        version: int,
        now: datetime,
    ) -> Supplier:
        """Give the supplier this identifier without asking the portal: for administrators of the installation.

        ``join_structure``: the supplier becomes one with the structure of that SIRET, which exists on its own from then
        on: it keeps its messages and members, and never goes with the supplier. Raises as ``change``.
        """
        supplier = self._current(version)
        checked = checked_identifier(siret, identifier, strict_siret=self.identifiers.strict_siret)
        changes = self.identifiers.changes(supplier, checked, now=now)
        wanted = supplier.model_copy(update=changes)
        joining = joined(wanted, self.identifiers.structures, by=self.by, now=now) if join_structure else None
        return self._save(supplier, changes, now=now, joining=joining)

    def suspend(self, *, version: int, now: datetime) -> Supplier:
        """Stop uploads, submissions and messages until ``resume``; data can be viewed. Raises StaleWrite, Conflict."""
        return self._set_status("suspended", version, now)

    def resume(self, *, version: int, now: datetime) -> Supplier:
        """Make the supplier active again; held invoices are due at the next ten-minute run.

        Raises StaleWrite, Conflict.
        """
        resumed = self._set_status("active", version, now)
        reschedule_held(self.invoices, now=now, by="supplier_api")
        return resumed

    def add_criterion(self, criterion: Criterion, *, version: int, now: datetime) -> Supplier:
        """Add a criterion; one matching criterion is enough to take a document.

        Raises Invalid for a blank criterion or one that is there already, and StaleWrite.
        """
        supplier = self._current(version)
        check_criteria((*supplier.criteria, criterion))
        criteria = (*supplier.criteria, criterion)
        return self._save(supplier, {"criteria": criteria}, now=now, item="criteria", action="added")

    def remove_criterion(self, criterion_id: str, *, version: int, now: datetime) -> Supplier:
        """Remove a criterion; documents already taken are not changed. Raises NotFound, StaleWrite."""
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
        joining: Joining | None = None,
    ) -> Supplier:
        """Write the next version together with its line in the audit trail; without a change, nothing."""
        if joining is None and supplier.model_copy(update=dict(changes)) == supplier:
            return supplier
        changed = supplier.model_copy(update={**changes, "version": supplier.version + 1})
        before, after = differences(_configuration(supplier), _configuration(changed))
        change = Change(
            change_id=f"{changed.version:08d}", at=now, by=self.by, item=item, action=action, before=before, after=after
        )
        if changed.identifier == supplier.identifier and joining is None:
            self.suppliers.save(changed, change=change)
            return changed
        left = self.identifiers.structure(supplier) if supplier.identifier else None
        released = structure_change(supplier, "released", by=self.by, now=now)
        self.suppliers.save_claiming_siret(
            changed, before=supplier.identifier_key, change=change, released=released, joining=joining
        )
        if left is not None and changed.identifier != supplier.identifier:
            # what was granted under the released identifier has no effect any more: this deletes what is left of it
            left.end_all_under(supplier.supplier_id, by=self.by, now=now)
        return changed

    def _checked_defaults(self, supplier: Supplier, defaults: dict[FormFieldName, str]) -> dict[str, object]:
        """The default values, with the portal's bank details if they were asked for. Raises Invalid.

        Bank details are checked as a row of the bank table is. When the portal cannot be asked they are kept, and the
        supplier's warnings say that they were not verified.
        """
        wanted = defaults.get("bank_account")
        known = {str(each.portal_id) for each in supplier.bank_accounts}
        if wanted is None or wanted == supplier.defaults.get("bank_account") or wanted in known:
            return {"defaults": defaults}
        try:
            accounts = self.bank_accounts()
        except PortalFailure:
            return {"defaults": defaults}
        if wanted not in {str(each.portal_id) for each in accounts}:
            raise Invalid.about(_unknown_account(wanted, accounts))
        return {"defaults": defaults, "bank_accounts": accounts}

    def _set_status(self, status: Status, version: int, now: datetime) -> Supplier:
        supplier = self._current(version)
        if supplier.status == "deleting":
            raise _being_deleted()
        return self._save(supplier, {"status": status}, now=now)

    def _restart_retrieval(self, mode: LoadingMode, now: datetime) -> None:
        """Make a complete retrieval due soon, and later ones as ``mode`` requires."""
        if self.progress is not None:
            for _ in range(_TRIES):
                with suppress(StaleWrite):  # a tracking run wrote meanwhile; it does not change the mode
                    self.progress.save(self.progress.get().in_mode(mode, now))
                    return

    def _reschedule_waiting(self, supplier: Supplier, now: datetime) -> None:
        for invoice in documents_in_state(self.invoices, State.READY):
            wanted = supplier.automatic_submission or invoice.submit_requested_by is not None
            if (invoice.due_at is not None) != wanted:
                moved = invoice.ready(now, automatic=supplier.automatic_submission)
                with suppress(StaleWrite):  # the invoice was changed meanwhile, with newer knowledge
                    self.invoices.save(moved, by="supplier_api", action="rescheduled")


def _check(given: Mapping[str, Any]) -> None:
    """Raises Invalid for rules and names that could never have an effect."""
    check_associations(given.get("associations", {}))
    if "name" in given:
        check_supplier_name(given["name"])
    if "attachments" in given:
        check_attachments(given["attachments"])
    if "user_label_metadata" in given:
        check_user_label(given["user_label_metadata"])


def _configuration(supplier: Supplier) -> dict[str, object]:
    return {"siret": supplier.siret, **supplier.model_dump(mode="json", exclude=_NOT_CONFIGURATION)}


def _normalised(defaults: Mapping[FormFieldName, str]) -> dict[FormFieldName, str]:
    values, problems = normalise_all(defaults)
    refuse_if_any("Valeur par défaut invalide.", "Invalid default value.", *problems)
    return values


def _unknown_account(wanted: str, accounts: tuple[BankAccount, ...]) -> Problem:
    offered = ", ".join(f"{each.portal_id} ({each.name})" if each.name else str(each.portal_id) for each in accounts)
    return Problem(
        field="defaults.bank_account",
        code="bank_account_unknown",
        fr=f"Chorus Pro ne connaît pas les coordonnées bancaires {wanted} de ce fournisseur. Il connaît : "
        f"{offered or 'aucune'}.",
        en=f"Chorus Pro knows no bank details {wanted} of this supplier. It knows: {offered or 'none'}.",
    )


def _being_deleted() -> Conflict:
    return Conflict("supplier_deleting", "Ce fournisseur est en cours de suppression.", "It is being deleted.")
