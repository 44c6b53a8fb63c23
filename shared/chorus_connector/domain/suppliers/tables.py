"""The supplier's correspondence tables: what an invoice calls a thing, and what the portal calls it.

Four kinds, one shape: a label and a value. Labels are compared as ``matching`` says. A row may also be proposed,
learnt from a person's correction of an invoice that the portal then accepted: it serves only once it is activated.
"""

import base64
import binascii
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from chorus_connector.domain.errors import Invalid, NotFound, refuse_if_any
from chorus_connector.domain.invoices.values import normalise
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.matching import matching_form

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice

TableKind = Literal["recipients", "services", "users", "bank"]
"""recipients: label → SIRET. services: label of one recipient → service code. users: label → principal.
bank: metadata value → the portal's id of bank details."""

MAX_LABEL = 200
MAX_LABEL_BYTES = 600
"""Of the matching form, so that the key it stands in always fits (a sort key has 1,024 bytes)."""
MAX_VALUE = 128

_LABEL_KEY_SEPARATOR = "#"
_LONGEST_KEY = 900


class TableRow(Record):
    """One line of a table. ``scope`` is the recipient's SIRET for a service, empty elsewhere.

    ``verified`` is False when the portal could not be asked: the green light will.
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
        """What the row is found by, unique in its kind.

        A user's row is found by its principal first: what somebody may see is asked at every request.
        """
        return user_key(self.value, self.label) if self.kind == "users" else label_key(self.label, scope=self.scope)

    @property
    def row_id(self) -> str:
        """The key as one segment of a URL."""
        return encode_row_id(self.key)


class Proposal(Record):
    """A row somebody's correction suggests. ``dismissed``: a person said no, so the same is not proposed again."""

    row: TableRow
    document_id: str
    status: Literal["proposed", "dismissed"] = "proposed"

    @property
    def proposal_id(self) -> str:
        return encode_row_id(self.key)

    @property
    def key(self) -> str:
        """The same correction made again is the same proposal; another value for the label is another."""
        return f"{self.row.kind}{_LABEL_KEY_SEPARATOR}{self.row.value}{_LABEL_KEY_SEPARATOR}{self.row.key}"


def label_key(label: str, *, scope: str = "") -> str:
    """The key of a label, within the recipient it belongs to when it has one."""
    return f"{scope}{_LABEL_KEY_SEPARATOR}{matching_form(label)}" if scope else matching_form(label)


def user_key(principal: str, label: str) -> str:
    return f"{user_prefix(principal)}{matching_form(label)}"


def user_prefix(principal: str) -> str:
    """What the keys of all of a principal's rows begin with."""
    return f"{principal}{_LABEL_KEY_SEPARATOR}"


def encode_row_id(key: str) -> str:
    """Labels hold any character, a path segment does not."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def decode_row_id(row_id: str) -> str:
    """The key behind an id of ours. Raises NotFound for any other text."""
    try:
        key = base64.urlsafe_b64decode((row_id + "=" * (-len(row_id) % 4)).encode("ascii")).decode()
    except (binascii.Error, ValueError):
        raise NotFound from None
    if len(key.encode()) > _LONGEST_KEY:
        raise NotFound
    return key


def new_row(kind: TableKind, *, label: str, value: str, scope: str = "", by: str, now: datetime) -> TableRow:
    """A well-formed row. Raises Invalid with one problem per part that is not."""
    clean_label, label_problem = _label(label)
    clean_value, value_problem = _value(kind, value)
    clean_scope, scope_problem = _scope(kind, scope)
    refuse_if_any("Ligne refusée.", "The row is refused.", label_problem, value_problem, scope_problem)
    return TableRow(kind=kind, label=clean_label, value=clean_value, scope=clean_scope, changed_at=now, changed_by=by)


def learnt_from(invoice: "Invoice", *, now: datetime) -> tuple[Proposal, ...]:
    """The rows that would have spared a person's corrections of this invoice; call it once the portal accepted it."""
    by = invoice.submit_requested_by or "submission"
    proposals = []
    for lesson in (_recipient_lesson(invoice), _service_lesson(invoice)):
        if lesson is None:
            continue
        try:
            row = new_row(lesson.kind, label=lesson.label, value=lesson.value, scope=lesson.scope, by=by, now=now)
        except Invalid:  # a label too long for a table: nothing to learn from it
            continue
        proposals.append(Proposal(row=row, document_id=invoice.document_id))
    return tuple(proposals)


@dataclass(frozen=True)
class _Lesson:
    kind: TableKind
    label: str
    value: str
    scope: str = ""


def _recipient_lesson(invoice: "Invoice") -> _Lesson | None:
    field = invoice.form.fields.get("recipient_siret")
    label = invoice.form.value("recipient_name")
    if field is None or field.source != "person" or not isinstance(field.value, str) or not label:
        return None
    if any(beaten.source == "table" and beaten.value == field.value for beaten in field.beaten):
        return None  # the table said so already
    return _Lesson("recipients", label, field.value)


def _service_lesson(invoice: "Invoice") -> _Lesson | None:
    """What was printed or sent as a service and is not its code; without that there is nothing to recognise."""
    field = invoice.form.fields.get("service_code")
    recipient = invoice.form.value("recipient_siret")
    if field is None or field.source != "person" or not isinstance(field.value, str) or not recipient:
        return None
    labels = [each.value for each in field.beaten if each.source in ("metadata", "xml", "text", "ocr")]
    label = next((text for text in labels if isinstance(text, str) and text), None)
    if label is None or matching_form(label) == matching_form(field.value):
        return None
    return _Lesson("services", label, field.value, scope=recipient)


def _text(raw: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", raw)).strip()


def _fits_a_key(label: str) -> bool:
    return 0 < len(matching_form(label).encode()) <= MAX_LABEL_BYTES


def _has_controls(text: str) -> bool:
    return any(unicodedata.category(char) in ("Cc", "Cs") for char in text)


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
        return "", _no_recipient_here()
    return "", None


def _siret(field: str, raw: str) -> tuple[str, Problem | None]:
    digits, problem = normalise("recipient_siret", raw)
    if problem is not None or not digits:
        return "", Problem(field=field, code="not_a_siret", fr="Un SIRET a 14 chiffres.", en="A SIRET has 14 digits.")
    return digits, None


def _bad_label() -> Problem:
    return Problem(
        field="label",
        code="label",
        fr=f"Le libellé est vide, contient des caractères de contrôle ou dépasse {MAX_LABEL} caractères.",
        en=f"The label is empty, holds control characters, or is longer than {MAX_LABEL} characters.",
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


def _no_recipient_here() -> Problem:
    return Problem(
        field="recipient_siret",
        code="not_here",
        fr="Seuls les services dépendent d'un destinataire.",
        en="Only services belong to a recipient.",
    )
