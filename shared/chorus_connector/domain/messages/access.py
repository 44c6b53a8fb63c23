"""Rights to read and write a structure's messages: subscriptions, granted by the structure's administrator.

The portal works the same way: the space is opened for a structure, then each user gets reading (« Consultation ») or
writing (« Modification ») mode. Administering a structure is a separate right: an administrator grants subscriptions
but needs one to read.

A subscription ends with the right that it came from. One that was granted under a supplier's SIRET is in effect while
that supplier has the SIRET. One that callers granted to themselves, or as members of a group, is in effect
while that person or group may administer the structure; so is one that a person granted whose own right depends on a
group.

A principal that is a stranger to the structure is invited: the right begins when it accepts.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import Field

from chorus_connector.domain.errors import Forbidden, NotFound
from chorus_connector.domain.messages.refusals import ServiceNotYours, WritingNeeded
from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.access import GROUP_PREFIX, Caller
from chorus_connector.domain.suppliers.supplier import Role

Mode = Literal["read", "write"]


class MessageSubscription(Record):
    """A principal's right to a structure's messages; ``services`` None covers the whole structure.

    ``supplier_id`` and ``through`` are the basis of the right (``in_effect``).
    """

    principal: str
    siret: str
    mode: Mode
    services: tuple[str, ...] | None = None
    granted_by: str
    granted_at: datetime
    supplier_id: str = Field(
        default="", description="The supplier whose administrators gave it; empty: the structure's own members did."
    )
    accepted: bool = Field(default=True, description="false: it gives no right until the principal accepts it.")
    #: the person or group whose right to administer the structure it depends on; empty: it depends on none
    through: str = ""

    def covers(self, service: str) -> bool:
        """Whether the user sees the messages of that service (empty: those of the structure as a whole)."""
        return self.services is None or service in self.services

    def receives(self, service: str) -> bool:
        """Whether the user gets what that service receives. What the whole structure receives is for all its users."""
        return service == "" or self.covers(service)

    def in_effect(self, identities: Collection[str], tenant: str, rights: Iterable["StructureRight"]) -> bool:
        """Whether the basis of the right still exists.

        ``identities`` are the caller's, ``tenant`` is the supplier that has the SIRET (empty: none), and ``rights`` are
        those of ``through`` for the structure.
        """
        if not self.accepted or (self.supplier_id and self.supplier_id != tenant):
            return False
        if not self.through:
            return True
        of_oneself = self.principal == self.granted_by
        return (not of_oneself or self.through in identities) and any(
            each.siret == self.siret and each.principal == self.through and each.administers(self.supplier_id)
            for each in rights
        )


@dataclass(frozen=True)
class StructureRight:
    """A role of one person, system or group for a structure.

    ``supplier_id`` is the supplier with that SIRET, when the principal has the role as its member; it is empty for a
    member of the structure itself. ``through`` is the group that the role depends on, if any.
    """

    siret: str
    principal: str
    supplier_id: str
    role: Role
    through: str = ""

    @property
    def is_ones_own(self) -> bool:
        """Whether it is a person's or a system's, and depends on no group."""
        return not self.through and not self.principal.startswith(GROUP_PREFIX)

    def administers(self, supplier_id: str) -> bool:
        """Whether it is the right to administer, as a member of that supplier (empty: of the structure itself)."""
        return self.role == "administer" and self.supplier_id == supplier_id


class PublicBodyMember(Record):
    """A principal's role for a structure that exists on its own."""

    principal: str
    role: Role


@dataclass(frozen=True)
class MessageAccess:
    """What one user may do with a structure's messages, by its subscriptions in effect and those of its groups."""

    principal: str
    siret: str
    subscriptions: tuple[MessageSubscription, ...]

    @property
    def tenant(self) -> str:
        """The supplier that must have the SIRET for the access to last; empty: the structure exists on its own."""
        return min((each.supplier_id for each in self.subscriptions), default="")

    def covers(self, service: str) -> bool:
        """Whether the user sees the messages of that service (empty: those of the structure as a whole)."""
        return any(each.covers(service) for each in self.subscriptions)

    def receives(self, service: str) -> bool:
        """Whether the user gets what that service receives (empty: what the structure as a whole receives)."""
        return any(each.receives(service) for each in self.subscriptions)

    def may_use_list_of(self, service: str) -> bool:
        """Whether the user may use a list of that service. A list of the whole structure is for all its users."""
        return service == "" or self.covers(service)

    def check_writing(self, service: str) -> None:
        """Raises WritingNeeded in reading mode, ServiceNotYours for a service that is not covered."""
        writing = [each for each in self.subscriptions if each.mode == "write"]
        if not writing:
            raise WritingNeeded
        if not any(each.covers(service) for each in writing):
            raise ServiceNotYours


def accesses(principal: str, subscriptions: Iterable[MessageSubscription]) -> list[MessageAccess]:
    """The user's access to each structure, from subscriptions in effect."""
    by_siret: dict[str, list[MessageSubscription]] = {}
    for each in subscriptions:
        by_siret.setdefault(each.siret, []).append(each)
    return [MessageAccess(principal, siret, tuple(found)) for siret, found in by_siret.items()]


def basis(caller: Caller, principal: str, rights: Collection[StructureRight]) -> Mapping[str, str]:
    """``supplier_id`` and ``through`` of a subscription that the caller grants to ``principal``.

    A right that the caller has as a person, and that depends on no group, is preferred. Raises NotFound without a role
    on the structure, Forbidden without the right to administer it.
    """
    check_administers(rights)
    ways = [each for each in rights if each.role == "administer"]
    way = min(ways, key=lambda each: (not each.is_ones_own, each.principal, each.supplier_id))
    lasts = way.is_ones_own and principal not in caller.identities
    return {"supplier_id": way.supplier_id, "through": "" if lasts else way.principal}


def check_administers(rights: Collection[StructureRight]) -> None:
    """Raises NotFound without a role on the structure, Forbidden without the right to administer it."""
    if not rights:
        raise NotFound
    if not any(each.role == "administer" for each in rights):
        raise Forbidden("administer")
