"""The admin API under `/_admin`: add data, inject faults, move the clock, and read the portal's state.

It is for tests and demonstrations only, has no authentication, and never returns a secret.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, SecretStr, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tools.simulator import directory, suppliers
from tools.simulator.clock import instant, later
from tools.simulator.data_sets import DATA_SETS, add_data_set
from tools.simulator.delivery import JSON
from tools.simulator.dialect import Dialect
from tools.simulator.faults import FaultSpec
from tools.simulator.lives import Life, LifeRule
from tools.simulator.moods import PisteMood, start_mood, stop_mood
from tools.simulator.portal import Portal
from tools.simulator.scenario import apply_scenario
from tools.simulator.seeds import StructureSeed
from tools.simulator.suppliers import SupplierSeed
from tools.simulator.wire import json_bytes

if TYPE_CHECKING:
    from tools.simulator.files import StoredFile
    from tools.simulator.flows import Flow
    from tools.simulator.invoices import Invoice

Payload = dict[str, Any]
Handler = Callable[[Portal, Request, bytes], Payload]
Endpoint = Callable[[Request], Awaitable[Response]]
Model = TypeVar("Model")


class AdminProblem(Exception):
    """The request cannot be done; the caller gets `status` and the text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class ClockMove(BaseModel):
    """By how much, or to which time; a time without zone is Paris time."""

    model_config = ConfigDict(extra="forbid")

    advance_days: float = 0
    advance_seconds: float = 0
    now: datetime | None = None


class NewStatus(BaseModel):
    """A status that a recipient sets by hand; any text is accepted, because the portal's list grows."""

    model_config = ConfigDict(extra="forbid")

    status: str
    comment: str | None = None


class NewState(BaseModel):
    """The state of a flow as set by hand."""

    model_config = ConfigDict(extra="forbid")

    state: str


class NewLives(BaseModel):
    """Lives by name, and rules that assign them to invoices."""

    model_config = ConfigDict(extra="forbid")

    lives: dict[str, Life] = {}
    invoices: list[LifeRule] = []


class PasswordChange(BaseModel):
    """A new password of a technical account, or the age of the present one."""

    model_config = ConfigDict(extra="forbid")

    login: str
    password: str | None = None
    password_age_days: float = 0


class Consent(BaseModel):
    """The API families that a PISTE application is subscribed to from now on."""

    model_config = ConfigDict(extra="forbid")

    client_id: str
    families: list[str]


def admin_routes(portal: Portal) -> list[Route]:
    """All admin routes of this portal."""
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/state", state),
        ("POST", "/reset", reset),
        ("GET", "/clock", show_clock),
        ("POST", "/clock", move_clock),
        ("GET", "/suppliers", list_suppliers),
        ("POST", "/suppliers", put_supplier),
        ("POST", "/passwords", change_password),
        ("POST", "/consents", change_consent),
        ("POST", "/tokens/revoke", revoke_tokens),
        ("GET", "/structures", list_structures),
        ("POST", "/structures", put_structures),
        ("POST", "/lives", define_lives),
        ("GET", "/invoices", list_invoices),
        ("GET", "/invoices/{id:int}", show_invoice),
        ("POST", "/invoices/{id:int}/status", set_status),
        ("GET", "/flows", list_flows),
        ("POST", "/flows/{number}/state", set_flow_state),
        ("GET", "/faults", list_faults),
        ("POST", "/faults", add_faults),
        ("DELETE", "/faults", clear_faults),
        ("DELETE", "/faults/{id:int}", remove_fault),
        ("POST", "/mood", begin_mood),
        ("DELETE", "/mood", end_mood),
        ("GET", "/dialect", show_dialect),
        ("POST", "/dialect", change_dialect),
        ("POST", "/data-sets/{name}", load_data_set),
        ("GET", "/calls", list_calls),
        ("DELETE", "/calls", clear_calls),
    ]
    return [Route(path, _endpoint(portal, handler), methods=[method]) for method, path, handler in table]


def _endpoint(portal: Portal, handler: Handler) -> Endpoint:
    @functools.wraps(handler)
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        try:
            with portal.lock:
                portal.catch_up()
                payload, status = handler(portal, request, body), 200
        except AdminProblem as problem:
            payload, status = {"error": str(problem)}, problem.status
        except ValidationError as problem:
            payload = {"error": problem.errors(include_url=False, include_input=False, include_context=False)}
            status = 422
        return Response(json_bytes(payload), status, media_type=JSON)

    return endpoint


def _read(model: type[Model], body: bytes) -> Model:
    return TypeAdapter(model).validate_json(body or b"{}")


def state(portal: Portal, _request: Request, _body: bytes) -> Payload:
    """The number of records of each kind."""
    return {
        "now": instant(portal.clock.now()),
        "open_directory": portal.settings.open_directory,
        "suppliers": len(portal.suppliers.all()),
        "structures": len(portal.directory.all()),
        "invoices": len(portal.invoices.all()),
        "drafts": len(portal.invoices.drafts()),
        "files": portal.files.count(),
        "flows": len(portal.flows.all()),
        "calls": portal.calls.counts(),
    }


def reset(portal: Portal, request: Request, body: bytes) -> Payload:
    portal.reset()
    apply_scenario(portal)
    return state(portal, request, body)


def show_clock(portal: Portal, _request: Request, _body: bytes) -> Payload:
    return {"now": instant(portal.clock.now())}


def move_clock(portal: Portal, _request: Request, body: bytes) -> Payload:
    """Move the clock forward; all events that become due happen in order."""
    move = _read(ClockMove, body)
    try:
        if move.now is not None:
            portal.clock.move_to(move.now)
        portal.clock.advance(timedelta(days=move.advance_days, seconds=move.advance_seconds))
    except ValueError as problem:
        raise AdminProblem(422, str(problem)) from problem
    return {"now": instant(portal.catch_up())}


def list_suppliers(portal: Portal, _request: Request, _body: bytes) -> Payload:
    return {"suppliers": [suppliers.describe(supplier) for supplier in portal.suppliers.all()]}


def put_supplier(portal: Portal, _request: Request, body: bytes) -> Payload:
    """Add or replace a supplier with its account, application and bank details, or a list of suppliers."""
    seeds = TypeAdapter(list[SupplierSeed] | SupplierSeed).validate_json(body)
    if isinstance(seeds, list):
        return {"suppliers": [_added(portal, seed) for seed in seeds]}
    return _added(portal, seeds)


def _added(portal: Portal, seed: SupplierSeed) -> Payload:
    supplier = portal.suppliers.put(seed, portal.clock.now())
    return {**suppliers.describe(supplier), "login": seed.login, "client_id": seed.client_id}


def change_password(portal: Portal, _request: Request, body: bytes) -> Payload:
    change = _read(PasswordChange, body)
    account = portal.suppliers.accounts.get(change.login)
    if account is None:
        raise AdminProblem(404, "no such technical account")
    if change.password is not None:
        account.password = SecretStr(change.password)
    account.password_set = later(portal.clock.now(), -timedelta(days=change.password_age_days))
    expires = account.password_expires(portal.settings.password_lifetime_days)
    return {"login": change.login, "expires": instant(expires)}


def change_consent(portal: Portal, _request: Request, body: bytes) -> Payload:
    consent = _read(Consent, body)
    application = portal.suppliers.applications.get(consent.client_id)
    if application is None:
        raise AdminProblem(404, "no such application")
    application.families = set(consent.families)
    return {"client_id": consent.client_id, "families": sorted(application.families)}


def revoke_tokens(portal: Portal, _request: Request, _body: bytes) -> Payload:
    return {"revoked": portal.tokens.revoke_all()}


def list_structures(portal: Portal, _request: Request, _body: bytes) -> Payload:
    return {"structures": [directory.describe(structure) for structure in portal.directory.all()]}


def put_structures(portal: Portal, _request: Request, body: bytes) -> Payload:
    """Add or replace one public structure, or a list of them."""
    seeds = TypeAdapter(list[StructureSeed] | StructureSeed).validate_json(body)
    for seed in seeds if isinstance(seeds, list) else [seeds]:
        if seed.life is not None:
            _known_life(portal, seed.life)
    added = [portal.directory.put(seed) for seed in (seeds if isinstance(seeds, list) else [seeds])]
    return {"structures": [directory.describe(structure) for structure in added]}


def _known_life(portal: Portal, name: str) -> None:
    try:
        portal.lives.require(name)
    except ValueError as problem:
        raise AdminProblem(422, str(problem)) from problem


def define_lives(portal: Portal, _request: Request, body: bytes) -> Payload:
    """Add lives, and rules that assign them to invoices by number."""
    given = _read(NewLives, body)
    try:
        portal.lives.define(given.lives, given.invoices)
    except ValueError as problem:
        raise AdminProblem(422, str(problem)) from problem
    return {"lives": sorted(given.lives), "rules": len(given.invoices)}


def list_invoices(portal: Portal, request: Request, _body: bytes) -> Payload:
    """All invoices as received; `?number=` and `?supplier=` (idStructureCPP) narrow it."""
    number, supplier = request.query_params.get("number"), request.query_params.get("supplier")
    found = [
        invoice
        for invoice in portal.invoices.all()
        if number in (None, invoice.number) and supplier in (None, str(invoice.supplier.id))
    ]
    return {"total": len(found), "invoices": [_invoice_row(invoice) for invoice in found]}


def show_invoice(portal: Portal, request: Request, _body: bytes) -> Payload:
    return _invoice_row(_invoice(portal, request))


def set_status(portal: Portal, request: Request, body: bytes) -> Payload:
    """Set a status by hand; the invoice's scripted life stops."""
    invoice = _invoice(portal, request)
    wanted = _read(NewStatus, body)
    portal.lives.by_hand(invoice, wanted.status, portal.clock.now(), wanted.comment)
    return _invoice_row(invoice)


def _invoice(portal: Portal, request: Request) -> Invoice:
    invoice = portal.invoices.get(int(request.path_params["id"]))
    if invoice is None:
        raise AdminProblem(404, "no such invoice")
    return invoice


def _invoice_row(invoice: Invoice) -> Payload:
    return {
        "identifiantFactureCPP": invoice.id,
        "numeroFacture": invoice.number,
        "idFournisseur": invoice.supplier.id,
        "fournisseur": invoice.supplier.siret,
        "codeDestinataire": invoice.routed.recipient.siret,
        "codeServiceExecutant": invoice.routed.service.code if invoice.routed.service else None,
        "numeroBonCommande": invoice.routed.engagement_number,
        "statut": invoice.status,
        "rejetTraite": invoice.rejection_handled,
        "modeDepot": invoice.mode,
        "numeroFluxDepot": invoice.flow_number,
        "dateDepot": instant(invoice.deposited),
        "received": invoice.received,
        "file": _file_row(invoice.main_file) if invoice.main_file else None,
        "attachments": [
            {**_file_row(one.file), "designation": one.designation, "type": one.type_code}
            for one in invoice.attachments
        ],
        "history": [
            {"status": change.status, "at": instant(change.at), "comment": change.comment} for change in invoice.history
        ],
        "actions": [{"code": action.code, "at": instant(action.at)} for action in invoice.actions],
    }


def _file_row(stored: StoredFile) -> Payload:
    return {"id": stored.id, "name": stored.name, "bytes": len(stored.content), "sha256": stored.sha256}


def list_flows(portal: Portal, _request: Request, _body: bytes) -> Payload:
    return {"flows": [_flow_row(flow) for flow in portal.flows.all()]}


def _flow_row(flow: Flow) -> Payload:
    return {
        "numeroFluxDepot": flow.number,
        "nomFichier": flow.file_name,
        "syntaxeFlux": flow.syntax,
        "etat": flow.state,
        "visible": flow.visible,
        "erreurs": [*(text for _, text in flow.technical_errors), *(error.text for error in flow.invoice_errors)],
    }


def list_faults(portal: Portal, _request: Request, _body: bytes) -> Payload:
    return {"faults": portal.faults.listed()}


def add_faults(portal: Portal, _request: Request, body: bytes) -> Payload:
    """Add one fault or a list."""
    specs = TypeAdapter(list[FaultSpec] | FaultSpec).validate_json(body)
    return {"ids": [portal.faults.add(spec) for spec in (specs if isinstance(specs, list) else [specs])]}


def clear_faults(portal: Portal, _request: Request, _body: bytes) -> Payload:
    portal.faults.clear()
    return {"faults": []}


def remove_fault(portal: Portal, request: Request, _body: bytes) -> Payload:
    if not portal.faults.remove(int(request.path_params["id"])):
        raise AdminProblem(404, "no such fault (it may be used up)")
    return {"faults": portal.faults.listed()}


def begin_mood(portal: Portal, _request: Request, body: bytes) -> Payload:
    """Start a bad mood of PISTE, in place of the present one."""
    start_mood(portal, _read(PisteMood, body))
    return {"faults": portal.mood_faults}


def end_mood(portal: Portal, _request: Request, _body: bytes) -> Payload:
    stop_mood(portal)
    return {"faults": []}


def show_dialect(portal: Portal, _request: Request, _body: bytes) -> Payload:
    return portal.dialect.model_dump()


def change_dialect(portal: Portal, _request: Request, body: bytes) -> Payload:
    """Change the switches that are given; the others stay."""
    given = _read(dict[str, Any], body)
    portal.dialect = Dialect.model_validate({**portal.dialect.model_dump(), **given})
    return portal.dialect.model_dump()


def load_data_set(portal: Portal, request: Request, body: bytes) -> Payload:
    """Add a ready set of structures and suppliers."""
    name = request.path_params["name"]
    if name not in DATA_SETS:
        raise AdminProblem(404, f"no such data set; known: {', '.join(DATA_SETS)}")
    add_data_set(portal, name)
    return state(portal, request, body)


def set_flow_state(portal: Portal, request: Request, body: bytes) -> Payload:
    """Set the state of a flow by hand; any text is accepted. Processing that is still due can change it again."""
    flow = portal.flows.get(request.path_params["number"])
    if flow is None:
        raise AdminProblem(404, "no such flow")
    flow.state, flow.changed, flow.visible = _read(NewState, body).state, portal.clock.now(), True
    return _flow_row(flow)


def list_calls(portal: Portal, request: Request, _body: bytes) -> Payload:
    """The log of calls; `?operation=factures/soumettre` filters it."""
    return {"calls": portal.calls.listed(request.query_params.get("operation")), "counts": portal.calls.counts()}


def clear_calls(portal: Portal, _request: Request, _body: bytes) -> Payload:
    portal.calls.clear()
    return {"calls": []}
