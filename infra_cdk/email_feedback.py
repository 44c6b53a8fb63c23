"""Bounces and complaints: SES reports them to EventBridge, a rule puts them into a queue.

SES itself sends no further e-mail to these addresses (the account's suppression list); the function that reads the
queue tells the supplier.
"""

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ses as ses
from constructs import Construct

from infra_cdk.encryption import Encryption
from infra_cdk.queues import WorkQueue


class EmailFeedback(Construct):
    """The configuration set that e-mails name, and the way of its events into the queue."""

    def __init__(
        self, scope: Construct, construct_id: str, *, queue: WorkQueue, configuration_set: str, encryption: Encryption
    ) -> None:
        super().__init__(scope, construct_id)
        made = ses.CfnConfigurationSet(
            self,
            "Set",
            name=configuration_set,
            suppression_options=ses.CfnConfigurationSet.SuppressionOptionsProperty(
                suppressed_reasons=["BOUNCE", "COMPLAINT"]
            ),
            reputation_options=ses.CfnConfigurationSet.ReputationOptionsProperty(reputation_metrics_enabled=True),
        )
        bus = events.EventBus.from_event_bus_name(self, "Bus", "default")
        destination = ses.CfnConfigurationSetEventDestination(
            self,
            "Events",
            configuration_set_name=configuration_set,
            event_destination=ses.CfnConfigurationSetEventDestination.EventDestinationProperty(
                enabled=True,
                matching_event_types=["bounce", "complaint"],
                event_bridge_destination=ses.CfnConfigurationSetEventDestination.EventBridgeDestinationProperty(
                    event_bus_arn=bus.event_bus_arn
                ),
            ),
        )
        destination.add_resource_dependency(made)
        rule = events.CfnRule(
            self,
            "Rule",
            event_pattern={
                "source": ["aws.ses"],
                "detail": {
                    "eventType": ["Bounce", "Complaint"],
                    "mail": {"tags": {"ses:configuration-set": [configuration_set]}},
                },
            },
            targets=[events.CfnRule.TargetProperty(arn=queue.queue.queue_arn, id="Queue")],
        )
        queue.queue.add_to_resource_policy(
            iam.PolicyStatement(
                sid="EventsOfOurRule",
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[queue.queue.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
            )
        )
        encryption.allow_service("events.amazonaws.com")
