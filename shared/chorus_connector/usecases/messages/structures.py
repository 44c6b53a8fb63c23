"""Administration of structures: accounts, their administrators, and subscriptions to messages.

Administrators of the installation create public bodies and add their members; a structure's administrator grants
subscriptions. Suppliers are tenants: they already are structures, with their own members.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chorus_connector.domain.errors import AlreadyExists, Forbidden, NotFound, StaleWrite
from chorus_connector.domain.identifiers import is_siret
from chorus_connector.domain.invoices.values import normalise
from chorus_connector.domain.messages.access import MessageSubscription, Mode
from chorus_connector.domain.messages.refusals import InvalidMessage, problem
from chorus_connector.domain.messages.structure import Structure

if TYPE_CHECKING:
    from chorus_connector.domain.suppliers.supplier import Role
    from chorus_connector.ports.messages import Structures


@dataclass(frozen=True)
class AdministerStructures:
    """``strict_siret`` False also accepts SIRETs with a wrong check digit, such as the portal's own test SIRETs."""

    structures: Structures
    strict_siret: bool

    def create(self, description: Mapping[str, Any], *, siret: str) -> Structure:
        """A new public body without members. Raises InvalidMessage, AlreadyExists."""
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
        """The structure with these fields changed. Raises NotFound, StaleWrite."""
        structure = self.get(siret)
        if structure.version != version:
            raise StaleWrite
        changed = structure.model_copy(update={**changes, "version": version + 1})
        self.structures.save(changed)
        return changed

    def add_member(self, siret: str, principal: str, role: Role) -> Structure:
        """Let a principal act for a public body, which then has an account. Raises NotFound."""
        structure = self.get(siret)
        if structure.version == 0:  # known only from the directory until now
            self.structures.save(structure.model_copy(update={"version": 1}))
        self.structures.add_member(siret, principal, role)
        return self.get(siret)

    def grant(
        self, siret: str, principal: str, *, mode: Mode, services: tuple[str, ...] | None, by: str, now: datetime
    ) -> MessageSubscription:
        """Subscribe a user to a structure's messages, or only to those of its ``services``."""
        subscription = MessageSubscription(
            principal=principal, siret=siret, mode=mode, services=services, granted_by=by, granted_at=now
        )
        self.structures.subscribe(subscription)
        return subscription

    def get(self, siret: str) -> Structure:
        """The structure. Raises NotFound."""
        structure = self.structures.get(siret)
        if structure is None:
            raise NotFound
        return structure

    def check_administers(self, principals: Iterable[str], siret: str) -> None:
        """Raises NotFound without a role on the structure, Forbidden without the right to administer it."""
        roles = self.structures.roles(siret, principals)
        if not roles:
            raise NotFound
        if "administer" not in roles:
            raise Forbidden("administer")
