"""A supplier's access list: rights to configure and to use, and notification subscriptions.

The two rights are independent: a principal that needs both is given both. A group is a group of the user pool: its
people are managed there, its rights are managed here.

A right that is given by virtue of a group's right to administer depends on that group, and so do the rights that it is
used to give in turn. They end with the group's right: otherwise a member of the group could keep what was the group's.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from chorus_connector.domain.errors import Conflict, Forbidden, NotFound
from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.supplier import Role

GROUP_PREFIX = "group:"
ADMINISTRATORS = "installation_administrators"
"""The group of the user pool whose members administer the installation."""

Kind = Literal["person", "system", "group"]
_MOST_DEPENDENT = 80
"""Members of one access list with rights that depend on groups. A group's right ends together with all that depend on
it, in one transaction, and DynamoDB writes at most 100 items in one."""

NotificationKind = Literal["waiting", "submitted", "status", "webhook", "portal", "message", "held"]
"""``webhook`` is about the supplier's own endpoints, ``portal`` about its credentials, ``message`` about « Mes messages
», the others about its documents."""


@dataclass(frozen=True)
class Caller:
    """The principal that calls: the id of a person or of a ``system``, and its groups in the user pool.

    ``name`` is what a person signs in with; empty for a system, and where the token does not say it.
    """

    principal: str
    groups: frozenset[str]
    system: bool = False
    name: str = ""

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
    invited_by: str = Field(default="", description="Who gave the first right; empty: it is not recorded.")
    through: Mapping[Role, str] = Field(
        default_factory=dict,
        description="The group that a right depends on: it ends when that group administers no more. "
        "A right that is not named depends on none.",
    )

    @property
    def administers(self) -> bool:
        """Whether it has the right to administer now: an invited member has none."""
        return self.accepted and "administer" in self.roles

    @property
    def administers_through(self) -> str:
        """The group that its right to administer depends on, itself for a group's own; empty: it depends on none."""
        return self.principal if self.kind == "group" else self.through.get("administer", "")


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

    def root(self, identities: Collection[str]) -> str:
        """The group that the caller's right to administer depends on; empty: it depends on none.

        Raises Forbidden without that right.
        """
        roots = {each.administers_through for each in self.members if each.principal in identities and each.administers}
        if not roots:
            raise Forbidden("administer")
        return min(roots)

    def granting(self, member: Member, *, root: str = "") -> Self:
        """The list with that member's rights set. Raises Conflict when no administrator would be left.

        ``member.accepted`` False invites a new member; it takes nothing from a member that accepted before. With a
        ``root``, the rights that the member did not have before depend on that group, and the others on what they did.
        """
        known = next((each for each in self.members if each.principal == member.principal), None)
        accepted = member.accepted or (known is not None and known.accepted)
        before = {role: known.through.get(role, "") for role in known.roles} if known else {}
        through = {role: on for role in member.roles if (on := before.get(role, root))} if root else {}
        rights = {"kind": member.kind, "roles": member.roles, "accepted": accepted, "through": through}
        return self._with((known or member).model_copy(update=rights))

    def accepted_by(self, principal: str) -> Self:
        """The list with that member's invitation accepted. Raises NotFound."""
        return self._with(self.member(principal).model_copy(update={"accepted": True}))

    def without(self, principal: str) -> Self:
        """The list without that member. Raises NotFound, or Conflict when no administrator would be left."""
        self.member(principal)
        return self._next(tuple(each for each in self.members if each.principal != principal))

    def _with(self, member: Member) -> Self:
        others = [each for each in self.members if each.principal != member.principal]
        return self._next((*others, member))

    def _next(self, members: tuple[Member, ...]) -> Self:
        members = _supported(members)
        # a group may be empty without our knowledge: one administrator must be a person or a system
        if _administered(self.members) and not _administered(members):
            raise Conflict(
                "last_administrator",
                "C'est le dernier administrateur de ce fournisseur : donnez d'abord ce droit à quelqu'un d'autre.",
                "This is the supplier's last administrator: give that right to someone else first.",
            )
        if sum(bool(each.through) for each in members) > _MOST_DEPENDENT:
            raise Conflict(
                "too_many_rights_of_groups",
                f"{_MOST_DEPENDENT} membres au plus ont des droits donnés au titre d'un groupe : un administrateur en "
                "propre, ou celui de l'installation, donne les suivants.",
                f"At most {_MOST_DEPENDENT} members may have rights that were given by virtue of a group: an "
                "administrator with a right of their own, or the installation's, gives the next ones.",
            )
        ordered = tuple(sorted(members, key=lambda each: each.principal))
        return self.model_copy(update={"members": ordered, "version": self.version + 1})


class Subscriber(Record):
    """A principal that gets one kind of notification; with an ``email``, also as an e-mail."""

    kind: NotificationKind
    principal: str
    email: str | None = None
    since: datetime | None = Field(
        default=None, description="When it began: what happened before counts as read. null: it is not recorded."
    )


def kind_of(principal: str, *, system: bool) -> Kind:
    """The kind of principal that has this id."""
    if principal.startswith(GROUP_PREFIX):
        return "group"
    return "system" if system else "person"


def _administered(members: tuple[Member, ...]) -> bool:
    return any(each.administers and not each.administers_through for each in members)


def _supported(members: tuple[Member, ...]) -> tuple[Member, ...]:
    """The members without the rights whose group does not administer any more."""
    groups = {each.principal for each in members if each.kind == "group" and each.administers}
    left = tuple(kept for each in members if (kept := _supported_by(groups, each)) is not None)
    return members if left == members else _supported(left)


def _supported_by(groups: Collection[str], member: Member) -> Member | None:
    ended = {role for role, group in member.through.items() if group not in groups}
    if not ended:
        return member
    roles = tuple(each for each in member.roles if each not in ended)
    through = {role: group for role, group in member.through.items() if role not in ended}
    return member.model_copy(update={"roles": roles, "through": through}) if roles else None
