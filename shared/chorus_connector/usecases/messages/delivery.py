"""Delivery of a sent message to each recipient exactly once, whatever the number of recipients and crashed workers.

Recipients are processed in chunks in a fixed order. The recipients of a chunk are claimed one by one, the message is
put into their inboxes, and the count is saved together with the position to resume from. After a crash the next worker
repeats the last chunk: it recognises its claims, and a second put into the same inbox changes nothing. Recipients
without an account get an e-mail when the display begins (``mailing``). Once the sender's deletion has withdrawn a
message, its delivery reaches no more recipient (``withdrawal``). Function: message_delivery.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from chorus_connector.domain.messages import display
from chorus_connector.domain.messages.announcement import announcement_of
from chorus_connector.domain.messages.delivery import (
    HEALED_BY_AN_ADDRESS,
    DeliveryOutcome,
    Dispatch,
    Progress,
    RecipientDelivery,
    awaited,
    received,
)
from chorus_connector.usecases.messages.healing import RETRY_WHILE_SUSPENDED, ReachAgain
from chorus_connector.usecases.messages.mailing import MailMessages
from chorus_connector.usecases.messages.withdrawal import TakeBackMessage

if TYPE_CHECKING:
    from datetime import datetime

    from chorus_connector.domain.messages.message import Message
    from chorus_connector.domain.messages.structure import Address, Structure
    from chorus_connector.ports.messages import (
        AwaitedMessages,
        Counterparties,
        DeliveryQueue,
        Inboxes,
        Outbox,
        Outcomes,
        Structures,
    )
    from chorus_connector.ports.notifications import Mailer

RECIPIENTS_AT_A_TIME = 100
MAILS_AT_A_TIME = 200
"""E-mails of one run, which has a minute, or recipients of a withdrawn message; the rest goes back to the queue."""
MAILING_LEASE = timedelta(hours=1)
"""After this time a mailing whose worker died is handed out again."""


@dataclass(frozen=True)
class DeliverMessage:
    """The delivery of one sender's messages.

    After ``chunks`` chunks it returns to the queue, so no worker runs for long.
    """

    structures: Structures
    counterparties: Counterparties
    outbox: Outbox
    outcomes: Outcomes
    inboxes: Inboxes
    awaited: AwaitedMessages
    queue: DeliveryQueue
    #: None: this installation sends no e-mail
    mailer: Mailer | None = None
    chunks: int = 20

    @cached_property
    def mail(self) -> MailMessages:
        """The sender's e-mails."""
        return MailMessages(self.outbox, self.awaited, self.mailer)

    @cached_property
    def healing(self) -> ReachAgain:
        """The sender's messages for recipients whose situation changed."""
        return ReachAgain(self.structures, self.outbox, self.outcomes, self.inboxes, self.awaited, self.mail)

    @cached_property
    def withdrawal(self) -> TakeBackMessage:
        """The sender's messages that were withdrawn."""
        return TakeBackMessage(self.outbox, self.outcomes, self.inboxes, self.awaited)

    def work_on(self, reference: str, key: str, *, now: datetime) -> Dispatch:
        """Continue a delivery, to its end or for ``chunks`` chunks.

        Raises StaleWrite when another worker does the same.
        """
        dispatch = self.outbox.dispatch(reference, key)
        if dispatch.purpose == "mail":
            return self._mailing(dispatch, now)
        if self._suspended(dispatch):
            self.queue.send(dispatch.sender_siret, reference, key, later=RETRY_WHILE_SUSPENDED)
            return dispatch
        worked_on = mailed = 0
        while not dispatch.done and worked_on < self.chunks and mailed < MAILS_AT_A_TIME:
            dispatch, sent = self._step(dispatch, now)
            worked_on += 1
            mailed += sent
        if not dispatch.done:
            self.queue.send(dispatch.sender_siret, reference, key)
        return dispatch

    def _step(self, dispatch: Dispatch, now: datetime) -> tuple[Dispatch, int]:
        """The dispatch after one chunk, and how many e-mails left, or recipients it was taken back from."""
        if dispatch.purpose == "withdraw":
            after, sent = self.withdrawal.chunk(dispatch, now)
            return self._save(after), sent
        return self._redate(dispatch, now) if dispatch.purpose == "redate" else self._deliver(dispatch, now)

    def _suspended(self, dispatch: Dispatch) -> bool:
        """Whether the sender was suspended after it sent the message; the rest of the delivery then waits.

        Nothing waits for a withdrawn message: its delivery ends without reaching another recipient.
        """
        sender = self.structures.get(dispatch.sender_siret)
        if sender is None or not sender.suspended:
            return False
        return self.outbox.get(dispatch.reference).state != "withdrawn"

    def _deliver(self, dispatch: Dispatch, now: datetime) -> tuple[Dispatch, int]:
        """The dispatch after one chunk, and how many e-mails left."""
        message = self.outbox.get(dispatch.reference)
        addresses, after = self._next_chunk(dispatch)
        known = self.structures.get_many((each.siret for each in addresses), service="")
        planned = [self._planned(each, known.get(each.siret), message, dispatch, now) for each in addresses]
        claimed = self.outbox.claim(dispatch.reference, planned, source=dispatch.source)
        delivered = [each for each in claimed if each.outcome == "delivered"]
        self.inboxes.put([received(message, each) for each in delivered], announcement_of(message))
        self._catch_up(message, [each for each in claimed if each.outcome in ("delivered", "scheduled")], now)
        done, mailed = self._announce(message, claimed, known)
        self._await(message, done, now)
        self._reach_again(message, _others(planned, claimed), known, now)
        progress = dispatch.progress.plus(Progress.of(done))
        return self._save(dispatch.advanced(after=after, progress=progress)), mailed

    def _planned(
        self, address: Address, structure: Structure | None, message: Message, dispatch: Dispatch, now: datetime
    ) -> RecipientDelivery:
        return RecipientDelivery(
            siret=address.siret,
            service=address.service,
            name=structure.name if structure else "",
            outcome=self._outcome(structure, message, now),
            at=dispatch.requested_at,
        )

    def _outcome(self, structure: Structure | None, message: Message, now: datetime) -> DeliveryOutcome:
        assert message.display_start is not None
        today = display.today(now)
        if message.state == "withdrawn":
            return "withdrawn"
        if structure is not None and structure.has_account:
            return "delivered"
        if not self.mail.reaches(structure):
            return "not_here"
        if message.display_start > today:
            return "scheduled"
        return "too_late" if message.over(today) else "emailed"

    def _announce(
        self, message: Message, claimed: Sequence[RecipientDelivery], known: Mapping[str, Structure]
    ) -> tuple[Sequence[RecipientDelivery], int]:
        """Send the e-mails of recipients whose result says so, once per structure.

        The results as they are then, and how many recipients e-mails were for.
        """
        emailed = [each for each in claimed if each.outcome == "emailed"]
        marks = self.mail.marks(message, (each.siret for each in emailed))
        failed = {}
        for each in emailed:
            structure = known.get(each.siret)
            if structure is None or not self.mail.reaches(structure):
                continue  # a repeated chunk: the address is gone since
            if not self.mail.announce(message, structure, marks, again=False):
                refused = each.model_copy(update={"outcome": "failed"})  # this delivery counts it so
                if self.outcomes.change(message.reference, each, refused, counted=False):
                    failed[each.address] = refused
        return [failed.get(each.address, each) for each in claimed], len(emailed)

    def _await(self, message: Message, claimed: Sequence[RecipientDelivery], now: datetime) -> None:
        """Note what a structure cannot receive yet, and look once more whether it can by now."""
        sirets = list(dict.fromkeys(each.siret for each in claimed if each.outcome == "not_here"))
        if not sirets:
            return
        known = self.awaited.get_many(message.reference, sirets)
        self.awaited.put([awaited(message, siret) for siret in sirets if siret not in known])
        waiting = [each for each in claimed if each.outcome == "not_here"]
        self._reach_again(message, waiting, self.structures.get_many(sirets, service=""), now)

    def _reach_again(
        self, message: Message, recipients: Sequence[RecipientDelivery], known: Mapping[str, Structure], now: datetime
    ) -> None:
        """Deliver to recipients of another delivery that the message did not reach and that can receive it now."""
        able = {
            siret: structure
            for siret, structure in known.items()
            if structure.has_account or self.mail.reaches(structure)
        }
        addresses = [each.address for each in recipients if each.siret in able]
        rows: defaultdict[str, list[RecipientDelivery]] = defaultdict(list)
        for row in self.outcomes.of(message.reference, addresses) if addresses else ():
            rows[row.siret].append(row)
        for siret, of_structure in rows.items():
            self.healing.deliver(message, of_structure, able[siret], now=now)

    def _next_chunk(self, dispatch: Dispatch) -> tuple[Sequence[Address], str | None]:
        """The next recipients of the current part and the position after them; None at the end of the part."""
        if dispatch.part == dispatch.last_part:
            if not dispatch.all_recipients:
                return (), None
            found, after = self.counterparties.page(dispatch.relation, after=dispatch.after, limit=RECIPIENTS_AT_A_TIME)
            # « all » means the counterparties at the time of sending, not later ones
            return [each.address for each in found if each.first_at <= dispatch.requested_at], after
        everybody = self.outbox.members_of(dispatch, dispatch.part)
        start = int(dispatch.after or 0)
        end = start + RECIPIENTS_AT_A_TIME
        return everybody[start:end], str(end) if end < len(everybody) else None

    def _catch_up(self, used: Message, claimed: Sequence[RecipientDelivery], now: datetime) -> None:
        """Give the recipients just claimed the dates that changed meanwhile; a redate dispatch may have missed them."""
        if not claimed:
            return
        latest = self.outbox.get(used.reference)
        if latest.display_version != used.display_version:
            copies = [received(latest, each) for each in claimed if each.outcome == "delivered"]
            self.inboxes.redate(copies, announcement_of(latest))
        if any(each.outcome == "scheduled" for each in claimed):
            self.mail.plan(latest, now=now)

    def _redate(self, dispatch: Dispatch, now: datetime) -> tuple[Dispatch, int]:
        """The dispatch after one chunk, and how many e-mails left."""
        message = self.outbox.get(dispatch.reference)
        if message.state == "withdrawn":  # its dates reach no person any more
            return self._save(dispatch.advanced(after=None, progress=dispatch.progress)), 0
        found, after = self.outbox.deliveries(dispatch.reference, after=dispatch.after, limit=RECIPIENTS_AT_A_TIME)
        copies = [received(message, each) for each in found if each.outcome == "delivered"]
        self.inboxes.redate(copies, announcement_of(message))
        mailed = [each for each in found if each.outcome == "emailed"]
        self._correct(message, mailed, now)
        absent = dict.fromkeys(each.siret for each in found if each.outcome in HEALED_BY_AN_ADDRESS)
        marks = self.mail.marks(message, absent).values()
        end = {"display_end": message.display_end}
        self.awaited.put([each.model_copy(update=end) for each in marks])
        if any(each.outcome == "scheduled" for each in found):
            planned = self.mail.plan(message, now=now)
            if planned.due_at is not None and planned.due_at <= now:
                self.queue.send(planned.sender_siret, planned.reference, planned.key)
        return self._save(dispatch.advanced(after=after, progress=dispatch.progress)), len(mailed)

    def _correct(self, message: Message, emailed: Sequence[RecipientDelivery], now: datetime) -> None:
        """Tell the new dates to those who got the message by e-mail."""
        known = self.structures.get_many((each.siret for each in emailed), service="") if emailed else {}
        marks = self.mail.marks(message, (each.siret for each in emailed))
        for each in emailed:
            structure = known.get(each.siret)
            if structure is None or not self.mail.reaches(structure):
                continue
            if not self.mail.correct(message, structure, marks):
                self.outcomes.change(message.reference, each, each.changed("failed", at=now))

    def _mailing(self, dispatch: Dispatch, now: datetime) -> Dispatch:
        """Work on the mailing of a message, if its display has begun.

        The first write of a worker stops every other one, and gives it an hour until the mailing is handed out again.
        """
        message = self.outbox.get(dispatch.reference)
        assert message.display_start is not None
        due_at = display.begins_at(message.display_start)
        if dispatch.done:
            return dispatch
        if message.state == "withdrawn":
            return self._save(dispatch.advanced(after=None, progress=dispatch.progress))
        if due_at > now:
            return dispatch if dispatch.due_at == due_at else self._save(dispatch.postponed(due_at))
        if self._suspended(dispatch):
            return self._save(dispatch.postponed(now + RETRY_WHILE_SUSPENDED))
        dispatch = self._save(dispatch.postponed(now + MAILING_LEASE))
        looked_at = mailed = 0
        while not dispatch.done and looked_at < self.chunks and mailed < MAILS_AT_A_TIME:
            before, dispatch = dispatch, self._mail(dispatch, now)
            looked_at += 1
            mailed += dispatch.progress.emailed - before.progress.emailed
        if not dispatch.done:
            self.queue.send(dispatch.sender_siret, dispatch.reference, dispatch.key)
        return dispatch

    def _mail(self, dispatch: Dispatch, now: datetime) -> Dispatch:
        message = self.outbox.get(dispatch.reference)
        found, after = self.outbox.deliveries(
            dispatch.reference, after=dispatch.after, limit=RECIPIENTS_AT_A_TIME, consistent=True
        )
        waiting = [each for each in found if each.outcome == "scheduled"]
        known = self.structures.get_many((each.siret for each in waiting), service="") if waiting else {}
        marks = self.mail.marks(message, (each.siret for each in waiting))
        progress = dispatch.progress
        for each in found:
            # a worker died after it had written this result, and before its count
            if each.by == dispatch.chunk and each.outcome != "scheduled":
                progress = progress.plus(Progress.of_change("scheduled", each.outcome))
        for each in waiting:
            structure = known.get(each.siret)
            outcome = self._outcome(structure, message, now)
            if outcome == "scheduled":
                continue  # the dates changed a moment ago, and the mailing with them
            changed = each.changed(outcome, at=now, by=dispatch.chunk, name=structure.name if structure else "")
            if outcome == "delivered":
                self.inboxes.put([received(message, changed)], announcement_of(message))
            elif outcome == "emailed" and structure is not None:
                if not self.mail.announce(message, structure, marks, again=True):
                    changed = changed.model_copy(update={"outcome": "failed"})
            elif outcome == "not_here":
                self.awaited.put([marks[each.siret]])
            if self.outcomes.change(dispatch.reference, each, changed, counted=False):
                progress = progress.plus(Progress.of_change("scheduled", changed.outcome))
        return self._save(dispatch.advanced(after=after, progress=progress))

    def _save(self, dispatch: Dispatch) -> Dispatch:
        self.outbox.save_dispatch(dispatch)
        return dispatch


def _others(planned: Sequence[RecipientDelivery], claimed: Sequence[RecipientDelivery]) -> list[RecipientDelivery]:
    """The planned recipients that another delivery of the message had claimed before."""
    ours = {each.address for each in claimed}
    return [each for each in planned if each.address not in ours]
