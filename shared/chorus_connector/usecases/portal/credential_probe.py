"""Box credential_probe: every supplier's keys are tried once a day, before an invoice finds out.

What the trial shows is kept on the supplier for people to see, and told once when it changes; a password that
ends within 15 days is told too. Keys that work again wake the invoices that waited for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.answers import CredentialsRefused, PortalAccount, PortalFailure
from chorus_connector.domain.portal.breaker import Circuit, closed
from chorus_connector.domain.portal.credentials import CredentialsStatus, expiry_problem, news, password_expiry
from chorus_connector.ports.values import AuditEvent
from chorus_connector.usecases.invoices.waiting import bank_details_problem, credentials_problem
from chorus_connector.usecases.paging import every_page

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.domain.suppliers.supplier import Supplier
    from chorus_connector.ports.invoices import InvoiceStore
    from chorus_connector.ports.portal import Breakers, Portal
    from chorus_connector.ports.suppliers import Installation, SupplierQueue, SupplierStore

ACTOR = "credential_probe"
PROBE_EVERY = timedelta(hours=20)
"""Shorter than the day between two runs, so that no run comes just too early."""


@dataclass(frozen=True)
class HandOutProbes:
    """The daily run: who is to be tried. Reads follow the suppliers that have credentials."""

    installation: Installation
    queue: SupplierQueue
    limit: int = 100_000

    def run(self, *, now: datetime) -> int:
        """Send every supplier that is due to the probe's own queue; gives how many."""
        due = self.installation.probes_due(now, limit=self.limit)
        self.queue.send(due)
        return len(due)


@dataclass(frozen=True)
class ProbeCredentials:
    """One supplier's trial. ``portal`` is not piloted: a breaker that is open must not hide what is wrong."""

    suppliers: SupplierStore
    invoices: InvoiceStore
    portal: Portal
    breakers: Breakers

    def run(self, *, now: datetime) -> Supplier:
        """Try the keys and keep what that showed; a portal that cannot be asked shows nothing.

        Raises StaleWrite when somebody changed the supplier meanwhile: the message comes again.
        """
        supplier = self.suppliers.get()
        if supplier.probe_due_at is None or supplier.probe_due_at > now:
            return supplier  # no credentials, or another delivery of this message was quicker
        saved_at = supplier.credentials_saved_at or now
        try:
            facts = passed(self.portal.account(), saved_at=saved_at, now=now)
        except CredentialsRefused as refusal:
            facts = _refused(refusal, supplier, now)
        except PortalFailure:
            return supplier
        probed = self._save(supplier, facts)
        if probed.credentials_status is not None and probed.credentials_status.works:
            forgive(self.breakers)
            wake_held(self.invoices, now=now, by=ACTOR)
        return probed

    def _save(self, supplier: Supplier, facts: dict[str, Any]) -> Supplier:
        probed = supplier.model_copy(update={**facts, "version": supplier.version + 1})
        status = probed.credentials_status
        assert status is not None
        told = news(supplier.credentials_status, status)
        event = AuditEvent(
            at=status.probed_at,
            by=ACTOR,
            action="credentials_announced",
            state="working" if status.works else "refused",
            detail=", ".join(told),
        )
        self.suppliers.save(probed, event=event if told else None)
        return probed


def passed(account: PortalAccount, *, saved_at: datetime, now: datetime) -> dict[str, Any]:
    """What a supplier's record learns from a trial that went well, warnings included."""
    expires_at = password_expiry(account.password_expires_at, saved_at)
    warnings = (expiry_problem(expires_at, now), None if account.bank_accounts else bank_details_problem())
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


def forgive(breakers: Breakers) -> None:
    """Close the supplier's own breaker: its keys have just been seen to work. The portal's is not touched."""
    circuit = breakers.get()
    if circuit.supplier == closed(circuit.supplier):
        return
    with suppress(StaleWrite):  # somebody has just learnt something newer
        breakers.save(circuit, Circuit(circuit.portal, closed(circuit.supplier)))


def wake_held(invoices: InvoiceStore, *, now: datetime, by: str) -> None:
    """The portal has just let this supplier in: whatever was held need not wait for its next try."""
    for invoice in in_state(invoices, State.HELD):
        with suppress(StaleWrite):  # somebody moved it meanwhile, knowing more than we do
            invoices.save(invoice.move(State.HELD, now, action="wake", due_at=now), by=by, action="rescheduled")


def in_state(invoices: InvoiceStore, state: State) -> Iterator[Invoice]:
    """Every document to process that stands in that state, whichever page it is on."""
    pages = every_page(lambda cursor: invoices.page("to_process", limit=100, cursor=cursor))
    return (invoice for page in pages for invoice in page.invoices if invoice.state is state)


def _refused(refusal: CredentialsRefused, supplier: Supplier, now: datetime) -> dict[str, Any]:
    """A refusal in the middle of the night may be the portal's own maintenance: it is tried again every day."""
    known = supplier.credentials_status
    problem = credentials_problem(refusal.fault).model_copy(update={"blocking": True})
    return {
        "probe_due_at": now + PROBE_EVERY,
        "credentials_status": CredentialsStatus(
            probed_at=now,
            problems=(problem,),
            password_expires_at=known.password_expires_at if known else None,
        ),
    }
