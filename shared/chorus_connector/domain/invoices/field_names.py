"""The names of what an invoice says and of what its submission needs; nothing but names, so that they cost nothing."""

from typing import Literal

FieldName = Literal[
    "invoice_number",
    "invoice_type",
    "invoice_date",
    "due_date",
    "supplier_name",
    "supplier_siret",
    "recipient_name",
    "recipient_siret",
    "service_code",
    "engagement_number",
    "contract_number",
    "currency",
    "total_ht",
    "total_tva",
    "total_ttc",
    "amount_due",
    "vat_lines",
    "iban",
]
"""What a document may print."""
SubmissionField = Literal[
    "vat_regime",
    "vat_exemption_reason",
    "payment_method",
    "framework",
    "bank_account",
    "comment",
    "original_invoice_number",
    "validator_siret",
    "validator_service",
]
"""What the portal asks for beside."""
FormFieldName = FieldName | SubmissionField
