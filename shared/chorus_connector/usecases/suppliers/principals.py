"""The check that a principal exists and may be named, for every place where one is given something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chorus_connector.domain.errors import Forbidden, Invalid
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.access import ADMINISTRATORS, GROUP_PREFIX

if TYPE_CHECKING:
    from chorus_connector.domain.suppliers.access import Caller
    from chorus_connector.ports.suppliers import UserDirectory


def check_principal(directory: UserDirectory, principal: str, *, by: Caller, field: str = "principal") -> None:
    """Raises Invalid when the user pool has no such person, system or group; Transient when it does not answer.

    Raises Forbidden for a group that ``by`` may not name, whether it exists or not.
    """
    if not may_name(by, principal):
        raise Forbidden(ADMINISTRATORS)
    if problem := unknown_principal(directory, principal, field=field):
        raise Invalid.about(problem)


def may_name(by: Caller, principal: str) -> bool:
    """Whether the caller may give something to that principal: to a group, only its members and the installation's
    administrators may. A group cannot accept, and a stranger does not learn which groups the user pool has.
    """
    return not principal.startswith(GROUP_PREFIX) or principal in by.identities or by.administers_installation


def unknown_principal(directory: UserDirectory, principal: str, *, field: str = "principal") -> Problem | None:
    """The problem of a principal that the user pool does not have; None for one that exists. Raises Transient."""
    if directory.exists(principal):
        return None
    return Problem(
        field=field,
        code="unknown_principal",
        fr="L'annuaire des utilisateurs ne connaît ni personne, ni système, ni groupe de cet identifiant : "
        "créez-le d'abord.",
        en="The user pool has no person, system or group with this id: create it first.",
    )
