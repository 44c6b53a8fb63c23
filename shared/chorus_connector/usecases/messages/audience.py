"""The recipients a structure may write to: the checks before sending."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chorus_connector.domain.messages.refusals import InvalidMessage, problem, raise_if_invalid
from chorus_connector.domain.messages.structure import Address, Relation, Structure

if TYPE_CHECKING:
    from chorus_connector.domain.messages.distribution import DistributionList
    from chorus_connector.domain.messages.message import RecipientSelection
    from chorus_connector.domain.problem import Problem
    from chorus_connector.ports.messages import Counterparties, Lists, Structures


@dataclass(frozen=True)
class Audience:
    """The allowed recipients of one structure."""

    structure: Structure
    structures: Structures
    counterparties: Counterparties
    lists: Lists

    def relation(self, kind: Relation | None) -> Relation:
        """The recipients' relation to the structure: a public body chooses it, a supplier writes to its clients.

        Raises InvalidMessage.
        """
        raise_if_invalid(self.kind_problems(kind))
        if kind is None and self.structure.public:
            raise InvalidMessage(problem("recipient_kind_missing", "recipient_kind"))
        return kind or "client"

    def kind_problems(self, kind: Relation | None) -> list[Problem]:
        if self.structure.public or kind in (None, "client"):
            return []
        return [problem("recipient_kind_not_yours", "recipient_kind")]

    def used_lists(self, list_ids: Sequence[str], relation: Relation) -> Sequence[DistributionList]:
        """The lists in the given order. Raises InvalidMessage naming each that is unknown, empty or of another kind."""
        found = self.lists.get_many(list_ids)
        problems: list[Problem] = []
        for list_id in list_ids:
            each = found.get(list_id)
            if each is None:
                problems.append(problem("list_unknown", "list_ids", list_id=list_id))
            elif not each.members:
                problems.append(problem("list_empty", "list_ids", name=each.name))
            elif each.kind != relation:
                problems.append(problem("list_other_kind", "list_ids", name=each.name))
        raise_if_invalid(problems)
        return [found[list_id] for list_id in list_ids]

    def check(self, selection: RecipientSelection, relation: Relation) -> None:
        """Raises InvalidMessage naming each recipient that is not allowed, or when « all » are none."""
        raise_if_invalid(self.address_problems(selection.recipients, relation, field="recipients"))
        if selection.all_recipients and not selection.recipients and not selection.list_ids:
            found, _ = self.counterparties.page(relation, after=None, limit=1)
            if not found:
                raise InvalidMessage(problem("no_recipient", "all_recipients"))

    def address_problems(self, addresses: Sequence[Address], relation: Relation, *, field: str) -> list[Problem]:
        """One problem per address that is malformed, the sender's own, unknown, or without an exchanged invoice."""
        known = self.counterparties.known(relation, _with_their_structures(addresses))
        not_counterparties = [each.siret for each in addresses if Address(siret=each.siret) not in known]
        sirets = [each for each in not_counterparties if _is_siret(each)]
        known_structures = self.structures.get_many(sirets, service="")
        return [
            problem(code, f"{field}.{index}", siret=each.siret, service=each.service)
            for index, each in enumerate(addresses)
            if (code := self._refusal_code(each, known, known_structures)) is not None
        ]

    def _refusal_code(
        self, address: Address, known: set[Address], known_structures: dict[str, Structure]
    ) -> str | None:
        if not _is_siret(address.siret):
            return "recipient_not_a_siret"
        if address.siret == self.structure.siret:
            return "recipient_is_sender"
        if Address(siret=address.siret) not in known:
            return "recipient_never_exchanged" if address.siret in known_structures else "recipient_unknown"
        return None if address in known else "recipient_service_never_exchanged"


def _is_siret(text: str) -> bool:
    return re.fullmatch(r"[0-9]{14}", text) is not None


def _with_their_structures(addresses: Sequence[Address]) -> Iterator[Address]:
    for address in addresses:
        if _is_siret(address.siret):
            yield Address(siret=address.siret)
            yield address
