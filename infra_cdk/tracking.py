"""Tracking: the statuses of invoices at the portal, polled at night and when due, one supplier per message."""

from aws_cdk import Duration

from infra_cdk.function_builder import FunctionBuilder
from infra_cdk.schedule import SYNC_TIMEOUT
from infra_cdk.tenant_role import OF_THE_DIRECTORY

TRACKING_TIMEOUT = Duration.minutes(5)  # an unfinished run continues ten minutes later


class Tracking:
    """The functions sync_nightly and tracking_sync."""

    def __init__(self, builder: FunctionBuilder) -> None:
        self.tracking = builder.queue("Tracking", TRACKING_TIMEOUT)
        self._sync_nightly(builder)
        self._tracking_sync(builder)

    def _sync_nightly(self, builder: FunctionBuilder) -> None:
        function = builder.function(
            "sync_nightly",
            timeout=SYNC_TIMEOUT,
            memory=512,
            variables={"TRACKING_QUEUE_URL": self.tracking.queue.queue_url},
        )
        builder.may.see_what_is_due(function)
        self.tracking.grant_send(function)
        builder.every_day(
            "EveryNight",
            function,
            hour=builder.environment.nightly_hour,
            minute=builder.environment.nightly_minute,
        )

    def _tracking_sync(self, builder: FunctionBuilder) -> None:
        function = builder.function(
            "tracking_sync",
            timeout=TRACKING_TIMEOUT,
            memory=1024,
            variables={
                "TRACKING_QUEUE_URL": self.tracking.queue.queue_url,
                **builder.portal,
            },
        )
        builder.may.use_the_directory(function)
        builder.may.act_for_one_supplier(function, shared=builder.breakers, reads=[OF_THE_DIRECTORY])
        builder.may.read_credentials(function)
        # few suppliers at a time: the night's runs are spread over it
        builder.consume(function, self.tracking, batch_size=1, copies=builder.environment.submission_concurrency)
