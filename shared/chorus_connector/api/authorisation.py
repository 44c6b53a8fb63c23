"""Who calls, and what they may do: every route below a supplier receives an ``AuthorisedTenant`` from here.

A route declares what it needs as the type of a parameter, ``tenant: TenantToUse``; Powertools then calls the function
of that type before the route. The supplier is the one in the path, the rights are read from the table at every
request, so that taking one away works at once. For a caller without any right another supplier's data does not exist:
the answer is a 404, as for an absent one.
"""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

from aws_lambda_powertools.event_handler import Depends, Request
from aws_lambda_powertools.event_handler.api_gateway import BaseRouter

from chorus_connector.api.conventions import SEES, SEES_ALL
from chorus_connector.api.quotas import count_for, count_for_caller, refusals_counted
from chorus_connector.domain.errors import Forbidden, NotFound
from chorus_connector.domain.quotas import Holder
from chorus_connector.domain.suppliers.access import ADMINISTRATORS, Caller
from chorus_connector.domain.suppliers.supplier import DEFAULT_SUPPLIER, Role
from chorus_connector.runtime.deadline import seconds_left, unlimited
from chorus_connector.wiring.installation import AuthorisedInstallation, installation
from chorus_connector.wiring.tenant import AuthorisedTenant, Grant

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.visibility import Visibility
    from chorus_connector.ports.suppliers import Installation


LONGEST_SUPPLIER_ID = 64
"""Characters. The table refuses a key of more than 1,024 bytes with an error, which would be a 500."""


def authorise(request: Request, supplier_id: str, role: Role) -> AuthorisedTenant:
    """The supplier, for a caller who holds that role. Raises NotFound without any right, Forbidden for another role.

    To configure and to use are independent rights: a caller who needs both is given both.
    """
    who = caller(request)
    with refusals_counted(who):
        require_role(who, supplier_id, role, installation())
    count_for(Holder("supplier", supplier_id), request)
    return _tenant(supplier_id, who)


def authorise_installation(request: Request) -> AuthorisedInstallation:
    """The installation, for one of its administrators. Raises Forbidden."""
    return administered(counted_caller(request))


def require_role(who: Caller, supplier_id: str, role: Role, rights: "Installation") -> Caller:
    """``who``, if they hold that role for that supplier. Raises NotFound without any right, Forbidden for another."""
    held = rights.rights(supplier_id, *who.identities)
    if not held:
        raise NotFound
    if role not in held:
        raise Forbidden(role)
    return who


def caller(request: Request) -> Caller:
    """The caller, from the claims that the JWT authorizer checked."""
    return caller_of_event(request.resolved_event.raw_event)


def counted_caller(request: Request) -> Caller:
    """The caller, whose own quota counts the request. Raises QuotaExceeded."""
    who = caller(request)
    count_for_caller(who)
    return who


def caller_of_event(event: dict[str, Any]) -> Caller:
    """The caller, from the claims in a raw event."""
    claims = event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims", {})
    groups = claims.get("cognito:groups", "")
    # API Gateway writes a list claim as "[a b]"
    names = groups if isinstance(groups, list) else str(groups).strip("[]").replace(",", " ").split()
    # the subject of a token of client credentials is the client itself (source: Amazon Cognito Developer Guide)
    system = claims["sub"] == claims.get("client_id")
    name = "" if system else str(claims.get("username", ""))
    return Caller(principal=claims["sub"], groups=frozenset(names), system=system, name=name)


def supplier_in_path(event: dict[str, Any]) -> str | None:
    """The id in ``/suppliers/<supplier_id>/…``; None in any other path, and for a text too long for an id."""
    match str(event.get("rawPath", "")).split("/"):
        case ["", "suppliers", supplier_id, *_] if 0 < len(supplier_id) <= LONGEST_SUPPLIER_ID:
            return supplier_id
    return None


def rights_at(event: dict[str, Any]) -> frozenset[str]:
    """What the caller may do and see at the request's path now, and the groups of the token.

    A kept answer is shown again only to a caller who still has all of this.
    """
    who = caller_of_event(event)
    supplier_id = supplier_in_path(event)
    if supplier_id is not None:
        held = installation().rights(supplier_id, *who.identities)
        return held | who.groups | _seen(AuthorisedTenant(Grant(supplier_id, who), unlimited).visibility)
    match str(event.get("rawPath", "")).split("/"):
        case ["", "messages", *_]:
            return who.groups | _subscribed(who)
        case ["", "structures", siret, *_] if siret:
            return who.groups | _subscribed(who) | _roles(who, siret)
    return who.groups


def _subscribed(who: Caller) -> frozenset[str]:
    from chorus_connector.wiring.messages import subscriptions  # noqa: PLC0415 (loaded by the message API only)

    found = subscriptions(who).all()
    return frozenset(f"subscribed {each.principal} {each.siret} {each.mode} {each.services}" for each in found)


def _roles(who: Caller, siret: str) -> frozenset[str]:
    from chorus_connector.wiring.messages import structures  # noqa: PLC0415 (loaded by the message API only)

    held = structures().rights((siret, each) for each in who.identities)
    return frozenset(f"{each.role} {siret} {each.principal} {each.supplier_id}" for each in held)


def _seen(visibility: "Visibility") -> frozenset[str]:
    if visibility.labels is None:
        return frozenset({SEES_ALL})
    return frozenset(f"{SEES}{visibility.metadata_name}={label}" for label in visibility.labels)


def tenant_to_use(request: Request) -> AuthorisedTenant:
    return authorise(request, _supplier_id(request), "use")


def tenant_to_administer(request: Request) -> AuthorisedTenant:
    return authorise(request, _supplier_id(request), "administer")


def tenant_of_member(request: Request) -> AuthorisedTenant:
    """For a caller who has any role on the supplier. Raises NotFound."""
    who, supplier_id = caller(request), _supplier_id(request)
    with refusals_counted(who):
        if not installation().rights(supplier_id, *who.identities):
            raise NotFound
    count_for(Holder("supplier", supplier_id), request)
    return _tenant(supplier_id, who)


def tenant_to_manage(request: Request) -> AuthorisedTenant:
    """An administrator of the supplier, or of the installation. Raises NotFound, Forbidden."""
    if caller(request).administers_installation:
        return tenant_to_operate(request)
    return tenant_to_administer(request)


def tenant_to_operate(request: Request) -> AuthorisedTenant:
    """For an administrator of the installation, a supplier that exists. Raises NotFound, Forbidden."""
    supplier_id, who = _supplier_id(request), caller(request)
    if not who.administers_installation:
        authorise(request, supplier_id, "administer")
    count_for_caller(who)
    tenant = _tenant(supplier_id, administered(who).caller)
    tenant.suppliers.get()
    return tenant


def own_tenant(request: Request) -> AuthorisedTenant:
    """The supplier in ``/me/suppliers/<supplier_id>``, for a caller who has any role on it. Raises NotFound."""
    who = counted_caller(request)
    supplier_id = request.resolved_event.path.rpartition("/")[2]
    with refusals_counted(who):
        if not installation().rights(supplier_id, *who.identities):
            raise NotFound
    return _tenant(supplier_id, who)


def tenant_that_invites(request: Request) -> AuthorisedTenant:
    """The supplier at the end of a path below ``/me``, if the caller is a member of it or invited. Raises NotFound."""
    who = counted_caller(request)
    tenant = _tenant(request.resolved_event.path.rpartition("/")[2], who)
    tenant.access.get().member(who.principal)
    return tenant


def removed_tenant(request: Request) -> AuthorisedTenant:
    """An administrator of the installation; the supplier may be deleted. Raises NotFound to anyone else."""
    who = counted_caller(request)
    if not who.administers_installation:
        raise NotFound
    return _tenant(_supplier_id(request), who)


def new_tenant(request: Request) -> AuthorisedTenant:
    return _tenant(uuid4().hex[:12], authorise_installation(request).caller)


def default_tenant(authorised: AuthorisedInstallation) -> AuthorisedTenant:
    """The tenant of the supplier that a new installation begins with."""
    return _tenant(DEFAULT_SUPPLIER, authorised.caller)


def administered(who: Caller) -> AuthorisedInstallation:
    """The proof that the caller administers the whole installation. Raises Forbidden."""
    if not who.administers_installation:
        raise Forbidden(ADMINISTRATORS)
    return AuthorisedInstallation(who)


def _tenant(supplier_id: str, who: Caller) -> AuthorisedTenant:
    return AuthorisedTenant(Grant(supplier_id, who), seconds_left(BaseRouter.lambda_context))


def _supplier_id(request: Request) -> str:
    supplier_id = supplier_in_path(request.resolved_event.raw_event)
    if supplier_id is None:
        raise NotFound
    return supplier_id


TheCaller = Annotated[Caller, Depends(counted_caller)]
TheInstallation = Annotated[AuthorisedInstallation, Depends(authorise_installation)]
"""For an administrator of the installation."""
TenantToUse = Annotated[AuthorisedTenant, Depends(tenant_to_use)]
TenantToAdminister = Annotated[AuthorisedTenant, Depends(tenant_to_administer)]
TenantOfMember = Annotated[AuthorisedTenant, Depends(tenant_of_member)]
"""For a caller with any role on the supplier: public data, such as the portal's directory."""
TenantToManage = Annotated[AuthorisedTenant, Depends(tenant_to_manage)]
"""For an administrator of the supplier or of the installation."""
TenantToOperate = Annotated[AuthorisedTenant, Depends(tenant_to_operate)]
"""For an administrator of the installation."""
OwnTenant = Annotated[AuthorisedTenant, Depends(own_tenant)]
"""As ``TenantOfMember``, for the routes below ``/me``."""
InvitingTenant = Annotated[AuthorisedTenant, Depends(tenant_that_invites)]
"""For a principal that the supplier's administrator named, before it has any right."""
RemovedTenant = Annotated[AuthorisedTenant, Depends(removed_tenant)]
"""For an administrator of the installation; the supplier may be deleted already."""
NewTenant = Annotated[AuthorisedTenant, Depends(new_tenant)]
"""An empty tenant under a new id, for an administrator of the installation."""
