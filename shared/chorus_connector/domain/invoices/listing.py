"""Filters, sort orders and the CSV export of the lists of invoices, as the portal's own screens offer them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from chorus_connector.domain.invoices.counting import COUNTERS, CounterName, counted_as, list_of_counted
from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, fields_where
from chorus_connector.domain.invoices.spreadsheet import FRENCH_COLUMNS, french_cells
from chorus_connector.domain.invoices.states import List, State, list_of
from chorus_connector.domain.paris import PARIS, day_in_paris
from chorus_connector.domain.portal.status import AVAILABLE, SUSPENDED, TAKEN_BACK, meaning, payment_term
from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.matching import matching_form
from chorus_connector.domain.suppliers.table_csv import guarded

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.fields import FormFieldName
    from chorus_connector.domain.invoices.invoice import Deposit, Invoice, ListedInvoice

InvoiceSort = Literal[
    "received_at",
    "invoice_number",
    "recipient_siret",
    "status",
    "status_at",
    "invoice_date",
    "due_date",
    "total_ttc",
    "amount_due",
]
"""The store keeps the lists by ``received_at``, newest first; every other order is sorted after filtering."""

CsvForm = Literal["machine", "french"]
"""``machine``: names and values as the API has them. ``french``: as a French spreadsheet opens them."""

_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(9000, 1, 1)
_STATUS_COLUMNS = ("state", "status", "status_label", "status_at", "comment")
_EXPORTED = fields_where(lambda field: field.exported)
_LATER_COLUMNS = ("due_date",)
"""Columns that came after the first release: clients that count columns keep theirs."""
_FIRST_COLUMNS = tuple(name for name in _EXPORTED if name not in _LATER_COLUMNS)
_COLUMNS = tuple(
    dict.fromkeys(("document_id", "invoice_number", *_STATUS_COLUMNS, *_FIRST_COLUMNS, "chorus_id", *_LATER_COLUMNS))
)


class Filter(Record):
    """The invoices to show: every given condition must hold. Ranges include both ends; days are Europe/Paris; euros."""

    number: str | None = None
    recipient: str | None = None
    state: frozenset[State] = frozenset()
    #: what that counter counts
    counter: CounterName | None = None
    status: frozenset[str] = frozenset()
    #: part of the file name, of a number (the invoice's, the engagement's, the contract's) or of the recipient's name
    #: or identifier, in any spelling; or the portal's number or an amount, whole
    text: str | None = None
    engagement: str | None = None
    contract: str | None = None
    received_from: date | None = None
    received_to: date | None = None
    invoice_date_from: date | None = None
    invoice_date_to: date | None = None
    status_date_from: date | None = None
    status_date_to: date | None = None
    total_ttc_min: Decimal | None = None
    total_ttc_max: Decimal | None = None

    @property
    def empty(self) -> bool:
        return self == Filter()

    @property
    def received(self) -> tuple[datetime | None, datetime | None]:
        """The first moment of the days of arrival, and the first one after them."""
        begin, end = (_midnight(each) for each in (self.received_from, self.received_to))
        return begin, end + timedelta(days=1) if end else None

    @property
    def only_list(self) -> List | None:
        """The one list that has every document in the wanted states, or of the counter; None: several have them."""
        lists: set[List] = {"to_process"} if State.SUBMITTED in self.state else set()
        lists |= {list_of(each) for each in self.state}
        if not lists and self.counter is not None:
            lists = {list_of_counted(each) for each in COUNTERS[self.counter]}
        return lists.pop() if len(lists) == 1 else None

    def matches(self, invoice: ListedInvoice) -> bool:
        """Whether the invoice meets every condition."""
        return (
            (not self.state or invoice.state in self.state)
            and (self.counter is None or counted_as(invoice) in COUNTERS[self.counter])
            and self._same_texts(invoice)
            and (self.text is None or _says(invoice, self.text))
            and _within(day_in_paris(invoice.received_at), self.received_from, self.received_to)
            and _within(_day(invoice, "invoice_date"), self.invoice_date_from, self.invoice_date_to)
            and _within(_status_day(invoice), self.status_date_from, self.status_date_to)
            and _within(_amount(invoice, "total_ttc"), self.total_ttc_min, self.total_ttc_max)
        )

    def _same_texts(self, invoice: ListedInvoice) -> bool:
        wanted: tuple[tuple[str | None, FormFieldName], ...] = (
            (self.number, "invoice_number"),
            (self.recipient, "recipient_siret"),
            (self.engagement, "engagement_number"),
            (self.contract, "contract_number"),
        )
        if self.status and (invoice.deposit is None or invoice.deposit.status not in self.status):
            return False
        return all(text is None or invoice.form.value(name) == text for text, name in wanted)


def sort_key(sort: InvoiceSort) -> Callable[[ListedInvoice], tuple[bool, Any]]:
    """The key function that sorts invoices by that column; invoices without a value come first."""
    return lambda invoice: _sortable(_column(invoice, sort))


def waiting_time(invoice: Invoice, today: date) -> dict[str, Any] | None:
    """Days of the payment term that have run, and the term of that kind of body; None while none runs.

    The term runs while the recipient has the invoice. A suspension stops it, the last status ends it, and what is sent
    back, rejected or on its way again has none.
    """
    available = available_since(invoice)
    siret, deposit = invoice.form.value("recipient_siret"), invoice.deposit
    if available is None or siret is None or deposit is None:
        return None
    term = payment_term(siret, deposit.recipient_name or "")
    available_on = day_in_paris(available)
    ended_on = day_in_paris(deposit.status_at) if deposit.ended and deposit.status_at else None
    suspended = deposit.status == SUSPENDED
    days = max(0, ((ended_on or today) - available_on).days - _days_suspended(deposit, available, ended_on or today))
    return {
        "available_on": available_on.isoformat(),
        "days": days,
        "term_days": term.days,
        "body": term.body,
        "overdue": invoice.in_flight and not suspended and days > term.days,
        "ended_on": ended_on.isoformat() if ended_on else None,
        "suspended": suspended,
    }


def available_since(invoice: Invoice) -> datetime | None:
    """Since when the recipient has the invoice, according to its history; None if that is unknown or no longer so."""
    found: datetime | None = None
    for step in invoice.deposit.history if invoice.deposit else ():
        if step.status in TAKEN_BACK:
            found = None
        elif step.status == AVAILABLE:
            found = found or step.at
    return found if invoice.deposit and invoice.deposit.status not in TAKEN_BACK else None


def _days_suspended(deposit: Deposit, begin: datetime, until: date) -> int:
    """The days from ``begin`` until that day in which the recipient had suspended the invoice."""
    steps = [step for step in deposit.history if step.at is not None and step.at >= begin]
    ends = [*(day_in_paris(step.at) for step in steps[1:] if step.at), until]
    return sum(
        (end - day_in_paris(step.at)).days
        for step, end in zip(steps, ends, strict=False)
        if step.status == SUSPENDED and step.at
    )


def csv_header(form: CsvForm = "machine") -> str:
    """The header line, after the byte order mark that makes spreadsheets read UTF-8."""
    return "\ufeff" + _csv_line(_COLUMNS if form == "machine" else FRENCH_COLUMNS)


def csv_lines(invoices: Iterable[ListedInvoice], form: CsvForm = "machine") -> str:
    """The invoices as CSV lines; a cell that a spreadsheet would run as a formula is neutralised."""
    cells = _guarded_cells if form == "machine" else french_cells
    return "".join(_csv_line(cells(invoice)) for invoice in invoices)


def _guarded_cells(invoice: ListedInvoice) -> list[str]:
    return [guarded(cell) for cell in _cells(invoice)]


def _cells(invoice: ListedInvoice) -> list[str]:
    deposit = invoice.deposit
    values: dict[str, str | None] = {
        "document_id": invoice.document_id,
        "state": invoice.state,
        "status": deposit.status if deposit else None,
        "status_label": meaning(deposit.status).fr if deposit else None,
        "status_at": deposit.status_at.astimezone(PARIS).isoformat() if deposit and deposit.status_at else None,
        "comment": deposit.status_comment if deposit else None,
        "recipient_name": deposit.recipient_name if deposit else None,
        "chorus_id": str(deposit.chorus_id) if deposit else None,
    }
    return [values.get(name, invoice.form.value(name)) or "" for name in _COLUMNS]  # type: ignore[arg-type]  # the rest are fields


def _csv_line(cells: Iterable[str]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def _column(invoice: ListedInvoice, sort: InvoiceSort) -> Any:
    deposit = invoice.deposit
    match sort:
        case "received_at":
            return invoice.received_at
        case "status":
            return deposit.status if deposit else None
        case "status_at":
            return deposit.status_at if deposit else None
        case _:
            return _amount(invoice, sort) if INVOICE_FIELDS[sort].kind == "amount" else invoice.form.value(sort)


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value is not None, value if value is not None else 0)


def _day(invoice: ListedInvoice, name: FormFieldName) -> date | None:
    text = invoice.form.value(name)
    return date.fromisoformat(text) if text else None


def _status_day(invoice: ListedInvoice) -> date | None:
    moment = invoice.deposit.status_at if invoice.deposit else None
    return day_in_paris(moment) if moment else None


def _amount(invoice: ListedInvoice, name: FormFieldName) -> Decimal | None:
    text = invoice.form.value(name)
    return Decimal(text) if text else None


def _says(invoice: ListedInvoice, text: str) -> bool:
    deposit, form = invoice.deposit, invoice.form
    recipient = (
        deposit.recipient_name if deposit else None,
        form.value("recipient_name"),
        form.value("recipient_siret"),
    )
    codes = (form.value("invoice_number"), form.value("engagement_number"), form.value("contract_number"))
    said = (invoice.file_name, *codes, *recipient)
    return any(matching_form(text) in matching_form(each) for each in said if each) or _is_its_number(invoice, text)


def _is_its_number(invoice: ListedInvoice, text: str) -> bool:
    """Whether the text is the portal's number of the invoice, or one of its amounts as people write them."""
    digits = "".join(text.replace("€", "").split())
    if invoice.deposit and digits == str(invoice.deposit.chorus_id):
        return True
    if not re.fullmatch(r"[0-9]{1,12}([.,][0-9]{1,2})?", digits):
        return False
    wanted = Decimal(digits.replace(",", "."))
    return any(_amount(invoice, name) == wanted for name in ("total_ttc", "amount_due"))


def _midnight(day: date | None) -> datetime | None:
    """The first moment of the day in Paris; of one so far away that no clock has it, that of the nearest day."""
    return datetime.combine(min(max(day, _FIRST_DAY), _LAST_DAY), time(), PARIS) if day else None


def _within(value: Any, lowest: Any, highest: Any) -> bool:
    if lowest is None and highest is None:
        return True
    return value is not None and (lowest is None or value >= lowest) and (highest is None or value <= highest)
