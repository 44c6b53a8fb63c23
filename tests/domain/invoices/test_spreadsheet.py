"""The export that a French spreadsheet opens: nothing in it is read as another number, another day or a formula."""

from datetime import UTC, datetime

from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.invoice import Deposit, Invoice
from chorus_connector.domain.invoices.spreadsheet import FRENCH_COLUMNS, french_cells
from chorus_connector.domain.invoices.states import State
from tests.builders import an_invoice


def an_exported(status: str = "A_RECYCLER", **values: str) -> Invoice:
    fields = {name: FormField(value=value, source="person") for name, value in values.items()}
    at = datetime(2026, 11, 30, 16, 52, 53, 131000, tzinfo=UTC)
    deposit = Deposit(chorus_id=8000002, invoice_number="F", status=status, status_at=at, status_comment="=1+1")
    form = Form(fields=fields)  # type: ignore[arg-type]
    return an_invoice(State.SUBMITTED, received_at=at, form=form, deposit=deposit)


def test_words_days_times_and_amounts_are_french() -> None:
    values = {"invoice_number": "2402-118", "invoice_date": "2024-02-05", "due_date": "2024-03-06"}
    amounts = {"total_ht": "20514.47", "total_ttc": "22565.92", "amount_due": "-12.50"}
    invoice = an_exported(**values, **amounts, recipient_siret="22120001700020")
    shown = dict(zip(FRENCH_COLUMNS, french_cells(invoice), strict=True))
    assert (shown["Date de facture"], shown["Échéance"]) == ("05/02/2024", "06/03/2024")
    assert (shown["Total HT"], shown["Total TTC"], shown["Net à payer"]) == ("20514,47", "22565,92", "-12,50")
    assert shown["SIRET du destinataire"] == "221 200 017 00020"
    assert (shown["Statut"], shown["Dans ce statut depuis"]) == ("À recycler", "30/11/2026 17:52")


def test_a_text_that_would_run_as_a_formula_does_not() -> None:
    hostile = {"invoice_number": "=cmd()", "recipient_name": "@SUM(1)", "service_code": "+1", "recipient_siret": "-1"}
    invoice = an_exported(status="=NEW", **hostile, engagement_number="\t=1")
    cells = [each for each in french_cells(invoice) if each[:1] in ("=", "@", "+", "-", "\t")]
    assert cells == []


def test_an_invoice_on_its_way_has_a_french_state() -> None:
    shown = dict(zip(FRENCH_COLUMNS, french_cells(an_invoice(State.IN_DOUBT)), strict=True))
    assert shown["Statut"] == "En doute"
