"""The kinds of value that labels announce, taken from the invoice's fields.

Besides the fields there are decoys (``other_number``, ``other_date``, ``other_siret``): they announce a value that is
no field, and so keep it from being taken for one.
"""

from chorus_connector.domain.invoices.fields import FieldName, fields_where

CODE_FIELDS = fields_where(lambda field: field.kind == "code" and field.read)
"""What has no shape of its own, so that only the label and the place tell: invoice number, service, engagement…"""
REFERENCES = tuple(kind for kind in CODE_FIELDS if kind != "invoice_number")
"""The codes of something else than the invoice itself."""
NUMBERS = (*CODE_FIELDS, "other_number")
DATE_FIELDS = fields_where(lambda field: field.kind == "date" and field.read)
DAYS = (*DATE_FIELDS, "other_date")
AMOUNT_FIELDS = fields_where(lambda field: field.kind == "amount" and field.read)
TOTALS: tuple[FieldName, ...] = ("total_ht", "total_tva", "total_ttc")
"""What must add up."""
SUMS = (*AMOUNT_FIELDS, "deduction", "other_amount")
SIRETS = ("siret", *fields_where(lambda field: field.kind == "siret" and field.read), "other_siret")
