"""Runs invoice2data on the same files, for comparison: its built-in templates, then one generic French template.

Its own 215 templates each know one supplier, so on unseen suppliers they find nothing; the generic template
is what a user would write first (``generic_fr.yml``). Development only: nothing else imports invoice2data.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

Rival = Callable[[Path], Mapping[str, object]]

_NAMES = {
    "invoice_number": "invoice_number",
    "date": "invoice_date",
    "date_due": "due_date",
    "amount": "total_ttc",
    "amount_untaxed": "total_ht",
    "amount_tax": "total_tva",
    "issuer": "supplier_name",
    "currency": "currency",
    "siret": "supplier_siret",
    "iban": "iban",
}


def rivals() -> dict[str, Rival]:
    """invoice2data with its own templates, and with a generic French one; empty when it is not installed."""
    try:
        from invoice2data.extract.loader import read_templates
    except ImportError:
        return {}
    logging.getLogger("invoice2data").setLevel(logging.CRITICAL)
    generic = read_templates(str(Path(__file__).parent / "rival_templates"))
    return {"invoice2data": _reader(read_templates()), "invoice2data + generic": _reader(generic)}


def _reader(templates: list[Any]) -> Rival:
    from invoice2data import extract_data
    from invoice2data.input import pdfium

    def read(path: Path) -> Mapping[str, object]:
        try:
            found = extract_data(str(path), templates=templates, input_module=pdfium)
        except Exception:
            return {}
        return {
            ours: _text(found[theirs])
            for theirs, ours in _NAMES.items()
            if found.get(theirs) is not None and found[theirs] != "generic"
        }

    return read


def _text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()[:10]
    return f"{value:.2f}" if isinstance(value, float) else str(value)
