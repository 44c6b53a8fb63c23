"""Structures and rights: who has an account here, who administers it, who is subscribed to its messages.

The installation's administrators make public bodies and their members; a structure's administrator grants
subscriptions. Suppliers are tenants: they are structures already, with the members they have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chorus_connector.domain.errors import AlreadyExists, Forbidden, NotFound, StaleWrite
from chorus_connector.domain.identifiers import is_siret
from chorus_connector.domain.invoices.values import normalise
from chorus_connector.domain.messages.access import Mode, Subscription
from chorus_connector.domain.messages.refusals import InvalidMessage, problem
from chorus_connector.domain.messages.structure import Structure

if TYPE_CHECKING:
    from chorus_connector.domain.suppliers.supplier import Role
    from chorus_connector.ports.messages import Structures


@dataclass(frozen=True)
class AdministerStructures:
    """``strict_siret`` off lets test SIRETs through that fail their check digit, as the portal's own do."""

    structures: Structures
    strict_siret: bool

    def create(self, description: Mapping[str, Any], *, siret: str) -> Structure:
        """A public body of this installation, without members yet. Raises InvalidMessage, AlreadyExists."""
        digits, wrong = normalise("recipient_siret", siret)
        if wrong is not None or not digits or (self.strict_siret and not is_siret(digits)):
            raise InvalidMessage(problem("not_a_siret", "siret"))
        known = self.structures.get(digits)
        if known is not None and (known.version or known.has_account):
            raise AlreadyExists("Cette structure existe déjà.", "This structure exists already.")
        structure = Structure(siret=digits, public=True, version=1, **description)
        self.structures.save(structure)
        return structure

    def describe(self, siret: str, changes: Mapping[str, Any], *, version: int) -> Structure:
        """The structure with these fields. Raises NotFound, StaleWrite."""
        structure = self.get(siret)
        if structure.version != version:
            raise StaleWrite
        changed = structure.model_copy(update={**changes, "version": version + 1})
        self.structures.save(changed)
        return changed

    def add_member(self, siret: str, principal: str, role: Role) -> Structure:
        """A principal who may act for a public body; from then on it has an account. Raises NotFound."""
        structure = self.get(siret)
        if structure.version == 0:  # known from the directory only: now it is one of ours
            self.structures.save(structure.model_copy(update={"version": 1}))
        self.structures.add_member(siret, principal, role)
        return self.get(siret)

    def grant(
        self, siret: str, principal: str, *, mode: Mode, services: tuple[str, ...] | None, by: str, now: datetime
    ) -> Subscription:
        """Subscribe a user to a structure's messages, or to those of its services."""
        subscription = Subscription(
            principal=principal, siret=siret, mode=mode, services=services, granted_by=by, granted_at=now
        )
        self.structures.subscribe(subscription)
        return subscription

    def get(self, siret: str) -> Structure:
        """Raises NotFound."""
        structure = self.structures.get(siret)
        if structure is None:
            raise NotFound
        return structure

    def check_administers(self, principals: Iterable[str], siret: str) -> None:
        """Raises NotFound for a stranger to the structure, Forbidden for who has another role only."""
        roles = self.structures.roles(siret, principals)
        if not roles:
            raise NotFound
        if "administer" not in roles:
            raise Forbidden("administer")
