"""The counters of quotas, shared by every container of every function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from chorus_connector.domain.quotas import Holder, QuotaKind


class QuotaCounters(Protocol):
    """One counter per holder, kind and window."""

    def take(self, holder: Holder, kind: QuotaKind, count: int, *, most: int, begin: datetime, end: datetime) -> bool:
        """Count ``count`` more requests in the window from ``begin`` to ``end``.

        False, with nothing counted, when the window would then have more than ``most``. A negative ``count`` gives
        back what was counted and not used.
        """
