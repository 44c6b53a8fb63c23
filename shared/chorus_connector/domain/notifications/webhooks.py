"""Webhook rules: which addresses are allowed, what is sent, when a delivery is retried, when an endpoint is paused.

The format is Standard Webhooks (standardwebhooks.com). A supplier chooses the address and our functions call it. The
address must therefore be on the public internet; at every delivery this is checked again for the IP address that its
name resolves to.
"""

import json
import re
import zlib
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Literal, Self

from pydantic import SecretStr

from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.notifications.notification import Notification, NotificationType
from chorus_connector.domain.portal.status import neutral_code
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.record import Record

MAX_ENDPOINTS = 10
"""Per supplier: every event is sent to each endpoint."""
MAX_URL = 2000
TRIES = 8
SECRET_BYTES = 32
ROTATION = timedelta(hours=24)
"""How long the former secret also signs: the receiver has that time to change over."""

LONGEST_IN_QUEUE = timedelta(minutes=15)
"""The limit of an SQS delay. What waits longer waits in the table."""
_BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (5, 60, 10 * 60, 3600, 3 * 3600, 8 * 3600, 11 * 3600))
"""Delays after the first failure, the second and so on: 23 hours in all."""
_JITTER = 0.08

FAILURES_TO_PAUSE = 5
"""Failed deliveries in a row after which an endpoint is paused."""
FIRST_ENDPOINT_PAUSE = timedelta(minutes=1)
LONGEST_ENDPOINT_PAUSE = timedelta(hours=1)
"""Each failed probe doubles the pause up to this: a receiver that works again gets its events within about an hour."""
ENDPOINT_PROBE_LEASE = timedelta(minutes=1)
"""How long the delivery that probes a paused endpoint keeps others away: longer than a worker can run."""

MAX_WAITS = 13
"""How often an event waits for a free delivery slot or for a slow endpoint: 11 to 17 hours in all."""
_FIRST_WAIT = timedelta(seconds=5)

SLOW_ANSWER = timedelta(seconds=5)
SLOW_ANSWERS = 3
"""Slow answers after which an endpoint is slow. A quick answer cancels one."""
SLOW_ENDPOINT_REST = timedelta(minutes=2)
"""How long a slow endpoint gets nothing after each delivery: a supplier's ten endpoints then hold less than a worker.
"""
PUBLIC_PORTS = (443, 8443)
"""The only ports of an endpoint: deliveries to other ports would scan other people's hosts."""

_URL = re.compile(
    r"(?P<scheme>https?)://(\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9._-]+))(:(?P<port>[0-9]{1,5}))?"
    r"([/?][!-\"$-\[\]-~]*)?"  # printable ASCII except space, # (fragment) and backslash
)
_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")
"""A host name of DNS labels."""


class EndpointHealth(Record):
    """How the last deliveries to an endpoint went: its circuit breaker. A new record is a healthy endpoint.

    Deliveries pass until ``FAILURES_TO_PAUSE`` of them failed in a row. Then none passes until ``paused_until``; after
    it one delivery at a time probes the receiver. Its success makes the endpoint healthy, its failure pauses longer.

    An endpoint whose deliveries take long, whatever their outcome, is slow: one delivery at a time passes, and after it
    none until ``slow_until``.
    """

    #: failed deliveries in a row
    failures: int = 0
    #: when the first of these pauses began; None: not paused
    paused_since: datetime | None = None
    paused_until: datetime | None = None
    #: the receiver's HTTP status at the last failure, or why there was none
    last_failure: str = ""
    #: deliveries that took long, less the quick ones
    slow_answers: int = 0
    #: None: not slow
    slow_since: datetime | None = None
    slow_until: datetime | None = None

    def is_paused(self, now: datetime) -> bool:
        return self.paused_until is not None and now < self.paused_until

    def is_resting(self, now: datetime) -> bool:
        """Whether it is slow and gets nothing yet."""
        return self.slow_until is not None and now < self.slow_until

    def with_probe_claimed(self, now: datetime) -> Self:
        """The same pause or rest, extended for the time of one delivery, so that no second one passes meanwhile."""
        until = now + ENDPOINT_PROBE_LEASE
        changes = {"paused_until": self.paused_until and until, "slow_until": self.slow_until and until}
        return self.model_copy(update=changes)

    def after_success(self) -> Self:
        """The health after a delivery that succeeded: no failure is left of it."""
        return type(self)(slow_answers=self.slow_answers, slow_since=self.slow_since, slow_until=self.slow_until)

    def after_seconds(self, took: timedelta, now: datetime) -> Self:
        """The health after a delivery that began at ``now`` and took so long."""
        answers = min(self.slow_answers + 1, SLOW_ANSWERS) if took > SLOW_ANSWER else max(self.slow_answers - 1, 0)
        is_slow = answers == SLOW_ANSWERS
        changes = {
            "slow_answers": answers,
            "slow_since": (self.slow_since or now) if is_slow else None,
            "slow_until": now + took + SLOW_ENDPOINT_REST if is_slow else None,
        }
        return self.model_copy(update=changes)

    def after_failure(self, detail: str, now: datetime, *, probe: bool) -> Self:
        """The health after a failed delivery. ``probe``: it was the only one that the pause let pass."""
        if self.is_paused(now) and not probe:
            return self  # a delivery that began before the pause adds no information
        failures = self.failures + 1
        changes: dict[str, Any] = {"failures": failures, "last_failure": detail}
        if failures >= FAILURES_TO_PAUSE:
            changes |= {"paused_since": self.paused_since or now, "paused_until": now + _pause_after(failures)}
        return self.model_copy(update=changes)


class Endpoint(Record):
    """One webhook address of a supplier and the event types it receives. Its secret is stored elsewhere."""

    endpoint_id: str
    version: int = 1
    url: str
    description: str = ""
    types: tuple[NotificationType, ...]
    enabled: bool = True
    #: "gone": the receiver answered 410 Gone
    disabled_because: Literal["gone"] | None = None
    created_at: datetime
    secret_rotated_at: datetime | None = None
    health: EndpointHealth = EndpointHealth()

    @property
    def is_served(self) -> bool:
        """Whether events are sent to it: it is enabled and not paused."""
        return self.enabled and self.health.paused_since is None

    def wants(self, notification: Notification) -> bool:
        return self.enabled and notification.type in self.types

    def next(self, **changes: Any) -> Self:
        """The next version with these changes. A person's change also ends a pause: the receiver is tried again."""
        return self.model_copy(update={**changes, "version": self.version + 1, "health": EndpointHealth()})


class EndpointSecrets(Record):
    """The secrets that sign an endpoint's messages; during a rotation there are two."""

    current: SecretStr
    previous: SecretStr | None = None
    previous_until: datetime | None = None

    def rotated(self, new: SecretStr, *, now: datetime) -> Self:
        """The secrets with a new one; the former one also signs for ``ROTATION``."""
        return self.model_copy(update={"current": new, "previous": self.current, "previous_until": now + ROTATION})

    def at(self, now: datetime) -> tuple[SecretStr, ...]:
        """The secrets to sign with at that time."""
        if self.previous is None or self.previous_until is None or now >= self.previous_until:
            return (self.current,)
        return (self.current, self.previous)


class WebhookDelivery(Record):
    """The state of one event's delivery to one endpoint. ``failing`` with ``due_at``: it waits in the table."""

    endpoint_id: str
    notification_id: str
    type: NotificationType
    tries: int
    last_try_at: datetime
    outcome: Literal["delivered", "failing", "gave_up"]
    #: the receiver's HTTP status, or why there was none (``refused_address``, ``timeout``, ``paused``…)
    detail: str
    due_at: datetime | None = None
    #: how often it waited for a free slot or for a slow endpoint, while it waits in the table
    waits: int = 0


def payload(notification: Notification) -> str:
    """The body of the message: what changed and how; nothing of a document's content."""
    return json.dumps(
        {
            "id": notification.id,
            "type": notification.type,
            "timestamp": _utc(notification.occurred_at),
            "data": {
                "id": notification.id,
                "supplier_id": notification.supplier_id,
                "document_id": notification.document_id,
                "occurred_at": _utc(notification.occurred_at),
                "state": notification.state,
                "status": notification.status,
                "neutral_status": neutral_code(notification.status),
                "previous_status": notification.previous_status,
                **({"access": notification.access} if notification.access else {}),
                **(
                    {"reason": notification.reason}
                    if notification.kind == "held_document" and notification.reason
                    else {}
                ),
                **(
                    {"message": {"reference": notification.message_reference, "sender": notification.message_sender}}
                    if notification.message_reference
                    else {}
                ),
            },
        },
        separators=(",", ":"),
    )


def next_try_in(tries: int, *, seed: str) -> timedelta | None:
    """How long to wait after that many failed tries; None after the last one.

    The delay varies a little with the message, so that messages that failed together are not retried together.
    """
    if tries >= TRIES:
        return None
    return _BACK_OFF[tries - 1] * (1 + _JITTER * (2 * _spread(f"{seed}/{tries}") - 1))


def next_wait_in(waits: int, *, seed: str) -> timedelta | None:
    """How long an event waits that already waited so often for its turn; None after the last time.

    5 s, then twice as long each time, and up to half as long again, so that the events do not come back together.
    """
    return _FIRST_WAIT * (1 << waits) * (1 + _spread(f"{seed}/{waits}") / 2) if waits < MAX_WAITS else None


def _spread(seed: str) -> float:
    """0 to 1, constant for a seed."""
    return zlib.crc32(seed.encode()) / 2**32


def _pause_after(failures: int) -> timedelta:
    return min(FIRST_ENDPOINT_PAUSE * (1 << min(failures - FAILURES_TO_PAUSE, 10)), LONGEST_ENDPOINT_PAUSE)


def check_url(url: str, *, local: bool) -> str:
    """The address, if an endpoint may have it. Raises Invalid.

    ``local`` also allows this machine, plain HTTP and every port.
    """
    parts = _URL.fullmatch(url) if len(url) <= MAX_URL else None
    if parts is None or not 0 < int(parts["port"] or 443) < 65536 or not _is_host(parts["host"], parts["ipv6"]):
        raise _bad_url(
            "url_malformed",
            "Donnez une adresse https:// complète, en ASCII, sans identifiants ni fragment (2 000 caractères au plus).",
            "Give a whole https:// address in ASCII without credentials or fragment, of at most 2,000 characters.",
        )
    if parts["scheme"] != "https" and not local:
        raise _bad_url(
            "url_not_https", "L'adresse doit commencer par https://.", "The address must begin with https://."
        )
    if int(parts["port"] or 443) not in PUBLIC_PORTS and not local:
        raise _bad_url(
            "url_port",
            "L'adresse doit utiliser le port 443 ou 8443.",
            "The address must use port 443 or 8443.",
        )
    literal = _ip_literal(parts["ipv6"] or parts["host"])
    if literal is not None and not is_allowed(literal, local=local):
        raise _bad_url(
            "url_not_public",
            "Cette adresse n'est pas sur l'internet public.",
            "This address is not on the public internet.",
        )
    return url


def is_allowed(address: IPv4Address | IPv6Address, *, local: bool) -> bool:
    """Whether a message may be sent to that IP address: the public internet, and this machine if ``local``."""
    if isinstance(address, IPv6Address):
        inner = _embedded_ipv4(address)
        if inner is not None:
            return is_allowed(inner, local=local)
        if address.is_site_local:
            return False
    if address.is_loopback:
        return local
    return address.is_global and not address.is_multicast and not address.is_reserved and not address.is_unspecified


def _embedded_ipv4(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 address (mapped, 6to4, NAT64), or None."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    high, low = divmod(int(address), 2**32)
    return IPv4Address(low) if high == 0x64FF9B << 64 else None


def _is_host(name: str | None, ipv6: str | None) -> bool:
    """Whether it is a name, or an IPv6 address, the only thing that may be in brackets."""
    if name is not None:
        return _NAME.fullmatch(name) is not None
    return ipv6 is not None and isinstance(_ip_literal(ipv6), IPv6Address)


def _ip_literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _bad_url(code: str, fr: str, en: str) -> Invalid:
    return Invalid.about(Problem(field="url", code=code, fr=fr, en=en))
