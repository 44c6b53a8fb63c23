"""The routes of structures: their description, members and message subscriptions."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.authorisation import TheInstallation
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer, if_match
from chorus_connector.api.message_access import (
    InvitingStructure,
    StructureToAdminister,
    StructureToDescribe,
    StructureToRead,
)
from chorus_connector.api.parameters import EMAIL_ADDRESS, PLAIN_TEXT, Cursor, Limit, Principal, SiretPath
from chorus_connector.api.views import messages as views
from chorus_connector.api.views.suppliers import change_view
from chorus_connector.domain.errors import Forbidden
from chorus_connector.domain.messages.access import Mode, PublicBodyMember
from chorus_connector.domain.messages.structure import StructureService
from chorus_connector.domain.suppliers.access import ADMINISTRATORS
from chorus_connector.domain.suppliers.supplier import Role
from chorus_connector.wiring import messages as wiring

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


class NewStructureService(RequestBody):
    """One service of a structure."""

    code: str = Field(min_length=1, max_length=100, pattern=PLAIN_TEXT)
    label: str = Field(default_factory=str, max_length=200, pattern=PLAIN_TEXT)


class StructureChange(RequestBody):
    """What changes in a structure's description; what is absent stays as it is."""

    # no default is declared (`default_factory`): generated clients send declared defaults, and would erase values

    model_config = example(postal_code="44000", town="Nantes")

    name: str = Field(default_factory=str, min_length=1, max_length=200, pattern=PLAIN_TEXT)
    postal_code: str = Field(default_factory=str, max_length=10, pattern=PLAIN_TEXT)
    town: str = Field(default_factory=str, max_length=100, pattern=PLAIN_TEXT)
    email: str | None = Field(default=None, max_length=254, pattern=EMAIL_ADDRESS, description="null: none is known.")
    services: list[NewStructureService] = Field(default_factory=list, max_length=500)
    public: bool = Field(
        default_factory=bool,
        description="Whether it is a public body. Only administrators of the installation say so. Unless one has, the "
        "portal's directory decides, then the SIREN: those of public bodies begin with 1 or 2.",
    )

    def given(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in self.model_fields_set - {"siret"}}
        if "services" in given:
            given["services"] = tuple(StructureService(code=each.code, label=each.label) for each in self.services)
        return given


class NewStructure(StructureChange):
    """A public body to know on this installation."""

    model_config = example(siret="21440109300015", name="Ville de Nantes", postal_code="44000", town="Nantes")

    siret: str = Field(max_length=20)
    name: str = Field(min_length=1, max_length=200, pattern=PLAIN_TEXT)


class NewStructureMember(RequestBody):
    """What a principal may do for a structure."""

    model_config = example(role="administer")

    role: Role


class NewMessageSubscription(RequestBody):
    """What a user may do with a structure's messages; ``services`` null is the whole structure."""

    model_config = example(mode="write", services=["FINANCES"])

    mode: Mode
    services: list[Annotated[str, Field(max_length=100)]] | None = Field(default=None, max_length=500)


@router.post(
    "/structures",
    operation_id="structures.create",
    summary="Create a public body",
    description="For administrators of the installation. Suppliers are structures already. A structure that neither "
    "its SIREN nor the portal's directory calls public needs `public`: true. `warnings` name a SIRET whose check "
    "digit is wrong, where this installation accepts one.",
    tags=["Structures"],
    responses=shows("StructureView", HTTPStatus.CREATED),
)
def create_structure(installation: TheInstallation, request: NewStructure) -> Response[str]:
    administer = wiring.administer_public_body(installation, request.siret)
    created = administer.create(request.given(), by=installation.caller.principal, now=datetime.now(UTC))
    return answer(views.structure_view(created), status=HTTPStatus.CREATED, version=created.version)


@router.get(
    "/structures/<siret>",
    operation_id="structures.get",
    summary="Read a structure",
    description="For its administrators, those subscribed to its messages, and administrators of the installation.",
    tags=["Structures"],
    responses=shows("StructureView"),
)
def read_structure(structure: StructureToRead) -> Response[str]:
    found = wiring.administer_structure(structure).get()
    return answer(views.structure_view(found), version=found.version)


@router.patch(
    "/structures/<siret>",
    operation_id="structures.update",
    summary="Change a structure's description",
    description="For its administrators and those of the installation. What is absent stays as it is; null is refused "
    "except for `email`. Only administrators of the installation set `email` and `public`. The changes are in the "
    "structure's trail. A postal code or town that is emptied is the directory's again. `warnings` name services that "
    "were taken out although subscriptions name them. A change without effect writes nothing.",
    tags=["Structures"],
    responses=shows("StructureView"),
)
def change_structure(structure: StructureToDescribe, request: StructureChange) -> Response[str]:
    # e-mail goes there without a confirmation; a public body may write to its suppliers
    if {"email", "public"} & request.model_fields_set and not structure.caller.administers_installation:
        raise Forbidden(ADMINISTRATORS)
    administer = wiring.administer_structure(structure)
    before = administer.get()
    changed = administer.describe(request.given(), version=if_match(router), by=structure.by, now=datetime.now(UTC))
    warnings = administer.left_behind(before, changed)
    return answer(views.structure_view(changed, *warnings), version=changed.version)


@router.get(
    "/structures/<siret>/members",
    operation_id="structures.members",
    summary="List who has a role for a public body",
    description="For its administrators and those of the installation. The roles for a supplier's structure are in the "
    "supplier's access list.",
    tags=["Structures"],
    responses=shows("StructureMemberList"),
)
def list_members(structure: StructureToDescribe) -> Response[str]:
    return answer({"members": [each.model_dump() for each in structure.members()]})


@router.put(
    "/structures/<siret>/members/<principal>",
    operation_id="structures.set_member",
    summary="Give a principal a role for a structure",
    description="For administrators of the installation. A supplier's structure has no members of its own (409): join "
    "it with a public body first.",
    tags=["Structures"],
    responses=shows("StructureMember"),
)
def set_member(
    installation: TheInstallation, siret: SiretPath, principal: Principal, request: NewStructureMember
) -> Response[str]:
    wiring.check_exists(installation, principal)
    member = PublicBodyMember(principal=principal, role=request.role)
    structure = wiring.administer_public_body(installation, siret).set_member(
        member, by=installation.caller.principal, now=datetime.now(UTC)
    )
    return answer({"siret": siret, "principal": principal, "role": request.role}, version=structure.version)


@router.delete(
    "/structures/<siret>/members/<principal>",
    operation_id="structures.remove_member",
    summary="Take a principal's role for a structure",
    description="For administrators of the installation. It also ends the subscriptions that depend on the role.",
    tags=["Structures"],
    responses=shows("Revocation"),
)
def remove_member(installation: TheInstallation, siret: SiretPath, principal: Principal) -> Response[str]:
    wiring.administer_public_body(installation, siret).remove_member(
        principal, by=installation.caller.principal, now=datetime.now(UTC)
    )
    return answer({"revoked": principal})


@router.get(
    "/structures/<siret>/audit",
    operation_id="structures.audit",
    summary="List changes of a structure's description, members and subscriptions, newest first",
    description="For its administrators and those of the installation. The members of a supplier's structure are in "
    "the supplier's own trail.",
    tags=["Structures"],
    responses=shows("ChangeList"),
)
def read_audit_trail(structure: StructureToDescribe, limit: Limit = 50, cursor: Cursor = None) -> Response[str]:
    page = structure.changes(limit=limit, cursor=cursor)
    return answer({"changes": [change_view(each) for each in page.changes], "cursor": page.cursor})


@router.get(
    "/structures/<siret>/subscriptions",
    operation_id="structures.subscriptions",
    summary="List who is subscribed to a structure's messages",
    description="For its administrators and those of the installation.",
    tags=["Structures"],
    responses=shows("MessageSubscriptionList"),
)
def list_subscriptions(structure: StructureToDescribe) -> Response[str]:
    return answer({"subscriptions": list(map(views.subscription_view, structure.subscribers()))})


@router.put(
    "/structures/<siret>/subscriptions/<principal>",
    operation_id="structures.subscribe",
    summary="Give a principal a right to a structure's messages",
    description="For the structure's administrators. It replaces the principal's subscription, if any. A person or "
    "system with no role for the structure is invited: see `PUT /me/structures/{siret}`. A group is named by a caller "
    "who is in it, or by an administrator of the installation. A subscription that callers give to themselves, or as "
    "members of a group, ends with the right that they give it by. `services` are some that the structure has.",
    tags=["Structures"],
    responses=shows("MessageSubscription"),
)
def grant_subscription(
    structure: StructureToAdminister, principal: Principal, request: NewMessageSubscription
) -> Response[str]:
    wiring.check_exists(structure, principal)
    granted = wiring.administer_structure(structure).grant(
        principal,
        mode=request.mode,
        services=tuple(request.services) if request.services is not None else None,
        caller=structure.caller,
        now=datetime.now(UTC),
    )
    return answer(views.subscription_view(granted))


@router.delete(
    "/structures/<siret>/subscriptions/<principal>",
    operation_id="structures.unsubscribe",
    summary="Take a principal's right to a structure's messages",
    description="For the structure's administrators and those of the installation.",
    tags=["Structures"],
    responses=shows("Revocation"),
)
def revoke_subscription(structure: StructureToDescribe, principal: Principal) -> Response[str]:
    wiring.administer_structure(structure).revoke(principal, by=structure.by, now=datetime.now(UTC))
    return answer({"revoked": principal})


@router.get(
    "/me/structures/<siret>",
    operation_id="me.structure",
    summary="Read the caller's own subscription to a structure's messages",
    description="With the structure's name, also before it is accepted: what an invited person is asked to accept.",
    tags=["Me"],
    responses=shows("OwnSubscription"),
)
def read_own_subscription(structure: InvitingStructure) -> Response[str]:
    administer = wiring.administer_structure(structure)
    own = administer.own_subscription(structure.by)
    return answer({**views.subscription_view(own), "name": administer.get().name})


@router.put(
    "/me/structures/<siret>",
    operation_id="me.accept_structure",
    summary="Accept a subscription to a structure's messages",
    description="A structure's administrator invites by giving a subscription; it begins with this call, also for a "
    "system. Repeating it changes nothing.",
    tags=["Me"],
    responses=shows("MessageSubscription"),
)
def accept_subscription(structure: InvitingStructure) -> Response[str]:
    accepted = wiring.administer_structure(structure).accept(structure.by, now=datetime.now(UTC))
    return answer(views.subscription_view(accepted))


@router.delete(
    "/me/structures/<siret>",
    operation_id="me.leave_structure",
    summary="End the caller's own subscription to a structure's messages",
    description="Also one that was not accepted. A subscription of one of the caller's groups stays.",
    tags=["Me"],
    responses=shows("Revocation"),
)
def leave_structure(structure: InvitingStructure) -> Response[str]:
    wiring.administer_structure(structure).revoke(structure.by, by=structure.by, now=datetime.now(UTC))
    return answer({"revoked": structure.by})
