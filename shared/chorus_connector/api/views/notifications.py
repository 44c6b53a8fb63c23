"""Notifications and webhooks as the API shows them: plain JSON, nothing internal, nothing secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chorus_connector.domain.notifications.webhooks import Endpoint, WebhookDelivery
    from chorus_connector.usecases.notifications.feed import Entry, UnreadNotifications


def entry_view(entry: Entry) -> dict[str, Any]:
    """One line of a feed."""
    shown = entry.notification.model_dump(mode="json", exclude={"metadata", "readers"})
    return {**shown, "type": entry.notification.type, "read": entry.read}


def unread_view(unread: UnreadNotifications) -> dict[str, Any]:
    """What a badge shows."""
    return {"unread": unread.by_kind, "total": unread.total, "more": unread.more}


def webhook_view(endpoint: Endpoint) -> dict[str, Any]:
    """An endpoint without its secret."""
    shown = endpoint.model_dump(mode="json", exclude={"endpoint_id"})
    return {"webhook_id": endpoint.endpoint_id, **shown}


def webhook_delivery_view(delivery: WebhookDelivery) -> dict[str, Any]:
    """How far an event came."""
    return delivery.model_dump(mode="json", exclude={"endpoint_id"})
