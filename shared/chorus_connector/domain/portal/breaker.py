"""The outage pilot's decisions: when to stop calling, who may try again, and when all is well.

One breaker belongs to the portal and is shared by every tenant, one belongs to each supplier. Closed: calls go.
Open: none goes until ``retry_at``. Then half-open: one probe at a time decides. Pure: moments come in, the next
record goes out; the store keeps it.

A call has a weight, because a portal may answer searches while it loses every deposit: only a call that weighs
as much as what failed proves the trouble over.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum

from chorus_connector.domain.portal.answers import CredentialFault, CredentialsRefused, PortalFailure
from chorus_connector.domain.record import Record

FAILURES_TO_OPEN = 3
SUPPLIERS_TO_OPEN = 2
"""One supplier's failures, however many, open its own breaker only: an invoice that makes the portal stumble
must not stop the others. Two suppliers who fail with no success between them are an outage."""
FIRST_PAUSE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(minutes=30)
CREDENTIALS_PAUSE = timedelta(hours=1)
PROBE_LEASE = timedelta(minutes=2)
"""Longer than a worker lives: a probe that died is forgotten, one that works is never joined by a second."""


class Weight(IntEnum):
    """What a success of the call proves."""

    READ = 0
    UPLOAD = 1
    DEPOSIT = 2


class Breaker(Record):
    """What is remembered of one portal's or one supplier's calls. The untouched record is a closed breaker."""

    version: int = 0
    #: since the last success that counts
    failures: int = 0
    weight: Weight = Weight.READ
    suppliers: tuple[str, ...] = ()
    #: None: closed
    opened_at: datetime | None = None
    retry_at: datetime | None = None
    probe_until: datetime | None = None
    #: who claimed the probe, so that it knows its own claim when the answer to it was lost
    probe_by: str = ""
    pause: timedelta = timedelta(0)
    fault: CredentialFault | None = None


@dataclass(frozen=True)
class Circuit:
    """Both breakers a supplier's call has to pass."""

    portal: Breaker = field(default_factory=Breaker)
    supplier: Breaker = field(default_factory=Breaker)


@dataclass(frozen=True)
class Admission:
    """``wait_until`` None: the call may go; as ``probe``, once the breaker's lease is claimed."""

    wait_until: datetime | None = None
    probe: bool = False


def admit(breaker: Breaker, weight: Weight, now: datetime, *, by: str) -> Admission:
    """Whether ``by`` may make a call of that weight now; who has claimed the probe may."""
    if breaker.opened_at is None or breaker.retry_at is None:
        return Admission()
    if now < breaker.retry_at:
        return Admission(wait_until=breaker.retry_at)
    if weight < breaker.weight:
        return Admission()  # it proves nothing of what failed, and it did not fail
    if breaker.probe_until is not None and now < breaker.probe_until:
        return Admission() if breaker.probe_by == by else Admission(wait_until=breaker.probe_until)
    return Admission(probe=True)


def probing(breaker: Breaker, now: datetime, *, by: str) -> Breaker:
    """The breaker with its one probe under way."""
    return breaker.model_copy(update={"probe_until": now + PROBE_LEASE, "probe_by": by})


def after_success(circuit: Circuit, weight: Weight) -> Circuit:
    """The portal answered a call of that weight (a refusal of an invoice is an answer too)."""
    return Circuit(_proven(circuit.portal, weight), _proven(circuit.supplier, weight))


def after_failure(
    circuit: Circuit, failure: PortalFailure, weight: Weight, *, supplier_id: str, now: datetime
) -> Circuit:
    """Count the failure where its blame lies; a refused request and our own delays count nowhere."""
    if failure.blame == "portal":
        portal, supplier = (_counted(each, weight, supplier_id, now) for each in (circuit.portal, circuit.supplier))
        if _is_outage(portal, SUPPLIERS_TO_OPEN):
            portal = _opened(portal, now, failure.retry_in or FIRST_PAUSE)
        if _is_outage(supplier, 1):
            supplier = _opened(supplier, now, failure.retry_in or FIRST_PAUSE)
        return Circuit(portal, supplier)
    if isinstance(failure, CredentialsRefused):
        refused = _counted(circuit.supplier, weight, supplier_id, now)
        opened = _opened(refused, now, CREDENTIALS_PAUSE)
        return replace(circuit, supplier=opened.model_copy(update={"fault": failure.fault}))
    if failure.blame == "quota":
        throttled = _counted(circuit.supplier, weight, supplier_id, now)
        return replace(circuit, supplier=_opened(throttled, now, failure.retry_in or FIRST_PAUSE))
    return circuit


def retry_at(circuit: Circuit) -> datetime | None:
    """When calls may go again as far as both breakers know; None while neither is open."""
    return max(
        (each.retry_at for each in (circuit.portal, circuit.supplier) if each.retry_at is not None), default=None
    )


def closed(breaker: Breaker) -> Breaker:
    """The same record, all forgotten: also what new credentials make of a supplier's."""
    return Breaker(version=breaker.version)


def _proven(breaker: Breaker, weight: Weight) -> Breaker:
    return closed(breaker) if weight >= breaker.weight else breaker


def _counted(breaker: Breaker, weight: Weight, supplier_id: str, now: datetime) -> Breaker:
    if _is_paused(breaker, now):
        return breaker  # a straggler that left before the breaker opened tells nothing new
    return breaker.model_copy(
        update={
            "failures": breaker.failures + 1,
            "weight": max(breaker.weight, weight),
            # two are as good as a thousand: the record stays small
            "suppliers": tuple(sorted({*breaker.suppliers, supplier_id}))[:SUPPLIERS_TO_OPEN],
        }
    )


def _is_outage(breaker: Breaker, suppliers: int) -> bool:
    if breaker.opened_at is not None:
        return True  # its probe has failed
    return breaker.failures >= FAILURES_TO_OPEN and len(breaker.suppliers) >= suppliers


def _opened(breaker: Breaker, now: datetime, pause: timedelta) -> Breaker:
    """Open for ``pause``, and twice as long each time a probe fails."""
    if _is_paused(breaker, now):
        return breaker
    lasting = max(pause, min(2 * breaker.pause, LONGEST_PAUSE))
    return breaker.model_copy(
        update={
            "opened_at": breaker.opened_at or now,
            "retry_at": now + lasting,
            "pause": lasting,
            "probe_until": None,
            "probe_by": "",
            "fault": None,
        }
    )


def _is_paused(breaker: Breaker, now: datetime) -> bool:
    return breaker.retry_at is not None and now < breaker.retry_at
