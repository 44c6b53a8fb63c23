"""The table's stream as a function's source: every finished write, in order, at least once.

Not CDK's DynamoEventSource, which allows listing every stream of the account. A record that keeps failing goes to the
dead-letter queue and the stream continues. AWS recommends at most two consumers per stream.
"""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra_cdk.encryption import READ, Encryption
from infra_cdk.queues import RECEIVES_BEFORE_DEAD_LETTER, DeadLetters


class TableChanges(Construct):
    """Invokes one function with batches of the changes that match one of the patterns."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        function: lambda_.Function,
        *,
        table: dynamodb.Table,
        table_encryption: Encryption,
        patterns: Sequence[dict[str, Any]],
        encryption: Encryption,
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = DeadLetters(self, "DeadLetters", encryption=encryption)
        self.dead_letters.grant_send(function)
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
            target=function,
            event_source_arn=table.table_stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=100,
            retry_attempts=RECEIVES_BEFORE_DEAD_LETTER,
            max_record_age=Duration.hours(12),
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
