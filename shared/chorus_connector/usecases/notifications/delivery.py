"""Delivery of one event to one webhook endpoint: at least once, tried up to eight times over a day.

A failed event is tried again after a delay: up to 15 minutes it waits in the queue, longer in the table, from which a
run every ten minutes hands it out. An endpoint that fails again and again is paused: a try that falls into the
pause is not sent, and counts. One supplier has a few delivery slots, so its slow receivers hold no more workers. An
endpoint that answers slowly again and again gets one delivery at a time, with a rest after each. Events that wait for a
slot or for a slow endpoint wait longer each time, and are given up after some ten hours.
Function: webhook_delivery.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

from chorus_connector.domain.errors import Invalid, NotFound, StaleWrite
from chorus_connector.domain.notifications.webhooks import (
    LONGEST_IN_QUEUE,
    Endpoint,
    EndpointHealth,
    WebhookDelivery,
    check_url,
    next_try_in,
    next_wait_in,
    payload,
)
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.ports.notification_values import DueWebhook, Signed, Undeliverable, WebhookMessage
from chorus_connector.usecases.hand_out import free, hand_out

if TYPE_CHECKING:
    from chorus_connector.ports.notifications import (
        Deliveries,
        DeliverySlots,
        DueWebhookQueue,
        Endpoints,
        EndpointSecretStore,
        Feed,
        WebhookQueue,
        WebhookSender,
    )
    from chorus_connector.ports.suppliers import Installation

_ACTOR = "webhook_delivery"

_LOG = logging.getLogger("webhooks")

Outcome = Literal["nothing", "crowded", "slow", "delivered", "failing", "gave_up"]
"""What became of a message. ``crowded``: the supplier had no free slot; ``slow``: its endpoint rests; both wait.
``nothing``: there was nothing to send."""


@dataclass(frozen=True)
class HandOutWebhooks:
    """The ten-minute part: queue the events whose wait in the table is over. It reads keys only.

    ``of_each`` bounds what one supplier's dead receivers have in the queue at a time; the rest stays due.
    """

    installation: Installation
    queue: DueWebhookQueue
    of_each: int = 1000
    limit: int = 5000
    read_limit: int = 100_000

    def run(self, *, now: datetime) -> int:
        """Queue what is due, one event of each supplier in turn; returns how many."""
        due = self.installation.webhooks_due(now, limit=self.read_limit)
        handed_out = free(due, limit=self.limit, of_each=self.of_each)
        hand_out(self.installation, handed_out, self.queue.send, now)
        return len(handed_out)


@dataclass(frozen=True)
class DeliverWebhook:
    """Delivery to one supplier's webhooks. ``local`` also allows endpoints on this machine.

    ``clock`` in seconds measures how long a receiver takes.
    """

    endpoints: Endpoints
    secrets: EndpointSecretStore
    deliveries: Deliveries
    webhook_sender: WebhookSender
    webhooks: WebhookQueue
    slots: DeliverySlots
    feed: Feed
    local: bool
    clock: Callable[[], float] = time.monotonic

    def deliver(self, message: WebhookMessage, *, now: datetime) -> Outcome:
        """Send an event from the queue, unless it was sent, was given up or waits in the table."""
        earlier = self.deliveries.get(message.endpoint_id, message.notification.id)
        if earlier is not None and not message.again and (earlier.outcome != "failing" or earlier.due_at is not None):
            return "nothing"
        return self._try(message, earlier, now)

    def deliver_due(self, due: DueWebhook, *, now: datetime) -> Outcome:
        """Send an event that waited in the table."""
        waiting = self.deliveries.get(due.endpoint_id, due.notification_id)
        if waiting is None or waiting.due_at is None or waiting.due_at > now:
            return "nothing"
        notification = next(iter(self.feed.get_many([due.notification_id])), None)
        if notification is None:
            # the notifier writes the feed last: it has not finished, and will send the event again
            self.deliveries.put(waiting.model_copy(update={"due_at": None}))
            return "nothing"
        return self._try(WebhookMessage(due.endpoint_id, notification, waits=waiting.waits), waiting, now)

    def _try(self, message: WebhookMessage, earlier: WebhookDelivery | None, now: datetime) -> Outcome:
        tries = earlier.tries + 1 if earlier is not None and earlier.outcome == "failing" else 1
        outcome = self._attempt(message, earlier, tries, now)
        match outcome:
            case "crowded" | "slow":
                in_table = earlier is not None and earlier.due_at is not None
                return self._wait(message, tries - 1, outcome, now, in_table=in_table)
        return outcome

    def _wait(
        self, message: WebhookMessage, tries: int, why: Literal["crowded", "slow"], now: datetime, *, in_table: bool
    ) -> Outcome:
        """Let the event wait for its turn, which is no try, or give it up after the last wait."""
        wait = next_wait_in(message.waits, seed=f"{message.endpoint_id}/{message.notification.id}")
        if wait is None:
            return self._note(message, "gave_up", tries, why, now)
        later = message._replace(waits=message.waits + 1)
        if in_table or wait > LONGEST_IN_QUEUE:
            self._note(later, "failing", tries, why, now, due_at=now + wait)
        else:
            self.webhooks.send([later], delay=wait)
        return why

    def _attempt(self, message: WebhookMessage, earlier: WebhookDelivery | None, tries: int, now: datetime) -> Outcome:
        endpoint = self._endpoint(message)
        if endpoint is None:
            return self._close(earlier)
        if endpoint.health.is_paused(now):
            return self._retry(message, tries, "paused", now, not_before=endpoint.health.paused_until)
        if endpoint.health.is_resting(now):
            return "slow"
        slot = self.slots.take(now)
        if slot is None:
            return "crowded"
        try:
            return self._send(endpoint, message, tries, now)
        finally:
            self.slots.release(slot)

    def _endpoint(self, message: WebhookMessage) -> Endpoint | None:
        """The endpoint to send to; None when it was deleted or disabled."""
        try:
            endpoint = self.endpoints.get(message.endpoint_id)
        except NotFound:
            return None
        return endpoint if endpoint.enabled else None

    def _close(self, earlier: WebhookDelivery | None) -> Outcome:
        """End the waiting of an event whose endpoint is deleted or disabled."""
        if earlier is None or earlier.outcome != "failing":
            return "nothing"
        self.deliveries.put(earlier.model_copy(update={"outcome": "gave_up", "detail": "disabled", "due_at": None}))
        return "gave_up"

    def _send(self, endpoint: Endpoint, message: WebhookMessage, tries: int, now: datetime) -> Outcome:
        probe = endpoint.health.paused_until is not None
        if probe or endpoint.health.slow_since is not None:
            claimed = endpoint.health.with_probe_claimed(now)
            if not self._save_health(endpoint, claimed):
                if not probe:
                    return "slow"
                return self._retry(message, tries, "paused", now, not_before=claimed.paused_until)
            endpoint = endpoint.model_copy(update={"health": claimed})
        began = self.clock()
        detail = self._carry(endpoint, message, now)
        timed = endpoint.health.after_seconds(timedelta(seconds=self.clock() - began), now)
        if detail.isdigit() and 200 <= int(detail) < 300:
            self._count_success(endpoint, timed.after_success(), now)
            return self._note(message, "delivered", tries, detail, now)
        if detail == str(int(HTTPStatus.GONE)):
            self._switch_off(endpoint, now)
            return self._note(message, "gave_up", tries, detail, now)
        health = self._count_failure(endpoint, timed.after_failure(detail, now, probe=probe), now)
        return self._retry(message, tries, detail, now, not_before=health.paused_until)

    def _carry(self, endpoint: Endpoint, message: WebhookMessage, now: datetime) -> str:
        """The receiver's HTTP status as text, or the reason why there was none."""
        secrets = self.secrets.get(endpoint.endpoint_id)
        if secrets is None:
            return "no_secret"
        body, message_id = payload(message.notification), message.notification.id
        try:
            headers = self.webhook_sender.sign(body, message_id=message_id, now=now, secrets=secrets.at(now))
            return str(self.webhook_sender.carry(Signed(check_url(endpoint.url, local=self.local), headers, body)))
        except Invalid:
            return "refused_address"
        except Undeliverable as error:
            return error.reason
        except Exception as error:
            _LOG.error("a webhook delivery raised an unforeseen error", extra={"error": type(error).__name__})
            return "unexpected_error"

    def _retry(
        self, message: WebhookMessage, tries: int, detail: str, now: datetime, *, not_before: datetime | None
    ) -> Outcome:
        """Schedule the next try, in the queue or in the table, or give up after the last one."""
        delay = next_try_in(tries, seed=f"{message.endpoint_id}/{message.notification.id}")
        if delay is None:
            return self._note(message, "gave_up", tries, detail, now)
        message = message._replace(waits=0)
        due_at = max(now + delay, not_before or now)
        if due_at - now > LONGEST_IN_QUEUE:
            return self._note(message, "failing", tries, detail, now, due_at=due_at)
        # recorded first: a worker that dies in between leaves its message in the queue
        outcome = self._note(message, "failing", tries, detail, now)
        self.webhooks.send([message], delay=due_at - now)
        return outcome

    def _note(
        self,
        message: WebhookMessage,
        outcome: Literal["delivered", "failing", "gave_up"],
        tries: int,
        detail: str,
        now: datetime,
        *,
        due_at: datetime | None = None,
    ) -> Outcome:
        delivery = WebhookDelivery(
            endpoint_id=message.endpoint_id,
            notification_id=message.notification.id,
            type=message.notification.type,
            tries=tries,
            last_try_at=now,
            outcome=outcome,
            detail=detail,
            due_at=due_at,
            waits=message.waits,
        )
        self.deliveries.put(delivery)
        return outcome

    def _count_success(self, endpoint: Endpoint, health: EndpointHealth, now: datetime) -> None:
        if endpoint.health == health:
            return
        paused = endpoint.health.paused_since is not None
        change = self._change(endpoint, "resumed", now, before=True, after=False, field="paused") if paused else None
        self._save_health(endpoint, health, change)

    def _count_failure(self, endpoint: Endpoint, health: EndpointHealth, now: datetime) -> EndpointHealth:
        begins = endpoint.health.paused_since is None and health.paused_since is not None
        change = self._change(endpoint, "paused", now, before=False, after=True, field="paused") if begins else None
        # a count that loses a race only delays the pause
        return health if self._save_health(endpoint, health, change) else endpoint.health

    def _save_health(self, endpoint: Endpoint, health: EndpointHealth, change: Change | None = None) -> bool:
        """Whether it is written. False when another worker or an administrator changed the endpoint meanwhile."""
        try:
            self.endpoints.save_health(endpoint, health, change=change)
        except StaleWrite:
            return False
        return True

    def _switch_off(self, endpoint: Endpoint, now: datetime) -> None:
        """Disable the endpoint: the receiver answered 410 Gone."""
        off = endpoint.next(enabled=False, disabled_because="gone")
        change = self._change(off, "switched_off", now, before=True, after=False, field="enabled")
        try:
            self.endpoints.save(off, change=change)
        except StaleWrite:
            return  # an administrator changed the endpoint meanwhile; the next 410 disables it

    def _change(
        self, endpoint: Endpoint, action: str, now: datetime, *, before: bool, after: bool, field: str
    ) -> Change:
        """The audit line of what this function changed by itself."""
        return Change(
            change_id=f"webhook-{endpoint.endpoint_id}-{endpoint.version}-{action}",
            at=now,
            by=_ACTOR,
            item=f"webhooks/{endpoint.endpoint_id}",
            action=action,
            before={field: before},
            after={field: after},
        )
