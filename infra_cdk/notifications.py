"""What happened, told to people and systems: the feed, e-mails and webhooks.

Everything starts from the table's stream; nobody on an invoice's way has to think of it.
"""

from aws_cdk import Duration

from infra_cdk.api import ANSWER_TIMEOUT
from infra_cdk.workshop import Workshop

NOTIFIER_TIMEOUT = Duration.seconds(60)
DIGEST_TIMEOUT = Duration.seconds(30)
WEBHOOK_TIMEOUT = Duration.seconds(30)  # a receiver has ten seconds
WEBHOOK_TRIES = 8  # over a day: the box says how long a message stays hidden between them

TOLD_AND_COUNTED = (
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
    """The boxes notifier, email_digest, webhook_delivery and notification_api."""

    def __init__(self, shop: Workshop) -> None:
        self.digests = shop.queue("Digest", DIGEST_TIMEOUT)
        self.webhooks = shop.queue("Webhook", WEBHOOK_TIMEOUT, receives=WEBHOOK_TRIES)
        self._notifier(shop)
        self._email_digest(shop)
        self._webhook_delivery(shop)
        self._notification_api(shop)

    def _notifier(self, shop: Workshop) -> None:
        box = shop.box(
            "notifier",
            timeout=NOTIFIER_TIMEOUT,
            memory=1024,
            variables={
                "WEBHOOK_QUEUE_URL": self.webhooks.queue.queue_url,
                "SECRET_PREFIX": shop.secret_prefix,
                **shop.email_variables(),
            },
        )
        shop.may.act_for_one_supplier(box)
        self.webhooks.grant_send(box)
        shop.may.on_webhook_secrets(box, "ForgetWebhookSecrets", "secretsmanager:DeleteSecret")
        self.notices = shop.table_changes(
            "Notices",
            box,
            # a document came to where somebody waits for it or must act; a breaker moved; people were
            # told about their keys; an endpoint is gone
            patterns=[
                {
                    "dynamodb": {
                        "Keys": {"SK": {"S": [{"prefix": "INVOICE#"}]}},
                        "NewImage": {"state": {"S": list(TOLD_AND_COUNTED)}},
                    }
                },
                {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": {"SK": {"S": ["BREAKER"]}}}},
                {"eventName": ["INSERT"], "dynamodb": {"Keys": {"SK": {"S": [{"prefix": "SUPPLIER_EVENT#"}]}}}},
                {"eventName": ["REMOVE"], "dynamodb": {"Keys": {"SK": {"S": [{"prefix": "WEBHOOK#"}]}}}},
            ],
        )

    def _email_digest(self, shop: Workshop) -> None:
        box = shop.box(
            "email_digest",
            timeout=DIGEST_TIMEOUT,
            memory=512,
            variables={"DIGEST_QUEUE_URL": self.digests.queue.queue_url, **shop.email_variables()},
        )
        shop.may.see_what_is_due(box)
        shop.may.act_for_one_supplier(box, in_batches=True)
        self.digests.grant_send(box)
        shop.works_off(box, self.digests, batch_size=1)
        shop.may.send_email(box)
        shop.every_minutes("EveryTenMinutesDigests", box, minutes=shop.environment.sync_minutes)

    def _webhook_delivery(self, shop: Workshop) -> None:
        box = shop.box(
            "webhook_delivery",
            timeout=WEBHOOK_TIMEOUT,
            memory=512,
            variables={"WEBHOOK_QUEUE_URL": self.webhooks.queue.queue_url, "SECRET_PREFIX": shop.secret_prefix},
        )
        shop.may.act_for_one_supplier(box)
        shop.may.on_webhook_secrets(box, "ReadWebhookSecrets", "secretsmanager:GetSecretValue")
        shop.works_off(box, self.webhooks, batch_size=1)

    def _notification_api(self, shop: Workshop) -> None:
        box = shop.box(
            "notification_api",
            timeout=ANSWER_TIMEOUT,
            memory=1024,
            variables={"WEBHOOK_QUEUE_URL": self.webhooks.queue.queue_url, "SECRET_PREFIX": shop.secret_prefix},
        )
        shop.may.know_callers(box)
        shop.may.act_for_one_supplier(box, in_batches=True)
        self.webhooks.grant_send(box)
        shop.may.on_webhook_secrets(
            box,
            "KeepWebhookSecrets",
            "secretsmanager:GetSecretValue",
            "secretsmanager:CreateSecret",
            "secretsmanager:PutSecretValue",
            "secretsmanager:DeleteSecret",
        )
