"""The portal's directory with a cache: the portal is asked once a day per recipient, or when ``fresh`` is set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chorus_connector.domain.portal.recipient import Recipient
    from chorus_connector.ports.portal import Portal, RecipientCache

MAX_AGE = timedelta(days=1)
"""A daily refresh is enough, because a refused invoice refreshes the entry at once."""


@dataclass(frozen=True)
class Directory:
    """The portal's directory behind ``cache``."""

    cache: RecipientCache
    portal: Portal

    def recipient(
        self, siret: str, service_code: str | None, *, now: datetime, fresh: bool = False
    ) -> Recipient | None:
        """The structure with that SIRET, None when the directory has none. Raises PortalFailure.

        Only the service asked for is completed with its own requirements. ``fresh`` skips the cache. An unknown SIRET
        is never cached, because the structure may be opened at any time.
        """
        known = None if fresh else self.cache.get(siret)
        if known is None or now - known.fetched_at >= MAX_AGE:
            known = self.portal.recipient(siret, now=now)
            if known is None:
                return None
            self.cache.put(known)
        service = known.service(service_code) if service_code else None
        if service is not None and service.engagement_required is None:
            wanted = self.portal.service_requires_engagement(known, service)
            known = known.with_service(service.model_copy(update={"engagement_required": wanted}))
            self.cache.put(known)
        return known
