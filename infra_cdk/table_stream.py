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
from aws_cdk import aws_lambda_event_sources as event_sources
from constructs import Construct

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
        patterns: Sequence[dict[str, Any]],
        tls_only: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = DeadLetters(self, "DeadLetters", tls_only=tls_only)
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
            on_failure=event_sources.SqsDlq(self.dead_letters.queue),
            filters=[lambda_.FilterCriteria.filter(pattern) for pattern in patterns],
        )
        assert may_read.policy_dependable is not None
        mapping.node.add_dependency(may_read.policy_dependable)  # Lambda tries the stream when it is told of it
