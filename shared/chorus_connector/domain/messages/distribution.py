"""A distribution list: a named set of allowed recipients that belongs to a structure, or to one of its services.

A list is used when a message is sent. A sent message keeps its own copy, so changing or deleting a list never changes
it.
"""

from datetime import datetime
from typing import Any, Self

from chorus_connector.domain.messages.refusals import problem, raise_if_invalid
from chorus_connector.domain.messages.structure import Address, Relation
from chorus_connector.domain.messages.texts import MAX_LIST_NAME, is_blank, normal_form, text_problems
from chorus_connector.domain.record import Record

MAX_MEMBERS = 2000
"""The limit keeps a list in one record; for more recipients use several lists, or « tous mes destinataires »."""
MAX_LISTS_OF_A_STRUCTURE = 500


class DistributionList(Record):
    """One list; ``kind`` is the members' relation to the owner. Frozen: ``changed`` gives the next version."""

    list_id: str
    siret: str
    service: str = ""
    kind: Relation
    name: str
    members: tuple[Address, ...]
    version: int = 0
    created_at: datetime
    created_by: str
    changed_at: datetime

    def checked(self) -> Self:
        """The list with its name in normal form and without duplicate members. Raises InvalidMessage."""
        name = normal_form(self.name)
        members = tuple(dict.fromkeys(self.members))
        problems = text_problems("name", name, limit=MAX_LIST_NAME)
        if is_blank(name):
            problems.append(problem("name_missing", "name"))
        if not members:
            problems.append(problem("recipients_missing", "members"))
        if len(members) > MAX_MEMBERS:
            problems.append(problem("too_many_recipients", "members", limit=MAX_MEMBERS))
        raise_if_invalid(problems)
        return self.model_copy(update={"name": name, "members": members})

    def changed(
        self, *, name: str | None, add: tuple[Address, ...], remove: tuple[Address, ...], now: datetime
    ) -> Self:
        """The next version, renamed, with members added and removed, or the list itself when nothing changes.

        Raises InvalidMessage, also for one to remove that is no member.
        """
        gone = set(remove)
        raise_if_invalid(
            [
                problem("not_a_member", f"remove.{index}", siret=each.siret, service=each.service)
                for index, each in enumerate(remove)
                if each not in self.members
            ]
        )
        update: dict[str, Any] = {"members": tuple(each for each in (*self.members, *add) if each not in gone)}
        if name is not None:
            update["name"] = name
        after = self.model_copy(update=update).checked()
        if after == self:
            return self
        return after.model_copy(update={"version": self.version + 1, "changed_at": now})
