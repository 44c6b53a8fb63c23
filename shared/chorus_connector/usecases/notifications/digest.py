"""E-mail digests: every ten minutes, one e-mail for each person with new notifications. Function: email_digest.

Each e-mail is sent at least once: after a crash between sending and recording, it is sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import Conflict, Invalid
from chorus_connector.domain.notifications.digest import digest, is_address
from chorus_connector.ports.notification_values import EmailRefused

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.visibility import Visibility
    from chorus_connector.ports.notifications import DigestQueue, Mailbox, Mailboxes, Mailer
    from chorus_connector.ports.suppliers import SupplierStore
    from chorus_connector.usecases.notifications.addresses import AskAddresses

LINES_AT_A_TIME = 1000


@dataclass(frozen=True)
class HandOutDigests:
    """The scheduled part: queue the digests that are due. It reads keys only."""

    mailboxes: Mailboxes
    queue: DigestQueue
    limit: int = 10_000

    def run(self, *, now: datetime) -> int:
        """Queue every digest that is due; returns how many."""
        due = self.mailboxes.due(now, limit=self.limit)
        self.queue.send(due)
        return len(due)


@dataclass(frozen=True)
class SendDigest:
    """The queue's part: send one person's digest for one supplier."""

    supplier: SupplierStore
    mailbox: Mailbox
    mailer: Mailer
    ask: AskAddresses
    visibility: Callable[[str], Visibility]

    def to(self, principal: str, *, now: datetime) -> int:
        """Send those of that person's pending notifications that they may see now; returns how many. Raises Transient.

        Notifications for an address that may not receive e-mail are dropped from the mailbox; the feed keeps them. Such
        an address of an older release is asked once.
        """
        pending = self.mailbox.take(principal, limit=LINES_AT_A_TIME)
        if pending is None:
            return 0
        sent = 0
        visibility = self.visibility(principal)
        seen = [each for each in pending.notifications if each.is_seen_with(visibility)]
        if is_address(pending.email) and seen:
            with suppress(
                EmailRefused, Conflict, Invalid
            ):  # the list of subscribers shows an address that was never asked
                if self.ask.addressees.may_receive(principal, pending.email):
                    self.mailer.send(pending.email, digest(self.supplier.get().name, seen))
                    sent = len(seen)
                elif self.ask.addressees.addresses.get(pending.email) is None:
                    self.ask.ask(pending.email, now=now)
        self.mailbox.sent(principal, pending, again_at=now + timedelta(minutes=1))
        return sent
