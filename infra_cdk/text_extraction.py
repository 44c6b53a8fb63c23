"""Textract's completion topic, and the role that Textract assumes to publish to it.

The completion queue is subscribed with raw delivery: a message's body is Textract's own JSON without an envelope.
"""

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra_cdk.encryption import WRITE, Encryption


class TextExtraction(Construct):
    """Textract's completion topic and role."""

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, completions: sqs.Queue, encryption: Encryption
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(
            self, "Completions", topic_name=name, master_key=encryption.key, enforce_ssl=encryption.tls_only or None
        )
        self._subscribe(completions, encryption)
        self.role = iam.Role(
            self,
            "TextractRole",
            description="Textract says here that a job is done",
            # Textract gives no ARN of one job in advance: its guide names this pattern of the account's jobs
            assumed_by=iam.ServicePrincipal(
                "textract.amazonaws.com",
                conditions={
                    "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                    "ArnLike": {"aws:SourceArn": f"arn:{Aws.PARTITION}:textract:{Aws.REGION}:{Aws.ACCOUNT_ID}:*"},
                },
            ),
        )
        self.role.add_to_policy(iam.PolicyStatement(actions=["sns:Publish"], resources=[self.topic.topic_arn]))
        encryption.allow_use(self.role, *WRITE, service="sns")

    def _subscribe(self, completions: sqs.Queue, encryption: Encryption) -> None:
        """Subscribe the queue. Not with CDK's SqsSubscription, which would allow every SNS topic to use the key."""
        completions.add_to_resource_policy(
            iam.PolicyStatement(
                sid="CompletionsFromOurTopic",
                principals=[iam.ServicePrincipal("sns.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[completions.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": self.topic.topic_arn}},
            )
        )
        encryption.allow_service("sns.amazonaws.com")
        sns.Subscription(
            self,
            "ToTheQueue",
            topic=self.topic,
            protocol=sns.SubscriptionProtocol.SQS,
            endpoint=completions.queue_arn,
            raw_message_delivery=True,
        )
