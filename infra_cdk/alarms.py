"""Every alarm, the SNS topic it publishes to, and the section of docs/runbooks.md that says what to do about it.

A *detail* is a metric alarm without an action: one queue, one function. What rings is a plain alarm, or a composite
alarm over details that ask a person for the same thing. No alarm acts when it ends: CloudWatch would also act when a
new alarm leaves INSUFFICIENT_DATA, so each would send a message at the first deployment.
"""

from collections.abc import Collection, Mapping

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
from infra_cdk.second_copy import REPLICATION_RULE, vault_name

_ABOVE = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
_BELOW = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
_MINUTE, _FIVE_MINUTES, _HOUR, _DAY = Duration.minutes(1), Duration.minutes(5), Duration.hours(1), Duration.days(1)
_all = cloudwatch.AlarmRule.all_of
_any = cloudwatch.AlarmRule.any_of

SCHEDULED = (
    "sync_ten_minutes",
    "sync_nightly",
    "credential_probe",
    "email_digest",
    "webhook_delivery",
    "message_delivery",
    "tracking_sync",
)
"""Functions with a schedule. A failed start is retried twice, minutes later."""

READERS = ("upload_intake", "archive_intake", "textract_ocr", "submission", "page_pictures")
"""Functions that open PDFs and ZIPs: they measure how their child processes end."""

DEAD_LETTERS = {
    "invoices": (
        ("Intake", "Archive", "Ocr", "TextractCompletion", "Resolution", "Submission"),
        "Invoices have stopped on their way: a message failed five times. Nothing is lost or sent twice. Find the cause"
        " in the log, correct it, send the messages back",
    ),
    "suppliers": (
        ("Tracking", "CredentialProbe", "Removal", "Lesson"),
        "A retrieval, a trial of credentials, a removal or the learning of a layout has failed five times for a"
        " supplier. It can wait for the morning: find the cause in the log, correct it, send the messages back",
    ),
    "outgoing": (
        ("Webhook", "Digest", "EmailFeedback", "Delivery"),
        "Webhooks, e-mails or messages between structures are not delivered: a message failed five times. Find the"
        " cause in the log, correct it, send the messages back",
    ),
    "changes": (
        ("Notices", "MessageChanges"),
        "Changes of the table were not announced, and can be sent back for 24 hours only. Act today",
    ),
    "starts": (
        (
            "EveryTenMinutes",
            "EveryTenMinutesTracking",
            "EveryTenMinutesWebhooks",
            "EveryTenMinutesDigests",
            "EveryTenMinutesMailings",
            "EveryNight",
            "EveryMorning",
        ),
        "A scheduled function could not be started. The next start does its work; find out why this one failed",
    ),
}
"""The queues of dead letters by what a person does about them: the queues' names, and what the alarm says."""

_PATIENCE = {"Tracking": Duration.hours(6), "CredentialProbe": Duration.hours(6)}
"""How long a queue's oldest message may wait, where it is more than an hour: these are filled at once, at night."""

_SETTLED_AFTER = Duration.hours(28)
"""The age of an installation at which each daily schedule has run: a day of 25 hours, and the start of each hour."""


def measured(
    environment: Environment, name: str, function: str, statistic: str, period: Duration, **dimensions: str
) -> cloudwatch.Metric:
    """A metric that a function publishes itself; the function's name is one of its dimensions."""
    return cloudwatch.Metric(
        namespace=environment.metrics,
        metric_name=name,
        dimensions_map={"service": function, **dimensions},
        statistic=statistic,
        period=period,
    )


class Alarms(Construct):
    """The topic of alarms with its subscribers, and every alarm of the installation.

    `ringing` are those that publish to the topic, `details` the others.
    """

    def __init__(
        self, scope: Construct, construct_id: str, environment: Environment, *, encryption: Encryption
    ) -> None:
        super().__init__(scope, construct_id)
        self._environment = environment
        self.topic = self._topic(encryption)
        self.ringing: list[cloudwatch.IAlarm] = []
        self.details: list[cloudwatch.IAlarm] = []

    def of_queues(self, queues: Mapping[str, WorkQueue], dead_letters: Mapping[str, DeadLetters]) -> None:
        """Dead letters, and messages that wait too long. A queue of dead letters without a group is an error."""
        each_in_one_group(dead_letters)
        for group, (names, says) in DEAD_LETTERS.items():
            self._rings_for_any(
                f"dead letters of {group}",
                [self._dead_letters(name, dead_letters[name]) for name in names],
                says=says,
                runbook="dead-letters",
            )
        self._rings_for_any(
            "late work",
            [self._old_messages(name, queue) for name, queue in queues.items()],
            says="Work is late, not lost: a queue fills faster than it is emptied. See on the dashboard which one and"
            " whether its function fails; if the portal is slow, wait",
            runbook="old-messages",
        )

    def of_functions(self, functions: Mapping[str, lambda_.IFunction]) -> None:
        """A function crashes, is throttled or is late with the table's changes."""
        self._rings_for_any(
            "crashes",
            [self._errors(name, function) for name, function in functions.items()],
            says="A function crashed or ran out of time several times. After a deployment: roll it back. Otherwise"
            " find the document in its log",
            runbook="function-fails",
        )
        self._rings_for_any(
            "throttles",
            [self._throttles(name, function) for name, function in functions.items()],
            says="A function was throttled for a quarter of an hour: the account's concurrency is used up. Work is late"
            " and callers get 503. Ask AWS for a higher quota",
            runbook="function-throttled",
        )
        for name in ("notifier", "message_delivery"):
            self._rings(
                self._detail(
                    f"stream age {name}",
                    functions[name].metric("IteratorAge", period=_FIVE_MINUTES, statistic="Maximum"),
                    above=Duration.minutes(15).to_milliseconds(),
                    says=f"{name} is more than 15 minutes behind the table's changes; after 24 hours changes are lost."
                    " Correct what fails; if nothing fails, it catches up",
                    runbook="stream-late",
                )
            )

    def of_schedules(self, functions: Mapping[str, lambda_.Function]) -> None:
        """A scheduled function did not start, or a supplier's invoices were not retrieved.

        Without any start there is no metric, so missing data counts as late. A new installation has no data either:
        the alarm rings only when the ten-minute run was started in enough hours of the last week.
        """
        late = [
            self._late(
                "sync_ten_minutes", functions["sync_ten_minutes"], Duration.minutes(self._environment.sync_minutes), 3
            ),
            self._late("sync_nightly", functions["sync_nightly"], _HOUR, 26),
            self._late("credential_probe", functions["credential_probe"], _HOUR, 26),
        ]
        settled = self._detail(
            "settled",
            functions["sync_ten_minutes"].metric_invocations(period=_HOUR),
            above=0,
            periods=int(Duration.days(7).to_hours()),
            at_least=int(_SETTLED_AFTER.to_hours()),
            says=f"No problem: in the last week the ten-minute run was started in {_SETTLED_AFTER.to_hours():g} hours"
            " or more, so a missing daily start is one that should have been",
            runbook="sync-late",
        )
        self._composite(
            "late starts",
            _all(settled, _any(*late)),
            says="A scheduled function has not started for too long: invoices are not sent, or not retrieved. Enable"
            " the schedule, or run the function by hand",
            runbook="sync-late",
        )
        self._rings(
            self._detail(
                "retrieval lag",
                measured(self._environment, "RetrievalLag", "tracking_sync", "Maximum", _HOUR),
                above=Duration.hours(26).to_seconds(),
                says="A supplier's invoices could not be retrieved from the portal for more than 26 hours. It can wait"
                " for the morning: look at the supplier's portal calls and credentials",
                runbook="sync-late",
            )
        )

    def of_the_portal_and_the_api(self, api: apigateway.HttpApi, faults: cloudwatch.Metric) -> None:
        """The portal does not answer; the API answers with errors of its own.

        A 503 says that the portal or an AWS service is unavailable. It rings when most requests get it while the portal
        works; an outage of the portal has its own alarm.
        """
        errors = self._detail(
            "api errors",
            faults,
            above=4,
            says="The API answered five requests within five minutes with an error of its own (5xx, but not 503)",
            runbook="api-fails",
        )
        unavailable = self._detail(
            "api unavailable",
            api.metric_server_error(period=_FIVE_MINUTES, statistic="Average"),  # the share of all requests
            above=0.5,
            periods=3,
            says="More than half of the API's answers within 15 minutes were a 5xx",
            runbook="api-fails",
        )
        self._composite(
            "api fails",
            _any(errors, _all(unavailable, cloudwatch.AlarmRule.not_(self._portal_down()))),
            says="The API answers with errors of its own. After a deployment: roll it back. Otherwise the access log"
            " says which routes, and the functions' log why",
            runbook="api-fails",
        )

    def of_invoices(self) -> None:
        """What the functions measure of invoices and suppliers' credentials."""
        for channel, patience in (("pdf", Duration.hours(1)), ("flow", Duration.hours(26))):
            self._rings(
                self._detail(
                    f"in doubt {channel}",
                    measured(self._environment, "InDoubtAge", "submission", "Maximum", _HOUR, channel=channel),
                    above=patience.to_seconds(),
                    says=f"An invoice sent as a {channel} has been in doubt for more than {patience.to_hours():g} hours"
                    ". Never send it again by hand; see why the portal was not asked or did not judge it",
                    runbook="in-doubt",
                )
            )
        self._rings(
            self._detail(
                "held long",
                measured(self._environment, "HeldAge", "submission", "Maximum", _HOUR),
                above=Duration.hours(26).to_seconds(),
                says="An invoice has been held for more than 26 hours though nothing is wrong with it. Its history says"
                " what it waits for",
                runbook="portal-down",
            )
        )
        self._rings(
            self._detail(
                "rejects",
                measured(self._environment, "Rejected", "notifier", "Average", _DAY),
                above=0.2,
                says="More than one invoice in five of the last day was refused or rejected. It can wait for the"
                " morning: one supplier, or a new rule of the portal",
                runbook="reject-rate",
            )
        )
        for about, says in (
            (
                "refused",
                "Chorus Pro or PISTE has begun to refuse a supplier's credentials: only its invoices wait",
            ),
            ("ending", "A supplier's technical account password ends soon: announced 15, 7, 3, 1 and 0 days before"),
        ):
            self._rings(
                self._detail(
                    f"credentials {about}",
                    measured(self._environment, "CredentialsAnnounced", "notifier", "Sum", _HOUR, about=about),
                    above=0,
                    says=f"{says}. Inform the supplier's administrator in the morning",
                    runbook="credentials",
                )
            )

    def of_readings(self) -> None:
        """The reading of a file failed by a fault of ours. What a file's size or shape ends is no alarm."""
        self._rings_for_any(
            "reading fails",
            [
                self._detail(
                    f"reading fails {function}",
                    measured(self._environment, "ReaderDeaths", function, "Sum", _HOUR, death="error"),
                    above=0,
                    says=f"The reader of {function} failed on a file by an error in its code",
                    runbook="reading-fails",
                )
                for function in READERS
            ],
            says="The reader failed on a file by an error in its code, and calls it unusable. It can wait for the"
            " morning: correct the line that the log names, then replay the document",
            runbook="reading-fails",
        )

    def of_emails(self) -> None:
        """Too many bounces or complaints: SES pauses the account's sending at 10 % and 0.5 %."""
        for name, rate, limit in (("BounceRate", "bounced", 0.05), ("ComplaintRate", "called spam", 0.001)):
            self._rings(
                self._detail(
                    f"email {name}",
                    cloudwatch.Metric(
                        namespace="AWS/SES", metric_name=f"Reputation.{name}", statistic="Maximum", period=_HOUR
                    ),
                    above=limit,
                    says=f"More than {limit:.1%} of the account's e-mails were {rate}; at a higher rate SES stops all"
                    " e-mail. Find the supplier whose addresses are bad",
                    runbook="email-reputation",
                )
            )

    def of_removals(self) -> None:
        """The removal of a supplier was requested and does not finish."""
        patience = Duration.hours(6)
        self._rings(
            self._detail(
                "removal unfinished",
                measured(self._environment, "RemovalAge", "credential_probe", "Maximum", _DAY),
                above=patience.to_seconds(),
                says=f"A supplier's removal was requested more than {patience.to_hours():g} hours ago and has not"
                " finished. It does not continue by itself: repeat the request",
                runbook="removal-unfinished",
            )
        )

    def of_the_second_copy(self, bucket_name: str) -> None:
        """The nightly copy of the table failed, or files are not replicated."""
        environment = self._environment
        vault = {"BackupVaultName": vault_name(environment)}
        replication = {
            "SourceBucket": bucket_name,
            "DestinationBucket": environment.second_copy_bucket.rsplit(":", 1)[1],
            "RuleId": REPLICATION_RULE,
        }
        self._rings_for_any(
            "second copy",
            [
                self._detail(
                    f"second copy {name}",
                    cloudwatch.Metric(
                        namespace=namespace,
                        metric_name=name,
                        dimensions_map=dimensions,
                        statistic="Sum",
                        period=_HOUR,
                    ),
                    above=0,
                    says=f"{name} of the second copy is not 0",
                    runbook="second-copy",
                )
                for namespace, name, dimensions in (
                    ("AWS/Backup", "NumberOfBackupJobsFailed", vault),
                    ("AWS/Backup", "NumberOfBackupJobsExpired", vault),
                    ("AWS/Backup", "NumberOfCopyJobsFailed", vault),
                    ("AWS/S3", "OperationsFailedReplication", replication),
                )
            ],
            says="The table's copy of the night failed, or files are not replicated. The installation works; its second"
            " copy is old. It can wait for the morning",
            runbook="second-copy",
        )

    def _dead_letters(self, name: str, letters: DeadLetters) -> cloudwatch.Alarm:
        return self._detail(
            f"dead letters {name}",
            letters.queue.metric_approximate_number_of_messages_visible(period=_MINUTE, statistic="Maximum"),
            above=0,
            says=f"Messages wait in the dead letters of {name}",
            runbook="dead-letters",
        )

    def _old_messages(self, name: str, queue: WorkQueue) -> cloudwatch.Alarm:
        patience = _PATIENCE.get(name, _HOUR)
        return self._detail(
            f"old messages {name}",
            queue.queue.metric_approximate_age_of_oldest_message(period=_FIVE_MINUTES, statistic="Maximum"),
            above=patience.to_seconds(),
            says=f"A message of {name} has waited for more than {patience.to_hours():g} h",
            runbook="old-messages",
        )

    def _errors(self, name: str, function: lambda_.IFunction) -> cloudwatch.Alarm:
        """The three attempts of a scheduled start can be more than five minutes apart, so these use an hour."""
        scheduled = name in SCHEDULED
        how_often = "twice within an hour" if scheduled else "three times within five minutes"
        return self._detail(
            f"errors {name}",
            function.metric_errors(period=_HOUR if scheduled else _FIVE_MINUTES),
            above=1 if scheduled else 2,
            says=f"{name} crashed or ran out of time {how_often}",
            runbook="function-fails",
        )

    def _throttles(self, name: str, function: lambda_.IFunction) -> cloudwatch.Alarm:
        return self._detail(
            f"throttles {name}",
            function.metric_throttles(period=_FIVE_MINUTES),
            above=10,
            periods=3,
            says=f"{name} was throttled more than ten times in each of three periods of five minutes",
            runbook="function-throttled",
        )

    def _late(self, name: str, function: lambda_.Function, period: Duration, periods: int) -> cloudwatch.Alarm:
        return self._detail(
            f"late {name}",
            function.metric_invocations(period=period),
            below=1,
            periods=periods,
            says=f"{name} has not run for {periods * period.to_minutes():g} minutes",
            runbook="sync-late",
            missing=cloudwatch.TreatMissingData.BREACHING,
        )

    def _portal_down(self) -> cloudwatch.Alarm:
        return self._rings(
            self._detail(
                "portal down",
                measured(self._environment, "BreakerOpened", "notifier", "Sum", _FIVE_MINUTES, scope="portal"),
                above=0,
                # it opens again with each failed probe, at most half an hour and one scheduled start apart
                periods=9,
                at_least=1,
                says="Chorus Pro does not answer: the circuit breaker of all suppliers is open and invoices are held."
                " As a rule there is nothing to do: they are sent when the portal is back",
                runbook="portal-down",
            )
        )

    def _detail(
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
    ) -> cloudwatch.Alarm:
        """A metric alarm without an action."""
        threshold = above if above is not None else below
        assert threshold is not None
        alarm = cloudwatch.Alarm(
            self,
            _construct_id(name),
            alarm_name=self._alarm_name(name),
            alarm_description=f"{says}: docs/runbooks.md#{runbook}",
            metric=metric,
            threshold=threshold,
            comparison_operator=_ABOVE if above is not None else _BELOW,
            evaluation_periods=periods,
            datapoints_to_alarm=at_least,
            treat_missing_data=missing,
        )
        self.details.append(alarm)
        return alarm

    def _rings(self, alarm: cloudwatch.Alarm) -> cloudwatch.Alarm:
        """Let a single metric alarm ring."""
        self.details.remove(alarm)
        self.ringing.append(alarm)
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        return alarm

    def _rings_for_any(self, name: str, details: Collection[cloudwatch.Alarm], *, says: str, runbook: str) -> None:
        self._composite(name, _any(*details), says=says, runbook=runbook)

    def _composite(self, name: str, rule: cloudwatch.IAlarmRule, *, says: str, runbook: str) -> None:
        alarm = cloudwatch.CompositeAlarm(
            self,
            _construct_id(name),
            composite_alarm_name=self._alarm_name(name),
            alarm_description=f"{says}: docs/runbooks.md#{runbook}",
            alarm_rule=rule,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        self.ringing.append(alarm)

    def _alarm_name(self, name: str) -> str:
        return f"chorus-connector-{self._environment.name} {name}"

    def _topic(self, encryption: Encryption) -> sns.ITopic:
        """The installation's own topic when one is configured; else a topic of this stack with at least one
        subscriber.
        """
        if self._environment.alarm_topic_arn:
            return sns.Topic.from_topic_arn(self, "Topic", self._environment.alarm_topic_arn)
        topic = sns.Topic(
            self,
            "Topic",
            topic_name=f"chorus-connector-{self._environment.name}-alarms",
            master_key=encryption.key,
            enforce_ssl=encryption.tls_only or None,
        )
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


def each_in_one_group(dead_letters: Collection[str]) -> None:
    """Raise ValueError unless every queue of dead letters belongs to exactly one group of `DEAD_LETTERS`."""
    grouped = [name for names, _ in DEAD_LETTERS.values() for name in names]
    if sorted(grouped) != sorted(dead_letters):
        raise ValueError(f"not in exactly one group of DEAD_LETTERS: {sorted(set(grouped) ^ set(dead_letters))}")


def _construct_id(name: str) -> str:
    return "".join(word.capitalize() for word in name.replace("_", " ").split())
