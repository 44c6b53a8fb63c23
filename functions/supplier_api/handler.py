"""Box supplier_api. HTTP: bring a supplier into being and configure it (administrators only)."""

import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, Field, SecretStr

from chorus_connector.api.described import example, shows
from chorus_connector.api.http import Caller, answer, authorise, caller, if_match, resolver
from chorus_connector.api.routes.tables import router as table_routes
from chorus_connector.api.views.suppliers import (
    credentials_view,
    removal_view,
    removed_view,
    supplier_summary,
    supplier_view,
)
from chorus_connector.domain.errors import Forbidden, NotFound
from chorus_connector.domain.invoices.fields import FormFieldName
from chorus_connector.domain.portal.credentials import CredentialMode, credentials_from
from chorus_connector.domain.suppliers.access import Access, Member, NotificationKind, Subscriber, kind_of
from chorus_connector.domain.suppliers.supplier import DEFAULT_SUPPLIER, Criterion, LoadingMode, OcrUse, Role
from chorus_connector.runtime.deadline import seconds_left
from chorus_connector.usecases.suppliers.audit import audit_file, whole_trail
from chorus_connector.wiring import removal as removal_wiring
from chorus_connector.wiring import tenant as wiring

if TYPE_CHECKING:
    from chorus_connector.usecases.suppliers.provisioning import Configure

CREATED, ACCEPTED = HTTPStatus.CREATED, HTTPStatus.ACCEPTED
_FOR_A_PART = 5.0
"""Seconds kept for one part of an export."""

logger = Logger()
app = resolver()
app.include_router(table_routes)


class NewSupplier(BaseModel):
    """A tenant to be: its display name and the SIRET that tells it apart."""

    model_config = example(name="Menuiserie Durand", siret="73282932000074")

    name: str = Field(min_length=1, max_length=200)
    siret: str = Field(min_length=14, max_length=20)


class SupplierChange(BaseModel):
    """What may change; what is absent stays as it is. The SIRET may while nothing was submitted under it."""

    model_config = example(name="Menuiserie Durand et fils", automatic_submission=True)

    name: str | None = Field(default=None, min_length=1, max_length=200)
    siret: str | None = Field(default=None, min_length=14, max_length=20)
    automatic_submission: bool | None = None
    confidence_threshold: float | None = Field(default=None, ge=0, le=1)
    ocr: OcrUse | None = None
    facturx_as_flow: bool | None = None
    user_label_metadata: str | None = Field(default=None, min_length=1, max_length=100)
    loading_mode: LoadingMode | None = None
    defaults: dict[FormFieldName, str] | None = None
    associations: dict[str, dict[FormFieldName, str]] | None = None


class NewCredentials(BaseModel):
    """The technical account, with a PISTE application or with a client certificate. No answer ever shows them.

    ``mode`` says which (OAuth-PISTE unless told otherwise); the certificate, p12 or PEM with its key, is base64.
    """

    model_config = example(
        mode="oauth_piste",
        client_id="…",
        client_secret="…",  # noqa: S106 (three dots)
        technical_login="TECH_1_…@cpro.fr",
        technical_password="…",  # noqa: S106 (three dots)
    )

    mode: CredentialMode = "oauth_piste"
    technical_login: SecretStr = Field(min_length=1, max_length=200)
    technical_password: SecretStr = Field(min_length=1, max_length=200)
    client_id: SecretStr | None = Field(default=None, max_length=200)
    client_secret: SecretStr | None = Field(default=None, max_length=500)
    certificate: SecretStr | None = Field(default=None, max_length=30_000)  # a secret holds 64 KB
    certificate_format: Literal["p12", "pem"] = "p12"
    certificate_password: SecretStr | None = Field(default=None, max_length=500)


class NewCriterion(BaseModel):
    """A classification rule or a folder, one of the two."""

    model_config = example(folder="factures")

    classification_rule: str | None = Field(default=None, min_length=1, max_length=200)
    folder: str | None = Field(default=None, min_length=1, max_length=200)


class Rights(BaseModel):
    """What a principal may do: configure, use, or both. ``kind`` tells people from systems (client credentials)."""

    model_config = example(roles=["administer", "use"], kind="person")

    roles: list[Role] = Field(min_length=1, max_length=2)
    kind: Literal["person", "system"] = "person"


class Subscription(BaseModel):
    """Where somebody is told of events beside the feed; without an address, in the feed only."""

    model_config = example(email="compta@example.org")

    email: str | None = Field(default=None, max_length=254, pattern=r"^[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[A-Za-z0-9-]+$")


class AuditExport(BaseModel):
    """The form of the export: one JSON object per line, or CSV."""

    model_config = example(format="csv")

    format: Literal["jsonl", "csv"] = "jsonl"


Principal = Annotated[str, Path(max_length=128, pattern=r"^[A-Za-z0-9_.:@-]+$")]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=2000)]
Scope = Annotated[Literal["own", "installation"], Query()]


@app.post("/suppliers", summary="Create a supplier", tags=["Suppliers"], responses=shows("SupplierShape", CREATED))
def create(request: NewSupplier) -> Response[str]:
    who = _administrator_of_installation()
    supplier_id = uuid.uuid4().hex[:12]
    supplier = wiring.provision(supplier_id).create(
        supplier_id=supplier_id,
        name=request.name,
        siret=request.siret,
        by=who.principal,
        now=datetime.now(UTC),
    )
    return answer(supplier_view(supplier), status=CREATED, version=supplier.version)


@app.get("/suppliers", summary="List suppliers", tags=["Suppliers"], responses=shows("SupplierList"))
def list_suppliers(scope: Scope = "own", limit: Limit = 50, cursor: Cursor = None) -> Response[str]:
    """The caller's own; for administrators of the installation also every one of it (`scope=installation`)."""
    who = caller(app)
    if who.administers_installation:
        wiring.provision(DEFAULT_SUPPLIER).begin(by=who.principal, now=datetime.now(UTC))
    rights = wiring.installation().suppliers_of(*who.identities)
    if scope == "installation":
        page = wiring.installation().supplier_ids(limit=limit, cursor=_administrator_cursor(cursor))
        ids, following = page.supplier_ids, page.cursor
    else:
        ids, following = _own_page(sorted(rights), limit, cursor)
    suppliers = [supplier_summary(each, rights) for each in wiring.suppliers(ids)]
    return answer({"suppliers": suppliers, "cursor": following})


@app.get("/suppliers/<supplier_id>", summary="Read a supplier", tags=["Suppliers"], responses=shows("SupplierShape"))
def read(supplier_id: str) -> Response[str]:
    _administrator_of(supplier_id)
    supplier = wiring.supplier_store(supplier_id).get()
    return answer(supplier_view(supplier), version=supplier.version)


@app.patch(
    "/suppliers/<supplier_id>", summary="Change a supplier", tags=["Suppliers"], responses=shows("SupplierShape")
)
def change(supplier_id: str, request: SupplierChange) -> Response[str]:
    supplier = _configure(supplier_id).change(
        version=if_match(app), now=datetime.now(UTC), **request.model_dump(exclude_unset=True)
    )
    return answer(supplier_view(supplier), version=supplier.version)


@app.delete(
    "/suppliers/<supplier_id>",
    summary="Delete a supplier, after its export",
    tags=["Suppliers"],
    responses=shows("Deletion", ACCEPTED),
)
def delete(supplier_id: str) -> Response[str]:
    """Export everything, then delete it; what is at the portal stays. 202: `…/removal` says how far it is."""
    who = _administrator_of_installation(supplier_id)
    version = if_match(app)
    siret = wiring.supplier_store(supplier_id).get().siret
    supplier = removal_wiring.remove_supplier(supplier_id, siret).begin(
        by=who.principal, version=version, now=datetime.now(UTC)
    )
    removal_wiring.removal_queue().go_on(supplier_id)  # said again, it wakes a removal that lies still
    accepted = answer(removal_view(supplier), status=ACCEPTED)
    accepted.headers["Location"] = f"/suppliers/{supplier_id}/removal"
    return accepted


@app.get(
    "/suppliers/<supplier_id>/removal",
    summary="How far a supplier's end is",
    tags=["Suppliers"],
    responses=shows("Deletion"),
)
def read_removal(supplier_id: str) -> Response[str]:
    """`deleting`, and what is being done; `deleted`, with the link to its export. 404: nobody asked for its end."""
    if not caller(app).administers_installation:
        raise NotFound
    deleted = wiring.installation().deleted(supplier_id)
    if deleted is not None:
        link = _export_link(supplier_id, deleted.export_key) if deleted.export_key else None
        return answer(removed_view(deleted, link))
    supplier = wiring.supplier_store(supplier_id).get()
    if supplier.removal is None:
        raise NotFound
    return answer(removal_view(supplier))


@app.post(
    "/suppliers/<supplier_id>/suspend",
    summary="Suspend a supplier",
    tags=["Suppliers"],
    responses=shows("SupplierShape"),
)
def suspend(supplier_id: str) -> Response[str]:
    """Nothing comes in (409) and nothing leaves until it is resumed; reading stays open."""
    who = _administrator_of_installation(supplier_id)
    supplier = wiring.configure(supplier_id, by=who.principal).suspend(version=if_match(app), now=datetime.now(UTC))
    return answer(supplier_view(supplier), version=supplier.version)


@app.post(
    "/suppliers/<supplier_id>/resume", summary="Resume a supplier", tags=["Suppliers"], responses=shows("SupplierShape")
)
def resume(supplier_id: str) -> Response[str]:
    """Active again: what waited goes with the next ten-minute run."""
    who = _administrator_of_installation(supplier_id)
    supplier = wiring.configure(supplier_id, by=who.principal).resume(version=if_match(app), now=datetime.now(UTC))
    return answer(supplier_view(supplier), version=supplier.version)


@app.post(
    "/suppliers/<supplier_id>/export",
    summary="Export everything of a supplier",
    tags=["Suppliers"],
    responses=shows("Link", CREATED),
)
def export(supplier_id: str) -> Response[str]:
    """JSON lines: every record, then where each file lies. No secret is in it. 409: more than one request can write."""
    who, left = _manager_of(supplier_id), seconds_left(app.lambda_context)
    siret = wiring.supplier_store(supplier_id).get().siret
    key = removal_wiring.export_supplier(supplier_id, siret).whole(
        supplier_id, by=who.principal, now=datetime.now(UTC), may_go_on=lambda: left() > _FOR_A_PART
    )
    return answer(_export_link(supplier_id, key), status=CREATED)


@app.get(
    "/suppliers/<supplier_id>/export",
    summary="The last export of a deleted supplier",
    tags=["Suppliers"],
    responses=shows("Link"),
)
def last_export(supplier_id: str) -> Response[str]:
    deleted = wiring.installation().deleted(supplier_id)
    if deleted is None or not deleted.export_key or not caller(app).administers_installation:
        raise NotFound
    return answer(_export_link(supplier_id, deleted.export_key))


@app.put(
    "/suppliers/<supplier_id>/credentials",
    summary="Try credentials, then keep them",
    tags=["Credentials"],
    responses=shows("SupplierShape"),
)
def save_credentials(supplier_id: str, request: NewCredentials) -> Response[str]:
    configure = _configure(supplier_id)
    supplier = configure.save_credentials(
        credentials_from(request.model_dump(exclude_none=True)), now=datetime.now(UTC)
    )
    return answer(supplier_view(supplier), version=supplier.version)


@app.get(
    "/suppliers/<supplier_id>/credentials",
    summary="What is known of the credentials",
    tags=["Credentials"],
    responses=shows("CredentialsShape"),
)
def read_credentials_status(supplier_id: str) -> Response[str]:
    _administrator_of(supplier_id)
    store = wiring.supplier_store(supplier_id)
    return answer(credentials_view(store.get(), store.events()))


@app.post(
    "/suppliers/<supplier_id>/configuration/criteria",
    summary="Add a criterion",
    tags=["Configuration"],
    responses=shows("SupplierShape", CREATED),
)
def add_criterion(supplier_id: str, request: NewCriterion) -> Response[str]:
    configure = _configure(supplier_id)
    criterion = Criterion(criterion_id=uuid.uuid4().hex[:8], **request.model_dump())
    supplier = configure.add_criterion(criterion, version=if_match(app), now=datetime.now(UTC))
    return answer(supplier_view(supplier), status=CREATED, version=supplier.version)


@app.delete(
    "/suppliers/<supplier_id>/configuration/criteria/<criterion_id>",
    summary="Remove a criterion",
    tags=["Configuration"],
    responses=shows("SupplierShape"),
)
def remove_criterion(supplier_id: str, criterion_id: str) -> Response[str]:
    configure = _configure(supplier_id)
    supplier = configure.remove_criterion(criterion_id, version=if_match(app), now=datetime.now(UTC))
    return answer(supplier_view(supplier), version=supplier.version)


@app.get(
    "/suppliers/<supplier_id>/configuration/access",
    summary="Who may configure and use the supplier",
    tags=["Access"],
    responses=shows("MemberList"),
)
def read_access(supplier_id: str) -> Response[str]:
    _manager_of(supplier_id)
    return _access_answer(wiring.access_store(supplier_id).get())


@app.put(
    "/suppliers/<supplier_id>/configuration/access/<principal>",
    summary="Give a principal exactly these rights",
    tags=["Access"],
    responses=shows("MemberList"),
)
def grant(supplier_id: str, principal: Principal, request: Rights) -> Response[str]:
    """A principal is a person's or a system's id in the user pool (`sub`), or `group:` and a group's name."""
    who = _manager_of(supplier_id)
    kind = kind_of(principal, system=request.kind == "system")
    member = Member(principal=principal, kind=kind, roles=tuple(sorted(set(request.roles))))
    return _access_answer(wiring.access(supplier_id, by=who.principal).grant(member, now=datetime.now(UTC)))


@app.delete(
    "/suppliers/<supplier_id>/configuration/access/<principal>",
    summary="Take every right from a principal",
    tags=["Access"],
    responses=shows("MemberList"),
)
def take_away(supplier_id: str, principal: Principal) -> Response[str]:
    """Works at once: rights are read at every request. The last administrator stays (409)."""
    who = _manager_of(supplier_id)
    return _access_answer(wiring.access(supplier_id, by=who.principal).take_away(principal, now=datetime.now(UTC)))


@app.get(
    "/suppliers/<supplier_id>/configuration/notifications",
    summary="Who is told of what",
    tags=["Access"],
    responses=shows("SubscriberList"),
)
def read_subscribers(supplier_id: str) -> Response[str]:
    _administrator_of(supplier_id)
    subscribers = wiring.access_store(supplier_id).subscribers()
    return answer({"subscribers": [each.model_dump(mode="json") for each in subscribers]})


@app.put(
    "/suppliers/<supplier_id>/configuration/notifications/<kind>/<principal>",
    summary="Tell somebody of a kind of event",
    tags=["Access"],
    responses=shows("Subscriber"),
)
def subscribe(supplier_id: str, kind: NotificationKind, principal: Principal, request: Subscription) -> Response[str]:
    """`waiting`: a document waits for submission; `submitted`: one was; `status`: Chorus Pro changed one's status."""
    who = _administrator_of(supplier_id)
    subscriber = Subscriber(kind=kind, principal=principal, email=request.email)
    wiring.access(supplier_id, by=who.principal).subscribe(subscriber, now=datetime.now(UTC))
    return answer(subscriber.model_dump(mode="json"))


@app.delete(
    "/suppliers/<supplier_id>/configuration/notifications/<kind>/<principal>",
    summary="Tell them no more",
    tags=["Access"],
    responses=shows("SubscriberList"),
)
def unsubscribe(supplier_id: str, kind: NotificationKind, principal: Principal) -> Response[str]:
    who = _administrator_of(supplier_id)
    wiring.access(supplier_id, by=who.principal).unsubscribe(kind, principal, now=datetime.now(UTC))
    return read_subscribers(supplier_id)


@app.get(
    "/suppliers/<supplier_id>/configuration/audit",
    summary="What was changed of the configuration, newest first",
    tags=["Audit"],
    responses=shows("ChangeList"),
)
def read_audit(supplier_id: str, limit: Limit = 50, cursor: Cursor = None) -> Response[str]:
    _administrator_of(supplier_id)
    page = wiring.audit_trail(supplier_id).page(limit=limit, cursor=cursor)
    return answer({"changes": [each.model_dump(mode="json") for each in page.changes], "cursor": page.cursor})


@app.post(
    "/suppliers/<supplier_id>/configuration/audit/exports",
    summary="Export the configuration's audit trail",
    tags=["Audit"],
    responses=shows("Link", CREATED),
)
def export_audit(supplier_id: str, request: AuditExport) -> Response[str]:
    _administrator_of(supplier_id)
    written = audit_file(whole_trail(wiring.audit_trail(supplier_id)), request.format)
    key = wiring.documents(supplier_id).put_export(f"audit-{uuid.uuid4().hex[:12]}.{request.format}", written)
    return answer(_export_link(supplier_id, key), status=CREATED)


def _administrator_of(supplier_id: str) -> Caller:
    return authorise(caller(app), supplier_id, "administer", wiring.installation())


def _configure(supplier_id: str) -> "Configure":
    """The supplier's configuration, for one of its administrators. Raises NotFound, Forbidden."""
    who = _administrator_of(supplier_id)
    return wiring.configure(supplier_id, by=who.principal, seconds_left=seconds_left(app.lambda_context))


def _administrator_of_installation(supplier_id: str | None = None) -> Caller:
    """Who brings tenants into being and ends them; for anybody else a supplier of others is not there."""
    who = caller(app)
    if not who.administers_installation:
        if supplier_id is not None:
            authorise(who, supplier_id, "administer", wiring.installation())
        raise Forbidden("installation_administrators")
    if supplier_id is not None:
        wiring.supplier_store(supplier_id).get()
    return who


def _manager_of(supplier_id: str) -> Caller:
    """An administrator of the supplier, or of the installation."""
    if caller(app).administers_installation:
        return _administrator_of_installation(supplier_id)
    return _administrator_of(supplier_id)


def _administrator_cursor(cursor: str | None) -> str | None:
    _administrator_of_installation()
    return cursor


def _own_page(supplier_ids: list[str], limit: int, cursor: str | None) -> tuple[tuple[str, ...], str | None]:
    left = tuple(each for each in supplier_ids if each > (cursor or ""))
    return left[:limit], left[limit - 1] if len(left) > limit else None


def _access_answer(access: Access) -> Response[str]:
    members = [each.model_dump(mode="json") for each in access.members]
    return answer({"members": members}, version=access.version)


def _export_link(supplier_id: str, key: str) -> dict[str, str | int]:
    return {"url": wiring.documents(supplier_id).presign_export(key), "expires_in": 300}


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
