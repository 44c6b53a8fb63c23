"""A supplier's correspondence tables: from the word on an invoice to the portal's identifier.

Four kinds share one shape: a label and a value. ``matching`` says when two labels are equal. A row may also be a
proposal, made from a person's correction of an invoice that the portal then accepted, or from a message that announces
a service code (``announced_codes``); it is used once a person activates it.
"""

import base64
import binascii
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from chorus_connector.domain.errors import Invalid, NotFound, refuse_if_any
from chorus_connector.domain.identifiers import is_siret
from chorus_connector.domain.invoices.values import normalise
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.matching import matching_form

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice

TableKind = Literal["recipients", "services", "users", "bank"]
"""recipients: label → SIRET. services: label of one recipient → service code. users: label → principal. bank: metadata
value → the portal's id of bank details."""

MAX_LABEL = 200
MAX_LABEL_BYTES = 600
"""Limit for the matching form, so that the sort key that contains it always fits (1,024 bytes)."""
MAX_VALUE = 128

_LABEL_KEY_SEPARATOR = "#"
_LONGEST_KEY = 900
_SIRET_DIGITS = 14


class TableRow(Record):
    """One row of a table. ``scope`` is the recipient's SIRET for a service, empty for the other kinds.

    ``verified`` is False when the portal could not be asked; the green light checks the row again before sending.
    """

    kind: TableKind
    label: str
    value: str
    scope: str = ""
    verified: bool = True
    changed_at: datetime
    changed_by: str

    @property
    def key(self) -> str:
        """The row's key, unique within its kind.

        In the users table it starts with the principal, because each request looks up the labels of its principal.
        """
        return user_key(self.value, self.label) if self.kind == "users" else label_key(self.label, scope=self.scope)

    @property
    def row_id(self) -> str:
        """The key as one segment of a URL."""
        return encode_row_id(self.key)

    @property
    def warning(self) -> Problem | None:
        """What is odd about the row's SIRET: its check digit is wrong. The portal's directory decides whether it
        exists, because the test SIRETs of the qualification platform fail their check digits, too."""
        field, siret = ("value", self.value) if self.kind == "recipients" else ("recipient_siret", self.scope)
        if self.kind not in ("recipients", "services") or len(siret) != _SIRET_DIGITS or is_siret(siret):
            return None
        return _wrong_check_digit(field)


class Proposal(Record):
    """A row proposed from a person's correction, or from a message.

    ``dismissed``: a person rejected it, and it is not proposed again. ``document_id`` is the corrected document's; the
    fields after ``origin`` are of a message. ``first_day`` and ``last_day`` are the announced period, days in France,
    both included; None: not said.
    """

    row: TableRow
    document_id: str = ""
    status: Literal["proposed", "dismissed"] = "proposed"
    origin: Literal["correction", "message"] = "correction"
    reference: str = ""
    sender_name: str = ""
    first_day: date | None = None
    last_day: date | None = None
    #: the remembered directory of the portal had the code as an open service of the sender
    in_directory: bool = False

    @property
    def proposal_id(self) -> str:
        return encode_row_id(self.key)

    @property
    def key(self) -> str:
        """The key of a proposal: the same for the same correction, another one for another value of the label."""
        return f"{self.row.kind}{_LABEL_KEY_SEPARATOR}{self.row.value}{_LABEL_KEY_SEPARATOR}{self.row.key}"


def label_key(label: str, *, scope: str = "") -> str:
    """The key of a label; a label with a scope is unique within its recipient."""
    return f"{scope}{_LABEL_KEY_SEPARATOR}{matching_form(label)}" if scope else matching_form(label)


def user_key(principal: str, label: str) -> str:
    return f"{user_prefix(principal)}{matching_form(label)}"


def user_prefix(principal: str) -> str:
    """The prefix that the keys of all rows of a principal share."""
    return f"{principal}{_LABEL_KEY_SEPARATOR}"


def beginning_of_keys(kind: TableKind, text: str) -> str:
    """What the keys of the wanted rows begin with: a label in its matching form, a recipient's SIRET, a principal."""
    if kind == "services":
        return "".join(text.split())
    return text.strip() if kind == "users" else matching_form(text)


def encode_row_id(key: str) -> str:
    """The key in URL-safe base64: labels may contain any character, a path segment may not."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def decode_row_id(row_id: str) -> str:
    """The key behind a row id. Raises NotFound for any other text."""
    try:
        key = base64.urlsafe_b64decode((row_id + "=" * (-len(row_id) % 4)).encode("ascii")).decode()
    except (binascii.Error, ValueError):
        raise NotFound from None
    if len(key.encode()) > _LONGEST_KEY:
        raise NotFound
    return key


def new_row(kind: TableKind, *, label: str, value: str, scope: str = "", by: str, now: datetime) -> TableRow:
    """A valid row. Raises Invalid with one problem per invalid part."""
    clean_label, label_problem = _label(label)
    clean_value, value_problem = _value(kind, value)
    clean_scope, scope_problem = _scope(kind, scope)
    refuse_if_any("Ligne refusée.", "The row is refused.", label_problem, value_problem, scope_problem)
    return TableRow(kind=kind, label=clean_label, value=clean_value, scope=clean_scope, changed_at=now, changed_by=by)


def proposals_from(invoice: "Invoice", *, now: datetime) -> tuple[Proposal, ...]:
    """The rows that would have made a person's corrections of this invoice unnecessary.

    Call it after the portal accepted it.
    """
    by = invoice.submit_requested_by or "submission"
    proposals = []
    for learnt in (_learnt_recipient(invoice), _learnt_service(invoice)):
        if learnt is None:
            continue
        try:
            row = new_row(learnt.kind, label=learnt.label, value=learnt.value, scope=learnt.scope, by=by, now=now)
        except Invalid:  # a label too long for a table cannot be proposed
            continue
        proposals.append(Proposal(row=row, document_id=invoice.document_id))
    return tuple(proposals)


@dataclass(frozen=True)
class _LearntRow:
    kind: TableKind
    label: str
    value: str
    scope: str = ""


def _learnt_recipient(invoice: "Invoice") -> _LearntRow | None:
    field = invoice.form.fields.get("recipient_siret")
    label = invoice.form.value("recipient_name")
    if field is None or field.source != "person" or not isinstance(field.value, str) or not label:
        return None
    if any(beaten.source == "table" and beaten.value == field.value for beaten in field.beaten):
        return None  # the table has this row already
    return _LearntRow("recipients", label, field.value)


def _learnt_service(invoice: "Invoice") -> _LearntRow | None:
    """The label that was read or sent as the service, with the code a person entered; None without a label."""
    field = invoice.form.fields.get("service_code")
    recipient = invoice.form.value("recipient_siret")
    if field is None or field.source != "person" or not isinstance(field.value, str) or not recipient:
        return None
    labels = [each.value for each in field.beaten if each.source in ("metadata", "xml", "text", "ocr")]
    read = next((text for text in labels if isinstance(text, str) and text), None)
    label = read or invoice.form.value("service_label")
    if label is None or matching_form(label) == matching_form(field.value):
        return None
    return _LearntRow("services", label, field.value, scope=recipient)


def _text(raw: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", raw)).strip()


def _fits_a_key(label: str) -> bool:
    return 0 < len(matching_form(label).encode()) <= MAX_LABEL_BYTES


def _has_controls(text: str) -> bool:
    """Whether it has control characters, or U+FFFD: that takes the place of bytes that were no UTF-8."""
    return any(unicodedata.category(char) in ("Cc", "Cs") or char == "\ufffd" for char in text)


def _label(raw: str) -> tuple[str, Problem | None]:
    label = _text(raw)
    if _has_controls(raw) or len(label) > MAX_LABEL or not _fits_a_key(label):
        return "", _bad_label()
    return label, None


def _value(kind: TableKind, raw: str) -> tuple[str, Problem | None]:
    if kind == "recipients":
        return _siret("value", raw)
    text = _text(raw)
    if kind == "bank" and not re.fullmatch(r"[0-9]{1,18}", text):
        return "", _bad_bank_account()
    if not text or len(text) > MAX_VALUE or _has_controls(raw) or (kind == "users" and "#" in text):
        return "", _bad_value()
    return text, None


def _scope(kind: TableKind, raw: str) -> tuple[str, Problem | None]:
    if kind == "services":
        return _siret("recipient_siret", raw)
    if raw.strip():
        return "", _scope_not_allowed()
    return "", None


def _siret(field: str, raw: str) -> tuple[str, Problem | None]:
    digits, problem = normalise("recipient_siret", raw)
    if problem is not None or not digits:
        return "", _not_a_siret(field)
    return digits, None


def _not_a_siret(field: str) -> Problem:
    return Problem(
        field=field,
        code="not_a_siret",
        fr="Un SIRET a 14 chiffres : cherchez le destinataire dans l'annuaire.",
        en="A SIRET has 14 digits: search the recipient in the directory.",
    )


def _wrong_check_digit(field: str) -> Problem:
    return Problem(
        field=field,
        code="siret_check_digit",
        fr="La clé de contrôle de ce SIRET est fausse : un chiffre est sans doute mal saisi. Comparez avec la facture.",
        en="The check digit of this SIRET is wrong: a digit was probably mistyped. Compare it with the invoice.",
    )


def _bad_label() -> Problem:
    return Problem(
        field="label",
        code="label",
        fr=f"Le libellé est vide, contient des caractères de contrôle ou illisibles (enregistrez le fichier en UTF-8) "
        f"ou dépasse {MAX_LABEL} caractères.",
        en=f"The label is empty, holds control or unreadable characters (save the file as UTF-8), or is longer than "
        f"{MAX_LABEL} characters.",
    )


def _bad_value() -> Problem:
    return Problem(
        field="value",
        code="value",
        fr=f"La valeur est vide, trop longue ({MAX_VALUE} caractères au plus) ou contient un caractère interdit.",
        en=f"The value is empty, too long (at most {MAX_VALUE} characters) or holds a forbidden character.",
    )


def _bad_bank_account() -> Problem:
    return Problem(
        field="value",
        code="bank_account",
        fr="Donnez l'identifiant (numérique) de coordonnées bancaires enregistrées dans Chorus Pro.",
        en="Give the (numeric) id of bank details registered in Chorus Pro.",
    )


def _scope_not_allowed() -> Problem:
    return Problem(
        field="recipient_siret",
        code="not_here",
        fr="Seuls les services dépendent d'un destinataire.",
        en="Only services belong to a recipient.",
    )
