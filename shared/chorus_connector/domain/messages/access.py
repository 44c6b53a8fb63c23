"""Rights to read and write a structure's messages: subscriptions, granted by the structure's administrator.

The portal works the same way: the space is opened for a structure, then each user gets reading (« Consultation ») or
writing (« Modification ») mode. Administering a structure is a separate right: an administrator grants subscriptions
but needs one to read.
"""

from datetime import datetime
from typing import Literal

from chorus_connector.domain.messages.refusals import ServiceNotYours, WritingNeeded
from chorus_connector.domain.record import Record

Mode = Literal["read", "write"]


class MessageSubscription(Record):
    """A user's right to a structure's messages; ``services`` None covers the whole structure."""

    principal: str
    siret: str
    mode: Mode
    services: tuple[str, ...] | None = None
    granted_by: str
    granted_at: datetime

    def covers(self, service: str) -> bool:
        """Whether the user sees the messages of that service (empty: those of the structure as a whole)."""
        return self.services is None or service in self.services

    def may_use_list_of(self, service: str) -> bool:
        """Whether the user may use a list of that service. A list of the whole structure is for all its users."""
        return service == "" or self.covers(service)

    def check_writing(self, service: str) -> None:
        """Raises WritingNeeded in reading mode, ServiceNotYours for a service that is not covered."""
        if self.mode != "write":
            raise WritingNeeded
        if not self.covers(service):
            raise ServiceNotYours
