"""Tracking at size: portal calls and seconds of a nightly run, DynamoDB units per invoice, Tracking and CSV of 100,000.

The portal is the tests' fake, because its calls are counted and not timed; the table is moto's, so seconds exclude the
network. Units are computed from our requests by DynamoDB's rules.
"""

import random
import statistics
import time
import tracemalloc
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, cast

import boto3
from moto import mock_aws

from chorus_connector.adapters.table.counts import DynamoCounts
from chorus_connector.adapters.table.invoice_items import attributes_of, listed_invoice_of
from chorus_connector.adapters.table.invoices import DynamoInvoices, DynamoTrackingProgress
from chorus_connector.adapters.table.suppliers import DynamoInstallation
from chorus_connector.domain.invoices.counting import (
    CountedChange,
    KeptCounts,
    begun,
    finished,
    found_document,
    short_name,
)
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.listing import Filter
from chorus_connector.domain.invoices.visibility import EVERYTHING
from chorus_connector.domain.portal.answers import FoundInvoice, InvoiceHistory, PassedStatus, PortalPage
from chorus_connector.domain.portal.tracking import found_at_portal
from chorus_connector.ports.values import InvoicePage
from chorus_connector.usecases.invoices.counting import KeepCounts
from chorus_connector.usecases.invoices.listing import ListInvoices
from chorus_connector.usecases.invoices.visibility import VisibleInvoices
from chorus_connector.usecases.portal.tracking import TrackInvoices
from tests.builders import NOW, TOWN_SIRET, a_supplier
from tests.dynamodb_table import create_table
from tests.fakes import FakeInvoices, FakeTable, FakeTrackingProgress
from tools.bench.figures import Figure
from tools.bench.units import Units

LARGE = 10_000
SUPPLIERS = 1_000
EACH = 100
LISTED = 100_000
PAGE = 100


def figures() -> list[Figure]:
    """All figures of this module."""
    return [*one_night(), *many_suppliers(), *units(), *counts(), *lists()]


class CountedPortal:
    """Counts the three calls that a retrieval makes."""

    def __init__(self, count: int) -> None:
        self.rows = [_row(n) for n in range(count)]
        self.calls = {"search": 0, "history": 0}

    def change(self, share: float, at: datetime) -> int:
        """Change the status of this share of the invoices; returns how many."""
        chosen = random.Random(6).sample(range(len(self.rows)), int(len(self.rows) * share))
        for n in chosen:
            self.rows[n] = _row(n, status="MISE_A_DISPOSITION", at=at)
        return len(chosen)

    def changes(self, *, since: datetime | None, page: int) -> PortalPage:
        self.calls["search"] += 1
        found = [row for row in self.rows if since is None or (row.status_at or NOW) >= since]
        return PortalPage(tuple(found[(page - 1) * PAGE : page * PAGE]), len(found), page * PAGE >= len(found))

    def history(self, chorus_id: int) -> InvoiceHistory:
        self.calls["history"] += 1
        row = self.rows[chorus_id - 1]
        steps = (PassedStatus("DEPOSEE", NOW - timedelta(days=30), None), PassedStatus(row.status, row.status_at, None))
        return InvoiceHistory(row.status, steps)

    def find(self, invoice_number: str) -> list[FoundInvoice]:
        return [row for row in self.rows if row.invoice_number == invoice_number]


def one_night() -> Iterator[Figure]:
    """One supplier with 10,000 invoices, 1 % changed since a first retrieval of all."""
    portal, tracking, _ = _fake_world(LARGE)
    started = time.perf_counter()
    tracking.run(now=NOW)
    first = f"{portal.calls['search']} searches, {time.perf_counter() - started:.1f} s"
    yield Figure("first retrieval, 10,000 invoices", first, "", "fake portal and table")
    portal.calls = {"search": 0, "history": 0}
    changed = portal.change(0.01, NOW + timedelta(hours=5))
    started = time.perf_counter()
    tracking.run(now=NOW + timedelta(days=1))
    seconds = time.perf_counter() - started
    floor = -(-changed // PAGE) + 1
    told = f"{portal.calls['search']} searches (floor {floor}), {portal.calls['history']} histories, {seconds:.2f} s"
    yield Figure("a night, 10,000 invoices, 1 % changed", told, "", "a history for each one that changed")


def many_suppliers() -> Iterator[Figure]:
    """A thousand suppliers with a hundred invoices each, 1 % changed."""
    calls, seconds = 0, 0.0
    for _ in range(SUPPLIERS):
        portal, tracking, _ = _fake_world(EACH)
        tracking.run(now=NOW)
        portal.calls = {"search": 0, "history": 0}
        portal.change(0.01, NOW + timedelta(hours=5))
        started = time.perf_counter()
        tracking.run(now=NOW + timedelta(days=1))
        seconds += time.perf_counter() - started
        calls += sum(portal.calls.values())
    yield Figure(
        "a night, 1,000 suppliers × 100 invoices", f"{calls} calls, {seconds:.1f} s", "", "one after the other"
    )


def units() -> Iterator[Figure]:
    """DynamoDB units per changed and per unchanged invoice of a nightly run, and of a page of Tracking."""
    with mock_aws():
        client, uncounted = _client(), _client()
        create_table(client, "bench")
        DynamoInstallation(client, "bench").create_supplier(a_supplier(), administrator="bench")
        portal, meter = CountedPortal(PAGE), Units(client.meta.events, uncounted)
        invoices = DynamoInvoices(client, "bench", "s1")
        tracking = _tracking(portal, invoices, DynamoTrackingProgress(client, "bench", "s1"))
        tracking.run(now=NOW)
        meter.forget()
        tracking.take(portal.rows, now=NOW)
        unchanged = f"{meter.written:g} WU, {meter.read / PAGE:.1f} RU"
        yield Figure("an unchanged invoice seen again", unchanged, "", "of a page of 100, consistent reads")
        portal.change(0.5, NOW + timedelta(hours=1))
        changed = [row for row in portal.rows if row.status != "DEPOSEE"]
        meter.forget()
        tracking.take(changed, now=NOW + timedelta(hours=2))
        per_invoice = f"{meter.written / len(changed):.1f} WU, {meter.read / len(changed):.1f} RU"
        yield Figure("a changed invoice", per_invoice, "", "record with its audit line, and its row in the index")
        meter.forget()
        page = ListInvoices(VisibleInvoices(invoices, EVERYTHING), tracking).listing(
            "tracking", Filter(), limit=50, cursor=None, now=NOW
        )
        how = f"{len(page.page.invoices)} invoices; one query, however long the list is"
        yield Figure("a page of Tracking", f"{meter.read:.1f} RU", "", how)


def counts() -> Iterator[Figure]:
    """Units of the counts, of an invoice whose changes come one at a time, and our own time to count 100,000."""
    with mock_aws():
        client = _client()
        meter = Units(client.meta.events, _client())
        create_table(client, "t")
        DynamoInstallation(client, "t").create_supplier(a_supplier(), administrator="alice")
        keep = KeepCounts(DynamoCounts(client, "t", "s1"), DynamoInvoices(client, "t", "s1"), clock=lambda: NOW)
        keep.count_all(now=NOW)
        meter.forget()
        names = (None, "RECEIVED", "READING", "READY", "SUBMITTING", "SUBMITTED/in_flight")
        for version, (before, after) in enumerate(pairwise(names)):
            keep.add([CountedChange("0123456789ab", version, before, after, NOW, NOW)], now=NOW)
        units = f"{meter.written:g} WU, {meter.read:g} RU"
        yield Figure(
            "the counts, an invoice from upload to SUBMITTED", units, "", "five changes, each a batch of its own"
        )
    item = attributes_of(found_at_portal(_row(0), "s1", now=NOW - timedelta(days=9)))
    started = time.process_time()
    found = {short_name(str(n)): found_document(listed_invoice_of(item), NOW) for n in range(LISTED)}
    kept = finished(begun(KeptCounts(), "c", NOW), found, NOW)
    seconds = time.process_time() - started
    assert sum(kept.counts.values()) == LISTED
    yield Figure(
        f"counting {LISTED:,} documents, our own time", f"{seconds:.1f}", "s", "of the processor, without the queries"
    )


def _client() -> Any:
    return boto3.client("dynamodb", region_name="eu-west-3", aws_access_key_id="x", aws_secret_access_key="x")


def lists() -> Iterator[Figure]:
    """The time of our own code for Tracking and for an export, without DynamoDB's queries."""
    track = ListInvoices(VisibleInvoices(cast(Any, EndlessInvoices()), EVERYTHING), _fake_world(0)[1])
    durations = []
    for _ in range(60):
        started = time.perf_counter()
        track.listing("tracking", Filter(), limit=50, cursor=None, now=NOW)
        durations.append((time.perf_counter() - started) * 1000)
    p95 = statistics.quantiles(durations, n=20)[-1]
    yield Figure(
        "a page of Tracking, our own time, p95", f"{p95:.1f}", "ms", "50 of 100,000 invoices, without the query"
    )
    sink = _Counting()
    tracemalloc.start()
    started = time.perf_counter()
    lines, cursor = track.export("tracking", Filter(), sink, cursor=None, may_go_on=lambda: True)
    seconds = time.perf_counter() - started
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    assert cursor is None
    how = f"{sink.bytes / 1e6:.1f} MB of CSV; memory watched, which slows it; without the queries and the upload"
    yield Figure(f"CSV export of {lines:,} rows", f"{seconds:.0f} s, {peak:.1f} MB at most", "", how)


class EndlessInvoices:
    """A list of 100,000 invoices that parses each from JSON when it is requested."""

    def page(
        self, listed_in: Any, *, limit: int, cursor: str | None, sees: Any = None, received: Any = None
    ) -> InvoicePage:
        start = int(cursor or 0)
        end = min(start + limit, LISTED)
        texts = (
            found_at_portal(_row(n), "s1", now=NOW).model_dump_json(exclude_defaults=True) for n in range(start, end)
        )
        return InvoicePage(
            tuple(Invoice.model_validate_json(text) for text in texts), str(end) if end < LISTED else None
        )


class _Counting:
    def __init__(self) -> None:
        self.bytes = 0

    def write(self, data: bytes) -> None:
        self.bytes += len(data)


def _fake_world(count: int) -> tuple[CountedPortal, TrackInvoices, FakeTable]:
    table, portal = FakeTable(), CountedPortal(count)
    return portal, _tracking(portal, FakeInvoices(table, "s1"), FakeTrackingProgress(table, "s1")), table


def _tracking(portal: Any, invoices: Any, progress: Any) -> TrackInvoices:
    return TrackInvoices(a_supplier(loading_mode="local"), invoices, portal, progress, lambda siret, now: True)


def _row(n: int, *, status: str = "DEPOSEE", at: datetime = NOW - timedelta(days=30)) -> FoundInvoice:
    return FoundInvoice(
        chorus_id=n + 1,
        invoice_number=f"F-{n:06d}",
        recipient_siret=TOWN_SIRET,
        invoice_date=date(2026, 10, 1),
        total_ttc=Decimal("600.00"),
        status=status,
        status_at=at,
        recipient_name="Mairie de Bourg",
        deposited_on=date(2026, 10, 2) + timedelta(days=n % 28),
    )
