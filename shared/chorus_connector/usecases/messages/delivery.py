"""Delivery of a sent message to each recipient exactly once, whatever the number of recipients and crashed workers.

Recipients are processed in chunks in a fixed order. The recipients of a chunk are claimed one by one, the message is
put into their inboxes, and the count is saved together with the position to resume from. After a crash the next worker
repeats the last chunk: it recognises its claims, and a second put into the same inbox changes nothing. Function:
message_delivery.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from chorus_connector.domain.messages.announcement import announcement_of
from chorus_connector.domain.messages.delivery import (
    DeliveryOutcome,
    Dispatch,
    Progress,
    RecipientDelivery,
    announcement_email,
    received,
)
from chorus_connector.ports.notification_values import EmailRefused

if TYPE_CHECKING:
    from chorus_connector.domain.messages.message import Message
    from chorus_connector.domain.messages.structure import Address, Structure
    from chorus_connector.ports.messages import Counterparties, DeliveryQueue, Inboxes, Outbox, Structures
    from chorus_connector.ports.notifications import Mailer

CHUNK = 100
RETRY_WHILE_SUSPENDED = timedelta(minutes=15)
"""How often the delivery of a suspended sender checks whether it may continue."""


@dataclass(frozen=True)
class DeliverMessage:
    """The delivery of one sender's messages.

    After ``chunks`` chunks it returns to the queue, so no worker runs for long.
    """

    structures: Structures
    counterparties: Counterparties
    outbox: Outbox
    inboxes: Inboxes
    queue: DeliveryQueue
    #: None: this installation sends no e-mail
    mailer: Mailer | None = None
    chunks: int = 20

    def work_on(self, reference: str, key: str) -> Dispatch:
        """Continue a delivery, to its end or for ``chunks`` chunks.

        Raises StaleWrite when another worker does the same.
        """
        dispatch = self.outbox.dispatch(reference, key)
        if self._suspended(dispatch):
            self.queue.send(dispatch.sender_siret, reference, key, later=RETRY_WHILE_SUSPENDED)
            return dispatch
        for _ in range(self.chunks):
            if dispatch.done:
                return dispatch
            dispatch = self._redate(dispatch) if dispatch.purpose == "redate" else self._deliver(dispatch)
        if not dispatch.done:
            self.queue.send(dispatch.sender_siret, reference, key)
        return dispatch

    def _suspended(self, dispatch: Dispatch) -> bool:
        """Whether the sender was suspended after it sent the message; the rest of the delivery then waits."""
        sender = self.structures.get(dispatch.sender_siret)
        return sender is not None and sender.suspended

    def _deliver(self, dispatch: Dispatch) -> Dispatch:
        message = self.outbox.get(dispatch.reference)
        addresses, after = self._next_chunk(dispatch)
        known = self.structures.get_many((each.siret for each in addresses), service="")
        planned = [self._planned(each, known.get(each.siret), dispatch) for each in addresses]
        claimed = self.outbox.claim(dispatch.reference, planned, source=dispatch.source)
        delivered = [each for each in claimed if each.outcome == "delivered"]
        self.inboxes.put([received(message, each) for each in delivered], announcement_of(message))
        self._catch_up(message, delivered)
        refused = [each for each in claimed if not self._emailed(message, each, known.get(each.siret))]
        failed = [each.model_copy(update={"outcome": "failed"}) for each in refused]
        self.outbox.claim(dispatch.reference, failed, source=dispatch.source)
        done = [*(each for each in claimed if each not in refused), *failed]
        return self._save(dispatch.advanced(after=after, progress=dispatch.progress.plus(Progress.of(done))))

    def _planned(self, address: Address, structure: Structure | None, dispatch: Dispatch) -> RecipientDelivery:
        outcome: DeliveryOutcome = "not_here"
        if structure is not None and structure.has_account:
            outcome = "delivered"
        elif structure is not None and structure.email and self.mailer is not None:
            outcome = "emailed"
        return RecipientDelivery(
            siret=address.siret,
            service=address.service,
            name=structure.name if structure else "",
            outcome=outcome,
            at=dispatch.requested_at,
        )

    def _emailed(self, message: Message, delivery: RecipientDelivery, structure: Structure | None) -> bool:
        """Send the e-mail to a recipient without an account, once per structure.

        False when the address is permanently refused.

        It is recorded after sending: after a crash in between the recipient gets the e-mail twice, but never not at
        all.
        """
        if delivery.outcome != "emailed" or self.outbox.emailed(message.reference, delivery.siret):
            return True
        assert self.mailer is not None
        assert structure is not None
        assert structure.email is not None
        try:
            self.mailer.send(structure.email, announcement_email(message))
        except EmailRefused:
            return False
        self.outbox.note_emailed(message.reference, delivery.siret)
        return True

    def _next_chunk(self, dispatch: Dispatch) -> tuple[Sequence[Address], str | None]:
        """The next recipients of the current part and the position after them; None at the end of the part."""
        if dispatch.part == dispatch.last_part:
            if not dispatch.all_recipients:
                return (), None
            found, after = self.counterparties.page(dispatch.relation, after=dispatch.after, limit=CHUNK)
            # « all » means the counterparties at the time of sending, not later ones
            return [each.address for each in found if each.first_at <= dispatch.requested_at], after
        everybody = self.outbox.members_of(dispatch, dispatch.part)
        start = int(dispatch.after or 0)
        end = start + CHUNK
        return everybody[start:end], str(end) if end < len(everybody) else None

    def _catch_up(self, used: Message, delivered: Sequence[RecipientDelivery]) -> None:
        """Update the copies just delivered if the dates changed meanwhile; a redate dispatch may have missed them."""
        if not delivered:
            return
        latest = self.outbox.get(used.reference)
        if latest.display_version != used.display_version:
            self.inboxes.redate([received(latest, each) for each in delivered], announcement_of(latest))

    def _redate(self, dispatch: Dispatch) -> Dispatch:
        message = self.outbox.get(dispatch.reference)
        found, after = self.outbox.deliveries(dispatch.reference, after=dispatch.after, limit=CHUNK)
        copies = [received(message, each) for each in found if each.outcome == "delivered"]
        self.inboxes.redate(copies, announcement_of(message))
        return self._save(dispatch.advanced(after=after, progress=dispatch.progress))

    def _save(self, dispatch: Dispatch) -> Dispatch:
        self.outbox.save_dispatch(dispatch)
        return dispatch
