"""The search of the portal's directory: live, then cached for a day; the last answer while the portal is down."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import Invalid, NotCached
from chorus_connector.domain.portal.answers import PortalFailure
from chorus_connector.domain.portal.recipient_search import (
    MAX_FOUND,
    SHORTEST_SIRET,
    SHORTEST_TEXT,
    RecipientFound,
    RecipientQuery,
    RecipientsFound,
    cannot_hide,
    ignores_accents,
    in_order,
)
from chorus_connector.domain.problem import Problem
from chorus_connector.usecases.portal.asking import not_answered
from chorus_connector.usecases.portal.directory import MAX_AGE

if TYPE_CHECKING:
    from chorus_connector.domain.portal.recipient_search import Incomplete
    from chorus_connector.ports.portal import RecipientSearchPortal, SearchCache

_LOG = logging.getLogger("recipient_search")


@dataclass(frozen=True)
class Answered:
    """What was found, and whether it is older than a day because the portal does not answer."""

    found: RecipientsFound
    stale: bool = False


@dataclass
class _Asking:
    """One query's calls of the portal, and what they have found so far."""

    query: RecipientQuery
    portal: RecipientSearchPortal
    matching: list[RecipientFound] = field(default_factory=list)
    #: the answers to one part had all rows of its texts
    whole: bool = False
    #: and no row can hide behind an accent
    complete: bool = False

    def ask(self) -> None:
        """Ask with the parts of the query in turn, until one finds something and has all rows. Raises PortalFailure."""
        for groups in self.query.texts():
            self._ask_part(groups)
            if self.complete or (self.whole and self.matching):
                return

    def _ask_part(self, groups: tuple[tuple[str, ...], ...]) -> None:
        for position, texts in enumerate(groups):
            whole, accents_count = True, not all(map(cannot_hide, texts))
            for text in texts:
                rows, all_rows = self.portal.search_recipients(self.query.siret, text, most=MAX_FOUND)
                self.matching += [each for each in rows if self.query.matches(each)]
                whole = whole and all_rows
                accents_count = accents_count and not ignores_accents(text, rows)
            if position == 0:  # only the longest word finds all: the others are asked while nothing was found
                self.whole, self.complete = whole, whole and not accents_count
            if self.matching or self.complete:
                return

    def found(self, now: datetime, *, failed: bool = False) -> RecipientsFound:
        """What was found so far; ``failed``: the portal did not answer all calls."""
        recipients = in_order(self.matching)
        because: Incomplete | None = None
        if failed:
            because = "not_all_asked"
        elif not self.whole or len(recipients) > MAX_FOUND:
            because = "too_many"
        elif not self.complete:
            because = "accents"
        return RecipientsFound(
            recipients=recipients[:MAX_FOUND],
            complete=because is None,
            because=because,
            spellings=self.query.spellings,
            found_at=now,
        )


@dataclass(frozen=True)
class SearchRecipients:
    """Searches as one supplier. ``cache`` is the supplier's own: it never shows what others looked for."""

    cache: SearchCache
    portal: RecipientSearchPortal

    def search(self, query: RecipientQuery, *, now: datetime) -> Answered:
        """Every recipient that matches, by name. Raises Invalid; Conflict or Transient when nothing is known.

        Invalid: no part of the query is long enough.
        """
        if not query.specific:
            raise Invalid.about(_too_broad())
        known = self.cache.get(query.key)
        if known is not None and known.serves(query) and now - known.found_at < MAX_AGE:
            return Answered(known)
        asking = _Asking(query, self.portal)
        try:
            asking.ask()
        except PortalFailure as failure:
            if known is not None:
                return Answered(known if known.serves(query) else known.of_other_spellings(), stale=True)
            if not asking.matching:
                raise not_answered(failure) from failure
            return Answered(asking.found(now, failed=True))
        found = asking.found(now)
        self._keep(query, found)
        return Answered(found)

    def _keep(self, query: RecipientQuery, found: RecipientsFound) -> None:
        """An empty answer is not kept: a structure may open at any time."""
        if not found.recipients:
            return
        try:
            self.cache.put(query.key, found)
        except NotCached as failure:
            _LOG.warning("A search of the directory could not be kept", extra={"reason": failure.reason})


def page_of_recipients(
    found: RecipientsFound, *, limit: int, cursor: str | None
) -> tuple[tuple[RecipientFound, ...], str | None]:
    """The recipients after ``cursor``, and the next cursor; None at the end."""
    rest = [each for each in found.recipients if each.position > (cursor or "")]
    page = tuple(rest[:limit])
    return page, page[-1].position if len(rest) > limit else None


def _too_broad() -> Problem:
    return Problem(
        field="query",
        code="search_too_broad",
        fr=f"Donnez au moins {SHORTEST_SIRET} chiffres d'un SIRET, ou {SHORTEST_TEXT} lettres d'un nom, d'une ville ou "
        "d'un code postal.",
        en=f"Give at least {SHORTEST_SIRET} digits of a SIRET, or {SHORTEST_TEXT} characters of a name, a town or a "
        "postal code.",
    )
