"""A public structure as the portal's directory describes it: its services, and what it requires of an invoice.

Source of the rules: Chorus Pro, structures/consulter `parametres` and structures/rechercher/services.
"""

from datetime import datetime

from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.matching import matching_form

TECHNICAL_SERVICE = "FACTURES_PUBLIQUES"
"""A service code that every structure has, reserved for invoices between public bodies: a supplier never sends to it.
"""


class Service(Record):
    """One service of a structure. ``engagement_required`` applies even when the structure itself does not require it.

    It is None until the portal was asked about this service; a structure may have thousands of services.
    """

    portal_id: int
    code: str
    name: str = ""
    active: bool = True
    engagement_required: bool | None = None
    engagement_asked_at: datetime | None = None


class Recipient(Record):
    """A structure of the directory as it was at ``fetched_at``. Its three requirements are independent."""

    portal_id: int
    siret: str
    name: str
    active: bool
    #: of its seat; empty where the portal gives none, and in records from before it was kept
    postal_code: str = ""
    town: str = ""
    #: whether the portal calls it public; None where it is silent
    public: bool | None = None
    service_required: bool = False
    engagement_required: bool = False
    service_or_engagement_required: bool = False
    works_invoices_only: bool = False
    #: the portal has another structure under this SIRET that is as active and as public as this one
    ambiguous: bool = False
    reports_payment: bool = True
    #: empty: the structure lists no services, so only the portal can judge a service code
    services: tuple[Service, ...] = ()
    #: the structure lists more services than are in ``services``, which has those that were asked for
    partial: bool = False
    fetched_at: datetime

    @property
    def lists_services(self) -> bool:
        """Whether the directory has services of it that a supplier may send to."""
        return self.partial or any(each.code != TECHNICAL_SERVICE for each in self.services)

    def service(self, code: str) -> Service | None:
        """The service with exactly that code, or None; an active one rather than a closed one of the same code.

        The technical service is never returned.
        """
        if code == TECHNICAL_SERVICE:
            return None
        found = [service for service in self.services if service.code == code]
        return next((each for each in found if each.active), found[0] if found else None)

    def labelled(self, label: str) -> Service | None:
        """The active service with that label; case, accents and spaces do not count. None when several have it."""
        wanted = matching_form(label)
        found = [
            each
            for each in self.services
            if each.active and each.code != TECHNICAL_SERVICE and matching_form(each.name) == wanted
        ]
        return found[0] if wanted and len(found) == 1 else None

    def with_service(self, judged: Service) -> "Recipient":
        """A copy of the structure with ``judged`` in place of the same service."""
        services = tuple(judged if each.portal_id == judged.portal_id else each for each in self.services)
        return self.model_copy(update={"services": services})
