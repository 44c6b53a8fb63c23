"""Ready-made structures, messages and rights: valid unless a test says otherwise."""

from datetime import UTC, datetime, timedelta
from typing import Any

from chorus_connector.domain.messages.access import MessageAccess, MessageSubscription
from chorus_connector.domain.messages.announcement import AnnouncedMessage
from chorus_connector.domain.messages.delivery import Dispatch, Received, RecipientDelivery
from chorus_connector.domain.messages.display import today
from chorus_connector.domain.messages.distribution import DistributionList
from chorus_connector.domain.messages.message import Message
from chorus_connector.domain.messages.structure import Address, Counterparty, Structure
from chorus_connector.domain.suppliers.audit import Change
from tests.dynamodb_table import create_table

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
TODAY = today(NOW)
ACME = "73282932000074"
TOWN = "21930070500011"
MINISTRY = "11000201100044"


def a_structure(siret: str = TOWN, **changes: Any) -> Structure:
    values: dict[str, Any] = {"siret": siret, "name": f"Structure {siret}", "public": siret[0] in "12", "version": 1}
    return Structure(**{**values, **changes})


def an_address(siret: str = TOWN, service: str = "") -> Address:
    return Address(siret=siret, service=service)


def a_counterparty(siret: str = TOWN, **changes: Any) -> Counterparty:
    return Counterparty(**{"siret": siret, "name": f"Structure {siret}", "first_at": NOW, **changes})


def a_message(**changes: Any) -> Message:
    """A draft of Acmé that could be sent."""
    values: dict[str, Any] = {
        "reference": "MSG_000000001",
        "sender_siret": ACME,
        "sender_name": "Acmé",
        "version": 1,
        "created_at": NOW,
        "created_by": "alice",
        "changed_at": NOW,
        "changed_by": "alice",
        "title": "Fermeture",
        "content": "En août.",
        "display_start": TODAY,
        "display_end": TODAY + timedelta(days=14),
        "recipients": (an_address(),),
    }
    return Message(**{**values, **changes})


def a_dispatch(**changes: Any) -> Dispatch:
    values: dict[str, Any] = {
        "sender_siret": ACME,
        "reference": "MSG_000000001",
        "number": 1,
        "requested_at": NOW,
        "requested_by": "alice",
    }
    return Dispatch(**{**values, **changes})


def a_delivery(siret: str = TOWN, **changes: Any) -> RecipientDelivery:
    return RecipientDelivery(**{"siret": siret, "outcome": "delivered", "at": NOW, **changes})


def a_received(reference: str = "MSG_000000001", **changes: Any) -> Received:
    values: dict[str, Any] = {
        "siret": TOWN,
        "reference": reference,
        "sender_siret": ACME,
        "sender_name": "Acmé",
        "title": "Fermeture",
        "received_at": NOW,
        "display_start": TODAY,
        "display_end": TODAY + timedelta(days=14),
    }
    return Received(**{**values, **changes})


def an_announcement(reference: str = "MSG_000000001", **changes: Any) -> AnnouncedMessage:
    values: dict[str, Any] = {
        "reference": reference,
        "sender_siret": ACME,
        "sender_name": "Acmé",
        "title": "Fermeture",
        "content": "En août.",
        "display_start": TODAY,
        "display_end": TODAY + timedelta(days=14),
    }
    return AnnouncedMessage(**{**values, **changes})


def a_list(list_id: str = "l1", **changes: Any) -> DistributionList:
    values: dict[str, Any] = {
        "list_id": list_id,
        "siret": ACME,
        "kind": "client",
        "name": "Clients",
        "members": (an_address(),),
        "version": 1,
        "created_at": NOW,
        "created_by": "alice",
        "changed_at": NOW,
    }
    return DistributionList(**{**values, **changes})


def a_subscription(siret: str = ACME, **changes: Any) -> MessageSubscription:
    values: dict[str, Any] = {
        "principal": "alice",
        "siret": siret,
        "mode": "write",
        "granted_by": "chief",
        "granted_at": NOW,
    }
    return MessageSubscription(**{**values, **changes})


def an_access(siret: str = ACME, **changes: Any) -> MessageAccess:
    """What one subscription lets its user do."""
    subscription = a_subscription(siret, **changes)
    return MessageAccess(subscription.principal, siret, (subscription,))


def a_line(number: int = 1, **changes: Any) -> Change:
    """A line of a structure's audit trail."""
    values: dict[str, Any] = {"item": "subscription/alice", "action": "set", "by": "chief", "at": NOW}
    return Change(change_id=f"{number:08d}", **{**values, **changes})


def a_table(client: Any) -> None:
    """The product's table, under the name ``messages``."""
    create_table(client, "messages")
