"""Notifications for people and systems: the feed, e-mails and webhooks.

The table's stream starts all of them, so that the functions on an invoice's way do not have to.
"""

from aws_cdk import Duration

from chorus_connector.adapters.table import keys
from infra_cdk.api import ANSWER_TIMEOUT
from infra_cdk.email_feedback import EmailFeedback
from infra_cdk.function_builder import FunctionBuilder
from infra_cdk.queues import WorkQueue

NOTIFIER_TIMEOUT = Duration.seconds(60)
DIGEST_TIMEOUT = Duration.seconds(30)
WEBHOOK_TIMEOUT = Duration.seconds(30)  # a delivery has ten seconds
WORKERS_PER_SLOT = 3  # a supplier may use a third of the workers, so that its slow receivers leave the others free

NOTIFIED_STATES = (
    "READY",
    "TO_COMPLETE",
    "REFUSED",
    "SUBMITTED",
    "HELD",
    "IN_DOUBT",
    "SET_ASIDE",
    "DUPLICATE",
    "UNUSABLE",
)


class Notifications:
    """The functions notifier, email_digest, email_addresses, webhook_delivery and notification_api."""

    def __init__(self, builder: FunctionBuilder, *, deliveries: WorkQueue) -> None:
        self.digests = builder.queue("Digest", DIGEST_TIMEOUT)
        self.feedback = builder.queue("EmailFeedback", ANSWER_TIMEOUT)
        self.webhooks = builder.queue("Webhook", WEBHOOK_TIMEOUT)
        self._notifier(builder)
        self._email_digest(builder)
        self._email_addresses(builder, deliveries)
        self._webhook_delivery(builder)
        self._notification_api(builder)

    def _notifier(self, builder: FunctionBuilder) -> None:
        function = builder.function(
            "notifier",
            timeout=NOTIFIER_TIMEOUT,
            memory=1024,
            variables={
                "WEBHOOK_QUEUE_URL": self.webhooks.queue.queue_url,
                "SECRET_PREFIX": builder.secret_prefix,
                **builder.email_variables(),
            },
        )
        builder.may.act_for_one_supplier(function)
        builder.may.read_access_list(function)
        builder.may.know_readers_of_messages(function)
        builder.may.read_announced_codes(function)
        self.webhooks.grant_send(function)
        builder.may.on_webhook_secrets(function, "ForgetWebhookSecrets", "secretsmanager:DeleteSecret")
        self.notices = builder.table_changes(
            "Notices",
            function,
            # a document changed, and counts elsewhere now; a supplier is new, and has no counts; a circuit breaker
            # changed; people were notified of a credential problem; an endpoint was paused, changed or deleted; a
            # message arrived
            patterns=[
                # an event source has five patterns at most
                {"dynamodb": {"Keys": {"SK": {"S": _starts(keys.INVOICES)}}}},
                {
                    "eventName": ["INSERT"],
                    "dynamodb": {"Keys": {"SK": {"S": [keys.SUPPLIER, *_starts(keys.SUPPLIER_EVENTS)]}}},
                },
                {
                    "eventName": ["INSERT", "MODIFY"],
                    "dynamodb": {"Keys": {"SK": {"S": [keys.BREAKER, *_starts(keys.ARRIVALS)]}}},
                },
                {"eventName": ["MODIFY", "REMOVE"], "dynamodb": {"Keys": {"SK": {"S": _starts(keys.ENDPOINTS)}}}},
            ],
        )

    def _email_digest(self, builder: FunctionBuilder) -> None:
        function = builder.function(
            "email_digest",
            timeout=DIGEST_TIMEOUT,
            memory=512,
            variables={"DIGEST_QUEUE_URL": self.digests.queue.queue_url, **builder.email_variables()},
        )
        builder.may.see_what_is_due(function)
        builder.may.begin_arrivals(function)
        builder.may.act_for_one_supplier(function, in_batches=True)
        builder.may.read_access_list(function)
        self.digests.grant_send(function)
        builder.consume(function, self.digests, batch_size=1)
        builder.may.send_email(function)
        builder.may.know_principals(function)  # a subscriber's groups and verified address
        builder.every_minutes("EveryTenMinutesDigests", function, minutes=builder.environment.sync_minutes)

    def _email_addresses(self, builder: FunctionBuilder, deliveries: WorkQueue) -> None:
        function = builder.function(
            "email_addresses",
            timeout=ANSWER_TIMEOUT,
            memory=512,
            variables={"DELIVERY_QUEUE_URL": deliveries.queue.queue_url, **builder.email_variables()},
        )
        deliveries.grant_send(function)  # what became of an e-mail with a message
        builder.may.know_principals(function)
        builder.may.act_for_one_supplier(function)
        builder.may.read_access_list(function)
        builder.may.send_email(function)
        if builder.environment.email_sender:
            EmailFeedback(
                builder.scope,
                "EmailEvents",
                queue=self.feedback,
                configuration_set=builder.may.email_configuration_set,
                encryption=builder.encryption,
            )
        builder.consume(function, self.feedback, batch_size=1)

    def _webhook_delivery(self, builder: FunctionBuilder) -> None:
        function = builder.function(
            "webhook_delivery",
            timeout=WEBHOOK_TIMEOUT,
            memory=512,
            requeues_its_rest=True,
            variables={
                "WEBHOOK_QUEUE_URL": self.webhooks.queue.queue_url,
                "WEBHOOK_SLOTS": str(max(1, builder.environment.worker_concurrency // WORKERS_PER_SLOT)),
                "SECRET_PREFIX": builder.secret_prefix,
            },
        )
        builder.may.act_for_one_supplier(function)
        self.webhooks.grant_send(function)
        builder.may.on_webhook_secrets(function, "ReadWebhookSecrets", "secretsmanager:GetSecretValue")
        builder.may.hand_out(function, "WEBHOOK")
        builder.consume(function, self.webhooks, batch_size=1)
        builder.every_minutes("EveryTenMinutesWebhooks", function, minutes=builder.environment.sync_minutes)

    def _notification_api(self, builder: FunctionBuilder) -> None:
        function = builder.function(
            "notification_api",
            timeout=ANSWER_TIMEOUT,
            memory=1024,
            variables={"WEBHOOK_QUEUE_URL": self.webhooks.queue.queue_url, "SECRET_PREFIX": builder.secret_prefix},
        )
        builder.may.know_callers(function)
        builder.may.act_for_one_supplier(function, in_batches=True)
        self.webhooks.grant_send(function)
        builder.may.on_webhook_secrets(
            function,
            "KeepWebhookSecrets",
            "secretsmanager:GetSecretValue",
            "secretsmanager:CreateSecret",
            "secretsmanager:PutSecretValue",
            "secretsmanager:DeleteSecret",
        )


def _starts(prefix: str) -> list[dict[str, str]]:
    """The condition of a stream's pattern that a key begins so."""
    return [{"prefix": prefix}]
