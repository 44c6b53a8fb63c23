"""Changes to a supplier's access list and notification subscriptions.

Rights are read at every request and cached nowhere, so a removed right ends at once. A new member that a supplier's
administrator names is invited: it has no right, and sees nothing of the supplier, until it accepts. Otherwise a tenant
could put itself into the list of suppliers of any other user. Function: supplier_api.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chorus_connector.domain.errors import Conflict, Invalid, NotFound, StaleWrite
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.access import GROUP_PREFIX
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.usecases.suppliers.principals import check_principal

if TYPE_CHECKING:
    from chorus_connector.domain.suppliers.access import Access, Caller, Member, NotificationKind, Subscriber
    from chorus_connector.domain.suppliers.supplier import Role
    from chorus_connector.ports.suppliers import AccessStore, UserDirectory

_PERSON = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""The form of a person's id in the user pool (`sub`); a system's has no hyphen."""
_TRIES = 5
"""When two administrators change the list at once, the second change is applied to the result of the first."""


@dataclass(frozen=True)
class ManageAccess:
    """Changes to one supplier's access list, made by ``by``.

    ``leave_messages`` ends the subscriptions to the supplier's messages that depend on a principal's membership,
    ``administer_no_more`` those that depend on its right to administer. ``admit`` asks the address of a subscriber to
    agree, or raises Conflict. ``forget`` is called with an address that no subscription has any more.
    ``reads_messages`` says whether a principal is subscribed to the messages of the supplier's structure.
    """

    store: AccessStore
    directory: UserDirectory
    by: Caller
    leave_messages: Callable[[str, datetime], None] = lambda *_: None
    administer_no_more: Callable[[str, datetime], None] = lambda *_: None
    admit: Callable[[Subscriber, datetime], None] = lambda *_: None
    forget: Callable[[str], None] = lambda _: None
    reads_messages: Callable[[str], bool] = lambda _: False

    def grant(self, member: Member, *, now: datetime) -> Access:
        """Set the member's rights to exactly these; a new member of a supplier's administrator is only invited.

        Raises Invalid for a principal that does not exist and for a person given as a system, Forbidden for a group
        that the caller is not in, and Conflict when no administrator would be left, or when callers would make a
        group's right their own.
        """
        check_principal(self.directory, member.principal, by=self.by)
        if member.kind == "system" and _PERSON.fullmatch(member.principal):
            raise Invalid.about(_is_a_person())
        at_once = self.by.administers_installation or member.principal in self.by.identities
        granted = member.model_copy(update={"accepted": at_once, "invited_by": self.by.principal})
        return self._change(member.principal, lambda access: self._granting(access, granted), now)

    def _granting(self, access: Access, member: Member) -> Access:
        if self.by.administers_installation:
            return access.granting(member)
        own = next((each for each in access.members if each.principal == self.by.principal), None)
        if member.principal == self.by.principal and (own is None or "administer" not in own.roles):
            raise Conflict(
                "right_of_a_group",
                "Votre droit d'administrer vient d'un groupe : demandez-en un en propre à un autre administrateur.",
                "Your right to administer comes from a group: another administrator must give you one of your own.",
            )
        return access.granting(member, root=access.root(self.by.identities))

    def accept(self, *, now: datetime) -> Access:
        """Accept the caller's own invitation; a member that accepted before stays one. Raises NotFound."""
        access = self.store.get()
        if access.member(self.by.principal).accepted:
            return access
        return self._change(self.by.principal, lambda access: access.accepted_by(self.by.principal), now)

    def take_away(self, principal: str, *, now: datetime) -> Access:
        """Remove all rights and notification subscriptions of that principal.

        Raises NotFound, or Conflict when no administrator would be left.
        """
        return self._change(principal, lambda access: access.without(principal), now)

    def subscribe(self, subscriber: Subscriber, *, now: datetime) -> Subscriber:
        """The subscription as it is kept: that principal is sent notifications of that kind from now on.

        Raises Invalid for a principal that does not exist, Forbidden for a group that the caller is not in.
        """
        check_principal(self.directory, subscriber.principal, by=self.by)
        self.admit(subscriber, now)
        before = self._subscriber(subscriber.kind, subscriber.principal)
        begun = before or subscriber.model_copy(update={"since": now})
        after = begun.model_copy(update={"email": subscriber.email})
        change = self._subscription_change(subscriber, "set", now, before=before, after=after)
        self.store.subscribe(after, change=change)
        self._forget_address_of(before)
        return after

    def warning(self, subscriber: Subscriber) -> Problem | None:
        """Why that principal hears nothing with the rights that it has now; None: it hears."""
        if subscriber.kind == "message":
            return None if self.reads_messages(subscriber.principal) else _not_subscribed()
        members = {each.principal for each in self.store.get().members if each.accepted}
        groups = {f"{GROUP_PREFIX}{each}" for each in self.directory.groups_of(subscriber.principal)}
        return _without_right() if members.isdisjoint({subscriber.principal, *groups}) else None

    def unsubscribe(self, kind: NotificationKind, principal: str, *, now: datetime) -> None:
        """End that notification subscription. Raises NotFound."""
        subscriber = self._subscriber(kind, principal)
        if subscriber is None:
            raise NotFound
        change = self._subscription_change(subscriber, "removed", now, before=subscriber, after=None)
        self.store.unsubscribe(subscriber, change=change)
        self._forget_address_of(subscriber)

    def subscriber(self, kind: NotificationKind, principal: str) -> Subscriber:
        """That subscription. Raises NotFound."""
        found = self._subscriber(kind, principal)
        if found is None:
            raise NotFound
        return found

    def _forget_address_of(self, former: Subscriber | None) -> None:
        email = former.email if former else None
        if email and email.lower() not in {(each.email or "").lower() for each in self.store.subscribers()}:
            self.forget(email)

    def _change(self, principal: str, decide: Callable[[Access], Access], now: datetime) -> Access:
        for _ in range(_TRIES):
            before = self.store.get()
            after = decide(before)
            try:
                self.store.save(before, after, change=self._access_change(principal, before, after, now))
            except StaleWrite:
                continue
            self._end_what_depended(before, after, now)
            return after
        raise StaleWrite

    def _end_what_depended(self, before: Access, after: Access, now: datetime) -> None:
        """End the subscriptions of members that left, and those given by a right to administer that ended."""
        left = {each.principal for each in before.members} - {each.principal for each in after.members}
        for subscriber in self.store.subscribers() if left else ():
            if subscriber.principal in left:
                self.unsubscribe(subscriber.kind, subscriber.principal, now=now)
        administer = {each.principal for each in after.members if each.administers}
        for each in before.members:
            if each.principal in left:
                self.leave_messages(each.principal, now)
            elif each.administers and each.principal not in administer:
                self.administer_no_more(each.principal, now)

    def _access_change(self, principal: str, before: Access, after: Access, now: datetime) -> Change:
        shown = {"before": _entry(before, principal), "after": _entry(after, principal)}
        if shown["before"] and (ended := _ended_with(principal, before, after)):
            shown["before"]["ended_with_it"] = ended
        action = "set" if shown["after"] else "removed"
        change_id = f"access-{after.version:08d}"
        return Change(
            change_id=change_id, at=now, by=self.by.principal, item=f"access/{principal}", action=action, **shown
        )

    def _subscription_change(
        self,
        subscriber: Subscriber,
        action: str,
        now: datetime,
        *,
        before: Subscriber | None,
        after: Subscriber | None,
    ) -> Change:
        return Change(
            change_id=f"notify-{subscriber.kind}-{subscriber.principal}",
            at=now,
            by=self.by.principal,
            item=f"notifications/{subscriber.kind}/{subscriber.principal}",
            action=action,
            before=before.model_dump(mode="json") if before else None,
            after=after.model_dump(mode="json") if after else None,
        )

    def _subscriber(self, kind: NotificationKind, principal: str) -> Subscriber | None:
        subscribers = self.store.subscribers()
        return next((each for each in subscribers if (each.kind, each.principal) == (kind, principal)), None)


def _is_a_person() -> Problem:
    return Problem(
        field="kind",
        code="kind_mismatch",
        fr="Cet identifiant est celui d'une personne, pas d'un système : donnez « person ».",
        en="This id is a person's and not a system's: give 'person'.",
    )


def _entry(access: Access, principal: str) -> dict[str, Any] | None:
    found = next((each for each in access.members if each.principal == principal), None)
    return found.model_dump(mode="json") if found else None


def _ended_with(principal: str, before: Access, after: Access) -> dict[str, list[Role]]:
    """The rights of other members that ended in the same change, because they depended on that principal's."""
    left = {each.principal: each.roles for each in after.members}
    ended = {
        each.principal: [role for role in each.roles if role not in left.get(each.principal, ())]
        for each in before.members
        if each.principal != principal
    }
    return {other: roles for other, roles in ended.items() if roles}


def _without_right() -> Problem:
    return Problem(
        field="principal",
        code="without_right",
        fr="Sans droit accepté sur ce fournisseur, ce destinataire ne reçoit rien.",
        en="Without an accepted right to this supplier, this principal hears nothing.",
        blocking=False,
    )


def _not_subscribed() -> Problem:
    return Problem(
        field="principal",
        code="not_subscribed_to_messages",
        fr="Sans abonnement accepté aux messages de la structure, ce destinataire ne reçoit rien.",
        en="Without an accepted subscription to the structure's messages, this principal hears nothing.",
        blocking=False,
    )
