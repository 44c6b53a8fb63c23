"""The key of a stack, and who may use it for what.

One customer-managed key per stack: who may not use it reads nothing, whatever else a mistake lets them do. A box
gets the two or three actions its use needs, and only through the service it uses; AWS services that write to our
queues on their own behalf are named in the key's policy, for this account's doings only.
"""

from dataclasses import dataclass

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra_cdk.environment import Environment

READ = ("kms:Decrypt",)
WRITE = ("kms:GenerateDataKey", "kms:Decrypt")  # a queue, a topic and a multipart upload decrypt what they write


@dataclass(frozen=True)
class Guard:
    """What everything in a stack is kept with: the stack's key, and TLS only where there is TLS."""

    key: kms.Key
    tls_only: bool

    def lets_through(self, grantee: iam.IGrantable, *actions: str, service: str) -> None:
        """The grantee may use the key when that service (``s3``, ``dynamodb``…) asks in its name."""
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=list(actions),
                resources=[self.key.key_arn],
                conditions={"StringEquals": {"kms:ViaService": f"{service}.{Aws.REGION}.amazonaws.com"}},
            )
        )

    def lets_service(self, principal: str) -> None:
        """An AWS service may write to what the key guards, for this account."""
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid=f"LetWrite{principal.split('.', maxsplit=1)[0].capitalize()}",
                principals=[iam.ServicePrincipal(principal)],
                actions=list(WRITE),
                resources=["*"],  # in a key's own policy "*" is that key
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )


def guard(scope: Construct, construct_id: str, environment: Environment, *, description: str) -> Guard:
    """The stack's key, turned every year, and never gone at once: deleting it would delete all it guards."""
    key = kms.Key(
        scope,
        construct_id,
        description=description,
        enable_key_rotation=True,
        pending_window=Duration.days(30 if environment.keeps_data else 7),
        removal_policy=RemovalPolicy.RETAIN if environment.keeps_data else RemovalPolicy.DESTROY,
    )
    return Guard(key, environment.tls_only)
