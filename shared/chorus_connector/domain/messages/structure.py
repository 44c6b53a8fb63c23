"""Senders and recipients of messages: structures, their services, and addresses.

A structure is identified by its SIRET, whether it is a supplier (tenant) or a public body. A counterparty's relation to
us (our client, our supplier) is known from an invoice that was exchanged between the two structures.

A structure's name, postal code and town are its own: what was entered here comes first, then the supplier's record,
then the portal's directory. What a structure's counterparties keep of it only serves to find it.
"""

from datetime import datetime
from typing import Literal, Self

from chorus_connector.domain.identifiers import is_siret
from chorus_connector.domain.messages.refusals import problem
from chorus_connector.domain.messages.texts import words
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.record import Record

Relation = Literal["client", "supplier"]
"""What the counterparty is to us: when we are its supplier, it is our client."""

MIN_COMPLETION = 4


class Address(Record):
    """A recipient: a structure, or one of its services (``service`` empty: the structure as a whole)."""

    siret: str
    service: str = ""


class StructureService(Record):
    """One service of a structure."""

    code: str
    label: str = ""


class Structure(Record):
    """A structure as this installation knows it.

    ``has_account``: a user here can read its messages. Without an account it can only be addressed: a message to it
    stays undelivered, and the answer says so. ``version`` counts the changes made here (0: nothing was recorded here;
    the description comes from the tenant's record or the directory).
    """

    siret: str
    name: str = ""
    public: bool
    #: who says whether it is public: an administrator here, the portal's directory, or else the SIREN's first digit
    public_by: Literal["installation", "portal", "siren"] = "installation"
    postal_code: str = ""
    town: str = ""
    email: str | None = None
    services: tuple[StructureService, ...] = ()
    has_account: bool = False
    #: its tenant is suspended, or was when its deletion began: it sends nothing
    suspended: bool = False
    #: it goes with its tenant, which is being deleted: it writes and sends no new message
    deleting: bool = False
    #: a supplier of this installation has the SIRET
    tenant: bool = False
    version: int = 0

    @property
    def warnings(self) -> list[Problem]:
        """What an administrator should look at: a SIRET whose check digit is wrong was typed wrong, as a rule."""
        if is_siret(self.siret):
            return []
        wrong = problem("siret_check_digits", "siret", siret=self.siret)
        return [wrong.model_copy(update={"blocking": False})]

    def twice_problems(self) -> list[Problem]:
        """One problem for each service whose code is given a second time."""
        seen: set[str] = set()
        problems = []
        for index, each in enumerate(self.services):
            if each.code in seen:
                problems.append(problem("service_twice", f"services.{index}.code", service=each.code))
            seen.add(each.code)
        return problems

    def service(self, code: str) -> StructureService | None:
        return next((service for service in self.services if service.code == code), None)


class Counterparty(Record):
    """A structure (or one service of it) with which at least one invoice was exchanged.

    Its names are a copy, by which a search finds it. ``found_as`` is the version of the search words that were written
    for it (0: those of a structure only); ``tenant``: it was a supplier of this installation.
    """

    siret: str
    service: str = ""
    name: str = ""
    service_label: str = ""
    postal_code: str = ""
    town: str = ""
    tenant: bool = False
    found_as: int = 0
    first_at: datetime

    @property
    def address(self) -> Address:
        return Address(siret=self.siret, service=self.service)

    def found_by(self) -> list[tuple[str, str]]:
        """Every (field, word) under which a search finds it; a service also by its code and label."""
        service = f"{self.service} {self.service_label}" if self.service else ""
        fields = {
            "designation": f"{self.name} {service}",
            "postal_code": self.postal_code,
            "town": self.town,
            "service": service,
        }
        return [(field, word) for field, text in fields.items() for word in words(text)]

    def described_by(self, structure: Structure | None) -> Self:
        """With the structure's own names, as far as they are known; its service's label too."""
        if structure is None:
            return self
        service = structure.service(self.service) if self.service else None
        return self.model_copy(
            update={
                "name": structure.name or self.name,
                "service_label": service.label if service else self.service_label,
                "postal_code": structure.postal_code,
                "town": structure.town,
                "tenant": structure.tenant,
            }
        )


class Exchange(Record):
    """One invoice exchanged between a supplier and a recipient."""

    supplier_siret: str
    recipient_siret: str
    service_code: str = ""
    #: the recipient's name in the invoice, for one that nothing else names
    recipient_name: str = ""
    at: datetime
