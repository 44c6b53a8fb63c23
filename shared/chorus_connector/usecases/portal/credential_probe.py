"""The daily check of every supplier's credentials, so that problems show before an invoice fails on them.

The result is saved on the supplier and announced once when it changes. A password that expires within 15 days is
announced too. Once credentials work again, invoices held because of them become due. A person may ask for the
check too. Functions: credential_probe, supplier_api.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chorus_connector.domain.errors import NotFound, StaleWrite
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.answers import CredentialsRefused, PortalAccount, PortalFailure
from chorus_connector.domain.portal.breaker import Breaker, Circuit, Weight, after_failure, closed_breaker
from chorus_connector.domain.portal.credentials import (
    CredentialsStatus,
    codes_to_announce,
    ending_problem,
    expiry_problem,
    mode_problem,
    password_expiry,
)
from chorus_connector.domain.portal.pace import EVERY_TEN_MINUTES
from chorus_connector.ports.values import AuditEvent
from chorus_connector.usecases.hand_out import hand_out_share
from chorus_connector.usecases.invoices.attachments import known_types
from chorus_connector.usecases.invoices.waiting import bank_details_problem, trial_problem
from chorus_connector.usecases.paging import every_page
from chorus_connector.usecases.portal.asking import not_answered

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.domain.portal.credentials import CredentialMode
    from chorus_connector.domain.suppliers.supplier import Supplier
    from chorus_connector.ports.invoices import InvoiceStore
    from chorus_connector.ports.portal import Breakers, Portal
    from chorus_connector.ports.suppliers import Installation, SupplierQueue, SupplierStore

_ACTOR = "credential_probe"
_TRIES = 5
"""Attempts at a write of the breaker that lost a race."""
PROBE_EVERY = timedelta(hours=20)
"""Shorter than the day between two runs, so that a run never starts just before a supplier is due."""


@dataclass(frozen=True)
class HandOutProbes:
    """The morning's run that queues the suppliers to check. It reads only suppliers with credentials.

    It starts every ten minutes up to the hour ``until`` in France, and each start hands out its share.
    """

    installation: Installation
    queue: SupplierQueue
    until: int
    limit: int = 100_000

    def run(self, *, now: datetime) -> int:
        """Queue this start's share of the suppliers that are due for a check; returns how many."""
        due = self.installation.probes_due(now, limit=self.limit)
        return hand_out_share(self.installation, due, self.queue.send, until=self.until, now=now)


@dataclass(frozen=True)
class ProbeCredentials:
    """The check of one supplier's credentials.

    ``portal`` has no circuit breaker: an open breaker must not hide the fault.
    """

    suppliers: SupplierStore
    invoices: InvoiceStore
    portal: Portal
    breakers: Breakers

    def run(self, *, now: datetime) -> Supplier:
        """Check the credentials and save the result. If the portal cannot be asked, nothing is saved.

        Raises StaleWrite when the supplier was changed meanwhile: the queue delivers the message again.
        """
        supplier = self.suppliers.get()
        if supplier.probe_due_at is None or supplier.probe_due_at > now:
            return supplier  # no credentials, or another delivery of this message did the check
        with suppress(PortalFailure):
            return self._tried(supplier, now)
        return supplier

    def try_saved(self, *, now: datetime) -> Supplier:
        """Check the saved credentials for a person who asks, and save the result, a refusal too.

        Raises Conflict when none are saved, and Transient or Conflict when the portal cannot be asked.
        """
        supplier = self.suppliers.get()
        if supplier.credentials_saved_at is None:
            raise not_answered(CredentialsRefused("missing"))
        try:
            return self._tried(supplier, now)
        except PortalFailure as failure:
            raise not_answered(failure) from None

    def _tried(self, supplier: Supplier, now: datetime) -> Supplier:
        saved_at = supplier.credentials_saved_at or now
        told_before = self.breakers.get().supplier
        try:
            account, mode = self.portal.account(), supplier.credentials_mode
            ends = supplier.certificate_expires_at
            facts = changes_after_success(account, mode=mode, saved_at=saved_at, now=now, certificate_expires_at=ends)
            facts |= known_types(self.portal)
        except CredentialsRefused as refusal:
            if self._counted(refusal, supplier, now).suspected:
                return self._tried_again_soon(supplier, now)
            facts = _refused(refusal, supplier, now)
        probed = self._save(supplier, facts, told_before)
        if probed.credentials_status is not None and probed.credentials_status.works:
            close_supplier_breaker(self.breakers, now=now)
            reschedule_held(self.invoices, now=now, by=_ACTOR)
        return probed

    def _counted(self, refusal: CredentialsRefused, supplier: Supplier, now: datetime) -> Breaker:
        """The supplier's breaker with the refusal counted.

        It notifies people once, whether a call or this check meets the refusal.
        ``suspected``: PISTE's refusal may still pass, so that no keys are blamed.
        """
        for _ in range(_TRIES):
            circuit = self.breakers.get()
            counted = after_failure(circuit, refusal, Weight.READ, supplier_id=supplier.supplier_id, now=now)
            with suppress(StaleWrite):  # another worker counted a newer result
                return self.breakers.save(circuit, counted).supplier
        raise StaleWrite

    def _tried_again_soon(self, supplier: Supplier, now: datetime) -> Supplier:
        soon = {"probe_due_at": now + EVERY_TEN_MINUTES, "version": supplier.version + 1}
        due = supplier.model_copy(update=soon)
        self.suppliers.save(due)
        return due

    def _save(self, supplier: Supplier, facts: dict[str, Any], told_before: Breaker) -> Supplier:
        probed = supplier.model_copy(update={**facts, "version": supplier.version + 1})
        status = probed.credentials_status
        assert status is not None
        told = _not_told_yet(codes_to_announce(supplier.credentials_status, status), told_before, status.probed_at)
        event = AuditEvent(
            at=status.probed_at,
            by=_ACTOR,
            action="credentials_announced",
            state="working" if status.works else "refused",
            detail=", ".join(told),
        )
        self.suppliers.save(probed, event=event if told else None)
        return probed


def changes_after_success(
    account: PortalAccount,
    *,
    mode: CredentialMode | None,
    saved_at: datetime,
    now: datetime,
    certificate_expires_at: datetime | None = None,
) -> dict[str, Any]:
    """The changes to a supplier's record after a successful check, with its warnings."""
    expires_at = password_expiry(account.password_expires_at, saved_at)
    no_bank_details = None if account.bank_accounts else bank_details_problem()
    certificate_ends = ending_problem(certificate_expires_at, now) if certificate_expires_at else None
    warnings = (expiry_problem(expires_at, now), certificate_ends, no_bank_details, mode_problem(mode))
    return {
        "portal_structure_id": account.structure_id,
        "bank_accounts": account.bank_accounts,
        "probe_due_at": now + PROBE_EVERY,
        "credentials_status": CredentialsStatus(
            probed_at=now,
            problems=tuple(warning for warning in warnings if warning is not None),
            password_expires_at=expires_at,
        ),
    }


def close_supplier_breaker(breakers: Breakers, *, now: datetime) -> None:
    """Close the supplier's own breaker, because its credentials have just worked.

    The portal's breaker is not touched.
    """
    circuit = breakers.get()
    if circuit.supplier == closed_breaker(circuit.supplier):
        return
    with suppress(StaleWrite):  # another worker wrote a newer result
        breakers.save(circuit, Circuit(circuit.portal, closed_breaker(circuit.supplier, now)))


def reschedule_held(invoices: InvoiceStore, *, now: datetime, by: str) -> None:
    """Make held invoices due now: the portal has just accepted this supplier's credentials."""
    for invoice in documents_in_state(invoices, State.HELD):
        if invoice.stopped is not None:
            continue
        with suppress(StaleWrite):  # the invoice was changed meanwhile, with newer knowledge
            invoices.save(invoice.move(State.HELD, now, action="wake", due_at=now), by=by, action="rescheduled")


def documents_in_state(invoices: InvoiceStore, state: State) -> Iterator[Invoice]:
    """Every document in that state among those to process."""
    pages = every_page(lambda cursor: invoices.page("to_process", limit=100, cursor=cursor))
    for listed in (each for page in pages for each in page.invoices if each.state is state):
        with suppress(NotFound):
            invoice = invoices.get(listed.document_id)
            if invoice.state is state:
                yield invoice


def _not_told_yet(codes: Sequence[str], breaker: Breaker, now: datetime) -> tuple[str, ...]:
    """The codes without what the breaker announced before: a call met the refusal, or its end, before this check."""
    told = set()
    if "blamed" in breaker.told:
        told = {f"credentials_{breaker.refusal}"}
    elif breaker.told_at is not None and now - breaker.told_at < PROBE_EVERY and not breaker.told:
        told = {"credentials_work_again"}
    return tuple(each for each in codes if each not in told)


def _refused(refusal: CredentialsRefused, supplier: Supplier, now: datetime) -> dict[str, Any]:
    """The changes to a supplier's record after a refusal.

    It is checked again daily: the portal may be under maintenance.
    """
    known = supplier.credentials_status
    problem = trial_problem(refusal)
    return {
        "probe_due_at": now + PROBE_EVERY,
        "credentials_status": CredentialsStatus(
            probed_at=now,
            problems=(problem,),
            password_expires_at=known.password_expires_at if known else None,
        ),
    }
