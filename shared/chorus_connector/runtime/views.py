"""Records as the API shows them: plain JSON, nothing internal, nothing secret."""

from typing import Any

from chorus_connector.domain.form import Candidate, FormField
from chorus_connector.domain.invoice import Invoice
from chorus_connector.domain.supplier import Supplier
from chorus_connector.ports import InvoicePage

_SUMMARY_FIELDS = (
    "invoice_number",
    "invoice_date",
    "recipient_siret",
    "service_code",
    "engagement_number",
    "total_ttc",
    "amount_due",
)


def supplier_view(supplier: Supplier) -> dict[str, Any]:
    """A supplier's settings; of its credentials, only whether and when they were saved."""
    return supplier.model_dump(mode="json", exclude={"portal_structure_id"})


def invoice_view(invoice: Invoice) -> dict[str, Any]:
    """One line of a list: where the document stands, its main values, what stands in its way."""
    shown = invoice.model_dump(
        mode="json",
        include={
            "document_id",
            "file_name",
            "state",
            "version",
            "received_at",
            "changed_at",
            "classification_rule",
            "folder",
            "metadata",
            "duplicate_of",
            "size",
            "problems",
        },
    )
    for name in _SUMMARY_FIELDS:
        shown[name] = invoice.form.value(name)  # type: ignore[arg-type]  # names of the form
    shown["deposit"] = invoice.deposit.model_dump(mode="json") if invoice.deposit else None
    return shown


def form_view(invoice: Invoice) -> dict[str, Any]:
    """The form: each field with its value, where that comes from, how sure it is, and what it beat."""
    problems = [problem.model_dump() for problem in invoice.problems]
    return {
        "document_id": invoice.document_id,
        "state": invoice.state,
        "version": invoice.version,
        "fields": {name: _field_view(field) for name, field in invoice.form.fields.items()},
        "problems": problems,
        "complete": not invoice.blocking_problems,
    }


def page_view(page: InvoicePage) -> dict[str, Any]:
    """A page of a list and where it goes on."""
    return {"invoices": [invoice_view(invoice) for invoice in page.invoices], "cursor": page.cursor}


def _field_view(field: FormField) -> dict[str, Any]:
    return {**_candidate_view(field), "beaten": [_candidate_view(each) for each in field.beaten]}


def _candidate_view(candidate: Candidate) -> dict[str, Any]:
    return candidate.model_dump(mode="json", include=set(Candidate.model_fields))
