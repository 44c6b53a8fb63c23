"""Which of a supplier's invoices a user may see.

A user sees only the documents whose « user label » metadata has one of their labels: those of the rows of the users
table for the user, and for each of their groups, together. A user without any such row sees all documents. Our own
records decide, so both loading modes show the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.matching import matching_form

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice, ListedInvoice

_LABELS_NAMED = 20
"""How many of the user's labels a refusal names."""


@dataclass(frozen=True)
class Visibility:
    """``labels`` in their matching form; None for a user of whom the users table has no row, nor of their groups."""

    metadata_name: str
    labels: frozenset[str] | None = None

    @property
    def restricted(self) -> bool:
        return self.labels is not None

    def sees(self, invoice: ListedInvoice) -> bool:
        """Whether the user may see it. A restricted user never sees a document that lacks the label metadata."""
        return self.sees_labelled(invoice.metadata)

    def sees_labelled(self, metadata: Mapping[str, str]) -> bool:
        """Whether the user may see an item with that metadata."""
        return self.labels is None or not self.labels.isdisjoint(labels_in(metadata, self.metadata_name))

    def check_upload(self, metadata: Mapping[str, str]) -> None:
        """Raises Invalid when the user could not see what they are about to upload with that metadata."""
        if not self.sees_labelled(metadata):
            raise Invalid.about(self._not_theirs())

    def _not_theirs(self) -> Problem:
        own = ", ".join(sorted(self.labels or ())[:_LABELS_NAMED])
        return Problem(
            field=f"metadata.{self.metadata_name}",
            code="label_not_yours",
            fr=f"Vous ne voyez que les documents dont la métadonnée « {self.metadata_name} » est l'une de vos "
            f"étiquettes ({own}) : vous ne verriez pas ce document. Donnez-lui l'une d'elles.",
            en=f"You see only the documents whose metadata '{self.metadata_name}' is one of your labels ({own}): you "
            "would not see this document. Give it one of these.",
        )


def labels_in(metadata: Mapping[str, str], metadata_name: str) -> frozenset[str]:
    """The user labels a document carries in the metadata of that name, in their matching form."""
    wanted = matching_form(metadata_name)
    return frozenset(matching_form(value) for name, value in metadata.items() if matching_form(name) == wanted)


def visible_to_all_who_see(this: Invoice, other: Invoice, *, metadata_name: str) -> bool:
    """Whether every user who may see ``this`` may see the other too, whatever their labels are."""
    return labels_in(this.metadata, metadata_name) <= labels_in(other.metadata, metadata_name)


EVERYTHING = Visibility("")
NOTHING = Visibility("", frozenset())
