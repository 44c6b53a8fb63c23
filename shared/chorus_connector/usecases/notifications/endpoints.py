"""A supplier's webhook endpoints, their secrets, and replays of past events. Function: notification_api.

A secret is shown once, in the answer to the call that made it. For a new endpoint the secret is saved before the
endpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chorus_connector.domain.errors import Conflict, StaleWrite
from chorus_connector.domain.notifications.notification import NOTIFICATION_ID, Notification, NotificationType
from chorus_connector.domain.notifications.webhooks import (
    MAX_ENDPOINTS,
    Endpoint,
    EndpointSecrets,
    check_url,
)
from chorus_connector.domain.suppliers.audit import Change, differences
from chorus_connector.ports.notification_values import WebhookMessage

if TYPE_CHECKING:
    from pydantic import SecretStr

    from chorus_connector.ports.notifications import Endpoints, EndpointSecretStore, Feed, WebhookQueue

REPLAYED_AT_A_TIME = 500


@dataclass(frozen=True)
class ManageEndpoints:
    """Changes to one supplier's endpoints, made by ``by``. ``local`` also allows addresses on this machine."""

    endpoints: Endpoints
    secrets: EndpointSecretStore
    local: bool
    by: str

    def create(
        self,
        *,
        endpoint_id: str,
        url: str,
        types: tuple[NotificationType, ...],
        description: str,
        secret: SecretStr,
        now: datetime,
    ) -> Endpoint:
        """A new endpoint with that secret. Raises Invalid for an address that is not allowed, Conflict at the limit."""
        endpoint = Endpoint(
            endpoint_id=endpoint_id,
            url=check_url(url, local=self.local),
            description=description,
            types=types,
            created_at=now,
        )
        if len(self.endpoints.all()) >= MAX_ENDPOINTS:
            raise Conflict(
                "too_many_webhooks",
                f"Un fournisseur a au plus {MAX_ENDPOINTS} adresses : supprimez-en une.",
                f"A supplier has at most {MAX_ENDPOINTS} endpoints: delete one.",
            )
        self.secrets.put(endpoint_id, EndpointSecrets(current=secret))
        self.endpoints.save(endpoint, change=self._change(None, endpoint, "created", now))
        return endpoint

    def change(self, endpoint_id: str, *, version: int, changes: Mapping[str, Any], now: datetime) -> Endpoint:
        """The endpoint with these changes. Raises NotFound, StaleWrite, Invalid."""
        before = self._current(endpoint_id, version)
        if "url" in changes:
            check_url(changes["url"], local=self.local)
        if changes.get("enabled"):
            changes = {**changes, "disabled_because": None}
        return self._save(before, before.next(**changes), "changed", now)

    def rotate(self, endpoint_id: str, *, secret: SecretStr, now: datetime) -> Endpoint:
        """Set a new secret; the former one also signs for a day. Raises NotFound, StaleWrite."""
        before = self.endpoints.get(endpoint_id)
        # record first: of two concurrent calls the stale one must not replace the other's secret
        after = self._save(before, before.next(secret_rotated_at=now), "secret_rotated", now)
        kept = self.secrets.get(endpoint_id)
        self.secrets.put(endpoint_id, kept.rotated(secret, now=now) if kept else EndpointSecrets(current=secret))
        return after

    def delete(self, endpoint_id: str, *, version: int, now: datetime) -> None:
        """Delete the endpoint; queued deliveries to it are dropped. Raises NotFound, StaleWrite."""
        before = self._current(endpoint_id, version)
        self.endpoints.delete(before, change=self._change(before, None, "deleted", now))
        self.secrets.delete(endpoint_id)

    def _current(self, endpoint_id: str, version: int) -> Endpoint:
        endpoint = self.endpoints.get(endpoint_id)
        if endpoint.version != version:
            raise StaleWrite
        return endpoint

    def _save(self, before: Endpoint, after: Endpoint, action: str, now: datetime) -> Endpoint:
        self.endpoints.save(after, change=self._change(before, after, action, now))
        return after

    def _change(self, before: Endpoint | None, after: Endpoint | None, action: str, now: datetime) -> Change:
        endpoint = after or before
        assert endpoint is not None
        old, new = (each.model_dump(mode="json") if each else {} for each in (before, after))
        was, is_now = differences(old, new)
        return Change(
            change_id=f"webhook-{endpoint.endpoint_id}-{endpoint.version}-{action}",
            at=now,
            by=self.by,
            item=f"webhooks/{endpoint.endpoint_id}",
            action=action,
            before=was if before else None,
            after=is_now if after else None,
        )


@dataclass(frozen=True)
class ReplayedNotifications:
    """How many events were queued again. ``cursor`` resumes a period that was too long for one call."""

    queued: int
    cursor: str | None


@dataclass(frozen=True)
class ReplayNotifications:
    """Sends past events of the last ninety days again to one endpoint.

    ``count`` counts them against the supplier's quota. Raises QuotaExceeded.
    """

    endpoints: Endpoints
    feed: Feed
    webhooks: WebhookQueue
    count: Callable[[int], None]

    def ids(self, endpoint_id: str, ids: Sequence[str]) -> ReplayedNotifications:
        """Replay those events whose type the endpoint receives.

        Raises NotFound, Conflict when the endpoint is disabled, QuotaExceeded when the hour's events are used up.
        """
        endpoint = self._enabled(endpoint_id)
        known = self.feed.get_many([each for each in ids if NOTIFICATION_ID.fullmatch(each)])
        return ReplayedNotifications(self._send(endpoint, known), None)

    def period(
        self, endpoint_id: str, since: datetime, until: datetime, *, cursor: str | None
    ) -> ReplayedNotifications:
        """Replay the events from ``since`` (included) to ``until`` (excluded). Raises as ``ids`` does."""
        endpoint = self._enabled(endpoint_id)
        page = self.feed.period(since, until, limit=REPLAYED_AT_A_TIME, cursor=cursor)
        return ReplayedNotifications(self._send(endpoint, page.notifications), page.cursor)

    def _enabled(self, endpoint_id: str) -> Endpoint:
        endpoint = self.endpoints.get(endpoint_id)
        if not endpoint.enabled:
            raise Conflict(
                "webhook_disabled",
                "Cette adresse est désactivée : réactivez-la d'abord.",
                "This endpoint is switched off: switch it on first.",
            )
        return endpoint

    def _send(self, endpoint: Endpoint, notifications: Sequence[Notification]) -> int:
        webhook_messages = list(self._webhook_messages(endpoint, notifications))
        if webhook_messages:
            self.count(len(webhook_messages))
        self.webhooks.send(webhook_messages)
        return len(webhook_messages)

    def _webhook_messages(self, endpoint: Endpoint, notifications: Sequence[Notification]) -> Iterator[WebhookMessage]:
        for each in notifications:
            if endpoint.wants(each):
                yield WebhookMessage(endpoint.endpoint_id, each, again=True)
