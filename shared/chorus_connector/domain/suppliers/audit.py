"""The audit trail of a supplier's configuration: one line per change, written once and never changed.

The records that are compared contain no secrets; a change of secrets is recorded by name only.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chorus_connector.domain.record import Record

EVENTS = (
    "access.removed",
    "access.set",
    "credentials.saved",
    "criteria.added",
    "criteria.removed",
    "description.set",
    "documents.deleted",
    "export.made",
    "layouts.forgotten",
    "member.removed",
    "member.set",
    "notifications.confirmed",
    "notifications.removed",
    "notifications.set",
    "notifications.switched_off",
    "structure.joined",
    "structure.released",
    "subscription.removed",
    "subscription.set",
    "supplier.changed",
    "tables.activated",
    "tables.added",
    "tables.changed",
    "tables.dismissed",
    "tables.imported",
    "tables.removed",
    "webhooks.changed",
    "webhooks.created",
    "webhooks.deleted",
    "webhooks.paused",
    "webhooks.resumed",
    "webhooks.secret_rotated",
    "webhooks.switched_off",
)
"""Every change that a line may tell: the kind of its item, and what was done to it."""

_BOOKKEEPING = frozenset({"version"})


class Change(Record):
    """One change of the configuration: who made it, when, and the values before and after.

    ``item`` is the changed part (``supplier``, ``criteria/ab12``, ``access/alice``, ``credentials``). ``before`` is
    None for an addition, ``after`` for a removal.
    """

    change_id: str
    at: datetime
    by: str
    item: str
    action: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None

    @property
    def event_name(self) -> str:
        """The name of what happened, without the id of the item: one of ``EVENTS``, or a name of another release."""
        return f"{self.item.partition('/')[0]}.{self.action}"


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that differ between two records as JSON: their old values and their new values."""
    names = [name for name in {**before, **after} if name not in _BOOKKEEPING and before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}
