"""One person's notification feed and what they have read of it. Function: notification_api."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chorus_connector.domain.notifications.notification import NOTIFICATION_ID, Notification, earliest_id
from chorus_connector.usecases.paging import every_page

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.visibility import Visibility
    from chorus_connector.domain.suppliers.access import NotificationKind
    from chorus_connector.ports.notifications import Feed, Readers
    from chorus_connector.ports.suppliers import AccessStore

_MAX_DELAY = timedelta(hours=1)
"""How long after a document's change its notification may reach the feed and still be shown as unread."""
_MAX_COUNTED = 1000
"""Unread notifications are counted up to this limit, for a badge such as "1000+"."""
_MAX_PAGES = 10


@dataclass(frozen=True)
class Entry:
    """One notification of a person's feed, and whether they have read it."""

    notification: Notification
    read: bool


@dataclass(frozen=True)
class Entries:
    """Some entries, newest first; ``cursor`` is None on the last page."""

    entries: tuple[Entry, ...]
    cursor: str | None


@dataclass(frozen=True)
class UnreadNotifications:
    """Unread notifications by kind; ``more`` when counting stopped at the limit."""

    by_kind: dict[NotificationKind, int]
    more: bool

    @property
    def total(self) -> int:
        return sum(self.by_kind.values())


@dataclass(frozen=True)
class ReadFeed:
    """One person's feed of one supplier. ``principals`` are the person's id and their groups' ids.

    ``visibility`` limits the feed to documents that the person may see.
    """

    feed: Feed
    access: AccessStore
    readers: Readers
    principal: str
    principals: frozenset[str]
    visibility: Visibility

    def page(self, *, limit: int, cursor: str | None, only_unread: bool = False) -> Entries:
        """The notifications that the person subscribed to.

        A page may be short and still have a cursor: more may follow.
        """
        kinds = self._kinds()
        if not kinds:
            return Entries((), None)
        marks = self.readers.marks(self.principal)
        after = marks.all_before if only_unread else None
        found: list[Entry] = []
        for _ in range(_MAX_PAGES):
            page = self.feed.page(frozenset(kinds), limit=limit - len(found), cursor=cursor, after=after)
            entries = (
                Entry(each, marks.covers(each.id) or _is_before(each, kinds))
                for each in self._visible(page.notifications)
            )
            found += [each for each in entries if not (only_unread and each.read)]
            cursor = page.cursor
            if cursor is None or len(found) == limit:
                break
        return Entries(tuple(found), cursor)

    def unread(self, *, at_most: int = _MAX_COUNTED) -> UnreadNotifications:
        """How many notifications the person has not read, by kind; no more than ``at_most`` are looked at."""
        kinds = self._kinds()
        marks = self.readers.marks(self.principal)
        counts: Counter[NotificationKind] = Counter(dict.fromkeys(kinds, 0))
        seen, cursor = 0, None
        while kinds and seen < at_most:
            page = self.feed.page(frozenset(kinds), limit=at_most, cursor=cursor, after=marks.all_before)
            seen += len(page.notifications)
            counts.update(
                each.kind
                for each in self._visible(page.notifications)
                if each.kind != "held_document" and not (marks.covers(each.id) or _is_before(each, kinds))
            )
            cursor = page.cursor
            if cursor is None:
                break
        return UnreadNotifications(dict(counts), more=cursor is not None)

    def mark_read(self, ids: Sequence[str]) -> None:
        """Mark these notifications as read. Ids that are not in the feed are ignored."""
        wellformed = [each for each in ids if NOTIFICATION_ID.fullmatch(each)]
        self.readers.mark(self.principal, [each.id for each in self.feed.get_many(wellformed)])

    def mark_all_read(self, *, now: datetime) -> None:
        """Mark everything now in the feed as read; a late notification of an earlier change stays unread."""
        watermark = earliest_id(now - _MAX_DELAY)
        if kinds := frozenset(self._kinds()):
            for page in every_page(
                lambda cursor: self.feed.page(kinds, limit=_MAX_COUNTED, cursor=cursor, after=watermark)
            ):
                self.readers.mark(self.principal, [each.id for each in page.notifications])
        self.readers.mark_all_before(self.principal, watermark)

    def _kinds(self) -> dict[NotificationKind, datetime | None]:
        """The kinds that the person is subscribed to, and since when; None: the beginning is not recorded."""
        since: dict[NotificationKind, datetime | None] = {}
        for each in self.access.subscribers():
            if each.principal in self.principals:
                before = since.get(each.kind, each.since)
                since[each.kind] = min(before, each.since) if before and each.since else None
        return since

    def _visible(self, notifications: Sequence[Notification]) -> Sequence[Notification]:
        return [each for each in notifications if each.is_for(self.principals) and each.is_seen_with(self.visibility)]


def _is_before(notification: Notification, kinds: dict[NotificationKind, datetime | None]) -> bool:
    """Whether it is of a time before the person subscribed to its kind: that is no news."""
    since = kinds.get(notification.kind) if notification.kind != "held_document" else None
    return since is not None and notification.occurred_at < since
