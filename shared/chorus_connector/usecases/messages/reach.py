"""Who would receive a message: here, by e-mail, or not at all. It writes nothing.

Only the first recipients are looked at, because a message may be for thousands and a person waits for the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal

from chorus_connector.domain.errors import SupplierDeleting, SupplierSuspended
from chorus_connector.domain.messages.refusals import InvalidMessage, WrongMessageState, problem, raise_if_invalid

if TYPE_CHECKING:
    from chorus_connector.domain.messages.access import MessageAccess
    from chorus_connector.domain.messages.distribution import DistributionList
    from chorus_connector.domain.messages.message import RecipientSelection
    from chorus_connector.domain.messages.structure import Address, Relation, Structure
    from chorus_connector.usecases.messages.audience import Audience

LOOKED_AT = 2000
"""Recipients that a preview counts."""
LOOKED_AT_WHEN_SENDING = 500
"""Recipients that the answer to a sending counts."""

WayToReach = Literal["here", "by_email", "not_here"]


@dataclass(frozen=True)
class Reachable:
    """A recipient, its name if it is known, and how it would receive a message today."""

    address: Address
    name: str
    reach: WayToReach


@dataclass(frozen=True)
class Preview:
    """The recipients that were looked at, in order. ``exact`` False: there are more."""

    recipients: Sequence[Reachable]
    exact: bool

    def count(self, reach: WayToReach) -> int:
        """How many would receive it in that way."""
        return Counter(each.reach for each in self.recipients)[reach]

    @property
    def reachable(self) -> int:
        """How many would receive it at all."""
        return self.count("here") + self.count("by_email")


@dataclass(frozen=True)
class PreviewRecipients:
    """The recipients of one structure's messages. ``sends_email`` False: this installation sends none."""

    access: MessageAccess
    audience: Audience
    sends_email: bool

    def before_sending(self, selection: RecipientSelection, kind: Relation | None, *, of_draft: bool = True) -> Preview:
        """The first recipients of a message that is still to be sent.

        Refused like its sending: raises SupplierSuspended, SupplierDeleting, InvalidMessage, and WrongMessageState for
        a sent one.
        """
        if not of_draft:
            raise WrongMessageState("already_sent")
        if self.audience.structure.deleting:
            raise SupplierDeleting
        if self.audience.structure.suspended:
            raise SupplierSuspended
        if selection.empty:
            raise InvalidMessage(problem("recipients_missing", "recipients"))
        return self.of(selection, kind)

    def of(self, selection: RecipientSelection, kind: Relation | None, *, limit: int = LOOKED_AT) -> Preview:
        """The first ``limit`` recipients. Raises InvalidMessage, as sending would."""
        relation = self.audience.relation(kind)
        self.audience.check(selection, relation)
        lists = self.audience.used_lists(selection.list_ids, relation)
        raise_if_invalid(
            [
                problem("list_unknown", "list_ids", list_id=each.list_id)
                for each in lists
                if not self.access.may_use_list_of(each.service)
            ]
        )
        found = list(islice(self._addresses(selection, relation, lists), limit + 1))
        wanted = found[:limit]
        known = self.audience.structures.get_many(dict.fromkeys(each.siret for each in wanted), service="")
        recipients = [self._reachable(each, known.get(each.siret)) for each in wanted]
        return Preview(recipients, exact=len(found) <= limit)

    def _addresses(
        self, selection: RecipientSelection, relation: Relation, lists: Sequence[DistributionList]
    ) -> Iterator[Address]:
        """Every recipient once, in the order of a delivery."""
        chosen = dict.fromkeys((*selection.recipients, *(each for used in lists for each in used.members)))
        yield from chosen
        after: str | None = None
        while selection.all_recipients:
            found, after = self.audience.counterparties.page(relation, after=after, limit=100)
            yield from (each.address for each in found if each.address not in chosen)
            if after is None:
                return

    def _reachable(self, address: Address, structure: Structure | None) -> Reachable:
        reach: WayToReach = "not_here"
        if structure is not None and structure.has_account:
            reach = "here"
        elif structure is not None and structure.email and self.sends_email:
            reach = "by_email"
        return Reachable(address, structure.name if structure else "", reach)
