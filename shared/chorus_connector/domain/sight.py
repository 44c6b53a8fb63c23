"""What one principal may see of a supplier's invoices (S39–S41).

Somebody who stands in the users table sees only the documents whose « user label » metadata has one of their labels;
everybody else who may use the connector sees all. The same in both loading modes: our own records decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chorus_connector.domain.matching import matching_form

if TYPE_CHECKING:
    from chorus_connector.domain.invoice import Invoice


@dataclass(frozen=True)
class Sight:
    """``labels`` in their matching form; None for somebody who is not in the table."""

    metadata_name: str
    labels: frozenset[str] | None = None

    @property
    def restricted(self) -> bool:
        return self.labels is not None

    def sees(self, invoice: Invoice) -> bool:
        """Whether the document is theirs to see; without the metadata it is nobody's who is restricted."""
        return self.sees_labelled(invoice.metadata)

    def sees_labelled(self, metadata: Mapping[str, str]) -> bool:
        """Whether what concerns a document with that metadata is theirs to see."""
        if self.labels is None:
            return True
        wanted = matching_form(self.metadata_name)
        return any(
            matching_form(name) == wanted and matching_form(value) in self.labels for name, value in metadata.items()
        )


EVERYTHING = Sight("")
