"""Held documents as news: one line for all documents of a supplier that wait for the same reason, told once.

A document is held for a reason that is no fault of its own (the portal is down, the credentials are refused). Many
documents wait for one reason, so people get one line for the group, and systems one event for each document. A group
begins with its first document. It ends when the portal answers the supplier again; a reason that is not the portal's
ends after a day.
"""

from datetime import datetime, timedelta
from typing import Self

from pydantic import Field

from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.breaker import Breaker
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.record import Record

_QUIET = timedelta(minutes=15)
"""A trouble that comes back within this time of its end is the same one."""
_LONGEST, _LONGEST_OF_THE_PORTAL = timedelta(days=1), timedelta(days=7)
"""After it a document begins a new group, whatever ended meanwhile."""
_OF_THE_PORTAL = ("portal_", "piste_", "credentials_")
"""Prefixes of the reasons that end when the portal answers."""


class HeldGroups(Record):
    """When each group of a supplier began, by its reason and by the label that its documents have in common."""

    version: int = 0
    #: when the portal answered again; None: not since the last document was held
    ended_at: datetime | None = None
    since: dict[str, datetime] = Field(default_factory=dict)

    def joined(self, reason: str, label: str, at: datetime) -> Self:
        """The groups with a document that was held at that time."""
        name = group_name(reason, label)
        known = {each: since for each, since in self.since.items() if not self._is_over(each, since, at)}
        ends_before = self.ended_at is None or self.ended_at > at  # a change that is read late
        ended_at = self.ended_at if ends_before or not reason.startswith(_OF_THE_PORTAL) else None
        return self.model_copy(update={"since": {**known, name: known.get(name, at)}, "ended_at": ended_at})

    def ended(self, at: datetime) -> Self:
        """The groups after the portal answered the supplier again."""
        begun = any(each.startswith(_OF_THE_PORTAL) for each in self.since)
        return self.model_copy(update={"ended_at": at}) if begun and self.ended_at is None else self

    def _is_over(self, name: str, since: datetime, at: datetime) -> bool:
        if not name.startswith(_OF_THE_PORTAL):
            return at - since >= _LONGEST
        ended = self.ended_at is not None and at - self.ended_at >= _QUIET
        return ended or at - since >= _LONGEST_OF_THE_PORTAL


def group_name(reason: str, label: str) -> str:
    """The name of the group of documents with that label (empty: of all documents) that wait for that reason."""
    return f"{reason}/{label}"


def reason_of_hold(before: Invoice | None, after: Invoice) -> Problem | None:
    """Why the write held the document; None when it did not, when a person did, or when a retry failed."""
    if after.state is not State.HELD or after.stopped is not None or not after.problems:
        return None
    reason = after.problems[-1]
    if before is None:
        return reason
    if before.state is State.HELD:
        return reason if before.problems[-1:] != after.problems[-1:] or before.stopped is not None else None
    return None if after.held_since is not None and before.held_since == after.held_since else reason


def answers_again(before: Breaker | None, after: Breaker) -> bool:
    """Whether the write of a supplier's breaker says that the portal answered the supplier after a failure."""
    return before is not None and before.failed_at is not None and after.failed_at is None
