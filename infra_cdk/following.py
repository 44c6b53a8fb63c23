"""What becomes of invoices at the portal: retrieved at night, looked at when due, one supplier at a time."""

from aws_cdk import Duration

from infra_cdk.schedule import SYNC_TIMEOUT
from infra_cdk.workshop import Workshop

TRACKING_TIMEOUT = Duration.minutes(5)  # then the run is put aside and goes on with the next tick


class Following:
    """The boxes sync_nightly and tracking_sync."""

    def __init__(self, shop: Workshop) -> None:
        self.tracking = shop.queue("Tracking", TRACKING_TIMEOUT)
        self._sync_nightly(shop)
        self._tracking_sync(shop)

    def _sync_nightly(self, shop: Workshop) -> None:
        box = shop.box(
            "sync_nightly",
            timeout=SYNC_TIMEOUT,
            memory=512,
            variables={"TRACKING_QUEUE_URL": self.tracking.queue.queue_url},
        )
        shop.may.see_what_is_due(box)
        self.tracking.grant_send(box)
        shop.every_day(
            "EveryNight",
            box,
            hour=shop.environment.nightly_hour,
            minute=shop.environment.nightly_minute,
        )

    def _tracking_sync(self, shop: Workshop) -> None:
        box = shop.box(
            "tracking_sync",
            timeout=TRACKING_TIMEOUT,
            memory=1024,
            variables={
                "TRACKING_QUEUE_URL": self.tracking.queue.queue_url,
                **shop.portal,
            },
        )
        shop.may.use_the_directory(box)
        shop.may.act_for_one_supplier(box, beside=shop.breakers)
        shop.may.read_credentials(box)
        # so many suppliers at a time: a night's are spread over it
        shop.works_off(box, self.tracking, batch_size=1, copies=shop.environment.submission_concurrency)
