"""Box supplier_api. HTTP: bring a supplier into being and configure it (administrators only)."""

import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, Field, SecretStr

from chorus_connector.domain.credentials import Credentials
from chorus_connector.domain.errors import Forbidden
from chorus_connector.domain.form import FormFieldName
from chorus_connector.domain.supplier import Criterion
from chorus_connector.runtime import wiring
from chorus_connector.runtime.http import answer, authorise, caller, if_match, resolver
from chorus_connector.runtime.views import supplier_view

logger = Logger()
app = resolver()


class NewSupplier(BaseModel):
    """A tenant to be: its display name and the SIRET that tells it apart."""

    name: str = Field(min_length=1, max_length=200)
    siret: str = Field(min_length=14, max_length=20)


class SupplierChange(BaseModel):
    """What may change; what is absent stays as it is."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    automatic_submission: bool | None = None
    confidence_threshold: float | None = Field(default=None, ge=0, le=1)
    defaults: dict[FormFieldName, str] | None = None
    associations: dict[str, dict[FormFieldName, str]] | None = None


class NewCredentials(BaseModel):
    """OAuth-PISTE credentials. Write only: no answer ever shows them."""

    client_id: SecretStr
    client_secret: SecretStr
    technical_login: SecretStr
    technical_password: SecretStr


class NewCriterion(BaseModel):
    """A classification rule or a folder, one of the two."""

    classification_rule: str | None = Field(default=None, min_length=1, max_length=200)
    folder: str | None = Field(default=None, min_length=1, max_length=200)


@app.post("/suppliers")
def create(request: NewSupplier) -> Response[str]:
    who = caller(app)
    if not who.administers_installation:
        raise Forbidden("installation_administrators")
    supplier = wiring.provision().create(
        supplier_id=uuid.uuid4().hex[:12],
        name=request.name,
        siret=request.siret,
        by=who.principal,
        now=datetime.now(UTC),
    )
    return answer(supplier_view(supplier), status=HTTPStatus.CREATED, version=supplier.version)


@app.get("/suppliers")
def list_own() -> Response[str]:
    roles = wiring.installation().suppliers_of(caller(app).principal)
    suppliers = [{**supplier_view(wiring.supplier_store(each).get()), "role": role} for each, role in roles.items()]
    return answer({"suppliers": suppliers})


@app.get("/suppliers/<supplier_id>")
def read(supplier_id: str) -> Response[str]:
    _administrator_of(supplier_id)
    supplier = wiring.supplier_store(supplier_id).get()
    return answer(supplier_view(supplier), version=supplier.version)


@app.patch("/suppliers/<supplier_id>")
def change(supplier_id: str, request: SupplierChange) -> Response[str]:
    _administrator_of(supplier_id)
    supplier = wiring.configure(supplier_id).change(
        version=if_match(app), now=datetime.now(UTC), **request.model_dump(exclude_unset=True)
    )
    return answer(supplier_view(supplier), version=supplier.version)


@app.put("/suppliers/<supplier_id>/credentials")
def save_credentials(supplier_id: str, request: NewCredentials) -> Response[str]:
    _administrator_of(supplier_id)
    credentials = Credentials.model_validate(request.model_dump())
    supplier = wiring.configure(supplier_id).save_credentials(credentials, now=datetime.now(UTC))
    return answer(supplier_view(supplier), version=supplier.version)


@app.post("/suppliers/<supplier_id>/configuration/criteria")
def add_criterion(supplier_id: str, request: NewCriterion) -> Response[str]:
    _administrator_of(supplier_id)
    criterion = Criterion(criterion_id=uuid.uuid4().hex[:8], **request.model_dump())
    supplier = wiring.configure(supplier_id).add_criterion(criterion, version=if_match(app))
    return answer(supplier_view(supplier), status=HTTPStatus.CREATED, version=supplier.version)


@app.delete("/suppliers/<supplier_id>/configuration/criteria/<criterion_id>")
def remove_criterion(supplier_id: str, criterion_id: str) -> Response[str]:
    _administrator_of(supplier_id)
    supplier = wiring.configure(supplier_id).remove_criterion(criterion_id, version=if_match(app))
    return answer(supplier_view(supplier), version=supplier.version)


def _administrator_of(supplier_id: str) -> None:
    authorise(caller(app), supplier_id, "administer", wiring.installation())


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
