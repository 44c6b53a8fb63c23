"""What Textract needs besides us: a topic to say that a job is done, and the role it takes to say so.

The completion queue is subscribed with raw delivery: a record's body is Textract's own JSON, no envelope.
"""

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra_cdk.environment import Environment


class TextExtraction(Construct):
    """Textract's completion topic and role."""

    def __init__(
        self, scope: Construct, construct_id: str, environment: Environment, *, completions: sqs.Queue
    ) -> None:
        super().__init__(scope, construct_id)
        # Not encrypted with a key of ours: Textract's role would need the key too, and the message
        # holds a job id and a place in our private bucket, never what was read.
        self.topic = sns.Topic(self, "Completions", enforce_ssl=environment.tls_only or None)
        self.topic.add_subscription(subscriptions.SqsSubscription(completions, raw_message_delivery=True))
        self.role = iam.Role(
            self,
            "TextractRole",
            description="Textract says here that a job is done",
            assumed_by=iam.ServicePrincipal(
                "textract.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
            ),
        )
        self.topic.grant_publish(self.role)
