"""Converts text typed by a person or carried by a metadata to the normal form of its field.

Every value that does not come from the reader passes here, so that ``1 800,00 €`` typed in a form, sent as a
metadata or written in a table becomes the same ``1800.00``. Amounts are euros with two decimals; dates are ISO.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

from chorus_connector.domain.invoices.choice_words import choice_called, currency_called, words_for
from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, FieldKind, FormFieldName, InvoiceField
from chorus_connector.domain.paris import day_in_paris
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.identifier import overseas_code

MAX_TEXT = 200
_LARGEST_AMOUNT = Decimal("9999999999999.99")  # the portal keeps decimal(19,6)


def normalise(field: FormFieldName, raw: str) -> tuple[str, Problem | None]:
    """The normal form of ``raw`` for that field; where there is none, an empty text and a problem that says why."""
    row = INVOICE_FIELDS[field]
    text = unicodedata.normalize("NFC", raw).strip()
    if any(unicodedata.category(char) == "Cc" and char not in "\n\t" for char in text):
        return "", _problem(
            row, "control_characters", "caractères de contrôle interdits.", "control characters are not allowed."
        )
    if not text:
        return "", None
    convert = _currency if field == "currency" else _CONVERTERS.get(row.kind, _text)
    return convert(row, text)


def normalise_all(texts: Mapping[FormFieldName, str]) -> tuple[dict[FormFieldName, str], list[Problem]]:
    """The normal form of every text by field, "" for a text that has none, and the problems of those texts."""
    normal = {name: normalise(name, raw) for name, raw in texts.items()}
    problems = [problem for _, problem in normal.values() if problem is not None]
    return {name: text for name, (text, _) in normal.items()}, problems


def parse_amount(text: str) -> Decimal | None:
    """Euros from any way the French write them (``1 234,56 €``, ``1.234,56``, ``1234.5``), or None.

    A lone separator followed by three digits (``1.234``) is ambiguous and gives None: better a question than
    a factor of a thousand.
    """
    compact = re.sub(r"[\s\u00a0\u202f€]|EUR", "", text).replace("\u2212", "-")
    if not re.fullmatch(r"[-+]?[0-9][0-9.,']*", compact):
        return None
    compact = compact.replace("'", "")
    last = max(compact.rfind(","), compact.rfind("."))
    if last >= 0:
        whole, decimals = compact[:last], compact[last + 1 :]
        separators = set(re.findall(r"[.,]", whole))
        if compact[last] in separators:  # 1.234.567: only thousands
            if len(decimals) != 3:
                return None
            compact = compact.replace(compact[last], "")
        elif len(decimals) == 3 and not separators:
            return None
        else:
            compact = re.sub(r"[.,]", "", whole) + "." + decimals
    try:
        return Decimal(compact)
    except InvalidOperation:
        return None


def parse_date(text: str) -> date | None:
    """A real calendar date from ``YYYY-MM-DD`` or ``DD/MM/YYYY`` (also with ``.`` or ``-``), or None.

    A time may follow the first: with a zone the day is the one in Paris, as everything at the portal (a system's
    ``2026-11-30T23:30:00Z`` is the first of December); without one the day that is written.
    """
    if match := re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ](.{1,60}))?", text.strip()):
        year, month, day, time_of_day = match.groups()
    elif match := re.fullmatch(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})", text.strip()):
        day, month, year, time_of_day = *match.groups(), None
    else:
        return None
    try:
        written = date(int(year), int(month), int(day))
        return _day_at(written, time_of_day) if time_of_day else written
    except (ValueError, OverflowError):
        return None


def _day_at(written: date, time_of_day: str) -> date:
    """The Paris day of that moment. Raises ValueError for a text that is no time, OverflowError near year 1 or 9999."""
    plain = re.sub(r"\[[\w/+-]+\]$", "", time_of_day)  # Java writes « +01:00[Europe/Paris] »
    plain = re.sub(r"\s*(?:UTC|GMT)$", "Z", plain)
    moment = datetime.combine(written, time.fromisoformat(re.sub(r"\s+(?=[-+])", "", plain)))
    return written if moment.tzinfo is None else day_in_paris(moment)


def _amount(field: InvoiceField, text: str) -> tuple[str, Problem | None]:
    amount = parse_amount(text)
    if amount is None or abs(amount) > _LARGEST_AMOUNT:
        return "", _problem(field, "not_an_amount", "montant illisible (ex. : 1 234,56).", "not an amount.")
    if amount != amount.quantize(Decimal("0.01")):
        return "", _problem(field, "not_an_amount", "deux décimales au plus.", "at most two decimals.")
    return f"{amount:.2f}", None


def _date(field: InvoiceField, text: str) -> tuple[str, Problem | None]:
    day = parse_date(text)
    if day is None or not 2000 <= day.year <= 2099:
        return "", _problem(field, "not_a_date", "date illisible (ex. : 31/12/2026).", "not a date (e.g. 2026-12-31).")
    return day.isoformat(), None


def _siret(field: InvoiceField, text: str) -> tuple[str, Problem | None]:
    digits = re.sub(r"[\s\u00a0\u202f.]", "", text)
    if field.name == "recipient_siret" and (overseas := overseas_code(text)):
        return overseas, None
    if not re.fullmatch(r"[0-9]{14}", digits):
        return "", _problem(field, "not_a_siret", "un SIRET a 14 chiffres.", "a SIRET has 14 digits.")
    return digits, None


def _choice(field: InvoiceField, text: str) -> tuple[str, Problem | None]:
    value = choice_called(field.name, text)
    if value is None:
        fr, en = words_for(field.name)
        return "", _problem(field, "not_a_choice", f"valeurs possibles : {fr}.", f"one of: {en}.")
    return value, None


def _currency(field: InvoiceField, text: str) -> tuple[str, Problem | None]:
    code = currency_called(text)
    if not re.fullmatch(r"[A-Z]{3}", code):
        return "", _problem(
            field, "not_a_currency", "écrivez EUR, € ou le code de trois lettres.", "write EUR, € or the three letters."
        )
    return code, None


def _text(field: InvoiceField, text: str) -> tuple[str, Problem | None]:
    if len(text) > MAX_TEXT:
        return "", _problem(field, "too_long", f"{MAX_TEXT} caractères au plus.", f"at most {MAX_TEXT} characters.")
    return re.sub(r"\s+", " ", text), None


_CONVERTERS: dict[FieldKind, Callable[[InvoiceField, str], tuple[str, Problem | None]]] = {
    "amount": _amount,
    "date": _date,
    "siret": _siret,
    "choice": _choice,
}


def _problem(field: InvoiceField, code: str, fr: str, en: str) -> Problem:
    return Problem(field=field.name, code=code, fr=fr, en=en)
