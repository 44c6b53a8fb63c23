"""The settings of a simulator at its start; later changes go through the admin API.

`scenario.py` reads a scenario file into these settings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from tools.simulator.dialect import Dialect

EmptySearch = Literal["code", "list", "absent"]
Ocr = Literal["nothing", "xml"]


@dataclass(frozen=True)
class Settings:
    """How the simulated portal is set up; with the defaults it accepts submissions at once."""

    open_directory: bool = False
    """Any well-formed 14-digit SIRET is an active recipient without obligations."""
    start: datetime | None = None
    """The simulated time at the start; the real time when absent."""
    clock_runs: bool = True
    """Whether simulated time passes by itself; only the admin API moves a stopped clock."""
    default_supplier: bool = True
    """Whether the ready supplier of `data/default_supplier.toml` exists."""
    default_life: str = "pays"
    """The life of an invoice whose recipient has none of its own: a name in `data/lives.toml` or in the scenario."""
    token_lifetime: int = 3600
    """Seconds; `expires_in` of the PISTE answer."""
    password_lifetime_days: int = 424
    """After how many days the password of a technical account stops working."""
    no_token_status: int = 400
    """Answered for a declared route without a token; the official description says 401, the gateway gave 400."""
    account_refused_status: int = 401
    """Answered (with an empty body) for an unknown account or a wrong password; the portal gives 401 or 403."""
    account_expired_status: int = 403
    """Answered (with an empty body) for an expired password."""
    refusal_status: int = 200
    """HTTP status of a business refusal: the portal uses 200, sometimes 400, both with `codeRetour`."""
    empty_search: EmptySearch = "code"
    """An empty invoice or recipient search: codeRetour 20000, an empty list, or no list at all."""
    dialect: Dialect = field(default_factory=Dialect)
    """How the portal speaks at the start where nothing is published; the admin API changes it."""
    ocr: Ocr = "nothing"
    """What deposer/pdf reads: nothing (the one answer captured from the real portal) or the XML inside the PDF."""
    totals_tolerance: Decimal = Decimal("0")
    """How far HT + TVA may be from TTC; the portal's own tolerance is not known."""
    flow_visible_after: float = 2.0
    """Seconds during which the report of a new flow is « introuvable »."""
    flow_done_after: float = 6.0
    """Seconds until a flow is integrated or rejected."""
    client_certificate_header: str | None = None
    """Certificate mode over plain HTTP: a header that must be present in place of a client certificate."""
    scenario: dict[str, Any] = field(default_factory=dict, repr=False)
    """The content of the scenario file (see `scenario.Scenario`); it may hold secrets, so `repr` hides it."""
