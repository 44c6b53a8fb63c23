"""Who is working on a document now, for some minutes: a hint for other people, which forbids nothing.

The domain's other claims (of a number, of a file's content) are exclusive; these are not.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from chorus_connector.domain.record import Record

LONGEST_CLAIM = timedelta(hours=1)


class WorkClaim(Record):
    """One principal's word that it works on the document until ``until``.

    ``person`` is whom a system names, in the system's own words, or the name that the principal signs in with; None:
    that is not known.
    """

    document_id: str
    by: str
    person: str | None = None
    since: datetime
    until: datetime

    def seen_at(self, now: datetime, *, caller: str) -> dict[str, Any]:
        """The claim as shown to a caller, with the whole minutes since it began."""
        minutes = max(0, int((now - self.since).total_seconds() // 60))
        return {
            "by": self.by,
            "person": self.person,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "minutes": minutes,
            "yours": self.by == caller,
        }


def renewed(earlier: WorkClaim | None, claim: WorkClaim) -> WorkClaim:
    """The claim, since the earlier one's begin if that has not ended and is the same person's."""
    if earlier is None or earlier.until <= claim.since or earlier.person != claim.person:
        return claim
    return claim.model_copy(update={"since": earlier.since})


def in_force(claims: Iterable[WorkClaim], now: datetime) -> tuple[WorkClaim, ...]:
    """The claims that have not ended, the first one first."""
    return tuple(sorted((each for each in claims if each.until > now), key=lambda each: (each.since, each.by)))
