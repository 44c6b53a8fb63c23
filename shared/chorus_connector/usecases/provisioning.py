"""Box supplier_api: bring a tenant into being and set its rules.

A tenant is its record, its secret and its first administrator. Credentials are tried before they are kept.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from chorus_connector.domain.credentials import Credentials
from chorus_connector.domain.errors import Invalid, NotFound, StaleWrite
from chorus_connector.domain.form import FormFieldName
from chorus_connector.domain.identifiers import is_siret
from chorus_connector.domain.invoice import Invoice, State
from chorus_connector.domain.portal import AnswerLost, CredentialsRefused, PortalRefused, PortalUnreachable
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.supplier import Criterion, Supplier
from chorus_connector.domain.values import normalise
from chorus_connector.ports import Installation, InvoiceStore, Portal, SecretStore, SupplierStore
from chorus_connector.usecases.holding import credentials_problem, portal_problem


@dataclass(frozen=True)
class Provision:
    """``strict_siret`` off lets test SIRETs through that fail their check digit, as the portal's own do."""

    installation: Installation
    strict_siret: bool

    def create(self, *, supplier_id: str, name: str, siret: str, by: str, now: datetime) -> Supplier:
        """A new tenant, with ``by`` as its first administrator. Raises Invalid, AlreadyExists."""
        digits, problem = normalise("supplier_siret", siret)
        if problem is not None or not digits:
            raise _bad_siret()
        if self.strict_siret and not is_siret(digits):
            raise _bad_siret()
        supplier = Supplier(supplier_id=supplier_id, name=name, siret=digits, created_at=now)
        self.installation.create_supplier(supplier, administrator=by)
        return supplier


@dataclass(frozen=True)
class Configure:
    """Changes to one supplier. ``portal`` makes the portal's gateway for credentials that are not saved yet."""

    suppliers: SupplierStore
    invoices: InvoiceStore
    secrets: SecretStore
    portal: Callable[[Credentials], Portal]

    def save_credentials(self, credentials: Credentials, *, now: datetime) -> Supplier:
        """Try the credentials, then keep them. Raises Invalid with what is wrong and who must mend it (S10)."""
        supplier = self.suppliers.get()
        try:
            account = self.portal(credentials).account()
        except CredentialsRefused as error:
            problem = credentials_problem(error.fault).model_copy(update={"blocking": True})
            raise Invalid(problem.fr, problem.en, problems=(problem,)) from None
        except (PortalUnreachable, AnswerLost, PortalRefused):
            problem = portal_problem()
            raise Invalid(problem.fr, problem.en, problems=(problem,)) from None
        self.secrets.put(credentials)
        saved = self._save(supplier, {"credentials_saved_at": now, "portal_structure_id": account.structure_id})
        self._wake_held(now)
        return saved

    def change(
        self,
        *,
        version: int,
        name: str | None = None,
        automatic_submission: bool | None = None,
        confidence_threshold: float | None = None,
        defaults: Mapping[FormFieldName, str] | None = None,
        associations: Mapping[str, Mapping[FormFieldName, str]] | None = None,
        now: datetime,
    ) -> Supplier:
        """Set what is given, leave the rest. Raises StaleWrite when ``version`` is not the current one.

        Turning automatic submission on makes what already waits due at once; turning it off lets nothing new go.
        """
        supplier = self._current(version)
        changes: dict[str, object] = {
            "name": name,
            "automatic_submission": automatic_submission,
            "confidence_threshold": confidence_threshold,
            "defaults": _normalised(defaults) if defaults is not None else None,
            "associations": associations,
        }
        changed = self._save(supplier, {key: value for key, value in changes.items() if value is not None})
        if changed.automatic_submission != supplier.automatic_submission:
            self._reschedule_waiting(changed, now)
        return changed

    def add_criterion(self, criterion: Criterion, *, version: int) -> Supplier:
        """One more criterion; any one that matches is enough (S28). Raises Invalid, StaleWrite."""
        if (criterion.classification_rule is None) == (criterion.folder is None):
            raise Invalid(
                "Un critère porte sur une règle de classement ou sur un dossier, l'un des deux.",
                "A criterion is on a classification rule or on a folder, one of the two.",
            )
        supplier = self._current(version)
        return self._save(supplier, {"criteria": (*supplier.criteria, criterion)})

    def remove_criterion(self, criterion_id: str, *, version: int) -> Supplier:
        """Without that criterion; documents already taken stay taken. Raises NotFound, StaleWrite."""
        supplier = self._current(version)
        kept = tuple(each for each in supplier.criteria if each.criterion_id != criterion_id)
        if len(kept) == len(supplier.criteria):
            raise NotFound
        return self._save(supplier, {"criteria": kept})

    def _current(self, version: int) -> Supplier:
        supplier = self.suppliers.get()
        if supplier.version != version:
            raise StaleWrite
        return supplier

    def _save(self, supplier: Supplier, changes: Mapping[str, object]) -> Supplier:
        changed = supplier.model_copy(update={**changes, "version": supplier.version + 1})
        self.suppliers.save(changed)
        return changed

    def _wake_held(self, now: datetime) -> None:
        """What waited for good credentials need not wait for its next try."""
        for invoice in in_state(self.invoices, State.HELD):
            with suppress(StaleWrite):
                self.invoices.save(
                    invoice.move(State.HELD, now, action="wake", due_at=now), by="supplier_api", action="rescheduled"
                )

    def _reschedule_waiting(self, supplier: Supplier, now: datetime) -> None:
        for invoice in in_state(self.invoices, State.READY):
            wanted = supplier.automatic_submission or invoice.submit_requested_by is not None
            if (invoice.due_at is not None) != wanted:
                moved = invoice.ready(now, automatic=supplier.automatic_submission)
                with suppress(StaleWrite):  # somebody moved it meanwhile, knowing more than we do
                    self.invoices.save(moved, by="supplier_api", action="rescheduled")


def in_state(invoices: InvoiceStore, state: State) -> Iterator[Invoice]:
    """Every document to process that stands in that state, whichever page it is on."""
    cursor: str | None = None
    while True:
        page = invoices.page("to_process", limit=100, cursor=cursor)
        yield from (invoice for invoice in page.invoices if invoice.state is state)
        cursor = page.cursor
        if cursor is None:
            return


def _normalised(defaults: Mapping[FormFieldName, str]) -> dict[FormFieldName, str]:
    values: dict[FormFieldName, str] = {}
    problems: list[Problem] = []
    for name, raw in defaults.items():
        value, problem = normalise(name, raw)
        if problem is not None:
            problems.append(problem)
        values[name] = value
    if problems:
        raise Invalid("Valeur par défaut invalide.", "Invalid default value.", problems=tuple(problems))
    return values


def _bad_siret() -> Invalid:
    problem = Problem(
        field="siret",
        code="not_a_siret",
        fr="Un SIRET a 14 chiffres et une clé juste : recopiez-le depuis l'avis de situation.",
        en="A SIRET has 14 digits and a right check digit: copy it from the official notice.",
    )
    return Invalid(problem.fr, problem.en, problems=(problem,))
