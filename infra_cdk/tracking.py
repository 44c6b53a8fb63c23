"""Tracking: the statuses of invoices at the portal, polled at night and when due, one supplier per message."""

from aws_cdk import Duration

from infra_cdk.function_builder import FunctionBuilder
from infra_cdk.queues import WorkQueue
from infra_cdk.schedule import SYNC_TIMEOUT
from infra_cdk.tenant_role import OF_THE_DIRECTORY

TRACKING_TIMEOUT = Duration.minutes(5)  # an unfinished run continues ten minutes later


class Tracking:
    """The functions sync_nightly and tracking_sync."""

    def __init__(self, builder: FunctionBuilder, lessons: WorkQueue) -> None:
        self.tracking = builder.queue("Tracking", TRACKING_TIMEOUT)
        self._sync_nightly(builder)
        self._tracking_sync(builder, lessons)

    def _sync_nightly(self, builder: FunctionBuilder) -> None:
        function = builder.function(
            "sync_nightly",
            timeout=SYNC_TIMEOUT,
            memory=512,
            variables={
                "TRACKING_QUEUE_URL": self.tracking.queue.queue_url,
                "HAND_OUT_UNTIL": str(builder.environment.nightly_until),
            },
        )
        builder.may.hand_out(function, "NIGHT")
        self.tracking.grant_send(function)
        builder.every_ten_minutes_of(
            "EveryNight",
            function,
            hour=builder.environment.nightly_hour,
            until=builder.environment.nightly_until,
        )

    def _tracking_sync(self, builder: FunctionBuilder, lessons: WorkQueue) -> None:
        function = builder.function(
            "tracking_sync",
            timeout=TRACKING_TIMEOUT,
            memory=1024,
            variables={
                "LESSON_QUEUE_URL": lessons.queue.queue_url,
                "TRACKING_QUEUE_URL": self.tracking.queue.queue_url,
                **builder.portal,
            },
        )
        builder.may.hand_out(function, "LOOK")
        self.tracking.grant_send(function)
        lessons.grant_send(function)  # a rejected document teaches no more
        builder.may.use_the_directory(function)
        builder.may.act_for_one_supplier(function, shared=builder.breakers, reads=[OF_THE_DIRECTORY])
        builder.may.read_credentials(function)
        builder.consume(function, self.tracking, batch_size=1, copies=builder.environment.tracking_concurrency)
        builder.every_minutes("EveryTenMinutesTracking", function, minutes=builder.environment.sync_minutes)
