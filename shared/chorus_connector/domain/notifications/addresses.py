"""E-mail addresses of one supplier's notifications: which agreed to them, and which must get nothing more.

The verified address of a member needs no agreement. Any other address is asked by one e-mail with a link, so that a
tenant cannot make the installation send notifications to a stranger.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Literal, Self

from chorus_connector.domain.errors import Conflict
from chorus_connector.domain.record import Record

MAX_ADDRESSES = 20
"""Addresses that a supplier may have asked, within ``REMEMBERED`` for those that did not agree."""

MAX_REQUESTS = 3
"""E-mails that ask one address, within ``REMEMBERED``."""

LINK_LIFETIME = timedelta(days=7)
REMEMBERED = timedelta(days=30)
"""How long an address that did not agree is remembered, so that deleting a subscription does not reset the limits."""

SWITCHED_OFF_FOR = timedelta(days=365)
"""How long a bounce or a complaint is remembered."""

AddressState = Literal["asked", "confirmed", "bounced", "complained"]


class EmailAddress(Record):
    """One address and what is known of it. ``secret_sha256`` is the hash of the last link's secret, until it is used.

    ``bounced``: the address does not exist. ``complained``: its owner called an e-mail spam.
    """

    email: str
    state: AddressState = "asked"
    version: int = 0
    changed_at: datetime
    requests: int = 0
    secret_sha256: str = ""
    link_until: datetime | None = None

    @property
    def id(self) -> str:
        return address_id(self.email)

    @property
    def is_off(self) -> bool:
        return self.state in ("bounced", "complained")

    @property
    def expires_at(self) -> datetime | None:
        """When the record may be forgotten; None for an address that agreed."""
        if self.state == "confirmed":
            return None
        return self.changed_at + (SWITCHED_OFF_FOR if self.is_off else REMEMBERED)

    def asked(self, secret: str, *, now: datetime) -> Self:
        """The address asked once more, by a link with that secret. Raises Conflict when it must not be."""
        if self.state == "complained":
            raise Conflict(
                "address_complained",
                "Cette adresse a signalé un de nos e-mails comme indésirable : indiquez-en une autre.",
                "The owner of this address reported one of our e-mails as spam: give another one.",
            )
        if self.requests >= MAX_REQUESTS:
            raise Conflict(
                "too_many_confirmations",
                f"Cette adresse a déjà reçu {MAX_REQUESTS} demandes de confirmation : attendez un mois.",
                f"This address was asked {MAX_REQUESTS} times already: wait for a month.",
            )
        return self._next(
            now,
            requests=self.requests + 1,
            secret_sha256=_hash(secret),
            link_until=now + LINK_LIFETIME,
        )

    def confirmed(self, secret: str, *, now: datetime) -> Self | None:
        """The address after its owner agreed; None when the link was used, is replaced by a later one, or expired."""
        if self.link_until is None or now >= self.link_until:
            return None
        if not hmac.compare_digest(self.secret_sha256, _hash(secret)):
            return None
        return self._next(now, state="confirmed", secret_sha256="", link_until=None)

    def switched_off(self, state: Literal["bounced", "complained"], *, now: datetime) -> Self:
        """The address after a permanent bounce or a complaint; an open link ends too."""
        return self._next(now, state=state, secret_sha256="", link_until=None)

    def _next(self, now: datetime, **changes: object) -> Self:
        return self.model_copy(update={**changes, "changed_at": now, "version": self.version + 1})


def address_id(email: str) -> str:
    """The id of an address, whatever the case of its letters. It does not show the address."""
    return hashlib.sha256(email.lower().encode()).hexdigest()[:32]


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
