"""Metrics for the dashboard and the alarms, computed from the records.

Dimensions take few values. The supplier is therefore not a dimension: its id is logged with the metric, for search.
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

_EXPECTED_HOLDS = ("supplier_suspended", "attachment_awaited", "credentials_")
"""Prefixes of the reasons for which an invoice is held with the knowledge of a person: decided, expected or notified.
"""

FROM_READING = frozenset({State.READY, State.TO_COMPLETE, State.HELD})
"""The states in which a reading normally ends."""

_PASSING = frozenset({State.RECEIVED, State.READING, State.SUBMITTING})
"""The states that last seconds: each measured state is a metric with a price."""


@dataclass(frozen=True)
class Measure:
    """One value of one metric. ``unit`` is CloudWatch's name for the unit.

    Each set of values of ``dimensions`` is a metric with a price; ``facts`` are fields of the log line only.
    """

    name: str
    value: float
    unit: str = "Count"
    dimensions: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)


def measures_of(before: Invoice | None, after: Invoice) -> list[Measure]:
    """The metrics for the change from ``before`` (None: a new document) to ``after``."""
    if before is None and after.origin == "portal":
        return []  # found at the portal: this connector did not process it
    if after.state in _PASSING:
        return []
    measures = []
    if before is None or before.state is not after.state:
        measures.append(Measure("Documents", 1, dimensions={"state": after.state.value}))
        measures += _rejection_rate(after.state)
        measures += _reading_measures(before, after)
    if before is not None and before.deposit is not None and after.deposit is not None:
        status = after.deposit.status
        if status != before.deposit.status:
            measures.append(Measure("PortalStatuses", 1, facts={"status": status}))
            measures += [Measure("Rejected", 1)] if can_be_reissued(status) else []
    return measures


def _rejection_rate(state: State) -> list[Measure]:
    """The metric Rejected: 0 for an invoice that the portal accepted, 1 for one that it refused.

    The average is the rate.
    """
    match state:
        case State.SUBMITTED:
            return [Measure("Rejected", 0)]
        case State.REFUSED:
            return [Measure("Rejected", 1)]
    return []


def _reading_measures(before: Invoice | None, after: Invoice) -> list[Measure]:
    if before is None or before.state is not State.READING or after.state not in FROM_READING:
        return []
    took = (after.changed_at - after.received_at).total_seconds()
    pages = len(after.ocr_job.pages) if after.ocr_job is not None else 0
    return [Measure("SecondsToForm", took, "Seconds"), Measure("OcrPages", pages)]


def in_doubt_age(invoice: Invoice, now: datetime) -> list[Measure]:
    """How long it has been unknown whether the portal holds the invoice; empty when it is known.

    This includes a flow that the portal accepted and has not judged yet.
    """
    attempt = invoice.attempt
    if attempt is None or not (invoice.state is State.IN_DOUBT or _is_unjudged(invoice)):
        return []
    age = (now - attempt.started_at).total_seconds()
    return [Measure("InDoubtAge", age, "Seconds", {"channel": attempt.channel})]


def _is_unjudged(invoice: Invoice) -> bool:
    attempt = invoice.attempt
    return invoice.state is State.SUBMITTING and attempt is not None and attempt.phase == "FOLLOWING"


def held_age(invoice: Invoice, now: datetime) -> list[Measure]:
    """How long an invoice has been held although nothing is wrong with it; empty when a person knows the reason."""
    if invoice.state is not State.HELD or invoice.held_since is None:
        return []
    if any(problem.code.startswith(_EXPECTED_HOLDS) for problem in invoice.problems):
        return []
    return [Measure("HeldAge", (now - invoice.held_since).total_seconds(), "Seconds")]


def breaker_openings(before: Breaker | None, after: Breaker, shared: bool) -> list[Measure]:
    """One metric when a breaker opens, also again after a failed probe, and one for credentials newly refused.

    The daily check counts its refusals in the breaker too, so a refusal is one metric, at a check or at a call.
    """
    if after.opened_at is None:
        return []
    measures = []
    if before is None or before.retry_at != after.retry_at:
        measures.append(Measure("BreakerOpened", 1, dimensions={"scope": "portal" if shared else "supplier"}))
    if after.blames and (before is None or not before.blames or before.fault != after.fault):
        measures.append(_announcement("refused"))
    return measures


def credentials_announcements(codes: Collection[str]) -> list[Measure]:
    """The metric for a password or certificate that people were told will expire soon; the breaker counts refusals.

    It does not last as long as the problem: among hundreds of suppliers a password is always about to expire, and an
    alarm on that state would never end.
    """
    ending = not {"password_expires_soon", "certificate_expires_soon"}.isdisjoint(codes)
    return [_announcement("ending")] if ending else []


def _announcement(about: str) -> Measure:
    return Measure("CredentialsAnnounced", 1, dimensions={"about": about})


def retrieval_lag(progress: TrackingProgress, now: datetime) -> Measure:
    """How much older a supplier's records are than they should be, in seconds; zero after a complete retrieval.

    A Local supplier is retrieved every night, so its lag counts from the last complete run. A Remote supplier may have
    had no requests for months, so its lag counts from the start of the run that does not finish.
    """
    if progress.run is None:
        return Measure("RetrievalLag", 0, "Seconds")
    every_night = progress.nightly_due_at is not None
    since = (progress.retrieved_at if every_night else None) or progress.run.started_at
    return Measure("RetrievalLag", (now - since).total_seconds(), "Seconds")


def removal_age(asked_at: datetime | None, now: datetime) -> Measure:
    """The age of a supplier's deletion request that is not complete, in seconds; zero without a request (None)."""
    return Measure("RemovalAge", (now - asked_at).total_seconds() if asked_at else 0, "Seconds")


def recipient_not_cached() -> Measure:
    """An answer of the portal's directory that could not be kept: the next invoice asks the portal again."""
    return Measure("RecipientNotCached", 1)


def reader_death(death: str) -> Measure:
    """A process that was ended while it read a file; ``error`` is a fault of ours, the others are the file's."""
    return Measure("ReaderDeaths", 1, dimensions={"death": death})


def credentials_measures(status: CredentialsStatus, now: datetime) -> list[Measure]:
    """Whether a supplier's credentials were refused, and for how many days its password is still valid."""
    refused = Measure("CredentialsRefused", 0 if status.works else 1)
    if status.password_expires_at is None:
        return [refused]
    days = (status.password_expires_at - now).total_seconds() / 86400
    return [refused, Measure("CredentialsDaysLeft", days)]
