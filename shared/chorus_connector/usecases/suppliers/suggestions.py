"""What the portal's directory offers for a refused line of an import: recipients of that name, or services.

They are shown with the report of a dry run. A person chooses; no line is changed by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import Conflict, Invalid, Transient
from chorus_connector.domain.portal.answers import PortalFailure
from chorus_connector.domain.portal.recipient_search import RecipientQuery
from chorus_connector.domain.suppliers.table_csv import Suggestion
from chorus_connector.usecases.portal.directory import services_page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chorus_connector.domain.problem import Problem
    from chorus_connector.domain.suppliers.table_csv import CsvLine
    from chorus_connector.domain.suppliers.tables import TableKind
    from chorus_connector.usecases.portal.directory import Directory
    from chorus_connector.usecases.portal.recipient_search import SearchRecipients

MOST_SEARCHES = 20
"""Searches for one file: each may be several calls of the portal."""
MOST_SUGGESTIONS = 5

_RECIPIENT, _SERVICE = (
    {"not_a_siret", "recipient_unknown", "recipient_inactive"},
    {"service_unknown", "service_inactive"},
)


@dataclass
class Suggestions:
    """For the lines of one file. After the portal's first failure, or without time left, nothing is offered."""

    search: SearchRecipients
    directory: Directory
    may_ask: Callable[[], bool]
    _left: int = field(default=MOST_SEARCHES, init=False)

    def for_line(
        self, kind: TableKind, line: CsvLine, problems: Iterable[Problem], now: datetime
    ) -> tuple[Suggestion, ...]:
        """At most ``MOST_SUGGESTIONS`` values that may be meant."""
        codes = {each.code for each in problems}
        if self._left <= 0 or not self.may_ask():
            return ()
        try:
            if kind == "recipients" and codes <= _RECIPIENT:
                return self._recipients(line, now)
            if kind == "services" and codes <= _SERVICE:
                return self._services(line, now)
        except (PortalFailure, Transient, Conflict):
            self._left = 0
        except Invalid:  # the label is too short for a search
            return ()
        return ()

    def _recipients(self, line: CsvLine, now: datetime) -> tuple[Suggestion, ...]:
        self._left -= 1
        name = line.value if any(char.isalpha() for char in line.value) else line.label
        found = self.search.search(RecipientQuery(name=name), now=now).found.recipients[:MOST_SUGGESTIONS]
        return tuple(Suggestion(each.siret, each.name, each.postal_code, each.town) for each in found)

    def _services(self, line: CsvLine, now: datetime) -> tuple[Suggestion, ...]:
        recipient = self.directory.whole(line.scope, now=now)
        if recipient is None:
            return ()
        for text in (line.value, line.label):
            found, _ = services_page(recipient, search=text, limit=2 * MOST_SUGGESTIONS)
            if offered := [Suggestion(each.code, each.name) for each in found if each.active][:MOST_SUGGESTIONS]:
                return tuple(offered)
        return ()
