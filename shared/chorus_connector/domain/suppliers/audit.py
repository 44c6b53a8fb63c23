"""The audit trail of a supplier's configuration: one line per change, written once and never changed.

What is secret is not in the records compared here; a change of secrets is told by its name alone.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chorus_connector.domain.record import Record

_BOOKKEEPING = frozenset({"version"})


class Change(Record):
    """Who changed what of the configuration, when, and what stood there before and after.

    ``item`` is the part of the configuration (``supplier``, ``criteria/ab12``, ``access/alice``, ``credentials``).
    ``before`` is None for what was new, ``after`` for what is gone.
    """

    change_id: str
    at: datetime
    by: str
    item: str
    action: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only what differs between two records as JSON: as it was, and as it is."""
    names = [name for name in {**before, **after} if name not in _BOOKKEEPING and before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}
