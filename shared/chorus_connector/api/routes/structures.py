"""The routes of structures: their description, members and message subscriptions."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import BaseModel, ConfigDict, Field

from chorus_connector.api.authorisation import TheInstallation
from chorus_connector.api.http import answer, if_match
from chorus_connector.api.message_access import StructureToAdminister, StructureToDescribe, StructureToRead
from chorus_connector.api.parameters import Principal, SiretPath
from chorus_connector.api.views import messages as views
from chorus_connector.domain.messages.access import Mode
from chorus_connector.domain.messages.structure import StructureService
from chorus_connector.domain.suppliers.supplier import Role
from chorus_connector.wiring import messages as wiring

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]

_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"

_ADDRESS = r"^[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[A-Za-z0-9-]+$"


class DescribedService(BaseModel):
    """One service of a structure."""

    code: str = Field(min_length=1, max_length=100, pattern=_PRINTABLE)
    label: str = Field(default="", max_length=200, pattern=_PRINTABLE)


class Description(BaseModel):
    """What is known of a structure."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    name: str = Field(default="", min_length=1, max_length=200, pattern=_PRINTABLE)
    postal_code: str = Field(default="", max_length=10, pattern=_PRINTABLE)
    town: str = Field(default="", max_length=100, pattern=_PRINTABLE)
    email: str | None = Field(default=None, max_length=254, pattern=_ADDRESS)
    services: list[DescribedService] = Field(default_factory=list, max_length=500)

    def given(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in self.model_fields_set - {"siret"}}
        if "services" in given:
            given["services"] = tuple(StructureService(code=each.code, label=each.label) for each in self.services)
        return given


class NewStructure(Description):
    """A public body to know on this installation."""

    siret: str = Field(max_length=20)
    name: str = Field(min_length=1, max_length=200, pattern=_PRINTABLE)


class NewMember(BaseModel):
    """What a principal may do for a structure."""

    role: Role


class NewSubscription(BaseModel):
    """What a user may do with a structure's messages; ``services`` null is the whole structure."""

    mode: Mode
    services: list[Annotated[str, Field(max_length=100)]] | None = Field(default=None, max_length=500)


@router.post("/structures")
def create_structure(installation: TheInstallation, request: NewStructure) -> Response[str]:
    created = wiring.administer_structures(installation).create(request.given(), siret=request.siret)
    return answer(views.structure_view(created), status=HTTPStatus.CREATED, version=created.version)


@router.get("/structures/<siret>")
def read_structure(structure: StructureToRead) -> Response[str]:
    found = wiring.administer_structures(structure).get(structure.siret)
    return answer(views.structure_view(found), version=found.version)


@router.patch("/structures/<siret>")
def change_structure(structure: StructureToDescribe, request: Description) -> Response[str]:
    administer = wiring.administer_structures(structure)
    changed = administer.describe(structure.siret, request.given(), version=if_match(router))
    return answer(views.structure_view(changed), version=changed.version)


@router.put("/structures/<siret>/members/<principal>")
def add_member(
    installation: TheInstallation, siret: SiretPath, principal: Principal, request: NewMember
) -> Response[str]:
    structure = wiring.administer_structures(installation).add_member(siret, principal, request.role)
    return answer({"siret": siret, "principal": principal, "role": request.role}, version=structure.version)


@router.get("/structures/<siret>/subscriptions")
def list_subscriptions(structure: StructureToAdminister) -> Response[str]:
    return answer({"subscriptions": list(map(views.subscription_view, structure.subscribers()))})


@router.put("/structures/<siret>/subscriptions/<principal>")
def grant_subscription(
    structure: StructureToAdminister, principal: Principal, request: NewSubscription
) -> Response[str]:
    granted = wiring.administer_structures(structure).grant(
        structure.siret,
        principal,
        mode=request.mode,
        services=tuple(request.services) if request.services is not None else None,
        by=structure.by,
        now=datetime.now(UTC),
    )
    return answer(views.subscription_view(granted))


@router.delete("/structures/<siret>/subscriptions/<principal>")
def revoke_subscription(structure: StructureToAdminister, principal: Principal) -> Response[str]:
    structure.unsubscribe(principal)
    return answer({"revoked": principal})
