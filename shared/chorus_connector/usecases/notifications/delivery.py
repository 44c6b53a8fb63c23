"""Delivery of one event to one webhook endpoint: at least once, tried up to eight times over a day.

This module decides what happens to the message in the queue, and the handler does it: TryAgain says when it is retried.
Function: webhook_delivery.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

from chorus_connector.domain.errors import Invalid, NotFound, StaleWrite
from chorus_connector.domain.notifications.webhooks import Endpoint, WebhookDelivery, check_url, next_try_in, payload
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.ports.notification_values import Signed, Undeliverable, WebhookMessage

if TYPE_CHECKING:
    from chorus_connector.ports.notifications import Deliveries, Endpoints, EndpointSecretStore, WebhookSender

_ACTOR = "webhook_delivery"


class TryAgain(Exception):
    """The message was not delivered: retry it after ``delay``, or never (None)."""

    def __init__(self, delay: timedelta | None) -> None:
        super().__init__()
        self.delay = delay


@dataclass(frozen=True)
class DeliverWebhook:
    """Delivery to one supplier's webhooks. ``local`` also allows endpoints on this machine."""

    endpoints: Endpoints
    secrets: EndpointSecretStore
    deliveries: Deliveries
    webhook_sender: WebhookSender
    local: bool

    def deliver(self, webhook_message: WebhookMessage, *, tries: int, now: datetime) -> WebhookDelivery | None:
        """Send the event; ``tries`` includes this try. None when there is nothing (more) to send. Raises TryAgain."""
        endpoint = self._endpoint(webhook_message)
        if endpoint is None:
            return None
        detail = self._carry(endpoint, webhook_message, now)
        if detail.isdigit() and 200 <= int(detail) < 300:
            return self._note(webhook_message, "delivered", tries, detail, now)
        if detail == str(int(HTTPStatus.GONE)):
            self._switch_off(endpoint, now)
            return self._note(webhook_message, "gave_up", tries, detail, now)
        delay = next_try_in(tries, seed=f"{webhook_message.endpoint_id}/{webhook_message.notification.id}")
        self._note(webhook_message, "failing" if delay else "gave_up", tries, detail, now)
        raise TryAgain(delay)

    def _endpoint(self, webhook_message: WebhookMessage) -> Endpoint | None:
        """The endpoint to send to; None when it was deleted or disabled, or when the event was delivered before."""
        try:
            endpoint = self.endpoints.get(webhook_message.endpoint_id)
        except NotFound:
            return None
        if not endpoint.enabled:
            return None
        earlier = self.deliveries.get(webhook_message.endpoint_id, webhook_message.notification.id)
        done = earlier is not None and earlier.outcome == "delivered" and not webhook_message.again
        return None if done else endpoint

    def _carry(self, endpoint: Endpoint, webhook_message: WebhookMessage, now: datetime) -> str:
        """The receiver's HTTP status as text, or the reason why there was none."""
        secrets = self.secrets.get(endpoint.endpoint_id)
        if secrets is None:
            return "no_secret"
        body = payload(webhook_message.notification)
        headers = self.webhook_sender.sign(
            body, message_id=webhook_message.notification.id, now=now, secrets=secrets.at(now)
        )
        try:
            return str(self.webhook_sender.carry(Signed(check_url(endpoint.url, local=self.local), headers, body)))
        except Invalid:
            return "refused_address"
        except Undeliverable as error:
            return error.reason

    def _note(
        self,
        webhook_message: WebhookMessage,
        outcome: Literal["delivered", "failing", "gave_up"],
        tries: int,
        detail: str,
        now: datetime,
    ) -> WebhookDelivery:
        delivery = WebhookDelivery(
            endpoint_id=webhook_message.endpoint_id,
            notification_id=webhook_message.notification.id,
            type=webhook_message.notification.type,
            tries=tries,
            last_try_at=now,
            outcome=outcome,
            detail=detail,
        )
        self.deliveries.put(delivery)
        return delivery

    def _switch_off(self, endpoint: Endpoint, now: datetime) -> None:
        """Disable the endpoint: the receiver answered 410 Gone."""
        off = endpoint.next(enabled=False, disabled_because="gone")
        change = Change(
            change_id=f"webhook-{endpoint.endpoint_id}-{off.version}",
            at=now,
            by=_ACTOR,
            item=f"webhooks/{endpoint.endpoint_id}",
            action="switched_off",
            before={"enabled": True},
            after={"enabled": False},
        )
        try:
            self.endpoints.save(off, change=change)
        except StaleWrite:
            return  # an administrator changed the endpoint meanwhile; the next 410 disables it
