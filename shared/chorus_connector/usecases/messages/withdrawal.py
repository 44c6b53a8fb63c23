"""The messages of a supplier that is being deleted: what was accepted is delivered, what has not begun is withdrawn.

A message whose display has begun reaches all of its recipients before anything of its sender is deleted. One whose
display has not begun is taken back from every recipient, here and by e-mail alike: none of them has seen it. A
suspended supplier sends nothing, so what was held back is withdrawn, too. What was received stays. Functions:
supplier_removal, message_delivery.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import StaleWrite, Transient
from chorus_connector.domain.messages.delivery import Dispatch, received, taken_back
from chorus_connector.domain.messages.display import begins_at

if TYPE_CHECKING:
    from chorus_connector.domain.messages.message import Message
    from chorus_connector.domain.suppliers.removal import Removal
    from chorus_connector.ports.messages import AwaitedMessages, Inboxes, Outbox, Outcomes

MESSAGES_AT_A_TIME = 200
TAKEN_BACK_AT_A_TIME = 100
BEGINS_SOON = timedelta(minutes=15)
"""A message that begins so soon is not withdrawn: the deletion waits, and it is delivered."""
HAS_BEGUN = timedelta(minutes=1)
"""The longest run of a worker: what begins within it counts as received."""
LONGEST_WAIT = timedelta(days=1)
"""Then the deletion continues: a delivery that failed for good must not hold it up for ever."""


class MessagesUnderway(Transient):
    """Messages are still being delivered or withdrawn: try again in some seconds."""

    def __init__(self) -> None:
        super().__init__("Des messages sont encore en cours de remise.", "Messages are still being delivered.")


@dataclass(frozen=True)
class SettleMessages:
    """The outbox of a supplier that is being deleted."""

    outbox: Outbox

    def page(self, removal: Removal, *, now: datetime) -> tuple[str, bool]:
        """Settle the next messages: the reference of the last one, and whether it was the last of all.

        No new message is accepted from the first page on. Raises MessagesUnderway while one of the page is being
        delivered or withdrawn, for a day at most.
        """
        if not removal.messages_after:
            self.outbox.close()
        start = removal.messages_after or None
        found = list(islice(self.outbox.messages(newest_first=False, start=start, consistent=True), MESSAGES_AT_A_TIME))
        settled = [self._settled(each, removal, now) for each in found]
        if not all(settled) and now < removal.asked_at + LONGEST_WAIT:
            raise MessagesUnderway
        last = found[-1].reference if found else removal.messages_after
        return last, len(found) < MESSAGES_AT_A_TIME

    def _settled(self, message: Message, removal: Removal, now: datetime) -> bool:
        """Whether the message waits for nothing; else the next step towards that is begun."""
        if message.state == "draft":
            return True
        dispatches = self.outbox.every_dispatch(message.reference)
        if message.state == "withdrawn":
            return self._taken_back(message, dispatches, removal, now)
        assert message.display_start is not None
        begins, unfinished = begins_at(message.display_start), not all(each.done for each in dispatches)
        if begins > now + BEGINS_SOON or (removal.suspended and unfinished):
            with suppress(StaleWrite):
                self.outbox.save(message.withdrawn(by=removal.by, now=now))
            return False
        return begins <= now and not unfinished

    def _taken_back(self, message: Message, dispatches: Sequence[Dispatch], removal: Removal, now: datetime) -> bool:
        """Whether it is taken back from every recipient. That begins when no delivery can add one any more."""
        done = {each.purpose: each.done for each in dispatches if each.purpose == "withdraw"}
        if not done and all(each.done for each in dispatches if each.purpose != "mail"):
            withdrawal = Dispatch(
                sender_siret=message.sender_siret,
                reference=message.reference,
                number=1,
                purpose="withdraw",
                requested_at=now,
                requested_by=removal.by,
            )
            with suppress(StaleWrite):
                self.outbox.add_dispatch(withdrawal)
        return done.get("withdraw", False)


@dataclass(frozen=True)
class TakeBackMessage:
    """One sender's withdrawn messages, for their recipients."""

    outbox: Outbox
    outcomes: Outcomes
    inboxes: Inboxes
    awaited: AwaitedMessages

    def chunk(self, dispatch: Dispatch, now: datetime) -> tuple[Dispatch, int]:
        """The dispatch after the next recipients, and from how many of them the message was taken back.

        A repeated chunk changes nothing. With the last one goes what the message announced, unless it was received.
        """
        message = self.outbox.get(dispatch.reference)
        assert message.display_start is not None
        begun = begins_at(message.display_start) <= now + HAS_BEGUN
        found, after = self.outbox.deliveries(
            dispatch.reference, after=dispatch.after, limit=TAKEN_BACK_AT_A_TIME, consistent=True
        )
        taken = [each for each in found if taken_back(each.outcome, begun=begun)]
        # also of one that waits: a worker that gives it to an account at this moment writes the inbox first
        self.inboxes.take_back([received(message, each) for each in taken])
        for each in taken:
            self.awaited.forget(each.siret, message.reference)
            self.outcomes.change(message.reference, each, each.changed("withdrawn", at=now))
        if after is None and not begun:
            self.inboxes.forget(message.reference)
        return dispatch.advanced(after=after, progress=dispatch.progress), len(taken)
