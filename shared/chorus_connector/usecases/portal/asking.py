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
    from chorus_connector.domain.suppliers.supplier import LoadingMode

LIVE_SECONDS = 8.0
"""What asking the portal may take before an answer has what is known."""


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


def stale_problem(failure: PortalFailure) -> Problem:
    """Why kept data is shown instead of the portal's answer; about credentials also who must act."""
    if isinstance(failure, CredentialsRefused) and not failure.passing:
        return credentials_problem(failure.fault)
    if isinstance(failure, CredentialsRefused):
        cause = credentials_problem(failure.fault)
        return Problem(
            field=None,
            code="piste_refuses_for_now",
            fr="PISTE, la porte d'entrée de Chorus Pro, refuse pour le moment : voici ce qui était connu. Si le refus "
            f"dure un quart d'heure, il faut agir : {cause.fr}",
            en="PISTE, the gate in front of Chorus Pro, refuses for the moment: this is what was known. If the refusal "
            f"lasts a quarter of an hour, you must act: {cause.en}",
            blocking=False,
        )
    if failure.blame == "quota":
        return Problem(
            field=None,
            code="portal_quota",
            fr="Chorus Pro limite les appels de cette application : voici ce qui était connu.",
            en="Chorus Pro limits this application's calls: this is what was known.",
            blocking=False,
        )
    if isinstance(failure, PortalRefused):
        return Problem(
            field=None,
            code="portal_refused",
            fr=f"Chorus Pro a refusé de répondre ({failure.text}) : voici ce qui était connu.",
            en=f"Chorus Pro refused to answer ({failure.text}): this is what was known.",
            blocking=False,
        )
    return Problem(
        field=None,
        code="portal_unavailable",
        fr="Chorus Pro ne répond pas, ou trop lentement : voici ce qui était connu.",
        en="Chorus Pro does not answer, or too slowly: this is what was known.",
        blocking=False,
    )


def too_many_changes_problem() -> Problem:
    """Why a list is not as new as it could be: there was not enough time for all changes."""
    return Problem(
        field=None,
        code="changes_left",
        fr="Chorus Pro a plus de changements que cette requête n'a pu en lire : le reste suit au prochain relevé.",
        en="The portal has more changes than this request could read: the rest comes with the next retrieval.",
        blocking=False,
    )


def first_retrieval_problem(mode: LoadingMode) -> Problem:
    """Why a list does not show everything yet: the supplier's first retrieval has not ended."""
    if mode == "local":
        return Problem(
            field=None,
            code="first_retrieval",
            fr="Le premier relevé de toutes les factures n'est pas terminé : la liste ne montre que ce qu'il a trouvé.",
            en="The first retrieval of all invoices has not ended: the list shows only what it has found.",
            blocking=False,
        )
    return Problem(
        field=None,
        code="first_retrieval",
        fr="Le premier relevé de toutes les factures n'est pas terminé : la liste montre celles qui ont changé depuis "
        "deux jours, et ce que le relevé a déjà trouvé.",
        en="The first retrieval of all invoices has not ended: the list shows those that changed within two days, and "
        "what the retrieval has found.",
        blocking=False,
    )
