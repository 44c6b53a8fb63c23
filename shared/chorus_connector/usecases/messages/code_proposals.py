"""A received message that announces a service code becomes proposals of the supplier that received it.

Function: notifier, after the notification. Nothing is applied: a person activates a proposal or dismisses it. The
portal is not asked here; what it said before is in the remembered directory.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from chorus_connector.domain.messages.arrival import ArrivedMessage
from chorus_connector.domain.messages.code_changes import CodeChange, announced_changes
from chorus_connector.domain.messages.code_labels import SenderService
from chorus_connector.domain.paris import day_in_paris
from chorus_connector.domain.portal.recipient import TECHNICAL_SERVICE, Recipient
from chorus_connector.domain.suppliers.announced_codes import announced_code
from chorus_connector.domain.suppliers.supplier import Supplier
from chorus_connector.domain.suppliers.tables import Proposal
from chorus_connector.ports.messages import Announcements
from chorus_connector.ports.portal import RecipientCache
from chorus_connector.ports.suppliers import Tables


class ReadsChanges(Protocol):
    """``domain.messages.code_changes.announced_changes``."""

    def __call__(
        self, title: str, content: str, *, sent_on: date, services: Sequence[SenderService]
    ) -> tuple[CodeChange, ...]: ...


@dataclass(frozen=True)
class ProposeCodes:
    """``tables`` and ``supplier`` are of the supplier that received the message. ``read`` finds what it announces."""

    announcements: Announcements
    directory: RecipientCache
    tables: Tables
    supplier: Callable[[], Supplier]
    read: ReadsChanges = announced_changes

    def from_message(self, arrived: ArrivedMessage, *, now: datetime) -> int:
        """Propose each code that the message announces; returns how many are not in the services table yet.

        Idempotent. Nothing for a supplier that is suspended or being deleted. Raises NotFound when it is gone.
        """
        message = self.announcements.kept([arrived.reference]).get(arrived.reference)
        if message is None:
            return 0
        sender = self.directory.whole(message.sender_siret)
        changes = self.read(
            message.title, message.content, sent_on=day_in_paris(arrived.at), services=_services(sender)
        )
        if not changes or not self.supplier().active:
            return 0
        found = (announced_code(message, each, sender, now=now) for each in changes)
        return self._propose(each for each in found if each is not None)

    def _propose(self, proposals: Iterable[Proposal]) -> int:
        news = 0
        for proposal in proposals:
            known = self.tables.row(proposal.row.kind, proposal.row.key)
            if known is None or known.value != proposal.row.value:
                self.tables.propose(proposal)
                news += 1
        return news


def _services(sender: Recipient | None) -> tuple[SenderService, ...]:
    """Its services, also the closed ones: their codes are known words of its messages."""
    if sender is None:
        return ()
    return tuple(
        SenderService(code=each.code, label=each.name) for each in sender.services if each.code != TECHNICAL_SERVICE
    )
