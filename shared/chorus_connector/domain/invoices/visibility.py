"""Which of a supplier's invoices a user may see.

A user with labels in the users table sees only the documents whose « user label » metadata has one of these labels.
Every other user of the supplier sees all documents. Our own records decide, so both loading modes show the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chorus_connector.domain.suppliers.matching import matching_form

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice


@dataclass(frozen=True)
class Visibility:
    """``labels`` in their matching form; None for a user who is not in the users table."""

    metadata_name: str
    labels: frozenset[str] | None = None

    @property
    def restricted(self) -> bool:
        return self.labels is not None

    def sees(self, invoice: Invoice) -> bool:
        """Whether the user may see it. A restricted user never sees a document that lacks the label metadata."""
        return self.sees_labelled(invoice.metadata)

    def sees_labelled(self, metadata: Mapping[str, str]) -> bool:
        """Whether the user may see an item with that metadata."""
        return self.labels is None or not self.labels.isdisjoint(labels_in(metadata, self.metadata_name))


def labels_in(metadata: Mapping[str, str], metadata_name: str) -> frozenset[str]:
    """The user labels a document carries in the metadata of that name, in their matching form."""
    wanted = matching_form(metadata_name)
    return frozenset(matching_form(value) for name, value in metadata.items() if matching_form(name) == wanted)


def visible_to_all_who_see(this: Invoice, other: Invoice, *, metadata_name: str) -> bool:
    """Whether every user who may see ``this`` may see the other too, whatever their labels are."""
    return labels_in(this.metadata, metadata_name) <= labels_in(other.metadata, metadata_name)


EVERYTHING = Visibility("")
