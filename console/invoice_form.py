"""A document's form as its page shows it: which fields are open, what each says of its value, and where it is.

A field is open while a problem names it; the others are settled, and the page keeps them out of the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from console import formats

if TYPE_CHECKING:
    from console.requests import Incoming

GROUPS: Mapping[str, tuple[str, ...]] = {
    "invoice": ("invoice_number", "invoice_type", "invoice_date", "due_date", "original_invoice_number"),
    "recipient": ("recipient_siret", "recipient_name", "service_code", "service_label", "engagement_number"),
    "amounts": (
        "total_ht",
        "total_tva",
        "total_ttc",
        "amount_due",
        "currency",
        "vat_lines",
        "vat_regime",
        "vat_exemption_reason",
    ),
    "payment": ("payment_method", "bank_account", "iban"),
    "supplier": ("supplier_siret", "supplier_name"),
    "other": ("framework", "contract_number", "validator_siret", "validator_service", "comment"),
}
"""Every field of the form, in the order of the page."""

EDITABLE = frozenset({"TO_COMPLETE", "READY", "HELD", "REFUSED"})
"""The states in which the API takes changes of the form."""

SETTLED_BY_SUBMISSION = frozenset({"layout_unconfirmed", "recipient_ambiguous", "number_differs"})
"""Problems that end when a person asks for the submission: there is nothing to type."""

_AMOUNTS = frozenset({"total_ht", "total_tva", "total_ttc", "amount_due"})
_DATES = frozenset({"invoice_date", "due_date"})
_SIRETS = frozenset({"recipient_siret", "supplier_siret", "validator_siret"})
_LISTS = frozenset({"invoice_type", "vat_regime", "payment_method", "framework", "bank_account"})
_MARGIN = 2.5
"""Thousandths of the page between what is printed and its box: a box on the print makes it hard to read."""
_UNSURE = "low_confidence"
_READ = frozenset({"text", "ocr", "xml"})
_COMPARED = frozenset({"service_code", "supplier_siret"})
"""Values that the connector compares: a service code with the directory, the supplier's SIRET with the settings."""
_NOT_SENT = frozenset({"due_date", "supplier_name", "recipient_name", "service_label", "vat_lines", "iban"})
_LINE_ENDS = str.maketrans("", "", "\r\n")


@dataclass(frozen=True)
class Found:
    """A value that a source gave, as a person reads it. ``raw`` is what the API takes back; None for a VAT table.

    ``is_unsure``: it was read with less confidence than the supplier asks for.
    """

    raw: str | None
    shown: str
    source: str
    page: int | None
    confidence: float
    is_unsure: bool


@dataclass(frozen=True)
class Line:
    """One field of the page. ``typed`` is what its input contains, ``given`` what it contained when it was shown."""

    name: str
    kind: str
    given: str
    typed: str
    found: Found | None
    beaten: tuple[Found, ...]
    problems: tuple[Mapping[str, Any], ...]
    choices: tuple[Mapping[str, str], ...]
    vat_lines: tuple[Mapping[str, str], ...]

    @property
    def is_open(self) -> bool:
        """Whether the person still has to look at it."""
        return bool(self.problems)

    @property
    def blocks(self) -> bool:
        """Whether a value must be typed or confirmed before the document can leave."""
        return any(stands_in_the_way(each) for each in self.problems)

    @property
    def is_unsure(self) -> bool:
        """Whether the person may confirm the value as it was read."""
        return bool(self.given) and any(each["code"] == _UNSURE for each in self.problems)

    @property
    def doubt(self) -> str:
        """Why a value that was read less surely than the supplier asks is shown: the name of its text; else empty."""
        if self.found is None or not self.found.is_unsure:
            return ""
        if self.name in _NOT_SENT:
            return "not_sent"
        return self.name if self.name in _COMPARED and not self.problems else "asked"

    @property
    def is_corrected(self) -> bool:
        """Whether the value is a person's, which can be taken back."""
        return self.found is not None and self.found.source == "person"


@dataclass(frozen=True)
class Box:
    """A rectangle on a page, in thousandths of its width and height."""

    name: str
    kind: str
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class FormPage:
    """The form of one document as it is shown. ``notes`` are the problems of the document as a whole."""

    lines: tuple[Line, ...]
    notes: tuple[Mapping[str, Any], ...]
    boxes: Mapping[int, tuple[Box, ...]] = field(default_factory=dict)

    @property
    def open(self) -> tuple[Line, ...]:
        return tuple(each for each in self.lines if each.is_open)

    @property
    def settled(self) -> list[tuple[str, list[Line]]]:
        """The settled fields, by group; a group without one is left out."""
        by_name = {each.name: each for each in self.lines if not each.is_open}
        groups = ((group, [by_name[name] for name in names if name in by_name]) for group, names in GROUPS.items())
        return [(group, lines) for group, lines in groups if lines]

    @property
    def focus(self) -> str:
        """The name of the field to begin with; empty when nothing but the submission is left."""
        return next((each.name for each in self.lines if each.blocks), "")

    @property
    def can_leave(self) -> bool:
        """Whether a person's submission would be accepted, as far as the last check knows."""
        return not self.focus and not any(stands_in_the_way(each) for each in self.notes)


def stands_in_the_way(problem: Mapping[str, Any]) -> bool:
    """Whether the problem remains when a person asks for the submission."""
    return bool(problem["blocking"]) and problem["code"] not in SETTLED_BY_SUBMISSION


def form_page(
    form: Mapping[str, Any],
    language: str,
    *,
    typed: Mapping[str, str] | None = None,
    refused: Iterable[Mapping[str, Any]] = (),
) -> FormPage:
    """The API's form for the page. ``typed`` are values that were not saved, ``refused`` says why."""
    problems = [*form["problems"], *({"blocking": True, **each} for each in refused)]
    names = [name for group in GROUPS.values() for name in group]
    lines = tuple(_line(name, form, language, typed or {}, problems) for name in names)
    notes = tuple(each for each in problems if each.get("field") not in names)
    return FormPage(lines, notes, _boxes(form["fields"]))


def posted_changes(incoming: Incoming) -> dict[str, str]:
    """What the person typed that differs from what the page showed, by field."""
    names = [name for group in GROUPS.values() for name in group]
    both = (
        (name, incoming.one(f"f.{name}"), incoming.one(f"was.{name}")) for name in names if _is_posted(name, incoming)
    )
    return {name: new for name, new, old in both if new.translate(_LINE_ENDS) != old.translate(_LINE_ENDS)}


def kind_of(name: str) -> str:
    """How the field is typed: amount, date, siret, list, long, vat_lines or text."""
    kinds = {"comment": "long", "vat_lines": "vat_lines"}
    sets = (("amount", _AMOUNTS), ("date", _DATES), ("siret", _SIRETS), ("list", _LISTS))
    return kinds.get(name) or next((kind for kind, some in sets if name in some), "text")


def as_typed(name: str, value: str, language: str) -> str:
    """The value as a person types it, which the API reads back: « 31/12/2026 », « 1 800,00 »."""
    kind = kind_of(name)
    if kind == "date" and language == "fr":
        return formats.day(value, language)
    if kind == "amount":
        return formats.typed_amount(value, language)
    return formats.siret(value) if kind == "siret" else value


def _is_posted(name: str, incoming: Incoming) -> bool:
    return f"f.{name}" in incoming.form


def _line(
    name: str,
    form: Mapping[str, Any],
    language: str,
    typed: Mapping[str, str],
    problems: Sequence[Mapping[str, Any]],
) -> Line:
    value = form["fields"].get(name)
    choices = tuple(form["choices"].get(name, ()))
    given = value["value"] if value and isinstance(value["value"], str) else ""
    shown = as_typed(name, given, language)
    known = {each["value"]: _label(each, language) for each in choices}
    asked = form["confidence_asked"]
    beaten = tuple(_found(name, each, language, known, asked) for each in (value or {}).get("beaten", ()))
    return Line(
        name=name,
        kind=kind_of(name),
        given=shown,
        typed=typed.get(name, shown),
        found=_found(name, value, language, known, asked) if value else None,
        beaten=tuple(each for each in beaten if each.raw != given or each.raw is None),
        problems=tuple(each for each in problems if each.get("field") == name),
        choices=tuple({"value": code, "label": label} for code, label in known.items()),
        vat_lines=tuple(value["value"]) if value and not isinstance(value["value"], str) else (),
    )


def _label(choice: Mapping[str, str], language: str) -> str:
    return (choice["name_en"] if language == "en" else "") or choice["name"]


def _found(name: str, candidate: Mapping[str, Any], language: str, known: Mapping[str, str], asked: float) -> Found:
    value = candidate["value"]
    raw = value if isinstance(value, str) else None
    shown = _shown(name, value, language, known) if raw is not None else str(len(value))
    unsure = candidate["source"] in _READ and candidate["confidence"] < asked
    return Found(raw, shown, candidate["source"], candidate["page"], candidate["confidence"], unsure)


def _shown(name: str, value: str, language: str, known: Mapping[str, str]) -> str:
    label = known.get(value)
    if label and name == "service_code":  # people know a service by its code
        return f"{value} · {label}"
    return label or _as_read(name, value, language)


def _as_read(name: str, value: str, language: str) -> str:
    kind = kind_of(name)
    if kind == "amount":
        return formats.amount(value, language)
    return formats.day(value, language) if kind == "date" else as_typed(name, value, language)


def _boxes(fields: Mapping[str, Any]) -> dict[int, tuple[Box, ...]]:
    """The boxes of each page, labels first, so that values lie above them.

    A value without a place, such as a person's, is shown where the value that it beat was read.
    """
    found: dict[int, list[Box]] = {}
    placed = [(name, place) for name, value in fields.items() if (place := _place(value)) is not None]
    for kind in ("label_box", "box"):
        for name, place in placed:
            if place[kind] is not None:
                found.setdefault(place["page"], []).append(_box(name, kind, place[kind]))
    return {page: tuple(boxes) for page, boxes in found.items()}


def _place(value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    candidates = (value, *value["beaten"])
    return next((each for each in candidates if each["box"] is not None and each["page"] is not None), None)


def _box(name: str, kind: str, box: Mapping[str, float]) -> Box:
    left, top, width, height = (box[side] * 1000 for side in ("left", "top", "width", "height"))
    around = (left - _MARGIN, top - _MARGIN, width + 2 * _MARGIN, height + 2 * _MARGIN)
    return Box(name, "label" if kind == "label_box" else "value", *(round(each, 1) for each in around))
