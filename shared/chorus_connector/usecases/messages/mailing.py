"""E-mails to recipients without an account on this installation: one for each message and structure.

No e-mail leaves before the display of its message begins: until then the recipient is ``scheduled``, and the message
has a mailing that is due at that moment. An e-mail is recorded right after it was sent: an interruption between the two
can repeat that one e-mail, but never loses it. Function: message_delivery.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chorus_connector.domain.messages.delivery import Awaited, Dispatch, address_digest, awaited
from chorus_connector.domain.messages.display import begins_at
from chorus_connector.domain.messages.emails import announcement_email, correction_email
from chorus_connector.ports.notification_values import EmailRefused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chorus_connector.domain.messages.message import Message
    from chorus_connector.domain.messages.structure import Structure
    from chorus_connector.domain.notifications.digest import Email
    from chorus_connector.ports.messages import AwaitedMessages, DeliveryQueue, DueMailings, Outbox
    from chorus_connector.ports.notifications import Mailer


@dataclass(frozen=True)
class MailMessages:
    """The e-mails of one sender. ``mailer`` None: this installation sends no e-mail."""

    outbox: Outbox
    awaited: AwaitedMessages
    mailer: Mailer | None = None

    def reaches(self, structure: Structure | None) -> bool:
        """Whether the structure can get a message by e-mail."""
        return self.mailer is not None and structure is not None and structure.email is not None

    def plan(self, message: Message, *, now: datetime) -> Dispatch:
        """Have the scheduled recipients get their e-mails when the display begins. Raises StaleWrite."""
        assert message.display_start is not None
        due_at = begins_at(message.display_start)
        planned = self.outbox.mailing(message.reference)
        if planned is None:
            planned = Dispatch(
                sender_siret=message.sender_siret,
                reference=message.reference,
                number=1,
                purpose="mail",
                requested_at=now,
                requested_by=message.changed_by,
                due_at=due_at,
            )
            self.outbox.add_dispatch(planned)
        elif planned.due_at != due_at:
            planned = planned.from_the_beginning(due_at)
            self.outbox.save_dispatch(planned)
        return planned

    def marks(self, message: Message, sirets: Iterable[str]) -> dict[str, Awaited]:
        """What each of the structures got of the message so far."""
        wanted = dict.fromkeys(sirets)
        known = self.awaited.get_many(message.reference, wanted) if wanted else {}
        return {siret: known.get(siret) or awaited(message, siret) for siret in wanted}

    def announce(self, message: Message, structure: Structure, marks: dict[str, Awaited], *, again: bool) -> bool:
        """Send the message, unless the structure got it. False when its address is refused.

        ``again``: an e-mail to another address of the structure did not arrive.
        """
        assert structure.email is not None
        mark = marks[structure.siret]
        if mark.mailed_to and not (again and mark.mailed_to != address_digest(structure.email)):
            return not mark.refused
        if not mark.mailed_to and self.outbox.emailed(message.reference, structure.siret):
            return True
        return self._send(announcement_email(message), message, structure, marks)

    def correct(self, message: Message, structure: Structure, marks: dict[str, Awaited]) -> bool:
        """Tell a structure that got the message by e-mail the new dates, once. False when its address is refused."""
        if marks[structure.siret].names_the_dates_of(message):
            return True
        return self._send(correction_email(message), message, structure, marks)

    def _send(self, email: Email, message: Message, structure: Structure, marks: dict[str, Awaited]) -> bool:
        assert self.mailer is not None
        assert structure.email is not None
        mark = marks[structure.siret].mailed(structure.email, message)
        try:
            self.mailer.send(structure.email, email, reference=message.reference, recipient_siret=structure.siret)
        except EmailRefused:
            mark = mark.model_copy(update={"refused": True})
        marks[structure.siret] = mark
        self.awaited.put([mark])
        return not mark.refused


@dataclass(frozen=True)
class HandOutMailings:
    """The scheduled part: queue the mailings whose display begins. It reads keys only."""

    mailings: DueMailings
    queue: DeliveryQueue
    limit: int = 1000

    def run(self, *, now: datetime) -> int:
        """Queue every mailing that is due; returns how many."""
        handed_out = 0
        for each in self.mailings.due(now, limit=self.limit):
            self.queue.send(*each)
            handed_out += 1
        return handed_out
