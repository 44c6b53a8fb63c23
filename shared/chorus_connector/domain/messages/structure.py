"""Senders and recipients of messages: structures, their services, and addresses.

A structure is identified by its SIRET, whether it is a supplier (tenant) or a public body. A counterparty's relation to
us (our client, our supplier) is known from an invoice that was exchanged between the two structures.
"""

from datetime import datetime
from typing import Literal

from chorus_connector.domain.messages.texts import words
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
    name: str
    public: bool
    postal_code: str = ""
    town: str = ""
    email: str | None = None
    services: tuple[StructureService, ...] = ()
    has_account: bool = False
    #: its tenant is suspended or being deleted: it sends nothing
    suspended: bool = False
    version: int = 0

    def service(self, code: str) -> StructureService | None:
        return next((service for service in self.services if service.code == code), None)


class Counterparty(Record):
    """A structure (or one service of it) with which at least one invoice was exchanged."""

    siret: str
    service: str = ""
    name: str = ""
    service_label: str = ""
    postal_code: str = ""
    town: str = ""
    first_at: datetime

    @property
    def address(self) -> Address:
        return Address(siret=self.siret, service=self.service)

    def found_by(self) -> list[tuple[str, str]]:
        """Every (field, word) under which a search finds this structure."""
        fields = (("designation", self.name), ("postal_code", self.postal_code), ("town", self.town))
        return [(field, word) for field, text in fields for word in words(text)]


class Exchange(Record):
    """One invoice exchanged between a supplier and a recipient."""

    supplier_siret: str
    recipient_siret: str
    service_code: str = ""
    at: datetime
