"""Webhook rules: which addresses are allowed, what is sent, and when a delivery is retried.

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
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.record import Record

MAX_ENDPOINTS = 10
"""Per supplier: every event is sent to each endpoint."""
MAX_URL = 2000
TRIES = 8
SECRET_BYTES = 32
ROTATION = timedelta(hours=24)
"""How long the former secret also signs: the receiver has that time to change over."""

_BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (5, 60, 10 * 60, 3600, 3 * 3600, 8 * 3600, 11 * 3600))
"""Delays after the first failure, the second and so on: 23 hours in all. SQS can hide a message for at most twelve
hours."""
_JITTER = 0.08

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:(?P<port>[0-9]{1,5}))?"
    r"([/?][!-\"$-\[\]-~]*)?"  # printable ASCII except space, # (fragment) and backslash
)


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

    def wants(self, notification: Notification) -> bool:
        return self.enabled and notification.type in self.types

    def next(self, **changes: Any) -> Self:
        """The next version with these changes."""
        return self.model_copy(update={**changes, "version": self.version + 1})


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
    """The state of one event's delivery to one endpoint."""

    endpoint_id: str
    notification_id: str
    type: NotificationType
    tries: int
    last_try_at: datetime
    outcome: Literal["delivered", "failing", "gave_up"]
    #: the receiver's HTTP status, or why there was none (``refused_address``, ``timeout``…)
    detail: str


def payload(notification: Notification) -> str:
    """The body of the message: which document changed and how; nothing of the document's content."""
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
                "previous_status": notification.previous_status,
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
    spread = zlib.crc32(f"{seed}/{tries}".encode()) / 2**32  # 0 to 1, constant for a message
    return _BACK_OFF[tries - 1] * (1 + _JITTER * (2 * spread - 1))


def check_url(url: str, *, local: bool) -> str:
    """The address, if an endpoint may have it. Raises Invalid. ``local`` also allows this machine and plain HTTP."""
    parts = _URL.fullmatch(url) if len(url) <= MAX_URL else None
    if parts is None or not 0 < int(parts["port"] or 443) < 65536:
        raise _bad_url(
            "url_malformed",
            "Donnez une adresse https:// complète, en ASCII, sans identifiants ni fragment (2 000 caractères au plus).",
            "Give a whole https:// address in ASCII without credentials or fragment, of at most 2,000 characters.",
        )
    if parts["scheme"] != "https" and not local:
        raise _bad_url(
            "url_not_https", "L'adresse doit commencer par https://.", "The address must begin with https://."
        )
    literal = _ip_literal(parts["host"].strip("[]"))
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


def _ip_literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _bad_url(code: str, fr: str, en: str) -> Invalid:
    return Invalid.about(Problem(field="url", code=code, fr=fr, en=en))
