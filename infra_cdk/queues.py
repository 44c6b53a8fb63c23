"""Work queues with their dead-letter queues. Their alarms are in `alarms`.

Every queue has a name of its own, which a test freezes together with its logical id: under another one CloudFormation
would make an empty queue and delete the old one with its messages.
"""

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra_cdk.encryption import WRITE, Encryption
from infra_cdk.environment import Environment
from infra_cdk.functions import live
from infra_cdk.rules import excepted

RECEIVES_BEFORE_DEAD_LETTER = 5
VISIBILITY_FACTOR = 6  # AWS: at least six times the consumer's timeout, or a slow batch is delivered twice


class DeadLetters(Construct):
    """Messages that could not be processed, kept for 14 days. `name` is what they were for."""

    def __init__(self, scope: Construct, construct_id: str, *, name: str, encryption: Encryption) -> None:
        super().__init__(scope, construct_id)
        self._guard = encryption
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=f"{name}-dead-letters",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=encryption.key,
            retention_period=Duration.days(14),
        )
        excepted(self.queue, "SQS3", because="It holds dead letters itself; its first message rings an alarm")

    def grant_send(self, sender: iam.IGrantable) -> None:
        """Allow the sender to send undeliverable messages here."""
        _grant_send(self.queue, sender, self._guard)


class WorkQueue(Construct):
    """A queue for one function; a message that fails five times goes to its dead-letter queue."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        consumer_timeout: Duration,
        encryption: Encryption,
    ) -> None:
        super().__init__(scope, construct_id)
        self._guard = encryption
        self.dead_letters = DeadLetters(self, "DeadLetters", name=name, encryption=encryption)
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=name,
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=encryption.key,
            visibility_timeout=Duration.seconds(VISIBILITY_FACTOR * int(consumer_timeout.to_seconds())),
            retention_period=Duration.days(14),
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters.queue, max_receive_count=RECEIVES_BEFORE_DEAD_LETTER
            ),
        )

    def grant_send(self, sender: iam.IGrantable) -> None:
        """Allow the sender to send to the queue."""
        _grant_send(self.queue, sender, self._guard)

    def feeds(self, function: lambda_.Function, *, batch_size: int, max_concurrency: int) -> None:
        """Deliver to the function, which returns the ids of the failed records."""
        live(function).add_event_source(
            event_sources.SqsEventSource(
                self.queue,
                batch_size=batch_size,
                max_concurrency=max_concurrency,
                report_batch_item_failures=True,
            )
        )


def refuse_plain_http(stack: Stack, construct_id: str, environment: Environment) -> None:
    """Have every queue of the stack refuse requests without TLS. Call it when all of its queues and grants are made.

    One policy serves all queues that have none of their own: CloudFormation takes 500 resources in a stack.
    """
    if not environment.tls_only:
        return
    queues = [each for each in stack.node.find_all() if isinstance(each, sqs.Queue)]
    alone = [each for each in queues if each.node.try_find_child("Policy") is None]
    for queue in queues:
        if queue not in alone:
            queue.add_to_resource_policy(_without_tls(queue.queue_arn))
    sqs.CfnQueuePolicy(
        stack,
        construct_id,
        queues=[each.queue_url for each in alone],
        policy_document=iam.PolicyDocument(statements=[_without_tls("*")]),
    )


def _without_tls(queue_arn: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="RefusePlainHttp",
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=["sqs:*"],
        resources=[queue_arn],
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )


def _grant_send(queue: sqs.Queue, sender: iam.IGrantable, encryption: Encryption) -> None:
    # not CDK's own grant, whose permissions on the key have wildcards
    sender.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[queue.queue_arn])
    )
    encryption.allow_use(sender, *WRITE, service="sqs")
