"""The search of the portal's directory: live, then cached for a day; the last answer while the portal is down."""

from __future__ import annotations

import logging
from dataclasses import dataclass
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
    in_order,
)
from chorus_connector.domain.problem import Problem
from chorus_connector.usecases.portal.asking import not_answered
from chorus_connector.usecases.portal.directory import MAX_AGE

if TYPE_CHECKING:
    from chorus_connector.ports.portal import RecipientSearchPortal, SearchCache

_LOG = logging.getLogger("recipient_search")


@dataclass(frozen=True)
class Answered:
    """What was found, and whether it is older than a day because the portal does not answer."""

    found: RecipientsFound
    stale: bool = False


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
        if known is not None and now - known.found_at < MAX_AGE:
            return Answered(known)
        try:
            found = self._asked(query, now)
        except PortalFailure as failure:
            if known is None:
                raise not_answered(failure) from failure
            return Answered(known, stale=True)
        self._keep(query, found)
        return Answered(found)

    def _asked(self, query: RecipientQuery, now: datetime) -> RecipientsFound:
        """The portal's present answer. The parts of the query are asked in turn until one is answered in full."""
        matching: list[RecipientFound] = []
        complete = False
        for groups in query.texts():
            found, complete = self._matching(query, groups)
            matching += found
            if complete:
                break
        return RecipientsFound(recipients=in_order(matching)[:MAX_FOUND], complete=complete, found_at=now)

    def _matching(
        self, query: RecipientQuery, groups: tuple[tuple[str, ...], ...]
    ) -> tuple[list[RecipientFound], bool]:
        """What matches the whole query among the answers to these texts, and whether these were whole."""
        matching: list[RecipientFound] = []
        complete = True
        for texts in groups:
            for text in texts:
                rows, whole = self.portal.search_recipients(query.siret, text, most=MAX_FOUND)
                matching += [each for each in rows if query.matches(each)]
                complete = complete and whole
            if matching:
                break
        return matching, complete

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
