"""Invoices as a French spreadsheet opens them: its words, days of Europe/Paris, amounts with a decimal comma."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.paris import PARIS
from chorus_connector.domain.portal.status import meaning
from chorus_connector.domain.suppliers.table_csv import guarded

if TYPE_CHECKING:
    from datetime import datetime

    from chorus_connector.domain.invoices.fields import FormFieldName
    from chorus_connector.domain.invoices.invoice import ListedInvoice

_AMOUNTS: tuple[tuple[str, FormFieldName], ...] = (
    ("Total HT", "total_ht"),
    ("Total TTC", "total_ttc"),
    ("Net à payer", "amount_due"),
)
_TEXTS: tuple[tuple[str, FormFieldName], ...] = (
    ("Code service", "service_code"),
    ("Numéro d'engagement", "engagement_number"),
    ("Numéro de marché", "contract_number"),
)
FRENCH_COLUMNS = (
    "Facture",
    "Date de facture",
    "Échéance",
    "Arrivée",
    "Destinataire",
    "SIRET du destinataire",
    *(title for title, _ in _TEXTS),
    *(title for title, _ in _AMOUNTS),
    "Statut",
    "Dans ce statut depuis",
    "Commentaire",
    "Identifiant Chorus Pro",
    "Fichier",
)

_BEFORE_A_STATUS = {State.SUBMITTING: "En cours de dépôt", State.IN_DOUBT: "En doute"}


def french_cells(invoice: ListedInvoice) -> list[str]:
    """The invoice's cells under ``FRENCH_COLUMNS``; what a spreadsheet would run as a formula is neutralised."""
    form, deposit = invoice.form, invoice.deposit
    status = meaning(deposit.status).fr if deposit else _BEFORE_A_STATUS.get(invoice.state, invoice.state.value)
    return [
        guarded(form.value("invoice_number") or ""),
        _day(form.value("invoice_date")),
        _day(form.value("due_date")),
        _moment(invoice.received_at),
        guarded((deposit and deposit.recipient_name) or form.value("recipient_name") or ""),
        _identifier(form.value("recipient_siret") or ""),
        *(guarded(form.value(name) or "") for _, name in _TEXTS),
        *((form.value(name) or "").replace(".", ",") for _, name in _AMOUNTS),
        guarded(status),
        _moment(deposit.status_at) if deposit and deposit.status_at else "",
        guarded((deposit and deposit.status_comment) or ""),
        str(deposit.chorus_id) if deposit else "",
        guarded(invoice.file_name),
    ]


def _day(iso: str | None) -> str:
    return "/".join(reversed(iso.split("-"))) if iso else ""


def _moment(at: datetime) -> str:
    return at.astimezone(PARIS).strftime("%d/%m/%Y %H:%M")


def _identifier(siret: str) -> str:
    """A SIRET in groups: a spreadsheet would show fourteen digits as a power of ten."""
    if len(siret) != 14 or not siret.isdigit():
        return guarded(siret)
    return " ".join((siret[:3], siret[3:6], siret[6:9], siret[9:]))
