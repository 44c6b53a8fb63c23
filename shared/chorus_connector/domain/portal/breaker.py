"""Circuit breaker rules: when to stop calling the portal, which worker may try again, and when to resume.

One breaker belongs to the portal and is shared by all tenants; each supplier has one of its own. Closed: calls pass.
Open: no call passes until ``retry_at``. After that it is half-open: one probe at a time decides. Pure functions: they
take the time and a record and return the next record; the store saves it.

Refused credentials open the supplier's breaker at once. A refusal by PISTE that may pass is only a suspicion: it blames
the keys after ``BLAME_AFTER``. Until then the pauses stay short, and there is no single probe: the first pause ends for
every worker, and the first of them that is refused again stops the others.

Each call has a weight, because a portal may answer searches while it loses every deposit. Only a success of at least
the weight of the failed calls closes the breaker.

A pause does not keep anyone waiting after the outage. Each ten-minute run may ask once, whatever the pause, unless the
portal has failed since the run began. A reading may ask when the last failure is ``READ_EVERY`` old, and its answer
opens the breaker for all readings. Credentials that are refused and a portal that says how long to wait are not asked
within the pause.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Literal

from chorus_connector.domain.portal.answers import CredentialFault, CredentialsRefused, PortalFailure
from chorus_connector.domain.record import Record

FAILURES_TO_OPEN = 3
SUPPLIERS_TO_OPEN = 2
"""Suppliers that must fail, with no success in between, to open the portal's breaker. One supplier's failures open only
its own breaker: an invoice that makes the portal fail must not stop the other suppliers."""
FIRST_PAUSE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(minutes=30)
BLAME_AFTER = timedelta(minutes=15)
"""How long PISTE must refuse, without a success in between, before the keys are blamed: it also refuses good keys."""
LONGEST_SUSPICION_PAUSE = timedelta(minutes=8)
"""Shorter than ten minutes: after PISTE's bad mood every held invoice is due again by the second ten-minute run."""
LONGEST_CREDENTIALS_PAUSE = timedelta(hours=1)
_FORGOTTEN_AFTER = timedelta(hours=1)
"""Two refusals further apart than this, with no call in between, are not one mood."""
READ_EVERY = timedelta(seconds=15)
"""How long after a failure a reading may ask the portal again, although calls pause."""
_READ_LEASE = timedelta(seconds=20)
"""How long a reading that asks blocks others: longer than a client waits for a list."""
_QUIET = timedelta(hours=1)
"""How long people are not notified of another suspicion: a gate that refuses now and then is no news."""
PROBE_LEASE = timedelta(minutes=2)
"""How long a claimed probe blocks others. Longer than a worker can run: a dead worker's claim expires, and a running
probe is never joined by a second one."""


PortalTrouble = Literal["suspected", "blamed"]
"""What people are notified of: PISTE refuses for the moment, or the portal refuses the supplier's credentials."""


class Weight(IntEnum):
    """How much a successful call proves: a deposit proves more than an upload, an upload more than a read."""

    READ = 0
    UPLOAD = 1
    DEPOSIT = 2


class Breaker(Record):
    """The saved state of one circuit breaker. A new record is a closed breaker."""

    version: int = 0
    #: failures since the last success of sufficient weight
    failures: int = 0
    weight: Weight = Weight.READ
    suppliers: tuple[str, ...] = ()
    #: None: closed
    opened_at: datetime | None = None
    retry_at: datetime | None = None
    probe_until: datetime | None = None
    #: the worker that claimed the probe; it recognises its own claim when the answer to the write was lost
    probe_by: str = ""
    pause: timedelta = timedelta(0)
    fault: CredentialFault | None = None
    #: whether the fault is only a suspicion
    suspected: bool = False
    #: the first refusal of this suspicion
    suspected_since: datetime | None = None
    #: when the last call that failed was begun
    failed_at: datetime | None = None
    #: readings have been answered since then
    reads_answered: bool = False
    #: the portal itself said how long to wait
    told_to_wait: bool = False
    #: what people were notified of since the breaker opened
    told: tuple[PortalTrouble, ...] = ()
    #: when people were last notified of a trouble or of its end; a closed breaker keeps it
    told_at: datetime | None = None
    #: the credentials are refused for this reason since then, also when the portal fails in another way meanwhile
    refused_for: CredentialFault | None = None
    refused_since: datetime | None = None

    @property
    def refusal(self) -> CredentialFault | None:
        """Why the portal refuses the credentials now, also of a record of an older release; None: it does not."""
        return self.refused_for or (self.fault if self.blames else None)

    @property
    def blames(self) -> bool:
        """Whether the supplier's credentials are to blame, and this is more than a suspicion."""
        return self.fault is not None and not self.suspected


@dataclass(frozen=True)
class Circuit:
    """The two breakers that a supplier's call has to pass."""

    portal: Breaker = field(default_factory=Breaker)
    supplier: Breaker = field(default_factory=Breaker)


@dataclass(frozen=True)
class Admission:
    """Whether a call may go.

    ``wait_until`` None: it may. ``probe``: only after its worker has claimed the probe's lease. ``probing``: another
    worker asks the portal at this moment.
    """

    wait_until: datetime | None = None
    probe: bool = False
    probing: bool = False


def admit(breaker: Breaker, weight: Weight, now: datetime, *, by: str, run_at: datetime | None = None) -> Admission:
    """Whether ``by`` may make a call of that weight now. The worker that claimed the probe may.

    ``run_at``: when the ten-minute run began that the call is made for.
    """
    if breaker.opened_at is None or breaker.retry_at is None:
        return Admission()
    asked_at = _may_be_asked_at(breaker, weight, run_at)
    if now < asked_at:
        return Admission(wait_until=asked_at)
    of_its_time = now >= breaker.retry_at or weight is not Weight.READ
    if of_its_time and (breaker.suspected or weight < breaker.weight):
        return Admission()  # calls this light did not fail, and their success would prove nothing
    if weight is Weight.READ and breaker.reads_answered:
        return Admission()
    if breaker.probe_until is not None and now < breaker.probe_until:
        return Admission() if breaker.probe_by == by else Admission(wait_until=breaker.probe_until, probing=True)
    return Admission(probe=True)


def asks_within_pause(breaker: Breaker) -> bool:
    """Whether a run, and a reading now and then, may ask although calls pause."""
    return not (breaker.blames or breaker.told_to_wait)


def _may_be_asked_at(breaker: Breaker, weight: Weight, run_at: datetime | None) -> datetime:
    """When a call of that weight may ask: for a run at once, if the portal has not failed since the run began."""
    assert breaker.retry_at is not None
    if breaker.failed_at is None or not asks_within_pause(breaker):
        return breaker.retry_at
    if run_at is not None and breaker.failed_at < run_at:
        return breaker.failed_at
    if weight is not Weight.READ:
        return breaker.retry_at
    return breaker.failed_at if breaker.reads_answered else min(breaker.failed_at + READ_EVERY, breaker.retry_at)


def with_probe_claimed(breaker: Breaker, weight: Weight, now: datetime, *, by: str) -> Breaker:
    """The breaker with its probe claimed by ``by``, for a call of that weight."""
    reads = weight is Weight.READ and breaker.weight > weight
    return breaker.model_copy(update={"probe_until": now + (_READ_LEASE if reads else PROBE_LEASE), "probe_by": by})


def after_success(circuit: Circuit, weight: Weight, now: datetime | None = None) -> Circuit:
    """Both breakers after an answered call of that weight. A refusal of an invoice counts as an answer."""
    return Circuit(_closed_if_proven(circuit.portal, weight, now), _closed_if_proven(circuit.supplier, weight, now))


def after_failure(
    circuit: Circuit,
    failure: PortalFailure,
    weight: Weight,
    *,
    supplier_id: str,
    now: datetime,
    began: datetime | None = None,
) -> Circuit:
    """Both breakers after a failed call, which began at ``began`` (None: now).

    Refused requests and the connector's own delays are not counted.
    """
    began = began or now
    if failure.blame == "portal":
        portal, supplier = (
            _with_failure_counted(each, weight, supplier_id, now, began) for each in (circuit.portal, circuit.supplier)
        )
        if _is_outage(portal, SUPPLIERS_TO_OPEN):
            portal = _open_after(portal, failure, now)
        if _is_outage(supplier, 1):
            supplier = _open_after(supplier, failure, now)
        return Circuit(portal, supplier)
    if isinstance(failure, CredentialsRefused):
        counted = _with_failure_counted(circuit.supplier, weight, supplier_id, now, began)
        return replace(circuit, supplier=_with_refusal(circuit.supplier, counted, failure, now, began))
    if failure.blame == "quota":
        throttled = _with_failure_counted(circuit.supplier, weight, supplier_id, now, began)
        return replace(circuit, supplier=_open_after(throttled, failure, now))
    return circuit


def retry_at(circuit: Circuit) -> datetime | None:
    """When calls may resume, as far as both breakers know; None while neither is open."""
    return max(
        (each.retry_at for each in (circuit.portal, circuit.supplier) if each.retry_at is not None), default=None
    )


def closed_breaker(breaker: Breaker, now: datetime | None = None) -> Breaker:
    """The closed breaker, with its version kept. New credentials also reset a supplier's breaker this way.

    People who were notified of the trouble are notified ``now`` that it is over.
    """
    told_at = now if breaker.told and now is not None else breaker.told_at
    return Breaker(version=breaker.version, told_at=told_at, **(breaker.model_extra or {}))


def _open_after(breaker: Breaker, failure: PortalFailure, now: datetime) -> Breaker:
    opened = _open_for(breaker, now, failure.retry_in or FIRST_PAUSE)
    told = failure.blame == "quota" or failure.retry_in is not None
    return opened if opened is breaker else opened.model_copy(update={"told_to_wait": told})


def _with_refusal(
    breaker: Breaker, counted: Breaker, refusal: CredentialsRefused, now: datetime, began: datetime
) -> Breaker:
    """The breaker opened for the refusal; ``counted`` is the same with the failure counted."""
    since = _suspected_since(breaker, now) if refusal.passing else None
    suspected = since is not None and now - since < BLAME_AFTER
    # any call that PISTE lets through proves the keys, so a suspicion has no weight
    longest = LONGEST_SUSPICION_PAUSE if suspected else LONGEST_CREDENTIALS_PAUSE
    opened = _open_for(breaker if suspected else counted, now, FIRST_PAUSE, longest)
    facts: dict[str, object] = {"fault": refusal.fault, "suspected": suspected, "suspected_since": since}
    if _is_paused(breaker, now):
        facts |= _failed_again(breaker, began)
    else:
        facts |= {"failed_at": began, "reads_answered": False, "told_to_wait": False}
    if not suspected:
        facts |= {"refused_for": refusal.fault, "refused_since": breaker.refused_since or since or now}
    return _with_told(opened.model_copy(update=facts), now)


def _suspected_since(breaker: Breaker, now: datetime) -> datetime:
    last = breaker.retry_at or now
    return now if breaker.suspected_since is None or now - last > _FORGOTTEN_AFTER else breaker.suspected_since


def _with_told(breaker: Breaker, now: datetime) -> Breaker:
    """The breaker with what people are notified now: each trouble once, and suspicions not too often."""
    trouble: PortalTrouble = "suspected" if breaker.suspected else "blamed"
    if trouble in breaker.told or "blamed" in breaker.told:
        return breaker
    if breaker.suspected and breaker.told_at is not None and now - breaker.told_at < _QUIET:
        return breaker
    return breaker.model_copy(update={"told": (*breaker.told, trouble), "told_at": now})


def _closed_if_proven(breaker: Breaker, weight: Weight, now: datetime | None) -> Breaker:
    if weight >= breaker.weight:
        return closed_breaker(breaker, now)
    if breaker.opened_at is None or breaker.reads_answered:
        return breaker
    return breaker.model_copy(update={"reads_answered": True})


def _failed_again(breaker: Breaker, began: datetime) -> dict[str, object]:
    """What changes when a call fails while calls pause: nothing, unless it was one that may ask then."""
    asked = breaker.probe_until is not None or breaker.reads_answered
    if not asked and breaker.failed_at is not None and began < breaker.failed_at + READ_EVERY:
        return {}  # a call that began before the breaker opened adds no information
    return {"failed_at": began, "reads_answered": False, "probe_until": None, "probe_by": ""}


def _with_failure_counted(
    breaker: Breaker, weight: Weight, supplier_id: str, now: datetime, began: datetime
) -> Breaker:
    if _is_paused(breaker, now):
        return breaker.model_copy(update=_failed_again(breaker, began))
    return breaker.model_copy(
        update={
            "failures": breaker.failures + 1,
            "failed_at": began,
            "reads_answered": False,
            "weight": max(breaker.weight, weight),
            # more than the threshold is not needed: the record stays small
            "suppliers": tuple(sorted({*breaker.suppliers, supplier_id}))[:SUPPLIERS_TO_OPEN],
        }
    )


def _is_outage(breaker: Breaker, suppliers: int) -> bool:
    if breaker.opened_at is not None:
        return True  # the probe has failed
    return breaker.failures >= FAILURES_TO_OPEN and len(breaker.suppliers) >= suppliers


def _open_for(breaker: Breaker, now: datetime, pause: timedelta, longest: timedelta = LONGEST_PAUSE) -> Breaker:
    """The breaker opened for ``pause``; each failed probe doubles the pause, up to ``longest``."""
    if _is_paused(breaker, now):
        return breaker
    lasting = max(pause, min(2 * breaker.pause, longest))
    return breaker.model_copy(
        update={
            "opened_at": breaker.opened_at or now,
            "retry_at": now + lasting,
            "pause": lasting,
            "probe_until": None,
            "probe_by": "",
            "fault": None,
            "suspected": False,
        }
    )


def _is_paused(breaker: Breaker, now: datetime) -> bool:
    return breaker.retry_at is not None and now < breaker.retry_at
