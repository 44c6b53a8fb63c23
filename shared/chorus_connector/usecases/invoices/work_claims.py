"""A person says that they work on a document, so that others see it; used by the function invoice_api.

Nothing is locked: a second person may claim the document as well, and both see both. Each writes first and then reads,
so of two who begin at the same moment at least one sees the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chorus_connector.domain.invoices.work_claims import WorkClaim, in_force, renewed

if TYPE_CHECKING:
    from chorus_connector.ports.invoices import WorkClaims
    from chorus_connector.usecases.invoices.visibility import VisibleInvoices


@dataclass(frozen=True)
class ClaimWork:
    """``invoices`` are those that the caller may see; no claim on another one is read or written."""

    invoices: VisibleInvoices
    claims: WorkClaims

    def claim(
        self, document_id: str, *, by: str, person: str | None, lasts: timedelta, now: datetime
    ) -> tuple[WorkClaim, ...]:
        """Say that ``by`` works on the document from now on, or still does. Gives the claims in force.

        Raises NotFound.
        """
        own = next((each for each in self.of(document_id, now=now) if each.by == by), None)
        self.claims.put(
            renewed(own, WorkClaim(document_id=document_id, by=by, person=person, since=now, until=now + lasts))
        )
        return in_force(self.claims.of(document_id), now)

    def release(self, document_id: str, *, by: str, now: datetime) -> tuple[WorkClaim, ...]:
        """End the claim of ``by``, if there is one. Gives the claims in force. Raises NotFound."""
        self.invoices.get(document_id)
        self.claims.end(document_id, by)
        return in_force(self.claims.of(document_id), now)

    def of(self, document_id: str, *, now: datetime) -> tuple[WorkClaim, ...]:
        """The claims in force on the document. Raises NotFound."""
        self.invoices.get(document_id)
        return in_force(self.claims.of(document_id), now)


def claims_by_document(
    claims: WorkClaims, shown: Iterable[str], *, now: datetime
) -> Mapping[str, tuple[WorkClaim, ...]]:
    """The claims in force on the documents that are shown, by document: one query, however many there are."""
    wanted = frozenset(shown)
    found: dict[str, tuple[WorkClaim, ...]] = {}
    for each in in_force(claims.all(), now) if wanted else ():
        if each.document_id in wanted:
            found[each.document_id] = (*found.get(each.document_id, ()), each)
    return found
