"""How many requests a supplier, a structure or a caller may make: the numbers, and the error for one too many.

A request counts once, under the kind of its route; a replay also counts its events, and a change of the SIRET that the
portal is asked to confirm counts as a trial of credentials. Windows are fixed: a quota's
number is the burst, the number divided by its window is the rate that can be sustained. ``docs/api.md`` shows this
table.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, NamedTuple

from chorus_connector.domain.errors import ConnectorError
from chorus_connector.domain.problem import Problem

QuotaKind = Literal[
    "requests",
    "batches",
    "uploads",
    "credential_trials",
    "replays",
    "replayed_events",
    "exports",
    "searches",
    "recognised_pages",
    "drawn_pages",
    "archives",
]


@dataclass(frozen=True)
class Quota:
    """At most ``most`` requests in each window; a container leases ``block`` of them with one write."""

    most: int
    window: timedelta
    block: int = 1


QUOTAS: dict[QuotaKind, Quota] = {
    "requests": Quota(3000, timedelta(minutes=1), block=25),
    "batches": Quota(60, timedelta(minutes=3)),
    "uploads": Quota(360, timedelta(minutes=3), block=5),
    "credential_trials": Quota(10, timedelta(hours=1)),
    "replays": Quota(30, timedelta(minutes=3)),
    "replayed_events": Quota(5000, timedelta(hours=1)),
    "exports": Quota(20, timedelta(minutes=3)),
    "searches": Quota(120, timedelta(minutes=3), block=5),
    "recognised_pages": Quota(3000, timedelta(hours=1)),
    "drawn_pages": Quota(300, timedelta(minutes=3), block=5),
    "archives": Quota(20, timedelta(hours=1)),
}
"""Room for fifty requests a second, a hundred uploads a minute and a thousand scans of three pages an hour, for each
supplier.

Each container may leave a part of its last block unused: twelve containers at once still let a hundred uploads pass.
"""

OCR_QUOTA_USED_UP = Problem(
    field=None,
    code="ocr_quota_used_up",
    fr="Les pages numérisées de ce document n'ont pas été lues : le fournisseur a atteint le nombre de pages que la "
    "reconnaissance de caractères lit en une heure. Complétez le formulaire à la main, ou demandez à l'exploitant de "
    "faire relire le document dans une heure.",
    en="The scanned pages of this document were not read: the supplier has reached the number of pages that text "
    "recognition reads in an hour. Complete the form by hand, or ask the operator to have the document read again in "
    "an hour.",
    blocking=False,
)
"""The problem of a document whose pages are more than the quota ``recognised_pages`` has left."""


class Holder(NamedTuple):
    """Whose quota a request counts against."""

    kind: Literal["supplier", "structure", "principal"]
    id: str


class QuotaExceeded(ConnectorError):
    """The holder made too many requests of the kind; a new window begins in ``retry_after`` seconds."""

    code = "quota_exceeded"

    def __init__(self, kind: QuotaKind, retry_after: float) -> None:
        super().__init__(
            "Trop de demandes : attendez le nombre de secondes de l'en-tête Retry-After.",
            "Too many requests: wait for the seconds of the header Retry-After.",
        )
        self.kind = kind
        self.retry_after = max(1, math.ceil(retry_after))
