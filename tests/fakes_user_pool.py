"""The user pool in memory."""

from dataclasses import dataclass, field

from chorus_connector.domain.errors import Transient
from chorus_connector.domain.suppliers.access import GROUP_PREFIX


@dataclass
class FakeUserDirectory:
    """``ports.UserDirectory``. ``people`` have their groups; an address in ``emails`` is verified.

    ``is_down``: it gives no name.
    """

    people: dict[str, frozenset[str]] = field(default_factory=dict)
    systems: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    emails: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    is_down: bool = False

    @classmethod
    def of(cls, *people: str) -> "FakeUserDirectory":
        """A pool with these people, in no group and without an address."""
        return cls(people=dict.fromkeys(people, frozenset()))

    def exists(self, principal: str) -> bool:
        if principal.startswith(GROUP_PREFIX):
            return principal.removeprefix(GROUP_PREFIX) in self.groups
        return principal in self.people or principal in self.systems

    def name(self, principal: str) -> str | None:
        if self.is_down:
            raise Transient("L'annuaire ne répond pas.", "The directory does not answer.")
        return self.names.get(principal)

    def verified_email(self, principal: str) -> str | None:
        return self.emails.get(principal)

    def groups_of(self, principal: str) -> frozenset[str]:
        return self.people.get(principal, frozenset())
