"""The check that a principal exists and may be named, for every place where one is given something."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import Forbidden, Invalid, Transient
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.access import ADMINISTRATORS, GROUP_PREFIX

if TYPE_CHECKING:
    from chorus_connector.domain.suppliers.access import Caller, Member
    from chorus_connector.ports.suppliers import UserDirectory


MOST_NAMES = 40
_AT_ONCE = 8
"""Cognito finds one person in a call, and takes thirty calls of ListUsers in a second from the whole account."""


def names_of(directory: UserDirectory, members: Sequence[Member]) -> dict[str, str]:
    """The names of members by their ids, for the administrators of one supplier; empty while the pool does not answer.

    An invited member is not named: an administrator may invite any id, and must not learn whose it is. A page needs
    the first ``MOST_NAMES`` at most.
    """
    asked = list(islice((each.principal for each in members if each.accepted and each.kind != "group"), MOST_NAMES))
    try:
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            found = dict(zip(asked, threads.map(directory.name, asked), strict=True))
    except Transient:
        return {}
    return {principal: name for principal, name in found.items() if name}


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
        fr="Cet identifiant n'existe pas. Ce n'est pas le nom avec lequel on se connecte : la personne lit le sien à "
        "l'adresse qui sert à l'inviter. Sans compte, elle en demande un à l'administrateur de l'installation.",
        en="There is no such id. It is not the name that people sign in with: they read theirs at the address that "
        "invites them. Without an account, they ask the installation's administrator for one.",
    )
