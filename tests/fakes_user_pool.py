"""The user pool in memory."""

from dataclasses import dataclass, field

from chorus_connector.domain.suppliers.access import GROUP_PREFIX


@dataclass
class FakeUserDirectory:
    """``ports.UserDirectory``. ``people`` have their groups; an address in ``emails`` is verified."""

    people: dict[str, frozenset[str]] = field(default_factory=dict)
    systems: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    emails: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, *people: str) -> "FakeUserDirectory":
        """A pool with these people, in no group and without an address."""
        return cls(people=dict.fromkeys(people, frozenset()))

    def exists(self, principal: str) -> bool:
        if principal.startswith(GROUP_PREFIX):
            return principal.removeprefix(GROUP_PREFIX) in self.groups
        return principal in self.people or principal in self.systems

    def verified_email(self, principal: str) -> str | None:
        return self.emails.get(principal)

    def groups_of(self, principal: str) -> frozenset[str]:
        return self.people.get(principal, frozenset())
