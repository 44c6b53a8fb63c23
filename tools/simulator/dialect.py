"""Unpublished answers of the portal, as switches: a client can be tried against each of them.

The defaults are what is recorded or most likely; for `embedded_xml` and `credit_note_payment_mode` they are the strict
ones. `data/rules.toml` has a row for each switch with its source and confidence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from tools.simulator.clock import in_paris

Flags = Literal["boolean", "oui_non", "text", "number"]
Dates = Literal["mixed", "french", "milliseconds"]


class Dialect(BaseModel):
    """How the portal speaks where public sources are silent or disagree."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    embedded_xml: Literal["refused", "as_flow", "ignored"] = "refused"
    """A structured invoice inside a PDF that is submitted as a PDF. refused: by soumettre. as_flow: the submission is
    accepted and the XML decides, so the invoice goes where the XML says, or becomes REJETEE with the errors of a flow
    after `flow_done_after` seconds. ignored: only the submitted data counts. Which is true is not known. A connector
    that removes the XML works with all three, and only `refused` shows every PDF from which it was not removed."""
    credit_note_payment_mode: Literal["refused", "accepted"] = "refused"
    """A payment mode on a credit note, in soumettre and in flows; it is never required there."""
    ctc_fr_profile: Literal["refused", "accepted"] = "refused"
    """A Factur-X flow of the profile EXTENDED-CTC-FR, which the standard's makers count as CII."""
    empty_search_code: int = 20000
    empty_search_message: str = "TRA_MSG_00.015"
    """Code and message of an empty search, where the setting `empty_search` is `code`."""
    flags: Flags = "boolean"
    """JSON booleans, `OUI` and `NON`, `true` and `false` as text, or 1 and 0."""
    dates: Dates = "mixed"
    """ISO forms as recorded, `11/07/2026` with `15:45` if there is a time, or milliseconds since 1970."""
    numbers: Literal["number", "text"] = "number"
    """Ids and amounts as JSON numbers or as text; `codeRetour` and the figures of paging stay numbers."""
    paging_block: Literal["present", "absent"] = "present"
    """Whether a search answers `parametresRetour`; some recorded answers have none."""
    unknown_property: str | None = None
    """The name of one more property, with a text, in every object of an answer."""
    status_name: Literal["statut", "statutFacture"] = "statut"
    """The name of the status in a row of a search for invoices."""
    directory_accents: Literal["count", "ignored"] = "count"
    """Whether a search of recipients by words finds « Lycée » for « lycee »: not published, so both are tried."""
    flow_end_state: str | None = None
    """The state in which every flow stops, without an invoice; any text."""
    flow_loses_invoices: bool = False
    """A flow is reported as integrated, but makes no invoice."""


_DATED = re.compile(r"date|datepassage", re.IGNORECASE)
_ISO = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d.*)?")
_COUNTS = frozenset({"codeRetour", "pageCourante", "pages", "nbResultatsParPage", "total", "statusCodeValue"})
_FLAGS: dict[Flags, tuple[Any, Any]] = {
    "boolean": (True, False),
    "oui_non": ("OUI", "NON"),
    "text": ("true", "false"),
    "number": (1, 0),
}


def spoken(payload: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    """The payload of an answer in this dialect; unchanged in the default one."""
    if dialect == _AS_RECORDED:
        return payload
    shown = {name: value for name, value in payload.items() if name != "parametresRetour" or _has_paging(dialect)}
    if "listeFactures" in shown:
        shown["listeFactures"] = [_renamed(row, "statut", dialect.status_name) for row in shown["listeFactures"]]
    said: dict[str, Any] = _said("", shown, dialect)
    return said


def _has_paging(dialect: Dialect) -> bool:
    return dialect.paging_block == "present"


def _renamed(row: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new if name == old else name: value for name, value in row.items()}


def _said(name: str, value: Any, dialect: Dialect) -> Any:
    if isinstance(value, dict):
        said = {key: _said(key, each, dialect) for key, each in value.items()}
        return {**said, dialect.unknown_property: "valeur"} if dialect.unknown_property else said
    if isinstance(value, list):
        return [_said(name, each, dialect) for each in value]
    if isinstance(value, bool):
        return _FLAGS[dialect.flags][not value]
    if isinstance(value, (int, Decimal)):
        return str(value) if dialect.numbers == "text" and name not in _COUNTS else value
    if isinstance(value, str) and _DATED.search(name) and _ISO.fullmatch(value):
        return _DATES[dialect.dates](value)
    return value


def _french(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return moment.strftime("%d/%m/%Y" if len(text) == len("2026-07-11") else "%d/%m/%Y %H:%M")


def _milliseconds(text: str) -> int:
    return int(in_paris(datetime.fromisoformat(text)).timestamp() * 1000)


_DATES: dict[Dates, Callable[[str], Any]] = {"mixed": str, "french": _french, "milliseconds": _milliseconds}
_AS_RECORDED = Dialect()
