"""The table's stream as a function's source: every finished write, the writes of one item in order, at least once.

Not CDK's DynamoEventSource, which allows listing every stream of the account. AWS recommends at most two consumers per
stream.

An outage of AWS ends by itself, so a change is retried until it is half a day old; then its position goes to the
dead-letter queue, where half a day is left to redrive it from the stream. A change that fails for a reason of its own
would hold up its neighbours as long: `runtime.streams` sets it aside much sooner.
"""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra_cdk.encryption import READ, Encryption
from infra_cdk.functions import live
from infra_cdk.queues import DeadLetters

RETRIED_FOR = Duration.hours(12)  # the stream itself forgets after 24


class TableChanges(Construct):
    """Invokes one function with batches of the changes that match one of the patterns."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        function: lambda_.Function,
        *,
        name: str,
        table: dynamodb.Table,
        table_encryption: Encryption,
        patterns: Sequence[dict[str, Any]],
        encryption: Encryption,
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = DeadLetters(self, "DeadLetters", name=name, encryption=encryption)
        self.dead_letters.grant_send(function)  # for the mapping, and for what the function sets aside
        function.add_environment("CHANGE_DEAD_LETTERS_URL", self.dead_letters.queue.queue_url)
        table_encryption.allow_use(function, *READ, service="dynamodb")
        assert table.table_stream_arn is not None
        may_read = function.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                sid=f"Read{construct_id}",
                actions=[
                    "dynamodb:DescribeStream",
                    "dynamodb:GetRecords",
                    "dynamodb:GetShardIterator",
                    "dynamodb:ListStreams",
                ],
                resources=[table.table_stream_arn],
            )
        )
        mapping = lambda_.EventSourceMapping(
            self,
            "Mapping",
            target=live(function),
            event_source_arn=table.table_stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=100,
            # a supplier is one shard: ten batches of it at once, never two with changes of the same item
            parallelization_factor=10,
            max_record_age=RETRIED_FOR,  # and no limit by attempts: ten minutes use up any
            bisect_batch_on_error=True,
            report_batch_item_failures=True,
            filters=[lambda_.FilterCriteria.filter(pattern) for pattern in patterns],
        )
        # not CDK's SqsDlq, which grants more than sending
        resource = mapping.node.default_child
        assert isinstance(resource, lambda_.CfnEventSourceMapping)
        resource.destination_config = lambda_.CfnEventSourceMapping.DestinationConfigProperty(
            on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(destination=self.dead_letters.queue.queue_arn)
        )
        assert may_read.policy_dependable is not None
        mapping.node.add_dependency(may_read.policy_dependable)  # Lambda reads the stream when the mapping is created
