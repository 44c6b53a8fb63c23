"""The error for a person whose request the portal did not carry out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import Conflict, Transient
from chorus_connector.domain.portal.answers import CredentialsRefused, PortalFailure, PortalRefused
from chorus_connector.domain.problem import Problem
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
    when_fr, when_en = _when(failure)
    return _outage(
        failure,
        Problem(
            field=None,
            code="portal_unavailable",
            fr=f"Chorus Pro ne répond pas : rien n'a été fait, réessayez {when_fr}.",
            en=f"Chorus Pro does not answer: nothing was done, try again {when_en}.",
        ),
    )


def nothing_kept(failure: PortalFailure) -> ConnectorError:
    """The error for values that are kept only after the portal was asked about them, and it did not answer."""
    error = not_answered(failure)
    if not isinstance(error, Transient):
        return error
    when_fr, when_en = _when(failure)
    return _outage(
        failure,
        Problem(
            field=None,
            code="portal_unavailable",
            fr="Chorus Pro ne répond pas, et ces valeurs doivent d'abord y être essayées : rien n'a été enregistré. "
            f"Envoyez-les de nouveau {when_fr}.",
            en="Chorus Pro does not answer, and these values must be tried there first: nothing was kept. "
            f"Send them again {when_en}.",
        ),
    )


def _when(failure: PortalFailure) -> tuple[str, str]:
    """When a retry makes sense, as far as that is known."""
    if not failure.retry_in:
        return "plus tard", "later"
    minutes = -(-failure.retry_in // timedelta(minutes=1))
    return f"dans {minutes} min", f"in {minutes} min"


def _outage(failure: PortalFailure, problem: Problem) -> Transient:
    error = Transient(problem.fr, problem.en, problems=(problem,))
    error.retry_in = failure.retry_in
    return error
