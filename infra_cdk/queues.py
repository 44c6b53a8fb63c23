"""A work queue as the connector means it: the queue, and where its poison goes. Alarms: see `alarms`."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra_cdk.encryption import WRITE, Guard
from infra_cdk.rules import excepted

RECEIVES_BEFORE_DEAD_LETTER = 5
VISIBILITY_FACTOR = 6  # AWS: at least six times the consumer's timeout, or a slow batch is delivered twice


class DeadLetters(Construct):
    """What could not be done, kept 14 days for a person to look at."""

    def __init__(self, scope: Construct, construct_id: str, *, guard: Guard) -> None:
        super().__init__(scope, construct_id)
        self._guard = guard
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=guard.key,
            enforce_ssl=guard.tls_only or None,
            retention_period=Duration.days(14),
        )
        excepted(self.queue, "SQS3", because="It holds dead letters itself; its first message rings an alarm")

    def grant_send(self, sender: iam.IGrantable) -> None:
        """The sender may leave here what it could not deliver."""
        _grant_send(self.queue, sender, self._guard)


class WorkQueue(Construct):
    """A queue that one box works off; a message that fails so many times (five) goes to its dead letters."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        consumer_timeout: Duration,
        guard: Guard,
        receives: int = RECEIVES_BEFORE_DEAD_LETTER,
    ) -> None:
        super().__init__(scope, construct_id)
        self._guard = guard
        self.dead_letters = DeadLetters(self, "DeadLetters", guard=guard)
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=guard.key,
            enforce_ssl=guard.tls_only or None,
            visibility_timeout=Duration.seconds(VISIBILITY_FACTOR * int(consumer_timeout.to_seconds())),
            retention_period=Duration.days(14),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters.queue, max_receive_count=receives),
        )

    def grant_send(self, sender: iam.IGrantable) -> None:
        """The sender may put work into the queue."""
        _grant_send(self.queue, sender, self._guard)

    def feeds(self, function: lambda_.Function, *, batch_size: int, max_concurrency: int) -> None:
        """Deliver to the function, which answers with the ids of the records that failed."""
        function.add_event_source(
            event_sources.SqsEventSource(
                self.queue,
                batch_size=batch_size,
                max_concurrency=max_concurrency,
                report_batch_item_failures=True,
            )
        )


def _grant_send(queue: sqs.Queue, sender: iam.IGrantable, guard: Guard) -> None:
    # not CDK's own: its rights on the key have wildcards
    sender.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[queue.queue_arn])
    )
    guard.lets_through(sender, *WRITE, service="sqs")
