"""Distribution lists: users with rights on the owner manage them, and only allowed recipients can be members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from chorus_connector.domain.errors import NotFound, StaleWrite
from chorus_connector.domain.messages.distribution import MAX_LISTS_OF_A_STRUCTURE, DistributionList
from chorus_connector.domain.messages.refusals import InvalidMessage, problem, raise_if_invalid

if TYPE_CHECKING:
    from chorus_connector.domain.messages.access import MessageAccess
    from chorus_connector.domain.messages.structure import Address, Counterparty, Relation
    from chorus_connector.ports.messages import Lists
    from chorus_connector.usecases.messages.audience import Audience


class ListMember(NamedTuple):
    """A member of a list, and what is known of it; None when the exchange is not known any more."""

    address: Address
    described: Counterparty | None


@dataclass(frozen=True)
class KeepLists:
    """One user's lists of one structure. A list of a service that their subscriptions do not cover is not found."""

    access: MessageAccess
    audience: Audience
    lists: Lists

    def create(
        self,
        *,
        list_id: str,
        name: str,
        service: str,
        kind: Relation | None,
        members: Sequence[Address],
        now: datetime,
    ) -> DistributionList:
        """A new list. Raises InvalidMessage, WritingNeeded."""
        self._check_writing(service)
        owner = self.audience.structure
        if service and owner.service(service) is None:
            raise InvalidMessage(problem("sender_service_unknown", "service", service=service))
        created = DistributionList(
            list_id=list_id,
            siret=owner.siret,
            service=service,
            kind=self.audience.relation(kind),
            name=name,
            members=tuple(members),
            version=1,
            created_at=now,
            created_by=self.access.principal,
            changed_at=now,
        ).checked()
        self._check_members(created.members, created.kind, "members")
        if len(self.lists.all()) >= MAX_LISTS_OF_A_STRUCTURE:
            raise InvalidMessage(problem("too_many_lists", None, limit=MAX_LISTS_OF_A_STRUCTURE))
        self.lists.add(created)
        return created

    def get(self, list_id: str) -> DistributionList:
        """The list. Raises NotFound, also for a list of a service that their subscriptions do not cover."""
        found = self.lists.get(list_id)
        if not self.access.may_use_list_of(found.service):
            raise NotFound
        return found

    def members(self, distribution_list: DistributionList) -> Sequence[ListMember]:
        """Its members with their names, in its order."""
        known = self.audience.counterparties.recorded(distribution_list.kind, distribution_list.members)
        return [ListMember(each, known.get(each)) for each in distribution_list.members]

    def change(
        self,
        list_id: str,
        *,
        name: str | None,
        add: Sequence[Address],
        remove: Sequence[Address],
        version: int,
        now: datetime,
    ) -> DistributionList:
        """The renamed list, with recipients added and removed; nothing is written when that changes nothing.

        Raises NotFound, StaleWrite, InvalidMessage, WritingNeeded.
        """
        current = self._current(list_id, version)
        self._check_members(tuple(add), current.kind, "add")
        changed = current.changed(name=name, add=tuple(add), remove=tuple(remove), now=now)
        if changed != current:
            self.lists.save(changed)
        return changed

    def delete(self, list_id: str, *, version: int) -> None:
        """Delete the list; messages sent with it are not changed. Raises NotFound, StaleWrite, WritingNeeded."""
        self._current(list_id, version)
        self.lists.delete(list_id, version)

    def _current(self, list_id: str, version: int) -> DistributionList:
        current = self.get(list_id)
        self._check_writing(current.service)
        if current.version != version:
            raise StaleWrite
        return current

    def _check_writing(self, service: str) -> None:
        self.access.check_writing(service)

    def _check_members(self, members: Sequence[Address], kind: Relation, field: str) -> None:
        raise_if_invalid(self.audience.address_problems(members, kind, field=field))
