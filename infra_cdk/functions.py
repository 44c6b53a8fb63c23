"""The boxes: one Lambda function per folder of functions/, under the folder's name everywhere.

A box starts with no permission but its own log; the stack grants the rest, one line per thing it may touch.
"""

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra_cdk.environment import Environment
from infra_cdk.rules import excepted

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64
RETENTION = {
    1: logs.RetentionDays.ONE_DAY,
    7: logs.RetentionDays.ONE_WEEK,
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
}


class Box(Construct):
    """One function: `functions/<box>/handler.py`, its role, its log and the environment every box has."""

    def __init__(
        self,
        scope: Construct,
        box: str,
        environment: Environment,
        *,
        source: Path,
        layer: lambda_.ILayerVersion,
        timeout: Duration,
        memory: int,
        variables: Mapping[str, str],
        reserved_concurrency: int | None = None,
        hands_itself_the_rest: bool = False,
    ) -> None:
        super().__init__(scope, box)
        name = f"chorus-connector-{environment.name}-{box}"
        log = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/lambda/{name}",
            retention=RETENTION[environment.log_retention_days],
            removal_policy=RemovalPolicy.DESTROY,
        )
        # Not the managed policy CDK would attach: it may write to every log of the account.
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log.grant_write(role)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            handler="handler.lambda_handler",
            code=lambda_.Code.from_asset(str(source / box)),
            layers=[layer],
            role=role,
            log_group=log,
            timeout=timeout,
            memory_size=memory,
            reserved_concurrent_executions=reserved_concurrency,
            # AWS would end such a chain after sixteen rounds, as a loop that nobody meant
            recursive_loop=lambda_.RecursiveLoop.ALLOW if hands_itself_the_rest else None,
            environment={
                "ENVIRONMENT": environment.name,
                "LOG_LEVEL": environment.log_level,
                "PYDANTIC_DISABLE_PLUGINS": "__all__",  # else every start looks through every distribution for one
                "POWERTOOLS_SERVICE_NAME": box,
                "POWERTOOLS_METRICS_NAMESPACE": "ChorusConnector",
                **variables,
            },
        )
        excepted(
            self.function, "L1", because="The layer is built and tested for 3.13, which AWS supports until June 2029"
        )
