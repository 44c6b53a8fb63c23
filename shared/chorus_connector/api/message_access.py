"""Who may act for a structure in « Mes messages »: the twin of ``authorisation``, loaded by the message API only."""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Depends, Request
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError

from chorus_connector.api.authorisation import caller, counted_caller
from chorus_connector.api.parameters import SiretPath
from chorus_connector.api.quotas import count_for, refusals_counted
from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.quotas import Holder
from chorus_connector.wiring.messages import AuthorisedStructure, StructureGrant, known_structure, subscriptions

Right = Literal["messages", "administer", "describe", "read"]
"""``messages``: a subscriber. ``administer``: an administrator of the structure. ``describe``: one of the structure or
of the installation. ``read``: any of these."""


def authorise_structure(request: Request, siret: str, right: Right) -> AuthorisedStructure:
    """The structure, for a caller who has that right. Raises NotFound for a stranger, Forbidden for another role."""
    who = caller(request)
    with refusals_counted(who):
        access = subscriptions(who).access(siret) if right in ("messages", "read") else None
        if right == "messages" and access is None:
            raise NotFound
        if access is None and not (right != "administer" and who.administers_installation):
            known_structure(siret).check_administers(who.identities)
    count_for(Holder("structure", siret), request)
    return AuthorisedStructure(StructureGrant(siret, who, access))


def structure_of_messages(request: Request) -> AuthorisedStructure:
    return authorise_structure(request, _siret_in_path(request), "messages")


def structure_to_administer(request: Request) -> AuthorisedStructure:
    return authorise_structure(request, _siret_in_path(request), "administer")


def structure_to_describe(request: Request) -> AuthorisedStructure:
    return authorise_structure(request, _siret_in_path(request), "describe")


def structure_to_read(request: Request) -> AuthorisedStructure:
    return authorise_structure(request, _siret_in_path(request), "read")


def structure_that_invites(request: Request) -> AuthorisedStructure:
    """The structure in ``/me/structures/<siret>``, to whose messages the caller is subscribed or invited.

    Raises NotFound.
    """
    who, siret = counted_caller(request), _siret_in_path(request)
    known_structure(siret).own_subscription(who.principal)
    return AuthorisedStructure(StructureGrant(siret, who))


def _siret_in_path(request: Request) -> str:
    """The SIRET in ``[/me]/structures/<siret>/…`` or ``/messages/<place>/<siret>/…``.

    Raises RequestValidationError.
    """
    match request.resolved_event.path.split("/"):
        case ["", "structures", siret, *_] | ["", "me" | "messages", _, siret, *_]:
            try:
                return _SIRET.validate_python(siret)
            except ValidationError as refused:
                raise RequestValidationError(
                    [{**each, "loc": ("path", "siret")} for each in refused.errors()]
                ) from None
    raise NotFound


_SIRET = TypeAdapter[str](SiretPath)

StructureMessages = Annotated[AuthorisedStructure, Depends(structure_of_messages)]
"""For a caller who is subscribed to the structure's messages."""
StructureToAdminister = Annotated[AuthorisedStructure, Depends(structure_to_administer)]
StructureToDescribe = Annotated[AuthorisedStructure, Depends(structure_to_describe)]
"""For an administrator of the structure or of the installation."""
InvitingStructure = Annotated[AuthorisedStructure, Depends(structure_that_invites)]
"""For a principal with a subscription of its own, before it has any right."""
StructureToRead = Annotated[AuthorisedStructure, Depends(structure_to_read)]
"""For a subscriber, or an administrator of the structure or of the installation."""
