"""A public structure as the portal's directory describes it: its services, and what it requires of an invoice.

Source of the rules: Chorus Pro, structures/consulter `parametres` and structures/rechercher/services.
"""

from datetime import datetime

from chorus_connector.domain.record import Record

TECHNICAL_SERVICE = "FACTURES_PUBLIQUES"
"""A service code that every structure has, reserved for invoices between public bodies: a supplier never sends to it.
"""


class Service(Record):
    """One service of a structure. ``engagement_required`` applies even when the structure itself does not require it.

    It is None until the portal was asked about this service; a structure may have hundreds of services.
    """

    portal_id: int
    code: str
    name: str = ""
    active: bool = True
    engagement_required: bool | None = None


class Recipient(Record):
    """A structure of the directory as it was at ``fetched_at``. Its three requirements are independent."""

    portal_id: int
    siret: str
    name: str
    active: bool
    service_required: bool = False
    engagement_required: bool = False
    service_or_engagement_required: bool = False
    works_invoices_only: bool = False
    reports_payment: bool = True
    #: empty: the structure lists no services, so only the portal can judge a service code
    services: tuple[Service, ...] = ()
    fetched_at: datetime

    def service(self, code: str) -> Service | None:
        """The service with exactly that code, or None. The technical service is never returned."""
        if code == TECHNICAL_SERVICE:
            return None
        return next((service for service in self.services if service.code == code), None)

    def with_service(self, judged: Service) -> "Recipient":
        """A copy of the structure with ``judged`` in place of its service of the same code."""
        services = tuple(judged if each.code == judged.code else each for each in self.services)
        return self.model_copy(update={"services": services})
