"""Administration of structures: accounts, their members, and subscriptions to messages.

Administrators of the installation create public bodies and add their members; a structure's administrator grants
subscriptions. Suppliers are tenants: they already are structures, with their own members. Each change of members and
subscriptions is written together with its line in the structure's audit trail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chorus_connector.domain.errors import AlreadyExists, Conflict, NotFound, StaleWrite
from chorus_connector.domain.identifiers import is_public_body, is_siret
from chorus_connector.domain.invoices.values import normalise
from chorus_connector.domain.messages.access import (
    MessageAccess,
    MessageSubscription,
    Mode,
    PublicBodyMember,
    accesses,
    basis,
    check_administers,
)
from chorus_connector.domain.messages.refusals import InvalidMessage, problem, raise_if_invalid
from chorus_connector.domain.messages.structure import Structure
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.ports.values import TrailLine

if TYPE_CHECKING:
    from chorus_connector.domain.messages.access import StructureRight
    from chorus_connector.domain.problem import Problem
    from chorus_connector.domain.suppliers.access import Caller
    from chorus_connector.ports.messages import Structures


@dataclass(frozen=True)
class AdministerStructure:
    """One structure.

    ``strict_siret`` False also accepts SIRETs with a wrong check digit, such as the portal's own test SIRETs.
    """

    structures: Structures
    siret: str
    strict_siret: bool

    def create(self, description: Mapping[str, Any], *, by: str, now: datetime) -> Structure:
        """A new public body without members.

        Raises InvalidMessage, also when nothing says that it is public; AlreadyExists, Conflict (a supplier's SIRET).
        """
        digits, wrong = normalise("supplier_siret", self.siret)
        if wrong is not None or not digits or int(digits) == 0 or (self.strict_siret and not is_siret(digits)):
            raise InvalidMessage(problem("not_a_siret", "siret"))
        if self.structures.tenants([digits]):
            raise _supplier_has_it()
        known = self.structures.get(digits)
        if known is not None and known.version:
            raise AlreadyExists(
                "Cette structure existe déjà : modifiez-la (PATCH).",
                "This structure exists already: change it (PATCH).",
            )
        if not (description.get("public") or (known.public if known else is_public_body(digits))):
            raise InvalidMessage(problem("public_not_stated", "public"))
        before = Structure(siret=digits, public=True, public_by="siren")
        created = replace(self, siret=digits)
        return created.described(before, description, by=by, now=now)

    @cached_property
    def owner(self) -> str:
        """The supplier that the structure is a part of, when this was first read; empty: it exists on its own."""
        return self.structures.owner(self.siret)

    def describe(self, changes: Mapping[str, Any], *, version: int, by: str, now: datetime) -> Structure:
        """The structure with these fields changed; nothing is written when that changes nothing.

        Raises NotFound, StaleWrite, InvalidMessage for a service that is given twice.
        """
        known = self.get()
        if known.version != version:
            raise StaleWrite
        entered = self.structures.recorded(self.siret) or self._not_entered()
        if _with(entered, changes) == entered:
            return known
        return self.described(entered, changes, by=by, now=now)

    def left_behind(self, before: Structure, after: Structure) -> list[Problem]:
        """What to say of services that a change took out although subscriptions name them."""
        gone = {each.code for each in before.services} - {each.code for each in after.services}
        counted = Counter(
            code for each in (self.structures.subscribers(self.siret) if gone else ()) for code in each.services or ()
        )
        found = [
            problem("service_still_subscribed", "services", service=code, count=counted[code])
            for code in sorted(gone & counted.keys())
        ]
        return [each.model_copy(update={"blocking": False}) for each in found]

    def described(self, entered: Structure, changes: Mapping[str, Any], *, by: str, now: datetime) -> Structure:
        """The structure after these changes to what was entered here, with their line in the trail."""
        following = _with(entered, changes).model_copy(update={"version": entered.version + 1})
        raise_if_invalid(following.twice_problems())
        names = [*changes, *(["public_by"] if "public" in changes else [])]
        before, after = (
            {name: value for name, value in each.model_dump(mode="json").items() if name in names}
            for each in (entered, following)
        )
        change = Change(
            change_id=f"description-{following.version:08d}",
            at=now,
            by=by,
            item="description",
            action="set",
            before=before if entered.version else None,
            after=after,
        )
        self.structures.save(following, owner=self.owner, change=change)
        return self.get()

    def _not_entered(self) -> Structure:
        """The record of a structure before anything is entered here."""
        return Structure(siret=self.siret, public=is_public_body(self.siret), public_by="siren")

    def set_member(self, member: PublicBodyMember, *, by: str, now: datetime) -> Structure:
        """Let a principal act for a public body, which then has an account.

        Raises NotFound, Conflict (a supplier's structure).
        """
        structure = self.get()
        if structure.version == 0:
            if self.structures.tenants([self.siret]):
                raise _supplier_has_it()
            # known only from the directory until now, which still names it
            self.structures.save(self._not_entered().model_copy(update={"version": 1}), owner="")
        elif self.owner:
            raise _supplier_has_it()
        before = self._member(member.principal)
        change = _change(f"member/{member.principal}", "set", by, now, before=before, after=member)
        self.structures.set_member(self.siret, member, change=change)
        if before is not None and before.role == "administer" != member.role:
            self.end_subscriptions(member.principal, by=by, now=now, supplier_id="", left=False)
        return self.get()

    def remove_member(self, principal: str, *, by: str, now: datetime) -> None:
        """Remove a member, and the subscriptions that depend on it. Raises NotFound."""
        member = self._member(principal)
        if member is None:
            raise NotFound
        change = _change(f"member/{principal}", "removed", by, now, before=member)
        self.structures.remove_member(self.siret, principal, change=change)
        self.end_subscriptions(principal, by=by, now=now, supplier_id="")

    def grant(
        self,
        principal: str,
        *,
        mode: Mode,
        services: tuple[str, ...] | None,
        caller: Caller,
        now: datetime,
    ) -> MessageSubscription:
        """Subscribe a user or a group to a structure's messages, or only to those of its ``services``.

        A stranger to the structure is invited (``accepted`` False): it gets no message until it accepts. Raises
        NotFound, Forbidden unless the caller administers the structure; InvalidMessage without a service, or for one
        that the structure does not have.
        """
        right = basis(caller, principal, self._rights(caller.identities))
        self._check_services(services)
        before = self._subscription(principal)
        subscription = MessageSubscription(
            principal=principal,
            siret=self.siret,
            mode=mode,
            services=services,
            granted_by=caller.principal,
            granted_at=now,
            accepted=self._knows(principal, caller, before, right["supplier_id"]),
            **right,
        )
        item = f"subscription/{principal}"
        change = _change(item, "set", caller.principal, now, before=before, after=subscription)
        self.structures.subscribe(subscription, line=TrailLine(self.owner, change))
        return subscription

    def _check_services(self, services: tuple[str, ...] | None) -> None:
        """A structure that lists no service may have any: only the portal could judge."""
        if services is None:
            return
        if not services:
            raise InvalidMessage(problem("services_missing", "services"))
        structure = self.get()
        unknown = [each for each in services if structure.services and structure.service(each) is None]
        raise_if_invalid([problem("structure_service_unknown", "services", service=each) for each in unknown])

    def _knows(self, principal: str, caller: Caller, before: MessageSubscription | None, supplier_id: str) -> bool:
        """Whether the principal has agreed to have to do with the structure, or need not."""
        if caller.administers_installation or principal in caller.identities or self._rights([principal]):
            return True
        return before is not None and before.accepted and before.supplier_id == supplier_id

    def accept(self, principal: str, *, now: datetime) -> MessageSubscription:
        """Accept the subscription that the principal was invited to; repeating it changes nothing.

        Raises NotFound, StaleWrite when the subscription changed meanwhile.
        """
        invited = self.own_subscription(principal)
        if invited.accepted:
            return invited
        accepted = invited.model_copy(update={"accepted": True})
        change = _change(f"subscription/{principal}", "set", principal, now, before=invited, after=accepted)
        self.structures.accept(invited, accepted, line=TrailLine(self.owner, change))
        return accepted

    def own_subscription(self, principal: str) -> MessageSubscription:
        """The principal's own subscription, accepted or not. Raises NotFound."""
        found = self.structures.subscriptions(self.siret, [principal])
        if not found:
            raise NotFound
        return found[0]

    def revoke(self, principal: str, *, by: str, now: datetime) -> None:
        """End a subscription. Raises NotFound."""
        subscription = self._subscription(principal)
        if subscription is None:
            raise NotFound
        self._end(subscription, by=by, now=now)

    def end_subscriptions(self, principal: str, *, by: str, now: datetime, supplier_id: str, left: bool = True) -> None:
        """End the subscriptions that depend on a member of the structure, or of the supplier.

        They are those that were granted through its right to administer and, when it ``left``, its own.
        """
        for each in self.structures.subscribers(self.siret):
            depends = each.through == principal or (left and each.principal == principal)
            if depends and each.supplier_id == supplier_id:
                self._end(each, by=by, now=now)

    def end_all_under(self, supplier_id: str, *, by: str, now: datetime) -> None:
        """End the subscriptions granted under the SIRET while that supplier had it."""
        for each in self.structures.subscribers(self.siret):
            if each.supplier_id == supplier_id:
                self._end(each, by=by, now=now)

    def get(self) -> Structure:
        """The structure. Raises NotFound."""
        structure = self.structures.get(self.siret)
        if structure is None:
            raise NotFound
        return structure

    def check_administers(self, principals: Iterable[str]) -> None:
        """Raises NotFound without a role on the structure, Forbidden without the right to administer it."""
        check_administers(self._rights(principals))

    def _rights(self, principals: Iterable[str]) -> frozenset[StructureRight]:
        return self.structures.rights((self.siret, each) for each in principals)

    def _member(self, principal: str) -> PublicBodyMember | None:
        return next((each for each in self.structures.members(self.siret) if each.principal == principal), None)

    def _subscription(self, principal: str) -> MessageSubscription | None:
        return next((each for each in self.structures.subscribers(self.siret) if each.principal == principal), None)

    def _end(self, subscription: MessageSubscription, *, by: str, now: datetime) -> None:
        change = _change(f"subscription/{subscription.principal}", "removed", by, now, before=subscription)
        self.structures.unsubscribe(subscription, line=TrailLine(self.owner, change))


@dataclass(frozen=True)
class CallersSubscriptions:
    """The caller's own subscriptions and those of its groups, as far as they are in effect."""

    structures: Structures
    caller: Caller

    def all(self) -> list[MessageSubscription]:
        """The subscriptions in effect, to every structure."""
        return self._in_effect(self.structures.subscriptions_of(self.caller.identities))

    def accesses(self) -> list[MessageAccess]:
        """What the caller may do with the messages of each structure."""
        return accesses(self.caller.principal, self.all())

    def access(self, siret: str) -> MessageAccess | None:
        """What the caller may do with the structure's messages; None: nothing."""
        found = self._in_effect(self.structures.subscriptions(siret, self.caller.identities))
        return next(iter(accesses(self.caller.principal, found)), None)

    def _in_effect(self, subscriptions: Sequence[MessageSubscription]) -> list[MessageSubscription]:
        tenants = self.structures.tenants(each.siret for each in subscriptions if each.supplier_id)
        rights = self.structures.rights((each.siret, each.through) for each in subscriptions if each.through)
        return [
            each
            for each in subscriptions
            if each.in_effect(self.caller.identities, tenants.get(each.siret, ""), rights)
        ]


def _with(entered: Structure, changes: Mapping[str, Any]) -> Structure:
    """What is entered here after these changes, as the same version."""
    declared = {"public_by": "installation"} if "public" in changes else {}
    return entered.model_copy(update={**changes, **declared})


def _change(
    item: str,
    action: str,
    by: str,
    now: datetime,
    *,
    before: PublicBodyMember | MessageSubscription | None = None,
    after: PublicBodyMember | MessageSubscription | None = None,
) -> Change:
    return Change(
        change_id=item.replace("/", "-"),
        at=now,
        by=by,
        item=item,
        action=action,
        before=before.model_dump(mode="json") if before else None,
        after=after.model_dump(mode="json") if after else None,
    )


def _supplier_has_it() -> Conflict:
    return Conflict(
        "supplier_has_siret",
        "Un fournisseur de cette installation a ce SIRET : un administrateur de l'installation le joint d'abord à une "
        "structure publique (PUT /suppliers/{id}/configuration/siret, join_structure).",
        "A supplier of this installation has this SIRET: an administrator of the installation first joins it with a "
        "public body (PUT /suppliers/{id}/configuration/siret, join_structure).",
    )
