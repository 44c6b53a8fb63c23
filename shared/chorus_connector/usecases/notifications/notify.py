"""Notify people and systems of a document's change, and people of a paused webhook endpoint, read from the table's
stream. Function: notifier.

The feed's entry is written last and proves that the rest was done. If a worker dies before that, the record is
processed again, and each repeated write has the same key. So no notification is lost, the feed shows it once, and a
system that receives it twice sees the same id twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.notifications.digest import is_address
from chorus_connector.domain.notifications.holds import group_name, reason_of_hold
from chorus_connector.domain.notifications.notification import (
    Notification,
    notification_of,
    notification_of_access,
    notification_of_hold,
    notification_of_holds,
    notification_of_message,
    notification_of_pause,
)
from chorus_connector.ports.notification_values import ChangedAccess, ChangedEndpoint, WebhookMessage
from chorus_connector.usecases.portal.credentials_state import refusal_problem

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.domain.messages.arrival import ArrivedMessage
    from chorus_connector.domain.portal.breaker import Breaker
    from chorus_connector.domain.problem import Problem
    from chorus_connector.domain.suppliers.access import Subscriber
    from chorus_connector.ports.messages import Structures
    from chorus_connector.ports.notifications import Endpoints, Feed, HeldGroupStore, Mailbox, WebhookQueue
    from chorus_connector.ports.suppliers import AccessStore

_TRIES = 10
"""Attempts at a write of the groups of held documents; the stream is read by ten workers for one supplier at most."""


@dataclass(frozen=True)
class Notify:
    """``digest_after``: how long an e-mail waits for further notifications; None: this installation sends no e-mail.

    What a principal may see is asked when its feed is read or its e-mail is sent: its rights may have changed by then.
    """

    feed: Feed
    access: AccessStore
    mailbox: Mailbox
    endpoints: Endpoints
    webhooks: WebhookQueue
    structures: Structures
    digest_after: timedelta | None
    groups: HeldGroupStore
    #: for each label that restricts who may see the document, the metadata that carries it; none if all users see all
    labels_of: Callable[[Invoice], Sequence[Mapping[str, str]]]

    def about(self, before: Invoice | None, after: Invoice, *, now: datetime) -> Notification | None:
        """The notification sent for a write; None when there was none, or when it was sent before."""
        if (reason := reason_of_hold(before, after)) is not None:
            return self._of_hold(after, reason, now)
        notification = notification_of(before, after)
        if notification is None or self.feed.holds(notification.id):
            return None
        if self.digest_after is not None:
            self._queue_emails(notification, due_at=now + self.digest_after)
        self.webhooks.send(self._webhook_messages(notification))
        self.feed.add(notification)
        return notification

    def _of_hold(self, after: Invoice, reason: Problem, now: datetime) -> Notification | None:
        """Tell people of the group that the document joined, if it is new, and the systems that ask of the document."""
        told = None
        for metadata in ({}, *self.labels_of(after)):
            since = self._joined(reason.code, metadata, after.changed_at)
            group = notification_of_holds(after.supplier_id, since, reason, metadata)
            if self.feed.holds(group.id):
                continue
            if self.digest_after is not None:
                self._queue_emails(group, due_at=now + self.digest_after)
            self.feed.add(group)
            told = group
        document = notification_of_hold(after, reason)
        messages = list(self._webhook_messages(document))
        if messages and not self.feed.holds(document.id):
            self.webhooks.send(messages)
            self.feed.add(document)  # for a replay; no list of people has this kind
            told = told or document
        return told

    def _joined(self, reason: str, metadata: Mapping[str, str], at: datetime) -> datetime:
        """When the group began that a document joins, which was held at that time."""
        label = next(iter(metadata.values()), "")
        for _ in range(_TRIES):
            groups = self.groups.get()
            joined = groups.joined(reason, label, at)
            if joined == groups:
                return joined.since[group_name(reason, label)]
            with suppress(StaleWrite):  # another worker wrote: its group may be the one to join
                return self.groups.save(joined).since[group_name(reason, label)]
        raise StaleWrite

    def holds_ended(self, *, now: datetime) -> None:
        """End the groups of documents that are held because of the portal: it answers the supplier again."""
        for _ in range(_TRIES):
            groups = self.groups.get()
            ended = groups.ended(now)
            if ended == groups:
                return
            with suppress(StaleWrite):
                self.groups.save(ended)
                return
        raise StaleWrite

    def of_pause(self, changed: ChangedEndpoint, *, now: datetime) -> Notification | None:
        """The notification sent for the write that paused an endpoint; None when there was none, or it was sent before.

        It is e-mailed to the list ``webhook`` and to every administrator whose address is on any list.
        """
        notification = notification_of_pause(*changed)
        if notification is None or self.feed.holds(notification.id):
            return None
        self._email_administrators_too(notification, now)
        self.feed.add(notification)
        return notification

    def of_access(self, changed: ChangedAccess, *, now: datetime) -> Notification | None:
        """The notification sent for the write that changed the supplier's access to the portal; None as for a pause.

        It is e-mailed like that of a pause, to the list ``portal``, and sent to the webhooks that ask for it.
        """
        notification = _in_words(notification_of_access(*changed), changed.after)
        if notification is None or self.feed.holds(notification.id):
            return None
        self._email_administrators_too(notification, now)
        self.webhooks.send(self._webhook_messages(notification))
        self.feed.add(notification)
        return notification

    def of_message(self, arrived: ArrivedMessage, *, now: datetime) -> Notification | None:
        """The notification sent for a message whose display began; None when it was sent before.

        The list ``message`` gets it, as far as it is subscribed to the structure's messages, and the webhooks that ask
        for it. It says who wrote which message, and nothing of what that says.
        """
        subscribers = [each for each in self.access.subscribers() if each.kind == "message"]
        wanted = sorted({each.principal for each in subscribers})
        granted = self.structures.subscriptions(arrived.siret, wanted) if wanted else ()
        rights = self.structures.rights((each.siret, each.through) for each in granted if each.through)
        readers = {
            each.principal
            for each in granted
            if each.in_effect({each.principal, each.through}, arrived.supplier_id, rights)
        }
        notification = notification_of_message(arrived, readers)
        if self.feed.holds(notification.id):
            return None
        if self.digest_after is not None:
            for subscriber in _reachable(subscribers):
                if subscriber.principal in readers:
                    self._queue_email(subscriber, notification, due_at=now + self.digest_after)
        self.webhooks.send(self._webhook_messages(notification))
        self.feed.add(notification)
        return notification

    def _email_administrators_too(self, notification: Notification, now: datetime) -> None:
        if self.digest_after is None:
            return
        administrators = {
            each.principal for each in self.access.get().members if "administer" in each.roles and each.accepted
        }
        for subscriber in _reachable(self.access.subscribers()):
            if subscriber.kind == notification.kind or subscriber.principal in administrators:
                self._queue_email(subscriber, notification, due_at=now + self.digest_after)

    def _queue_emails(self, notification: Notification, *, due_at: datetime) -> None:
        for subscriber in _reachable(self.access.subscribers()):
            if subscriber.kind != notification.kind:
                continue
            self._queue_email(subscriber, notification, due_at=due_at)

    def _queue_email(self, subscriber: Subscriber, notification: Notification, *, due_at: datetime) -> None:
        assert subscriber.email
        self.mailbox.put(subscriber.principal, subscriber.email, notification, due_at=due_at)

    def _webhook_messages(self, notification: Notification) -> Iterator[WebhookMessage]:
        for endpoint in self.endpoints.all():
            if endpoint.wants(notification):
                yield WebhookMessage(endpoint.endpoint_id, notification)


def _in_words(notification: Notification | None, breaker: Breaker) -> Notification | None:
    """The notification with the words of the problem, which say who must act."""
    fault = breaker.fault if breaker.told else None
    if notification is None or fault is None:
        return notification
    problem = refusal_problem(fault, suspected=breaker.suspected)
    return notification.model_copy(update={"reason": problem.code, "fr": problem.fr, "en": problem.en})


def _reachable(subscribers: Iterable[Subscriber]) -> Iterator[Subscriber]:
    """The subscribers with an address that can receive e-mail."""
    return (each for each in subscribers if each.email and is_address(each.email))
