"""A public structure as the portal's directory describes it: what it asks of an invoice, and its services.

Source of the rules: Chorus Pro, structures/consulter `parametres` and structures/rechercher/services.
"""

from datetime import datetime

from chorus_connector.domain.record import Record

TECHNICAL_SERVICE = "FACTURES_PUBLIQUES"
"""Present on every structure, reserved to invoices between public bodies: never a service to send to."""


class Service(Record):
    """One service of a structure. ``engagement_required`` holds even when the structure does not ask.

    It is None until the service was looked at on its own: a structure may have hundreds.
    """

    portal_id: int
    code: str
    name: str = ""
    active: bool = True
    engagement_required: bool | None = None


class Recipient(Record):
    """A structure of the directory, as seen at ``fetched_at``. The three obligations are independent."""

    portal_id: int
    siret: str
    name: str
    active: bool
    service_required: bool = False
    engagement_required: bool = False
    service_or_engagement_required: bool = False
    works_invoices_only: bool = False
    reports_payment: bool = True
    #: empty: the structure lists none, so a code cannot be judged here (the portal will)
    services: tuple[Service, ...] = ()
    fetched_at: datetime

    def service(self, code: str) -> Service | None:
        """The service with exactly that code, never the technical one."""
        if code == TECHNICAL_SERVICE:
            return None
        return next((service for service in self.services if service.code == code), None)

    def knowing(self, judged: Service) -> "Recipient":
        """The same structure with what was learnt of one of its services."""
        services = tuple(judged if each.code == judged.code else each for each in self.services)
        return self.model_copy(update={"services": services})
