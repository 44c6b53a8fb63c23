"""A message reaches a structure that could not receive it before: it got an account, or an address.

Only what is still on display, or not yet, is delivered. No structure gets a message twice. Function:
message_delivery.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from chorus_connector.domain.errors import NotFound, StaleWrite
from chorus_connector.domain.messages import display
from chorus_connector.domain.messages.announcement import announcement_of
from chorus_connector.domain.messages.delivery import (
    HEALED_BY_AN_ACCOUNT,
    HEALED_BY_AN_ADDRESS,
    RecipientDelivery,
    address_digest,
    received,
)

if TYPE_CHECKING:
    from chorus_connector.domain.messages.delivery import Awaited
    from chorus_connector.domain.messages.message import Message
    from chorus_connector.domain.messages.structure import Structure
    from chorus_connector.ports.messages import (
        AwaitedMessages,
        DeliveryQueue,
        Inboxes,
        Outbox,
        Outcomes,
        Structures,
    )
    from chorus_connector.ports.notification_values import MessageFeedback
    from chorus_connector.usecases.messages.mailing import MailMessages

AWAITED_AT_A_TIME = 25
RETRY_WHILE_SUSPENDED = timedelta(minutes=15)
"""How often the delivery of a suspended sender checks whether it may continue."""


@dataclass(frozen=True)
class ReachAgain:
    """The messages of one sender, for recipients whose situation changed."""

    structures: Structures
    outbox: Outbox
    outcomes: Outcomes
    inboxes: Inboxes
    awaited: AwaitedMessages
    mail: MailMessages

    def reach(self, each: Awaited, *, now: datetime) -> bool:
        """Deliver an awaited message, if its recipient can receive it by now. False while its sender is suspended."""
        sender = self.structures.get(each.sender_siret)
        try:
            message = self.outbox.get(each.reference)
        except NotFound:
            sender = None
        if sender is None or message.over(display.today(now)):
            self.awaited.forget(each.siret, each.reference)
            return True
        if sender.suspended:
            return False
        structure = self.structures.get(each.siret)
        if structure is not None:
            self.deliver(message, self.outcomes.of_structure(each.reference, each.siret), structure, now=now)
        return True

    def deliver(
        self, message: Message, rows: Sequence[RecipientDelivery], structure: Structure, *, now: datetime
    ) -> None:
        """Deliver the message to one structure, for the recipients that it has not reached."""
        if message.over(display.today(now)):
            return
        if structure.has_account:
            self._into_the_inbox(message, rows, structure, now)
        elif self.mail.reaches(structure):
            self._by_email(message, rows, structure, now)

    def note_feedback(self, feedback: MessageFeedback, *, now: datetime) -> None:
        """An e-mail came back, or its reader reported it. Raises StaleWrite when it is just being recorded."""
        reference, siret = feedback.reference, feedback.siret
        for each in self.outcomes.of_structure(reference, siret):
            if each.outcome == "emailed":
                self.outcomes.change(reference, each, each.changed(feedback.outcome, at=now))
            elif each.outcome == "scheduled" and self.awaited.get_many(reference, [siret]):
                raise StaleWrite

    def _into_the_inbox(
        self, message: Message, rows: Sequence[RecipientDelivery], structure: Structure, now: datetime
    ) -> None:
        late = [each for each in rows if each.outcome in HEALED_BY_AN_ACCOUNT]
        if not late:
            return
        after = [each.changed("delivered", at=now, name=structure.name) for each in late]
        self.inboxes.put([received(message, each) for each in after], announcement_of(message))
        latest = self.outbox.get(message.reference)
        if latest.display_version != message.display_version:
            self.inboxes.redate([received(latest, each) for each in after], announcement_of(latest))
        if latest.state == "withdrawn":  # meanwhile: its withdrawal may have passed this recipient
            self.inboxes.take_back([received(latest, each) for each in after])
            return
        for before, changed in zip(late, after, strict=True):
            self.outcomes.change(message.reference, before, changed)
        self.awaited.forget(structure.siret, message.reference)

    def _by_email(
        self, message: Message, rows: Sequence[RecipientDelivery], structure: Structure, now: datetime
    ) -> None:
        late = [each for each in rows if each.outcome in HEALED_BY_AN_ADDRESS]
        marks = self.mail.marks(message, [structure.siret])
        assert structure.email is not None
        if not late or (marks[structure.siret].mailed_to == address_digest(structure.email)):
            return
        assert message.display_start is not None
        if message.display_start > display.today(now):
            self._change(message, late, structure, "scheduled", now)
            self.mail.plan(self.outbox.get(message.reference), now=now)
            return
        arrived = self.mail.announce(message, structure, marks, again=True)
        self._change(message, late, structure, "emailed" if arrived else "failed", now)

    def _change(
        self,
        message: Message,
        late: Sequence[RecipientDelivery],
        structure: Structure,
        outcome: Literal["scheduled", "emailed", "failed"],
        now: datetime,
    ) -> None:
        for each in late:
            if each.outcome != outcome:
                changed = each.changed(outcome, at=now, name=structure.name)
                self.outcomes.change(message.reference, each, changed)


@dataclass(frozen=True)
class ReachStructure:
    """Everything that one structure was to receive, from every sender."""

    awaited: AwaitedMessages
    queue: DeliveryQueue
    sender: Callable[[str], ReachAgain]

    def run(self, recipient_siret: str, *, after: str, now: datetime) -> int:
        """Deliver the next messages and queue the rest; returns how many were looked at."""
        found = self.awaited.of(recipient_siret, after=after, limit=AWAITED_AT_A_TIME)
        waiting = [each for each in found if not self.sender(each.sender_siret).reach(each, now=now)]
        if waiting:
            first = waiting[0].reference
            self.queue.send_structure(recipient_siret, after=_before(first), later=RETRY_WHILE_SUSPENDED)
        if len(found) == AWAITED_AT_A_TIME:
            self.queue.send_structure(recipient_siret, after=found[-1].reference)
        return len(found)


def _before(reference: str) -> str:
    """A place in the order of references just before this one."""
    return reference[:-1] + chr(ord(reference[-1]) - 1) + "~"
