"""One dashboard for three questions: does it work, for which suppliers not, what does it cost.

Questions about suppliers query the logs: a supplier is a field of a log line, never a dimension of a metric.
"""

from collections.abc import Mapping, Sequence

from aws_cdk import Aws, Duration
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra_cdk.alarms import READERS, Alarms, measured
from infra_cdk.environment import Environment
from infra_cdk.notifications import NOTIFIED_STATES
from infra_cdk.queues import WorkQueue

_PERIOD = Duration.minutes(5)
_HOUR = Duration.hours(1)


class Dashboard(Construct):
    """The installation's one dashboard."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        environment: Environment,
        *,
        alarms: Alarms,
        api: apigateway.HttpApi,
        functions: Mapping[str, lambda_.IFunction],
        queues: Mapping[str, WorkQueue],
        table: dynamodb.Table,
    ) -> None:
        super().__init__(scope, construct_id)
        self._functions = functions
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=f"chorus-connector-{environment.name}",
            default_interval=Duration.days(1),
            widgets=[
                [_title("Is it working?")],
                [
                    cloudwatch.AlarmStatusWidget(title="What rings", alarms=alarms.ringing, width=12, height=9),
                    cloudwatch.AlarmStatusWidget(
                        title="Details: which queue, which function", alarms=alarms.details, width=12, height=9
                    ),
                ],
                [_documents(environment), _statuses(environment), _pace(environment, functions["sync_ten_minutes"])],
                [_requests(api), _waiting(queues)],
                [self._portal_calls(), self._portal_statuses()],
                [_title("For whom not?")],
                [self._stuck(), self._portal_errors()],
                [self._failures(), self._refused_keys()],
                [_title("What does it cost?")],
                [self._compute(), _ocr(environment), _table(table)],
            ],
        )

    # By supplier: each log line names one.

    def _stuck(self) -> cloudwatch.LogQueryWidget:
        return self._asked(
            "Documents that did not go through, by supplier",
            ("notifier",),
            "filter ispresent(Documents.0) and state in ['TO_COMPLETE', 'HELD', 'REFUSED', 'IN_DOUBT', 'UNUSABLE']",
            "stats count(*) as documents by supplier_id, state",
            "sort documents desc",
        )

    def _portal_errors(self) -> cloudwatch.LogQueryWidget:
        return self._asked(
            "What the portal answered other than yes, by supplier",
            ("submission", "resolution", "tracking_sync", "invoice_api", "credential_probe"),
            "filter message like /duration_ms=/ and message like /error=/",
            "parse message /^(?<operation>\\S+).* error=(?<error>\\S+)/",
            "stats count(*) as times by supplier_id, operation, error",
            "sort times desc",
        )

    def _failures(self) -> cloudwatch.LogQueryWidget:
        return self._asked(
            "Failures of ours, by box, place and supplier",
            tuple(self._functions),
            "filter level = 'ERROR'",
            "stats count(*) as times by service, error, at, supplier_id",
            "sort times desc",
        )

    def _refused_keys(self) -> cloudwatch.LogQueryWidget:
        return self._asked(
            "Suppliers whose credentials are refused or about to end",
            ("credential_probe",),
            "filter CredentialsRefused.0 > 0 or CredentialsDaysLeft.0 < 30",
            "stats max(CredentialsRefused.0) as refused, min(CredentialsDaysLeft.0) as days_left by supplier_id",
        )

    def _portal_calls(self) -> cloudwatch.LogQueryWidget:
        return self._asked(
            "The portal's answers, slowest first",
            ("submission", "resolution", "tracking_sync"),
            "filter message like /duration_ms=/",
            "parse message /^(?<operation>\\S+).* duration_ms=(?<took>\\d+)/",
            "stats count(*) as calls, avg(took) as mean_ms, pct(took, 95) as p95_ms by operation",
            "sort p95_ms desc",
        )

    def _portal_statuses(self) -> cloudwatch.LogQueryWidget:
        return self._asked(
            "What became of invoices at the portal",
            ("notifier",),
            "filter ispresent(PortalStatuses.0)",
            "stats count(*) as invoices by status",
            "sort invoices desc",
        )

    def _asked(self, title: str, names: Sequence[str], *lines: str) -> cloudwatch.LogQueryWidget:
        groups = [f"/aws/lambda/{self._functions[name].function_name}" for name in names]
        return cloudwatch.LogQueryWidget(
            title=title, log_group_names=groups, query_lines=[*lines, "limit 20"], width=12, height=7
        )

    # What it costs.

    def _compute(self) -> cloudwatch.GraphWidget:
        return _graph(
            "Seconds of compute by box",
            *(
                each.metric_duration(period=_HOUR, statistic="Sum", label=name)
                for name, each in self._functions.items()
            ),
            stacked=True,
        )


def _title(text: str) -> cloudwatch.TextWidget:
    return cloudwatch.TextWidget(markdown=f"# {text}", width=24, height=1)


def _graph(title: str, *left: cloudwatch.IMetric, stacked: bool = False, width: int = 8) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title=title, left=list(left), stacked=stacked, width=width, height=7, region=Aws.REGION
    )


def _documents(environment: Environment) -> cloudwatch.GraphWidget:
    states = (measured(environment, "Documents", "notifier", "Sum", _PERIOD, state=state) for state in NOTIFIED_STATES)
    return _graph("Documents, by the state they came to", *states, stacked=True)


def _statuses(environment: Environment) -> cloudwatch.GraphWidget:
    return _graph(
        "Refused or rejected (1 is all) · breakers opened · keys newly refused, ending · longest doubt, hold (s)",
        measured(environment, "Rejected", "notifier", "Average", _HOUR),
        measured(environment, "BreakerOpened", "notifier", "Sum", _PERIOD, scope="portal"),
        measured(environment, "BreakerOpened", "notifier", "Sum", _PERIOD, scope="supplier"),
        measured(environment, "CredentialsAnnounced", "notifier", "Sum", _PERIOD, about="refused"),
        measured(environment, "CredentialsAnnounced", "notifier", "Sum", _PERIOD, about="ending"),
        measured(environment, "InDoubtAge", "submission", "Maximum", _HOUR, channel="pdf"),
        measured(environment, "HeldAge", "submission", "Maximum", _HOUR),
        measured(environment, "RecipientNotCached", "resolution", "Sum", _HOUR),
    )


def _pace(environment: Environment, schedule: lambda_.IFunction) -> cloudwatch.GraphWidget:
    return _graph(
        "Seconds from upload to form · ticks · retrieval lag (s) · a supplier's end awaited (s) · readers ended",
        measured(environment, "SecondsToForm", "notifier", "p50", _HOUR),
        measured(environment, "SecondsToForm", "notifier", "p95", _HOUR),
        schedule.metric_invocations(period=_HOUR, label="ticks"),
        measured(environment, "RetrievalLag", "tracking_sync", "Maximum", _HOUR),
        measured(environment, "RemovalAge", "credential_probe", "Maximum", Duration.days(1)),
        *(
            measured(environment, "ReaderDeaths", reader, "Sum", _PERIOD, death=each)
            for reader in READERS
            for each in ("memory", "processor", "time", "crash", "error", "server")
        ),
    )


def _requests(api: apigateway.HttpApi) -> cloudwatch.GraphWidget:
    return _graph(
        "Requests · errors of the caller · errors of ours · p95 (ms)",
        api.metric_count(period=_PERIOD, statistic="Sum"),
        api.metric_client_error(period=_PERIOD, statistic="Sum"),
        api.metric_server_error(period=_PERIOD, statistic="Sum"),
        api.metric_latency(period=_PERIOD, statistic="p95"),
        width=12,
    )


def _waiting(queues: Mapping[str, WorkQueue]) -> cloudwatch.GraphWidget:
    return _graph(
        "Oldest message by queue (s)",
        *(
            each.queue.metric_approximate_age_of_oldest_message(period=_PERIOD, statistic="Maximum", label=name)
            for name, each in queues.items()
        ),
        width=12,
    )


def _ocr(environment: Environment) -> cloudwatch.GraphWidget:
    price = environment.textract_dollars_a_page
    return _graph(
        f"Pages sent to Textract ({price} $ each)", measured(environment, "OcrPages", "notifier", "Sum", _HOUR)
    )


def _table(table: dynamodb.Table) -> cloudwatch.GraphWidget:
    return _graph(
        "The table's units",
        table.metric_consumed_read_capacity_units(period=_HOUR, statistic="Sum"),
        table.metric_consumed_write_capacity_units(period=_HOUR, statistic="Sum"),
    )
