"""Notifies a supplier of the messages that it received, once each, when their display begins and never before.

A message that is on display at once has an arrival that has begun. For another one the arrival is due later, and
follows the changes of its dates until then. The table's stream passes each arrival that has begun to the function
notifier. A public body has no supplier's feed: its members and subscribers read ``/messages/notifications``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chorus_connector.domain.messages.arrival import ArrivedMessage

if TYPE_CHECKING:
    from chorus_connector.domain.messages.announcement import AnnouncedMessage
    from chorus_connector.domain.messages.delivery import Received
    from chorus_connector.ports.messages import Arrivals, Inboxes, Structures


@dataclass(frozen=True)
class InboxesThatNotify:
    """``ports.Inboxes`` that also note the arrival of each message at a supplier's structure."""

    inboxes: Inboxes
    structures: Structures
    arrivals: Arrivals
    clock: Callable[[], datetime]

    def put(self, messages: Sequence[Received], announcement: AnnouncedMessage) -> None:
        self.inboxes.put(messages, announcement)
        self._note(messages)

    def redate(self, messages: Sequence[Received], announcement: AnnouncedMessage) -> None:
        self.inboxes.redate(messages, announcement)
        self._note(messages)

    def take_back(self, messages: Sequence[Received]) -> None:
        self.inboxes.take_back(messages)
        by_siret = {each.siret: each.reference for each in messages}
        for siret in self.structures.tenants(by_siret):
            self.arrivals.forget(siret, by_siret[siret])

    def forget(self, reference: str) -> None:
        self.inboxes.forget(reference)

    def _note(self, messages: Sequence[Received]) -> None:
        by_siret = {each.siret: each for each in messages}
        for siret, supplier_id in self.structures.tenants(by_siret).items():
            each = by_siret[siret]
            arrived = ArrivedMessage(
                supplier_id=supplier_id,
                siret=siret,
                reference=each.reference,
                sender_siret=each.sender_siret,
                at=each.received_at,
            )
            self.arrivals.note(arrived, now=self.clock())


@dataclass(frozen=True)
class BeginArrivals:
    """The scheduled part: the arrivals of messages whose display has begun meanwhile."""

    arrivals: Arrivals
    limit: int = 1000

    def run(self, *, now: datetime) -> int:
        """Let every arrival begin that is due; returns how many."""
        return sum(self.arrivals.begin(each) for each in self.arrivals.due(now, limit=self.limit))
