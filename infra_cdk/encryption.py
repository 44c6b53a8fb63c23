"""The encryption key of a stack, and who may use it.

One customer-managed key per stack: a principal without permission on the key reads nothing, even if another permission
is too wide. A function gets the key actions it needs, and only through the AWS service it uses. The key policy names
the AWS services that write to our queues themselves, restricted to this account.
"""

from dataclasses import dataclass

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra_cdk.environment import Environment

READ = ("kms:Decrypt",)
WRITE = ("kms:GenerateDataKey", "kms:Decrypt")  # sending to a queue or a topic, and a multipart upload, also decrypt


@dataclass(frozen=True)
class Encryption:
    """How a stack protects its data: the stack's key, and TLS only (except on the local stack)."""

    key: kms.Key
    tls_only: bool

    def allow_use(self, grantee: iam.IGrantable, *actions: str, service: str) -> None:
        """Allow the grantee to use the key through that service (``s3``, ``dynamodb``…)."""
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=list(actions),
                resources=[self.key.key_arn],
                conditions={"StringEquals": {"kms:ViaService": f"{service}.{Aws.REGION}.amazonaws.com"}},
            )
        )

    def allow_service(self, principal: str) -> None:
        """Allow an AWS service to write to resources encrypted with the key, for this account."""
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid=f"LetWrite{principal.split('.', maxsplit=1)[0].capitalize()}",
                principals=[iam.ServicePrincipal(principal)],
                actions=list(WRITE),
                resources=["*"],  # in a key's own policy "*" is that key
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )


def stack_encryption(scope: Construct, construct_id: str, environment: Environment, *, description: str) -> Encryption:
    """The stack's key, rotated every year.

    Its deletion has a waiting period, because it would make all data unreadable.
    """
    key = kms.Key(
        scope,
        construct_id,
        description=description,
        enable_key_rotation=True,
        pending_window=Duration.days(30 if environment.keeps_data else 7),
        removal_policy=RemovalPolicy.RETAIN if environment.keeps_data else RemovalPolicy.DESTROY,
    )
    return Encryption(key, environment.tls_only)
