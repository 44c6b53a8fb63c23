"""A box that starts by the clock, in France's time zone, and whose missed ticks are kept and alarmed."""

from aws_cdk import Aws, Duration, TimeZone
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct

from infra_cdk.encryption import Guard
from infra_cdk.queues import DeadLetters

SYNC_TIMEOUT = Duration.minutes(5)  # of a box that hands out work by the clock


class _ByTheClock(Construct):
    """An EventBridge schedule that invokes the function with its time and the tick's id."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        function: lambda_.Function,
        *,
        expression: str,
        worth_for: Duration,
        guard: Guard,
    ) -> None:
        super().__init__(scope, construct_id)
        self.missed = DeadLetters(self, "Missed", guard=guard)
        role = iam.Role(
            self,
            "Role",
            description="Starts one box by the clock",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
            ),
        )
        role.add_to_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function.function_arn]))
        self.missed.grant_send(role)
        self.schedule = scheduler.Schedule(
            self,
            "Schedule",
            schedule=scheduler.ScheduleExpression.expression(expression, TimeZone.EUROPE_PARIS),
            time_window=scheduler.TimeWindow.off(),
            target=targets.LambdaInvoke(
                function,
                role=role.without_policy_updates(),  # CDK's would take in every version of the function
                input=scheduler.ScheduleTargetInput.from_object(
                    {
                        "scheduled_time": scheduler.ContextAttribute.scheduled_time,
                        "execution_id": scheduler.ContextAttribute.execution_id,
                    }
                ),
                dead_letter_queue=self.missed.queue,
                max_event_age=worth_for,
                retry_attempts=2,
            ),
        )


class EveryMinutes(_ByTheClock):
    """So often; a late tick is worth nothing once the next one is due."""

    def __init__(
        self, scope: Construct, construct_id: str, function: lambda_.Function, *, minutes: int, guard: Guard
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            function,
            expression=f"rate({minutes} minutes)",
            worth_for=Duration.minutes(max(minutes, 1)),
            guard=guard,
        )


class EveryDay(_ByTheClock):
    """At that hour and minute of France's day, summer and winter; worth doing an hour late."""

    def __init__(
        self, scope: Construct, construct_id: str, function: lambda_.Function, *, hour: int, minute: int, guard: Guard
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            function,
            expression=f"cron({minute} {hour} * * ? *)",
            worth_for=Duration.hours(1),
            guard=guard,
        )
