"""The recipients that a structure may write to, as completion and search offer them, page by page.

A structure is shown under its own name of now, never under the copy by which it was found. A supplier that was deleted
is not offered any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING

from chorus_connector.domain.messages.listing import ResultPage, cursor_of, fingerprint, position_of
from chorus_connector.domain.messages.refusals import InvalidMessage, problem
from chorus_connector.domain.messages.structure import MIN_COMPLETION, Counterparty, Relation
from chorus_connector.domain.messages.texts import words

if TYPE_CHECKING:
    from chorus_connector.domain.messages.structure import Structure
    from chorus_connector.ports.values import FoundCounterparty
    from chorus_connector.usecases.messages.audience import Audience

MIN_SEARCH = 2
MAX_SCANNED_COUNTERPARTIES = 2000
"""Counterparties read for one page of a search: enough for any selective word. The page then has a cursor."""


@dataclass(frozen=True)
class Search:
    """The criteria of a search for recipients; all given criteria must match.

    ``designation`` is found in a structure's name, and in the code and label of its services. ``service`` is found in
    these two only.
    """

    identifier: str = ""
    designation: str = ""
    postal_code: str = ""
    town: str = ""
    service: str = ""

    def matches(self, candidate: Counterparty) -> bool:
        """Whether every given word is the start of a word of the candidate in that field.

        A service is a match of its own only if one of the words is the service's.
        """
        if not candidate.siret.startswith(self.identifier):
            return False
        place = ((self.postal_code, candidate.postal_code), (self.town, candidate.town))
        if not all(_all_start(wanted, text) for wanted, text in place):
            return False
        if not candidate.service:
            return not self.service and _all_start(self.designation, candidate.name)
        its_words = f"{candidate.service} {candidate.service_label}"
        wanted_here = words(self.service) or words(self.designation)
        return (
            _all_start(self.service, its_words)
            and _all_start(self.designation, f"{candidate.name} {its_words}")
            and any(_starts_one(word, its_words) for word in wanted_here)
        )


@dataclass(frozen=True)
class FindRecipients:
    """Finds allowed recipients of one structure."""

    audience: Audience

    def completed(
        self, kind: Relation | None, prefix: str, *, limit: int, cursor: str | None = None
    ) -> ResultPage[Counterparty]:
        """Structures and services whose SIRET starts with ``prefix`` (4 digits or more). Raises InvalidMessage."""
        digits = re.sub(r"\s", "", prefix)
        if not digits.isascii() or not (digits.isdigit() or not digits):
            raise InvalidMessage(problem("prefix_not_digits", "prefix"))
        if len(digits) < MIN_COMPLETION:
            raise InvalidMessage(problem("prefix_too_short", "prefix", limit=MIN_COMPLETION))
        relation = self.audience.relation(kind)
        belongs_to = fingerprint({"completion": self.audience.structure.siret, "kind": relation, "prefix": digits})
        after = position_of(cursor, belongs_to)
        found = self.audience.counterparties.starting_with(relation, digits, after=after[0] if after else None)
        return self._page(found, relation, Search(identifier=digits), limit, belongs_to, everything=True)

    def search(
        self, kind: Relation | None, search: Search, *, limit: int, cursor: str | None = None
    ) -> ResultPage[Counterparty]:
        """The structures and services that match, in order.

        Raises InvalidMessage when no criterion is given, only too short ones, or the cursor of another search.
        """
        relation = self.audience.relation(kind)
        belongs_to = fingerprint({"search": self.audience.structure.siret, "kind": relation, **asdict(search)})
        after = position_of(cursor, belongs_to)
        found = self._candidates(relation, search, after[0] if after else None)
        return self._page(found, relation, search, limit, belongs_to)

    def _page(
        self,
        found: Iterator[FoundCounterparty],
        relation: Relation,
        search: Search,
        limit: int,
        belongs_to: str,
        *,
        everything: bool = False,
    ) -> ResultPage[Counterparty]:
        """The next ``limit`` matches; ``everything``: also services that no word of the search names."""
        items: list[Counterparty] = []
        last, scanned = "", 0
        while chunk := list(islice(found, limit + 1)):
            known = self._known(chunk)
            for each in chunk:
                live = each.counterparty.described_by(known.get(each.counterparty.siret))
                offered = each.counterparty.siret in known or not (relation == "supplier" or live.tenant)
                if offered and (everything or search.matches(live)):
                    if len(items) == limit:
                        return ResultPage(tuple(items), cursor_of((last,), belongs_to))
                    items.append(live)
                last = each.place
            scanned += len(chunk)
            if scanned >= MAX_SCANNED_COUNTERPARTIES:
                return ResultPage(tuple(items), cursor_of((last,), belongs_to), complete=False)
        return ResultPage(tuple(items), None)

    def _known(self, found: Iterable[FoundCounterparty]) -> dict[str, Structure]:
        return self.audience.structures.get_many((each.counterparty.siret for each in found), service="")

    def _candidates(self, relation: Relation, search: Search, after: str | None) -> Iterator[FoundCounterparty]:
        """What the most selective criterion finds, each once; the other criteria are checked later."""
        counterparties = self.audience.counterparties
        if search.identifier:
            if len(search.identifier) < MIN_COMPLETION:
                raise InvalidMessage(problem("prefix_too_short", "identifier", limit=MIN_COMPLETION))
            return counterparties.starting_with(relation, search.identifier, after=after)
        for field in ("service", "postal_code", "designation", "town"):
            given = words(getattr(search, field))
            if given:
                narrowest = max(given, key=len)
                if len(narrowest) < MIN_SEARCH:
                    raise InvalidMessage(problem("criterion_too_short", field, limit=MIN_SEARCH))
                return _each_once(counterparties.found_by(relation, field, narrowest, after=after), field, narrowest)
        raise InvalidMessage(problem("criterion_missing"))


def _each_once(found: Iterator[FoundCounterparty], field: str, start: str) -> Iterator[FoundCounterparty]:
    """Without those that an earlier word of theirs has found, on this page or on one before."""
    for each in found:
        its_words = (word for its, word in each.counterparty.found_by() if its == field and word.startswith(start))
        if each.word == min(its_words, default=each.word):
            yield each


def _all_start(wanted: str, text: str) -> bool:
    return all(_starts_one(word, text) for word in words(wanted))


def _starts_one(start: str, text: str) -> bool:
    return any(word.startswith(start) for word in words(text))
