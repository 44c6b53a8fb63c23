"""The check that a principal exists, for every place where one is given something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.problem import Problem

if TYPE_CHECKING:
    from chorus_connector.ports.suppliers import UserDirectory


def check_principal(directory: UserDirectory, principal: str, *, field: str = "principal") -> None:
    """Raises Invalid when the user pool has no such person, system or group; Transient when it does not answer."""
    if problem := unknown_principal(directory, principal, field=field):
        raise Invalid.about(problem)


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
