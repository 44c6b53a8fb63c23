"""The use cases of notifications and webhooks. Only the functions that notify load this module."""

from __future__ import annotations

from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from chorus_connector.adapters.queues.notifications import SqsDigests, SqsWebhooks
from chorus_connector.adapters.table.arrivals import DynamoArrivals
from chorus_connector.adapters.table.notifications import (
    DynamoDeliveries,
    DynamoDeliverySlots,
    DynamoEndpoints,
    DynamoFeed,
    DynamoHeldGroups,
    DynamoMailbox,
    DynamoMailboxes,
    DynamoReaders,
)
from chorus_connector.adapters.table.structures import DynamoStructures
from chorus_connector.adapters.webhook_secrets import SecretsManagerEndpointSecrets
from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.invoices.visibility import labels_in
from chorus_connector.domain.notifications.holds import answers_again
from chorus_connector.domain.quotas import Holder
from chorus_connector.ports.values import SupplierWork
from chorus_connector.runtime.failures import failure_facts, may_pass
from chorus_connector.runtime.settings import settings
from chorus_connector.usecases.invoices.visibility import VisibilityOfSubscribers
from chorus_connector.usecases.messages.arrivals import BeginArrivals
from chorus_connector.usecases.notifications.digest import HandOutDigests, SendDigest
from chorus_connector.usecases.notifications.endpoints import ManageEndpoints, ReplayNotifications
from chorus_connector.usecases.notifications.feed import ReadFeed
from chorus_connector.usecases.notifications.notify import Notify
from chorus_connector.wiring.clients import function_client
from chorus_connector.wiring.installation import installation, quotas, user_directory
from chorus_connector.wiring.tenant import Tenant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from chorus_connector.adapters.webhooks import HttpsWebhookSender
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.domain.messages.arrival import ArrivedMessage
    from chorus_connector.domain.portal.breaker import Breaker
    from chorus_connector.usecases.notifications.delivery import DeliverWebhook, HandOutWebhooks
    from chorus_connector.wiring.tenant import AuthorisedTenant


def notify(tenant: Tenant) -> Notify:
    """Writes the supplier's notifications, and queues e-mails and webhook messages."""
    return Notify(
        feed=_feed(tenant),
        access=tenant.access,
        mailbox=_mailbox(tenant),
        endpoints=endpoints(tenant),
        webhooks=_webhooks(tenant),
        structures=DynamoStructures(function_client("dynamodb"), _table()),
        digest_after=timedelta(minutes=settings().digest_minutes) if settings().email_sender else None,
        groups=DynamoHeldGroups(tenant.client("dynamodb"), _table(), tenant.supplier_id),
        labels_of=partial(_labels_of, tenant),
    )


def propose_codes(arrived: ArrivedMessage, *, now: datetime) -> None:
    """Propose to the supplier the service codes that the message announces.

    Raises what may pass, and NotFound for a supplier that is gone. Any other failure is only logged: a message that
    cannot be read for codes must not hold up the notifications of other suppliers.
    """
    from chorus_connector.adapters.table.announcements import DynamoAnnouncements  # noqa: PLC0415
    from chorus_connector.usecases.messages.code_proposals import ProposeCodes  # noqa: PLC0415
    from chorus_connector.wiring.portal import remembered_recipients  # noqa: PLC0415

    tenant = Tenant(arrived)
    propose = ProposeCodes(
        announcements=DynamoAnnouncements(function_client("dynamodb"), _table()),
        directory=remembered_recipients(),
        tables=tenant.tables,
        supplier=lambda: tenant.supplier,
    )
    try:
        proposed = propose.from_message(arrived, now=now)
    except NotFound:
        raise
    except Exception as error:
        if may_pass(error):
            raise
        # not logger.exception: a message of an exception may quote the announcement
        Logger().error("no code was proposed", extra=failure_facts(error))
        return
    if proposed:
        Logger().info("codes proposed", extra={"proposals": proposed})


def end_holds(before: Breaker | None, after: Breaker, supplier_id: str | None, *, now: datetime) -> None:
    """End a supplier's groups of held documents if its breaker (a portal's has no supplier) says that all works."""
    if supplier_id is not None and answers_again(before, after):
        notify(Tenant(SupplierWork(supplier_id))).holds_ended(now=now)


def _labels_of(tenant: Tenant, invoice: Invoice) -> Sequence[Mapping[str, str]]:
    """For each label that restricts who may see the document, the metadata that carries it."""
    if tenant.tables.unrestricted():
        return ()
    name = tenant.supplier.user_label_metadata
    return [{name: label} for label in sorted(labels_in(invoice.metadata, name))]


def endpoint_secrets(tenant: Tenant) -> SecretsManagerEndpointSecrets:
    """The secrets that sign messages to the supplier's endpoints."""
    prefix = settings().required("secret_prefix")
    return SecretsManagerEndpointSecrets(tenant.client("secretsmanager"), prefix, tenant.supplier_id)


def hand_out_webhooks() -> HandOutWebhooks:
    """Queues the webhook deliveries that are due, of every supplier."""
    from chorus_connector.adapters.queues.notifications import SqsDueWebhooks  # noqa: PLC0415
    from chorus_connector.usecases.notifications.delivery import HandOutWebhooks  # noqa: PLC0415

    queue = SqsDueWebhooks(function_client("sqs"), settings().required("webhook_queue_url"))
    return HandOutWebhooks(installation=installation(), queue=queue)


def hand_out_digests() -> HandOutDigests:
    """Queues the e-mails that are due, of every supplier."""
    queue = SqsDigests(function_client("sqs"), settings().required("digest_queue_url"))
    return HandOutDigests(mailboxes=DynamoMailboxes(function_client("dynamodb"), _table()), queue=queue)


def begin_arrivals() -> BeginArrivals:
    """Lets the arrivals of messages begin whose display has begun, of every structure."""
    return BeginArrivals(DynamoArrivals(function_client("dynamodb"), _table()))


def send_digest(tenant: Tenant) -> SendDigest:
    """Sends the supplier's e-mails."""
    from chorus_connector.wiring import emails  # noqa: PLC0415

    ask = emails.ask_addresses(tenant)
    assert ask is not None, "an installation without a sender queues no digest"
    return SendDigest(
        supplier=tenant.suppliers,
        mailbox=_mailbox(tenant),
        mailer=emails.mailer(supplier_id=tenant.supplier_id),
        ask=ask,
        visibility=VisibilityOfSubscribers(tenant.tables, tenant.suppliers, user_directory(), _warn_of_unknown),
    )


def deliver_webhook(tenant: Tenant) -> DeliverWebhook:
    """Sends webhook messages to the supplier's endpoints."""
    from chorus_connector.usecases.notifications.delivery import DeliverWebhook  # noqa: PLC0415

    return DeliverWebhook(
        endpoints=endpoints(tenant),
        secrets=endpoint_secrets(tenant),
        deliveries=deliveries(tenant),
        webhook_sender=_webhook_sender(),
        webhooks=_webhooks(tenant),
        slots=DynamoDeliverySlots(
            tenant.client("dynamodb"), _table(), tenant.supplier_id, slots=settings().webhook_slots
        ),
        feed=_feed(tenant),
        local=_is_local(),
    )


def read_feed(tenant: AuthorisedTenant) -> ReadFeed:
    """The caller's notification feed."""
    return ReadFeed(
        feed=_feed(tenant),
        access=tenant.access,
        readers=DynamoReaders(tenant.client("dynamodb"), _table(), tenant.supplier_id),
        principal=tenant.by,
        principals=frozenset(tenant.caller.identities),
        visibility=tenant.visibility,
    )


def endpoints(tenant: Tenant) -> DynamoEndpoints:
    """The supplier's webhook endpoints."""
    return DynamoEndpoints(tenant.client("dynamodb"), _table(), tenant.supplier_id)


def deliveries(tenant: Tenant) -> DynamoDeliveries:
    """The delivery state of each event at the supplier's endpoints."""
    return DynamoDeliveries(tenant.client("dynamodb"), _table(), tenant.supplier_id)


def manage_endpoints(tenant: AuthorisedTenant) -> ManageEndpoints:
    """The caller's changes to the supplier's endpoints."""
    return ManageEndpoints(
        endpoints=endpoints(tenant), secrets=endpoint_secrets(tenant), local=_is_local(), by=tenant.by
    )


def replay(tenant: Tenant) -> ReplayNotifications:
    """Sends the supplier's events again."""
    return ReplayNotifications(
        endpoints=endpoints(tenant),
        feed=_feed(tenant),
        webhooks=_webhooks(tenant),
        count=partial(quotas().spend_at_once, Holder("supplier", tenant.supplier_id), "replayed_events"),
    )


def _feed(tenant: Tenant) -> DynamoFeed:
    return DynamoFeed(tenant.client("dynamodb"), _table(), tenant.supplier_id)


def _mailbox(tenant: Tenant) -> DynamoMailbox:
    return DynamoMailbox(tenant.client("dynamodb"), _table(), tenant.supplier_id)


def _webhooks(tenant: Tenant) -> SqsWebhooks:
    return SqsWebhooks(function_client("sqs"), settings().required("webhook_queue_url"), tenant.supplier_id)


@cache
def _webhook_sender() -> HttpsWebhookSender:
    # the HTTP client is 100 ms: only the function that sends pays for it
    from chorus_connector.adapters.webhooks import HttpsWebhookSender  # noqa: PLC0415

    return HttpsWebhookSender(local=_is_local())


def _warn_of_unknown() -> None:
    Logger().warning("a subscriber is not in the user pool: no e-mail")


def _is_local() -> bool:
    return settings().environment == "local"


def _table() -> str:
    return settings().required("table")
