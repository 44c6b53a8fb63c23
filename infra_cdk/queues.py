"""A work queue as the connector means it: the queue, where its poison goes, and the alarm that says so."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

RECEIVES_BEFORE_DEAD_LETTER = 5
VISIBILITY_FACTOR = 6  # AWS: at least six times the consumer's timeout, or a slow batch is delivered twice


class DeadLetters(Construct):
    """What could not be done, kept 14 days for a person to look at, with an alarm from the first message on."""

    def __init__(self, scope: Construct, construct_id: str, *, tls_only: bool) -> None:
        super().__init__(scope, construct_id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=tls_only or None,
            retention_period=Duration.days(14),
        )
        self.alarm = cloudwatch.Alarm(
            self,
            "Alarm",
            alarm_description=f"Messages wait in the dead letters of {scope.node.id}",
            metric=self.queue.metric_approximate_number_of_messages_visible(
                period=Duration.minutes(1), statistic="Maximum"
            ),
            threshold=0,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )


class WorkQueue(Construct):
    """A queue that one box works off; a message that fails so many times (five) goes to its dead letters."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        consumer_timeout: Duration,
        tls_only: bool,
        receives: int = RECEIVES_BEFORE_DEAD_LETTER,
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = DeadLetters(self, "DeadLetters", tls_only=tls_only)
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=tls_only or None,
            visibility_timeout=Duration.seconds(VISIBILITY_FACTOR * int(consumer_timeout.to_seconds())),
            retention_period=Duration.days(14),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters.queue, max_receive_count=receives),
        )

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
