"""Who may read and write the messages of a structure: subscriptions, granted by its administrator.

The portal's own shape: the space is opened on a structure, then each user has it in reading (« Consultation »)
or writing (« Modification ») mode. Administering a structure is another right: it grants, it does not read.
"""

from datetime import datetime
from typing import Literal

from chorus_connector.domain.messages.refusals import ServiceNotYours, WritingNeeded
from chorus_connector.domain.record import Record

Mode = Literal["read", "write"]


class Subscription(Record):
    """A user's right to a structure's messages; ``services`` None is the whole structure."""

    principal: str
    siret: str
    mode: Mode
    services: tuple[str, ...] | None = None
    granted_by: str
    granted_at: datetime

    def covers(self, service: str) -> bool:
        """Whether the user sees what belongs to that service (empty: to the structure as a whole)."""
        return self.services is None or service in self.services

    def may_use_list_of(self, service: str) -> bool:
        """A list of the structure is for all its users, a list of a service for that service's."""
        return service == "" or self.covers(service)

    def check_writing(self, service: str) -> None:
        """Raises WritingNeeded in reading mode, ServiceNotYours for another service."""
        if self.mode != "write":
            raise WritingNeeded
        if not self.covers(service):
            raise ServiceNotYours
