"""A message that arrives at a supplier's structure: people and systems are notified when its display begins."""

from datetime import datetime

from chorus_connector.domain.record import Record


class ArrivedMessage(Record):
    """One message for one structure, whether for all of it or for several of its services.

    ``at`` is the moment of its reception: when it was sent, or the begin of its display if that is later.
    """

    supplier_id: str
    siret: str
    reference: str
    sender_siret: str
    at: datetime
