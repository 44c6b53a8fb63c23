"""The composition root of « Mes messages »: beside ``wiring``, so that other boxes do not pay for it."""

from chorus_connector.adapters.email import SesMailer
from chorus_connector.adapters.queues.messages import SqsDeliveries
from chorus_connector.adapters.table.messages import (
    DynamoCounterparties,
    DynamoInbox,
    DynamoInboxes,
    DynamoLists,
    DynamoOutbox,
    DynamoReferences,
    DynamoStructures,
)
from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.messages.access import MessageSubscription
from chorus_connector.runtime.settings import settings
from chorus_connector.usecases.messages.audience import Audience
from chorus_connector.usecases.messages.delivery import DeliverMessage
from chorus_connector.usecases.messages.exchanges import RecordExchange
from chorus_connector.usecases.messages.lists import KeepLists
from chorus_connector.usecases.messages.reading import ReadInbox, ReadLists, ReadOutbox
from chorus_connector.usecases.messages.structures import AdministerStructures
from chorus_connector.usecases.messages.writing import WriteMessages
from chorus_connector.wiring.clients import function_client


def structures() -> DynamoStructures:
    """Who is known, and who may act for whom."""
    return DynamoStructures(function_client("dynamodb"), _table())


def counterparties(siret: str) -> DynamoCounterparties:
    """With whom one structure exchanged invoices."""
    return DynamoCounterparties(function_client("dynamodb"), _table(), siret)


def outbox(siret: str) -> DynamoOutbox:
    """One structure's own messages."""
    return DynamoOutbox(function_client("dynamodb"), _table(), siret)


def inbox(siret: str) -> DynamoInbox:
    """What one structure received."""
    return DynamoInbox(function_client("dynamodb"), _table(), siret)


def lists(siret: str) -> DynamoLists:
    """One structure's distribution lists."""
    return DynamoLists(function_client("dynamodb"), _table(), siret)


def delivery_queue() -> SqsDeliveries:
    """Where deliveries wait."""
    return SqsDeliveries(function_client("sqs"), settings().required("delivery_queue_url"))


def administer_structures() -> AdministerStructures:
    """Structures, members and subscriptions."""
    return AdministerStructures(structures=structures(), strict_siret=settings().strict_siret)


def audience(siret: str) -> Audience:
    """Whom one structure may write to. Raises NotFound."""
    known = structures()
    structure = known.get(siret)
    if structure is None:
        raise NotFound
    return Audience(structure=structure, structures=known, counterparties=counterparties(siret), lists=lists(siret))


def write_messages(subscription: MessageSubscription) -> WriteMessages:
    """A user's pen for the structure of the subscription."""
    return WriteMessages(
        subscription=subscription,
        audience=audience(subscription.siret),
        outbox=outbox(subscription.siret),
        references=DynamoReferences(function_client("dynamodb"), _table()),
    )


def keep_lists(subscription: MessageSubscription) -> KeepLists:
    """A user's distribution lists of the structure of the subscription."""
    return KeepLists(subscription=subscription, audience=audience(subscription.siret), lists=lists(subscription.siret))


def read_inbox(principal: str, subscriptions: list[MessageSubscription]) -> ReadInbox:
    """A user's inboxes."""
    return ReadInbox(principal=principal, subscriptions=subscriptions, inbox=inbox, outbox=outbox)


def read_outbox(principal: str, subscriptions: list[MessageSubscription]) -> ReadOutbox:
    """A user's outboxes."""
    return ReadOutbox(principal=principal, subscriptions=subscriptions, outbox=outbox)


def read_lists(principal: str, subscriptions: list[MessageSubscription]) -> ReadLists:
    """A user's distribution lists."""
    return ReadLists(principal=principal, subscriptions=subscriptions, structures=structures(), lists=lists)


def record_exchange() -> RecordExchange:
    """Who has exchanged an invoice with whom."""
    return RecordExchange(structures=structures(), counterparties=counterparties)


def deliver_message(sender_siret: str) -> DeliverMessage:
    """Box message_delivery for one sender."""
    return DeliverMessage(
        structures=structures(),
        counterparties=counterparties(sender_siret),
        outbox=outbox(sender_siret),
        inboxes=DynamoInboxes(function_client("dynamodb"), _table()),
        queue=delivery_queue(),
        mailer=_mailer(),
    )


def _mailer() -> SesMailer | None:
    sender = settings().email_sender
    return SesMailer(function_client("sesv2"), sender) if sender else None


def _table() -> str:
    return settings().required("table")
