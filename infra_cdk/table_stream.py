"""The table's stream to a box: every change of the table once it is written, in order, at least once.

Not CDK's DynamoEventSource: it may list every stream of the account. A record that keeps failing goes to the dead
letters and the stream goes on; two consumers at most should read a stream.
"""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra_cdk.encryption import READ, Guard
from infra_cdk.queues import RECEIVES_BEFORE_DEAD_LETTER, DeadLetters


class TableChanges(Construct):
    """Feeds one box with the changes that match one of the patterns, in batches."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        box: lambda_.Function,
        *,
        table: dynamodb.Table,
        table_guard: Guard,
        patterns: Sequence[dict[str, Any]],
        guard: Guard,
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = DeadLetters(self, "DeadLetters", guard=guard)
        self.dead_letters.grant_send(box)
        table_guard.lets_through(box, *READ, service="dynamodb")
        assert table.table_stream_arn is not None
        may_read = box.grant_principal.add_to_principal_policy(
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
            target=box,
            event_source_arn=table.table_stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=100,
            retry_attempts=RECEIVES_BEFORE_DEAD_LETTER,
            max_record_age=Duration.hours(12),
            bisect_batch_on_error=True,
            report_batch_item_failures=True,
            filters=[lambda_.FilterCriteria.filter(pattern) for pattern in patterns],
        )
        # not CDK's SqsDlq: it grants more than sending
        resource = mapping.node.default_child
        assert isinstance(resource, lambda_.CfnEventSourceMapping)
        resource.destination_config = lambda_.CfnEventSourceMapping.DestinationConfigProperty(
            on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(destination=self.dead_letters.queue.queue_arn)
        )
        assert may_read.policy_dependable is not None
        mapping.node.add_dependency(may_read.policy_dependable)  # Lambda tries the stream when it is told of it
