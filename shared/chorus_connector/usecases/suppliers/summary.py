"""What a person or a system with many suppliers sees first: each of them in one line, read in a few calls.

Counts are the kept ones (``domain.invoices.counting``). They are shown only where every user sees every document: who
sees only some asks the supplier's own counts, which are made for each caller.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple

from chorus_connector.domain.invoices.counting import CounterName, counter
from chorus_connector.domain.paris import day_in_paris
from chorus_connector.domain.suppliers.matching import matching_form
from chorus_connector.usecases.portal.credentials_state import credentials_now, refusal_of

if TYPE_CHECKING:
    from chorus_connector.domain.suppliers.supplier import Role, Supplier
    from chorus_connector.ports.values import SupplierState

SHOWN: tuple[CounterName, ...] = (
    "waiting",
    "refused",
    "sent_back",
    "held",
    "stopped",
    "set_aside",
    "unusable",
    "ready",
    "in_doubt",
)
NotShown = Literal["some_users_see_less", "not_counted_yet", "no_right_to_use"]
_NAMES_AT_ONCE = 100


class SupplierLine(NamedTuple):
    """One supplier of the caller. ``counters`` None: ``not_shown`` says why."""

    supplier: Supplier
    counters: dict[CounterName, int] | None
    not_shown: NotShown | None
    counted_at: datetime | None
    waiting_since: datetime | None
    password_days_left: int | None
    certificate_days_left: int | None
    refused: str | None
    suspected: bool
    paused_until: datetime | None


class SummaryPage(NamedTuple):
    """Some of the caller's suppliers, in the order of their ids; ``cursor`` is None on the last page."""

    suppliers: tuple[SupplierLine, ...]
    cursor: str | None


@dataclass(frozen=True)
class SummariseSuppliers:
    """``rights``: what the caller may do, by supplier.

    ``read`` gives the states of suppliers by their ids, in few calls, and ``named`` their records alone; of those that
    exist.
    """

    rights: Mapping[str, frozenset[Role]]
    read: Callable[[Sequence[str]], Iterable[SupplierState]]
    named: Callable[[Sequence[str]], Iterable[Supplier]]

    def page(
        self,
        *,
        limit: int,
        cursor: str | None,
        now: datetime,
        among: Collection[str] | None = None,
        text: str = "",
        also_administered: bool = False,
    ) -> SummaryPage:
        """One page of the suppliers that the caller may use, of those in ``among`` if it is given.

        ``text``: a part of the name or of the identifier. ``also_administered``: those too that the caller may only
        configure, without what waits there.
        """
        shown = sorted(each for each, roles in self.rights.items() if also_administered or "use" in roles)
        after = [each for each in shown if (among is None or each in among) and (cursor is None or each > cursor)]
        found = list(islice(self._matching(after, text) if text else iter(after), limit + 1))
        wanted = found[:limit]
        lines = tuple(_line(each, self.rights[each.supplier.supplier_id], now) for each in self.read(wanted))
        return SummaryPage(lines, wanted[-1] if len(found) > limit else None)

    def _matching(self, ids: Sequence[str], text: str) -> Iterator[str]:
        """Those with the text in their name or identifier; their records are read only as far as they are asked for."""
        wanted, digits = matching_form(text), "".join(text.split())
        for start in range(0, len(ids), _NAMES_AT_ONCE):
            for each in self.named(ids[start : start + _NAMES_AT_ONCE]):
                identifier = each.identifier.value if each.identifier else ""
                if wanted and (wanted in matching_form(each.name) or digits in identifier):
                    yield each.supplier_id


def _line(state: SupplierState, roles: Collection[Role], now: datetime) -> SupplierLine:
    kept, supplier = state.counts, state.supplier
    status = supplier.credentials_status
    not_shown: NotShown | None = None
    if "use" not in roles:
        not_shown = "no_right_to_use"
    elif not state.unrestricted:
        not_shown = "some_users_see_less"
    elif kept is None or not kept.known:
        not_shown = "not_counted_yet"
    shown = kept if kept is not None and not_shown is None else None
    expires = status.password_expires_at if status else None
    refused, suspected = _refused(state)
    return SupplierLine(
        supplier=supplier,
        counters={name: counter(shown.counts, name) for name in SHOWN} if shown else None,
        not_shown=not_shown,
        counted_at=shown.as_of if shown else None,
        waiting_since=shown.waiting_since if shown else None,
        password_days_left=_days_until(expires, now),
        certificate_days_left=_days_until(supplier.certificate_expires_at, now),
        refused=refused,
        suspected=suspected,
        paused_until=_paused_until(state, now),
    )


def _days_until(end: datetime | None, now: datetime) -> int | None:
    return (day_in_paris(end) - day_in_paris(now)).days if end else None


def _refused(state: SupplierState) -> tuple[str | None, bool]:
    """The code of what is wrong with the credentials, as their own route shows it; and whether it may pass."""
    refusal = refusal_of(state.breaker)
    if refusal is not None:
        return refusal["code"], refusal["suspected"]
    status = credentials_now(state.supplier.credentials_status, state.breaker)
    return next((each.code for each in status.problems if each.blocking), None) if status else None, False


def _paused_until(state: SupplierState, now: datetime) -> datetime | None:
    """Until when the supplier's calls of the portal rest, if they do."""
    breaker = state.breaker
    rests = breaker.opened_at is not None and breaker.retry_at is not None and now < breaker.retry_at
    return breaker.retry_at if rests else None
