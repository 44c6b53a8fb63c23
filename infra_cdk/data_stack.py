"""The data stack: everything that must survive a deployment, a rollback or a mistake in the application stack.

The intake queue is here because the bucket sends to it: in two stacks, bucket and queue would depend on each other.

What the application stack uses of this one is exported, and CloudFormation removes no export that is in use. An export
stays here for one release after its last use: otherwise neither that release nor the way back from it could be
deployed. A test has the list.
"""

from dataclasses import dataclass

from aws_cdk import CfnOutput, Duration, IStackSynthesizer, Stack
from constructs import Construct

from infra_cdk.data import ConnectorTable, DocumentBucket
from infra_cdk.encryption import stack_encryption
from infra_cdk.environment import Environment
from infra_cdk.identity import Identity, sign_in_url
from infra_cdk.queues import WorkQueue, refuse_plain_http
from infra_cdk.second_copy import SecondCopy

ARRIVAL_TIMEOUT = Duration.seconds(30)


@dataclass(frozen=True)
class Exported:
    """A value that other stacks import by name; cdk-nag shows it under that name."""

    name: str
    value: str


class DataStack(Stack):
    """The table, the documents with their intake queue, and the users."""

    def __init__(
        self, scope: Construct, construct_id: str, environment: Environment, *, synthesizer: IStackSynthesizer
    ) -> None:
        super().__init__(scope, construct_id, termination_protection=environment.keeps_data, synthesizer=synthesizer)
        self.encryption = stack_encryption(
            self, "DataKey", environment, description="The connector's table, documents and their arrivals"
        )
        self.table = ConnectorTable(self, "Table", environment, encryption=self.encryption).table
        self.arrivals = WorkQueue(
            self,
            "Intake",
            name=f"chorus-connector-{environment.name}-Intake",
            consumer_timeout=ARRIVAL_TIMEOUT,
            encryption=self.encryption,
        )
        self.documents = DocumentBucket(
            self, "Documents", environment, arrivals=self.arrivals.queue, encryption=self.encryption
        ).bucket
        if environment.has_second_copy:
            SecondCopy(
                self,
                "SecondCopy",
                environment,
                table=self.table,
                documents=self.documents,
                encryption=self.encryption,
            )
        arn = f"{construct_id}:documents-arn"
        self.documents_arn = Exported(arn, self.export_value(self.documents.bucket_arn, name=arn))
        self.identity = Identity(self, "Identity", environment)
        self._export()

        refuse_plain_http(self, "ArrivalsRefusePlainHttp", environment)
        CfnOutput(self, "TableName", value=self.table.table_name)
        CfnOutput(self, "DocumentsBucket", value=self.documents.bucket_name)
        CfnOutput(self, "IntakeQueueUrl", value=self.arrivals.queue.queue_url)
        CfnOutput(self, "IntakeDeadLettersUrl", value=self.arrivals.dead_letters.queue.queue_url)
        CfnOutput(self, "UserPoolId", value=self.identity.pool.user_pool_id)
        CfnOutput(self, "UserPoolClientId", value=self.identity.people.user_pool_client_id)
        CfnOutput(self, "SignInUrl", value=sign_in_url(environment))
        CfnOutput(self, "SystemsClientId", value=self.identity.systems.user_pool_client_id)

    def _export(self) -> None:
        """Export what the application stack uses or used, whether or not this release still does."""
        identity, arrivals = self.identity, self.arrivals
        for value in (
            self.table.table_name,
            self.table.table_arn,
            self.table.table_stream_arn,
            self.encryption.key.key_arn,
            self.documents.bucket_name,
            identity.pool.user_pool_id,
            identity.pool.user_pool_arn,
            identity.api.user_pool_resource_server_id,
            identity.people.user_pool_client_id,
            identity.systems.user_pool_client_id,
            arrivals.queue.queue_arn,
            arrivals.queue.queue_url,
            arrivals.queue.queue_name,
            arrivals.dead_letters.queue.queue_name,
        ):
            self.export_value(value)
