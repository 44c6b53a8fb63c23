"""Carries a structure's changed names to those who exchanged invoices with it, so that a search finds it by them.

What a page shows is the structure's own name in any case. Only the words by which a search finds it are copies: the
table's stream says that a description changed, and each counterparty's copy is written again, a hundred at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chorus_connector.domain.messages.structure import Relation, Structure
    from chorus_connector.ports.messages import Counterparties, RenewalQueue, Structures

COPIES_AT_A_TIME = 100
_THEIRS: Mapping[Relation, Relation] = {"client": "supplier", "supplier": "client"}
"""What a structure is to its counterparty, by what the counterparty is to the structure."""


@dataclass(frozen=True)
class RenewNames:
    """Writes one structure's names where they are copied. Repeating it changes nothing."""

    structures: Structures
    counterparties: Callable[[str], Counterparties]
    queue: RenewalQueue

    def work_on(self, siret: str, place: str) -> None:
        """Renew the copies of the next hundred counterparties after ``place`` (empty: from the start).

        The rest goes back to the queue.
        """
        structure = self.structures.get(siret)
        if structure is None:
            return
        relation, _, after = place.partition("#")
        ours: Relation = "supplier" if relation == "supplier" else "client"
        found, following = self.counterparties(siret).page(ours, after=after or None, limit=COPIES_AT_A_TIME)
        for each in found:
            self._renew(each.siret, _THEIRS[ours], structure)
        if self.structures.get(siret) != structure:  # it changed again: the later run must have the last word
            self.queue.renew(siret, place)
        elif following is not None:
            self.queue.renew(siret, f"{ours}#{following}")
        elif ours == "client":
            self.queue.renew(siret, "supplier#")

    def _renew(self, counterparty: str, relation: Relation, structure: Structure) -> None:
        theirs = self.counterparties(counterparty)
        for found in list(theirs.starting_with(relation, structure.siret)):
            theirs.record(relation, found.counterparty.described_by(structure))
