"""The data stack: what must survive any deployment, rollback or mistake in the application's stack.

The queue of arrivals stands here because the bucket announces to it: a bucket in one stack and its queue in
another would each need the other first.
"""

from dataclasses import dataclass

from aws_cdk import CfnOutput, Duration, IStackSynthesizer, Stack
from constructs import Construct

from infra_cdk.data import ConnectorTable, DocumentBucket
from infra_cdk.encryption import guard
from infra_cdk.environment import Environment
from infra_cdk.identity import Identity
from infra_cdk.queues import WorkQueue

ARRIVAL_TIMEOUT = Duration.seconds(30)


@dataclass(frozen=True)
class Exported:
    """What other stacks are told under a name: cdk-nag knows it by that."""

    name: str
    value: str


class DataStack(Stack):
    """Table, documents and their arrivals, users."""

    def __init__(
        self, scope: Construct, construct_id: str, environment: Environment, *, synthesizer: IStackSynthesizer
    ) -> None:
        super().__init__(scope, construct_id, termination_protection=environment.keeps_data, synthesizer=synthesizer)
        self.guard = guard(
            self, "DataKey", environment, description="The connector's table, documents and their arrivals"
        )
        self.table = ConnectorTable(self, "Table", environment, guard=self.guard).table
        self.arrivals = WorkQueue(self, "Intake", consumer_timeout=ARRIVAL_TIMEOUT, guard=self.guard)
        self.documents = DocumentBucket(
            self, "Documents", environment, arrivals=self.arrivals.queue, guard=self.guard
        ).bucket
        arn = f"{construct_id}:documents-arn"
        self.documents_arn = Exported(arn, self.export_value(self.documents.bucket_arn, name=arn))
        self.identity = Identity(self, "Identity", environment)

        CfnOutput(self, "TableName", value=self.table.table_name)
        CfnOutput(self, "DocumentsBucket", value=self.documents.bucket_name)
        CfnOutput(self, "IntakeQueueUrl", value=self.arrivals.queue.queue_url)
        CfnOutput(self, "IntakeDeadLettersUrl", value=self.arrivals.dead_letters.queue.queue_url)
        CfnOutput(self, "UserPoolId", value=self.identity.pool.user_pool_id)
        CfnOutput(self, "UserPoolClientId", value=self.identity.people.user_pool_client_id)
        CfnOutput(self, "SystemsClientId", value=self.identity.systems.user_pool_client_id)
