"""The settings of a supplier: its name, how its invoices are read and sent, and where the form's values come from."""

from collections.abc import Mapping
from typing import Any

from console.api_client import ApiProblem
from console.catalogue import text
from console.forms import checked, correctable, rows, show_form, version_header
from console.requests import Answer, Incoming
from console.screens import Screen, Screens

screens = Screens()

_PAGE = "/suppliers/<supplier_id>/configuration"
_SWITCHES = ("automatic_submission", "facturx_as_flow", "keep_xml")
_CHOICES = ("new_layouts", "ocr", "loading_mode", "name", "user_label_metadata")
_ASSOCIATION = ("rule", "field", "metadata")

FIELDS = (
    *("currency", "payment_method", "framework", "vat_regime", "vat_exemption_reason", "invoice_type", "bank_account"),
    *("recipient_siret", "service_code", "engagement_number", "contract_number", "comment", "validator_siret"),
    *("validator_service", "iban", "recipient_name", "service_label", "supplier_name", "supplier_siret"),
    *("invoice_number", "invoice_date", "due_date", "total_ht", "total_tva", "total_ttc", "amount_due", "vat_lines"),
    "original_invoice_number",
)
"""The fields of an invoice's form (`FormFieldName`), those first for which a default is usual."""

_USUAL = 14

OPTIONS = {
    "invoice_type": ("invoice", "credit_note"),
    "payment_method": ("transfer", "direct_debit", "cheque", "cash", "carried_over", "other"),
    "vat_regime": ("on_debits", "on_receipts", "exempt", "none"),
    "framework": ("A1", "A2", "A9", "A12"),
}
"""The values of the fields that have a list of them; `bank_account` has the accounts that Chorus Pro knows."""


@screens.page(_PAGE)
def settings_page(screen: Screen, supplier_id: str) -> Answer:
    """The settings, with what the API finds doubtful in them."""
    return _settings(screen, supplier_id)


@screens.action(_PAGE)
def save_settings(screen: Screen, supplier_id: str) -> Answer:
    """Save them all: the form shows all."""
    given = _given(screen.incoming)
    try:
        screen.api.patch(f"/suppliers/{supplier_id}", given, version=screen.incoming.one("version"))
    except ApiProblem as error:
        return _settings(screen, supplier_id, correctable(error), given)
    return screen.go(screen.incoming.path, done="saved")


@screens.page(f"{_PAGE}/fields")
def fields_page(screen: Screen, supplier_id: str) -> Answer:
    """The defaults of the form's fields, and which metadata feeds which field."""
    return _fields(screen, supplier_id)


@screens.action(f"{_PAGE}/fields")
def save_fields(screen: Screen, supplier_id: str) -> Answer:
    """Replace the defaults and the associations."""
    incoming = screen.incoming
    defaults = {name: value for name in FIELDS if (value := incoming.one(f"default.{name}"))}
    lines = rows(incoming, "associations", _ASSOCIATION)
    body = {"defaults": defaults, "associations": associations_of(lines)}
    try:
        screen.api.patch(f"/suppliers/{supplier_id}", body, version=incoming.one("version"))
    except ApiProblem as error:
        return _fields(screen, supplier_id, correctable(error), defaults, lines)
    return screen.go(incoming.path, done="saved")


@screens.page(f"{_PAGE}/bank-accounts")
def bank_accounts(screen: Screen, supplier_id: str) -> Answer:
    """The bank details that Chorus Pro has, and which of them an invoice gets."""
    return _bank_accounts(screen, supplier_id)


@screens.action(f"{_PAGE}/bank-accounts")
def choose_bank_account(screen: Screen, supplier_id: str) -> Answer:
    """Make one of them the default, or none."""
    path = f"/suppliers/{supplier_id}"
    try:
        defaults = {**screen.api.get(path)["defaults"], "bank_account": screen.incoming.one("bank_account")}
        body = {"defaults": {name: value for name, value in defaults.items() if value}}
        screen.api.patch(path, body, version=screen.incoming.one("version"))
    except ApiProblem as error:
        return _bank_accounts(screen, supplier_id, correctable(error))
    return screen.go(screen.incoming.path, done="saved")


def associations_of(lines: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    """The associations as the API has them: by classification rule, then by field."""
    made: dict[str, dict[str, str]] = {}
    for line in lines:
        made.setdefault(line["rule"], {})[line["field"]] = line["metadata"]
    return made


def _settings(
    screen: Screen, supplier_id: str, refused: ApiProblem | None = None, given: Mapping[str, Any] | None = None
) -> Answer:
    supplier, settings = screen.of_supplier(supplier_id, f"/suppliers/{supplier_id}")
    shown = {**settings, **(given or {})}
    template = "configuration/settings.html"
    return show_form(
        screen,
        template,
        refused,
        supplier=supplier,
        given=shown,
        percent=_percent(shown["confidence_threshold"]),
        warnings=settings["warnings"],
        version=version_header(settings),
    )


def _fields(
    screen: Screen,
    supplier_id: str,
    refused: ApiProblem | None = None,
    defaults: Mapping[str, str] | None = None,
    lines: list[dict[str, str]] | None = None,
) -> Answer:
    supplier, settings = screen.of_supplier(supplier_id, f"/suppliers/{supplier_id}")
    saved = [
        {"rule": rule, "field": field, "metadata": metadata}
        for rule, pairs in settings["associations"].items()
        for field, metadata in pairs.items()
    ]
    return show_form(
        screen,
        "configuration/fields.html",
        refused,
        supplier=supplier,
        settings=settings,
        defaults=settings["defaults"] if defaults is None else defaults,
        lines=saved if lines is None else lines,
        usual=[(name, _options(screen, settings, name)) for name in FIELDS[:_USUAL]],
        others=[(name, _options(screen, settings, name)) for name in FIELDS[_USUAL:]],
        form_fields=[(name, text(f"configuration.field.{name}", screen.language)) for name in FIELDS],
        version=version_header(settings),
    )


def _bank_accounts(screen: Screen, supplier_id: str, refused: ApiProblem | None = None) -> Answer:
    """Chorus Pro is asked for them; without an answer the page shows those of the last check."""
    supplier, settings = screen.of_supplier(supplier_id, f"/suppliers/{supplier_id}")
    unanswered: ApiProblem | None = None
    accounts = settings["bank_accounts"]
    try:
        accounts = screen.api.get(f"/suppliers/{supplier_id}/configuration/bank-accounts")["bank_accounts"]
    except ApiProblem as error:
        if error.status not in (409, 503):
            raise
        unanswered = error
    return show_form(
        screen,
        "configuration/bank_accounts.html",
        refused,
        supplier=supplier,
        accounts=accounts,
        chosen=settings["defaults"].get("bank_account"),
        unanswered=unanswered,
        version=version_header(settings),
    )


def _options(screen: Screen, settings: Mapping[str, Any], name: str) -> list[tuple[str, str]]:
    """What a field's default can be, with the words for it; empty when it is a text."""
    if name == "bank_account":
        return [(str(each["portal_id"]), each["name"]) for each in settings["bank_accounts"]]
    label = f"configuration.option.{name}."
    return [(value, text(label + value, screen.language)) for value in OPTIONS.get(name, ())]


def _given(incoming: Incoming) -> dict[str, Any]:
    given: dict[str, Any] = {name: incoming.one(name) for name in _CHOICES}
    given |= {name: checked(incoming, name) for name in _SWITCHES}
    return {**given, "confidence_threshold": _share(incoming.one("confidence_threshold"))}


def _share(percent: str) -> float | str:
    """The share of one; an unreadable text stays as it is, for the API to refuse."""
    try:
        return round(float(percent.replace(",", ".")) / 100, 6)
    except ValueError:
        return percent


def _percent(share: float | str) -> str:
    return share if isinstance(share, str) else f"{share * 100:.4f}".rstrip("0").rstrip(".")
