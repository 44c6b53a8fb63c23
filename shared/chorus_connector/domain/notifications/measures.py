"""What is counted and measured, read off the records: for the dashboard and the alarms.

Dimensions have few values, ever: who the supplier is goes along as a fact that can be searched for, not counted by.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.status import can_be_reissued

if TYPE_CHECKING:
    from collections.abc import Collection

    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.domain.portal.breaker import Breaker
    from chorus_connector.domain.portal.credentials import CredentialsStatus
    from chorus_connector.domain.portal.tracking import TrackingProgress

_KNOWN_TO_WAIT = ("supplier_suspended", "attachment_awaited", "credentials_")
"""Why an invoice is held that somebody has decided, announced or been told of."""

FROM_READING = frozenset({State.READY, State.TO_COMPLETE, State.HELD})
"""What a reading ends in, as a rule."""


@dataclass(frozen=True)
class Measure:
    """One value of one metric. ``unit`` is CloudWatch's word for it."""

    name: str
    value: float
    unit: str = "Count"
    dimensions: dict[str, str] = field(default_factory=dict)


def measures_of(before: Invoice | None, after: Invoice) -> list[Measure]:
    """What the change from ``before`` (None: it is new) to ``after`` adds to the counts."""
    if before is None and after.origin == "portal":
        return []  # found there: none of our doing
    measures = []
    if before is None or before.state is not after.state:
        measures.append(Measure("Documents", 1, dimensions={"state": after.state.value}))
        measures += _judged(after.state)
        measures += _read(before, after)
    if before is not None and before.deposit is not None and after.deposit is not None:
        status = after.deposit.status
        if status != before.deposit.status:
            measures.append(Measure("PortalStatuses", 1, dimensions={"status": status}))
            measures += [Measure("Rejected", 1)] if can_be_reissued(status) else []
    return measures


def _judged(state: State) -> list[Measure]:
    """0 for an invoice the portal took, 1 for one it did not: the average is the rate."""
    match state:
        case State.SUBMITTED:
            return [Measure("Rejected", 0)]
        case State.REFUSED:
            return [Measure("Rejected", 1)]
    return []


def _read(before: Invoice | None, after: Invoice) -> list[Measure]:
    if before is None or before.state is not State.READING or after.state not in FROM_READING:
        return []
    took = (after.changed_at - after.received_at).total_seconds()
    pages = len(after.ocr_job.pages) if after.ocr_job is not None else 0
    return [Measure("SecondsToForm", took, "Seconds"), Measure("OcrPages", pages)]


def doubt(invoice: Invoice, now: datetime) -> list[Measure]:
    """How long it has not been known whether the portal holds the invoice; nothing when it is known.

    A flow the portal took and does not judge is such a one too.
    """
    attempt = invoice.attempt
    if attempt is None or not (invoice.state is State.IN_DOUBT or _is_unjudged(invoice)):
        return []
    age = (now - attempt.started_at).total_seconds()
    return [Measure("InDoubtAge", age, "Seconds", {"channel": attempt.channel})]


def _is_unjudged(invoice: Invoice) -> bool:
    attempt = invoice.attempt
    return invoice.state is State.SUBMITTING and attempt is not None and attempt.phase == "FOLLOWING"


def hold(invoice: Invoice, now: datetime) -> list[Measure]:
    """How long it has been waiting although nothing is wrong with it; nothing where somebody knows why."""
    if invoice.state is not State.HELD or invoice.held_since is None:
        return []
    if any(problem.code.startswith(_KNOWN_TO_WAIT) for problem in invoice.problems):
        return []
    return [Measure("HeldAge", (now - invoice.held_since).total_seconds(), "Seconds")]


def opened(before: Breaker | None, after: Breaker, shared: bool) -> list[Measure]:
    """One for each time a breaker opens, or opens again because its probe failed; one more for keys newly refused."""
    if after.opened_at is None or (before is not None and before.retry_at == after.retry_at):
        return []
    openings = [Measure("BreakerOpened", 1, dimensions={"scope": "portal" if shared else "supplier"})]
    newly = after.fault is not None and (before is None or before.fault is None)
    return [*openings, _told("refused")] if newly else openings


def announced(codes: Collection[str]) -> list[Measure]:
    """What people were told about their keys that somebody must act upon: once each time, not for as long as it lasts.

    Of hundreds of suppliers some password is always about to end: an alarm on that would never end, and tell nothing.
    """
    refused = any(code.startswith("credentials_") and code != "credentials_work_again" for code in codes)
    ending = "password_expires_soon" in codes
    return [_told(about) for about, so in (("refused", refused), ("ending", ending)) if so]


def _told(about: str) -> Measure:
    return Measure("CredentialsAnnounced", 1, dimensions={"about": about})


def lag(following: TrackingProgress, now: datetime) -> Measure:
    """By how much a supplier's records are older than they should be; zero when all was retrieved.

    A Local supplier is retrieved every night, so that it is late since the last whole run. A Remote one may have had
    nothing to ask for in months: it is late since the run began that does not come to its end.
    """
    if following.run is None:
        return Measure("RetrievalLag", 0, "Seconds")
    every_night = following.nightly_due_at is not None
    since = (following.retrieved_at if every_night else None) or following.run.started_at
    return Measure("RetrievalLag", (now - since).total_seconds(), "Seconds")


def leaving(asked_at: datetime | None, now: datetime) -> Measure:
    """For how long a supplier's end has been asked for and not come; zero for none (None)."""
    return Measure("RemovalAge", (now - asked_at).total_seconds() if asked_at else 0, "Seconds")


def trial(status: CredentialsStatus, now: datetime) -> list[Measure]:
    """Whether a supplier's keys were refused, and for how many days its password is still good."""
    refused = Measure("CredentialsRefused", 0 if status.works else 1)
    if status.password_expires_at is None:
        return [refused]
    days = (status.password_expires_at - now).total_seconds() / 86400
    return [refused, Measure("CredentialsDaysLeft", days)]
