"""Data across tenants are keys and dates only: due work and its order, and notifications about a supplier."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from chorus_connector.adapters.table.invoices import DynamoInvoices
from chorus_connector.adapters.table.suppliers import DynamoInstallation, DynamoSupplier
from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.credentials import CredentialsStatus
from chorus_connector.domain.suppliers.removal import Removal
from chorus_connector.domain.suppliers.supplier import BankAccount
from chorus_connector.ports.values import AuditEvent, Work
from chorus_connector.usecases.invoices.waiting import credentials_problem
from tests.builders import NOW, a_supplier, an_invoice
from tests.dynamodb_table import empty_table
from tests.fakes import FakeInstallation, FakeInvoices, FakeSupplier, FakeTable


@dataclass
class Stores:
    """One tenant and what spans them."""

    invoices: Any
    supplier: Any
    installation: Any


@pytest.fixture(params=["fake", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "fake":
        table = FakeTable()
        yield Stores(FakeInvoices(table, "s1"), FakeSupplier(table, "s1"), FakeInstallation(table))
        return
    with empty_table() as client:
        yield Stores(
            DynamoInvoices(client, "t", "s1"), DynamoSupplier(client, "t", "s1"), DynamoInstallation(client, "t")
        )


def test_the_invoices_date_comes_with_the_key_of_what_is_due(stores: Stores) -> None:
    form = Form(fields={"invoice_date": FormField(value="2026-10-05", source="text")})
    stores.invoices.add(an_invoice(State.READY, document_id="dated", due_at=NOW, form=form), by="x")
    later = NOW + timedelta(seconds=1)
    stores.invoices.add(an_invoice(State.IN_DOUBT, document_id="undated", due_at=later), by="x")
    due = stores.installation.due(later, limit=10)
    assert [(work.document_id, work.invoice_date) for work in due] == [("dated", date(2026, 10, 5)), ("undated", None)]


def test_a_probe_is_due_for_suppliers_with_credentials_only_and_is_no_invoice(stores: Stores) -> None:
    supplier = a_supplier()
    stores.installation.create_supplier(supplier, administrator="alice")
    assert stores.installation.probes_due(NOW, limit=10) == []
    stores.supplier.save(supplier.model_copy(update={"version": 1, "probe_due_at": NOW}))
    assert stores.installation.probes_due(NOW - timedelta(seconds=1), limit=10) == []
    assert stores.installation.probes_due(NOW, limit=10) == [Work("s1", "")]
    assert stores.installation.due(NOW, limit=10) == []


def test_a_supplier_on_its_way_out_is_found_with_the_moment_it_was_asked_for_until_it_is_gone(stores: Stores) -> None:
    supplier = a_supplier()
    stores.installation.create_supplier(supplier, administrator="alice")
    assert stores.installation.removals_begun(NOW, limit=10) == []
    leaving = supplier.model_copy(update={"version": 1, "removal": Removal(by="root", asked_at=NOW, erase_files=True)})
    stores.supplier.save(leaving)
    assert stores.installation.removals_begun(NOW - timedelta(seconds=1), limit=10) == []
    assert stores.installation.removals_begun(NOW, limit=10) == [("s1", NOW)]
    assert stores.installation.probes_due(NOW, limit=10) == []
    stores.supplier.save(leaving.model_copy(update={"version": 2, "removal": None}))  # brought back from a backup
    assert stores.installation.removals_begun(NOW, limit=10) == []


def test_what_a_trial_showed_is_read_back_whole(stores: Stores) -> None:
    supplier = a_supplier()
    stores.installation.create_supplier(supplier, administrator="alice")
    status = CredentialsStatus(
        probed_at=NOW, problems=(credentials_problem("rights"),), password_expires_at=NOW + timedelta(days=9)
    )
    probed = supplier.model_copy(
        update={"version": 1, "credentials_status": status, "bank_accounts": (BankAccount(portal_id=7, name="B"),)}
    )
    stores.supplier.save(probed)
    assert stores.supplier.get() == probed


def test_an_announcement_is_written_with_the_change_or_not_at_all(stores: Stores) -> None:
    supplier = a_supplier()
    stores.installation.create_supplier(supplier, administrator="alice")
    event = AuditEvent(at=NOW, by="credential_probe", action="credentials_announced", state="refused", detail="x")
    changed = supplier.model_copy(update={"version": 1})
    stores.supplier.save(changed, event=event)
    with pytest.raises(StaleWrite):
        stores.supplier.save(changed, event=event)
    assert list(stores.supplier.events()) == [event]


def test_what_is_due_longest_comes_first_across_partitions_and_the_limit_cuts_the_rest(stores: Stores) -> None:
    for minute in range(12):
        document = an_invoice(State.READY, document_id=f"d{minute:02d}", due_at=NOW + timedelta(minutes=minute))
        stores.invoices.add(document, by="x")
    due = stores.installation.due(NOW + timedelta(hours=1), limit=5)
    assert [work.document_id for work in due] == ["d00", "d01", "d02", "d03", "d04"]
