"""The fields of an invoice, one row each; every list of fields in the package is derived from these rows.

To add a field, write its name in ``FieldName`` or ``SubmissionField`` and its row in ``INVOICE_FIELDS``. The rows
are plain values without pydantic, because every function loads this module when it starts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

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
    "service_label",
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
"""What the portal asks for and the reader does not search on the document."""
FormFieldName = FieldName | SubmissionField

FieldKind = Literal["text", "name", "code", "amount", "date", "siret", "choice", "vat_lines"]
"""How a value is written and compared. A ``code`` has no shape of its own: its label says what it is."""

InvoiceType = Literal["invoice", "credit_note"]
VatRegime = Literal["on_debits", "on_receipts", "exempt", "none"]
PaymentMethod = Literal["cheque", "direct_debit", "transfer", "cash", "other", "carried_over"]
Framework = Literal["A1", "A2", "A9", "A12"]


@dataclass(frozen=True, slots=True)
class InvoiceField:
    """What every part of the product needs to know of one field.

    ``fr`` and ``en`` name it in the middle of a sentence. ``sent``: ``Submission`` has an attribute of this name.
    """

    name: FormFieldName
    kind: FieldKind
    fr: str
    en: str
    #: the most characters Chorus Pro accepts; None: the green light does not limit it
    longest: int | None = None
    #: the values a choice may take
    choices: tuple[str, ...] = ()
    #: the form's value when neither the document nor the supplier gives one
    default: str | None = None
    #: no invoice is sent without it; the rules of the green light say what is required only sometimes
    required: bool = False
    sent: bool = False
    #: a flow has no place for it: a form that fills it is sent as a PDF
    deposit_only: bool = False
    #: the portal's search shows it: ``FoundInvoice`` has an attribute of this name
    found: bool = False
    #: recycling an invoice at the portal may change it
    recyclable: bool = False
    #: shown on each line of the API's lists
    listed: bool = False
    #: a column of the CSV export
    exported: bool = False

    @property
    def read(self) -> bool:
        """Whether a document may print it."""
        return self.name in _READ

    @property
    def in_lists(self) -> bool:
        """Whether the index of lists has it. That of bank details, of free text and of the VAT lines it has not."""
        return self.found or self.listed or self.exported or self.name in _LISTED_BESIDE

    @property
    def compared_in_flow(self) -> bool:
        """Whether the XML must say the same as the form before the invoice is sent as a flow."""
        return self.read and self.sent


_LISTED_BESIDE = frozenset({"currency", "total_tva", "validator_siret"})
_READ = frozenset(get_args(FieldName))
_ROWS = (
    InvoiceField(
        "invoice_number", "code", "le numéro de facture", "the invoice number",
        longest=20, required=True, sent=True, found=True, listed=True, exported=True,
    ),
    InvoiceField(
        "invoice_type", "choice", "le type (facture ou avoir)", "the type (invoice or credit note)",
        choices=get_args(InvoiceType), default="invoice", required=True, sent=True, found=True,
    ),
    InvoiceField(
        "invoice_date", "date", "la date de facture", "the invoice date",
        required=True, sent=True, found=True, listed=True, exported=True,
    ),
    InvoiceField("due_date", "date", "la date d'échéance", "the due date", listed=True, exported=True),
    InvoiceField("supplier_name", "name", "le nom du fournisseur", "the supplier's name"),
    InvoiceField("supplier_siret", "siret", "le SIRET du fournisseur", "the supplier's SIRET"),
    InvoiceField(
        "recipient_siret", "siret", "le SIRET du destinataire", "the recipient's SIRET",
        required=True, sent=True, found=True, recyclable=True, listed=True, exported=True,
    ),
    InvoiceField("recipient_name", "name", "le nom du destinataire", "the recipient's name", found=True, exported=True),
    InvoiceField(
        "service_code", "code", "le code service", "the service code",
        longest=100, sent=True, found=True, recyclable=True, listed=True, exported=True,
    ),
    InvoiceField("service_label", "name", "le nom du service", "the service's name"),
    InvoiceField(
        "engagement_number", "code", "le numéro d'engagement", "the engagement number",
        longest=50, sent=True, found=True, recyclable=True, listed=True, exported=True,
    ),
    InvoiceField(
        "contract_number", "code", "le numéro de marché", "the contract number",
        longest=50, sent=True, found=True, exported=True,
    ),
    InvoiceField("currency", "text", "la devise", "the currency", default="EUR", sent=True),
    InvoiceField(
        "total_ht", "amount", "le total HT", "the total without VAT",
        required=True, sent=True, found=True, exported=True,
    ),
    InvoiceField("total_tva", "amount", "le total TVA", "the VAT total", required=True, sent=True),
    InvoiceField(
        "total_ttc", "amount", "le total TTC", "the total with VAT",
        required=True, sent=True, found=True, listed=True, exported=True,
    ),
    InvoiceField(
        "amount_due", "amount", "le montant à payer", "the amount due",
        required=True, sent=True, found=True, listed=True, exported=True,
    ),
    InvoiceField("vat_lines", "vat_lines", "les lignes de TVA", "the VAT lines"),
    InvoiceField("iban", "text", "l'IBAN", "the IBAN"),
    InvoiceField(
        "vat_regime", "choice", "le régime de TVA", "the VAT regime", choices=get_args(VatRegime),
        required=True, sent=True,
    ),
    InvoiceField(
        "vat_exemption_reason", "text", "le motif d'exonération de TVA", "the reason for the VAT exemption",
        sent=True, deposit_only=True,
    ),
    InvoiceField(
        "payment_method", "choice", "le mode de paiement", "the payment method",
        choices=get_args(PaymentMethod), default="transfer", sent=True,
    ),
    InvoiceField(
        "framework", "choice", "le cadre de facturation", "the invoicing framework",
        choices=get_args(Framework), default="A1", required=True, sent=True,
    ),
    InvoiceField(
        "bank_account", "text", "les coordonnées bancaires", "the bank details", sent=True, deposit_only=True,
    ),
    InvoiceField("comment", "text", "le commentaire", "the comment", sent=True, deposit_only=True),
    InvoiceField(
        "original_invoice_number", "code", "le numéro de la facture d'origine", "the original invoice's number",
        longest=20, sent=True, deposit_only=True,
    ),
    InvoiceField(
        "validator_siret", "siret", "le SIRET du valideur", "the validator's SIRET", sent=True, deposit_only=True,
    ),
    InvoiceField(
        "validator_service", "code", "le service du valideur", "the validator's service",
        sent=True, deposit_only=True,
    ),
)  # fmt: skip
INVOICE_FIELDS: dict[FormFieldName, InvoiceField] = {row.name: row for row in _ROWS}
"""Every field by its name, in the order in which the form shows them."""


def fields_where(wanted: Callable[[InvoiceField], bool]) -> tuple[FormFieldName, ...]:
    """The names of the fields that ``wanted`` accepts, in the order of the form."""
    return tuple(name for name, row in INVOICE_FIELDS.items() if wanted(row))
