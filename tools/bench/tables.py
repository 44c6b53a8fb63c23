"""Measures tables and lists: the import of 10,000 rows, and the DynamoDB units of the most frequent calls.

Units are computed by DynamoDB's rules (``units``), because moto returns a constant. Every document has a reading and a
completed form.
"""

import itertools
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.administration import DynamoAuditTrail
from chorus_connector.adapters.table.invoices import DynamoInvoices
from chorus_connector.adapters.table.recipients import DynamoRecipients
from chorus_connector.adapters.table.suppliers import DynamoSupplier
from chorus_connector.adapters.table.tables import DynamoTables
from chorus_connector.domain.invoices.form import fill_form
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.suppliers.access import Caller
from chorus_connector.usecases.invoices.visibility import VisibleInvoices, visibility_of
from chorus_connector.usecases.portal.directory import Directory
from chorus_connector.usecases.suppliers.tables import EditTables
from tests.builders import NOW, a_reading, a_supplier, an_invoice
from tests.dynamodb_table import create_table
from tests.fakes import FakePortal
from tests.fakes_user_pool import FakeUserDirectory
from tools.bench.figures import Figure
from tools.bench.units import Units

ROWS = 10_000
_TABLE = "bench"


def figures(*, many: int = 100_000) -> list[Figure]:
    """The import of 10,000 rows; a form read; a list of 50 out of 100 and out of ``many`` documents."""
    with mock_aws():
        meter = _Meter()
        create_table(meter.client, _TABLE)
        return [*_import(meter), *_form_read(meter), *_lists(meter, many)]


class _Everyone(FakeUserDirectory):
    """A pool that has every principal: its calls are not measured here."""

    def exists(self, principal: str) -> bool:
        return bool(principal)


def _import(meter: "_Meter") -> list[Figure]:
    ids = itertools.count()
    edit = EditTables(
        tables=DynamoTables(meter.client, _TABLE, "importer"),
        audit=DynamoAuditTrail(meter.client, _TABLE, "importer"),
        directory=Directory(DynamoRecipients(meter.client, _TABLE), FakePortal()),
        users=_Everyone(),
        by=Caller("bench", frozenset()),
        new_id=lambda: str(next(ids)),
    )
    lines = "".join(f"Équipe {number};principal-{number}\n" for number in range(ROWS))
    data = ("label;principal\n" + lines).encode()
    judged = time.perf_counter()
    edit.import_csv("users", data, now=NOW, dry_run=True)
    checked = time.perf_counter() - judged
    units, seconds = meter.of(lambda: edit.import_csv("users", data, now=NOW))
    how = f"{ROWS} rows, {len(data) / 1024:.0f} KB of CSV, one process, moto in it"
    return [
        Figure("import: reading and checking the file", f"{checked:.2f}", "s", how),
        Figure("import: writing calls", f"{units.calls}", "calls", how),
        Figure("import: write units per row", f"{units.written / ROWS:.2f}", "WCU", how),
        Figure("import: all of it", f"{seconds:.1f}", "s", f"{how}, which is most of it"),
    ]


def _form_read(meter: "_Meter") -> list[Figure]:
    store = DynamoInvoices(meter.client, _TABLE, "one")
    store.add(_document(1), by="bench")
    visible = _seen_through(meter, "one", store)
    units, _ = meter.of(lambda: visible().get("d000001"))
    size = len(_document(1).model_dump_json(exclude_defaults=True))
    return [Figure("form read", f"{units.read:g}", "RCU", f"an invoice of {size} bytes; who may see it included")]


def _lists(meter: "_Meter", many: int) -> list[Figure]:
    rows = []
    for count in (100, many):
        supplier = f"of-{count}"
        _fill(meter.client, supplier, count)
        visible = _seen_through(meter, supplier, DynamoInvoices(meter.client, _TABLE, supplier))
        units, seconds = meter.of(lambda: visible().page("to_process", limit=50, cursor=None))  # noqa: B023
        how = f"{units.calls} calls, {seconds * 1000:.0f} ms in moto"
        rows.append(Figure(f"list of 50 out of {count}", f"{units.read:g}", "RCU", how))
    return rows


def _seen_through(meter: "_Meter", supplier_id: str, store: DynamoInvoices) -> Callable[[], VisibleInvoices]:
    """The stores as a request makes them: the caller's visibility is read each time."""
    tables = DynamoTables(meter.client, _TABLE, supplier_id)
    suppliers = DynamoSupplier(meter.client, _TABLE, supplier_id)
    return lambda: VisibleInvoices(store, visibility_of(["somebody"], tables=tables, suppliers=suppliers))


def _document(number: int) -> Invoice:
    reading = a_reading(service_code="STECH", engagement_number="EJ-2026-1", recipient_name="Commune de Montclair")
    form, _ = fill_form(reading, metadata={}, associations={}, corrections={}, supplier_values=a_supplier().defaults)
    return an_invoice(
        State.TO_COMPLETE,
        document_id=f"d{number:06d}",
        received_at=NOW + timedelta(seconds=number),
        reading_version=0,
        form=form,
    )


def _fill(client: Any, supplier_id: str, count: int) -> None:
    """Write many documents directly, without the store: only their number matters."""
    maker = DynamoInvoices(client, _TABLE, supplier_id)
    backend = dynamodb_backends["123456789012"]["eu-west-3"]
    template = maker._invoice_item(_document(0))  # the item that the store would write
    for number in range(count):
        item = {
            **template,
            "SK": {"S": keys.invoice(f"d{number:06d}")},
            **keys.listed_invoice("to_process", NOW + timedelta(seconds=number), f"d{number:06d}"),
        }
        backend.put_item(_TABLE, item)


class _Meter:
    """A DynamoDB client and the units of its calls."""

    def __init__(self) -> None:
        self.client, uncounted = _client(), _client()
        self._units = Units(self.client.meta.events, uncounted)

    def of(self, action: Callable[[], object]) -> tuple[Units, float]:
        """The units that the action consumes, and its seconds."""
        self._units.forget()
        started = time.perf_counter()
        action()
        return self._units, time.perf_counter() - started


def _client() -> Any:
    return boto3.client("dynamodb", region_name="eu-west-3", aws_access_key_id="bench", aws_secret_access_key="bench")
