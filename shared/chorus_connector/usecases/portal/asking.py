"""The error for a person whose request the portal did not carry out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chorus_connector.domain.errors import Conflict, Transient
from chorus_connector.domain.portal.answers import CredentialsRefused, PortalFailure, PortalRefused
from chorus_connector.usecases.invoices.waiting import credentials_problem

if TYPE_CHECKING:
    from chorus_connector.domain.errors import ConnectorError


def not_answered(failure: PortalFailure) -> ConnectorError:
    """A conflict when a person must act before a retry can help, else Transient: an outage of the portal."""
    if isinstance(failure, PortalRefused):
        return Conflict(
            "portal_refused", f"Chorus Pro a refusé : {failure.text}", f"Chorus Pro refused: {failure.text}"
        )
    if isinstance(failure, CredentialsRefused) and not failure.passing:
        return Conflict(
            "credentials_unusable",
            "Chorus Pro ne peut pas être interrogé avec les identifiants de ce fournisseur : voyez `problems`.",
            "Chorus Pro cannot be asked with this supplier's credentials: see `problems`.",
            problems=(credentials_problem(failure.fault),),
        )
    if failure.blame == "quota":
        return Conflict(
            "portal_quota_used_up",
            "Chorus Pro limite les appels de l'application de ce fournisseur : réessayez plus tard.",
            "Chorus Pro limits the calls of this supplier's application: try again later.",
        )
    return Transient(
        "Chorus Pro ne répond pas : rien n'a été fait, réessayez plus tard.",
        "Chorus Pro does not answer: nothing was done, try again later.",
    )
