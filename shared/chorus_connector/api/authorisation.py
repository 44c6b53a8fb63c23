"""Who calls, and what they may do.

The supplier comes from the caller's membership. For a caller without any right another supplier's data does not exist:
the answer is a 404, as for an absent one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chorus_connector.domain.errors import Forbidden, NotFound
from chorus_connector.domain.suppliers.access import GROUP_PREFIX
from chorus_connector.wiring import tenant as wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

    from chorus_connector.domain.suppliers.supplier import Role
    from chorus_connector.ports.suppliers import Installation

ADMINISTRATORS = "installation_administrators"


@dataclass(frozen=True)
class Caller:
    """Who the token says is calling: a person's or a machine client's id, and installation-wide groups."""

    principal: str
    groups: frozenset[str]

    @property
    def identities(self) -> tuple[str, ...]:
        """Whom rights may have been given to for this caller: itself, and the groups it is in."""
        return (self.principal, *(f"{GROUP_PREFIX}{group}" for group in sorted(self.groups)))

    @property
    def administers_installation(self) -> bool:
        return ADMINISTRATORS in self.groups


def caller(request: APIGatewayHttpRouter) -> Caller:
    """The caller, from the claims the JWT authorizer checked."""
    return caller_of_event(request.current_event.raw_event)


def caller_of_event(event: dict[str, Any]) -> Caller:
    """The caller, from the claims in a raw event."""
    claims = event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims", {})
    groups = claims.get("cognito:groups", "")
    # API Gateway writes a list claim as "[a b]"
    names = groups if isinstance(groups, list) else str(groups).strip("[]").replace(",", " ").split()
    return Caller(principal=claims["sub"], groups=frozenset(names))


def authorise(request: APIGatewayHttpRouter, supplier_id: str, role: Role) -> Caller:
    """The caller, if they hold that role for that supplier. Raises NotFound, Forbidden."""
    return require_role(caller(request), supplier_id, role, wiring.installation())


def require_role(who: Caller, supplier_id: str, role: Role, installation: Installation) -> Caller:
    """``who``, if they hold that role for that supplier; NotFound without any right, Forbidden for another role.

    To configure and to use are independent rights: a caller who needs both is given both. They are read at every
    request, so that taking one away works at once.
    """
    held = installation.rights(supplier_id, *who.identities)
    if not held:
        raise NotFound
    if role not in held:
        raise Forbidden(role)
    return who


def authorise_installation(request: APIGatewayHttpRouter, supplier_id: str | None = None) -> Caller:
    """The caller, if they administer the installation. Raises Forbidden, or NotFound for a stranger."""
    who = caller(request)
    if not who.administers_installation:
        if supplier_id is not None:
            authorise(request, supplier_id, "administer")
        raise Forbidden("installation_administrators")
    if supplier_id is not None:
        wiring.supplier_store(supplier_id).get()
    return who


def authorise_manager(request: APIGatewayHttpRouter, supplier_id: str) -> Caller:
    """The caller, if they administer the supplier or the installation. Raises NotFound, Forbidden."""
    if caller(request).administers_installation:
        return authorise_installation(request, supplier_id)
    return authorise(request, supplier_id, "administer")
