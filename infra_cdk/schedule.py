"""Schedules in French time. Starts that failed go to a dead-letter queue with an alarm."""

from typing import cast

from aws_cdk import Aws, Duration, Stack, TimeZone
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct

from infra_cdk.encryption import Encryption
from infra_cdk.functions import live
from infra_cdk.queues import DeadLetters

SYNC_TIMEOUT = Duration.minutes(5)  # of scheduled functions, which only queue work


class _Scheduled(Construct):
    """An EventBridge schedule that invokes the function with the scheduled time and the execution's id."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        function: lambda_.Function,
        *,
        name: str,
        expression: str,
        max_age: Duration,
        encryption: Encryption,
    ) -> None:
        super().__init__(scope, construct_id)
        self.group = _group_of(Stack.of(self))
        self.missed = DeadLetters(self, "Missed", name=name, encryption=encryption)
        role = iam.Role(
            self,
            "Role",
            description="Starts one box by the clock",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={
                    "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                    "ArnEquals": {"aws:SourceArn": self.group.schedule_group_arn},
                },
            ),
        )
        alias = live(function)
        role.add_to_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[alias.function_arn]))
        self.missed.grant_send(role)
        self.schedule = scheduler.Schedule(
            self,
            "Schedule",
            schedule_group=self.group,
            schedule=scheduler.ScheduleExpression.expression(expression, TimeZone.EUROPE_PARIS),
            time_window=scheduler.TimeWindow.off(),
            target=targets.LambdaInvoke(
                alias,
                role=role.without_policy_updates(),  # CDK's policy would include every version of the function
                input=scheduler.ScheduleTargetInput.from_object(
                    {
                        "scheduled_time": scheduler.ContextAttribute.scheduled_time,
                        "execution_id": scheduler.ContextAttribute.execution_id,
                    }
                ),
                dead_letter_queue=self.missed.queue,
                max_event_age=max_age,
                retry_attempts=2,
            ),
        )


class EveryMinutes(_Scheduled):
    """Every so many minutes. A late start is dropped once the next one is due."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        function: lambda_.Function,
        *,
        name: str,
        minutes: int,
        encryption: Encryption,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            function,
            name=name,
            expression=f"rate({minutes} minutes)",
            max_age=Duration.minutes(max(minutes, 1)),
            encryption=encryption,
        )


class EveryTenMinutesOf(_Scheduled):
    """Every ten minutes of these hours of each day, French time, ``until`` excluded.

    A late start is dropped: the next one does its work. Raises ValueError for hours that are not of one day.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        function: lambda_.Function,
        *,
        name: str,
        hour: int,
        until: int,
        encryption: Encryption,
    ) -> None:
        if not 0 <= hour < until <= 24:
            raise ValueError(f"{construct_id}: from {hour} to {until} are no hours of one day")
        super().__init__(
            scope,
            construct_id,
            function,
            name=name,
            expression=f"cron(0/10 {hour}-{until - 1} * * ? *)",
            max_age=Duration.minutes(10),
            encryption=encryption,
        )


def _group_of(stack: Stack) -> scheduler.ScheduleGroup:
    """The stack's own group of schedules. A role can trust a group and no single schedule (EventBridge's guide)."""
    made = stack.node.try_find_child("Schedules") or scheduler.ScheduleGroup(stack, "Schedules")
    return cast(scheduler.ScheduleGroup, made)
