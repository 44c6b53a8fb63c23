"""The portal's directory with a cache: the portal is asked once a day per recipient, or when ``fresh`` is set."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import NotCached, NotFound
from chorus_connector.domain.portal.answers import PortalFailure, PortalUnreachable
from chorus_connector.domain.portal.recipient import TECHNICAL_SERVICE
from chorus_connector.domain.suppliers.identifier import names_a_recipient
from chorus_connector.domain.suppliers.matching import matching_form
from chorus_connector.usecases.portal.asking import not_answered

if TYPE_CHECKING:
    from chorus_connector.domain.portal.recipient import Recipient, Service
    from chorus_connector.domain.suppliers.supplier import BankAccount
    from chorus_connector.ports.portal import DirectoryPortal, RecipientCache

MAX_AGE = timedelta(days=1)
"""A daily refresh is enough, because a refused invoice refreshes the entry at once.

It is the age of what is known about a structure and its list of services, and of what was learnt about one service.
"""

_LOG = logging.getLogger("directory")


@dataclass(frozen=True)
class RecipientRead:
    """A recipient for a person, and whether it is older than a day because the portal does not answer."""

    recipient: Recipient
    stale: bool = False


@dataclass(frozen=True)
class Directory:
    """The portal's directory behind ``cache``. ``not_cached`` is called when an answer could not be kept."""

    cache: RecipientCache
    portal: DirectoryPortal
    not_cached: Callable[[], None] = lambda: None

    def recipient(self, siret: str, service: str | None, *, now: datetime, fresh: bool = False) -> Recipient | None:
        """The structure with that SIRET, None when the directory has none. Raises PortalFailure.

        It has the services whose code or label is ``service``, and perhaps others. The one that is meant is completed
        with its own requirements. ``fresh`` skips the cache. An unknown SIRET is never cached, because the structure
        may be opened at any time.
        """
        known = None if fresh else self.cache.get(siret, service)
        if known is None or now - known.fetched_at >= MAX_AGE:
            known = self._asked(siret, now)
        meant = (known.service(service) or known.labelled(service)) if known and service else None
        if known is None or meant is None or _is_judged(meant, known, now):
            return known
        required = self.portal.service_requires_engagement(known, meant)
        judged = meant.model_copy(update={"engagement_required": required, "engagement_asked_at": now})
        known = known.with_service(judged)
        self._keep(lambda: self.cache.learn(known, judged), known)
        return known

    def whole(self, siret: str, *, now: datetime) -> Recipient | None:
        """The structure with all its services, as they are known. Raises PortalFailure."""
        known = self.cache.whole(siret)
        if known is None or now - known.fetched_at >= MAX_AGE:
            return self._asked(siret, now)
        return known

    def read(self, siret: str, service: str | None, *, now: datetime) -> RecipientRead:
        """The structure for a person, with all its services; the one of code ``service`` with its requirement.

        Raises NotFound; Conflict or Transient when the portal does not answer and nothing is known.
        """
        if not names_a_recipient(siret):
            raise NotFound
        try:
            known = self.recipient(siret, service, now=now) if service else self.whole(siret, now=now)
        except PortalFailure as failure:
            known = self.cache.whole(siret)
            if known is None:
                raise not_answered(failure) from failure
            return RecipientRead(known, stale=now - known.fetched_at >= MAX_AGE)
        if known is None:
            raise NotFound
        return RecipientRead(known)

    def _asked(self, siret: str, now: datetime) -> Recipient | None:
        """The portal's present answer, which is kept."""
        found = self.portal.recipient(siret, now=now)
        if found is not None:
            self._keep(lambda: self.cache.put(found), found)
        return found

    def _keep(self, write: Callable[[], None], recipient: Recipient) -> None:
        """An answer that cannot be kept is used all the same: the invoice must not fail because of the cache."""
        try:
            write()
        except NotCached as failure:
            _LOG.warning(
                "The portal's answer about a recipient could not be kept",
                extra={"reason": failure.reason, "services": len(recipient.services)},
            )
            self.not_cached()


class NotAsked:
    """In the portal's place where only what is known already counts: every question fails."""

    def recipient(self, siret: str, *, now: datetime) -> Recipient | None:  # noqa: ARG002
        raise _not_asked()

    def service_requires_engagement(self, recipient: Recipient, service: Service) -> bool:  # noqa: ARG002
        raise _not_asked()

    def bank_accounts(self) -> tuple[BankAccount, ...]:
        raise _not_asked()


def services_page(
    recipient: Recipient, *, search: str = "", code: str | None = None, limit: int, cursor: str | None = None
) -> tuple[list[Service], str | None]:
    """The recipient's services by code, open and closed, after the code ``cursor``; and the next cursor.

    ``search`` must be in the code or the label; with ``code`` only the service with exactly that code.
    """
    if code is not None:
        one = recipient.service(code)
        return [one] if one else [], None
    wanted = matching_form(search)
    names = {each.code for each in recipient.services if each.code != TECHNICAL_SERVICE and each.code > (cursor or "")}
    found = [recipient.service(each) for each in sorted(names)]
    fitting = [
        each for each in found if each and (wanted in matching_form(each.code) or wanted in matching_form(each.name))
    ]
    page = fitting[:limit]
    return page, page[-1].code if len(fitting) > limit else None


def _not_asked() -> PortalUnreachable:
    return PortalUnreachable("not asked", blame="caller")


def _is_judged(service: Service, recipient: Recipient, now: datetime) -> bool:
    """Whether the service's own requirement is known and not too old. Older records have no date of their own."""
    asked_at = service.engagement_asked_at or recipient.fetched_at
    return service.engagement_required is not None and now - asked_at < MAX_AGE
