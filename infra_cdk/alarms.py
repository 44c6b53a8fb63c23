"""Every alarm, the SNS topic it publishes to, and the section of docs/runbooks.md that says what to do about it.

Each alarm uses one metric: the local stack supports no metric math, and a plain alarm is easier to understand at night.
"""

from collections.abc import Mapping

from aws_cdk import Aws, CfnParameter, Duration
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra_cdk.encryption import Encryption
from infra_cdk.environment import Environment
from infra_cdk.queues import DeadLetters, WorkQueue

NAMESPACE = "ChorusConnector"
_ABOVE = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
_BELOW = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
_MINUTE, _FIVE_MINUTES, _HOUR, _DAY = Duration.minutes(1), Duration.minutes(5), Duration.hours(1), Duration.days(1)

SCHEDULED = (
    "sync_ten_minutes",
    "sync_nightly",
    "credential_probe",
    "email_digest",
    "webhook_delivery",
    "tracking_sync",
)
"""Functions with a schedule. A failed start is retried twice, minutes later."""

_OLDEST_MESSAGE = Duration.hours(1)


def measured(name: str, function: str, statistic: str, period: Duration, **dimensions: str) -> cloudwatch.Metric:
    """A metric that a function publishes itself; the function's name is one of its dimensions."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"service": function, **dimensions},
        statistic=statistic,
        period=period,
    )


class Alarms(Construct):
    """The topic of alarms with its subscribers, and every alarm of the installation."""

    def __init__(
        self, scope: Construct, construct_id: str, environment: Environment, *, encryption: Encryption
    ) -> None:
        super().__init__(scope, construct_id)
        self._environment = environment
        self.topic = self._topic(encryption)
        self.all: list[cloudwatch.Alarm] = []

    def of_queues(self, queues: Mapping[str, WorkQueue], dead_letters: Mapping[str, DeadLetters]) -> None:
        """Dead letters, and messages that wait too long."""
        for name, letters in dead_letters.items():
            self._alarm(
                f"dead letters {name}",
                letters.queue.metric_approximate_number_of_messages_visible(period=_MINUTE, statistic="Maximum"),
                above=0,
                says=f"Messages wait in the dead letters of {name}",
                runbook="dead-letters",
            )
        for name, queue in queues.items():
            self._alarm(
                f"old messages {name}",
                queue.queue.metric_approximate_age_of_oldest_message(period=_FIVE_MINUTES, statistic="Maximum"),
                above=_OLDEST_MESSAGE.to_seconds(),
                says=f"A message of {name} has waited for more than an hour",
                runbook="old-messages",
            )

    def of_functions(self, functions: Mapping[str, lambda_.Function]) -> None:
        """A function crashes or is throttled.

        The three attempts of a scheduled start can be more than five minutes apart, so these alarms use an hour.
        """
        for name, function in functions.items():
            scheduled = name in SCHEDULED
            how_often = "twice within an hour" if scheduled else "three times within five minutes"
            self._alarm(
                f"errors {name}",
                function.metric_errors(period=_HOUR if scheduled else _FIVE_MINUTES),
                above=1 if scheduled else 2,
                says=f"{name} crashed or ran out of time {how_often}",
                runbook="function-fails",
            )
            self._alarm(
                f"throttles {name}",
                function.metric_throttles(period=_FIVE_MINUTES),
                above=10,
                periods=3,
                says=f"{name} was throttled more than ten times in each of three periods of five minutes",
                runbook="function-throttled",
            )
        for name in ("notifier", "message_delivery"):
            self._alarm(
                f"stream age {name}",
                functions[name].metric("IteratorAge", period=_FIVE_MINUTES, statistic="Maximum"),
                above=Duration.minutes(15).to_milliseconds(),
                says=f"{name} is more than 15 minutes behind the table's changes",
                runbook="stream-late",
            )

    def of_schedules(self, functions: Mapping[str, lambda_.Function]) -> None:
        """A scheduled function did not start.

        Without any start there is no metric: missing data raises the alarm too.
        """
        schedule = Duration.minutes(self._environment.sync_minutes)
        for name, period, periods, how_long in (
            ("sync_ten_minutes", schedule, 3, f"{3 * self._environment.sync_minutes} minutes"),
            ("sync_nightly", _HOUR, 26, "26 hours"),
            ("credential_probe", _HOUR, 26, "26 hours"),
        ):
            self._alarm(
                f"late {name}",
                functions[name].metric_invocations(period=period),
                below=1,
                periods=periods,
                says=f"{name} has not run for {how_long}",
                runbook="sync-late",
                missing=cloudwatch.TreatMissingData.BREACHING,
            )
        self._alarm(
            "retrieval lag",
            measured("RetrievalLag", "tracking_sync", "Maximum", _HOUR),
            above=Duration.hours(26).to_seconds(),
            says="A supplier's invoices could not be retrieved from the portal for more than 26 hours",
            runbook="sync-late",
        )

    def of_the_api(self, api: apigateway.HttpApi) -> None:
        """The API answers with errors of its own."""
        self._alarm(
            "api errors",
            api.metric_server_error(period=_FIVE_MINUTES, statistic="Sum"),
            above=4,
            says="The API answered five requests within five minutes with an error of its own (5xx)",
            runbook="api-fails",
        )

    def of_invoices(self) -> None:
        """What the functions measure of invoices, the portal and suppliers' credentials."""
        for channel, patience in (("pdf", Duration.hours(1)), ("flow", Duration.hours(26))):
            self._alarm(
                f"in doubt {channel}",
                measured("InDoubtAge", "submission", "Maximum", _HOUR, channel=channel),
                above=patience.to_seconds(),
                says=f"An invoice sent as a {channel} has been in doubt for more than {patience.to_hours():g} hours",
                runbook="in-doubt",
            )
        self._alarm(
            "held long",
            measured("HeldAge", "submission", "Maximum", _HOUR),
            above=Duration.hours(26).to_seconds(),
            says="An invoice has been held for more than 26 hours though nothing is wrong with it",
            runbook="portal-down",
        )
        self._alarm(
            "portal down",
            measured("BreakerOpened", "notifier", "Sum", _FIVE_MINUTES, scope="portal"),
            above=0,
            # it opens again with each failed probe, at most half an hour and one scheduled start apart
            periods=9,
            at_least=1,
            says="Chorus Pro does not answer: the circuit breaker of all suppliers is open and invoices are held",
            runbook="portal-down",
        )
        self._alarm(
            "rejects",
            measured("Rejected", "notifier", "Average", _DAY),
            above=0.2,
            says="More than one invoice in five of the last day was refused or rejected",
            runbook="reject-rate",
        )
        self._alarm(
            "credentials refused",
            measured("CredentialsAnnounced", "notifier", "Sum", _HOUR, about="refused"),
            above=0,
            says="Chorus Pro or PISTE has begun to refuse the credentials of a supplier",
            runbook="credentials",
        )
        self._alarm(
            "credentials ending",
            measured("CredentialsAnnounced", "notifier", "Sum", _HOUR, about="ending"),
            above=0,
            says="A supplier's technical account password ends soon: announced 15, 7, 3, 1 and 0 days before",
            runbook="credentials",
        )

    def of_readings(self) -> None:
        """The reading of a file failed by a fault of ours. What a file's size or shape ends is no alarm."""
        self._alarm(
            "reading fails",
            measured("ReaderDeaths", "textract_ocr", "Sum", _HOUR, death="error"),
            above=0,
            says="The reader failed on a file by an error in its code, and calls it unusable",
            runbook="reading-fails",
        )

    def of_emails(self) -> None:
        """Too many bounces or complaints: SES pauses the account's sending at 10 % and 0.5 %."""
        for name, rate, limit in (("BounceRate", "bounced", 0.05), ("ComplaintRate", "called spam", 0.001)):
            self._alarm(
                f"email {name}",
                cloudwatch.Metric(
                    namespace="AWS/SES", metric_name=f"Reputation.{name}", statistic="Maximum", period=_HOUR
                ),
                above=limit,
                says=f"More than {limit:.1%} of the account's e-mails were {rate}",
                runbook="email-reputation",
            )

    def of_removals(self) -> None:
        """The removal of a supplier was requested and does not finish."""
        patience = Duration.hours(6)
        self._alarm(
            "removal unfinished",
            measured("RemovalAge", "credential_probe", "Maximum", _DAY),
            above=patience.to_seconds(),
            says=f"A supplier's removal was requested more than {patience.to_hours():g} hours ago and has not finished",
            runbook="removal-unfinished",
        )

    def _alarm(
        self,
        name: str,
        metric: cloudwatch.Metric,
        *,
        says: str,
        runbook: str,
        above: float | None = None,
        below: float | None = None,
        periods: int = 1,
        at_least: int | None = None,
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> None:
        threshold = above if above is not None else below
        assert threshold is not None
        alarm = cloudwatch.Alarm(
            self,
            "".join(word.capitalize() for word in name.replace("_", " ").split()),
            alarm_name=f"chorus-connector-{self._environment.name} {name}",
            alarm_description=f"{says}: docs/runbooks.md#{runbook}",
            metric=metric,
            threshold=threshold,
            comparison_operator=_ABOVE if above is not None else _BELOW,
            evaluation_periods=periods,
            datapoints_to_alarm=at_least,
            treat_missing_data=missing,
        )
        action = actions.SnsAction(self.topic)
        alarm.add_alarm_action(action)
        alarm.add_ok_action(action)
        self.all.append(alarm)

    def _topic(self, encryption: Encryption) -> sns.ITopic:
        """The installation's own topic when one is configured; else a topic of this stack with at least one
        subscriber.
        """
        if self._environment.alarm_topic_arn:
            return sns.Topic.from_topic_arn(self, "Topic", self._environment.alarm_topic_arn)
        topic = sns.Topic(self, "Topic", master_key=encryption.key, enforce_ssl=encryption.tls_only or None)
        encryption.allow_service("cloudwatch.amazonaws.com")
        # explicit, because a topic policy of our own (which refuses plain HTTP) replaces the default one
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisAccount",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
        for address in self._environment.alarm_emails:
            topic.add_subscription(subscriptions.EmailSubscription(address))
        if self._environment.keeps_data and not self._environment.alarm_emails:
            reader = CfnParameter(
                self, "Email", description="Who is told of alarms. No default: an alarm must have a reader"
            )
            reader.override_logical_id("AlarmEmail")
            topic.add_subscription(subscriptions.EmailSubscription(reader.value_as_string))
        return topic
