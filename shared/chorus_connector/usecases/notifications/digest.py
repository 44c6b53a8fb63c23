"""Box email_digest: every ten minutes, one e-mail for each person to whom something is to be told.

An e-mail goes at least once: a worker that dies between sending and forgetting sends the same one again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chorus_connector.domain.notifications.digest import digest, is_address
from chorus_connector.ports.notification_values import EmailRefused

if TYPE_CHECKING:
    from chorus_connector.ports.notifications import DigestQueue, Mailbox, Mailboxes, Mailer
    from chorus_connector.ports.suppliers import SupplierStore

LINES_AT_A_TIME = 1000


@dataclass(frozen=True)
class HandOutDigests:
    """The half of the box that the clock starts: it sees keys only."""

    mailboxes: Mailboxes
    queue: DigestQueue
    limit: int = 10_000

    def run(self, *, now: datetime) -> int:
        """Queue every digest that is due; gives how many that was."""
        due = self.mailboxes.due(now, limit=self.limit)
        self.queue.send(due)
        return len(due)


@dataclass(frozen=True)
class SendDigest:
    """The half of the box that one supplier's message starts."""

    supplier: SupplierStore
    mailbox: Mailbox
    mailer: Mailer

    def to(self, principal: str, *, now: datetime) -> int:
        """Send what waits for that person; gives how many notifications that was.

        What can never be sent to that address is forgotten: the feed still has it.
        """
        letter = self.mailbox.take(principal, limit=LINES_AT_A_TIME)
        if letter is None:
            return 0
        sent = 0
        if is_address(letter.email) and letter.notifications:
            try:
                self.mailer.send(letter.email, digest(self.supplier.get().name, letter.notifications))
                sent = len(letter.notifications)
            except EmailRefused:
                sent = 0
        self.mailbox.sent(principal, letter, again_at=now + timedelta(minutes=1))
        return sent
