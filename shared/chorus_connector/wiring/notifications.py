"""The composition root of notifications: beside ``wiring``, so that other boxes do not pay for it."""

from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from chorus_connector.adapters.email import SesMailer
from chorus_connector.adapters.queues.notifications import SqsDigests, SqsWebhooks, hide
from chorus_connector.adapters.table.notifications import (
    DynamoDeliveries,
    DynamoEndpoints,
    DynamoFeed,
    DynamoMailbox,
    DynamoMailboxes,
    DynamoReaders,
)
from chorus_connector.adapters.table.tables import DynamoTables
from chorus_connector.adapters.webhook_secrets import SecretsManagerEndpointSecrets
from chorus_connector.domain.invoices.visibility import Visibility
from chorus_connector.runtime.settings import settings
from chorus_connector.usecases.invoices.visibility import visibility_of
from chorus_connector.usecases.notifications.digest import HandOutDigests, SendDigest
from chorus_connector.usecases.notifications.endpoints import ManageEndpoints, ReplayNotifications
from chorus_connector.usecases.notifications.feed import ReadFeed
from chorus_connector.usecases.notifications.notify import Notify
from chorus_connector.wiring import tenant as wiring
from chorus_connector.wiring.clients import function_client, tenant_client

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chorus_connector.adapters.webhooks import HttpsWebhookSender
    from chorus_connector.usecases.notifications.delivery import DeliverWebhook


def notify(supplier_id: str) -> Notify:
    """Box notifier for one supplier."""
    return Notify(
        feed=_feed(supplier_id),
        access=wiring.access_store(supplier_id),
        mailbox=_mailbox(supplier_id),
        endpoints=endpoints(supplier_id),
        webhooks=_webhooks(supplier_id),
        visibility=partial(_visibility, supplier_id),
        digest_after=timedelta(minutes=settings().digest_minutes) if settings().email_sender else None,
    )


def endpoint_secrets(supplier_id: str) -> SecretsManagerEndpointSecrets:
    """The secrets of one supplier's endpoints."""
    prefix = settings().required("secret_prefix")
    return SecretsManagerEndpointSecrets(tenant_client(supplier_id, "secretsmanager"), prefix, supplier_id)


def hand_out_digests() -> HandOutDigests:
    """The half of box email_digest that the clock starts."""
    queue = SqsDigests(function_client("sqs"), settings().required("digest_queue_url"))
    return HandOutDigests(mailboxes=DynamoMailboxes(function_client("dynamodb"), _table()), queue=queue)


def send_digest(supplier_id: str) -> SendDigest:
    """The half of box email_digest that sends one supplier's e-mails."""
    return SendDigest(
        supplier=wiring.supplier_store(supplier_id),
        mailbox=_mailbox(supplier_id),
        mailer=SesMailer(function_client("sesv2"), settings().required("email_sender")),
    )


def deliver_webhook(supplier_id: str) -> "DeliverWebhook":
    """Box webhook_delivery for one supplier."""
    from chorus_connector.usecases.notifications.delivery import DeliverWebhook  # noqa: PLC0415

    return DeliverWebhook(
        endpoints=endpoints(supplier_id),
        secrets=endpoint_secrets(supplier_id),
        deliveries=deliveries(supplier_id),
        webhook_sender=_webhook_sender(),
        local=_is_local(),
    )


def hide_webhook(receipt_handle: str, delay: timedelta) -> None:
    """Have a webhook's message come again after that delay."""
    hide(function_client("sqs"), settings().required("webhook_queue_url"), receipt_handle, delay)


def read_feed(supplier_id: str, *, by: str, identities: "Sequence[str]") -> ReadFeed:
    """The feed of ``by`` for one supplier; ``identities`` are the id and the groups that ``by`` is in."""
    return ReadFeed(
        feed=_feed(supplier_id),
        access=wiring.access_store(supplier_id),
        readers=DynamoReaders(tenant_client(supplier_id, "dynamodb"), _table(), supplier_id),
        principal=by,
        principals=frozenset(identities),
        visibility=_visibility(supplier_id, by),
    )


def endpoints(supplier_id: str) -> DynamoEndpoints:
    """One supplier's webhook endpoints."""
    return DynamoEndpoints(tenant_client(supplier_id, "dynamodb"), _table(), supplier_id)


def deliveries(supplier_id: str) -> DynamoDeliveries:
    """How far events came on their way to one supplier's endpoints."""
    return DynamoDeliveries(tenant_client(supplier_id, "dynamodb"), _table(), supplier_id)


def manage_endpoints(supplier_id: str, *, by: str) -> ManageEndpoints:
    """The configuration of one supplier's endpoints, changed by ``by``."""
    return ManageEndpoints(
        endpoints=endpoints(supplier_id), secrets=endpoint_secrets(supplier_id), local=_is_local(), by=by
    )


def replay(supplier_id: str) -> ReplayNotifications:
    """Sending one supplier's events again."""
    return ReplayNotifications(
        endpoints=endpoints(supplier_id), feed=_feed(supplier_id), webhooks=_webhooks(supplier_id)
    )


def _feed(supplier_id: str) -> DynamoFeed:
    return DynamoFeed(tenant_client(supplier_id, "dynamodb"), _table(), supplier_id)


def _mailbox(supplier_id: str) -> DynamoMailbox:
    return DynamoMailbox(tenant_client(supplier_id, "dynamodb"), _table(), supplier_id)


def _webhooks(supplier_id: str) -> SqsWebhooks:
    return SqsWebhooks(function_client("sqs"), settings().required("webhook_queue_url"), supplier_id)


def _visibility(supplier_id: str, principal: str) -> Visibility:
    tables = DynamoTables(tenant_client(supplier_id, "dynamodb"), _table(), supplier_id)
    return visibility_of(principal, tables=tables, suppliers=wiring.supplier_store(supplier_id))


@cache
def _webhook_sender() -> "HttpsWebhookSender":
    # httpx is 100 ms: only the box that sends pays for it
    from chorus_connector.adapters.webhooks import HttpsWebhookSender, webhook_client  # noqa: PLC0415

    return HttpsWebhookSender(webhook_client(), local=_is_local())


def _is_local() -> bool:
    return settings().environment == "local"


def _table() -> str:
    return settings().required("table")
