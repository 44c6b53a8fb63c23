"""A system's own address that is told of events: what may be such an address, what is sent, when it is tried again.

The format is Standard Webhooks (standardwebhooks.com). A supplier chooses the address, our functions call it: so it
must be on the public internet, and is checked again, by the address its name resolves to, at every delivery.
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
"""Of one supplier: every event is sent to each of them."""
MAX_URL = 2000
TRIES = 8
SECRET_BYTES = 32
ROTATION = timedelta(hours=24)
"""How long the former secret signs too: the receiver has that long to change over."""

_BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (5, 60, 10 * 60, 3600, 3 * 3600, 8 * 3600, 11 * 3600))
"""After the first failure, the second… 23 hours in all. A message may be hidden for twelve hours at most (SQS)."""
_JITTER = 0.08

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:(?P<port>[0-9]{1,5}))?"
    r"([/?][!-\"$-\[\]-~]*)?"  # printable ASCII but the space, the fragment's # and the backslash
)


class Endpoint(Record):
    """One address of a supplier and what it is told of. Its secret is kept elsewhere."""

    endpoint_id: str
    version: int = 1
    url: str
    description: str = ""
    types: tuple[NotificationType, ...]
    enabled: bool = True
    #: "gone": the receiver said itself that nobody is there any more (410)
    disabled_because: Literal["gone"] | None = None
    created_at: datetime
    secret_rotated_at: datetime | None = None

    def wants(self, notification: Notification) -> bool:
        return self.enabled and notification.type in self.types

    def next(self, **changes: Any) -> Self:
        """The next version with these changes."""
        return self.model_copy(update={**changes, "version": self.version + 1})


class EndpointSecrets(Record):
    """What an endpoint's messages are signed with; during a rotation there are two."""

    current: SecretStr
    previous: SecretStr | None = None
    previous_until: datetime | None = None

    def rotated(self, new: SecretStr, *, now: datetime) -> Self:
        """With a new secret, the former one signing beside it for a while."""
        return self.model_copy(update={"current": new, "previous": self.current, "previous_until": now + ROTATION})

    def at(self, now: datetime) -> tuple[SecretStr, ...]:
        """Those to sign with at that moment."""
        if self.previous is None or self.previous_until is None or now >= self.previous_until:
            return (self.current,)
        return (self.current, self.previous)


class Delivery(Record):
    """How far one event has come on its way to one endpoint."""

    endpoint_id: str
    notification_id: str
    type: NotificationType
    tries: int
    last_try_at: datetime
    outcome: Literal["delivered", "failing", "gave_up"]
    #: the receiver's status, or why there was none (``refused_address``, ``timeout``…)
    detail: str


def payload(notification: Notification) -> str:
    """The body of the message: what happened and where to look, nothing of what the document says."""
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
    """How long to wait after that many failed tries; None when that was the last one.

    A little more or less for each message, so that what failed together does not come back together.
    """
    if tries >= TRIES:
        return None
    spread = zlib.crc32(f"{seed}/{tries}".encode()) / 2**32  # from 0 to 1, the same for the same message
    return _BACK_OFF[tries - 1] * (1 + _JITTER * (2 * spread - 1))


def check_url(url: str, *, local: bool) -> str:
    """The address, if it may be an endpoint. Raises Invalid. ``local`` lets this machine in, and plain HTTP."""
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
    literal = _literal(parts["host"].strip("[]"))
    if literal is not None and not is_allowed(literal, local=local):
        raise _bad_url(
            "url_not_public",
            "Cette adresse n'est pas sur l'internet public.",
            "This address is not on the public internet.",
        )
    return url


def is_allowed(address: IPv4Address | IPv6Address, *, local: bool) -> bool:
    """Whether a message may be sent there: the public internet, and this machine where ``local``."""
    if isinstance(address, IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return is_allowed(inner, local=local)
        if address.is_site_local:
            return False
    if address.is_loopback:
        return local
    return address.is_global and not address.is_multicast and not address.is_reserved and not address.is_unspecified


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address an IPv6 one only wraps: mapped, 6to4, NAT64."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    high, low = divmod(int(address), 2**32)
    return IPv4Address(low) if high == 0x64FF9B << 64 else None


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _bad_url(code: str, fr: str, en: str) -> Invalid:
    return Invalid.about(Problem(field="url", code=code, fr=fr, en=en))
