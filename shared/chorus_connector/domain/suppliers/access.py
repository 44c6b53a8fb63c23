"""A supplier's access list: rights to configure and to use, and notification subscriptions.

The two rights are independent: a principal that needs both is given both. A group is a group of the user pool: its
people are managed there, its rights are managed here.
"""

from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field

from chorus_connector.domain.errors import Conflict, NotFound
from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.supplier import Role

GROUP_PREFIX = "group:"
ADMINISTRATORS = "installation_administrators"
"""The group of the user pool whose members administer the installation."""

Kind = Literal["person", "system", "group"]
NotificationKind = Literal["waiting", "submitted", "status", "webhook"]
"""``webhook`` is about the supplier's own endpoints, the others about its documents."""


@dataclass(frozen=True)
class Caller:
    """The principal that calls: the id of a person or a machine client, and its groups in the user pool."""

    principal: str
    groups: frozenset[str]

    @property
    def identities(self) -> tuple[str, ...]:
        """The ids that rights may have been given to: the caller's own, and those of its groups."""
        return (self.principal, *(f"{GROUP_PREFIX}{group}" for group in sorted(self.groups)))

    @property
    def administers_installation(self) -> bool:
        return ADMINISTRATORS in self.groups


class Member(Record):
    """One principal's rights on one supplier. A group's id is ``group:`` followed by its name in the user pool."""

    principal: str
    kind: Kind
    roles: tuple[Role, ...] = Field(min_length=1)
    accepted: bool = Field(default=True, description="false: it has no right until it accepts the invitation.")


class Access(Record):
    """A supplier's access list. ``version`` counts its changes, for optimistic concurrency."""

    version: int = 0
    members: tuple[Member, ...] = ()

    def member(self, principal: str) -> Member:
        """The access list's entry for a principal. Raises NotFound."""
        found = next((each for each in self.members if each.principal == principal), None)
        if found is None:
            raise NotFound
        return found

    def granting(self, member: Member) -> Self:
        """The list with that member's rights set. Raises Conflict when no administrator would be left.

        ``member.accepted`` False invites a new member; it takes nothing from a member that accepted before.
        """
        known = next((each for each in self.members if each.principal == member.principal), None)
        if known is not None and known.accepted:
            member = member.model_copy(update={"accepted": True})
        others = [each for each in self.members if each.principal != member.principal]
        return self._next((*others, member))

    def accepted_by(self, principal: str) -> Self:
        """The list with that member's invitation accepted. Raises NotFound."""
        return self.granting(self.member(principal).model_copy(update={"accepted": True}))

    def without(self, principal: str) -> Self:
        """The list without that member. Raises NotFound, or Conflict when no administrator would be left."""
        self.member(principal)
        return self._next(tuple(each for each in self.members if each.principal != principal))

    def _next(self, members: tuple[Member, ...]) -> Self:
        # a group may be empty without our knowledge: one administrator must be a person or a system
        if _administered(self.members) and not _administered(members):
            raise Conflict(
                "last_administrator",
                "C'est le dernier administrateur de ce fournisseur : donnez d'abord ce droit à quelqu'un d'autre.",
                "This is the supplier's last administrator: give that right to someone else first.",
            )
        ordered = tuple(sorted(members, key=lambda each: each.principal))
        return self.model_copy(update={"members": ordered, "version": self.version + 1})


class Subscriber(Record):
    """A principal that gets one kind of notification; with an ``email``, also as an e-mail."""

    kind: NotificationKind
    principal: str
    email: str | None = None


def kind_of(principal: str, *, system: bool) -> Kind:
    """The kind of principal that has this id."""
    if principal.startswith(GROUP_PREFIX):
        return "group"
    return "system" if system else "person"


def _administered(members: tuple[Member, ...]) -> bool:
    return any("administer" in each.roles and each.kind != "group" and each.accepted for each in members)
